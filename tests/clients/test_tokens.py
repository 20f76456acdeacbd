"""Emit: headers, and where the token goes and does not go."""

from __future__ import annotations

import json
import logging

import pytest

from tests.clients.filling import put
from tests.support.colours import Colour
from tests.support.servers import answer, scripted


def test_the_token_goes_to_the_endpoint_alone(colour: Colour) -> None:
    """Every request of ours carries the token; the host that a redirect names never sees any request."""
    with scripted(answer(201, json={"id": "r"})) as elsewhere:
        moved = answer(307, headers={"location": elsewhere.url + "/v1/records"})
        with scripted(moved) as server:
            client = colour.client(endpoint=server.url, api_key="spl_token")
            put(colour, client)
            colour.call(client.query_thread, "t")
            colour.call(client.health)
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer spl_token"] * 3
    assert elsewhere.requests == []


def test_an_echoed_token_is_told_nobody(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """A server that echoes the token does not get it into results, errors, logs or `repr`."""
    caplog.set_level(logging.DEBUG)
    body = json.dumps({"code": "AUTH_REQUIRED", "message": "bad token s3cret-token"})
    with scripted(answer(401, body)) as server:
        client = colour.client(endpoint=server.url, api_key="s3cret-token")
        result = put(colour, client)
        page = colour.call(client.query_thread, "t")
        record = colour.call(client.record, "r")
    assert record is None
    texts = [
        repr(result),
        str(page.error),
        repr(page.error),
        repr(page.error.body),
        repr(client),
        repr(client._settings),
    ]
    texts += [str(client.last_error), caplog.text]
    assert not [text for text in texts if "s3cret" in text]


def test_headers_of_a_request(colour: Colour) -> None:
    """A request says who sends it, under an id of its own, and names nothing that must not be there."""
    with scripted(answer(201, json={"id": "r"})) as server:
        client = colour.client(endpoint=server.url + "/prefix/")
        put(colour, client)
        put(colour, client)
    first, second = server.requests
    assert first.target == "/prefix/v1/records"
    assert first.headers["user-agent"].startswith("syncropel-python/")
    assert first.headers["content-type"] == "application/json"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert "authorization" not in first.headers
    assert server.connections == 1

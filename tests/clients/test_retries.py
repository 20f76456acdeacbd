"""Emit: attempts, waits and time limits on real sockets."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest

from tests.clients.filling import put
from tests.support.colours import Colour
from tests.support.servers import Exchange, answer, drop, scripted


class Pauses:
    """Takes the place of waiting, and remembers how long it would have been."""

    def __init__(self, colour: Colour, client: Any) -> None:
        self.seconds: list[float] = []

        def pause(seconds: float) -> None:
            if seconds:
                self.seconds.append(seconds)

        async def pause_async(seconds: float) -> None:
            pause(seconds)

        client._sender.pause = pause_async if colour.name == "async" else pause


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds(colour: Colour, status: int) -> None:
    """The server's own time is waited for."""
    with scripted(answer(status, headers={"retry-after": "3"}), answer(201, json={"id": "r"})) as server:
        client = colour.client(endpoint=server.url)
        pauses = Pauses(colour, client)
        result = put(colour, client)
    assert result.success
    assert result.retried == 1
    assert pauses.seconds == [3.0]


def test_retry_after_as_a_date(colour: Colour) -> None:
    """A date is waited for as long as it is away."""
    when = formatdate(time.time() + 5, usegmt=True)
    with scripted(answer(429, headers={"retry-after": when}), answer(201, json={"id": "r"})) as server:
        client = colour.client(endpoint=server.url)
        pauses = Pauses(colour, client)
        assert put(colour, client).success
    assert 3.0 < pauses.seconds[0] <= 5.0


@pytest.mark.parametrize("options", [{"max_wait": 10.0}, {"timeout": 10.0}])
def test_a_wait_that_is_too_long_is_not_begun(colour: Colour, options: dict[str, Any]) -> None:
    """A server that asks for more than is allowed is not waited for, and not asked again."""
    with scripted(answer(503, headers={"retry-after": "20"})) as server:
        client = colour.client(endpoint=server.url, **options)
        pauses = Pauses(colour, client)
        result = put(colour, client)
    assert (result.success, result.retried, result.status) == (False, 0, 503)
    assert pauses.seconds == []
    assert len(server.requests) == 1


def test_the_timeout_of_one_call(colour: Colour) -> None:
    """A call's own timeout goes before the client's, and must be a positive number."""
    with scripted(answer(503, headers={"retry-after": "2"})) as server:
        client = colour.client(endpoint=server.url, timeout=60.0)
        assert put(colour, client, timeout=1.0).retried == 0
        with pytest.raises(ValueError, match="timeout"):
            put(colour, client, timeout=0)
    assert len(server.requests) == 1


def test_a_retried_record_is_the_same_record(colour: Colour) -> None:
    """Every attempt posts the same bytes, so a store that took the first knows the second."""
    with scripted(drop(), answer(503), answer(201, json={"id": "r"})) as server:
        result = put(colour, colour.client(endpoint=server.url))
    assert result.success
    assert result.retried == 2
    assert len({request.body for request in server.requests}) == 1


def test_a_late_answer_is_waited_for(colour: Colour) -> None:
    """The client waits for an answer that comes late but within its time."""

    def late(exchange: Exchange) -> bool:
        exchange.stopping.wait(0.2)
        return exchange.send(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}")

    with scripted(late) as server:
        assert put(colour, colour.client(endpoint=server.url)).success

"""Emits that travel together when the server does not take them: refusals, lost connections, closing."""

from __future__ import annotations

import httpx
import pytest

from syncropel.testing import MockKernel
from tests.clients.filling import put
from tests.support.colours import Colour
from tests.support.crowds import crowd, record
from tests.support.gates import MANIFEST, MANY, ONE, Gate

MISSING = {
    "no manifest": (MANIFEST, 404, [ONE, MANIFEST]),
    "a manifest that cannot be read now": (MANIFEST, 503, [ONE, MANIFEST]),
    "a route that is gone": (MANY, 404, [ONE, MANIFEST, MANY]),
    "a route that is no route": (MANY, 200, [ONE, MANIFEST, MANY]),
    "a proxy that refuses": (MANY, 413, [ONE, MANIFEST, MANY]),
}


@pytest.mark.parametrize("name", MISSING)
def test_servers_that_take_no_batches(colour: Colour, kernel: MockKernel, gate: Gate, name: str) -> None:
    """Where the route is missing or refuses, every record goes alone, and it is not asked again."""
    path, status, asked = MISSING[name]
    gate.answer = lambda request: (
        httpx.Response(status, text="<html>", request=request) if request.url.path == path else None
    )
    client = colour.client(transport=gate)
    assert all(crowd(colour, client, gate, [record(n) for n in range(5)]))
    assert gate.paths() == [*asked, *[ONE] * 4]
    assert kernel.count() == 5
    assert client._support.possible == (status == 413)


def test_a_batch_that_is_lost_is_sent_again(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """A broken connection is retried for each as it is alone; what was stored is known, the order stays."""
    client = colour.client(transport=gate, backoff_ms=80)
    assert put(colour, client, thread="x").success
    lost = []

    def lose(request: httpx.Request) -> None:
        if request.url.path == MANY and not lost:
            lost.append(request)
            raise httpx.ReadError("gone")

    gate.answer = lose
    results = crowd(colour, client, gate, [record(n) for n in range(6)])
    assert all(results)
    assert [result.retried for result in results] == [0, 1, 1, 1, 1, 1]
    if colour.name == "async":
        assert [row.body["n"] for row in kernel.records_in("t")] == list(range(6))
    assert kernel.count() == 7


def test_a_busy_server_is_waited_for_by_each(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """An answer 503 to a whole batch is every member's: each tries again, or reports it."""
    client = colour.client(transport=gate, max_retries=0)
    gate.answer = lambda request: (
        httpx.Response(503, json={"code": "STORE_UNAVAILABLE", "message": "no"}, request=request)
        if request.url.path == MANY
        else None
    )
    results = crowd(colour, client, gate, [record(n) for n in range(4)])
    assert [result.status for result in results] == [201, 503, 503, 503]
    assert {result.code for result in results[1:]} == {"STORE_UNAVAILABLE"}


def test_closing_ends_the_waiting(colour: Colour, gate: Gate) -> None:
    """Those who wait when the client is closed are told so."""
    client = colour.client(transport=gate)
    results = crowd(colour, client, gate, [record(n) for n in range(3)], client._abandon)
    assert results[0].success
    assert {result.error for result in results[1:]} == {"ClosedError: this client is closed; make a new one"}

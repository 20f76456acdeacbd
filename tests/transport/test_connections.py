"""Kept connections: who gets one, and what becomes of those that nobody uses."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace
from typing import Any

import pytest

from syncropel.transport import connections, connections_async
from syncropel.transport.connections_async import AsyncConnections
from syncropel.transport.direct import Address
from syncropel.transport.loop_socket import connected


class Kept:
    """A connection that only notes whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def is_readable(self) -> bool:
        """Tell that the other side has said nothing."""
        return False

    def close(self) -> None:
        """Note it."""
        self.closed = True

    abandon = close


def test_what_a_crowd_leaves_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that rest too long are closed while others are in use, not only when they are wanted."""
    now = [100.0]
    monkeypatch.setattr(connections, "time", SimpleNamespace(monotonic=lambda: now[0]))
    pool: connections.Connections[Kept] = connections.Connections()
    crowd = [Kept() for _ in range(5)]
    pool._open.update(crowd)
    for each in crowd:
        pool.give(each, reusable=True)
    for _ in range(5):
        now[0] += 1.0
        used = pool.rested()
        assert used is crowd[4]
        pool.give(used, reusable=True)
    assert [each.closed for each in crowd] == [True, True, True, True, False]
    assert pool._open == {crowd[4]}


@pytest.mark.parametrize("turns", range(4))
def test_a_call_that_is_cancelled_as_its_turn_comes(turns: int) -> None:
    """It ends as cancelled, and its place is not lost; other versions of Python would go on with the call."""

    async def run(port: int) -> None:
        places = AsyncConnections(1)
        where = Address("127.0.0.1", port, b"")
        first = await places.take(where, 10.0)
        waiting = asyncio.ensure_future(places.take(where, 10.0))
        await asyncio.sleep(0)
        places.give(first, reusable=False)
        for _ in range(turns):
            await asyncio.sleep(0)
        if not waiting.done():
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        else:
            places.give(waiting.result(), reusable=False)
        places.give(await asyncio.wait_for(places.take(where, 10.0), 10), reusable=False)
        assert (places._free, places._open) == (1, set())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        asyncio.run(run(listener.getsockname()[1]))


def test_closing_while_a_connection_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that stands only after its client was closed is not kept for another call."""

    async def run(port: int) -> None:
        reached, go_on = asyncio.Event(), asyncio.Event()

        async def late(*arguments: Any) -> Any:
            reached.set()
            await go_on.wait()
            return await connected(*arguments)

        monkeypatch.setattr(connections_async, "connected", late)
        places = AsyncConnections(None)
        taking = asyncio.ensure_future(places.take(Address("127.0.0.1", port, b""), 10.0))
        await reached.wait()
        places.abandon()
        go_on.set()
        connection = await taking
        places.give(connection, reusable=True)
        assert places.rested() is None
        assert connection._socket.fileno() < 0

    with socket.create_server(("127.0.0.1", 0)) as listener:
        asyncio.run(run(listener.getsockname()[1]))

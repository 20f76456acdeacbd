"""The connections of one client on one event loop."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from syncropel.transport.connections import Connections
from syncropel.transport.deadline import seconds_left
from syncropel.transport.later import asyncio
from syncropel.transport.loop_socket import LoopSocket, connected, expire

if TYPE_CHECKING:
    from syncropel.transport.direct import Address


class AsyncConnections(Connections[LoopSocket]):
    """The connections of one client on one event loop.

    Args:
        most: How many there may be; None for no bound.
    """

    def __init__(self, most: int | None) -> None:
        super().__init__()
        self._free = most
        self._queue: deque[asyncio.Future[None]] = deque()

    async def take(self, where: Address, timeout: float) -> LoopSocket:
        """Return a connection that nobody else uses; it goes back by `give`.

        Raises:
            httpcore.ConnectError: It cannot be made.
            httpcore.ConnectTimeout: It was not made in time.
            httpcore.PoolTimeout: No place became free in time.
        """
        if self._free is not None:
            if self._free:
                self._free -= 1
            else:
                await self._place(timeout)
        try:
            connection = self.rested()
            if connection is None:
                opened = self._open  # another one when the client is closed meanwhile: then it is not kept
                connection = await connected(where.host, where.port, timeout, LoopSocket)
                opened.add(connection)
        except BaseException:
            self._leave()
            raise
        return connection

    def give(self, connection: LoopSocket, *, reusable: bool) -> None:
        """Take back a connection after its answer, or after a failure."""
        super().give(connection, reusable=reusable)
        self._leave()

    async def _place(self, timeout: float) -> None:
        """Wait for a place that somebody leaves."""
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        alarm = loop.call_later(seconds_left(timeout) or 0.0, expire, waiter, "PoolTimeout", timeout)
        self._queue.append(waiter)
        try:
            await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._leave()  # it was cancelled after it had got its place
            elif waiter in self._queue:
                self._queue.remove(waiter)
            raise
        finally:
            alarm.cancel()

    def _leave(self) -> None:
        """Hand a place on, oldest first."""
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        if self._free is not None:
            self._free += 1

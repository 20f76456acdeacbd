"""The connections of one client on one event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncropel.transport.connections import Connections
from syncropel.transport.deadline import seconds_left
from syncropel.transport.later import asyncio, httpcore
from syncropel.transport.loop_socket import LoopSocket, connected

if TYPE_CHECKING:
    from syncropel.transport.direct import Address


class AsyncConnections(Connections[LoopSocket]):
    """The connections of one client on one event loop.

    Args:
        most: How many there may be; None for no bound.
    """

    def __init__(self, most: int | None) -> None:
        super().__init__()
        self._places = None if most is None else asyncio.Semaphore(most)

    async def take(self, where: Address, timeout: float) -> LoopSocket:
        """Return a connection that nobody else uses; it goes back by `give`.

        Raises:
            httpcore.ConnectError: It cannot be made.
            httpcore.ConnectTimeout: It was not made in time.
            httpcore.PoolTimeout: No place became free in time.
        """
        if self._places is not None:
            await self._place(self._places, timeout)
        try:
            connection = self.rested()
            if connection is None:
                connection = await connected(where.host, where.port, timeout, LoopSocket)
                self._open.add(connection)
        except BaseException:
            self._leave()
            raise
        return connection

    def give(self, connection: LoopSocket, *, reusable: bool) -> None:
        """Take back a connection after its answer, or after a failure."""
        super().give(connection, reusable=reusable)
        self._leave()

    async def _place(self, places: asyncio.Semaphore, timeout: float) -> None:
        if not places.locked():
            await places.acquire()  # at once
            return
        try:
            await asyncio.wait_for(places.acquire(), seconds_left(timeout))
        except asyncio.TimeoutError:
            raise httpcore.PoolTimeout("every connection is in use") from None

    def _leave(self) -> None:
        if self._places is not None:
            self._places.release()

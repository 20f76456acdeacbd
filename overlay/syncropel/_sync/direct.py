# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""One request and its whole answer, straight over a kept connection."""

from __future__ import annotations

from syncropel.transport.connections_sync import SyncConnections
from syncropel.transport.convert import Answer
from syncropel.transport.direct import Address, Reading, written
from syncropel.transport.later import httpcore
from syncropel.transport.request import Prepared


class SyncDirect:
    """Sends plain requests over connections of its own.

    Args:
        max_connections: How many there may be at one time; None for no bound.
    """

    def __init__(self, max_connections: int | None) -> None:
        self._connections = SyncConnections(max_connections)

    def exchange(self, request: Prepared, where: Address, allowed: float, limit: int) -> Answer:
        """Send a request and return its whole answer.

        Args:
            request: The prepared request.
            where: Its address, from `transport.direct.address`.
            allowed: Seconds that it may take, to the last byte, as an `Allowance`.
            limit: The largest body that is read.

        Raises:
            AnswerTooLarge: The body is larger.
            Exception: What `httpcore` raises for the same; `transport.direct.failure` says what it is.
        """
        connection = self._connections.take(where, allowed)
        reading = Reading(limit)
        reusable = False
        try:
            left = memoryview(written(request, where))
            try:
                while left and not reading.begun:  # a provisional answer ends nothing
                    left = connection.send_or_heed(left, allowed)
                    if left:
                        reading.feed(connection.receive(allowed))
            except (
                Exception
            ) as error:  # looked at below: naming its type here would load it for a Ctrl-C, too
                if not isinstance(error, httpcore.WriteError):  # the answer may say why the server hung up
                    raise
            while not reading.complete:
                reading.feed(connection.receive(allowed))
            reusable = reading.reusable and not left
        finally:
            self._connections.give(connection, reusable=reusable)
        return reading.answer()

    def abandon(self) -> None:
        """Close every connection now, without an event loop; requests under way fail."""
        self._connections.abandon()

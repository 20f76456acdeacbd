"""Connections that are kept for the next request: which one to take, and when one is too old. No waiting.

The waiting itself is in `connections_async` and `connections_sync`.
"""

from __future__ import annotations

import os
import time
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

KEEPALIVE_SECONDS = 4.0
"""Less than the five seconds after which common servers close an idle connection, so that we do not race."""

_EVERY: WeakSet[Connections[Any]] = WeakSet()


class Kept(Protocol):
    """What a connection can do without waiting."""

    def is_readable(self) -> bool:
        """Tell whether something has arrived, or the other side has hung up."""

    def close(self) -> None:
        """Close it; nobody waits on it."""

    def abandon(self) -> None:
        """Close it now; whoever waits on it comes back."""


C = TypeVar("C", bound=Kept)


class Connections(Generic[C]):
    """The connections of one client to its endpoint, those at work and those that rest."""

    def __init__(self) -> None:
        # Adding, taking and swapping are single steps of the interpreter's, so threads need no lock here.
        self._open: set[C] = set()
        self._resting: list[tuple[C, float]] = []
        _EVERY.add(self)

    def rested(self) -> C | None:
        """Return the connection that rested last and is still good; None when a new one has to be made."""
        while self._resting:
            try:
                connection, since = self._resting.pop()
            except IndexError:  # another thread took it
                return None
            if time.monotonic() - since < KEEPALIVE_SECONDS and not connection.is_readable():
                return connection
            self._discard(connection)
        return None

    def give(self, connection: C, *, reusable: bool) -> None:
        """Take back a connection after its answer."""
        if not reusable or connection not in self._open:
            self._discard(connection)
            return
        now = time.monotonic()
        self._resting.append((connection, now))
        self._thin(now)

    def abandon(self) -> None:
        """Close every connection now; requests under way fail. The next request makes new ones."""
        connections, self._open, self._resting = self._open, set(), []
        for connection in list(connections):
            connection.abandon()

    def _thin(self, now: float) -> None:
        """Close what has rested too long below those in use: what a crowd left would stay for ever."""
        try:
            while now - self._resting[0][1] >= KEEPALIVE_SECONDS:
                self._discard(self._resting.pop(0)[0])
        except IndexError:  # another thread took the last one
            return

    def _discard(self, connection: C) -> None:
        self._open.discard(connection)
        connection.close()

    def begin_anew(self) -> None:
        """In a forked child: close the copies of the parent's connections, and make new ones."""
        connections, self._open, self._resting = self._open, set(), []
        for connection in connections:
            connection.close()


def _begin_anew() -> None:
    for connections in list(_EVERY):
        connections.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)

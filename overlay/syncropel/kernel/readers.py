"""What one process knows of those who read streams since it started: for people, not for accounting."""

from __future__ import annotations

from typing import NamedTuple

_REMEMBERED = 10_000


class Seen(NamedTuple):
    """The readers of one stream.

    Attributes:
        names: Who read.
        events: How many events they were given.
    """

    names: frozenset[str]
    events: int


class Readers:
    """Counts by stream. Threads that count at the same time may lose a count: it is never relied on."""

    def __init__(self) -> None:
        self._names: dict[int, set[str]] = {}
        self._events: dict[int, int] = {}
        self._kept = 0

    def note(self, stream: int, name: str, events: int) -> None:
        """Count a reading.

        Args:
            stream: The number of the stream.
            name: Who read.
            events: How many events it was given.
        """
        known = self._events.get(stream)
        if known is None and len(self._events) >= _REMEMBERED:
            self._forget(next(iter(self._events), stream))
        self._events[stream] = (known or 0) + events
        names = self._names.setdefault(stream, set())
        # Streams and names come from outside: so many are remembered, and no more.
        if name not in names and self._kept < _REMEMBERED:
            names.add(name)
            self._kept += 1

    def of(self, stream: int) -> Seen:
        """Return what is known of the readers of a stream."""
        return Seen(frozenset(self._names.get(stream, ())), self._events.get(stream, 0))

    def _forget(self, stream: int) -> None:
        self._events.pop(stream, None)
        self._kept -= len(self._names.pop(stream, ()))

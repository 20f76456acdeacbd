"""What one process counts of the use of keys since it started: for people who watch, not for accounting."""

from __future__ import annotations

GETS, SETS, DELS, HITS, MISSES = range(5)


class Tally:
    """Counts by space. Threads that count at the same time may lose a count: it is never relied on."""

    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}

    def of(self, space: str) -> list[int]:
        """Return the counts of a space, to read and to add to, at the places that this module names."""
        found = self._counts.get(space)
        if found is None:
            found = self._counts.setdefault(space, [0] * 5)
        return found

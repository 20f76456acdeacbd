"""The counting of what a client has done so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .forking import Locked
from .later import reports

if TYPE_CHECKING:
    from .reports import Stats


class Counters(Locked):
    """The counters behind `Stats`. Safe across threads."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, int] = {}

    def add(self, *names: str, count: int = 1) -> None:
        """Count something under each of these names, fields of `Stats`."""
        with self._lock:
            for name in names:
                self._counts[name] = self._counts.get(name, 0) + count

    def snapshot(self, **more: int) -> Stats:
        """Return the counts as they are, with these put in."""
        with self._lock:
            counted = {**self._counts, **more}
        return reports.Stats(**counted)

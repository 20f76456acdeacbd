"""The writer goes first: long work of other threads waits while the writer runs Python of its own.

A statement of SQLite gives the interpreter's lock away, and the writer has to win it back three times for
each. Beside a thread that reads the next batch that took a fifth of its time, whatever the switch interval.
So the gate is closed while the writer is between two statements, and open during long ones and the commit.
"""

from __future__ import annotations

import threading

_COURTESY_SECONDS = 0.02


class Gate:
    """Closed while the writer works in Python. `with gate:` closes it for a block."""

    __slots__ = ("_closed",)

    def __init__(self) -> None:
        self._closed = threading.Lock()

    def __enter__(self) -> None:
        self._closed.acquire()

    def __exit__(self, *_: object) -> None:
        self._closed.release()

    @property
    def closed(self) -> bool:
        """Whether it is closed now."""
        return self._closed.locked()

    def give_way(self) -> None:
        """Wait until the gate is open: for threads that are not the writer's, between pieces of long work.

        No longer than a moment: it is a courtesy, and nobody's progress may hang on it.
        """
        if self.closed and self._closed.acquire(timeout=_COURTESY_SECONDS):
            self._closed.release()

    def leave(self) -> None:
        """Open it from inside the block, for a statement that takes long; `come_back` must follow."""
        self._closed.release()

    def come_back(self) -> None:
        """Close it again."""
        self._closed.acquire()

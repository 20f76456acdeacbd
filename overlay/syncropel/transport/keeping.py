"""One worker for what waits, and none when nothing does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from .forking import Locked


class Worker(Protocol):
    """What the bell has to know of a worker."""

    @property
    def stalled(self) -> bool:
        """Whether nothing carries its work on."""

    def stop(self) -> None:
        """Ask it to end."""


W = TypeVar("W", bound=Worker)


class Bell(Locked, Generic[W]):
    """Sees to it that one worker runs while there is work, and none when there is none.

    A worker asks `heard` before it looks for work, and `leaves` when it found none; what rings in between is
    not missed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._rings = 0
        self._worker: W | None = None

    def ring(self, start: Callable[[], W]) -> None:
        """Say that there is work; start a worker unless one runs."""
        with self._lock:
            self._rings += 1
            if self._worker is None or self._worker.stalled:
                self._worker = start()

    def heard(self) -> int:
        """Return how often it rang."""
        with self._lock:
            return self._rings

    def leaves(self, heard: int) -> bool:
        """Say that the worker ends, unless it rang again; return whether it does."""
        with self._lock:
            if self._rings != heard:
                return False
            self._worker = None
            return True

    def stop(self) -> W | None:
        """Ask the worker to end, and return it if there is one."""
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.stop()
        return worker

"""SIGTERM as a wish to stop: noted, so that the work in hand is finished first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any


class Stopping:
    """While it is entered, SIGTERM calls a function instead of ending the process.

    Handlers belong to the main thread; in any other this does nothing. A handler that somebody else has set
    is called as well, and put back at the end.

    Args:
        stop: The function.
        wanted: Whether to do anything at all.
    """

    def __init__(self, stop: Callable[[], None], wanted: bool = True) -> None:
        self._stop = stop
        self._wanted = wanted and threading.current_thread() is threading.main_thread()
        self._before: Any = None

    def __enter__(self) -> Stopping:
        if self._wanted:
            self._before = signal.signal(signal.SIGTERM, self._noted)
        return self

    def __exit__(self, *exception: object) -> None:
        # A worker that was entered later may not have left yet: its handler calls ours, and is left alone.
        if self._wanted and signal.getsignal(signal.SIGTERM) == self._noted:
            signal.signal(signal.SIGTERM, self._before or signal.SIG_DFL)

    def _noted(self, number: int, frame: Any) -> None:
        self._stop()
        if callable(self._before):
            self._before(number, frame)

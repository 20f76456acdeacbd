"""A clock that stands still until a test moves it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from syncropel.errors import UsageError

START = 1_767_225_600.0
"""Where a clock starts unless told otherwise: 2026-01-01T00:00:00Z, as seconds since the epoch."""


class FakeClock:
    """Wall time under a test's control; the clock itself is a function of no arguments, like `time.time`.

    It never waits: `sleep` moves the clock and returns at once. Safe to share between threads.

    Args:
        start: Seconds since the epoch at which the clock stands. Default: the first second of 2026, UTC.
    """

    def __init__(self, start: float = START) -> None:
        self._now = float(start)
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._now

    __call__ = now

    def now_ms(self) -> int:
        """Return the time in whole milliseconds since the epoch, the unit of automatic record clocks."""
        return round(self._now * 1000)

    def advance(self, seconds: float) -> float:
        """Move the clock forward, wake whoever listens, and return the new time.

        Args:
            seconds: How far; zero or more.

        Raises:
            UsageError: `seconds` is negative, or no number: this clock never runs backwards.
        """
        if not 0 <= seconds < math.inf:
            raise UsageError(f"seconds is {seconds}: a clock only moves forward; start another one instead")
        with self._lock:
            self._now += seconds
            now, listeners = self._now, list(self._listeners)
        for listener in listeners:
            listener()
        return now

    def sleep(self, seconds: float) -> None:
        """Stand in for `time.sleep`: move the clock instead of waiting."""
        self.advance(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Stand in for `asyncio.sleep`: move the clock instead of waiting."""
        self.advance(seconds)

    def on_advance(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every move; the function returned takes it off again, any number of times."""
        with self._lock:
            self._listeners.append(listener)

        def remove() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return remove

    def __repr__(self) -> str:
        return f"FakeClock({self._now!r})"

"""Automatic clocks: wall-clock milliseconds, strictly increasing per actor and thread in this process.

A store refuses two different records of one actor on one thread with the same clock. One source shared by
every client of the process keeps parallel threads, tasks and clients apart; against other processes,
`after` steps past the clock that the store refused, by a random stride so that two processes do not stay
in step.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from syncropel.transport.later import random

MAX_REMEMBERED = 10_000
MAX_FRESH_CLOCKS = 8


class ClockSource:
    """Issues clocks. Safe across threads, tasks and forks; memory is bounded.

    Args:
        now: Seconds since the epoch. Default: `time.time`.
        max_remembered: Pairs of actor and thread whose last clock is kept. The least recently used are
            forgotten into one common floor, so that a forgotten pair still never goes backwards.
    """

    def __init__(self, now: Callable[[], float] = time.time, max_remembered: int = MAX_REMEMBERED) -> None:
        self._now = now
        self._max_remembered = max_remembered
        self._last: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._floor = -1
        self._lock = threading.Lock()

    def next(self, actor: str, thread: str) -> int:
        """Return a clock greater than every one issued for this actor and thread before."""
        return self._issue((actor, thread), -1)

    def after(self, actor: str, thread: str, refused: int, attempt: int) -> int:
        """Return a clock greater than `refused`, for the given attempt (0 for the first) at a free one."""
        stride = random.randint(0, 4 ** min(attempt, 8))
        return self._issue((actor, thread), refused + stride)

    def _issue(self, key: tuple[str, str], above: int) -> int:
        with self._lock:
            last = self._last.get(key, self._floor)
            clock = max(int(self._now() * 1000), last + 1, above + 1)
            self._last[key] = clock
            self._last.move_to_end(key)
            if len(self._last) > self._max_remembered:
                _, forgotten = self._last.popitem(last=False)
                self._floor = max(self._floor, forgotten)
        return clock

    def reset_lock(self) -> None:
        """Replace the lock: in a forked child the old one may be held by a thread that does not exist."""
        self._lock = threading.Lock()


CLOCKS = ClockSource()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=CLOCKS.reset_lock)

"""Who waits for a topic to be signalled: the shells' side of `Reply.again`, safe to use from any thread.

A wake-up says that something may have come, never what. One that is signalled between a request and the
waiting that follows it is remembered, so nobody sleeps through it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

Waiter = Callable[[], object]
_REMEMBERED = 4096


class Wakeups:
    """The waiters of one process, and what was signalled lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: dict[str, dict[Waiter, None]] = {}
        self._serial = 0
        self._last: OrderedDict[str, int] = OrderedDict()
        self._forgotten = 0

    @property
    def serial(self) -> int:
        """The number of the last signal: to be asked for before a request whose answer may be to wait."""
        return self._serial

    @property
    def waiting(self) -> int:
        """How many wait."""
        with self._lock:
            return sum(map(len, self._waiters.values()))

    def wait(self, topic: str, since: int, waiter: Waiter) -> bool:
        """Let a waiter be called at the next signal of a topic, once, from any thread.

        Args:
            topic: The topic.
            since: What `serial` was before the request.
            waiter: What to call; quick, and without asking for anything here.

        Returns:
            Whether it waits; False when the topic was signalled meanwhile.
        """
        with self._lock:
            if self._last.get(topic, self._forgotten) > since:
                return False
            self._waiters.setdefault(topic, {})[waiter] = None
            return True

    def leave(self, topic: str, waiter: Waiter) -> bool:
        """Wait no more; False when the waiter was called already, or never waited."""
        with self._lock:
            waiters = self._waiters.get(topic, {})
            if waiter not in waiters:
                return False
            del waiters[waiter]
            if not waiters:
                del self._waiters[topic]
            return True

    def signal(self, topic: str, most: int | None = None) -> None:
        """Wake who waits for a topic.

        Args:
            topic: The topic.
            most: How many, those who have waited longest first; None for all of them.
        """
        with self._lock:
            self._serial += 1
            self._last[topic] = self._serial
            self._last.move_to_end(topic)
            if len(self._last) > _REMEMBERED:
                self._forgotten = self._last.popitem(last=False)[1]
            waiters = self._waiters.get(topic, {})
            woken = list(waiters)[:most]
            for waiter in woken:
                del waiters[waiter]
            if not waiters:
                self._waiters.pop(topic, None)
        for waiter in woken:
            waiter()

    def signal_all(self) -> None:
        """Wake everybody, because signals may be lost; who asks just now has missed something, too."""
        with self._lock:
            self._serial += 1
            self._last.clear()
            self._forgotten = self._serial
            woken = [waiter for waiters in self._waiters.values() for waiter in waiters]
            self._waiters.clear()
        for waiter in woken:
            waiter()

    def pass_on(self, topic: str) -> None:
        """Wake one more: who was woken has left without asking again."""
        with self._lock:
            waiters = self._waiters.get(topic)
            waiter = next(iter(waiters)) if waiters else None
        if waiter is not None and self.leave(topic, waiter):
            waiter()

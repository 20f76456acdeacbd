"""How the mock lets a request wait for what others may do meanwhile: a moment of real time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncropel.kernel.messages import Reply
    from syncropel.kernel.wakeups import Wakeups

    from .clock import FakeClock

PATIENCE_SECONDS = 0.05


class Pause:
    """One wait: until a topic is signalled, the clock is moved, or the time is over.

    Args:
        wakeups: Where to hear signals.
        topic: The topic.
        since: What was signalled before this number does not count.
        clock: The mock's clock.
        seconds: How long, in real time.
    """

    def __init__(self, wakeups: Wakeups, topic: str, since: int, clock: FakeClock, seconds: float) -> None:
        self._wakeups = wakeups
        self._topic = topic
        self._since = since
        self._clock = clock
        self._seconds = seconds

    def wait(self) -> None:
        """Wait in this thread."""
        event = threading.Event()
        with self._listening(event.set):
            event.wait(self._seconds)

    async def wait_async(self) -> None:
        """Wait in this task; others go on."""
        event, loop = asyncio.Event(), asyncio.get_running_loop()
        listening = self._listening(lambda: loop.call_soon_threadsafe(event.set))
        with listening, contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(event.wait(), self._seconds)

    @contextlib.contextmanager
    def _listening(self, wake: Callable[[], object]) -> Iterator[None]:
        def woken() -> None:
            wake()

        stop = self._clock.on_advance(woken)
        if not self._wakeups.wait(self._topic, self._since, woken):
            woken()
        try:
            yield
        finally:
            stop()
            self._wakeups.leave(self._topic, woken)


def patiently(ask: Callable[[], Reply], wakeups: Wakeups, clock: FakeClock) -> Generator[Pause, None, Reply]:
    """Ask; while the answer is to ask again, and there is patience and time left, pause and ask again.

    Args:
        ask: Makes the request.
        wakeups: Where its kernel hears signals.
        clock: The mock's clock.

    Yields:
        What to wait for before going on.
    """
    since, ends = wakeups.serial, time.monotonic() + PATIENCE_SECONDS
    reply = ask()
    until = reply.again.until if reply.again is not None else 0.0
    while reply.again is not None and clock.now() < until:
        left = ends - time.monotonic()
        if left <= 0:
            break
        yield Pause(wakeups, reply.again.topic, since, clock, left)
        since = wakeups.serial
        reply = ask()
    return reply

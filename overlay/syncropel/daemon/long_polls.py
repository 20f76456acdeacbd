"""Requests whose answer is nothing yet: asked again when something may have come; no thread waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ..kernel.messages import Again, Reply
from ..kernel.wakeups import Wakeups
from ..rules import limits
from .bodies import until_disconnect

if TYPE_CHECKING:
    from starlette.types import Receive

Answered = tuple[Reply, bytes]
Ask = Callable[[], Awaitable[Answered]]


class LongPolls:
    """The requests that wait. Everything happens on the event loop, but for the signals themselves.

    Args:
        wakeups: Where to hear that something may have come.
        now: The kernel's clock, unix seconds.
    """

    def __init__(self, wakeups: Wakeups, now: Callable[[], float]) -> None:
        self._wakeups = wakeups
        self._now = now
        self._waiting: set[asyncio.Future[None]] = set()
        self._closing = False

    @property
    def serial(self) -> int:
        """What to hand to `follow`: taken before the request was made for the first time."""
        return self._wakeups.serial

    def close(self) -> None:
        """Let whoever waits be answered now with what there is."""
        self._closing = True
        for waiting in self._waiting:
            _set(waiting)

    async def follow(self, again: Again, since: int, ask: Ask, receive: Receive) -> Answered | None:
        """Wait and ask again until there is an answer, or no time left.

        Args:
            again: What the first answer said.
            since: `serial` before the first request.
            ask: Makes the request once more.
            receive: The client, who may leave.

        Returns:
            The answer; None when the client has left, or when the daemon stops and the first answer holds.
        """
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(max(again.until - self._now(), 0.0), limits.MAX_WAIT_SECONDS)
        gone = asyncio.ensure_future(until_disconnect(receive))
        try:
            while True:
                await self._wait(again.topic, since, ends, gone)
                if gone.done() or self._closing:
                    return None
                over, since = loop.time() >= ends, self._wakeups.serial
                reply, content = await self._asked(again.topic, ask)
                if reply.again is None or over:
                    return reply, content
                again = reply.again
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    async def _asked(self, topic: str, ask: Ask) -> Answered:
        """Ask again; who is refused, or fails, has had a turn that somebody else may want."""
        refused = True
        try:
            reply, content = await ask()
            refused = reply.status >= 400
            return reply, content
        finally:
            if refused:
                self._wakeups.pass_on(topic)

    async def _wait(self, topic: str, since: int, ends: float, gone: asyncio.Future[None]) -> None:
        """Return when something was signalled since, when it is time, or when nobody waits any more."""
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            loop.call_soon_threadsafe(_set, woken)

        if self._closing or not self._wakeups.wait(topic, since, wake):
            return
        self._waiting.add(woken)
        try:
            left = max(ends - loop.time(), 0.0)
            await asyncio.wait({woken, gone}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting.discard(woken)
            called = not self._wakeups.leave(topic, wake)
            if called and gone.done():
                # It was this one's turn, and somebody else may still want it.
                self._wakeups.pass_on(topic)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)

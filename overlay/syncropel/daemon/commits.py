"""The way back from the writer's thread to the event loop: one wake-up for a whole group commit."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from ..kernel.messages import Reply

Deliver = Callable[[Reply], None]
_logger = logging.getLogger("syncropel.daemon")


class CommitQueue:
    """Brings replies to the event loop.

    Args:
        loop: The loop; it runs in the thread that makes this.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._arrived: deque[tuple[Deliver, Reply]] = deque()
        self._woken = False
        self._thread = threading.get_ident()

    def start(self, start: Callable[[Deliver], None], deliver: Deliver) -> None:
        """Start a write; `deliver` takes its reply on the event loop.

        Args:
            start: Takes the callback for the reply, which may be called from any thread.
            deliver: Must not raise.
        """
        start(partial(self._arrive, deliver))

    async def wait(self, start: Callable[[Deliver], None]) -> Reply:
        """Start a write and wait for its reply without holding a thread; `start` as above."""
        target: asyncio.Future[Reply] = self._loop.create_future()

        def deliver(reply: Reply) -> None:
            if not target.done():
                target.set_result(reply)

        start(partial(self._arrive, deliver))
        return await target

    def _arrive(self, deliver: Deliver, reply: Reply) -> None:
        self._arrived.append((deliver, reply))
        if not self._woken:
            self._woken = True
            if threading.get_ident() == self._thread:
                # The loop is awake: nothing has to be written to it.
                self._loop.call_soon(self._deliver)
            else:
                self._loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Cleared before the queue is emptied: what arrives from now on wakes the loop again.
        self._woken = False
        while self._arrived:
            deliver, reply = self._arrived.popleft()
            try:
                deliver(reply)
            except Exception:  # one answer's fault must not keep the others of its group from their callers
                _logger.exception("an answer could not be delivered")

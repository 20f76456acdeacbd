"""WebSockets of the mock: messages as they are published in this process, without a connection."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from syncropel.kernel.services.pubsub import welcome

if TYPE_CHECKING:
    from syncropel.kernel.core import Kernel
    from syncropel.kernel.messages import SocketStart
    from syncropel.kernel.subscriber import Subscriber

    from .watch import Hub

STOPPED, TOO_SLOW = 1012, 1013


class MockSocket:
    """What a client holds of a WebSocket to `/pubsub/ws`: its texts, in order, until it is closed.

    It is an iterator of `str`, and an asynchronous one; the welcome comes first. Iteration ends when either
    side closes, and `close_code` says why. It is woken from any thread.

    Attributes:
        close_code: The code the mock closed with; None while it is open, and where this side closed.
    """

    thread = ""

    def __init__(self, engine: Kernel, start: SocketStart, hub: Hub) -> None:
        self.close_code: int | None = None
        self._lock = threading.Lock()
        self._wakes: set[Callable[[], None]] = set()
        self._hub = hub
        self._messages = engine.hub
        self._closed = False
        self._broken: Exception | None = None
        self._subscriber = engine.hub.subscribe(start.space, start.topics, engine.now(), wake=self._arrived)
        self._texts: deque[bytes] = deque([welcome(self._subscriber)])
        hub.add(self)

    def receive(self, timeout: float | None = None) -> str:
        """Return the next text; wait for it in this thread.

        Args:
            timeout: The longest to wait, in real seconds; None for ever.

        Raises:
            TimeoutError: Nothing came in time.
            EOFError: The socket is closed.
            ConnectionResetError: The connection was cut.
        """
        event = threading.Event()
        ends = None if timeout is None else time.monotonic() + timeout
        while (text := self._next(event.set)) is None:
            left = None if ends is None else ends - time.monotonic()
            if not event.wait(left):
                self._forget(event.set)
                raise TimeoutError("mock: no message came in time")
            event.clear()
        return text

    async def areceive(self, timeout: float | None = None) -> str:
        """Return the next text; wait for it in this task. As `receive` otherwise."""
        event, loop = asyncio.Event(), asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(event.set)

        ends = None if timeout is None else loop.time() + timeout
        try:
            while (text := self._next(wake)) is None:
                left = None if ends is None else ends - loop.time()
                try:
                    await asyncio.wait_for(event.wait(), left)
                except asyncio.TimeoutError:
                    raise TimeoutError("mock: no message came in time") from None
                event.clear()
        finally:
            self._forget(wake)
        return text

    def __iter__(self) -> MockSocket:
        return self

    def __next__(self) -> str:
        try:
            return self.receive()
        except EOFError:
            raise StopIteration from None

    def __aiter__(self) -> MockSocket:
        return self

    async def __anext__(self) -> str:
        try:
            return await self.areceive()
        except EOFError:
            raise StopAsyncIteration from None

    def close(self) -> None:
        """End it from this side; a reader that waits stops at once. May be called again."""
        with self._lock:
            self._closed = True
            self._texts.clear()
        self._leave()

    async def aclose(self) -> None:
        """Do as `close`."""
        self.close()

    def committed(self, records: int) -> None:
        """Hear of records: they are none of this socket's business."""

    def nudge(self) -> None:
        """Hear that the clock moved: nothing falls due here."""

    def end(self, last: bytes) -> None:
        """Close as a daemon does that stops; `last` is what watch streams are told."""
        del last
        self._end(STOPPED)

    def cut(self, error: Exception) -> None:
        """Break the connection: the reader's next step raises a `ConnectionResetError` because of `error`."""
        with self._lock:
            self._broken = error
        self._leave()

    def _end(self, code: int) -> None:
        with self._lock:
            if not self._closed:
                self._closed, self.close_code = True, code
                self._fetch()
        self._leave()

    def _leave(self) -> None:
        self._hub.remove(self)
        self._messages.leave(self._subscriber)
        self._wake()

    def _arrived(self, subscriber: Subscriber) -> None:
        if subscriber.dropped:
            self._end(TOO_SLOW)
        self._wake()

    def _wake(self) -> None:
        with self._lock:
            wakes = list(self._wakes)
        for wake in wakes:
            try:
                wake()
            except RuntimeError:  # the loop of a reader that never closed its socket is gone
                self._forget(wake)

    def _next(self, wake: Callable[[], None]) -> str | None:
        """Return the next text, or None once `wake` will be called when there may be one."""
        with self._lock:
            self._wakes.add(wake)
            if self._broken is not None:
                raise ConnectionResetError(str(self._broken)) from self._broken
            if not self._texts:
                self._fetch()
            if self._texts:
                self._wakes.discard(wake)
                return self._texts.popleft().decode()
            if self._closed:
                raise EOFError(f"mock: the socket is closed ({self.close_code})")
            return None

    def _fetch(self) -> None:
        self._texts.extend(message.text for message in self._messages.take(self._subscriber))

    def _forget(self, wake: Callable[[], None]) -> None:
        with self._lock:
            self._wakes.discard(wake)

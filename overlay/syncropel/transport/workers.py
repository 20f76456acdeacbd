"""Work in the background behind one interface: a task for `_async`, a thread for `_sync`."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from syncropel.transport.later import asyncio, inspect

T = TypeVar("T")


class AsyncWorker:
    """One asyncio task that can be stopped and waited for."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._pause: asyncio.Future[None] | None = None
        self.stopping = False

    def start(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Start the work.

        Raises:
            RuntimeError: No event loop is running.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError(
                "subscribe needs a running event loop; without one use SyncClient.subscribe"
            ) from None
        self._task = loop.create_task(work(), name=name)

    def attach(self, connection: Any) -> None:
        """Note the connection that the work reads from. Cancelling the task is enough to end the reading."""

    async def pause(self, seconds: float) -> None:
        """Wait; `stop` cuts the waiting short."""
        if not self.stopping:
            self._pause = asyncio.get_running_loop().create_future()
            await asyncio.wait({self._pause}, timeout=seconds)

    async def settle(self, value: object) -> None:
        """Wait for what a callback returned, when it can be awaited."""
        if inspect.isawaitable(value):
            await value

    def stop(self) -> None:
        """Ask the work to end. From another thread than the loop's, too."""
        self.stopping = True
        # Work that has no task of its own is its caller's: of that only a pause can be cut short.
        work = self._task or self._pause
        if work is None or work.done():
            return
        loop = work.get_loop()
        if loop.is_closed():
            return
        if _running_loop() is loop:
            work.cancel()
        else:
            loop.call_soon_threadsafe(work.cancel)

    @property
    def stalled(self) -> bool:
        """Whether nothing carries the work on: it has ended, or its event loop does not run."""
        task = self._task
        return task is None or task.done() or not task.get_loop().is_running()

    async def join(self, timeout: float | None = None) -> bool:
        """Wait until the work has ended; return whether it has."""
        task = self._task
        if task is None or task is asyncio.current_task():
            return task is None
        if task.get_loop() is asyncio.get_running_loop():
            await asyncio.wait({task}, timeout=timeout)
        return task.done()

    @property
    def ended(self) -> bool:
        """Whether the work has ended."""
        return self._task is None or self._task.done()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class AsyncComputer:
    """Runs what computes for long, without holding up the event loop."""

    @staticmethod
    async def run(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Return what the function returns, computed on a thread of its own."""
        return await asyncio.to_thread(function, *arguments, **named)

    @staticmethod
    async def finish(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Do the same, and when the caller is cancelled wait until the function has ended.

        A thread cannot be cancelled: what it does would be done behind the back of whoever cleans up.
        """
        task = asyncio.ensure_future(asyncio.to_thread(function, *arguments, **named))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            raise


class SyncComputer:
    """The same where nobody is held up."""

    @staticmethod
    def run(function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Return what the function returns."""
        return function(*arguments, **named)

    finish = run


class SyncWorker:
    """One thread that can be stopped and waited for."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._connection: Any = None

    @property
    def stopping(self) -> bool:
        """Whether the work was asked to end."""
        return self._stop.is_set()

    def start(self, work: Callable[[], None], name: str) -> None:
        """Start the work in a daemon thread: a forgotten subscription must not keep the process alive."""
        self._thread = threading.Thread(target=work, name=name, daemon=True)
        self._thread.start()

    def attach(self, connection: Any) -> None:
        """Note the connection that the work reads from, so that `stop` can wake a reader that waits."""
        with self._lock:
            self._connection = connection
        if self.stopping:
            _wake(connection)

    def pause(self, seconds: float) -> None:
        """Wait; `stop` cuts the waiting short."""
        self._stop.wait(seconds)

    def settle(self, value: object) -> None:
        """Drop what a callback returned: without an event loop nothing can be awaited."""
        if inspect.iscoroutine(value):
            value.close()
            raise TypeError("the callback is a coroutine function; SyncClient needs a plain one")

    def stop(self) -> None:
        """Ask the work to end."""
        self._stop.set()
        with self._lock:
            connection = self._connection
        _wake(connection)

    @property
    def stalled(self) -> bool:
        """Whether nothing carries the work on: it has ended."""
        return self.ended

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the work has ended; return whether it has."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return thread is None
        thread.join(timeout)
        return not thread.is_alive()

    @property
    def ended(self) -> bool:
        """Whether the work has ended."""
        return self._thread is None or not self._thread.is_alive()


def _wake(connection: Any) -> None:
    """Make a thread that reads from this connection come back: shutting the socket down ends its `recv`."""
    opened = connection.get_extra_info("socket") if connection is not None else None
    if opened is not None:
        with contextlib.suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)

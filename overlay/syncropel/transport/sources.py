"""Items as they come, and work that goes on meanwhile: for `_async` and `_sync` behind one interface."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections import deque
from collections.abc import AsyncIterable, Callable, Coroutine, Iterable, Iterator
from typing import Any, Union

from syncropel.errors import UsageTypeError

SyncItems = Iterable[Any]
AsyncItems = Union[Iterable[Any], AsyncIterable[Any]]  # noqa: UP007 - evaluated at run time

LINGER_SECONDS = 0.1
"""How long what was read waits for more of a plain iterable that is slow."""

READ_AHEAD = 64


class SyncSource:
    """Takes items from an iterable.

    Raises:
        UsageTypeError: It cannot be iterated (a `TypeError`).

    Attributes:
        ended: Nothing more comes.
        error: What the iterable raised, to be raised after what came before it is delivered.
        slow: It took long for the last few: what is there goes, rather than wait for more.
    """

    def __init__(self, items: Iterable[Any]) -> None:
        if isinstance(items, (str, bytes, dict)) or not hasattr(items, "__iter__"):
            raise UsageTypeError(f"items must be an iterable of records, not {type(items).__name__}")
        self._items: Iterator[Any] = iter(items)
        self.ended = False
        self.slow = False
        self.error: Exception | None = None

    def some(self, most: int, patient: bool) -> list[Any]:  # noqa: ARG002 - the other colour waits less
        """Return up to so many items; none at the end."""
        return self._pull(most)

    def ring(self) -> None:
        """Do nothing: who waits for a plain iterable cannot be woken."""

    def close(self) -> None:
        """Leave the iterable as it is, as a loop does that is left early."""

    def _pull(self, most: int) -> list[Any]:
        taken: list[Any] = []
        until = time.monotonic() + LINGER_SECONDS
        self.slow = False
        try:
            for item in self._items:
                taken.append(item)
                self.slow = time.monotonic() > until
                if self.slow or len(taken) >= most:
                    return taken
        except Exception as error:  # noqa: BLE001 - whatever the caller's own iterable raises is raised again
            self.error = error
        self.ended = True
        return taken


class AsyncSource(SyncSource):
    """Takes items from an iterable, or from an asynchronous one, which is read a little ahead.

    Raises:
        UsageTypeError: It can be iterated neither way (a `TypeError`).
    """

    def __init__(self, items: Iterable[Any] | AsyncIterable[Any]) -> None:
        self._stream = items if isinstance(items, AsyncIterable) else None
        super().__init__(() if isinstance(items, AsyncIterable) else items)
        self._ahead: deque[Any] = deque()
        self._bell = asyncio.Event()
        self._room = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None

    async def some(self, most: int, patient: bool) -> list[Any]:  # type: ignore[override]
        """Return up to so many items.

        Args:
            most: How many.
            patient: Wait until one is there, or the bell rings; else return what there is, maybe nothing.
        """
        if self._stream is None:
            await asyncio.sleep(0)  # the event loop's turn
            return self._pull(most)
        if self._pump is None:
            self._pump = asyncio.get_running_loop().create_task(self._read(self._stream))
        if not self._ahead:
            await asyncio.sleep(0)
        if patient and not self._ahead and not self.ended:
            await self._bell.wait()
        self._bell.clear()
        return self._taken(most)

    def ring(self) -> None:
        """Wake who waits for items: there is something else to do."""
        self._bell.set()

    async def aclose(self) -> None:
        """Stop reading ahead."""
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait({self._pump})

    def _taken(self, most: int) -> list[Any]:
        taken = [self._ahead.popleft() for _ in range(min(most, len(self._ahead)))]
        self._room.set()
        # Its end is told with what came last.
        self.ended = not self._ahead and self._pump is not None and self._pump.done()
        return taken

    async def _read(self, stream: AsyncIterable[Any]) -> None:
        try:
            async for item in stream:
                self._ahead.append(item)
                self.ring()
                while len(self._ahead) >= READ_AHEAD:
                    self._room.clear()
                    await self._room.wait()
        except Exception as error:  # noqa: BLE001 - whatever the caller's own iterable raises is raised again
            self.error = error
        finally:
            asyncio.get_running_loop().call_soon(self.ring)  # when this task counts as done


class AsyncAhead:
    """One piece of work at a time that goes on while the caller does something else."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(
        self,
        work: Callable[..., Coroutine[Any, Any, None]],
        argument: Any,
        done: Callable[[], None],
    ) -> None:
        """Start the work; `done` is called when it ends."""
        self._task = asyncio.get_running_loop().create_task(work(argument))
        self._task.add_done_callback(lambda _: done())

    @property
    def busy(self) -> bool:
        """Whether there is work that goes on."""
        return self._task is not None and not self._task.done()

    async def join(self) -> None:
        """Wait for the work, and raise what it raised."""
        task, self._task = self._task, None
        if task is not None:
            await task

    async def drop(self) -> None:
        """Give the work up."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait({task})


class SyncAhead:
    """The same on a thread; work that is given up goes on to its end, and nobody looks at it."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None

    def start(self, work: Callable[..., None], argument: Any, done: Callable[[], None]) -> None:
        """Start the work; `done` is called when it ends."""
        context = contextvars.copy_context()

        def run() -> None:
            try:
                context.run(work, argument)
            except BaseException as error:  # noqa: BLE001 - raised again by `join`
                self._error = error
            done()

        self._thread = threading.Thread(target=run, name="syncropel-emit-many", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether there is work that goes on."""
        return self._thread is not None and self._thread.is_alive()

    def join(self) -> None:
        """Wait for the work, and raise what it raised."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()
        error, self._error = self._error, None
        if error is not None:
            raise error

    def drop(self) -> None:
        """Give the work up."""
        self._thread = None

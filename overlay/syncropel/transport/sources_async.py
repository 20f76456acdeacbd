"""Items of an iterable of either kind, and work that goes on meanwhile as a task."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, Callable, Coroutine, Iterable
from typing import Any, Union

from syncropel.transport.later import asyncio
from syncropel.transport.sources_sync import SyncSource

AsyncItems = Union[Iterable[Any], AsyncIterable[Any]]  # noqa: UP007 - evaluated at run time

READ_AHEAD = 64
"""Items of an asynchronous iterable that are read before they are wanted."""


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

    async def begun(self) -> None:
        """Let the work begin before anything else is done."""
        await asyncio.sleep(0)

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

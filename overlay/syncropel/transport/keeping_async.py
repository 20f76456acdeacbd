"""Keeping records from an event loop: nothing here blocks it."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from concurrent.futures import Future
from typing import Any, TypeVar

from .later import asyncio
from .results import EmitResult

T = TypeVar("T")


class AsyncQueued(EmitResult):
    """The result of `emit_nowait` on an event loop: known at once, while the record is being written.

    Awaiting it waits until the record is on disk, and gives the result again, as it is then. Whoever does
    not await it loses nothing but that certainty.
    """

    def __await__(self) -> Generator[Any, None, EmitResult]:
        """Wait until the record is on disk."""
        task: asyncio.Task[EmitResult] = self.__dict__["_task"]
        # Shielded: a caller who stops waiting does not take the record back.
        return asyncio.shield(task).__await__()

    def __reduce__(self) -> tuple[Any, ...]:
        return EmitResult, tuple(getattr(self, name) for name in self.keys())


class AsyncKeeping:
    """On an event loop: nothing here blocks it."""

    _tasks: set[asyncio.Task[EmitResult]] = set()  # noqa: RUF012 - a loop keeps no hold of its tasks by itself

    @staticmethod
    async def wait(future: Future[T]) -> T:
        """Return what the future holds, once it does."""
        return future.result() if future.done() else await asyncio.wrap_future(future)

    @classmethod
    def queued(cls, result: EmitResult, rest: Coroutine[Any, Any, EmitResult]) -> EmitResult:
        """Return the result that is known at once, while the rest is done.

        Raises:
            RuntimeError: No event loop is running.
        """
        try:
            task = asyncio.get_running_loop().create_task(rest)
        except RuntimeError:
            rest.close()
            raise
        cls._tasks.add(task)
        task.add_done_callback(cls._tasks.discard)
        known = AsyncQueued.__new__(AsyncQueued)
        known.__dict__.update(result.__dict__, _task=task)
        return known

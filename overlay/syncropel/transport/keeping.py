"""What the outbox of a client needs and the colours do differently: waiting for the file, and one worker."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from dataclasses import fields
from typing import Any, TypeVar

from .results import EmitResult
from .workers import AsyncWorker, SyncWorker

T = TypeVar("T")
logger = logging.getLogger("syncropel")


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
        return EmitResult, tuple(getattr(self, field.name) for field in fields(EmitResult))


class AsyncKeeping:
    """On an event loop: nothing here blocks it."""

    Queued = AsyncQueued
    _tasks: set[asyncio.Task[EmitResult]] = set()  # noqa: RUF012 - a loop keeps no hold of its tasks by itself

    @staticmethod
    async def wait(future: Future[T]) -> T:
        """Return what the future holds, once it does."""
        return await asyncio.wrap_future(future)

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
        known = AsyncQueued(**{name: result[name] for name in result.keys()})  # noqa: SIM118 - not a mapping
        known.__dict__["_task"] = task
        return known


class SyncKeeping:
    """On a thread: what takes a moment is waited for."""

    @staticmethod
    def wait(future: Future[T]) -> T:
        """Return what the future holds, once it does."""
        return future.result()

    @staticmethod
    def queued(_: EmitResult, rest: EmitResult) -> EmitResult:
        """Return the result after the rest was done: here it was already."""
        return rest


class Bell:
    """Sees to it that one worker runs while there is work, and none when there is none.

    A worker asks `heard` before it looks for work, and `leaves` when it found none; what rings in between is
    not missed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rings = 0
        self._worker: AsyncWorker | SyncWorker | None = None

    def ring(self, start: Callable[[], AsyncWorker | SyncWorker]) -> None:
        """Say that there is work; start a worker unless one runs (where this one is called, for a loop)."""
        with self._lock:
            self._rings += 1
            if self._worker is None or self._worker.ended:
                self._worker = start()

    def heard(self) -> int:
        """Return how often it rang."""
        with self._lock:
            return self._rings

    def leaves(self, heard: int) -> bool:
        """Say that the worker ends, unless it rang again; return whether it does."""
        with self._lock:
            if self._rings != heard:
                return False
            self._worker = None
            return True

    def stop(self) -> AsyncWorker | SyncWorker | None:
        """Ask the worker to end, and return it if there is one."""
        with self._lock:
            worker = self._worker
        if worker is not None:
            worker.stop()
        return worker

"""The same work several times at once: tasks for `_async`, threads for `_sync`."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any

from syncropel.transport.later import asyncio


class AsyncCrew:
    """Tasks of one event loop."""

    @staticmethod
    async def run(count: int, work: Callable[[], Awaitable[None]], stop: Callable[[], None]) -> None:
        """Run work so many times at once until all of it has ended.

        Args:
            count: How often.
            work: The work.
            stop: Called when one of them fails, so that the others end.

        Raises:
            BaseException: What the first one raised that failed.
        """
        tasks = [asyncio.ensure_future(_awaited(work)) for _ in range(count)]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        except BaseException:
            for task in tasks:
                task.cancel()
            raise
        finally:
            stop()
            await asyncio.gather(*tasks, return_exceptions=True)
        for task in tasks:
            task.result()

    @staticmethod
    async def settle(value: Awaitable[Any]) -> None:
        """Wait for what a function returned."""
        await value


async def _awaited(work: Callable[[], Awaitable[None]]) -> None:
    await work()


class SyncCrew:
    """Threads of one process."""

    @staticmethod
    def run(count: int, work: Callable[[], None], stop: Callable[[], None]) -> None:
        """Run work so many times at once until all of it has ended; once is in the caller's own thread.

        Args:
            count: How often.
            work: The work.
            stop: Called when one of them fails, so that the others end.

        Raises:
            BaseException: What the first one raised that failed.
        """
        errors: list[BaseException] = []

        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - it is raised by whoever waits for all
                errors.append(error)
                stop()

        threads = [threading.Thread(target=guarded, daemon=True) for _ in range(count - 1)]
        for thread in threads:
            thread.start()
        guarded()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    @staticmethod
    def settle(value: Any) -> None:
        """Refuse what a function returned: without an event loop nothing can be awaited."""
        if hasattr(value, "close"):
            value.close()
        raise TypeError("the handler is a coroutine function; the synchronous client needs a plain one")

"""Running asynchronous work so that Ctrl-C ends it tidily, on every Python this package runs on."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a loop of its own. Ctrl-C cancels it, and what it opened is closed before this returns.

    `asyncio.run` does so from Python 3.11 on; in 3.10 the interruption hits whichever task is at work.

    Raises:
        KeyboardInterrupt: It was interrupted.
    """
    finished: list[T] = []

    async def interruptible() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        # Not on Windows and not outside the main thread: there the default way has to do.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGINT, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            finished.append(await task)

    asyncio.run(interruptible())
    if not finished:
        raise KeyboardInterrupt
    return finished[0]

"""The commands that `spl queue work` runs, and when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import SynapError, UsageError
from . import exits
from .lasting import Told

if TYPE_CHECKING:
    from .._async.store.worker import AsyncQueueWorker
    from ..store import AsyncSynapClient, Message
    from .session import Session

END_SECONDS = 5.0
"""How long a command that is told to end may take to do so."""

DRAIN_SECONDS = 0.5
"""How often a queue is looked at that is to be emptied."""

_NOT_RUN = (126, 127)
"""What a shell says of a command that it cannot run, or not find."""


class CommandFailed(Exception):
    """A command ended with another exit code than 0.

    Attributes:
        code: The exit code; None when its time was up.
    """

    def __init__(self, code: int | None) -> None:
        super().__init__("its time was up" if code is None else f"exit code {code}")
        self.code = code


class Crew:
    """The commands for the messages of a queue.

    Args:
        session: The run.
        queue: The queue.
        command: One line for the shell, or a program and its arguments.
        limit: Seconds that a command may take; None for any number.
        count: How many messages there are to be; None for any number.
    """

    def __init__(
        self, session: Session, queue: str, command: Sequence[str], limit: float | None, count: int | None
    ) -> None:
        self._session = session
        self._queue = queue
        self._command = list(command)
        self._limit = limit
        self._count = count
        self._begun = self._running = self._done = self._failed = 0
        self._interrupted = False
        self._not_run = False
        self._untold: OSError | None = None
        self._worker: AsyncQueueWorker | None = None

    async def work(self, concurrency: int, consumer: str | None, *, drain: bool) -> int:
        """Work until told to stop, and return the exit code.

        Raises:
            KeyboardInterrupt: Ctrl-C ended it.
            SynapError: There is no such queue, or the daemon refuses for good.
        """
        async with self._session.async_store() as client:
            await client.queue.stats(self._queue)  # raises where there is no such queue
            worker = self._worker = client.queue.worker(self._queue, consumer, concurrency=concurrency)
            with Told(), _interruptible(self._interrupt):
                watching = asyncio.ensure_future(self._until_empty(client)) if drain else None
                try:
                    await worker.run(self._handle, on_error=self._given_back)
                finally:
                    if watching is not None:
                        watching.cancel()
        return self._ended(finite=drain or self._count is not None)

    def _ended(self, *, finite: bool) -> int:
        if not self._session.json:
            self._session.note(f"{self._done:,} done, {self._failed:,} given back")
        if self._untold is not None:
            raise self._untold
        if self._interrupted:
            raise KeyboardInterrupt
        return exits.FAILED if self._not_run or (finite and self._failed) else exits.OK

    def _interrupt(self, cancel: Any) -> None:
        """Finish what runs at the first Ctrl-C; end it at the second."""
        if self._interrupted or not self._running or self._worker is None:
            cancel()
            return
        self._interrupted = True
        self._worker.stop()
        self._session.note(f"waiting for {self._running} running; Ctrl-C again ends and gives back")

    async def _until_empty(self, client: AsyncSynapClient) -> None:
        """Stop when the queue holds nothing; a daemon that does not answer is asked again."""
        while self._worker is not None and not self._worker.stopping:
            with contextlib.suppress(SynapError):
                stats = await client.queue.stats(self._queue)
                if not stats.depth and not stats.in_flight:
                    self._worker.stop()
            await asyncio.sleep(DRAIN_SECONDS)

    async def _handle(self, message: Message) -> None:
        self._begun += 1
        if self._begun == self._count and self._worker is not None:
            self._worker.stop()
        self._running += 1
        began = time.monotonic()
        try:
            code = await self._run(message)
        finally:
            self._running -= 1
        took = time.monotonic() - began
        if self._session.json:
            self._tell(message, code, took)
        if code != 0:
            raise CommandFailed(code)
        self._done += 1

    def _given_back(self, message: Message, error: Exception) -> None:
        if not isinstance(error, CommandFailed):
            raise error
        self._failed += 1
        if not self._session.json:
            tries = f"delivery {message.retry_count + 1} of {message.max_retries + 1}"
            self._session.note(f"{message.message_id} given back: {error} ({tries})")
        if error.code in _NOT_RUN and self._worker is not None:
            self._not_run = True
            self._worker.stop()
            self._session.note("the command cannot be run: stopping before every message fails by it")

    def _tell(self, message: Message, code: int | None, took: float) -> None:
        told = {
            "message_id": message.message_id,
            "delivery": message.retry_count + 1,
            "outcome": "acked" if code == 0 else "nacked",
            "exit_code": code,
            "seconds": round(took, 3),
        }
        try:
            self._session.json_line(told)
        except OSError as error:
            # What the command did is done, whoever hears of it: the message is resolved, and then it ends.
            self._untold = error
            if self._worker is not None:
                self._worker.stop()

    async def _run(self, message: Message) -> int | None:
        process = await self._started(message)
        try:
            await asyncio.wait_for(process.communicate(message.payload), self._limit)
        except (TimeoutError, asyncio.TimeoutError):
            await _end(process)
            return None
        except BaseException:
            await _end(process)
            raise
        return process.returncode

    async def _started(self, message: Message) -> asyncio.subprocess.Process:
        options: dict[str, Any] = {
            "stdin": asyncio.subprocess.PIPE,
            # stdout belongs to JSON then.
            "stdout": sys.__stderr__ if self._session.json else None,
            "env": {**os.environ, **_facts(message)},
            # Ctrl-C on the terminal is for us: we decide what becomes of the command.
            "start_new_session": True,
        }
        try:
            if len(self._command) == 1:
                return await asyncio.create_subprocess_shell(self._command[0], **options)
            return await asyncio.create_subprocess_exec(*self._command, **options)
        except OSError as error:
            raise UsageError(f"COMMAND: {self._command[0]!r} cannot be run: {error}") from error


def checked_program(command: Sequence[str]) -> None:
    """Check that a program given as several words is there.

    Raises:
        UsageError: It is not.
    """
    if len(command) > 1 and shutil.which(command[0]) is None:
        raise UsageError(f"COMMAND: there is no program {command[0]!r}; a line for the shell goes in quotes")


def _facts(message: Message) -> dict[str, str]:
    return {
        "SPL_QUEUE": message.queue,
        "SPL_MESSAGE_ID": message.message_id,
        "SPL_PRIORITY": str(message.priority),
        "SPL_DELIVERY": str(message.retry_count + 1),
        "SPL_HEADERS": json.dumps(dict(message.headers)),
    }


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a command and whatever it started."""
    for forced in (False, True):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL if forced else signal.SIGTERM)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), END_SECONDS)
            return


@contextlib.contextmanager
def _interruptible(interrupt: Any) -> Iterator[None]:
    """Call `interrupt` at Ctrl-C, with what cancels the present task, which is what happened before."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    if task is None:
        yield
        return
    # Not outside the main thread: there nobody types Ctrl-C.
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGINT, interrupt, task.cancel)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(signal.SIGINT, task.cancel)

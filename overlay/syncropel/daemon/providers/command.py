"""A program as a responder: the call as JSON on its standard input, its answer as JSON on its output."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from typing import Any, cast

from ...errors import UsageError
from ...rules.strict_json import parse_json
from .limits import MAX_ANSWER_BYTES, MAX_ERROR_TEXT
from .trouble import Trouble

_END_SECS = 5.0


async def run_command(command: tuple[str, ...], question: Any, seconds: float) -> Any:
    """Run a program and return the JSON value that it wrote.

    No shell is involved. The program leads a process group of its own, which is killed as a whole when time
    is up, when too much is written, or when the call is cancelled.

    Args:
        command: The program and its arguments.
        question: A JSON value for its standard input.
        seconds: Its time.

    Raises:
        Trouble: It cannot be started, fails, is too slow, writes too much or no JSON.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, talk = await loop.subprocess_exec(
            lambda: _Talk(loop), *command, start_new_session=sys.platform != "win32"
        )
    except (OSError, ValueError) as error:
        raise Trouble("command_failed", f"cannot start {command[0]!r}: {error}") from error
    try:
        _tell(transport, json.dumps(question).encode())
        await asyncio.wait_for(asyncio.shield(talk.finished), seconds)
    except asyncio.TimeoutError:
        raise Trouble("timeout", f"the command did not end within {seconds:g} s") from None
    finally:
        await _end(transport, talk)
    return _said(talk, transport.get_returncode())


class _Talk(asyncio.SubprocessProtocol):
    """Gathers what a program writes.

    Attributes:
        finished: Done when the program has ended and its output is closed, or when it wrote too much.
        exited: Done when the program has ended.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.finished: asyncio.Future[None] = loop.create_future()
        self.exited: asyncio.Future[None] = loop.create_future()
        self.output = bytearray()
        self.errors = bytearray()
        self.is_too_large = False

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep output up to the limit, and the end of the errors."""
        if fd == 2:
            self.errors += data
            del self.errors[: -MAX_ERROR_TEXT * 4]
        elif len(self.output) + len(data) > MAX_ANSWER_BYTES:
            self.is_too_large = True
            _done(self.finished)
        else:
            self.output += data

    def process_exited(self) -> None:
        """Take note of the end."""
        _done(self.exited)

    def connection_lost(self, exc: BaseException | None) -> None:  # noqa: ARG002 - the protocol passes it
        """Take note that the program has ended and every pipe is closed."""
        _done(self.finished)


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _tell(transport: asyncio.SubprocessTransport, data: bytes) -> None:
    """Write the question. A program may end, or close its input, without reading it: that is no failure."""
    pipe = cast("asyncio.WriteTransport | None", transport.get_pipe_transport(0))
    if pipe is None:
        return
    # uvloop raises a RuntimeError where the program is gone already, asyncio passes over it.
    with contextlib.suppress(OSError, RuntimeError):
        pipe.write(data)
        pipe.write_eof()


async def _end(transport: asyncio.SubprocessTransport, talk: _Talk) -> None:
    """Kill what is left of the program and its children, collect it, and close the pipes."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform != "win32":
            # The group outlives its leader while a child of it runs.
            os.killpg(transport.get_pid(), signal.SIGKILL)
        elif not talk.exited.done():
            transport.kill()
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(asyncio.shield(talk.exited), _END_SECS)
    transport.close()


def _said(talk: _Talk, status: int | None) -> Any:
    if talk.is_too_large:
        raise Trouble("too_large", f"the command wrote more than {MAX_ANSWER_BYTES} bytes")
    if status != 0:
        last = talk.errors.decode("utf-8", "replace").strip()[-MAX_ERROR_TEXT:]
        told = f": {last}" if last else ""
        raise Trouble("command_failed", f"the command ended with status {status}{told}")
    try:
        return parse_json(bytes(talk.output))
    except UsageError as error:
        raise Trouble("bad_answer", f"the command's output is no JSON: {error}") from error

"""A program as a responder: the call as JSON on its standard input, its answer as JSON on its output."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from typing import Any

from ...errors import UsageError
from ...rules.strict_json import parse_json
from .limits import MAX_ANSWER_BYTES, MAX_ERROR_TEXT
from .trouble import Trouble

_PIECE = 65536


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
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=sys.platform != "win32",
        )
    except (OSError, ValueError) as error:
        raise Trouble("command_failed", f"cannot start {command[0]!r}: {error}") from error
    try:
        output, errors = await asyncio.wait_for(_talk(process, question), seconds)
    except asyncio.TimeoutError:
        raise Trouble("timeout", f"the command did not end within {seconds:g} s") from None
    finally:
        await _end(process)
    if process.returncode != 0:
        last = errors.decode("utf-8", "replace").strip()[-MAX_ERROR_TEXT:]
        told = f": {last}" if last else ""
        raise Trouble("command_failed", f"the command ended with status {process.returncode}{told}")
    try:
        return parse_json(output)
    except UsageError as error:
        raise Trouble("bad_answer", f"the command's output is no JSON: {error}") from error


async def _talk(process: asyncio.subprocess.Process, question: Any) -> tuple[bytes, bytes]:
    reading = [
        asyncio.ensure_future(_read(process.stdout, MAX_ANSWER_BYTES, strict=True)),
        asyncio.ensure_future(_read(process.stderr, MAX_ERROR_TEXT * 4, strict=False)),
        asyncio.ensure_future(_write(process.stdin, json.dumps(question).encode())),
    ]
    try:
        output, errors, _ = await asyncio.gather(*reading)
        await process.wait()
    finally:
        for each in reading:
            each.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
    return output or b"", errors or b""


async def _write(stream: asyncio.StreamWriter | None, data: bytes) -> None:
    if stream is None:
        return
    # A program may answer without reading its input to the end.
    with contextlib.suppress(OSError):
        stream.write(data)
        await stream.drain()
        stream.close()
        await stream.wait_closed()


async def _read(stream: asyncio.StreamReader | None, most: int, *, strict: bool) -> bytes:
    """Read to the end; past `most` either fail or keep the last part only."""
    kept = bytearray()
    while stream is not None and (piece := await stream.read(_PIECE)):
        kept += piece
        if len(kept) > most:
            if strict:
                raise Trouble("too_large", f"the command wrote more than {most} bytes")
            del kept[:-most]
    return bytes(kept)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill what is left of the program and its children, and collect it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            if process.returncode is None:
                process.kill()
        else:
            # The group outlives its leader while a child of it runs.
            os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())

"""Exit codes, and which failure gives which. The one place that knows."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ..errors import (
    ConfigurationError,
    DecodeError,
    InferFailed,
    InferNotSent,
    MissingExtraError,
    SynapError,
    SyncropelError,
    TransportError,
    UsageError,
    ValidationError,
)
from ..rules.error_codes import ERROR_CODES

if TYPE_CHECKING:
    from ..transport.results import EmitResult

OK = 0
FAILED = 1
USAGE = 2
UNREACHABLE = 3
INTERRUPTED = 130

_COMMANDS = {
    "ACCOUNT_NOT_FOUND": "`spl service-account list` shows those there are",
    "TOKEN_NOT_FOUND": "`spl token list` shows those there are",
    "THREAD_NOT_FOUND": "`spl thread list` shows those there are",
    "KEY_NOT_FOUND": "`spl kv keys` lists those there are",
    "NOT_AN_INTEGER": "`spl kv get KEY` shows what it holds",
    "QUEUE_NOT_FOUND": "`spl queue create NAME` makes one, `spl queue list` shows those there are",
    "QUEUE_FULL": "take messages out of it, or wait; `spl queue stats NAME` shows how many it takes",
    "MESSAGE_NOT_FOUND": "it is not in flight: its deadline has passed, or it was resolved already",
    "ROOM_NOT_FOUND": "`spl stream create NAME` makes one, `spl stream list` shows those there are",
    "ROOM_EXISTS": "--exist-ok leaves it as it is",
    "OFFSET_OUT_OF_RANGE": "`spl stream stats NAME` shows which are kept",
}
"""What to type about a refusal, where the general advice is written for programs."""
STRANGER = "no Syncropel daemon answers so: --endpoint names another, `spl doctor` looks around"
WAY_OUT = "is the daemon running? `spl serve --daemon` starts one, `spl doctor` looks around"
MEANINGS: dict[int, str] = {
    OK: "done",
    FAILED: "refused or failed: by the daemon, a schema, a history; or what was asked for is not there",
    USAGE: "usage or configuration: a wrong argument, a port that is taken",
    UNREACHABLE: "the daemon cannot be reached, or does not answer in time",
    INTERRUPTED: "interrupted (Ctrl-C)",
}


def way_out(text: str) -> str:
    """Return what to add about a connection that failed with these words, in brackets, or nothing."""
    # Of a certificate or a scheme that is wrong the client itself says what to do; the daemon is there.
    return "" if "[SSL: " in text or "UnsupportedProtocol" in text else f" ({WAY_OUT})"


def code_of(error: SyncropelError) -> int:
    """Return the exit code that stands for a failure."""
    if isinstance(error, (ValidationError, DecodeError)):
        return FAILED
    if isinstance(error, TransportError) or _unanswered(error):
        return UNREACHABLE
    if isinstance(error, InferNotSent) and isinstance(error.__cause__, TransportError):
        return UNREACHABLE
    if isinstance(error, (UsageError, ConfigurationError, MissingExtraError)):
        return USAGE
    return FAILED


def _unanswered(error: SyncropelError) -> bool:
    if not isinstance(error, SynapError) or error.status_code is not None:
        return False
    # Without a cause the server itself ended it: it was there.
    return error.__cause__ is not None and not isinstance(error.__cause__, DecodeError)


def line_of(error: SyncropelError) -> str:
    """Return what to tell a person about a failure: one line with the way out, commands below it."""
    if isinstance(error, InferFailed):
        return f"{' '.join(str(error).split())} ({_of_inference(error)})"
    advice = _COMMANDS.get(error.code or "") if isinstance(error, SynapError) else None
    if isinstance(error, SynapError) and advice:
        trace = f"; request {error.request_id}" if error.request_id else ""
        return f"{' '.join(error.message.split())} ({advice}{trace})"
    lines = str(error).splitlines()
    # What others say may begin with spaces, too.
    ours = isinstance(error, ConfigurationError)
    commands = "".join(f"\n{line}" for line in lines if ours and line.startswith("  "))
    text = (
        " ".join(" ".join(line for line in lines if not (ours and line.startswith("  "))).split()) + commands
    )
    if code_of(error) == UNREACHABLE:
        return text + way_out(text)
    if _is_strange(error):
        return f"{text} ({STRANGER})"
    return text if getattr(error, "hint", None) else text + _remedy(getattr(error, "code", None))


def _is_strange(error: SyncropelError) -> bool:
    """Tell whether the answer is one that a daemon of ours never gives: its refusals have a code."""
    if isinstance(error, DecodeError) or isinstance(error.__cause__, DecodeError):
        return True
    refused = getattr(error, "status_code", getattr(error, "status", None)) is not None
    return refused and getattr(error, "code", None) is None and not getattr(error, "hint", None)


def _of_inference(error: InferFailed) -> str:
    if error.code == "no_candidates":
        return "`spl actor list` shows who is registered"
    return f"`spl thread show {error.thread_id}` shows what each of them said"


def of_emit(result: EmitResult) -> int:
    """Return the exit code for the outcome of an emit, which never raises."""
    if result.queued or (result.success and result.record_id is not None):
        return OK
    return UNREACHABLE if result.status is None else FAILED


def line_of_emit(result: EmitResult) -> str:
    """Return what to tell a person about an emit that failed: one line, with the way out."""
    if result.success:
        return f"not stored, as far as anybody knows: HTTP {result.status} without a receipt ({STRANGER})"
    text = " ".join((result.error or "others of its thread wait").split())
    if result.queued:
        return f"kept in the outbox ({text}); `spl outbox flush` delivers it when the daemon is there"
    if result.status is None:
        return f"not delivered: {text}{way_out(text)}"
    # The error holds the first characters of the answer, which need not be whole JSON any more.
    said = re.search(r'"message"\s*:\s*"((?:[^"\\]|\\.)*)("?)', text)
    if result.code and said:
        message = json.loads(f'"{said[1]}"') + ("" if said[2] else "…")
        text = f"HTTP {result.status} {result.code}: {message}{f'; {result.hint}' if result.hint else ''}"
    # As `line_of` shows the same refusal of a read.
    text = text.replace(f"HTTP {result.status}: {result.code}: ", f"HTTP {result.status} {result.code}: ", 1)
    if result.code is None and not result.hint:
        return f"refused: {text} ({STRANGER})"
    return f"refused: {text}" if result.hint else f"refused: {text}{_remedy(result.code)}"


def _remedy(code: str | None) -> str:
    known = ERROR_CODES.get(code or "")
    remedy = _COMMANDS.get(code or "", known.remedy if known else "")
    return f" ({remedy})" if remedy else ""

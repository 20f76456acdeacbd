"""Commands and their answers as bytes: one alone, many as one `batch`, what each of them came to. No I/O."""

from __future__ import annotations

import itertools
import json
import os
import time
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from syncropel.errors import ClosedError, DecodeError, SynapError, UsageError
from syncropel.rules import compiled_json
from syncropel.rules.contract import load_routes
from syncropel.rules.error_codes import ERROR_CODES
from syncropel.transport.convert import MESSAGE_TEXT, Answer, error_line, hint_of
from syncropel.transport.failures import Undelivered, UndeliveredInTime

if TYPE_CHECKING:
    from typing import TypeAlias

RUN, WATCH = "runCommand", "pubsubWatch"
"""The two operations of the contract that the client uses: every command goes to the first one."""
BATCH = "batch"
UNKNOWN = "UNKNOWN_COMMAND"
_TEXT_OF_UNKNOWN = "Unknown command"
# What one answer may hold of a command that returns values; it keeps the answer to a batch within bounds.
_VALUED = frozenset(("kv.get", "kv.mget", "kv.scan", "kv.keys", "queue.consume", "stream.consume"))
BARE = frozenset(("kv.get", "kv.getset", "kv.getrange"))
"""Commands that are answered with the value itself; all others with an object."""
ANSWER_BYTES = 128 * 1024

# Made once: `json.dumps` with options makes another one at each call, which takes as long as its work.
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_tickets = itertools.count()
_instance = os.urandom(6).hex()


class Outcome(NamedTuple):
    """What became of one command.

    Attributes:
        payload: Its answer.
        error: Why there is none.
        ours: Whether the server is one of ours, which takes more than the published protocol has.
    """

    payload: Any = None
    error: SynapError | None = None
    ours: bool = False


Outcomes: TypeAlias = "list[Outcome] | None"
"""What became of the commands of one call, in order; None stands for "send them one at a time"."""


class Command(NamedTuple):
    """One command.

    Attributes:
        name: Its name.
        content: Its `command` and `payload` members, encoded.
    """

    name: str
    content: bytes


class Errand:
    """The commands of one call, on their way as the passenger of a lane.

    Args:
        commands: The commands.
        order: What they are about: errands about the same thing keep their order.
        timeout: Seconds the call may take.

    Attributes:
        deadline: When they are over, by `time.monotonic`.
        ticket: Its place in the order of calls.
        repeatable: False: a message would be published twice.
        size: About how many bytes it adds to a request, or to its answer.
    """

    __slots__ = ("commands", "deadline", "order", "size", "ticket", "timeout")
    repeatable = False

    def __init__(self, commands: Sequence[Command], order: str, timeout: float) -> None:
        self.commands = commands
        self.timeout = timeout
        self.deadline = time.monotonic() + timeout
        self.ticket = next(_tickets)
        # Without a thing that it is about it waits for nobody.
        self.order = order or f" {self.ticket}"
        self.size = sum(
            len(each.content) + (ANSWER_BYTES if each.name in _VALUED else 0) for each in commands
        )


@cache
def route_of(operation: str) -> dict[str, str]:
    """Return method and path of an operation, as the contract has them."""
    (row,) = (row for row in load_routes() if row["operation_id"] == operation)
    return {"method": row["method"], "url": row["path"]}


def command(name: str, payload: dict[str, Any]) -> Command:
    """Return a command.

    Raises:
        UsageError: The payload cannot be JSON.
    """
    try:
        return Command(name, b'"command":"%b","payload":%b' % (name.encode(), _encode(payload).encode()))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the value cannot be written as JSON: {error}") from error


def envelope(commands: Sequence[Command]) -> bytes:
    """Return the body of a request: one command as it is, several as a batch."""
    head = f'{{"request_id":"{_instance}-{next(_tickets):x}",'.encode()
    if len(commands) == 1:
        return head + commands[0].content + b"}"
    inside = b",".join(b"{" + each.content + b"}" for each in commands)
    return head + b'"command":"batch","payload":{"commands":[' + inside + b"]}}"


def outcomes_of(answer: Answer | Undelivered | ClosedError, count: int, *, ours: bool) -> Outcomes:
    """Return what became of the commands of one request.

    Args:
        answer: What came of the request.
        count: How many commands were on it.
        ours: Whether the server is one of ours.

    Returns:
        One outcome for each. None when the server knows no batches: then none of them was carried out.
    """
    if not isinstance(answer, Answer):
        return [Outcome(error=error_of_transport(answer))] * count
    value = answer.json_or_none()
    if not isinstance(value, dict) or "success" not in value or not answer.ok:
        return [Outcome(error=error_of_answer(answer, value), ours=ours)] * count
    if count == 1:
        return [_outcome(value, answer, ours)]
    if value["success"] is not True:
        if value.get("error_code") == UNKNOWN or str(value.get("error", "")).startswith(_TEXT_OF_UNKNOWN):
            return None
        return [_outcome(value, answer, ours)] * count
    payload = value.get("payload")
    rows = payload.get("results") if isinstance(payload, dict) else None
    if not isinstance(rows, list) or len(rows) != count:
        return [Outcome(error=_unread(answer, "the answer to a batch lacks results"), ours=ours)] * count
    return [_outcome(row, answer, ours) for row in rows]


def crowded_out(errand: Errand, outcomes: Sequence[Outcome]) -> bool:
    """Tell whether a command has to be asked alone: with others its answer was too large for one request."""
    if len(outcomes) != 1 or errand.commands[0].name not in _VALUED:
        return False
    error = outcomes[0].error
    return error is not None and error.code == "VALUE_TOO_LARGE"


def _outcome(row: Any, answer: Answer, ours: bool) -> Outcome:
    if isinstance(row, dict) and row.get("success") is True:
        return Outcome(row.get("payload"), None, ours)
    if not isinstance(row, dict):
        return Outcome(error=_unread(answer, "a result is no object"), ours=ours)
    text = str(row.get("error") or "the server says nothing more")[:MESSAGE_TEXT]
    status, code = row.get("code"), row.get("error_code")
    if not isinstance(status, int):
        status = status_of_text(text)
    hint = row.get("hint")
    error = SynapError(
        text,
        status_code=status,
        code=code if isinstance(code, str) else None,
        request_id=answer.request_id,
        hint=hint if isinstance(hint, str) else None,
    )
    return Outcome(error=error, ours=ours)


# The published server tells the text alone; each kind of text has one status on its routes.
_STATUS_OF_TEXT = (
    ("Key not found", 404),
    ("Queue not found", 404),
    ("Message not found", 404),
    ("Queue is full", 507),
    ("Memory limit exceeded", 507),
    ("CAS failed", 409),
    ("Key already exists", 409),
    ("Unauthorized", 401),
    ("Forbidden", 403),
    ("Quota exceeded", 429),
    ("Operation timed out", 408),
    ("Internal error", 500),
    ("IO error", 500),
    ("Serialization error", 500),
)


def status_of_text(text: str) -> int:
    """Return the status that an error text stands for; 400 for those that name what was wrong with a call."""
    return next((status for start, status in _STATUS_OF_TEXT if text.startswith(start)), 400)


def error_of_answer(answer: Answer, value: Any) -> SynapError:
    """Return the error of a request that was refused as such, or whose answer cannot be read."""
    if answer.ok:
        return _unread(answer, "the answer is no envelope")
    members = value if isinstance(value, dict) else {}
    text, code = members.get("error"), members.get("error_code")
    if isinstance(members.get("message"), str):  # a refusal in the form of the other routes
        text, code = members["message"], members.get("code")
    if not isinstance(text, str) or not text:
        text = error_line(answer)
    request_id = answer.request_id or members.get("request_id")
    return SynapError(
        text[:MESSAGE_TEXT],
        status_code=answer.status,
        code=code if isinstance(code, str) else None,
        request_id=request_id if isinstance(request_id, str) else None,
        hint=hint_of(answer, members),
        retry_after=answer.retry_after(),
    )


def error_of_transport(error: Exception) -> SynapError:
    """Return the error of a request that brought no usable answer."""
    found = SynapError(str(error))
    found.__cause__ = error
    return found


def _unread(answer: Answer, why: str) -> SynapError:
    text = f"{why}; it begins {answer.text[:80]!r}"
    found = SynapError(text, status_code=answer.status, request_id=answer.request_id)
    found.__cause__ = DecodeError(text)
    return found


def is_passing(error: SynapError) -> bool:
    """Tell whether a failure may be over at another attempt: no answer, none in time, or one that says so."""
    status, cause = error.status_code, error.__cause__
    if status is None:
        # Out of time is final for one call, which has used all it had; whoever goes on has as much again.
        return isinstance(cause, UndeliveredInTime) or getattr(cause, "retryable", False) is True
    if error.code in ERROR_CODES and error.code not in ("STORE_UNAVAILABLE", "INTERNAL"):
        return status == 429
    return status in (408, 425, 429, 500, 502, 503, 504)


def decoded(text: str | bytes) -> Any:
    """Return a decoded frame, None when it is no JSON."""
    try:
        return compiled_json.read_leniently(text.encode() if isinstance(text, str) else text)
    except (ValueError, RecursionError):
        return None

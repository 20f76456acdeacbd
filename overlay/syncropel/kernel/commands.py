"""The command route: `POST /api/v1/command`, with every command of the family, one at a time or many.

The envelope is Synap's: `{command, request_id, payload}` is answered `{success, request_id, payload, error}`
with status 200 whether the command succeeded or not, because its published clients read nothing else. What
concerns the request and not the command (no JSON, no token, too large, the store away) has its own status.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..errors import InvalidJson
from ..rules import limits
from ..rules.strict_json import parse_json
from .arguments import OF_BODY, Arguments
from .family import BODY, Command, Step, Waiting, check_scope, error_body, hint, is_work, prepared, ready
from .messages import Reply, Request
from .operations import Answer, Call, Context, Operation
from .refusals import Refusal
from .services import kv, kv_parts, pubsub, queue, stream
from .store.base import Task

COMMANDS: dict[str, Command] = {**kv.COMMANDS, **kv_parts.COMMANDS, **queue.COMMANDS, **stream.COMMANDS}
COMMANDS |= pubsub.COMMANDS
BATCH = "batch"
# Of the codes that a command can be refused with, these are about the request: they keep their status.
_ABOUT_THE_REQUEST = frozenset(("SCOPE_FORBIDDEN", OF_BODY, "INVALID_JSON", "BODY_TOO_LARGE"))
_ABOUT_STATUS = (401, 403, 415, 429, 500, 503)


def run_command(context: Context, call: Call) -> Any:
    """Check a command, or a batch of them; the work carries it out.

    Raises:
        Refusal: `INVALID_FIELD` for an envelope that is none, `SCOPE_FORBIDDEN`.
    """
    name, request_id, payload = _opened(call.body)
    if name == BATCH:
        return _batch(context, call, request_id, payload)

    def finish(results: list[Any]) -> Answer:
        result = results[0]
        again = result.again if isinstance(result, Waiting) else None
        return Reply(200, _envelope(_outcome(result), request_id), again=again)

    try:
        command = _find(name)
        check_scope(call, command)
        outcome = command.run(context, call, Arguments(payload))
    except Refusal as refusal:
        if _keeps_status(refusal):
            raise
        return finish([refusal])
    if not is_work(outcome):
        return finish([outcome])
    return prepared(Step(call, (outcome,), finish), (command,))


def _batch(context: Context, call: Call, request_id: str, payload: Any) -> Any:
    """Check many commands; the work carries them out in order, in one transaction when any of them writes."""
    try:
        entries = Arguments(payload).sequence("commands", limits.MAX_COMMANDS)
    except Refusal as refusal:
        return Reply(200, _envelope(_outcome(refusal), request_id))
    read = [_entry(call, entry) for entry in entries]
    commands = {entry.command for entry in read if isinstance(entry, _Entry)}
    writes = call.writes = any(command.writes for command in commands)
    tasks: list[Task[Any]] = []
    for entry in read:
        outcome: Any = entry if isinstance(entry, Refusal) else entry.run(context, call, writes)
        tasks.append(outcome if is_work(outcome) else ready(outcome))

    def finish(results: Sequence[Any]) -> Answer:
        payload = {"results": [_outcome(result) for result in results]}
        return Reply(200, _envelope(_outcome(payload), request_id))

    return prepared(Step(call, tasks, finish), commands)


class _Entry(NamedTuple):
    """One command of a batch."""

    command: Command
    arguments: Arguments

    def run(self, context: Context, call: Call, writes: bool) -> Any:
        """Return its outcome; `writes` tells whether any of the batch does."""
        run = (self.command.beside if writes else None) or self.command.run
        try:
            return run(context, call, self.arguments)
        except Refusal as refusal:
            return refusal


def _entry(call: Call, entry: Any) -> _Entry | Refusal:
    try:
        members = Arguments(entry)
        name: str = members.text("command")
        command = _find(name)
        check_scope(call, command)
        return _Entry(command, Arguments(members.value("payload", default={})))
    except Refusal as refusal:
        return refusal


def _find(name: str) -> Command:
    command = COMMANDS.get(name)
    if command is None:
        raise Refusal("UNKNOWN_COMMAND", f"Unknown command: {name[:200]}")
    return command


def _opened(body: Any) -> tuple[str, str, Any]:
    """Return what an envelope holds.

    Raises:
        Refusal: `INVALID_FIELD`.
    """
    members = Arguments(body, OF_BODY)
    name: str = members.text("command")
    request_id: str | None = members.text("request_id", default=None)
    return name, request_id if request_id is not None else secrets.token_hex(16), members.value("payload")


def _outcome(result: Any) -> dict[str, Any]:
    """Return what became of a command, as an envelope says it."""
    if isinstance(result, Waiting):
        result = result.payload
    if not isinstance(result, Refusal):
        return {"success": True, "payload": result, "error": None}
    code = {"code": result.status, "error_code": result.code}
    return {"success": False, "payload": None, "error": result.shown, **code, "hint": hint(result)}


def _envelope(outcome: dict[str, Any], request_id: str) -> dict[str, Any]:
    return {"success": outcome["success"], "request_id": request_id, **outcome}


def _keeps_status(refusal: Refusal) -> bool:
    return refusal.code in _ABOUT_THE_REQUEST or refusal.status in _ABOUT_STATUS


def _refused(refusal: Refusal, request: Request, request_id: str) -> Reply:
    """Return a refusal that did not come as a result: of the request, or of work that had begun to write."""
    reply = refusal.reply(request_id)
    if _keeps_status(refusal) or refusal.code == "STORE_CEILING_REACHED":
        return Reply(reply.status, {"success": False, **error_body(refusal, request_id)}, reply.headers)
    try:
        given = parse_json(request.body).get("request_id")
    except (InvalidJson, AttributeError):  # a body that is no object was refused for that
        given = None
    return Reply(200, _envelope(_outcome(refusal), given if isinstance(given, str) else request_id))


_NAMED = re.compile(rb'"command"\s*:\s*"([^"\\]*)"')


def may_write(request: Request) -> bool:
    """Guess from the bytes of a request for the command route whether its command writes."""
    found = _NAMED.search(request.body)
    command = None if found is None else COMMANDS.get(found[1].decode(errors="replace"))
    return command is None or command.writes


OPERATION = Operation(
    run_command, writes=may_write, has_body=True, body_limit=BODY, refused=_refused, query_key=True
)
OPERATIONS: dict[str, Operation] = {
    "runCommand": OPERATION,
    **kv.OPERATIONS,
    **kv_parts.OPERATIONS,
    **queue.OPERATIONS,
    **stream.OPERATIONS,
    **pubsub.OPERATIONS,
}

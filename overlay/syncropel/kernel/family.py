"""What the services of key-value, queues, streams and pub/sub share: a command, and how it is answered.

A command is a function that checks its arguments and returns its payload, or work for the store that gives
it. The command route and the REST routes both run commands; they differ in where the arguments are and in
what surrounds the payload.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..rules import limits
from ..rules.error_codes import ERROR_CODES
from .access.refusing import forbidden
from .arguments import OF_BODY, OF_QUERY, Arguments
from .bodies import read_json
from .messages import Again, Reply, Request
from .operations import Answer, BodyLimit, Call, Context, Operation
from .refusals import Refusal
from .store.base import Bulk, Task, Transaction, Work
from .store.writer import carry_out

BODY = BodyLimit(limits.MAX_COMMAND_BYTES)
"""How large a body may be that carries commands or payloads."""
# Commands of one request that together take a millisecond.
_PROMPT = 32


class Waiting(NamedTuple):
    """What a command answers that would rather wait: nothing yet.

    Attributes:
        payload: The answer for who cannot wait.
        again: When to ask again.
    """

    payload: Any
    again: Again


Run = Callable[[Context, Call, Arguments], Any]


class Command(NamedTuple):
    """One command.

    Attributes:
        run: Checks the arguments and returns the payload (a JSON value), a `Waiting`, or work whose result is
            one of them or a `Refusal`. Work that has written raises its refusals, and then nothing of its
            request is kept; it returns them otherwise, because raising makes a whole group run twice.
        scope: What the caller needs.
        writes: Whether the work writes.
        slow: Whether the work may take long, for commands that do not write.
        beside: What to run in the place of `run` among others that write, for a command that needs no store:
            it returns work.
    """

    run: Run
    scope: str
    writes: bool = False
    slow: bool = False
    beside: Run | None = None


class Sweep(NamedTuple):
    """How one kind of thing that is over is cleared away.

    Attributes:
        due: Tells at a time, in unix milliseconds, whether there is anything; cheap.
        run: Clears away at most so many rows in a transaction, and returns how many.
    """

    due: Callable[[Transaction, int], bool]
    run: Callable[[Transaction, int, int], int]


class Step(NamedTuple):
    """One request on its way through the store.

    Attributes:
        call: The request.
        tasks: What it does there, in order; what needs no store is there, too, by `ready`.
        finish: Makes the answer of the results.
    """

    call: Call
    tasks: Sequence[Task[Any]]
    finish: Callable[[list[Any]], Answer]


def ready(result: Any) -> Work[Any]:
    """Return a result that needs no store, as a task."""
    return lambda _transaction: result


def carry(transaction: Transaction, steps: Sequence[Step]) -> list[Answer]:
    """Do what some requests ask, in order; neighbouring work of one kind is one call, whoever asked."""
    for step in steps:
        step.call.begin()
    jobs = [(task, _nobody) for step in steps for task in step.tasks]
    results = iter(carry_out(transaction, jobs))
    return [step.finish([next(results) for _ in step.tasks]) for step in steps]


def _nobody(_result: Any, _error: BaseException | None) -> None:
    """Hear nothing: the answers are the results of `carry`."""


class Reading:
    """The work of a request that only reads.

    Args:
        step: The request.
        prompt: Whether it takes so little that the thread which reads requests may do it itself.
    """

    def __init__(self, step: Step, prompt: bool) -> None:
        self._step = step
        self.prompt = prompt

    def __call__(self, transaction: Transaction) -> Answer:
        """Do it."""
        return carry(transaction, [self._step])[0]


def prepared(step: Step, commands: Collection[Command]) -> Reply | Work[Answer] | Bulk:
    """Return what an operation returns for a step.

    Args:
        step: The step.
        commands: The commands of its tasks.
    """
    if any(command.writes for command in commands):
        return Bulk(carry, step, len(step.tasks))
    return Reading(step, len(step.tasks) <= _PROMPT and not any(command.slow for command in commands))


def is_work(outcome: Any) -> bool:
    """Tell work from the answer itself."""
    return isinstance(outcome, Bulk) or callable(outcome)


def rest(
    command: Command,
    arguments: Callable[[Call], Any] = lambda call: call.body,
    shape: Callable[[Call, Any], Any] = lambda _call, payload: payload,
    *,
    has_body: bool = False,
    body_optional: bool = False,
) -> Operation:
    """Return the operation of a REST route that runs a command. Its scope is the route's.

    Args:
        command: The command.
        arguments: Gives the arguments of a call, as the command's payload has them.
        shape: Makes the body of the answer from the command's payload.
        has_body: Whether the request carries a JSON body.
        body_optional: Whether it may be left out; the call's body is then an empty object.
    """
    code = OF_BODY if has_body else OF_QUERY

    def handle(context: Context, call: Call) -> Any:
        outcome = command.run(context, call, Arguments(arguments(call), code))

        def finish(results: list[Any]) -> Answer:
            result = results[0]
            if isinstance(result, Refusal):
                return result
            if isinstance(result, Waiting):
                return Reply(200, shape(call, result.payload), again=result.again)
            return Reply(200, shape(call, result))

        if not is_work(outcome):
            return finish([outcome])
        return prepared(Step(call, (outcome,), finish), (command,))

    return Operation(
        handle,
        writes=command.writes,
        has_body=has_body,
        body_limit=BODY,
        read_body=_read_optional if body_optional else _read_object,
        refused=refused,
        query_key=True,
    )


def _read_object(request: Request) -> Any:
    value = read_json(request)
    if not isinstance(value, dict):
        raise Refusal(OF_BODY, "Invalid request: body must be an object")
    return value


def _read_optional(request: Request) -> Any:
    return _read_object(request) if request.body else {}


def with_path(*names: str) -> Callable[[Call], Mapping[str, Any]]:
    """Return what gives the members of the body, if any, and some parameters of the path as arguments."""

    def arguments(call: Call) -> Mapping[str, Any]:
        return {**(call.body or {}), **{name: call.path[name] for name in names}}

    return arguments


def error_body(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """Return the body of a refusal as this family says it."""
    code = {"code": refusal.status, "error_code": refusal.code}
    return {"error": refusal.shown, **code, "request_id": request_id, "hint": hint(refusal)}


def hint(refusal: Refusal) -> str:
    """Return the way out of a refusal: its own, or that of its code."""
    if "hint" in refusal.details:
        return str(refusal.envelope()["hint"])
    return ERROR_CODES[refusal.code].remedy


def refused(refusal: Refusal, _request: Request, request_id: str) -> Reply:
    """Return a refusal as the REST routes of this family say it, with the status of its code."""
    reply = refusal.reply(request_id)
    return Reply(reply.status, error_body(refusal, request_id), reply.headers)


def check_scope(call: Call, command: Command) -> None:
    """Refuse a caller who may not use a command.

    Raises:
        Refusal: `SCOPE_FORBIDDEN`.
    """
    if not call.caller.may(command.scope):
        raise forbidden(call.caller, command.scope)

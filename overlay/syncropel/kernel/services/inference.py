"""The inference family: who answers, what their answers are worth, what waits for a person.

Queries themselves are records; the executor carries them on. Here are the registry of responders, trust,
the queue of decisions, and the stream of calls for one responder.
"""

from __future__ import annotations

from ...errors import UsageError
from .. import parameters, registry
from ..cursors import decode, encode
from ..messages import Inbound, Reply, WatchStart
from ..operations import Answer, Call, Context, Operation
from ..refusals import Refusal
from ..registration import read_registration, refused
from ..rows import last_sequence
from ..store.base import Transaction, Work
from ..verdicts import standings
from . import decisions
from .threads import stream_place


def list_actors(_context: Context, call: Call) -> Work[Reply]:
    """List every responder, or those of one kind."""
    _check_everywhere(call)
    kind = parameters.text(call.query, "kind")
    if kind is not None:
        parameters.choice(call.query, "kind", registry.KINDS)

    def work(transaction: Transaction) -> Reply:
        data = [registry.wire_row(each) for each in registry.all_responders(transaction, kind)]
        return Reply(200, {"object": "list", "data": data, "next_cursor": None})

    return work


def register_actor(context: Context, call: Call) -> Work[Reply]:
    """Check a registration; the work stores it."""
    if not call.caller.everywhere:
        raise _partial()
    responder = read_registration(call.body, int(call.now))
    if context.check_responder is not None:
        try:
            context.check_responder(responder)
        except UsageError as error:
            raise refused(error) from None

    def work(transaction: Transaction) -> Reply:
        new = registry.put(transaction, responder)
        return Reply(201 if new else 200, registry.wire_row(responder))

    return work


def lookup_actor(_context: Context, call: Call) -> Work[Reply]:
    """Return one responder."""
    _check_everywhere(call)
    did = parameters.text(call.query, "did")
    if did is None:
        raise Refusal("INVALID_PARAMETER", "query parameter did is missing")
    wanted: str = did

    def work(transaction: Transaction) -> Reply:
        responder = registry.find(transaction, wanted)
        if responder is None:
            raise _unknown(wanted)
        return Reply(200, registry.wire_row(responder))

    return work


def list_trust(_context: Context, call: Call) -> Work[Reply]:
    """List standings from the sums that ingest keeps: no record is read."""
    _check_everywhere(call)
    filters = {name: parameters.text(call.query, name) for name in ("actor", "domain", "judged_by")}
    limit = parameters.limit(call.query)
    question = {"list": "trust", **filters}
    offset = _position(call, question)

    def work(transaction: Transaction) -> Reply:
        rows = standings(
            transaction,
            call.now,
            actor=filters["actor"],
            domain=filters["domain"],
            evaluator=filters["judged_by"],
            limit=limit + 1 if limit else 0,
            offset=offset,
        )
        data = [{"object": "trust", **row._asdict(), "effective_trust": row.score} for row in rows[:limit]]
        cursor = encode(question, offset + limit) if len(rows) > limit else None
        return Reply(200, {"object": "list", "data": data, "next_cursor": cursor})

    return work


def list_decisions(_context: Context, call: Call) -> Work[Reply]:
    """List what awaits a decision, oldest first."""
    limit = parameters.limit(call.query)
    question = {"list": "decisions"}
    after = _position(call, question)
    visible = call.caller.visibility()

    def work(transaction: Transaction) -> Reply:
        rows = decisions.pending(transaction, after, limit + 1, visible) if limit else []
        data = rows[:limit]
        cursor = encode(question, data[-1]["sequence"]) if len(rows) > limit else None
        return Reply(200, {"object": "list", "data": data, "next_cursor": cursor})

    return work


def decide(context: Context, call: Call) -> Work[Answer]:
    """Check a decision; the work stores it as a record on the thread of what awaited it."""
    decision = decisions.read_decision(call.body)
    record_id = call.path["decision_id"]

    def work(transaction: Transaction) -> Answer:
        try:
            return Reply(200, decisions.decide(transaction, context, call, record_id, decision))
        except Refusal as refusal:
            return refusal

    return work


def watch_inbound(_context: Context, call: Call) -> Work[Reply]:
    """Accept a stream of the calls that wait for one responder; the shell produces it."""
    did = call.path["did"]
    visible = call.caller.visibility()

    def work(transaction: Transaction) -> Reply:
        if registry.find(transaction, did) is None:
            raise _unknown(did)
        head = last_sequence(transaction)
        after, error = stream_place(call.headers.get("last-event-id"), head)
        # Without a cursor the stream begins with the calls that are open.
        start = after if after is not None or error is not None else 0
        return Reply(200, None, watch=WatchStart(Inbound(did), start, None, error, head, visible))

    return work


def _check_everywhere(call: Call) -> None:
    """Refuse callers of a part of the store: responders and standings are the whole daemon's."""
    if call.caller.visibility().namespaces is not None:
        raise _partial()


def _partial() -> Refusal:
    return Refusal(
        "SCOPE_FORBIDDEN",
        "responders and trust belong to the whole daemon, and this token reaches a part of it",
        hint="use a token of an account in the namespace 'default'",
    )


def _position(call: Call, question: dict[str, str | None] | dict[str, str]) -> int:
    if "cursor" not in call.query:
        return 0
    position = decode(question, call.query["cursor"])
    if position is None:
        raise Refusal("INVALID_QUERY", "query parameter cursor is not a cursor of this list")
    return position


def _unknown(did: str) -> Refusal:
    return Refusal("ACTOR_NOT_FOUND", f"no responder is registered as {did[:80]!r}")


OPERATIONS: dict[str, Operation] = {
    "listActors": Operation(list_actors),
    "registerActor": Operation(register_actor, writes=True, has_body=True),
    "lookupActor": Operation(lookup_actor),
    "listTrust": Operation(list_trust),
    "listDecisions": Operation(list_decisions),
    "listAitl": Operation(list_decisions),
    "decide": Operation(decide, writes=True, has_body=True),
    "decideAitl": Operation(decide, writes=True, has_body=True),
    "watchInbound": Operation(watch_inbound),
}

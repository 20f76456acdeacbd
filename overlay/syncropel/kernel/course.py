"""The course of one query in the store: its records, its question, its open calls, how records join it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from ..rules import limits
from ..rules.infer.plan import Progress, QueryInput, Step
from ..rules.infer.plan.situation import UNUSABLE, WAITING
from ..rules.infer.plan.steps import ENGINE_DID
from ..rules.infer.vocabulary import ERROR_KIND, QUERY_KIND
from ..rules.plain import plain_copy
from ..rules.records import check_record
from ..rules.scopes import DEFAULT_NAMESPACE
from . import registry
from .access.visibility import EVERYTHING, Visibility, narrowed
from .calls import PendingCall, Responder
from .rows import COLUMNS, record_row, record_rows
from .services.ingest import ingest, make_ready
from .store.base import Transaction
from .store.dialect import Fragment

RECORDS_OF_A_REFERENCE = 20
"""How many records a question by reference carries, the newest."""

_BODY = [name.strip() for name in COLUMNS.split(",")].index("r.body")


class Standing(NamedTuple):
    """A query as it is read for one decision.

    Attributes:
        row: The row of its INTEND; `created_at` has fractions of a second.
        rows: The rows that belong to it, in order of arrival, likewise.
        last: The sequence of the last of them, 0 when there is none.
        input: Its question.
        size: The length of the query's body as it is stored, in characters.
        reach: What whoever asked may see: the engine looks no further for the answer.
    """

    row: dict[str, Any]
    rows: list[dict[str, Any]]
    last: int
    input: QueryInput
    size: int
    reach: Visibility = EVERYTHING


def open_queries(transaction: Transaction) -> list[str]:
    """Return the ids of the queries that have not ended, oldest first."""
    rows = transaction.execute("SELECT id FROM queries WHERE finished IS NULL ORDER BY sequence")
    return [row[0] for row in rows]


def look(transaction: Transaction, query_id: str) -> Standing | None:
    """Read an open query; None when it has ended or never was."""
    found = transaction.execute(
        f"SELECT q.asked_at, q.depth, q.reach, {COLUMNS} FROM queries q"  # noqa: S608 - names of this package
        " JOIN records r ON r.sequence = q.sequence WHERE q.id = ? AND q.finished IS NULL",
        (query_id,),
    )
    if not found:
        return None
    asked_at, depth, stored_reach, *columns = found[0]
    reach = EVERYTHING if stored_reach is None else Visibility.from_json(json.loads(stored_reach))
    row, size = {**record_row(tuple(columns)), "created_at": asked_at}, len(columns[_BODY])
    own = transaction.execute(
        f"SELECT c.at, {COLUMNS} FROM course c JOIN records r ON r.sequence = c.sequence"  # noqa: S608 - names of this package
        " WHERE c.query = ? ORDER BY c.sequence",
        (row["sequence"],),
    )
    rows = [{**record_row(tuple(values)), "created_at": at} for at, *values in own]
    last = rows[-1]["sequence"] if rows else 0
    question = _question(transaction, row["body"].get("input"), depth, reach)
    return Standing(row, rows, last, question, size, reach)


def _question(transaction: Transaction, asked: Any, depth: int, reach: Visibility) -> QueryInput:
    """Look the question up. What is no question at all is left to the planner, which names the fault."""
    if not isinstance(asked, dict):
        return QueryInput()
    if depth > limits.MAX_QUERY_DEPTH:
        return QueryInput(
            UNUSABLE, reason=f"queries are nested {depth} deep, {limits.MAX_QUERY_DEPTH} are allowed"
        )
    if isinstance(asked.get("record_id"), str):
        return _of_record(transaction, asked["record_id"], reach)
    reference = asked.get("ref")
    if isinstance(reference, dict) and isinstance(reference.get("id"), str):
        return QueryInput(
            value={"ref": reference, "records": _referring(transaction, reference["id"], reach)}
        )
    return QueryInput(value=asked.get("inline"))


def _of_record(transaction: Transaction, record_id: str, reach: Visibility) -> QueryInput:
    where = narrowed(Fragment("r.id = ?", (record_id,)), reach)
    rows = transaction.execute(f"SELECT {COLUMNS} FROM records r WHERE {where.sql}", where.params)  # noqa: S608 - names of this package
    if not rows:
        return QueryInput(UNUSABLE, reason=f"no record has the id {record_id[:80]!r}")
    record = record_row(rows[0])
    shown = {name: record[name] for name in ("id", "act", "actor", "thread", "body")}
    if record["act"] != "INTEND" or record["body"].get("kind") != QUERY_KIND:
        return QueryInput(value=shown)
    ended = transaction.execute(
        f"SELECT {COLUMNS} FROM queries q JOIN records r ON r.sequence = q.finished WHERE q.id = ?",  # noqa: S608 - names of this package
        (record_id,),
    )
    if not ended:
        return QueryInput(WAITING)
    body = record_row(ended[0])["body"]
    if body.get("kind") == ERROR_KIND:
        return QueryInput(UNUSABLE, reason=f"the nested query {record_id[:12]} failed: {body.get('code')}")
    return QueryInput(value={**shown, "answer": body.get("answer"), "answer_record_id": ended[0][1]})


def _referring(transaction: Transaction, reference: str, reach: Visibility) -> list[dict[str, Any]]:
    where = narrowed(Fragment("f.member = 'id' AND f.value = ?", (reference,)), reach)
    rows = transaction.execute(
        f"SELECT {COLUMNS} FROM refs f JOIN records r ON r.sequence = f.sequence"  # noqa: S608 - names of this package
        f" WHERE {where.sql} ORDER BY f.sequence DESC LIMIT ?",
        (*where.params, RECORDS_OF_A_REFERENCE),
    )
    return record_rows(reversed(rows))


def pending_calls(
    transaction: Transaction, standing: Standing, progress: Progress, now: float
) -> list[PendingCall]:
    """Return the calls of a query that wait for a reply, with those who are called."""
    found = []
    places = {row["id"]: row["sequence"] for row in standing.rows}
    calls = progress.open_calls(now)
    responders = registry.named(transaction, [call.did for call in calls]) if calls else {}
    for call in calls:
        body = dict(call.body)
        responder = responders.get(call.did)
        if responder is None:
            # Taken off the registry since: the shell says so in its reply, which ends the call.
            responder = Responder(call.did, str(body.get("responder_kind", "")), available=False)
        found.append(
            PendingCall(
                call_id=call.id,
                correlation_id=progress.query_id,
                thread=standing.row["thread"],
                namespace=standing.row["namespace"],
                responder=responder,
                input=body.get("input"),
                answer_shape=body.get("answer_shape") or {},
                deadline=call.deadline,
                dial=float(body.get("dial", 0.5)),
                stage=call.stage,
                body=body,
                reach=standing.reach,
                sequence=places[call.id],
            )
        )
    return found


def append(
    standing: Standing, steps: Sequence[Step], now: float, transaction: Transaction
) -> Standing | None:
    """Append the engine's records, unless something was added to the query since it was read.

    Args:
        standing: The query as it was read for the decision.
        steps: The records, of bodies as `stored_form` gives them.
        now: The time, unix seconds.
        transaction: Where to write.

    Returns:
        The query as it stands with them; None when they were not appended.
    """
    rows = transaction.execute(
        "SELECT q.finished, (SELECT max(c.sequence) FROM course c WHERE c.query = q.sequence)"
        " FROM queries q WHERE q.sequence = ?",
        (standing.row["sequence"],),
    )
    finished, last = rows[0]
    if finished is not None or (last or 0) != standing.last:
        return None
    thread = standing.row["thread"]
    clock = next_clock(transaction, thread, ENGINE_DID)
    added = []
    for place, step in enumerate(steps):
        body = in_namespace(step.body, standing.row["namespace"])
        row = _store(transaction, step.act, ENGINE_DID, body, step.parents, thread, clock + place, now)
        added.append(row)
    return standing._replace(rows=[*standing.rows, *added], last=added[-1]["sequence"])


def stored_form(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body as reading it back from the store will give it.

    Raises:
        UsageError: It cannot be a record's body.
    """
    plain: dict[str, Any] = plain_copy(body, root="$.body", whole_floats_as_integers=True)
    return plain


def in_namespace(body: dict[str, Any], namespace: str) -> dict[str, Any]:
    """Return a body that begins here with the namespace of what it belongs to, which sees it then."""
    if namespace == DEFAULT_NAMESPACE or "namespace" in body:
        return body
    return {**body, "namespace": namespace}


def store_record(
    transaction: Transaction,
    act: str,
    actor: str,
    body: dict[str, Any],
    parents: Sequence[str],
    thread: str,
    now: float,
) -> str:
    """Store a record that begins here, under the next clock of its thread, and return its id.

    Raises:
        InvalidRecord: The body cannot be a record's.
    """
    clock = next_clock(transaction, thread, actor)
    return str(_store(transaction, act, actor, body, parents, thread, clock, now)["id"])


def _store(
    transaction: Transaction,
    act: str,
    actor: str,
    body: dict[str, Any],
    parents: Sequence[str],
    thread: str,
    clock: int,
    now: float,
) -> dict[str, Any]:
    """Store a record, and return its row as `look` will read it."""
    wire = {
        "act": act,
        "actor": actor,
        "body": body,
        "clock": clock,
        "parents": list(parents),
        "thread": thread,
    }
    draft = check_record(wire)
    ready = make_ready(draft)
    sequence, _ = ingest(transaction, ready, now)
    return {
        "object": "record",
        "id": draft.id,
        **draft.wire,
        "sequence": sequence,
        "created_at": now,
        "namespace": ready.namespace,
    }


def next_clock(transaction: Transaction, thread: str, actor: str) -> int:
    """Return a clock that is free for an actor: behind everything on the thread, so that order is kept."""
    # Asked of the records: the facts of the thread would have to be written first, once for every record.
    rows = transaction.execute(
        "SELECT clock FROM records WHERE thread = ? ORDER BY clock DESC LIMIT 1", (thread,)
    )
    last = rows[0][0] if rows else -1
    if last < limits.MAX_CLOCK:
        return int(last) + 1
    # Somebody used the last clock there is: the actor's own are all that is left.
    transaction.settle()
    rows = transaction.execute(
        "SELECT last_clock FROM participants WHERE thread = ? AND actor = ?", (thread, actor)
    )
    return int(rows[0][0]) + 1 if rows else 0

"""What ingest notes about inference, so that nobody has to read a thread to know where a query stands.

Records are the only truth; the tables written here say where to look: which queries are open, which records
belong to which, who is called, what awaits a decision, and the sums over verdicts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..rules.canonical import canonical_json
from ..rules.infer.plan.steps import ENGINE_DID
from ..rules.infer.vocabulary import (
    ACCEPT_KIND,
    AWAITED_DECISION,
    CALL_KIND,
    ERROR_KIND,
    QUERY_KIND,
    RESULT_KIND,
)
from ..rules.records import Draft
from .store.base import Transaction
from .verdicts import note_verdict

_MEMBERS = frozenset({"correlation_id", "verdict", "awaits", "fulfills", "cancels"})


class Noted(NamedTuple):
    """What listeners are told beside the record's place."""

    queries: tuple[str, ...] = ()
    responder: str | None = None


NOTHING = Noted()


def may_concern(draft: Draft) -> bool:
    """Tell whether `note` may have something to do for a record; most records mean nothing to inference."""
    wire = draft.wire
    act, body = wire["act"], wire["body"]
    if (act == "INTEND" and body.get("kind") == QUERY_KIND) or (act == "DO" and wire["parents"]):
        return True
    return not _MEMBERS.isdisjoint(body)


def looks_back(draft: Draft) -> bool:
    """Tell whether noting a record may read other records: those that follow it must not be there yet."""
    wire = draft.wire
    return wire["act"] == "KNOW" and "verdict" in wire["body"]


def note(transaction: Transaction, draft: Draft, sequence: int, now: float) -> Noted:
    """Note what a new record means for inference; most records mean nothing to it."""
    wire = draft.wire
    act, body = wire["act"], wire["body"]
    if act == "INTEND" and body.get("kind") == QUERY_KIND:
        return _begin(transaction, draft, sequence, now)
    if act == "DO" and wire["parents"]:
        return _reply(transaction, draft, sequence, now)
    if _MEMBERS.isdisjoint(body):
        return NOTHING
    if act == "KNOW":
        note_verdict(transaction, wire, now)
        awaited = body.get("awaits")
        if awaited == AWAITED_DECISION or (isinstance(awaited, list) and AWAITED_DECISION in awaited):
            transaction.execute(
                "INSERT INTO decisions (sequence, id, thread) VALUES (?, ?, ?)",
                (sequence, draft.id, wire["thread"]),
            )
    if act == "DO":
        return _reply(transaction, draft, sequence, now)
    return _own(transaction, draft, sequence, now)


def _begin(transaction: Transaction, draft: Draft, sequence: int, now: float) -> Noted:
    source, depth = _source(draft.wire["body"]), 0
    if source is not None:
        found = transaction.execute(
            "SELECT q.depth FROM records r LEFT JOIN course c ON c.sequence = r.sequence"
            " JOIN queries q ON q.sequence = coalesce(c.query, r.sequence) WHERE r.id = ?",
            (source,),
        )
        depth = found[0][0] + 1 if found else 0
    transaction.execute(
        "INSERT INTO queries (sequence, id, thread, asked_at, source, depth) VALUES (?, ?, ?, ?, ?, ?)",
        (sequence, draft.id, draft.wire["thread"], now, source, depth),
    )
    return Noted((draft.id,))


def _source(body: dict[str, Any]) -> str | None:
    asked = body.get("input")
    source = asked.get("record_id") if isinstance(asked, dict) else None
    return source if isinstance(source, str) else None


def _reply(transaction: Transaction, draft: Draft, sequence: int, now: float) -> Noted:
    """A DO ends a call when it is the responder's own; it may decide what awaited a decision, too."""
    wire = draft.wire
    body, parents = wire["body"], wire["parents"]
    decided = _resolve(transaction, draft, sequence, now)
    if parents:
        found = transaction.execute(
            "SELECT c.sequence, c.query, q.id FROM calls c JOIN queries q ON q.sequence = c.query"
            " WHERE c.id IN (SELECT value FROM json_each(?)) AND c.responder = ? AND q.thread = ?"
            " ORDER BY c.sequence LIMIT 1",
            (canonical_json(parents), wire["actor"], wire["thread"]),
        )
    else:
        found = transaction.execute(
            "SELECT c.sequence, c.query, q.id FROM calls c JOIN queries q ON q.sequence = c.query"
            " WHERE q.id = ? AND q.thread = ? AND c.responder = ? AND c.answered IS NULL"
            " ORDER BY c.sequence LIMIT 1",
            (_text(body, "correlation_id"), wire["thread"], wire["actor"]),
        )
    if not found:
        return Noted(decided)
    call, query, query_id = found[0]
    if query_id not in decided:
        _join(transaction, wire["thread"], query, sequence, now)
    if body.get("kind") != ACCEPT_KIND:
        transaction.execute(
            "UPDATE calls SET answered = ? WHERE sequence = ? AND answered IS NULL", (sequence, call)
        )
    return Noted(tuple(dict.fromkeys((*decided, query_id))))


def _resolve(transaction: Transaction, draft: Draft, sequence: int, now: float) -> tuple[str, ...]:
    """Take what a DO decides off the queue, and return the queries that waited for it."""
    body, queries = draft.wire["body"], []
    for member in ("fulfills", "cancels"):
        named = body.get(member)
        for record_id in named if isinstance(named, list) else (named,):
            if isinstance(record_id, str):
                queries += _decided(transaction, draft, record_id, sequence, now)
    return tuple(dict.fromkeys(queries))


def _decided(transaction: Transaction, draft: Draft, record_id: str, sequence: int, now: float) -> list[str]:
    found = transaction.execute(
        "SELECT d.sequence, q.sequence, q.id FROM decisions d"
        " LEFT JOIN course c ON c.sequence = d.sequence"
        " LEFT JOIN queries q ON q.sequence = c.query AND q.finished IS NULL"
        " WHERE d.id = ? AND d.resolved_by IS NULL",
        (record_id,),
    )
    if not found:
        return []
    waiting, query, query_id = found[0]
    if query is not None and _answers_by_itself(transaction, draft.wire["actor"]):
        return []
    transaction.execute("UPDATE decisions SET resolved_by = ? WHERE sequence = ?", (draft.id, waiting))
    if query is None:
        return []
    _join(transaction, draft.wire["thread"], query, sequence, now)
    return [query_id]


def _answers_by_itself(transaction: Transaction, actor: str) -> bool:
    """Tell whether an actor is a responder without a person: what a query may do is not for it to say."""
    rows = transaction.execute("SELECT kind FROM actors WHERE did = ?", (actor,))
    return bool(rows) and rows[0][0] != "actor"


def _own(transaction: Transaction, draft: Draft, sequence: int, now: float) -> Noted:
    """The engine's own records: calls, states, and the record that ends a query."""
    wire = draft.wire
    body = wire["body"]
    if wire["actor"] != ENGINE_DID:
        return NOTHING
    found = transaction.execute(
        "SELECT sequence, id FROM queries WHERE id = ? AND thread = ? AND finished IS NULL",
        (_text(body, "correlation_id"), wire["thread"]),
    )
    if not found:
        return NOTHING
    query, query_id = found[0]
    _join(transaction, wire["thread"], query, sequence, now)
    kind = body.get("kind")
    if wire["act"] == "CALL" and kind == CALL_KIND:
        responder = _text(body, "responder_did")
        transaction.execute(
            "INSERT INTO calls (sequence, id, query, responder, thread) VALUES (?, ?, ?, ?, ?)",
            (sequence, draft.id, query, responder, wire["thread"]),
        )
        return Noted((query_id,), responder)
    if wire["act"] == "KNOW" and kind in (RESULT_KIND, ERROR_KIND):
        return Noted((query_id, *_end(transaction, query, query_id, sequence)))
    return Noted((query_id,))


def _end(transaction: Transaction, query: int, query_id: str, sequence: int) -> list[str]:
    """Mark a query as ended, its open calls as closed, and return the queries that waited for it."""
    transaction.execute("UPDATE queries SET finished = ? WHERE sequence = ?", (sequence, query))
    transaction.execute(
        "UPDATE calls SET answered = ? WHERE query = ? AND answered IS NULL", (sequence, query)
    )
    transaction.execute(
        "UPDATE decisions SET resolved_by = (SELECT id FROM records WHERE sequence = ?)"
        " WHERE resolved_by IS NULL AND sequence < ?"
        " AND sequence IN (SELECT sequence FROM course WHERE query = ?)",
        (sequence, sequence, query),
    )
    waiting = transaction.execute(
        "SELECT id FROM queries WHERE source = ? AND finished IS NULL ORDER BY sequence", (query_id,)
    )
    return [row[0] for row in waiting]


def _join(transaction: Transaction, thread: str, query: int, sequence: int, now: float) -> None:
    transaction.execute(
        "INSERT INTO course (query, sequence, at, thread) VALUES (?, ?, ?, ?)", (query, sequence, now, thread)
    )


def _text(body: dict[str, Any], member: str) -> str:
    value = body.get(member)
    return value if isinstance(value, str) else ""

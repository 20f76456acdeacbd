"""Decisions: records that wait for a person, and the record that a person's word becomes."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...keys.identity import ANONYMOUS
from ...rules import limits
from ..course import store_record
from ..refusals import Refusal
from ..rows import COLUMNS, record_row
from ..store.base import Transaction
from .projection import text_of

KIND = "core.decision.v1"
REJECT, PROVIDE = "reject", "provide"


class Decision(NamedTuple):
    """What somebody decided.

    Attributes:
        decision: An option's id, `approve`, `reject`, `provide` or `acknowledge`.
        actor: Who decided.
        said: The other members that were given: `reason`, `provided_value`, `becomes_policy`.
    """

    decision: str
    actor: str
    said: dict[str, Any]


def read_decision(value: Any) -> Decision:
    """Return the decision in a decoded JSON value.

    Raises:
        Refusal: `INVALID_DECISION`; the message begins with the JSON path of the fault.
    """
    if not isinstance(value, dict):
        raise _wrong("$", "a decision is an object")
    decision = value.get("decision")
    if not isinstance(decision, str) or not decision:
        raise _wrong("$.decision", "must be a non-empty string")
    if decision == PROVIDE and "provided_value" not in value:
        raise _wrong("$.provided_value", "is missing; the decision 'provide' needs it")
    if not isinstance(value.get("reason", ""), str):
        raise _wrong("$.reason", "must be a string")
    actor = value.get("actor", ANONYMOUS.actor_did)
    if not isinstance(actor, str) or not 0 < len(actor) <= limits.MAX_TEXT_BYTES // 4:
        raise _wrong("$.actor", f"must be a string of 1 to {limits.MAX_TEXT_BYTES // 4} characters")
    said = {name: value[name] for name in ("reason", "provided_value", "becomes_policy") if name in value}
    return Decision(decision, actor, said)


def pending(transaction: Transaction, after: int, limit: int) -> list[dict[str, Any]]:
    """Return what awaits a decision, oldest first, after a sequence."""
    rows = transaction.execute(
        f"SELECT {COLUMNS} FROM decisions d JOIN records r ON r.sequence = d.sequence"  # noqa: S608 - names of this package
        " WHERE d.resolved_by IS NULL AND d.sequence > ? ORDER BY d.sequence LIMIT ?",
        (after, limit),
    )
    return [_request(record_row(row)) for row in rows]


def _request(record: dict[str, Any]) -> dict[str, Any]:
    body = record["body"]
    row = {
        "object": "decision_request",
        "id": record["id"],
        "thread": record["thread"],
        "actor": record["actor"],
        "status": "pending",
        "summary": text_of(body),
        "created_at": record["created_at"],
        "sequence": record["sequence"],
    }
    if isinstance(body.get("options"), list):
        row["options"] = body["options"]
    return row


def decide(transaction: Transaction, record_id: str, decision: Decision, now: float) -> dict[str, Any]:
    """Store a decision and return it as the API shows it.

    Raises:
        Refusal: `DECISION_NOT_FOUND`, `DECISION_RESOLVED`, or `INVALID_DECISION` for what is not an option.
    """
    rows = transaction.execute(
        f"SELECT d.resolved_by, {COLUMNS} FROM decisions d JOIN records r ON r.sequence = d.sequence"  # noqa: S608 - names of this package
        " WHERE d.id = ?",
        (record_id,),
    )
    if not rows:
        raise Refusal("DECISION_NOT_FOUND", f"no record with the id {record_id[:80]!r} awaits a decision")
    resolved_by, *values = rows[0]
    if resolved_by is not None:
        raise Refusal("DECISION_RESOLVED", f"the decision was taken by the record {resolved_by}")
    record = record_row(tuple(values))
    relation = "cancels" if decision.decision == REJECT else "fulfills"
    body = {"kind": KIND, "decision": decision.decision, relation: record_id, **decision.said}
    stored = store_record(transaction, "DO", decision.actor, body, (record_id,), record["thread"], now)
    return {
        "object": "decision",
        "id": stored,
        "request_id": record_id,
        "decision": decision.decision,
        "policy": decision.said.get("becomes_policy"),
        "opened_thread": None,
        relation: record_id,
    }


def _wrong(path: str, reason: str) -> Refusal:
    return Refusal("INVALID_DECISION", f"{path}: {reason}")

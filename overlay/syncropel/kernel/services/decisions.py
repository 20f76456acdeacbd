"""Decisions: records that wait for a person, and the record that a person's word becomes."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...keys.identity import ANONYMOUS
from ...rules import limits
from ...rules.records import Draft, check_record
from ..access.visibility import EVERYTHING, Visibility, narrowed
from ..course import in_namespace, next_clock
from ..operations import Call, Context
from ..refusals import Refusal
from ..rows import COLUMNS, record_row
from ..store.base import Transaction
from ..store.dialect import Fragment
from .admission import admit, make_entry
from .ingest import note_facts
from .projection import text_of

KIND = "core.decision.v1"
REJECT, PROVIDE = "reject", "provide"


class Decision(NamedTuple):
    """What somebody decided.

    Attributes:
        decision: An option's id, `approve`, `reject`, `provide` or `acknowledge`.
        actor: Who decided; None when nobody was named.
        clock: The clock of the record; None for the next one that is free.
        sig: The signature of the record, still to be read; None without one.
        said: The other members that were given: `reason`, `provided_value`, `becomes_policy`.
    """

    decision: str
    actor: str | None
    clock: int | None
    sig: Any
    said: dict[str, Any]

    @property
    def relation(self) -> str:
        """What the decision does to what awaited it: `cancels` or `fulfills`."""
        return "cancels" if self.decision == REJECT else "fulfills"


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
    actor = value.get("actor")
    if "actor" in value and (not isinstance(actor, str) or not 0 < len(actor) <= limits.MAX_TEXT_BYTES // 4):
        raise _wrong("$.actor", f"must be a string of 1 to {limits.MAX_TEXT_BYTES // 4} characters")
    clock, sig = value.get("clock"), value.get("sig")
    if clock is not None and (type(clock) is not int or not 0 <= clock <= limits.MAX_CLOCK):
        raise _wrong("$.clock", f"must be an integer between 0 and {limits.MAX_CLOCK}")
    if sig is not None and clock is None:
        raise _wrong("$.clock", "is missing; a signature is one over the record with its clock")
    said = {name: value[name] for name in ("reason", "provided_value", "becomes_policy") if name in value}
    return Decision(decision, actor, clock, sig, said)


def pending(
    transaction: Transaction, after: int, limit: int, visible: Visibility = EVERYTHING
) -> list[dict[str, Any]]:
    """Return what is seen of what awaits a decision, oldest first, after a sequence."""
    where = narrowed(Fragment("d.resolved_by IS NULL AND d.sequence > ?", (after,)), visible)
    rows = transaction.execute(
        f"SELECT {COLUMNS} FROM decisions d JOIN records r ON r.sequence = d.sequence"  # noqa: S608 - names of this package
        f" WHERE {where.sql} ORDER BY d.sequence LIMIT ?",
        (*where.params, limit),
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


def decide(
    transaction: Transaction, context: Context, call: Call, record_id: str, decision: Decision
) -> dict[str, Any]:
    """Store a decision and return it as the API shows it.

    Raises:
        Refusal: `DECISION_NOT_FOUND`, `DECISION_RESOLVED`, `INVALID_DECISION` for what is not an option, or
            what a record is refused with. Nothing was written then.
        InvalidRecord: The signature is not written as it has to be.
    """
    where = narrowed(Fragment("d.id = ?", (record_id,)), call.caller.visibility(write=True))
    rows = transaction.execute(
        f"SELECT d.resolved_by, {COLUMNS} FROM decisions d JOIN records r ON r.sequence = d.sequence"  # noqa: S608 - names of this package
        f" WHERE {where.sql}",
        where.params,
    )
    if not rows:
        raise Refusal("DECISION_NOT_FOUND", f"no record with the id {record_id[:80]!r} awaits a decision")
    resolved_by, *values = rows[0]
    record = record_row(tuple(values))
    actor = decision.actor or call.caller.did or ANONYMOUS.actor_did
    if resolved_by is not None and decision.clock is None:
        raise _resolved(resolved_by)
    entry = make_entry(context, call.caller, _draft(transaction, record, decision, actor), call.now)
    stored = entry.ready.id
    # The same record once more is the same answer, as everywhere; another one comes too late.
    if resolved_by not in (None, stored):
        raise _resolved(resolved_by)
    sequence, new = admit(transaction, entry)
    if new:
        note_facts(transaction, entry.ready, sequence, call.now)
    return {
        "object": "decision",
        "id": stored,
        "request_id": record_id,
        "decision": decision.decision,
        "policy": decision.said.get("becomes_policy"),
        "opened_thread": None,
        decision.relation: record_id,
    }


def _draft(transaction: Transaction, record: dict[str, Any], decision: Decision, actor: str) -> Draft:
    body = {"kind": KIND, "decision": decision.decision, decision.relation: record["id"], **decision.said}
    clock = next_clock(transaction, record["thread"], actor) if decision.clock is None else decision.clock
    wire = {
        "act": "DO",
        "actor": actor,
        "body": in_namespace(body, record["namespace"]),
        "clock": clock,
        "parents": [record["id"]],
        "thread": record["thread"],
    }
    return check_record(wire if decision.sig is None else {**wire, "sig": decision.sig})


def _resolved(by: str) -> Refusal:
    return Refusal("DECISION_RESOLVED", f"the decision was taken by the record {by}")


def _wrong(path: str, reason: str) -> Refusal:
    return Refusal("INVALID_DECISION", f"{path}: {reason}")

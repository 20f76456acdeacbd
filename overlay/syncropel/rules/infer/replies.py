"""What a responder writes about a call, and a judge about an answer: the bodies of those records."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ...errors import UsageError, UsageTypeError
from .request import DEFAULT_ANSWER_KIND
from .vocabulary import ACCEPT_KIND, CALL_KIND, DECLINE_KIND

DECLINE_REASONS = ("out_of_domain", "overbooked", "conflict_of_interest", "other")
VERDICTS = ("accept", "reject")


def check_call(call: Any, did: str) -> Mapping[str, Any]:
    """Return the body of a CALL that this responder may answer.

    Raises:
        UsageTypeError: It is no record.
        UsageError: It is no CALL of an inference, or one for somebody else: the answer would not be seen.
    """
    if not isinstance(call, Mapping):
        raise UsageTypeError(f"call must be a CALL record, not {type(call).__name__}")
    body = call.get("body")
    if not isinstance(body, Mapping) or call.get("act") != "CALL" or body.get("kind") != CALL_KIND:
        raise UsageError(f"call must be a CALL record of the kind {CALL_KIND!r}")
    asked = body.get("responder_did")
    if isinstance(asked, str) and asked != did:
        raise UsageError(
            f"the call is for {asked!r} and this client is {did!r}; only {asked!r} can reply to it"
        )
    return body


def answer_kind(call: Mapping[str, Any]) -> str:
    """Return the kind that an answer to a CALL's body must have."""
    shape = call.get("answer_shape")
    kind = shape.get("kind") if isinstance(shape, Mapping) else None
    return kind if isinstance(kind, str) and kind else DEFAULT_ANSWER_KIND


def answer_body(
    call: Mapping[str, Any],
    answer: Any,
    *,
    confidence: float | None = None,
    rationale: str | None = None,
    cost_usd: float | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the body of the DO that answers a CALL.

    Raises:
        UsageError: A number is out of range (`UsageTypeError` when it is none).
    """
    body: dict[str, Any] = {**(more or {}), **_reply(call), "answer": answer}
    if confidence is not None:
        body["confidence"] = _number(confidence, "confidence", 1.0)
    if rationale is not None:
        body["rationale"] = rationale
    if cost_usd is not None:
        body["cost_usd"] = _number(cost_usd, "cost_usd")
    return body


def accept_body(call: Mapping[str, Any], eta_seconds: float) -> dict[str, Any]:
    """Return the body of the DO that asks for time.

    Raises:
        UsageError: The time is negative (`UsageTypeError` when it is no number).
    """
    return {"kind": ACCEPT_KIND, **_reply(call), "eta_seconds": _number(eta_seconds, "eta_seconds")}


def decline_body(call: Mapping[str, Any], reason: str, note: str | None) -> dict[str, Any]:
    """Return the body of the DO that refuses.

    Raises:
        UsageError: The reason is not one of `DECLINE_REASONS`.
    """
    if reason not in DECLINE_REASONS:
        raise UsageError(f"reason must be one of {', '.join(DECLINE_REASONS)}, not {reason!r}")
    body = {"kind": DECLINE_KIND, **_reply(call), "reason": reason}
    return body if note is None else {**body, "note": note}


def verdict_body(
    verdict: str, record_id: str, domain: str, *, subject: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    """Return the body of the KNOW that judges a record.

    Raises:
        UsageError: The verdict is neither `accept` nor `reject`, or the domain is empty.
    """
    if verdict not in VERDICTS:
        raise UsageError(f"verdict must be 'accept' or 'reject', not {verdict!r}")
    if not isinstance(domain, str) or not domain:
        raise UsageError(f"domain must be a text such as 'general', not {domain!r}")
    body = {"verdict": verdict, "domain": domain, "fulfills": record_id}
    given = {"subject": subject, "reason": reason}
    return {**body, **{name: value for name, value in given.items() if value is not None}}


def _reply(call: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a reply repeats of its call: the query, and the namespace in which it is seen."""
    names = ("correlation_id", "namespace")
    return {name: call[name] for name in names if isinstance(call.get(name), str)}


def _number(value: Any, name: str, most: float = math.inf) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UsageTypeError(f"{name} must be a number, not {type(value).__name__}")
    if not 0 <= value <= most or value == math.inf:
        raise UsageError(f"{name} must be from 0{'' if most == math.inf else f' to {most:g}'}, not {value!r}")
    return value

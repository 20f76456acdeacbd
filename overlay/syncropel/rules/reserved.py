"""Bodies of the reserved kinds: what a correction, an erasure, an alias and the like must say.

Each function checks its arguments and returns the body without `kind` and `_v`, which every emit adds.
`actor` is the DID that stands in for an absent one; `now` is called only when a time is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ..errors import KindError, UsageError, UsageTypeError
from .kinds import validate_kind, validate_scope
from .plain import shown

CORRECTION = "core.correction"
ERASURE = "core.erasure"
ALIAS = "core.alias"
SCOPE_TRANSFER = "core.scope_transfer"
SCOPE_CLAIM = "core.scope_claim"
INTENT = "core.intent"
OUTCOME = "core.outcome"

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(timezone.utc)


def utc_text(moment: datetime) -> str:
    """Return a moment in UTC with microseconds and a `Z`: `2026-01-01T00:00:00.000000Z`.

    Raises:
        UsageError: The moment has no time zone.
    """
    if moment.tzinfo is None:
        raise UsageError(f"{moment.isoformat()} has no time zone; use datetime.now(timezone.utc)")
    in_utc = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return f"{in_utc.isoformat(timespec='microseconds')}Z"


def correction_body(
    *,
    corrects: list[str],
    revised_fields: Mapping[str, Any],
    reason: str,
    correcting_actor: str | None = None,
    actor: str,
) -> dict[str, Any]:
    """Return the body of a `core.correction`: which records it corrects, and what their fields should be.

    Raises:
        UsageError: `corrects` is not a list of non-empty ids, `revised_fields` is empty, or `reason` is
        empty;
            `UsageTypeError` for a value of the wrong type.
    """
    _check_ids("corrects", corrects)
    _check_dict("revised_fields", revised_fields)
    _check_text("reason", reason)
    return {
        "corrects": list(corrects),
        "revised_fields": dict(revised_fields),
        "reason": reason,
        "correcting_actor": _did("correcting_actor", correcting_actor, actor),
    }


def erasure_body(
    *,
    erases: list[str],
    reason: str,
    authorized_by: str | None = None,
    effective_at: str | datetime | None = None,
    actor: str,
    now: Now = utc_now,
) -> dict[str, Any]:
    """Return the body of a `core.erasure`: which records shall not be shown any more, from when.

    Raises:
        UsageError: `erases` is not a list of non-empty ids, or `reason` is empty; `UsageTypeError` for a
        value of
            the wrong type.
    """
    _check_ids("erases", erases)
    _check_text("reason", reason)
    return {
        "erases": list(erases),
        "reason": reason,
        "authorized_by": _did("authorized_by", authorized_by, actor),
        "effective_at": _moment("effective_at", effective_at, now),
    }


def alias_body(
    *,
    old_kind: str,
    new_kind: str,
    reason: str,
    since: str | datetime | None = None,
    publisher_did: str | None = None,
    actor: str,
    now: Now = utc_now,
) -> dict[str, Any]:
    """Return the body of a `core.alias`: the name that a kind had, and the one that it has.

    The old name need not follow the kind grammar, because leaving such a name behind is what an alias is for.

    Raises:
        KindError: `new_kind` breaks the grammar, or `old_kind` is not segments joined by dots.
        UsageError: `reason` is empty; `UsageTypeError` for a value of the wrong type.
    """
    if not isinstance(old_kind, str):
        raise KindError(f"old_kind is a string, not {type(old_kind).__name__}")
    if not all(old_kind.split(".")):
        raise KindError(f"old_kind {shown(old_kind)} must be non-empty segments joined by dots")
    validate_kind(new_kind)
    _check_text("reason", reason)
    return {
        "old_kind": old_kind,
        "new_kind": new_kind,
        "reason": reason,
        "since": _moment("since", since, now),
        "publisher_did": _did("publisher_did", publisher_did, actor),
    }


def scope_transfer_body(
    *,
    scope: str,
    from_publisher: str,
    to_publisher: str,
    reason: str,
    effective_at: str | datetime | None = None,
    now: Now = utc_now,
) -> dict[str, Any]:
    """Return the body of a `core.scope_transfer`: a scope passes from one publisher to another.

    Raises:
        KindError: `scope` is not a scope.
        UsageError: A publisher or the reason is empty; `UsageTypeError` for a value of the wrong type.
    """
    validate_scope(scope)
    _check_text("from_publisher", from_publisher)
    _check_text("to_publisher", to_publisher)
    _check_text("reason", reason)
    return {
        "scope": scope,
        "from_publisher": from_publisher,
        "to_publisher": to_publisher,
        "reason": reason,
        "effective_at": _moment("effective_at", effective_at, now),
    }


def scope_claim_body(
    *,
    scope: str,
    governance_policy: Mapping[str, Any],
    claimant: str | None = None,
    effective_at: str | datetime | None = None,
    actor: str,
    now: Now = utc_now,
) -> dict[str, Any]:
    """Return the body of a `core.scope_claim`: who holds a scope, and how it is governed.

    Raises:
        KindError: `scope` is not a scope.
        UsageError: `governance_policy` has no `type`; `UsageTypeError` for a value of the wrong type.
    """
    validate_scope(scope)
    _check_dict("governance_policy", governance_policy)
    if "type" not in governance_policy:
        raise UsageError("governance_policy must say its 'type', such as {'type': 'maintainer_approval'}")
    _check_text("governance_policy['type']", governance_policy["type"])
    return {
        "scope": scope,
        "claimant": _did("claimant", claimant, actor),
        "governance_policy": dict(governance_policy),
        "effective_at": _moment("effective_at", effective_at, now),
    }


def intent_body(goal: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the body of an intent: a copy of `body`, with `goal` unless the body names one itself.

    Raises:
        UsageTypeError: `goal` is not a string, or `body` not a dict.
    """
    return {"goal": _text("goal", goal), **_extra(body)}


def outcome_body(
    summary: str, fulfills: str | Iterable[str] | None = None, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the body of an outcome: a copy of `body`, with `summary` unless the body has one itself.

    Args:
        summary: What came of it.
        fulfills: Id of the intent that is fulfilled, or several ids; it overwrites the body's own.
        body: Further content.

    Raises:
        UsageTypeError: `summary` or an id is not a string, `fulfills` is neither a string nor iterable, or
        `body`
            is not a dict.
    """
    outcome = {"summary": _text("summary", summary), **_extra(body)}
    if fulfills is None:
        return outcome
    if isinstance(fulfills, str):
        outcome["fulfills"] = fulfills
        return outcome
    if not isinstance(fulfills, Iterable):
        raise UsageTypeError(f"fulfills must be a record id or several, not {type(fulfills).__name__}")
    ids = list(fulfills)
    for index, identifier in enumerate(ids):
        _text(f"fulfills[{index}]", identifier)
    outcome["fulfills"] = ids
    return outcome


def _extra(body: dict[str, Any] | None) -> dict[str, Any]:
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise UsageTypeError(f"body must be a dict, not {type(body).__name__}")
    return body


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UsageTypeError(f"{name} must be a string, not {type(value).__name__}")
    return value


def _check_text(name: str, value: Any) -> None:
    if not _text(name, value):
        raise UsageError(f"{name} must not be empty")


def _check_dict(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise UsageTypeError(f"{name} must be a dict, not {type(value).__name__}")
    if not value:
        raise UsageError(f"{name} must not be empty")


def _check_ids(name: str, value: Any) -> None:
    if not isinstance(value, list):
        hint = f"; write {name}=[...]" if isinstance(value, (str, tuple)) else ""
        raise UsageTypeError(f"{name} must be a list of record ids, not {type(value).__name__}{hint}")
    if not value:
        raise UsageError(f"{name} must name at least one record")
    for index, identifier in enumerate(value):
        _check_text(f"{name}[{index}]", identifier)


def _did(name: str, value: Any, own: str) -> str:
    """Take the DID given, or the emitter's own for an absent or empty one."""
    return _text(name, value) if value is not None and value != "" else own


def _moment(name: str, value: Any, now: Now) -> str:
    """Take the time given, as it is when it is a text; or the present for an absent or empty one."""
    if value is None or value == "":
        return utc_text(now())
    return utc_text(value) if isinstance(value, datetime) else _text(name, value)

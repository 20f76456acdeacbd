"""The built-in responder `records`: answers questions about the records held here, by queries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from ...kernel.calls import CallReply, answered
from ...kernel.refusals import Refusal
from ...rules import limits
from .asked import FIELDS, Asked, understand
from .trouble import Declined, Trouble

Query = Callable[[dict[str, Any]], dict[str, Any]]


def answer_about_records(question: Any, ask: Query, now: float) -> CallReply:
    """Answer a question about the records.

    Args:
        question: The input of the call; see `asked` for what is understood.
        ask: Answers a rich query, from what whoever asks may see.
        now: The time, unix seconds.

    Raises:
        Declined: The question is not understood.
        Trouble: The query behind it is refused.
    """
    if isinstance(question, dict) and set(question) <= {"inline", "inline_kind"} and "inline" in question:
        question = question["inline"]
    asked = understand(question, now)
    if asked.ask == "count":
        answer, how = _count(asked, ask)
    elif asked.ask == "top":
        answer, how = _top(asked, ask)
    else:
        answer, how = _found(asked, ask)
    return answered({"answer": answer, "confidence": 1.0, "rationale": how})


def _count(asked: Asked, ask: Query) -> tuple[Any, str]:
    if asked.of == "records":
        total = _query(ask, {"filter": asked.filter(), "limit": 0})["matched_total"]
        return total, f"counted the records where {_where(asked)}"
    groups = _groups(asked, ask, limits.MAX_GROUPS)
    if len(groups) == limits.MAX_GROUPS:
        raise Declined("other", f"there are {limits.MAX_GROUPS} {asked.of} or more, which it does not count")
    return len(groups), f"counted the {asked.of} of the records where {_where(asked)}"


def _top(asked: Asked, ask: Query) -> tuple[Any, str]:
    groups = _groups(asked, ask, asked.limit)
    return groups, f"counted records by {FIELDS[asked.of]} where {_where(asked)}"


def _groups(asked: Asked, ask: Query, limit: int) -> list[dict[str, Any]]:
    path = FIELDS[asked.of]
    request = {
        "filter": asked.filter(),
        "group_by": [path],
        "aggregates": {"count": {"$count": True}},
        "sort": {"count": -1},
        "limit": limit,
    }
    groups = _query(ask, request)["groups"]
    found = [{"value": each["key"].get(path), "count": each["aggregates"]["count"]} for each in groups]
    return [each for each in found if each["value"] is not None]


def _found(asked: Asked, ask: Query) -> tuple[Any, str]:
    direction = -1 if asked.ask == "latest" else 1
    request = {"filter": asked.filter(), "sort": {"sequence": direction}, "limit": asked.limit}
    rows = [_shown(row) for row in _query(ask, request)["data"]]
    how = f"the {asked.ask} of the records where {_where(asked)}"
    return (rows[0] if rows else None) if asked.limit == 1 else rows, how


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    taken = datetime.fromtimestamp(row["created_at"], timezone.utc).isoformat().replace("+00:00", "Z")
    kept = {name: row[name] for name in ("id", "act", "actor", "thread", "clock", "body")}
    return {**kept, "created_at": taken}


def _where(asked: Asked) -> str:
    conditions = asked.filter()
    return json.dumps(conditions, ensure_ascii=False, sort_keys=True) if conditions else "all are meant"


def _query(ask: Query, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return ask(request)
    except Refusal as refusal:
        raise Trouble("bad_answer", f"the query was refused: {refusal.message}") from None

"""The words that a model is asked with."""

from __future__ import annotations

import json
from typing import Any

_TEXT = (
    "You answer one question. Reply with the answer alone, without introduction or explanation. "
    "If the material does not let you answer, say so in one sentence."
)
_STRUCTURED = (
    "You answer one question. Reply with one JSON object that fits the given schema: the answer in `answer`, "
    "your confidence from 0 to 1 in `confidence`, and one sentence of reasons in `rationale`."
)


def instructions(own: str, structured: bool) -> str:
    """Return the system text: the registration's own words first."""
    rules = _STRUCTURED if structured else _TEXT
    return f"{own.strip()}\n\n{rules}" if own.strip() else rules


def question(value: Any) -> str:
    """Return the question as text: a goal with its context, a text as it is, anything else as JSON."""
    if isinstance(value, dict) and set(value) <= {"inline", "inline_kind"} and "inline" in value:
        value = value["inline"]
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(value.get("goal"), str):
        rest = {name: item for name, item in value.items() if name != "goal"}
        if not rest:
            return str(value["goal"])
        context = rest["context"] if set(rest) == {"context"} else rest
        shown = context if isinstance(context, str) else _json(context)
        return f"{value['goal']}\n\nContext:\n{shown}"
    return _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)

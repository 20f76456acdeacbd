"""Threads rendered for people, as lines or as messages: the records' own words, nothing made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...rules.canonical import canonical_json

FORMATS = ("tui", "messages")
# Where a record says what it is about, in the order of preference.
SPEAKING_KEYS = (
    "goal",
    "summary",
    "description",
    "observation",
    "insight",
    "answer",
    "text",
    "title",
    "topic",
)
MAX_TEXT = 200


def project(rows: Sequence[dict[str, Any]], form: str) -> dict[str, Any]:
    """Return the members of a projection that depend on its format.

    Args:
        rows: Record rows, ascending.
        form: One of `FORMATS`.
    """
    if form == "messages":
        return {"messages": [_message(row) for row in rows]}
    width = max(len(row["act"]) for row in rows)
    actors = max(len(row["actor"]) for row in rows)
    lines = [
        f"{row['act']:<{width}}  {row['actor']:<{actors}}  {text_of(row['body'])}".rstrip() for row in rows
    ]
    return {"text": "\n".join(lines) + "\n"}


def text_of(body: dict[str, Any]) -> str:
    """Return what a body says, in one line of at most `MAX_TEXT` characters.

    The first speaking key with text wins; a body without one is shown as its canonical JSON.
    """
    text = next(
        (body[key] for key in SPEAKING_KEYS if isinstance(body.get(key), str) and body[key].strip()), None
    )
    if text is None:
        shown = {key: value for key, value in body.items() if key not in ("kind", "_v", "_refs")}
        text = f"{body['kind']} " if isinstance(body.get("kind"), str) else ""
        text += canonical_json(shown) if shown else ""
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT else f"{line[: MAX_TEXT - 1]}…"


def _message(row: dict[str, Any]) -> dict[str, Any]:
    message = {"record_id": row["id"], "act": row["act"], "actor": row["actor"], "clock": row["clock"]}
    return {**message, "text": text_of(row["body"])}

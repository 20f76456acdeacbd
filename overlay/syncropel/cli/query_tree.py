"""The tree of an inference: the query, its calls, what came back, and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.text import Text
from rich.tree import Tree

from ..rules.infer.responses import answer_of
from ..rules.infer.vocabulary import APPROVAL_KIND, ERROR_KIND, QUERY_KIND, reply_state
from .infer_view import shortened
from .tables import cell, short_actor, telling


def query_trees(rows: Sequence[Mapping[str, Any]]) -> list[Tree]:
    """Return a tree for every query among the rows of a thread."""
    return [_tree(row, rows) for row in rows if row["body"].get("kind") == QUERY_KIND]


def _tree(query: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Tree:
    own = [row for row in rows if _belongs(row, query["id"])]
    tree = Tree(_label("INTEND", query, _question(query["body"])))
    for row in own:
        if row["act"] == "CALL":
            branch = tree.add(_label("CALL", row, short_actor(str(row["body"].get("responder_did", "")))))
            for reply in _replies(row, rows):
                branch.add(_label("DO", reply, _said(reply["body"])))
        elif row["act"] == "LEARN":
            tree.add(_label("LEARN", row, _state(row["body"])))
        elif row["act"] == "KNOW":
            branch = tree.add(_label("KNOW", row, _known(row["body"])))
            for decision in _replies(row, rows):
                branch.add(_label("DO", decision, _decided(decision["body"])))
    return tree


def _belongs(row: Mapping[str, Any], query_id: str) -> bool:
    body = row["body"]
    return bool(body.get("correlation_id") == query_id or query_id in _ids(body.get("fulfills")))


def _ids(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else (value,)


def _replies(call: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return (row for row in rows if row["act"] == "DO" and call["id"] in row["parents"])


def _label(act: str, row: Mapping[str, Any], said: str) -> Text:
    label = Text.assemble((act, "bold"), " ", (row["id"][:10], "dim"), " ")
    return label.append_text(cell(said))


def _question(body: Mapping[str, Any]) -> str:
    asked = body.get("input")
    inline = asked.get("inline") if isinstance(asked, Mapping) else None
    if isinstance(inline, Mapping):
        return telling(inline)
    return shortened(asked if inline is None else inline)


def _said(body: Mapping[str, Any]) -> str:
    state = reply_state(body)
    if state == "answered":
        return shortened(answer_of(body))
    error = body.get("error")
    more = error.get("message") if isinstance(error, Mapping) else body.get("reason", body.get("eta_seconds"))
    return f"{state}: {more}" if more is not None else state


def _state(body: Mapping[str, Any]) -> str:
    return f"stage {body.get('stage', '?')}: {'accepted' if body.get('accepted') else 'not accepted'}"


def _known(body: Mapping[str, Any]) -> str:
    if body.get("kind") == APPROVAL_KIND:
        return telling(body)
    if body.get("kind") == ERROR_KIND:
        return f"{body.get('code')}: {body.get('message')}"
    return shortened(body.get("answer"))


def _decided(body: Mapping[str, Any]) -> str:
    said, reason = str(body.get("decision", "decided")), body.get("reason")
    return f"{said}: {reason}" if reason else said

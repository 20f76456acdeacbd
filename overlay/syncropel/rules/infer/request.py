"""From what a caller hands to `infer` to the body of its INTEND: the checks before anything is sent."""

from __future__ import annotations

from typing import Any

from ...errors import UsageError, UsageTypeError
from .. import limits
from ..plain import plain_copy, shown
from ..schemas import SchemaRegistry, default_registry
from .vocabulary import QUERY_KIND

DEFAULT_ANSWER_KIND = "inference.answer.v1"
_OPTIONAL = ("orchestration", "dial", "relevance", "side_effects", "metadata")


def build_query_body(request: Any, *, registry: SchemaRegistry | None = None) -> dict[str, Any]:
    """Return the body of the query that a request stands for.

    `{"goal": "..."}` as `input` becomes `{"inline": {"goal": "..."}}`, with its `context` when there is one.
    Members that the protocol does not know are dropped, optional ones that are None count as absent, and
    `answer_shape` becomes `{"kind": "inference.answer.v1"}` when it is absent.

    Args:
        request: A dict with `input`, `responders`, `fold` and whatever else a query may have.
        registry: The schemas to judge by; None for those of this process.

    Raises:
        UsageTypeError: The request or its input is not a dict, or holds what JSON has not.
        UsageError: A member that must be there is missing or empty.
        ValidationError: The body breaks the contract's schema; every violation has its JSON path.
    """
    if not isinstance(request, dict):
        raise UsageTypeError(f"$: a request is a dict, not {type(request).__name__}")
    if not isinstance(request.get("responders"), list) or not request["responders"]:
        raise UsageError("$.responders: must be a list with at least one responder")
    if not isinstance(request.get("fold"), dict) or "function" not in request["fold"]:
        raise UsageError("$.fold: must be a dict with a 'function', such as {'function': 'consensus'}")
    if "input" not in request:
        raise UsageError("$.input: is missing; give a goal, such as {'goal': '...'}")
    body = {
        "kind": QUERY_KIND,
        "input": build_input(request["input"]),
        "answer_shape": request.get("answer_shape", {"kind": DEFAULT_ANSWER_KIND}),
        "responders": request["responders"],
        "fold": request["fold"],
    }
    body.update({name: request[name] for name in _OPTIONAL if request.get(name) is not None})
    plain: dict[str, Any] = plain_copy(
        body, max_depth=limits.MAX_JSON_DEPTH, max_digits=limits.MAX_INTEGER_DIGITS
    )
    (registry or default_registry()).validate(QUERY_KIND, plain)
    return plain


def build_input(value: Any) -> dict[str, Any]:
    """Return the `input` of a query: a dict with a text `goal` becomes an inline value, others stay.

    Raises:
        UsageTypeError: It is not a dict.
    """
    if not isinstance(value, dict):
        raise UsageTypeError(
            f"$.input: must be a dict such as {{'goal': '...'}} or {{'inline': ...}}, not {shown(value)}"
        )
    if not isinstance(value.get("goal"), str):
        return value
    inline = {"goal": value["goal"]}
    if value.get("context") is not None:
        inline["context"] = value["context"]
    return {"inline": inline}

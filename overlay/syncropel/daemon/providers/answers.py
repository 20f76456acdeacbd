"""What an answer must look like, as a JSON Schema for those who answer; and reading what they said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import UsageError
from ...rules.schemas import default_registry
from .trouble import Trouble

_BESIDE = ("confidence", "rationale")
_KEPT = (
    "answer",
    "confidence",
    "rationale",
    "fulfills",
    "cancels",
    "awaits",
    "match_level",
    "pattern_confidence",
)


def wanted_schema(shape: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the schema of a structured answer, or None where plain text will do.

    The answer stands in the member `answer`; `confidence` and `rationale` may stand beside it.

    Args:
        shape: The query's `answer_shape`.
    """
    reference = shape.get("schema_ref")
    paths = [_inside(path) for path in shape.get("required_fields", ())]
    inner = [path for path in paths if path and path[0] not in _BESIDE]
    answer: dict[str, Any] = {}
    if reference:
        try:
            answer = dict(default_registry().schema(reference))
        except UsageError:
            answer = {"type": "object"}
    elif inner:
        answer = {"type": "object", "properties": {}, "required": []}
    elif not paths:
        return None
    for path in inner:
        _require(answer, path)
    required = ["answer", *(path[0] for path in paths if path and path[0] in _BESIDE)]
    return {
        "type": "object",
        "properties": {
            "answer": answer,
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "rationale": {"type": "string"},
        },
        "required": list(dict.fromkeys(required)),
    }


def _inside(path: str) -> list[str]:
    """Return the segments of a required path below the answer; empty for the answer itself."""
    segments = [part for part in path.split(".") if part]
    while segments and segments[0] in ("body", "answer"):
        segments = segments[1:]
    return segments


def _require(schema: dict[str, Any], path: list[str]) -> None:
    for depth, name in enumerate(path):
        properties = schema.setdefault("properties", {})
        required = schema.setdefault("required", [])
        if name not in required:
            required.append(name)
        last = depth == len(path) - 1
        schema = properties.setdefault(name, {} if last else {"type": "object"})


def read_structured(value: Any) -> dict[str, Any]:
    """Return the members of a reply's body from a structured answer.

    An object without `answer` is the answer itself: some models leave the wrapper out.

    Raises:
        Trouble: It is no object.
    """
    if not isinstance(value, Mapping):
        raise Trouble("bad_answer", f"the answer must be a JSON object, not {type(value).__name__}")
    if "answer" not in value:
        return {"answer": dict(value)}
    return {name: value[name] for name in _KEPT if name in value}


def read_program(value: Any) -> dict[str, Any]:
    """Return the members of a reply's body from what a program or an HTTP responder said.

    An object is the body, with the members `answer`, `confidence` and so on, or with the answer's own;
    anything else is the answer. What belongs to the engine (`kind`, `correlation_id`) is left out.
    """
    if isinstance(value, Mapping):
        return {name: item for name, item in value.items() if name not in ("kind", "correlation_id", "_v")}
    return {"answer": value}

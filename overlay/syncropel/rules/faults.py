"""What a violated schema keyword means, in words for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .plain import json_path, shown

_TYPES = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}


def describe(error: Any) -> str:
    """Return the message of a `jsonschema` error, made of the keyword, its value and the instance.

    Instances are shortened: a body may hold what does not belong into a log.
    """
    text = _text(error)
    about_a_key = len(error.schema_path) > 1 and error.schema_path[-2] == "propertyNames"
    return f"the key {shown(error.instance)} {text}" if about_a_key else text


def _text(error: Any) -> str:
    maker = _MESSAGES.get(error.validator)
    if maker is not None:
        return maker(error.validator_value, error.instance, error)
    if error.validator is None:
        return "is not allowed here"
    return f"breaks the rule {error.validator!r} of the schema"


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    names = {
        str: "string",
        int: "integer",
        float: "number",
        dict: "object",
        list: "array",
        type(None): "null",
    }
    return _TYPES[names[type(value)]]


def _type(wanted: Any, value: Any, _error: Any) -> str:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    return f"must be {' or '.join(_TYPES.get(name, name) for name in names)}, not {_type_of(value)}"


def _required(names: Any, value: Any, error: Any) -> str:
    # One error stands for one name, which only the engine's own text tells: it comes first, in quotes.
    missing = [name for name in names if name not in value]
    named = next((name for name in missing if error.message.startswith(repr(name))), missing[0])
    return f"{named!r} is missing"


def _enum(allowed: Any, value: Any, _error: Any) -> str:
    return f"must be one of {', '.join(shown(choice) for choice in allowed[:20])}, not {shown(value)}"


def _closed(_wanted: Any, value: Any, error: Any) -> str:
    # Which keys a pattern or another part of the schema allows, only the engine's own text tells.
    unknown = sorted(key for key in value if repr(key) in error.message) or sorted(value)
    return f"may not have {', '.join(shown(key) for key in unknown[:10])}"


def _union(_wanted: Any, _value: Any, error: Any) -> str:
    branches = {cause.schema_path[0] for cause in error.context}
    if not branches:
        return "fits more than one of the forms allowed, and may fit only one"
    causes = [f"{json_path(cause.absolute_path)}: {describe(cause)}" for cause in error.context[:6]]
    return f"fits none of the {len(branches)} forms allowed ({'; '.join(causes)})"


def _size(unit: str, bound: str) -> Callable[[Any, Any, Any], str]:
    def message(wanted: Any, value: Any, _error: Any) -> str:
        return f"must have at {bound} {wanted} {unit}{'' if wanted == 1 else 's'}, not {len(value)}"

    return message


def _compared(words: str) -> Callable[[Any, Any, Any], str]:
    def message(wanted: Any, value: Any, _error: Any) -> str:
        return f"must be {words} {shown(wanted)}, not {shown(value)}"

    return message


_MESSAGES: dict[str | None, Callable[[Any, Any, Any], str]] = {
    "type": _type,
    "required": _required,
    "enum": _enum,
    "const": _compared("exactly"),
    "additionalProperties": _closed,
    "unevaluatedProperties": _closed,
    "anyOf": _union,
    "oneOf": _union,
    "not": lambda _wanted, value, _error: f"{shown(value)} is excluded",
    "pattern": lambda wanted, value, _error: f"must match the pattern {wanted}, and {shown(value)} does not",
    "minLength": _size("character", "least"),
    "maxLength": _size("character", "most"),
    "minItems": _size("element", "least"),
    "maxItems": _size("element", "most"),
    "minProperties": _size("member", "least"),
    "maxProperties": _size("member", "most"),
    "uniqueItems": lambda _wanted, _value, _error: "must not hold an element twice",
    "minimum": _compared("at least"),
    "maximum": _compared("at most"),
    "exclusiveMinimum": _compared("more than"),
    "exclusiveMaximum": _compared("less than"),
    "multipleOf": _compared("a multiple of"),
    "contains": lambda _wanted, _value, _error: (
        "holds too few or too many elements of the kind that is asked for"
    ),
}

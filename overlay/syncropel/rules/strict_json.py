"""Strict JSON: what the daemon and the command line accept as JSON, and where a text departs from it.

Refused beyond bad syntax: bytes that are not UTF-8, a key that appears twice in an object, NaN and the
infinities (also as `1e999`), lone surrogates, integers of more than `MAX_INTEGER_DIGITS` digits, and
nesting deeper than `MAX_JSON_DEPTH`.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from math import isinf
from typing import Any, NoReturn

from ..errors import InvalidJson, UsageTypeError
from . import limits
from .compiled_json import UNPROVEN, read_strictly
from .plain import has_surrogate, json_path, shown

# Matches from any quote on, to the end of the text if need be, so that no text makes the search start over.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
# Brackets become steps, as signed bytes: one level down, or one up again.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[{]}")


def parse_json(data: bytes | bytearray | memoryview | str, *, max_depth: int = limits.MAX_JSON_DEPTH) -> Any:
    """Decode strict JSON.

    Args:
        data: The text in UTF-8.
        max_depth: Levels of objects and arrays allowed.

    Raises:
        InvalidJson: The text is not strict JSON; the message names the line and column or the JSON path.
        UsageTypeError: `data` is not bytes or a string.
    """
    if type(data) is bytes:
        value = read_strictly(data, max_depth)
        if value is not UNPROVEN:
            return value
    text = _decoded(data)
    if text.count("[") + text.count("{") > max_depth:
        _check_depth(text, max_depth)
    try:
        value = _STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise InvalidJson(_syntax_message(text, error)) from None
    except _FaultError:
        _explain(text)
    except RecursionError:  # only where the caller allows more levels than the interpreter does
        raise InvalidJson("nested too deeply") from None
    if "\\u" in text:
        _refuse(_find(value))
    return value


def _decoded(data: bytes | bytearray | memoryview | str) -> str:
    if isinstance(data, str):
        if has_surrogate(data):
            raise InvalidJson("the text holds a lone surrogate, which UTF-8 cannot carry")
        return data
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise UsageTypeError(f"JSON is given as bytes, not {type(data).__name__}")
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJson(f"byte {error.start}: not UTF-8 ({error.reason})") from None


def _check_depth(text: str, max_depth: int) -> None:
    """Count brackets outside strings, before the decoder recurses into them."""
    steps = memoryview(_STRING.sub(b"", text.encode()).translate(_STEPS, _NO_BRACKETS)).cast("b")
    if max(accumulate(steps), default=0) > max_depth:
        raise InvalidJson(f"nested deeper than {max_depth} levels")


def _syntax_message(text: str, error: json.JSONDecodeError) -> str:
    if not text.strip(" \t\r\n"):
        return "there is no JSON: the text is empty"
    if text.startswith("\ufeff"):
        return "line 1, column 1: the text starts with a byte order mark; send UTF-8 without one"
    return f"line {error.lineno}, column {error.colno}: {error.msg}"


class _FaultError(Exception):
    """Breaks the decoding of a text that is JSON, but not strict JSON."""


class _Marker:
    """Stands for a value that strict JSON has not, while its place is looked for."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _FaultError
    return value


def _number_message(text: str) -> str | None:
    """Say what is wrong with a number, if anything is."""
    if text.lstrip("-").isdigit():
        too_long = len(text) - text.startswith("-") > limits.MAX_INTEGER_DIGITS
        return (
            f"an integer of more than {limits.MAX_INTEGER_DIGITS} digits; send it as a string"
            if too_long
            else None
        )
    return f"{shown(text)[1:-1]} is too large for a number" if isinf(float(text)) else None


def _integer(text: str) -> int:
    if len(text) > limits.MAX_INTEGER_DIGITS and _number_message(text):
        raise _FaultError
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise _FaultError
    return value


def _constant(_name: str) -> NoReturn:
    raise _FaultError


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _marking_object(pairs: list[tuple[str, Any]]) -> Any:
    value: dict[str, Any] = {}
    for key, member in pairs:
        if key in value:
            return _Marker(f"the key {shown(key)} appears twice")
        value[key] = member
    return value


def _marking_number(text: str) -> Any:
    message = _number_message(text)
    return _Marker(message) if message else 0


_MARKING = json.JSONDecoder(
    object_pairs_hook=_marking_object,
    parse_int=_marking_number,
    parse_float=_marking_number,
    parse_constant=lambda name: _Marker(f"{name} is not JSON; use null or a string"),
)


def _explain(text: str) -> NoReturn:
    """Decode again with markers in the place of faults, and say where the first one is."""
    try:
        value = _MARKING.decode(text)
    except json.JSONDecodeError as error:  # a syntax error further on
        raise InvalidJson(_syntax_message(text, error)) from None
    _refuse(_find(value))
    raise InvalidJson("the text is not strict JSON")


def _refuse(found: tuple[list[str | int], str] | None) -> None:
    if found is not None:
        parts, message = found
        raise InvalidJson(f"{json_path(parts)}: {message}")


def _find(value: Any) -> tuple[list[str | int], str] | None:
    """Return the path and the description of the first fault in a decoded value, depth limited already."""
    if isinstance(value, _Marker):
        return [], value.message
    if isinstance(value, str) and has_surrogate(value):
        return [], "the text holds a lone surrogate, which UTF-8 cannot carry"
    members: Any = ()
    if isinstance(value, dict):
        for key in value:
            if has_surrogate(key):
                return [], f"the key {shown(key)} holds a lone surrogate, which UTF-8 cannot carry"
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    for part, member in members:
        found = _find(member)
        if found is not None:
            found[0].insert(0, part)
            return found
    return None

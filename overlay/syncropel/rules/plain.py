"""Plain JSON values: what they are, how to copy them, and how to name a place inside them.

A value is plain when it is made of `dict` with `str` keys, `list`, `str`, `int`, finite `float`, `bool` and
`None`, and nothing else. Everything that is hashed, sent or stored goes through here once.
"""

from __future__ import annotations

import math
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, UsageTypeError

if TYPE_CHECKING:
    from collections.abc import Iterable

_NAME = re.compile(r"[A-Za-z_@][A-Za-z0-9_@-]*")
_SURROGATE = re.compile("[\ud800-\udfff]")

_HINTS = {
    "tuple": "use a list",
    "set": "use a list",
    "frozenset": "use a list",
    "bytes": "decode it to text, or encode it as base64 text",
    "bytearray": "decode it to text, or encode it as base64 text",
    "Decimal": "use str() of it, or a scaled integer",
    "datetime": "use its isoformat()",
    "date": "use its isoformat()",
    "UUID": "use str() of it",
}


def shown(value: object, limit: int = 60) -> str:
    """Return `value` as an error message shows it: short, on one line, and never raising."""
    kind = type(value)
    if kind in (str, bytes):
        text = repr(value[: limit + 1])  # type: ignore[index]
    elif kind in (int, float, bool, type(None)):
        try:
            text = repr(value)
        except ValueError:  # an integer of more digits than the interpreter prints
            text = "an integer of thousands of digits"
    elif isinstance(value, (dict, list, tuple, set)):
        text = f"{kind.__name__} of {len(value)}"
    else:
        text = kind.__name__
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def json_path(parts: Iterable[str | int], root: str = "$") -> str:
    """Return the JSON path of a place: `$` for the value itself, `$.corrects[0]`, `$["odd key"]`."""
    text = root
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _NAME.fullmatch(part):
            text += f".{part}"
        else:
            text += f"[{shown(part)}]"
    return text


def has_surrogate(text: str) -> bool:
    """Tell whether `text` holds a lone surrogate, which UTF-8 cannot carry."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def plain_copy(
    value: Any,
    *,
    root: str = "$",
    max_depth: int | None = None,
    max_digits: int | None = None,
    whole_floats_as_integers: bool = False,
) -> Any:
    """Return a deep copy of `value` made of plain JSON types only.

    Subclasses (an `OrderedDict`, an `IntEnum`, a `numpy.float64`) become the plain type they extend.

    Args:
        value: The value.
        root: What the value is called in error messages.
        max_depth: Levels of objects and arrays allowed; None for as many as the interpreter's stack takes.
        max_digits: Digits that an integer may have; None for as many as the interpreter prints.
        whole_floats_as_integers: Write `1.0` as `1`, as the canonical form does.

    Raises:
        UsageTypeError: A value of a type that JSON has not, or a key that is not a string.
        UsageError: NaN, an infinity, a lone surrogate, or a value too deep or containing itself.
    """
    try:
        if type(value) in (dict, list):
            levels = sys.maxsize if max_depth is None else max_depth
            ceiling = None if max_digits is None else _ceiling(max_digits)
            return _quick_copy(value, levels, ceiling, whole_floats_as_integers)
    except (_OddError, RecursionError):
        pass  # the careful walk below repairs it, or says what is wrong and where
    try:
        return _Copier(root, max_depth, max_digits, whole_floats_as_integers).copy(value, 0)
    except RecursionError:
        raise UsageError(f"{root}: nested too deeply, or the value contains itself") from None


@lru_cache(maxsize=8)
def _ceiling(digits: int) -> int:
    """Return the smallest number of more digits; working it out costs as much as copying a body."""
    return int(10**digits)


class _OddError(Exception):
    """Ends the quick copy at anything that it does not simply copy."""


def _quick_copy(value: Any, levels: int, ceiling: int | None, whole: bool) -> Any:
    """Copy a dict or a list of exactly the plain types, at a third of the careful walk's time."""
    if levels <= 0:
        raise _OddError
    if type(value) is dict:
        copied: dict[str, Any] = {}
        for key, member in value.items():
            if type(key) is not str or not key.isascii():
                raise _OddError
            copied[key] = _quick_member(member, levels, ceiling, whole)
        return copied
    return [_quick_member(member, levels, ceiling, whole) for member in value]


def _quick_member(member: Any, levels: int, ceiling: int | None, whole: bool) -> Any:
    kind = type(member)
    if kind is str:
        if member.isascii() or not has_surrogate(member):
            return member
    elif kind is dict or kind is list:
        return _quick_copy(member, levels - 1, ceiling, whole)
    elif kind is int:
        if ceiling is None or -ceiling < member < ceiling:
            return member
    elif kind is bool or member is None:
        return member
    elif kind is float and math.isfinite(member):
        return int(member) if whole and member.is_integer() else member
    raise _OddError


class _Copier:
    """One walk over one value; `parts` is the path of the place under the pen."""

    __slots__ = ("ceiling", "max_depth", "parts", "root", "whole")

    def __init__(self, root: str, max_depth: int | None, max_digits: int | None, whole: bool) -> None:
        self.root = root
        self.max_depth = math.inf if max_depth is None else max_depth
        self.ceiling = None if max_digits is None else _ceiling(max_digits)
        self.whole = whole
        self.parts: list[str | int] = []

    def copy(self, value: Any, depth: int) -> Any:
        kind = type(value)
        if kind is str or isinstance(value, str):
            return self._text(value)
        if kind is bool or value is None:
            return value
        if isinstance(value, int):
            return self._integer(value)
        if isinstance(value, float):
            return self._float(value)
        if isinstance(value, dict):
            return self._object(value, depth + 1)
        if isinstance(value, list):
            return self._array(value, depth + 1)
        name = kind.__name__
        hint = f"; {_HINTS[name]}" if name in _HINTS else ""
        raise UsageTypeError(f"{self._here()}: {name} is not a JSON value{hint}")

    def _here(self) -> str:
        return json_path(self.parts, self.root)

    def _text(self, value: str) -> str:
        if has_surrogate(value):
            raise UsageError(f"{self._here()}: the text holds a lone surrogate, which UTF-8 cannot carry")
        return value if type(value) is str else str.__str__(value)

    def _integer(self, value: int) -> int:
        if self.ceiling is not None and not -self.ceiling < value < self.ceiling:
            digits = len(str(self.ceiling)) - 1
            raise UsageError(f"{self._here()}: an integer of more than {digits} digits; send it as a string")
        return value if type(value) is int else int.__int__(value)

    def _float(self, value: float) -> float | int:
        if not math.isfinite(value):
            raise UsageError(f"{self._here()}: {float.__repr__(value)} is not JSON; use null or a string")
        if self.whole and value.is_integer():
            return int(value)
        return value if type(value) is float else float.__float__(value)

    def _object(self, value: dict[Any, Any], depth: int) -> dict[str, Any]:
        self._enter(depth)
        copied: dict[str, Any] = {}
        for key, member in value.items():
            if not isinstance(key, str):
                raise UsageTypeError(
                    f"{self._here()}: the key {shown(key)} is of type {type(key).__name__}; "
                    f"a key of a JSON object is a string"
                )
            plain_key = self._text(key)
            self.parts.append(plain_key)
            copied[plain_key] = self.copy(member, depth)
            self.parts.pop()
        return copied

    def _array(self, value: list[Any], depth: int) -> list[Any]:
        self._enter(depth)
        copied = []
        for index, item in enumerate(value):
            self.parts.append(index)
            copied.append(self.copy(item, depth))
            self.parts.pop()
        return copied

    def _enter(self, depth: int) -> None:
        if depth > self.max_depth:
            raise UsageError(f"{self.root}: nested deeper than {self.max_depth} levels")

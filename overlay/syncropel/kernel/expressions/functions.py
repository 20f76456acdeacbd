"""What expressions may call beside CEL's own standard: list helpers, text helpers and the clock.

Every function also works as a method: `sort(l)` and `l.sort()` are the same call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .limits import MAX_VALUE_CHARACTERS

MACROS = frozenset({"map", "filter", "all", "exists", "exists_one"})
STANDARD = frozenset(
    {"has", "size", "contains", "startsWith", "endsWith", "matches"}
    | {"int", "uint", "double", "string", "bool", "dyn", "timestamp", "duration"}
    | {"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"}
    | {"getHours", "getMinutes", "getSeconds", "getMilliseconds"}
)
"""CEL's own functions, which both libraries bring."""


@dataclass(frozen=True)
class Function:
    """One function beyond the standard.

    Attributes:
        name: Its name.
        call: The function over plain values; a ValueError or TypeError is the expression's error.
        takes: The types of its arguments, one tuple for each way to call it.
        gives: The type of its value.
    """

    name: str
    call: Callable[..., Any]
    takes: tuple[tuple[str, ...], ...]
    gives: str


def _join(items: list[Any], separator: str = "") -> str:
    if not all(isinstance(item, str) for item in items):
        raise ValueError("join takes a list of texts; use map(x, string(x)) first")
    if sum(map(len, items)) + len(separator) * len(items) > MAX_VALUE_CHARACTERS:
        raise ValueError(f"join would make more than {MAX_VALUE_CHARACTERS} characters")
    return separator.join(items)


def _numbers(items: list[Any], function: str) -> list[Any]:
    if not items:
        raise ValueError(f"{function} of an empty list has no value")
    return _only_numbers(items, function)


def _only_numbers(items: list[Any], function: str) -> list[Any]:
    if not all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in items):
        raise ValueError(f"{function} takes a list of numbers")
    return items


def _sort(items: list[Any]) -> list[Any]:
    try:
        return sorted(items)
    except TypeError:
        raise ValueError("sort takes a list of numbers, or of texts") from None


def _distinct(items: list[Any]) -> list[Any]:
    found: list[Any] = []
    seen: set[str] = set()
    for item in items:
        # repr keeps 1, 1.0 and true apart, and lists and maps have one too.
        key = repr(item)
        if key not in seen:
            seen.add(key)
            found.append(item)
    return found


def _mean(items: list[Any]) -> float:
    return float(math.fsum(_numbers(items, "avg")) / len(items))


_LIST = (("list",),)
_NUMBER = (("int",), ("double",))
_TEXT = (("string",),)


def functions(now: Callable[[], float]) -> dict[str, Function]:
    """Return the functions by name.

    Args:
        now: The clock, unix seconds.
    """
    table = (
        Function("now", lambda: datetime.fromtimestamp(now(), timezone.utc), ((),), "timestamp"),
        Function("sort", _sort, _LIST, "list"),
        Function("reverse", lambda items: items[::-1], _LIST, "list"),
        Function("distinct", _distinct, _LIST, "list"),
        Function("join", _join, (("list",), ("list", "string")), "string"),
        Function("sum", lambda items: sum(_only_numbers(items, "sum")), _LIST, "dyn"),
        Function("avg", _mean, _LIST, "double"),
        Function("min", lambda items: min(_numbers(items, "min")), _LIST, "dyn"),
        Function("max", lambda items: max(_numbers(items, "max")), _LIST, "dyn"),
        Function("abs", abs, _NUMBER, "dyn"),
        Function("round", lambda number: math.floor(number + 0.5), _NUMBER, "int"),
        Function("floor", math.floor, _NUMBER, "int"),
        Function("ceil", math.ceil, _NUMBER, "int"),
        Function("lowerAscii", str.lower, _TEXT, "string"),
        Function("upperAscii", str.upper, _TEXT, "string"),
        Function("trim", str.strip, _TEXT, "string"),
        Function("split", lambda text, by: text.split(by), (("string", "string"),), "list"),
    )
    return {each.name: each for each in table}


OWN_NAMES = frozenset(functions(lambda: 0.0))
"""The names of the functions beyond the standard."""

"""The filter language once more, in plain Python over decoded rows: slow, obvious, and only for comparing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from syncropel.rules.canonical import canonical_json

Row = dict[str, Any]
ENVELOPE = ("id", "thread", "actor", "act", "clock", "data_type", "namespace", "created_at", "sequence")


def matches(row: Row, conditions: Row) -> bool:
    """Tell whether a row passes a filter."""
    return all(_holds(row, key, operand) for key, operand in conditions.items())


def _holds(row: Row, key: str, operand: Any) -> bool:
    if key == "$and":
        return all(matches(row, part) for part in operand)
    if key == "$or":
        return any(matches(row, part) for part in operand)
    if key == "$not":
        return not matches(row, operand)
    if not isinstance(operand, dict):
        return _operate(row, key, "$eq", operand)
    return all(_operate(row, key, operator, value) for operator, value in operand.items())


def _operate(row: Row, path: str, operator: str, operand: Any) -> bool:
    values = list(values_at(row, path))
    scalars = [value for value in values if not isinstance(value, dict | list)]
    if operator == "$exists":
        return bool(values) == operand
    if operator == "$ne":
        return not any(same(value, operand) for value in scalars)
    if operator == "$nin":
        return not any(same(value, item) for value in scalars for item in operand)
    test = TESTS[operator]
    if path.startswith("body.") and path != "body.kind" and operator[:3] in ("$gt", "$lt"):
        # Text in a body is put in order up to a U+0000.
        scalars = [value.split("\0")[0] if isinstance(value, str) else value for value in scalars]
    return any(test(value, operand) for value in scalars)


def values_at(row: Row, path: str) -> Iterator[Any]:
    """Yield everything that a path reaches, crossing arrays; arrays themselves too."""
    if path in ENVELOPE:
        yield row[path]
        return
    if path == "body.kind":
        if isinstance(row["body"].get("kind"), str):
            yield row["body"]["kind"]
        return
    yield from _walk(row["body"], path.split(".")[1:])


def _walk(value: Any, segments: list[str]) -> Iterator[Any]:
    if isinstance(value, list):
        if not segments:
            yield value
        for item in value:
            yield from _walk(item, segments)
    elif not segments:
        yield value
    elif isinstance(value, dict) and segments[0] in value:
        yield from _walk(value[segments[0]], segments[1:])


def same(one: Any, other: Any) -> bool:
    """Tell whether two scalars are the same JSON value: 1 is 1.0, and not true."""
    return canonical_json(one) == canonical_json(other)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def test(value: Any, operand: Any) -> bool:
        if isinstance(value, str) and isinstance(operand, str):
            # Code point order, which is the order of UTF-8 bytes.
            return compare(value.encode(), operand.encode())
        return _number(value) and _number(operand) and compare(value, operand)

    return test


def _like(flags: int) -> Callable[[Any, Any], bool]:
    def test(value: Any, pattern: str) -> bool:
        return isinstance(value, str) and bool(_pattern(pattern, flags).fullmatch(value.split("\0")[0]))

    return test


def _pattern(pattern: str, flags: int) -> re.Pattern[str]:
    out, escaped = [], False
    for character in pattern:
        if not escaped and character == "\\":
            escaped = True
            continue
        wild = {"%": ".*", "_": "."}.get(character) if not escaped else None
        if wild:
            out.append(wild)
        elif flags and character.isascii() and character.isalpha():
            out.append(f"[{character.lower()}{character.upper()}]")
        else:
            out.append(re.escape(character))
        escaped = False
    return re.compile("".join(out), re.DOTALL)


TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": same,
    "$in": lambda value, operand: any(same(value, item) for item in operand),
    "$gt": _ordered(lambda a, b: bool(a > b)),
    "$gte": _ordered(lambda a, b: bool(a >= b)),
    "$lt": _ordered(lambda a, b: bool(a < b)),
    "$lte": _ordered(lambda a, b: bool(a <= b)),
    "$like": _like(0),
    "$ilike": _like(1),
}


def sort_key(row: Row, path: str) -> tuple[Any, ...]:
    """Return what a row sorts by: type, value, sequence. Body paths do not cross arrays."""
    if not path.startswith("body."):
        return (0, row[path], row["sequence"])
    if path == "body.kind":
        kind = row["body"].get("kind")
        return (0, kind if isinstance(kind, str) else "", row["sequence"])
    value: Any = row["body"]
    for segment in path.split(".")[1:]:
        value = value.get(segment) if isinstance(value, dict) else None
    return (*type_key(value), row["sequence"])


def type_key(value: Any) -> tuple[Any, ...]:
    """Return the place of a value in the order of all scalars."""
    if isinstance(value, bool):
        return (2 if value else 1, 0)
    if _number(value):
        return (3, value)
    if isinstance(value, str):
        return (4, value.split("\0")[0].encode())
    return (0, 0)


def groups(rows: list[Row], paths: list[str]) -> dict[str, int]:
    """Return how many times each combination of values occurs, keyed by the JSON of the combination."""
    counts: dict[str, int] = {}
    for row in rows:
        keys: list[list[Any]] = [[]]
        for path in paths:
            found = [value for value in values_at(row, path) if not isinstance(value, dict | list)] or [None]
            keys = [[*key, value] for key in keys for value in found]
        for key in keys:
            name = canonical_json(key)
            counts[name] = counts.get(name, 0) + 1
    return counts


def decoded(text: str) -> Any:
    """Return the value of a JSON text."""
    return json.loads(text)

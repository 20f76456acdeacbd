"""From the JSON of a filter to its checked tree. Pure; every refusal names the place in the filter."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...rules import limits
from ..refusals import Refusal
from .fields import Field, parse_field
from .tree import All, Among, Compare, Either, Exists, Like, Node, Not

MAX_PATTERN = 1000


def parse_filter(value: Any) -> All:
    """Return the checked tree of a filter.

    Args:
        value: The decoded `filter` of a request.

    Raises:
        Refusal: `INVALID_QUERY`.
    """
    return _Parser().document(value, "filter", 0)


class _Parser:
    """Carries the count of conditions through one filter."""

    def __init__(self) -> None:
        self._conditions = 0

    def document(self, value: Any, place: str, depth: int) -> All:
        if not isinstance(value, dict):
            raise invalid(f"{place}: must be an object, not {json_type(value)}")
        if depth > limits.MAX_FILTER_DEPTH:
            raise invalid(f"{place}: nested deeper than {limits.MAX_FILTER_DEPTH} levels")
        if not value:
            self._count(1)  # it says nothing, and is still a part of the statement
        nodes: list[Node] = []
        for key, operand in value.items():
            if key in ("$and", "$or"):
                nodes.append(self._combination(key, operand, place, depth))
            elif key == "$not":
                nodes.append(Not(self.document(operand, f"{place}.$not", depth + 1)))
            elif key.startswith("$"):
                raise invalid(
                    f"{place}: unknown operator: {key[:80]}", "at this level there are $and, $or and $not"
                )
            else:
                nodes.extend(self._conditions_on(parse_field(key), operand, f"{place}.{key}"))
        return All(tuple(nodes))

    def _combination(self, key: str, operand: Any, place: str, depth: int) -> Node:
        if not isinstance(operand, list) or not operand:
            raise invalid(f"{place}.{key}: must be a non-empty list of filters")
        parts = tuple(
            self.document(part, f"{place}.{key}[{index}]", depth + 1) for index, part in enumerate(operand)
        )
        return All(parts) if key == "$and" else Either(parts)

    def _conditions_on(self, field: Field, operand: Any, place: str) -> list[Node]:
        if not isinstance(operand, dict):
            self._count(1)
            return [_equal(field, operand, place)]
        if not operand:
            raise invalid(f"{place}: an empty object is no condition; use $exists to ask for presence")
        self._count(len(operand))
        nodes: list[Node] = []
        for operator, value in operand.items():
            make = OPERATORS.get(operator)
            if make is None:
                raise invalid(f"{place}: unknown operator: {operator[:80]}", _operator_hint(operator))
            nodes.append(make(field, value, f"{place}.{operator}"))
        return nodes

    def _count(self, added: int) -> None:
        self._conditions += added
        if self._conditions > limits.MAX_FILTER_CONDITIONS:
            raise invalid(f"filter: more than {limits.MAX_FILTER_CONDITIONS} conditions")


def _equal(field: Field, value: Any, place: str) -> Node:
    return Among(field, (_scalar(value, place),))


def _not_equal(field: Field, value: Any, place: str) -> Node:
    return Not(_equal(field, value, place))


def _in(field: Field, value: Any, place: str) -> Node:
    if not isinstance(value, list):
        raise invalid(f"{place}: must be a list, not {json_type(value)}")
    if len(value) > limits.MAX_IN_VALUES:
        raise invalid(f"{place}: at most {limits.MAX_IN_VALUES} values, not {len(value)}")
    return Among(field, tuple(_scalar(item, f"{place}[{index}]") for index, item in enumerate(value)))


def _not_in(field: Field, value: Any, place: str) -> Node:
    return Not(_in(field, value, place))


def _compare(operator: str) -> Callable[[Field, Any, str], Node]:
    def make(field: Field, value: Any, place: str) -> Node:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise invalid(f"{place}: must be a number or a string, not {json_type(value)}")
        return Compare(field, operator, value)

    return make


def _like(ignore_case: bool) -> Callable[[Field, Any, str], Node]:
    def make(field: Field, value: Any, place: str) -> Node:
        if not isinstance(value, str):
            raise invalid(f"{place}: must be a string, not {json_type(value)}")
        if len(value) > MAX_PATTERN:
            raise invalid(f"{place}: a pattern has at most {MAX_PATTERN} characters")
        if "\0" in value:
            raise invalid(f"{place}: a pattern cannot hold U+0000")
        if (len(value) - len(value.rstrip("\\"))) % 2:
            raise invalid(f"{place}: the pattern ends in a lone backslash; write \\\\ for a backslash")
        return Like(field, value, ignore_case)

    return make


def _exists(field: Field, value: Any, place: str) -> Node:
    if not isinstance(value, bool):
        raise invalid(f"{place}: must be true or false, not {json_type(value)}")
    return Exists(field) if value else Not(Exists(field))


OPERATORS: dict[str, Callable[[Field, Any, str], Node]] = {
    "$eq": _equal,
    "$ne": _not_equal,
    "$gt": _compare(">"),
    "$gte": _compare(">="),
    "$lt": _compare("<"),
    "$lte": _compare("<="),
    "$in": _in,
    "$nin": _not_in,
    "$like": _like(False),
    "$ilike": _like(True),
    "$exists": _exists,
}


def _operator_hint(operator: str) -> str:
    if operator == "$regex":
        return "there are no regular expressions; $like and $ilike take % and _"
    if operator == "$not":
        return 'put $not around the field: {"$not": {"<field>": ...}}'
    return f"operators on a field are {', '.join(OPERATORS)}"


def _scalar(value: Any, place: str) -> Any:
    if isinstance(value, dict | list):
        raise invalid(f"{place}: must be a string, a number, true, false or null, not {json_type(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise invalid(f"{place}: must be finite")
    return value


def invalid(message: str, hint: str | None = None) -> Refusal:
    """Return the refusal of a query."""
    if hint is None:
        return Refusal("INVALID_QUERY", message)
    return Refusal("INVALID_QUERY", message, hint=hint)


def json_type(value: Any) -> str:
    """Return what JSON calls a value, with its article."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    names = {str: "a string", int: "an integer", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def whole_number(value: Any) -> int | None:
    """Return a decoded JSON number as an integer, None when it is none: JSON has one type, 5.0 is 5."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None

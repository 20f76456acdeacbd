"""From the JSON of a query request to its checked form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...rules import limits
from ..refusals import Refusal
from .fields import TEXT, Column, Field, parse_field
from .filters import invalid, json_type, parse_filter, whole_number
from .tree import All, Among

MAX_SELECT = 100
# What can be selected though nothing can be compared with it.
SELECTABLE = ("body", "judged_by", "parents")
FUNCTIONS = ("$count", "$sum", "$avg", "$min", "$max")


@dataclass(frozen=True)
class Aggregate:
    """One aggregate of an answer.

    Attributes:
        name: Its name in the answer.
        function: One of `FUNCTIONS`.
        field: What it is computed over; None for `$count`.
    """

    name: str
    function: str
    field: Field | None


@dataclass(frozen=True)
class QueryRequest:
    """A checked query.

    Attributes:
        filter: The conditions, with the request's `thread` among them.
        sort: Path (or name of an aggregate) to sort by, None for the order of ingest or of keys.
        descending: The direction of `sort`.
        limit: Most rows or groups; None when the request did not say.
        question: What a cursor belongs to: every member that changes which rows come, and in what order.
    """

    filter: All
    sort: str | None
    descending: bool
    limit: int | None
    offset: int
    cursor: str | None
    select: tuple[str, ...]
    group_by: tuple[str, ...]
    aggregates: tuple[Aggregate, ...]
    explain: bool
    question: Any

    @property
    def aggregating(self) -> bool:
        """Whether the answer is groups instead of rows."""
        return bool(self.group_by or self.aggregates)


def parse_request(body: Any) -> QueryRequest:
    """Check a request. Unknown members are left alone; of the known ones only `cursor` may be null.

    Raises:
        Refusal: `INVALID_QUERY`, or `AGGREGATION_CAP_EXCEEDED` for too many fields or aggregates.
    """
    if not isinstance(body, dict):
        raise invalid(f"a query must be an object, not {json_type(body)}")
    conditions = parse_filter(body.get("filter", {}))
    if "thread" in body:
        on_thread = Among(Column("thread", "thread", TEXT), (_text(body["thread"], "thread"),))
        conditions = All((on_thread, *conditions.conditions))
    sort, descending = _sort(body["sort"]) if "sort" in body else (None, False)
    cursor = body.get("cursor")
    request = QueryRequest(
        filter=conditions,
        sort=sort,
        descending=descending,
        limit=_count(body, "limit", limits.MAX_PAGE) if "limit" in body else None,
        offset=_count(body, "offset", limits.MAX_CLOCK) if "offset" in body else 0,
        cursor=None if cursor is None else _text(cursor, "cursor"),
        select=_paths(body, "select"),
        group_by=_paths(body, "group_by"),
        aggregates=_aggregates(body.get("aggregates", {})),
        explain=_flag(body, "explain"),
        question=[body.get("thread"), body.get("filter", {}), body.get("sort")],
    )
    _check_together(request)
    return request


def _check_together(request: QueryRequest) -> None:
    if not request.aggregating:
        if request.sort is not None:
            parse_field(request.sort)
        if request.cursor is not None and request.offset:
            raise invalid("cursor: goes without offset; the cursor already says where to go on")
        return
    if request.cursor is not None or request.offset or request.select:
        raise invalid("group_by and aggregates go without cursor, offset and select")
    if len(request.group_by) > limits.MAX_GROUP_FIELDS:
        raise Refusal("AGGREGATION_CAP_EXCEEDED", f"group_by: at most {limits.MAX_GROUP_FIELDS} fields")
    if len(request.aggregates) > limits.MAX_AGGREGATES:
        raise Refusal("AGGREGATION_CAP_EXCEEDED", f"aggregates: at most {limits.MAX_AGGREGATES}")
    names = {*request.group_by, *(aggregate.name for aggregate in request.aggregates)}
    if request.sort is not None and request.sort not in names:
        raise invalid(f"sort: {request.sort[:80]} is neither in group_by nor the name of an aggregate")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value or len(value) > limits.MAX_TEXT_BYTES:
        shown = json_type(value) if not isinstance(value, str) else f"one of {len(value)}"
        raise invalid(f"{name}: must be a string of 1 to {limits.MAX_TEXT_BYTES} characters, not {shown}")
    return value


def _sort(value: Any) -> tuple[str, bool]:
    if not isinstance(value, dict) or len(value) != 1:
        raise invalid('sort: must be an object with one field, such as {"clock": -1}')
    path, direction = next(iter(value.items()))
    if isinstance(direction, bool) or direction not in (1, -1):
        raise invalid(f"sort.{path[:80]}: must be 1 or -1")
    return path, direction == -1


def _count(body: dict[str, Any], name: str, maximum: int) -> int:
    value = whole_number(body[name])
    if value is None or value < 0:
        raise invalid(f"{name}: must be an integer from 0 on")
    return min(value, maximum)


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid(f"{name}: must be true or false, not {json_type(value)}")
    return value


def _paths(body: dict[str, Any], name: str) -> tuple[str, ...]:
    value = body.get(name, [])
    if not isinstance(value, list):
        raise invalid(f"{name}: must be a list of field paths, not {json_type(value)}")
    if len(value) > MAX_SELECT:
        raise invalid(f"{name}: at most {MAX_SELECT} fields")
    for index, path in enumerate(value):
        if not isinstance(path, str):
            raise invalid(f"{name}[{index}]: must be a field path, not {json_type(path)}")
        if not (name == "select" and path in SELECTABLE):
            parse_field(path)
    return tuple(dict.fromkeys(value))


def _aggregates(value: Any) -> tuple[Aggregate, ...]:
    if not isinstance(value, dict):
        raise invalid(f"aggregates: must be an object, not {json_type(value)}")
    return tuple(_aggregate(name, spec) for name, spec in value.items())


def _aggregate(name: str, spec: Any) -> Aggregate:
    place = f"aggregates.{name[:80]}"
    if not isinstance(spec, dict) or len(spec) != 1:
        raise invalid(f'{place}: must be an object with one function, such as {{"$sum": "body.amount"}}')
    function, operand = next(iter(spec.items()))
    if function not in FUNCTIONS:
        raise invalid(f"{place}: unknown function: {function[:80]}", f"functions are {', '.join(FUNCTIONS)}")
    if function == "$count":
        if operand is not True:
            raise invalid(f"{place}.$count: must be true")
        return Aggregate(name, function, None)
    if not isinstance(operand, str):
        raise invalid(f"{place}.{function}: must be a field path, not {json_type(operand)}")
    return Aggregate(name, function, parse_field(operand))

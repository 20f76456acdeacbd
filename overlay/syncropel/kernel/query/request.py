"""From the JSON of a query request to its checked form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...rules import limits
from ..refusals import Refusal
from .fields import TEXT, Column, Field, parse_field
from .filters import invalid, json_type, parse_filter
from .tree import All, Among, Compare, Node  # noqa: F401

MAX_SELECT = 100
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
    """Check a request. Members that are not known are left alone.

    Raises:
        Refusal: `INVALID_QUERY`, or `AGGREGATION_CAP_EXCEEDED` for too many fields or aggregates.
    """
    if not isinstance(body, dict):
        raise invalid(f"a query must be an object, not {json_type(body)}")
    thread = body.get("thread")
    conditions = parse_filter(body.get("filter", {}))
    if thread is not None:
        if not isinstance(thread, str) or not thread:
            raise invalid(f"thread: must be a non-empty string, not {json_type(thread)}")
        conditions = All((Among(Column("thread", "thread", TEXT), (thread,)), *conditions.conditions))
    sort, descending = _sort(body.get("sort"))
    request = QueryRequest(
        filter=conditions,
        sort=sort,
        descending=descending,
        limit=_count(body, "limit"),
        offset=_count(body, "offset") or 0,
        cursor=_cursor(body.get("cursor")),
        select=_paths(body, "select", MAX_SELECT),
        group_by=_paths(body, "group_by", None),
        aggregates=_aggregates(body.get("aggregates")),
        explain=_flag(body, "explain"),
        question={"thread": thread, "filter": body.get("filter", {}), "sort": body.get("sort")},
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


def _sort(value: Any) -> tuple[str | None, bool]:
    if value is None or value == {}:
        return None, False
    if not isinstance(value, dict) or len(value) != 1:
        raise invalid('sort: must be an object with one field, such as {"clock": -1}')
    path, direction = next(iter(value.items()))
    if type(direction) is not int or direction not in (1, -1):
        raise invalid(f"sort.{path[:80]}: must be 1 or -1")
    return path, direction == -1


def _count(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or value < 0:
        raise invalid(
            f"{name}: must be an integer from 0 on, not {json_type(value) if type(value) is not int else value}"
        )
    # Beyond 63 bits there is nothing to skip or return, and nothing an engine could bind.
    return min(value, limits.MAX_PAGE if name == "limit" else limits.MAX_CLOCK)


def _cursor(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise invalid(f"cursor: must be a string, not {json_type(value)}")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid(f"{name}: must be true or false, not {json_type(value)}")
    return value


def _paths(body: dict[str, Any], name: str, maximum: int | None) -> tuple[str, ...]:
    value = body.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise invalid(f"{name}: must be a list of field paths, not {json_type(value)}")
    if maximum is not None and len(value) > maximum:
        raise invalid(f"{name}: at most {maximum} fields")
    for index, path in enumerate(value):
        if not isinstance(path, str):
            raise invalid(f"{name}[{index}]: must be a field path, not {json_type(path)}")
        # The whole body can be selected, though nothing can be compared with it.
        if not (name == "select" and path in ("body", "judged_by", "parents")):
            parse_field(path)
    return tuple(dict.fromkeys(value))


def _aggregates(value: Any) -> tuple[Aggregate, ...]:
    if value is None:
        return ()
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

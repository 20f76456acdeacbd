"""Aggregation: groups and their aggregates, computed in SQL within limits."""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

import math
from typing import Any

from ...rules import limits
from ..refusals import Refusal
from ..store.base import Transaction
from ..store.dialect import Dialect, Extreme, Fragment
from .compile import index_use
from .fields import NUMBER, BodyPath, Field, parse_field
from .ordering import type_rank
from .request import Aggregate, QueryRequest

# Sums of this many units or more are no longer exact in double precision and are given as they are.
EXACT = 2**53
# Integers beyond 64 bits are doubles, whatever the engine can keep.
MAX_EXACT_INTEGER = 2**63 - 1


def run_aggregation(
    transaction: Transaction, dialect: Dialect, request: QueryRequest, where: Fragment
) -> dict[str, Any]:
    """Return the groups of a query.

    A record counts once in each group that its elements make: a `group_by` path that crosses an array has one
    element per scalar in it, and null when there is none.

    Raises:
        Refusal: `AGGREGATION_CAP_EXCEEDED` when more rows match than may be read, or more groups come out
            than may be returned and no `limit` was given.
    """
    scanned = _scanned(transaction, where)
    builder = _Builder(dialect, request, where)
    statement = builder.statement()
    bound = limits.MAX_GROUPS if request.limit is None else request.limit
    rows = transaction.execute(statement.sql, (*statement.params, bound + 1))
    if request.limit is None and len(rows) > bound:
        raise Refusal(
            "AGGREGATION_CAP_EXCEEDED",
            f"more than {limits.MAX_GROUPS} groups",
            hint="narrow the filter, or give a limit to get the first groups in the order of sort",
        )
    groups = [builder.group(row) for row in rows[:bound]]
    watermark = transaction.execute("SELECT coalesce(max(sequence), 0) FROM records")[0][0]
    plan = {
        "budget": limits.MAX_ROWS_SCANNED,
        "complete": True,
        "groups": len(groups),
        "rows_scanned": scanned,
        "watermark_seq": watermark,
    }
    if request.explain:
        indexed, unindexed = index_use(request.filter)
        plan["sql"], plan["bind_count"] = " ".join(statement.sql.split()), len(statement.params) + 1
        plan["indexed_fields"], plan["unindexed_fields"] = indexed, unindexed
    return {"object": "aggregation", "groups": groups, "plan": plan}


def _scanned(transaction: Transaction, where: Fragment) -> int:
    sql = f"SELECT count(*) FROM (SELECT 1 FROM records r WHERE {where.sql} LIMIT ?)"
    count = int(transaction.execute(sql, (*where.params, limits.MAX_ROWS_SCANNED + 1))[0][0])
    if count > limits.MAX_ROWS_SCANNED:
        raise Refusal(
            "AGGREGATION_CAP_EXCEEDED",
            f"more than {limits.MAX_ROWS_SCANNED} records match",
            hint="narrow the filter",
        )
    return count


class _Builder:
    """Puts one aggregation into SQL and its rows back into JSON."""

    def __init__(self, dialect: Dialect, request: QueryRequest, where: Fragment) -> None:
        self._dialect = dialect
        self._request = request
        self._where = where
        self._fields = [parse_field(path) for path in request.group_by]

    def statement(self) -> Fragment:
        """Return the statement, without the value of its LIMIT."""
        sources: list[Fragment] = [Fragment("records r")]
        keys: list[Fragment] = []
        orders: list[list[Fragment]] = []
        for index, field in enumerate(self._fields):
            if isinstance(field, BodyPath):
                source, leaf = self._dialect.each_scalar(field.segments, f"g{index}")
                sources.append(source)
                keys.append(leaf.raw)
                orders.append([type_rank(leaf), *self._dialect.sort_values(leaf)])
            else:
                keys.append(Fragment(f"r.{field.name}"))
                orders.append([keys[-1]])
        values = [self._aggregate(aggregate) for aggregate in self._request.aggregates]
        columns = [Fragment(f"{key.sql} AS k{index}", key.params) for index, key in enumerate(keys)]
        columns += [
            Fragment(f"{value.value.sql} AS a{index}", value.value.params)
            for index, value in enumerate(values)
        ]
        parts = [_listed("SELECT", columns), _listed("FROM", sources)]
        parts.append(Fragment(f"WHERE {self._where.sql}", self._where.params))
        if keys:
            parts.append(Fragment("GROUP BY " + ", ".join(f"k{index}" for index in range(len(keys)))))
        parts.append(_listed("ORDER BY", self._order(orders, values)))
        parts.append(Fragment("LIMIT ?"))
        return Fragment(" ".join(part.sql for part in parts), tuple(p for part in parts for p in part.params))

    def group(self, row: tuple[Any, ...]) -> dict[str, Any]:
        """Return one group of the answer."""
        key: dict[str, Any] = {}
        for path, field, value in zip(self._request.group_by, self._fields, row, strict=False):
            key[path] = self._dialect.raw_value(value) if isinstance(field, BodyPath) else value
        given = row[len(self._fields) :]
        aggregates = {
            aggregate.name: self._value(aggregate, value)
            for aggregate, value in zip(self._request.aggregates, given, strict=True)
        }
        return {"key": key, "aggregates": aggregates}

    def _value(self, aggregate: Aggregate, value: Any) -> Any:
        if _is_extreme(aggregate) and isinstance(aggregate.field, BodyPath):
            value = self._dialect.extreme_value(value)
        return _number(value)

    def _aggregate(self, aggregate: Aggregate) -> Extreme:
        """Return an aggregate as SQL: first within each record, then over the records."""
        field = aggregate.field
        if field is None:
            return Extreme(Fragment("count(*)"))
        if _is_extreme(aggregate):
            function = aggregate.function[1:]
            if isinstance(field, BodyPath):
                return self._dialect.extreme(field.segments, function)
            return Extreme(Fragment(self._dialect.call(function, f"r.{field.name}")))
        total = self._total(field, "total")
        if aggregate.function == "$sum":
            return Extreme(total)
        count = self._total(field, "count")
        sql = f"{total.sql} / nullif({count.sql}, 0)"
        return Extreme(Fragment(sql, (*total.params, *count.params)))

    def _total(self, field: Field, inner: str) -> Fragment:
        """Return the sum, or the count, of the numbers in a field over all records."""
        if isinstance(field, BodyPath):
            within = self._dialect.fold(field.segments, inner)
            return Fragment(self._dialect.call("total", within.sql), within.params)
        if field.type != NUMBER:
            return Fragment("0")
        return Fragment(self._dialect.call(inner, f"r.{field.name}"))

    def _order(self, orders: list[list[Fragment]], values: list[Extreme]) -> list[Fragment]:
        request = self._request
        # The values within a group are equal: min() only picks one, as standard SQL demands.
        ascending = [[Fragment(f"min({part.sql})", part.params) for part in order] for order in orders] or [
            [Fragment("1")]
        ]
        own: list[Fragment] = []
        if request.sort is not None:
            names = [aggregate.name for aggregate in request.aggregates]
            if request.sort in names:
                place = names.index(request.sort)
                own = list(values[place].order) or [Fragment(f"a{place}")]
            else:
                own = ascending.pop(request.group_by.index(request.sort))
        # What is absent comes before everything, as in SQLite.
        word = " DESC NULLS LAST" if request.descending else " NULLS FIRST"
        down = [Fragment(f"{part.sql}{word}", part.params) for part in own]
        rest = [part for order in ascending for part in order]
        return down + [Fragment(f"{part.sql} NULLS FIRST", part.params) for part in rest]


def _is_extreme(aggregate: Aggregate) -> bool:
    return aggregate.function in ("$min", "$max")


def _listed(word: str, parts: list[Fragment]) -> Fragment:
    if not parts:
        return Fragment(f"{word} 1")
    return Fragment(
        f"{word} " + ", ".join(part.sql for part in parts), tuple(p for part in parts for p in part.params)
    )


def _number(value: Any) -> Any:
    if isinstance(value, int) and abs(value) > MAX_EXACT_INTEGER:
        return float(value)
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < EXACT else value

"""Running a query: rows, counts, cursor and plan."""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

from typing import Any

from ...rules import limits
from .. import cursors
from ..access.visibility import EVERYTHING, Visibility, narrowed
from ..pages import read_in_order
from ..store.base import Transaction
from ..store.dialect import Dialect, Fragment
from .aggregate import run_aggregation
from .compile import Compiler, index_use
from .filters import invalid
from .ordering import Keys, sort_keys
from .request import QueryRequest
from .select import selected


def run_query(
    transaction: Transaction, dialect: Dialect, request: QueryRequest, visible: Visibility = EVERYTHING
) -> dict[str, Any]:
    """Return the answer to a query: rows, counts, groups and cursors know of visible records alone.

    Raises:
        Refusal: `INVALID_QUERY` for a foreign cursor, `AGGREGATION_CAP_EXCEEDED`.
    """
    where = narrowed(Compiler(dialect).condition(request.filter), visible)
    if request.aggregating:
        return run_aggregation(transaction, dialect, request, where)
    keys = sort_keys(dialect, request.sort, request.descending)
    limit = limits.DEFAULT_PAGE if request.limit is None else request.limit
    page_where = _after_cursor(transaction, request, keys, where, visible)
    statement = _statement(page_where, keys, limit + 1, request.offset)
    places = transaction.execute(statement.sql, statement.params) if limit else []
    data, more = read_in_order(transaction, [place for (place,) in places], limit)
    whole = not more and not request.offset and request.cursor is None and limit
    total = len(data) if whole else _count(transaction, where)
    if not limit:
        more = total > request.offset
    answer: dict[str, Any] = {
        "object": "list",
        "data": [selected(row, request.select) for row in data] if request.select else data,
        "capped": more,
        "matched_total": total,
        "next_cursor": cursors.encode(request.question, data[-1]["sequence"]) if more and data else None,
    }
    if request.explain:
        answer["plan"] = explain(statement, request)
    return answer


def explain(statement: Fragment, request: QueryRequest) -> dict[str, Any]:
    """Return a statement's SQL, the number of its values, and which fields an index answers."""
    indexed, unindexed = index_use(request.filter)
    return {
        "sql": " ".join(statement.sql.split()),
        "bind_count": len(statement.params),
        "indexed_fields": indexed,
        "unindexed_fields": unindexed,
    }


def _statement(where: Fragment, keys: Keys, limit: int, offset: int) -> Fragment:
    order = keys.order_by()
    sql = f"SELECT r.sequence FROM records r WHERE {where.sql} ORDER BY {order.sql} LIMIT ? OFFSET ?"
    return Fragment(sql, (*where.params, *order.params, limit, offset))


def _after_cursor(
    transaction: Transaction, request: QueryRequest, keys: Keys, where: Fragment, visible: Visibility
) -> Fragment:
    """Add the condition of the cursor. Records never change: the row it names still has its sort values.

    The row must be visible: who made up a cursor of another one would find its values by what comes after.
    """
    if request.cursor is None:
        return where
    sequence = cursors.decode(request.question, request.cursor)
    if sequence is None:
        raise invalid("cursor: is not a cursor of this query")
    columns = ", ".join(part.sql for part in keys.parts)
    params = tuple(param for part in keys.parts for param in part.params)
    row = narrowed(Fragment("r.sequence = ?", (sequence,)), visible)
    sql = f"SELECT {columns} FROM records r WHERE {row.sql}"
    rows = transaction.execute(sql, (*params, *row.params))
    if not rows:
        raise invalid("cursor: is not a cursor of this store")
    beyond = keys.beyond(rows[0])
    return Fragment(f"({where.sql}) AND {beyond.sql}", (*where.params, *beyond.params))


def _count(transaction: Transaction, where: Fragment) -> int:
    return int(transaction.execute(f"SELECT count(*) FROM records r WHERE {where.sql}", where.params)[0][0])

"""The records family: emit, get, list, rich query, search."""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ...rules import limits
from ...rules.records import Draft, parse_record
from .. import cursors, parameters
from ..access.visibility import Visibility, narrowed
from ..bodies import read_json
from ..messages import Reply
from ..operations import Answer, Call, Context, Operation
from ..pages import read_page
from ..query.execute import run_query
from ..query.filters import invalid, json_type, whole_number
from ..query.request import parse_request
from ..refusals import Refusal
from ..rows import COLUMNS, record_row
from ..store.base import Bulk, Transaction, Work
from ..store.dialect import Fragment
from . import batch
from .admission import Entry, admit_many, make_entry

WINDOW = ("since", "since_clock", "after_clock")


def emit(context: Context, call: Call) -> Bulk:
    """Check a record; the work stores it. 201 when it is new, 200 with the first receipt when not."""
    draft = call.body.check()
    return Bulk(_store, (make_entry(context, call.caller, draft, call.now), draft))


def _store(transaction: Transaction, posted: Sequence[tuple[Entry, Draft]]) -> list[Answer]:
    """Store the records of some requests and return the answer of each."""
    outcomes = admit_many(transaction, [entry for entry, _ in posted])
    return [_answer(transaction, *each, outcome) for each, outcome in zip(posted, outcomes, strict=True)]


def _answer(
    transaction: Transaction, entry: Entry, draft: Draft, outcome: tuple[int, bool] | Refusal
) -> Answer:
    if isinstance(outcome, Refusal):
        return outcome
    sequence, new = outcome
    if not new:
        return Reply(200, _by_sequence(transaction, sequence))
    wire = draft.wire
    row: dict[str, Any] = {"object": "record", "id": draft.id}
    for name in ("act", "actor", "body", "clock", "data_type", "parents", "thread"):
        row[name] = wire[name]
    for name in ("judged_by", "sig"):
        if name in wire:
            row[name] = wire[name]
    row.update(sequence=sequence, created_at=int(entry.now), namespace=entry.ready.namespace)
    return Reply(201, row)


def get(_context: Context, call: Call) -> Work[Reply]:
    """Return one record by its id."""
    record_id = call.path["record_id"]
    where = narrowed(Fragment("r.id = ?", (record_id,)), call.caller.visibility())

    def work(transaction: Transaction) -> Reply:
        rows = transaction.execute(f"SELECT {COLUMNS} FROM records r WHERE {where.sql}", where.params)
        if not rows:
            raise Refusal("RECORD_NOT_FOUND", f"no record has the id {record_id[:80]!r}")
        return Reply(200, record_row(rows[0]))

    return work


def list_records(_context: Context, call: Call) -> Work[Reply]:
    """List records, ascending. One filter at least, so that nobody reads the whole store by accident."""
    query = call.query
    filters = {name: parameters.text(query, name) for name in ("thread", "actor", "kind")}
    if not any(filters.values()) and not any(name in query for name in WINDOW):
        raise Refusal(
            "MISSING_FILTER", "give at least one of thread, actor, kind, since, since_clock, after_clock"
        )
    return page(call, filters)


def page(call: Call, filters: dict[str, str | None]) -> Work[Reply]:
    """Read the window, limit and cursor of a list, and return the work that makes its page."""
    since = clock_floor(call)
    limit = parameters.limit(call.query)
    visible = call.caller.visibility().on(filters.get("thread"))
    question = {**filters, "since": since}
    after = 0
    if "cursor" in call.query:
        position = cursors.decode(question, call.query["cursor"])
        if position is None:
            raise Refusal("INVALID_QUERY", "query parameter cursor is not a cursor of this list")
        after = position

    def work(transaction: Transaction) -> Reply:
        data, more = select_page(transaction, filters, since, after, limit, visible) if limit else ([], False)
        cursor = cursors.encode(question, data[-1]["sequence"]) if more else None
        return Reply(200, {"object": "list", "data": data, "next_cursor": cursor})

    return work


def clock_floor(call: Call) -> int | None:
    """Return the lowest clock to show: `since` and `since_clock` are inclusive, `after_clock` is not."""
    floors = [parameters.integer(call.query, name, limits.MAX_CLOCK) for name in WINDOW]
    if floors[2] is not None:
        floors[2] += 1
    given = [floor for floor in floors if floor is not None]
    return max(given) if given else None


def select_page(
    transaction: Transaction,
    filters: dict[str, str | None],
    since: int | None,
    after: int,
    limit: int,
    visible: Visibility,
) -> tuple[list[dict[str, Any]], bool]:
    """Return the page of rows that pass the filters, ascending, after a sequence; and whether more follow."""
    # A floor beyond 63 bits (after_clock at the maximum) can hold for no record.
    if since is not None and since > limits.MAX_CLOCK:
        return [], False
    bounds: dict[str, Any] = {f"r.{name} = ?": value for name, value in filters.items()}
    bounds["r.clock >= ?"] = since or None
    # On a first page this bound would only lure the planner away from the index on clocks.
    bounds["r.sequence > ?"] = after or None
    given = {condition: value for condition, value in bounds.items() if value is not None}
    conditions = Fragment(" AND ".join(given) or "1 = 1", tuple(given.values()))
    where = narrowed(conditions, visible)
    # Sorting by sequence happens on the narrow rows of an index; whole rows are read for the page alone.
    sql = f"""SELECT {COLUMNS} FROM records r WHERE r.sequence IN
        (SELECT r.sequence FROM records r WHERE {where.sql} ORDER BY r.sequence LIMIT ?)
        ORDER BY r.sequence"""
    return read_page(transaction, sql, [*where.params, limit + 1], limit)


def query_records(context: Context, call: Call) -> Work[Reply]:
    """Run a rich query or an aggregation."""
    request = parse_request(call.body)
    dialect, visible = context.store.dialect, call.caller.visibility()
    return lambda transaction: Reply(200, run_query(transaction, dialect, request, visible))


def search(_context: Context, call: Call) -> Reply:
    """Refuse: a search by meaning needs an embedding provider, and none can be configured yet."""
    body = call.body
    if not isinstance(body, dict):
        raise invalid(f"a search must be an object, not {json_type(body)}")
    if not isinstance(body.get("query"), str):
        raise invalid("query: must be a string")
    for name in ("thread", "actor", "kind"):
        if name in body and not (isinstance(body[name], str) and body[name]):
            raise invalid(f"{name}: must be a non-empty string")
    if whole_number(body.get("k", 0)) is None:
        raise invalid("k: must be an integer")
    after = whole_number(body.get("after_clock", 0))
    if after is None or not 0 <= after <= limits.MAX_CLOCK:
        raise invalid(f"after_clock: must be an integer from 0 to {limits.MAX_CLOCK}")
    if not body["query"].strip():
        raise Refusal("EMPTY_QUERY", "query: must not be blank")
    raise Refusal(
        "SEMANTIC_SEARCH_DISABLED",
        "no embedding provider is configured",
        hint="a rich query with $ilike finds text without one",
    )


def _by_sequence(transaction: Transaction, sequence: int) -> dict[str, Any]:
    rows = transaction.execute(f"SELECT {COLUMNS} FROM records r WHERE r.sequence = ?", (sequence,))
    return record_row(rows[0])


OPERATIONS: dict[str, Operation] = {
    "emitRecord": Operation(
        emit, writes=True, has_body=True, read_body=partial(read_json, parse=parse_record)
    ),
    "emitRecords": batch.OPERATION,
    "getRecord": Operation(get),
    "listRecords": Operation(list_records),
    "queryRecords": Operation(query_records, has_body=True),
    "searchRecords": Operation(search, has_body=True),
}

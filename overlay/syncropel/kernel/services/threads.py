"""The threads family: list, one, records, state, participants, projection, watch."""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

import re
from typing import Any

from ...rules import limits
from .. import cursors, parameters
from ..access.visibility import EVERYTHING, Visibility, narrowed
from ..messages import Inbound, Reply, Topic, WatchStart
from ..operations import Call, Context, Operation
from ..pages import read_page, read_until
from ..refusals import Refusal
from ..rows import COLUMNS, last_sequence
from ..store.base import Transaction, Work
from ..store.dialect import Fragment
from .outlook import ThreadFacts, find_thread, fulfilments, participants, threads_after
from .projection import FORMATS, project
from .records import page

_CURSOR = re.compile(r"[0-9]{1,19}\Z")


def list_threads(_context: Context, call: Call) -> Work[Reply]:
    """List threads in the order in which they began, which later records do not change."""
    limit = parameters.limit(call.query)
    visible = call.caller.visibility()
    after = 0
    if "cursor" in call.query:
        position = cursors.decode("threads", call.query["cursor"])
        if position is None:
            raise Refusal("INVALID_QUERY", "query parameter cursor is not a cursor of this list")
        after = position

    def work(transaction: Transaction) -> Reply:
        rows = threads_after(transaction, after, limit + 1, visible) if limit else []
        shown = rows[:limit]
        cursor = cursors.encode("threads", shown[-1].first_sequence) if len(rows) > limit else None
        return Reply(200, {"object": "list", "data": [_summary(row) for row in shown], "next_cursor": cursor})

    return work


def get_thread(_context: Context, call: Call) -> Work[Reply]:
    """Return one thread's summary."""
    thread, visible = _thread(call), call.caller.visibility()
    return lambda transaction: Reply(200, _summary(_found(transaction, thread, visible)))


def list_thread_records(_context: Context, call: Call) -> Work[Reply]:
    """List a thread's records; a thread nobody wrote to is an empty list."""
    return page(call, {"thread": _thread(call)})


def get_state(context: Context, call: Call) -> Work[Reply]:
    """Return the folded state, from facts that ingest keeps: no record is read."""
    thread, visible, dialect = _thread(call), call.caller.visibility(), context.store.dialect

    def work(transaction: Transaction) -> Reply:
        facts = _found(transaction, thread, visible)
        actors = participants(transaction, dialect, facts, visible)
        body = {
            "object": "thread_state",
            "id": thread,
            "status": facts.status,
            "record_count": facts.record_count,
            "last_clock": facts.last_clock,
            "last_sequence": facts.last_sequence,
            "participants": [each.actor for each in actors],
            "actor_clocks": {each.actor: each.last_clock for each in actors},
            "opened_by": facts.opened_by,
            "fulfilled_by": fulfilments(transaction, facts, visible),
        }
        return Reply(200, body)

    return work


def list_participants(context: Context, call: Call) -> Work[Reply]:
    """List who wrote on the thread, in the order of their first record."""
    thread, visible, dialect = _thread(call), call.caller.visibility(), context.store.dialect

    def work(transaction: Transaction) -> Reply:
        facts = _found(transaction, thread, visible)
        data = []
        for actor, count, last_clock, reviewed in participants(transaction, dialect, facts, visible):
            roles = (["opener"] if actor == facts.opened_by else []) + (["reviewer"] if reviewed else [])
            data.append({"actor": actor, "record_count": count, "last_clock": last_clock, "roles": roles})
        return Reply(200, {"object": "list", "data": data})

    return work


def project_thread(_context: Context, call: Call) -> Work[Reply]:
    """Render the newest records of a thread, at most a page of them."""
    thread = _thread(call)
    form = parameters.choice(call.query, "format", FORMATS)
    where = narrowed(Fragment("r.thread = ?", (thread,)), call.caller.visibility().on(thread))

    def work(transaction: Transaction) -> Reply:
        sql = f"SELECT {COLUMNS} FROM records r WHERE {where.sql} ORDER BY r.sequence DESC LIMIT ?"
        rows, _ = read_page(transaction, sql, (*where.params, limits.MAX_PAGE), limits.MAX_PAGE)
        if not rows:
            raise _unknown(thread)
        body = {"object": "thread_projection", "id": thread, "format": form}
        return Reply(200, {**body, **project(rows[::-1], form)})

    return work


def watch(_context: Context, call: Call) -> Work[Reply]:
    """Accept a watch stream; the shell produces it with `Kernel.watch_start` and `Kernel.watch_page`."""
    thread = _thread(call)
    since = parameters.integer(call.query, "since_clock", limits.MAX_CLOCK)
    cursor = call.headers.get("last-event-id")
    visible = call.caller.visibility().on(thread)

    def work(transaction: Transaction) -> Reply:
        head = last_sequence(transaction)
        after, error = stream_place(cursor, head)
        return Reply(200, None, watch=WatchStart(thread, after, since, error, head, visible))

    return work


def stream_place(cursor: str | None, head: int) -> tuple[int | None, str | None]:
    """Return the sequence that a `Last-Event-ID` stands for (None without one), or why it stands for none."""
    if not cursor:
        return None, None
    after = int(cursor) if _CURSOR.match(cursor) else None
    if after is None or after > head:
        return None, f"{cursor[:40]!r} is not a cursor of this daemon; start again without one"
    return after, None


def watch_start(transaction: Transaction, start: WatchStart) -> int:
    """Return the sequence after which a stream begins: its cursor, before its replay, or now."""
    if start.after_sequence is not None:
        return start.after_sequence
    if start.since_clock is None:
        return start.head
    where = narrowed(
        Fragment(
            "r.thread = ? AND r.clock >= ? AND r.sequence <= ?", (start.thread, start.since_clock, start.head)
        ),
        start.visibility,
    )
    rows = transaction.execute(f"SELECT min(r.sequence) FROM records r WHERE {where.sql}", where.params)
    first = rows[0][0]
    return start.head if first is None else int(first) - 1


def watch_page(
    transaction: Transaction, thread: Topic | None, after: int, limit: int, start: WatchStart | None
) -> list[dict[str, Any]]:
    """Return the next rows of a topic (of every thread for None), ascending; large ones end a page early."""
    visible = EVERYTHING if start is None else start.visibility
    if isinstance(thread, Inbound):
        return _calls_page(transaction, thread.responder, after, limit, visible)
    conditions, params = "r.sequence > ?", [after]
    values: list[Any] = params
    if thread is not None:
        conditions += " AND r.thread = ?"
        values.append(thread)
    # A cursor wins over a clock: what follows it was never delivered, whatever its clock.
    if start is not None and start.since_clock and start.after_sequence is None:
        conditions += " AND (r.sequence > ? OR r.clock >= ?)"
        values += [start.head, start.since_clock]
    where = narrowed(Fragment(conditions, tuple(values)), visible)
    sql = f"SELECT {COLUMNS} FROM records r WHERE {where.sql} ORDER BY r.sequence LIMIT ?"
    return read_until(transaction, sql, (*where.params, limit))


def _calls_page(
    transaction: Transaction, responder: str, after: int, limit: int, visible: Visibility
) -> list[dict[str, Any]]:
    """Return the next calls that the responder has not answered."""
    conditions = "c.responder = ? AND c.answered IS NULL AND c.sequence > ?"
    where = narrowed(Fragment(conditions, (responder, after)), visible)
    sql = f"""SELECT {COLUMNS} FROM calls c JOIN records r ON r.sequence = c.sequence
        WHERE {where.sql} ORDER BY c.sequence LIMIT ?"""
    return read_until(transaction, sql, (*where.params, limit))


def _thread(call: Call) -> str:
    thread = call.path["thread_id"]
    if len(thread) > limits.MAX_TEXT_BYTES:
        raise Refusal("INVALID_PARAMETER", f"path parameter thread_id is longer than {limits.MAX_TEXT_BYTES}")
    return thread


def _unknown(thread: str) -> Refusal:
    return Refusal("THREAD_NOT_FOUND", f"no record was ever emitted on the thread {thread[:80]!r}")


def _found(transaction: Transaction, thread: str, visible: Visibility) -> ThreadFacts:
    facts = find_thread(transaction, thread, visible)
    if facts is None:
        raise _unknown(thread)
    return facts


def _summary(facts: ThreadFacts) -> dict[str, Any]:
    return {
        "object": "thread",
        "id": facts.thread,
        "record_count": facts.record_count,
        "last_clock": facts.last_clock,
        "last_sequence": facts.last_sequence,
        "namespace": facts.namespace,
        "status": facts.status,
    }


OPERATIONS: dict[str, Operation] = {
    "listThreads": Operation(list_threads),
    "getThread": Operation(get_thread),
    "listThreadRecords": Operation(list_thread_records),
    "getThreadState": Operation(get_state),
    "listThreadParticipants": Operation(list_participants),
    "projectThread": Operation(project_thread),
    "watchThread": Operation(watch),
}

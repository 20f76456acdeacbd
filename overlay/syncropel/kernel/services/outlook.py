"""Facts about threads as a caller sees them.

A thread is seen by those who reach the namespace of its first record. Most threads hold records of one
namespace, and then the facts that ingest keeps are what everybody sees. Where they hold several, counts,
clocks, participants and fulfilments are taken from the records that the caller reaches; the status is the
thread's own and the same for all who see it.
"""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

from typing import NamedTuple

from ..access.visibility import Visibility, narrowed
from ..store.base import Transaction
from ..store.dialect import Dialect, Fragment

_COLUMNS = (
    "t.first_sequence, t.thread, t.last_sequence, t.record_count, t.last_clock, t.namespace, t.status,"
    " t.opening_id, t.opened_by, t.mixed"
)


class ThreadFacts(NamedTuple):
    """What is kept about a thread; see the table `threads`."""

    first_sequence: int
    thread: str
    last_sequence: int
    record_count: int
    last_clock: int
    namespace: str
    status: str
    opening_id: str | None
    opened_by: str | None
    mixed: int


class Participant(NamedTuple):
    """What is kept about an actor's part in a thread."""

    actor: str
    record_count: int
    last_clock: int
    reviewed: int


def threads_after(transaction: Transaction, after: int, limit: int, visible: Visibility) -> list[ThreadFacts]:
    """Return the threads that are seen, in the order of their first records, after a sequence."""
    where = narrowed(Fragment("t.first_sequence > ?", (after,)), visible, "t")
    sql = f"SELECT {_COLUMNS} FROM threads t WHERE {where.sql} ORDER BY t.first_sequence LIMIT ?"
    rows = transaction.execute(sql, (*where.params, limit))
    return [_seen(transaction, ThreadFacts(*row), visible) for row in rows]


def find_thread(transaction: Transaction, thread: str, visible: Visibility) -> ThreadFacts | None:
    """Return what is seen of a thread, None for one that is not seen or was never written to."""
    where = narrowed(Fragment("t.thread = ?", (thread,)), visible, "t")
    rows = transaction.execute(f"SELECT {_COLUMNS} FROM threads t WHERE {where.sql}", where.params)
    return _seen(transaction, ThreadFacts(*rows[0]), visible) if rows else None


def participants(
    transaction: Transaction, dialect: Dialect, facts: ThreadFacts, visible: Visibility
) -> list[Participant]:
    """Return who wrote on a thread, in the order of the first records."""
    where = _records(facts, visible)
    if where is None:
        rows = transaction.execute(
            "SELECT actor, record_count, last_clock, reviewed FROM participants"
            " WHERE thread = ? ORDER BY first_sequence",
            (facts.thread,),
        )
    else:
        verdict = dialect.plain(("verdict",)).type
        sql = f"""SELECT r.actor, count(*), max(r.clock),
                max(CASE WHEN r.act = 'KNOW' AND {verdict.sql} = 'text' THEN 1 ELSE 0 END)
            FROM records r WHERE {where.sql} GROUP BY r.actor ORDER BY min(r.sequence)"""
        rows = transaction.execute(sql, (*verdict.params, *where.params))
    return [Participant(*row) for row in rows]


def fulfilments(transaction: Transaction, facts: ThreadFacts, visible: Visibility) -> list[str]:
    """Return the ids of the records that fulfil what opened a thread, ascending."""
    where = _records(facts, visible)
    if where is None:
        sql, params = "SELECT id FROM fulfilments WHERE thread = ? ORDER BY sequence", (facts.thread,)
        return [row[0] for row in transaction.execute(sql, params)]
    sql = f"""SELECT f.id FROM fulfilments f JOIN records r ON r.sequence = f.sequence
        WHERE {where.sql} ORDER BY f.sequence"""
    return [row[0] for row in transaction.execute(sql, where.params)]


def _records(facts: ThreadFacts, visible: Visibility) -> Fragment | None:
    """Return the condition of the records that are seen; None when the facts that are kept are of those."""
    left = visible.on(facts.thread)
    if left.everything or not facts.mixed:
        return None
    return narrowed(Fragment("r.thread = ?", (facts.thread,)), left)


def _seen(transaction: Transaction, facts: ThreadFacts, visible: Visibility) -> ThreadFacts:
    where = _records(facts, visible)
    if where is None:
        return facts
    sql = f"""SELECT count(*), max(r.clock), max(r.sequence), count(CASE WHEN r.id = ? THEN 1 END)
        FROM records r WHERE {where.sql}"""
    rows = transaction.execute(sql, (facts.opening_id, *where.params))
    count, clock, sequence, opening = rows[0]
    facts = facts._replace(record_count=count, last_clock=clock, last_sequence=sequence)
    return facts if opening else facts._replace(opening_id=None, opened_by=None)

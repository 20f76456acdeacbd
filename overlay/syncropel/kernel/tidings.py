"""What became durable, read from the store again: what listeners of another process are told.

`Commit`s are made where records are ingested, and other processes hear nothing of them. These are the same
ones, made from what ingest noted; a test compares them for every record of every kind.
"""

from __future__ import annotations

from .messages import Commit
from .store.base import Transaction

_OF_QUERIES = (
    "SELECT sequence, id FROM queries WHERE sequence > ? AND sequence <= ?"
    " UNION SELECT c.sequence, q.id FROM course c JOIN queries q ON q.sequence = c.query"
    " WHERE c.sequence > ? AND c.sequence <= ?"
    # The record that ends a query lets those go on that wait for it.
    " UNION SELECT c.sequence, w.id FROM course c JOIN queries e ON e.sequence = c.query"
    " AND e.finished = c.sequence JOIN queries w ON w.source = e.id AND w.finished IS NULL"
    " WHERE c.sequence > ? AND c.sequence <= ?"
)


def commits_after(transaction: Transaction, after: int, limit: int) -> list[Commit]:
    """Return the records that follow a place in the store as listeners are told of them, ascending.

    Args:
        transaction: Where to read.
        after: The sequence after which to begin.
        limit: Most records.
    """
    placed = transaction.execute(
        "SELECT sequence, thread FROM records WHERE sequence > ? ORDER BY sequence LIMIT ?", (after, limit)
    )
    if not placed:
        return []
    span = (after, placed[-1][0])
    queries: dict[int, list[str]] = {}
    for sequence, query_id in transaction.execute(_OF_QUERIES, span * 3):
        queries.setdefault(sequence, []).append(query_id)
    called = "SELECT sequence, responder FROM calls WHERE sequence > ? AND sequence <= ?"
    responders: dict[int, str] = dict(transaction.execute(called, span))
    return [
        Commit(thread, sequence, tuple(queries.get(sequence, ())), responders.get(sequence))
        for sequence, thread in placed
    ]

"""What falls due in queues without anybody asking: overdue deliveries, and the messages of deleted queues."""

from __future__ import annotations

from ..store.base import Transaction
from .queue_state import DELETED, hold_many, lapse

_LATE = (
    "SELECT q.id FROM queues q WHERE q.in_flight > 0 AND q.space <> ? AND EXISTS"
    " (SELECT 1 FROM messages m WHERE m.queue = q.id AND m.state = 1 AND m.deadline <= ?)"
)
_STATES = (
    "SELECT sequence FROM messages WHERE queue = ? AND state = 1 LIMIT ?",
    "SELECT sequence FROM messages WHERE queue = ? AND state = 0 LIMIT ?",
    "SELECT sequence FROM messages WHERE queue = ? AND state = 2 LIMIT ?",
)


def due(transaction: Transaction, now: int) -> bool:
    """Tell whether there is anything to do at a time, unix milliseconds."""
    deleted = "SELECT 1 FROM queues WHERE space = ? LIMIT 1"
    return bool(
        transaction.execute(f"{_LATE} LIMIT 1", (DELETED, now)) or transaction.execute(deleted, (DELETED,))
    )


def sweep(transaction: Transaction, now: int, limit: int) -> int:
    """Take back overdue deliveries and free deleted messages; returns how many, at most about `limit`.

    Args:
        transaction: Where to work.
        now: The time, unix milliseconds.
        limit: Messages at most; when so many were moved there may be more.
    """
    done = _free(transaction, limit)
    rows = transaction.execute(f"{_LATE} LIMIT ?", (DELETED, now, limit))
    for queue in hold_many(transaction, (row[0] for row in rows)):
        if done < limit:
            done += lapse(transaction, queue, now, limit - done)
    return done


def _free(transaction: Transaction, limit: int) -> int:
    """Delete messages of deleted queues, and the queues that have none left."""
    done = 0
    for (number,) in transaction.execute("SELECT id FROM queues WHERE space = ? LIMIT 10", (DELETED,)):
        for sql in _STATES:
            rows = transaction.execute(sql, (number, limit - done))
            transaction.execute_many("DELETE FROM messages WHERE sequence = ?", rows)
            done += len(rows)
        if done >= limit:
            break
        transaction.execute("DELETE FROM queues WHERE id = ?", (number,))
    return done

"""What is known about queues: names, figures, and the consumers that hold something."""

from __future__ import annotations

from typing import Any

from ..store.base import Transaction
from .queue_state import Queue

# Each step is one look into the index: the figure costs what there are consumers, not what they hold.
_CONSUMERS = """WITH RECURSIVE holders (name) AS (
    SELECT (SELECT consumer FROM messages
        WHERE queue = ? AND state = 1 AND consumer IS NOT NULL ORDER BY consumer LIMIT 1)
    UNION ALL
    SELECT (SELECT m.consumer FROM messages m
        WHERE m.queue = ? AND m.state = 1 AND m.consumer > holders.name ORDER BY m.consumer LIMIT 1)
    FROM holders WHERE holders.name IS NOT NULL
) SELECT count(*) FROM holders WHERE EXISTS (
    SELECT 1 FROM messages m
    WHERE m.queue = ? AND m.state = 1 AND m.consumer = holders.name AND m.deadline > ?)"""


def names(transaction: Transaction, space: str) -> list[str]:
    """Return the names of the queues of a namespace, sorted."""
    rows = transaction.execute("SELECT name FROM queues WHERE space = ? ORDER BY name", (space,))
    return [row[0] for row in rows]


def stats(transaction: Transaction, queue: Queue, now: int) -> dict[str, Any]:
    """Return the figures and the settings of a queue as of now, whether or not a sweep has passed.

    Args:
        transaction: Where to read.
        queue: The queue, read in the same transaction.
        now: The time, unix milliseconds.
    """
    overdue, dying = transaction.execute(
        "SELECT count(*), coalesce(sum(CASE WHEN retry_count >= max_retries THEN 1 ELSE 0 END), 0)"
        " FROM messages WHERE queue = ? AND state = 1 AND deadline <= ?",
        (queue.id, now),
    )[0]
    holders = transaction.execute(_CONSUMERS, (queue.id, queue.id, queue.id, now))[0][0]
    figures, settings = queue.figures, queue.settings
    return {
        "depth": figures.ready + overdue - dying,
        "consumers": holders,
        "published": figures.published,
        "consumed": figures.consumed,
        "acked": figures.acked,
        "nacked": figures.nacked + overdue,
        "dead_lettered": figures.dead_lettered + dying,
        "in_flight": figures.in_flight - overdue,
        "dead": figures.dead + dying,
        "max_depth": settings.max_depth,
        "ack_deadline_secs": _seconds(settings.ack_deadline_ms),
        "default_max_retries": settings.default_max_retries,
        "default_priority": settings.default_priority,
        "prefetch_limit": settings.prefetch_limit,
    }


def _seconds(milliseconds: int) -> int | float:
    whole, rest = divmod(milliseconds, 1000)
    return milliseconds / 1000 if rest else whole

"""Dead letters, and what empties a queue: listing, redriving, purging."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ...rules.limits import MAX_REDRIVEN
from ..pages import text_size
from ..store.base import Transaction
from ..store.portions import portions
from .queue_state import DEAD, IN_FLIGHT, READY, Queue, renew

MANY = 5000
"""How many messages are purged while everybody waits.

When there are more, those that stay move to a new row of the queue, and the sweep frees the others.
"""

# The states are literal: the indexes are partial.
_DROP = {
    READY: "DELETE FROM messages WHERE queue = ? AND state = 0",
    DEAD: "DELETE FROM messages WHERE queue = ? AND state = 2",
}
_MOVE = {
    READY: "UPDATE messages SET queue = ? WHERE queue = ? AND state = 0",
    IN_FLIGHT: "UPDATE messages SET queue = ? WHERE queue = ? AND state = 1",
    DEAD: "UPDATE messages SET queue = ? WHERE queue = ? AND state = 2",
}
PAGE_BYTES = 4 * 1024 * 1024
"""Payload bytes of one page of dead letters; a page that would hold more ends early."""


class DeadLetter(NamedTuple):
    """A message that is handed out no more.

    Attributes:
        sequence: Its place among the messages of the store.
        id: Its id.
        payload: Its bytes.
        priority: Its priority.
        retry_count: How often it was given back.
        max_retries: Redeliveries at most.
        headers: What its publisher said about it.
        reason: Why it died.
        dead_at: When, unix milliseconds.
        size: Bytes of its payload and its headers.
    """

    sequence: int
    id: str
    payload: bytes
    priority: int
    retry_count: int
    max_retries: int
    headers: dict[str, str]
    reason: str
    dead_at: int
    size: int


def dead_letters(
    transaction: Transaction, queue: Queue, after: int, limit: int
) -> tuple[list[DeadLetter], bool]:
    """Return dead letters, the oldest message first, and whether there are more.

    Args:
        transaction: Where to read.
        queue: The queue.
        after: The sequence of the last one of the page before, 0 for the first page.
        limit: How many at most; fewer when they hold `PAGE_BYTES`.
    """
    # Measured first: where many rows are fetched at once, a thousand of a megabyte would be.
    sizes = transaction.execute(
        "SELECT sequence, length(payload) + coalesce(length(headers), 0) FROM messages"
        " WHERE queue = ? AND state = 2 AND sequence > ? ORDER BY sequence LIMIT ?",
        (queue.id, after, limit + 1),
    )
    last, held = after, 0
    for number, (sequence, size) in enumerate(sizes):
        held += size
        if number == limit or (number and held > PAGE_BYTES):
            break
        last = sequence
    rows = transaction.execute(
        "SELECT sequence, id, payload, priority, retry_count, max_retries, headers, reason, dead_at"
        " FROM messages WHERE queue = ? AND state = 2 AND sequence > ? AND sequence <= ? ORDER BY sequence",
        (queue.id, after, last),
    )
    return [_dead_letter(*row) for row in rows], len(rows) < len(sizes)


def _dead_letter(sequence: int, identifier: str, payload: bytes, *rest: Any) -> DeadLetter:
    priority, retry_count, max_retries, headers, reason, dead_at = rest
    kept = json.loads(headers) if headers else {}
    size = len(payload) + text_size(headers or "")
    return DeadLetter(
        sequence, identifier, bytes(payload), priority, retry_count, max_retries, kept, reason, dead_at, size
    )


def redrive(transaction: Transaction, queue: Queue, message_ids: list[str] | None) -> int:
    """Make dead letters ready again as if they were new, `max_depth` or not; returns how many.

    Args:
        transaction: Where to work.
        queue: The queue.
        message_ids: Which; None for the oldest `MAX_REDRIVEN`.
    """
    if message_ids is None:
        rows = transaction.execute(
            "SELECT sequence FROM messages WHERE queue = ? AND state = 2 ORDER BY sequence LIMIT ?",
            (queue.id, MAX_REDRIVEN),
        )
    else:
        rows = []
        for marks, asked in portions(list(dict.fromkeys(message_ids))):
            sql = f"SELECT sequence FROM messages WHERE id IN ({marks}) AND queue = ? AND state = 2"  # noqa: S608 - marks only
            rows += transaction.execute(sql, (*asked, queue.id))
    transaction.execute_many(
        "UPDATE messages SET state = 0, retry_count = 0, reason = NULL, dead_at = NULL WHERE sequence = ?",
        rows,
    )
    queue.figures.dead -= len(rows)
    queue.figures.ready += len(rows)
    queue.woken += len(rows)
    queue.changed |= bool(rows)
    return len(rows)


def purge(transaction: Transaction, queue: Queue, *, dead: bool) -> int:
    """Delete the ready messages of a queue, or its dead letters; returns how many. Those in flight stay."""
    figures = queue.figures
    count = figures.dead if dead else figures.ready
    others = figures.ready + figures.in_flight + figures.dead - count
    if dead:
        figures.dead = 0
    else:
        figures.ready = 0
    state = DEAD if dead else READY
    if count > max(others, MANY):
        old = renew(transaction, queue)
        for kept, sql in _MOVE.items():
            if kept != state:
                transaction.execute(sql, (queue.id, old))
    elif count:
        transaction.execute(_DROP[state], (queue.id,))
    queue.changed |= bool(count)
    return count

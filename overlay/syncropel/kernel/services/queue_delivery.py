"""Messages on their way through a queue: published, given back, held longer.

A message that is handed out stays in the store, in flight, until it is resolved; an acknowledged one is gone
with the commit that says so. Whatever happens to the process in between, the deadline hands it out again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from ..refusals import Refusal
from ..store.base import Transaction
from .queue_state import IN_FLIGHT, OUT_OF_RETRIES, REJECTED, Queue, expect, give_back

MAX_PRIORITY = 9


class Outgoing(NamedTuple):
    """A message that is being published.

    Attributes:
        id: Its id.
        payload: Its bytes.
        priority: From 0 to 9, 9 first; None for the queue's default.
        max_retries: Redeliveries at most; None for the queue's default.
        headers: What the publisher says about it, as JSON text; None for nothing.
    """

    id: str
    payload: bytes
    priority: int | None = None
    max_retries: int | None = None
    headers: str | None = None


class Delivery(NamedTuple):
    """A message that was handed to a consumer.

    Attributes:
        id: The message's id.
        payload: Its bytes.
        priority: Its priority.
        retry_count: How often it was handed out before.
        max_retries: Redeliveries at most.
        headers: What its publisher said about it.
        deadline: When it must be resolved, unix milliseconds.
    """

    id: str
    payload: bytes
    priority: int
    retry_count: int
    max_retries: int
    headers: Mapping[str, str]
    deadline: int


class Claim(NamedTuple):
    """Which delivery somebody speaks of.

    Attributes:
        message_id: The message.
        consumer: Whose delivery it must be; None for anybody's.
        delivery: Its `retry_count`; None for whichever is in flight.
    """

    message_id: str
    consumer: str | None = None
    delivery: int | None = None


class ClaimedRow(NamedTuple):
    """What is to be known of a message of which somebody says that they have it."""

    queue: int
    state: int
    consumer: str
    deadline: int
    sequence: int
    retry_count: int
    max_retries: int


CLAIMED = ", ".join(ClaimedRow._fields)
"""Its columns."""


def message_id(now: int) -> str:
    """Return a new id: a UUID of version 7. It begins with the time, so the index of ids grows at its end.

    Args:
        now: The time, unix milliseconds.
    """
    drawn = int.from_bytes(os.urandom(10), "big")
    number = (now & (2**48 - 1)) << 80 | 7 << 76 | (drawn >> 68) << 64 | 2 << 62 | drawn & (2**62 - 1)
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def publish(transaction: Transaction, queue: Queue, message: Outgoing, now: int) -> Refusal | None:
    """Put a message into a queue; return the refusal of a full one."""
    settings, figures = queue.settings, queue.figures
    if figures.ready >= settings.max_depth:
        return Refusal("QUEUE_FULL", f"Queue is full: {queue.name}")
    priority, most = message.priority, message.max_retries
    transaction.execute(
        "INSERT INTO messages (queue, id, state, priority, payload, headers, retry_count, max_retries,"
        " published_at) VALUES (?, ?, 0, ?, ?, ?, 0, ?, ?)",
        (
            queue.id,
            message.id,
            settings.default_priority if priority is None else priority,
            message.payload,
            message.headers,
            settings.default_max_retries if most is None else most,
            now,
        ),
    )
    figures.ready += 1
    figures.published += 1
    queue.woken += 1
    queue.changed = True
    return None


def nack(transaction: Transaction, queue: Queue, claim: Claim, now: int, *, requeue: bool) -> Refusal | None:
    """Give a message back to its queue, or to the dead letters; return the refusal of one not in flight."""
    found = _find(transaction, queue, claim, now)
    if found is None:
        return not_in_flight(claim)
    reason = OUT_OF_RETRIES if requeue else REJECTED
    give_back(transaction, queue, found.sequence, found.retry_count, found.max_retries, now, reason)
    return None


def extend(transaction: Transaction, queue: Queue, claim: Claim, now: int, span: int) -> int | Refusal:
    """Give a delivery so many milliseconds from now on; return its new deadline, or the refusal."""
    found = _find(transaction, queue, claim, now)
    if found is None:
        return not_in_flight(claim)
    deadline = now + span
    transaction.execute("UPDATE messages SET deadline = ? WHERE sequence = ?", (deadline, found.sequence))
    expect(queue, deadline)
    return deadline


def in_claim(row: ClaimedRow, queue: Queue, claim: Claim, now: int) -> bool:
    """Tell whether a message is in flight, of this queue, and the delivery that somebody speaks of."""
    return (
        row.queue == queue.id
        and row.state == IN_FLIGHT
        and row.deadline > now
        and claim.consumer in (None, row.consumer)
        and claim.delivery in (None, row.retry_count)
    )


def not_in_flight(claim: Claim) -> Refusal:
    """Return the refusal of whoever speaks of a delivery that is none."""
    return Refusal("MESSAGE_NOT_FOUND", f"Message not found: {claim.message_id}")


def _find(transaction: Transaction, queue: Queue, claim: Claim, now: int) -> ClaimedRow | None:
    rows = transaction.execute(f"SELECT {CLAIMED} FROM messages WHERE id = ?", (claim.message_id,))  # noqa: S608 - a name of this module
    row = ClaimedRow(*rows[0]) if rows else None
    return row if row is not None and in_claim(row, queue, claim, now) else None

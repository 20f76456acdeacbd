"""Messages on their way through a queue: published, handed out, acknowledged, given back, held longer.

A message that is handed out stays in the store, in flight, until it is resolved; an acknowledged one is gone
with the commit that says so. Whatever happens to the process in between, the deadline hands it out again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..refusals import Refusal
from ..store.base import Transaction
from .queue_state import OUT_OF_RETRIES, REJECTED, Queue, give_back, release

MAX_PRIORITY = 9


class Outgoing(NamedTuple):
    """A message that is being published.

    Attributes:
        id: Its id.
        payload: Its bytes.
        priority: From 0 to 9, 9 first; None for the queue's default.
        max_retries: Redeliveries at most; None for the queue's default.
        headers: What the publisher says about it.
    """

    id: str
    payload: bytes
    priority: int | None = None
    max_retries: int | None = None
    headers: Mapping[str, str] | None = None


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


class Unasked(NamedTuple):
    """There is a message, and no room for it in the answer."""


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


class _InFlight(NamedTuple):
    sequence: int
    retry_count: int
    max_retries: int


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
            json.dumps(message.headers, ensure_ascii=False) if message.headers else None,
            settings.default_max_retries if most is None else most,
            now,
        ),
    )
    figures.ready += 1
    figures.published += 1
    queue.woken += 1
    queue.changed = True
    return None


def consume(
    transaction: Transaction, queue: Queue, consumer: str, now: int, takes: Callable[[int], bool]
) -> Delivery | Unasked | None:
    """Hand out the next message, the highest priority first and the oldest of those; None when there is none.

    A consumer that holds as many unanswered messages as the queue allows gets none either.

    Args:
        transaction: Where to work.
        queue: The queue.
        consumer: Who takes it.
        now: The time, unix milliseconds.
        takes: Tells whether the answer has room for a payload of so many bytes. When it has not, the message
            stays where it is, and `Unasked` says so.
    """
    settings, figures = queue.settings, queue.figures
    if not figures.ready or not _may_take(transaction, queue, consumer, now):
        return None
    sequence, identifier, payload, priority, retry_count, max_retries, headers = transaction.execute(
        "SELECT sequence, id, payload, priority, retry_count, max_retries, headers FROM messages"
        " WHERE queue = ? AND state = 0 ORDER BY priority DESC, sequence LIMIT 1",
        (queue.id,),
    )[0]
    if not takes(len(payload)):
        return Unasked()
    deadline = now + settings.ack_deadline_ms
    transaction.execute(
        "UPDATE messages SET state = 1, consumer = ?, deadline = ? WHERE sequence = ?",
        (consumer, deadline, sequence),
    )
    _expect(queue, deadline)
    figures.ready -= 1
    figures.in_flight += 1
    figures.consumed += 1
    queue.changed = True
    kept = json.loads(headers) if headers else {}
    return Delivery(identifier, bytes(payload), priority, retry_count, max_retries, kept, deadline)


def ack(transaction: Transaction, queue: Queue, claim: Claim, now: int) -> Refusal | None:
    """Take an acknowledged message away for good; return the refusal of one that is not in flight."""
    found = _in_flight(transaction, queue, claim, now)
    if found is None:
        return _not_in_flight(claim)
    transaction.execute("DELETE FROM messages WHERE sequence = ?", (found.sequence,))
    queue.figures.acked += 1
    release(queue)
    return None


def nack(transaction: Transaction, queue: Queue, claim: Claim, now: int, *, requeue: bool) -> Refusal | None:
    """Give a message back to its queue, or to the dead letters; return the refusal of one not in flight."""
    found = _in_flight(transaction, queue, claim, now)
    if found is None:
        return _not_in_flight(claim)
    give_back(transaction, queue, *found, now, OUT_OF_RETRIES if requeue else REJECTED)
    return None


def extend(transaction: Transaction, queue: Queue, claim: Claim, now: int, span: int) -> int | Refusal:
    """Give a delivery so many milliseconds from now on; return its new deadline, or the refusal."""
    found = _in_flight(transaction, queue, claim, now)
    if found is None:
        return _not_in_flight(claim)
    deadline = now + span
    transaction.execute("UPDATE messages SET deadline = ? WHERE sequence = ?", (deadline, found.sequence))
    _expect(queue, deadline)
    return deadline


def _may_take(transaction: Transaction, queue: Queue, consumer: str, now: int) -> bool:
    limit = queue.settings.prefetch_limit
    if not limit:
        return True
    held = transaction.execute(
        "SELECT count(*) FROM (SELECT 1 FROM messages WHERE queue = ? AND consumer = ? AND state = 1"
        " AND deadline > ? LIMIT ?) AS held",
        (queue.id, consumer, now, limit),
    )
    return bool(held[0][0] < limit)


def _in_flight(transaction: Transaction, queue: Queue, claim: Claim, now: int) -> _InFlight | None:
    rows = transaction.execute(
        "SELECT queue, state, consumer, deadline, sequence, retry_count, max_retries FROM messages"
        " WHERE id = ?",
        (claim.message_id,),
    )
    if not rows:
        return None
    owner, state, consumer, deadline, *found = rows[0]
    if owner != queue.id or state != 1 or deadline <= now:
        return None
    delivery = _InFlight(*found)
    if claim.consumer not in (None, consumer) or claim.delivery not in (None, delivery.retry_count):
        return None
    return delivery


def _not_in_flight(claim: Claim) -> Refusal:
    return Refusal("MESSAGE_NOT_FOUND", f"Message not found: {claim.message_id}")


def _expect(queue: Queue, deadline: int) -> None:
    if queue.next_lapse is not None:
        queue.next_lapse = min(queue.next_lapse, deadline)

"""Handing out and acknowledging: what many ask at the same time is read together and written together.

They are served in their order, each seeing what those before it did, as if they had come one by one. But the
rows are read in a few statements, because each answer of a database costs a journey.
"""

# ruff: noqa: S608 - SQL is put together from marks alone; every value is bound.
from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from ..pages import text_size
from ..refusals import Refusal
from ..store.base import Transaction
from ..store.portions import portions
from .queue_delivery import CLAIMED, Claim, ClaimedRow, Delivery, in_claim, not_in_flight
from .queue_state import IN_FLIGHT, Queue, absent, expect, hold, release

_READY = (
    "SELECT sequence, id, payload, priority, retry_count, max_retries, headers FROM messages"
    " WHERE queue = ? AND state = 0 ORDER BY priority DESC, sequence LIMIT ?"
)
# Rows of messages that are read at a time: each may hold a megabyte.
_AT_ONCE = 32


class Take(NamedTuple):
    """Somebody would like the next message of a queue.

    Attributes:
        space: The namespace.
        name: The queue's name there.
        consumer: Who would.
        now: The time, unix milliseconds.
        takes: Tells whether the answer has room for a payload and headers of so many bytes.
        finish: Makes the answer.
    """

    space: str
    name: str
    consumer: str
    now: int
    takes: Callable[[int], bool]
    finish: Callable[[Delivery | Unasked | None], Any]


class Done(NamedTuple):
    """Somebody acknowledges a delivery.

    Attributes:
        space: The namespace.
        name: The queue's name there.
        claim: Which delivery.
        now: The time, unix milliseconds.
    """

    space: str
    name: str
    claim: Claim
    now: int


class Unasked(NamedTuple):
    """There is a message, and no room for it in the answer: it stays where it is."""


def serve(transaction: Transaction, orders: Sequence[Take | Done]) -> list[Any]:
    """Serve some orders, in their order.

    Returns:
        What each is answered: what its `finish` makes of the delivery; success, or the refusal.
    """
    desk = _Desk(transaction, orders)
    answers: list[Any] = []
    for order in orders:
        if isinstance(order, Take):
            answers.append(order.finish(desk.take(order)))
        else:
            answers.append(desk.acknowledge(order) or {"success": True})
    desk.write()
    return answers


class _Desk:
    """What is known of the queues and messages that some orders are about."""

    def __init__(self, transaction: Transaction, orders: Sequence[Take | Done]) -> None:
        self._transaction = transaction
        # One time for all: what is overdue for the last of them is so for everybody.
        self._now = max(order.now for order in orders)
        self._wanted = Counter(order[:2] for order in orders if isinstance(order, Take))
        self._queues = {
            key: hold(transaction, *key, self._now) for key in {order[:2]: None for order in orders}
        }
        self._claimed = self._look_up(order.claim.message_id for order in orders if isinstance(order, Done))
        self._ready: dict[int, deque[tuple[Any, ...]]] = {}
        self._taken: list[tuple[str, int, int]] = []
        self._gone: list[tuple[int]] = []

    def take(self, order: Take) -> Delivery | Unasked | None:
        """Hand out the next message, the highest priority first and the oldest of those; None without one.

        A consumer that holds as many unanswered messages as the queue allows gets none either.
        """
        queue = self._queues[order[:2]]
        if queue is None or not queue.figures.ready or not self._may_take(queue, order.consumer):
            return None
        rows = self._rows(queue, self._wanted[order[:2]])
        sequence, identifier, payload, priority, retry_count, max_retries, headers = rows[0]
        if not order.takes(len(payload) + text_size(headers or "")):
            return Unasked()
        rows.popleft()
        self._wanted[order[:2]] -= 1
        deadline = self._now + queue.settings.ack_deadline_ms
        self._taken.append((order.consumer, deadline, sequence))
        if identifier in self._claimed:
            row = (queue.id, IN_FLIGHT, order.consumer, deadline, sequence, retry_count, max_retries)
            self._claimed[identifier] = ClaimedRow(*row)
        expect(queue, deadline)
        queue.figures.ready -= 1
        queue.figures.in_flight += 1
        queue.figures.consumed += 1
        queue.changed = True
        kept = json.loads(headers) if headers else {}
        return Delivery(identifier, bytes(payload), priority, retry_count, max_retries, kept, deadline)

    def acknowledge(self, order: Done) -> Refusal | None:
        """Take an acknowledged message away for good; return the refusal of one that is not in flight."""
        queue = self._queues[order[:2]]
        if queue is None:
            return absent(order.name)
        found = self._claimed.get(order.claim.message_id)
        if found is None or not in_claim(found, queue, order.claim, self._now):
            return not_in_flight(order.claim)
        del self._claimed[order.claim.message_id]
        self._gone.append((found.sequence,))
        queue.figures.acked += 1
        release(queue)
        return None

    def write(self) -> None:
        """Write what was handed out and acknowledged, at the end or because something is about to read it."""
        if self._taken:
            self._transaction.execute_many(
                "UPDATE messages SET state = 1, consumer = ?, deadline = ? WHERE sequence = ?", self._taken
            )
            self._taken = []
        if self._gone:
            self._transaction.execute_many("DELETE FROM messages WHERE sequence = ?", self._gone)
            self._gone = []

    def _rows(self, queue: Queue, wanted: int) -> deque[tuple[Any, ...]]:
        rows = self._ready.get(queue.id)
        if not rows:
            self.write()
            found = self._transaction.execute(_READY, (queue.id, max(1, min(wanted, _AT_ONCE))))
            rows = self._ready[queue.id] = deque(found)
        return rows

    def _may_take(self, queue: Queue, consumer: str) -> bool:
        limit = queue.settings.prefetch_limit
        if not limit:
            return True
        self.write()
        held = self._transaction.execute(
            "SELECT count(*) FROM (SELECT 1 FROM messages WHERE queue = ? AND consumer = ? AND state = 1"
            " AND deadline > ? LIMIT ?) AS held",
            (queue.id, consumer, self._now, limit),
        )
        return bool(held[0][0] < limit)

    def _look_up(self, message_ids: Iterable[str]) -> dict[str, ClaimedRow]:
        """Return the rows of messages by their ids."""
        found: dict[str, ClaimedRow] = {}
        for marks, asked in portions(list(dict.fromkeys(message_ids))):
            sql = f"SELECT id, {CLAIMED} FROM messages WHERE id IN ({marks})"
            for identifier, *row in self._transaction.execute(sql, asked):
                found[identifier] = ClaimedRow(*row)
        return found

"""A queue inside a transaction: its row is read once and written once, however many messages pass through.

The figures of a queue (`ready`, `in_flight`, `dead` and the counters that only grow) are exact after every
commit. Work of one group of writes shares them in memory and settles them before the commit.
"""

# ruff: noqa: S608 - SQL is put together from names of this module alone; every value is bound.
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Any

from ..refusals import Refusal
from ..store.base import Transaction

DELETED = ""
"""The space of queues and streams that were deleted and whose rows are still being taken away."""

READY, IN_FLIGHT, DEAD = 0, 1, 2
"""The states of a message."""

REJECTED = "rejected"
OUT_OF_RETRIES = "max_retries exceeded"
OVERDUE = "deadline exceeded"

LAPSED_AT_ONCE = 1000
"""Overdue deliveries that one use of a queue takes back; the sweep and the next uses take the rest."""
_NEVER = 2**63 - 1


@dataclass(slots=True)
class Settings:
    """What a queue was created with.

    Attributes:
        max_depth: Ready messages that it holds at most.
        ack_deadline_ms: How long a delivery may stay unanswered, in milliseconds.
        default_max_retries: Redeliveries of a message that names no number of its own.
        default_priority: The priority of a message that names none.
        prefetch_limit: Unanswered messages of one consumer at most; 0 for no limit.
    """

    max_depth: int
    ack_deadline_ms: int
    default_max_retries: int
    default_priority: int
    prefetch_limit: int


@dataclass(slots=True)
class Figures:
    """What a queue counts: the messages of each state now, and what has happened since it was created."""

    ready: int = 0
    in_flight: int = 0
    dead: int = 0
    published: int = 0
    consumed: int = 0
    acked: int = 0
    nacked: int = 0
    dead_lettered: int = 0


_SETTINGS = tuple(each.name for each in fields(Settings))
_FIGURES = tuple(each.name for each in fields(Figures))
# Not `min`: a planner that expects few deliveries would look at every one of them.
_FIRST = "SELECT m.deadline FROM messages m WHERE m.queue = {} AND m.state = 1 ORDER BY m.deadline LIMIT 1"
_LOOK = (
    f"SELECT id, ({_FIRST.format('q.id')}), {', '.join((*_SETTINGS, *_FIGURES))} FROM queues q"
    " WHERE space = ? AND name = ?"
)
_FIRST_OF = _FIRST.format("?")
_WRITE = f"UPDATE queues SET {', '.join(f'{name} = ?' for name in _FIGURES)} WHERE id = ?"
_DELETE = "UPDATE queues SET space = ?, name = ? WHERE id = ?"
_CREATE = (
    f"INSERT INTO queues (space, name, created_at, {', '.join((*_SETTINGS, *_FIGURES))})"
    f" VALUES (?, ?, ?, {', '.join('?' * (len(_SETTINGS) + len(_FIGURES)))})"
)


class Queue:
    """One queue, as a transaction sees and changes it.

    Attributes:
        id: Its number in the store.
        space: The namespace it belongs to.
        name: Its name there.
        settings: What it was created with.
        figures: What it counts.
        next_lapse: When the first delivery is overdue, unix milliseconds; None when that was not looked up.
        woken: How many messages became ready to be taken, for those who wait for one.
        changed: Whether the figures are to be written.
    """

    __slots__ = ("changed", "figures", "id", "name", "next_lapse", "settings", "space", "woken")

    def __init__(self, space: str, name: str, row: Sequence[Any]) -> None:
        self.space = space
        self.name = name
        self.id: int = row[0]
        self.next_lapse: int | None = _NEVER if row[1] is None else row[1]
        self.settings = Settings(*row[2 : len(_SETTINGS) + 2])
        self.figures = Figures(*row[len(_SETTINGS) + 2 :])
        self.woken = 0
        self.changed = False


_Held = dict[tuple[str, str], "Queue | None"]


def topic(space: str, name: str) -> str:
    """Return the topic that wakes those who wait for a message of a queue."""
    return f"queue:{space}:{name}"


def look(transaction: Transaction, space: str, name: str) -> Queue | None:
    """Return a queue for reading, None when there is none."""
    held: _Held = _held(transaction)
    if (space, name) in held:
        return held[space, name]
    rows = transaction.execute(_LOOK, (space, name))
    return Queue(space, name, rows[0]) if rows else None


def hold(transaction: Transaction, space: str, name: str, now: int) -> Queue | None:
    """Return a queue for changing, with what was overdue taken back; None when there is none.

    Args:
        transaction: Where to work.
        space: The namespace.
        name: The queue's name there.
        now: The time, unix milliseconds.
    """
    queue = _share(transaction, space, name)
    if queue is not None:
        lapse(transaction, queue, now)
    return queue


def hold_many(transaction: Transaction, numbers: Iterable[int]) -> list[Queue]:
    """Return queues by their numbers for changing, as they are; those that were deleted are left out."""
    found = []
    for number in numbers:
        for space, name in transaction.execute("SELECT space, name FROM queues WHERE id = ?", (number,)):
            queue = None if space == DELETED else _share(transaction, space, name)
            if queue is not None:
                found.append(queue)
    return found


def create(transaction: Transaction, space: str, name: str, settings: Settings, now: int) -> bool:
    """Create a queue; one of the name stays as it is. Tells whether it was made."""
    if look(transaction, space, name) is not None:
        return False
    transaction.execute(_CREATE, (space, name, now, *astuple(settings), *astuple(Figures())))
    _held(transaction).pop((space, name), None)
    return True


def delete(transaction: Transaction, space: str, name: str) -> bool:
    """Delete a queue with everything in it; tells whether there was one. The sweep frees its messages."""
    queue = _share(transaction, space, name)
    if queue is None:
        return False
    _held(transaction)[space, name] = None
    transaction.execute(_DELETE, (DELETED, str(queue.id), queue.id))
    return True


def renew(transaction: Transaction, queue: Queue) -> int:
    """Give a queue a new number, and what is left with the old one to the sweep; returns the old one."""
    old = queue.id
    created = transaction.execute("SELECT created_at FROM queues WHERE id = ?", (old,))[0][0]
    transaction.execute(_DELETE, (DELETED, str(old), old))
    transaction.execute(
        _CREATE, (queue.space, queue.name, created, *astuple(queue.settings), *astuple(queue.figures))
    )
    queue.id = transaction.execute(_LOOK, (queue.space, queue.name))[0][0]
    queue.next_lapse = None
    return old


def lapse(transaction: Transaction, queue: Queue, now: int, limit: int = LAPSED_AT_ONCE) -> int:
    """Take back deliveries whose deadline has passed, the longest overdue first; returns how many."""
    if queue.next_lapse is None:
        first = transaction.execute(_FIRST_OF, (queue.id,))
        queue.next_lapse = first[0][0] if first else _NEVER
    if now < queue.next_lapse:
        return 0
    overdue = transaction.execute(
        "SELECT sequence, retry_count, max_retries, deadline FROM messages"
        " WHERE queue = ? AND state = 1 AND deadline <= ? ORDER BY deadline LIMIT ?",
        (queue.id, now, limit),
    )
    for sequence, retry_count, max_retries, deadline in overdue:
        # At its deadline, not when somebody came to see it.
        give_back(transaction, queue, sequence, retry_count, max_retries, deadline, OVERDUE)
    queue.next_lapse = None
    return len(overdue)


def release(queue: Queue) -> None:
    """Count a delivery that its consumer holds no more."""
    queue.figures.in_flight -= 1
    queue.changed = True
    if queue.settings.prefetch_limit and queue.figures.ready:
        queue.woken += 1


def expect(queue: Queue, deadline: int) -> None:
    """Remember that a delivery is due at a time, unix milliseconds."""
    if queue.next_lapse is not None:
        queue.next_lapse = min(queue.next_lapse, deadline)


def absent(name: str) -> Refusal:
    """Return the refusal of whoever names a queue that is not there."""
    return Refusal("QUEUE_NOT_FOUND", f"Queue not found: {name}")


def give_back(
    transaction: Transaction,
    queue: Queue,
    sequence: int,
    retry_count: int,
    max_retries: int,
    now: int,
    reason: str,
) -> None:
    """Return a delivery that was not acknowledged: to its place in the queue, or to the dead letters.

    Args:
        transaction: Where to work.
        queue: The queue.
        sequence: The message.
        retry_count: Its redeliveries so far.
        max_retries: Redeliveries at most.
        now: When, unix milliseconds.
        reason: Why it dies if it does; `REJECTED` dies whatever is left.
    """
    figures = queue.figures
    release(queue)
    figures.nacked += 1
    if reason == REJECTED or retry_count >= max_retries:
        figures.dead += 1
        figures.dead_lettered += 1
        transaction.execute(
            "UPDATE messages SET state = 2, retry_count = ?, consumer = NULL, deadline = NULL, reason = ?,"
            " dead_at = ? WHERE sequence = ?",
            (retry_count + 1, reason, now, sequence),
        )
        return
    figures.ready += 1
    queue.woken += 1
    transaction.execute(
        "UPDATE messages SET state = 0, retry_count = ?, consumer = NULL, deadline = NULL WHERE sequence = ?",
        (retry_count + 1, sequence),
    )


def _share(transaction: Transaction, space: str, name: str) -> Queue | None:
    """Return the one object that stands for a queue in this transaction."""
    held = _held(transaction)
    if (space, name) not in held:
        held[space, name] = look(transaction, space, name)
    return held[space, name]


def _held(transaction: Transaction) -> _Held:
    handed_in: Sequence[_Held] = transaction.waiting(_settle)
    if not handed_in:
        transaction.later(_settle, {})
        handed_in = transaction.waiting(_settle)
    return handed_in[0]


def _settle(transaction: Transaction, held: list[_Held]) -> None:
    """Write the figures that have changed, and wake those who wait."""
    for queue in held[0].values():
        if queue is None:
            continue
        if queue.changed:
            transaction.execute(_WRITE, (*astuple(queue.figures), queue.id))
        if queue.woken:
            # Where consumers have a limit each, the first who waits may not be the one who may take.
            many = b"" if queue.settings.prefetch_limit else str(queue.woken).encode()
            transaction.signal(topic(queue.space, queue.name), many)

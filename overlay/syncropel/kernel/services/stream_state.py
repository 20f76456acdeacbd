"""A stream inside a transaction: its row is read once and written once, however many events are appended.

Offsets count from 0, grow by one and never repeat. What retention has given up is hidden at once and taken
away by the sweep, so reading is right whether or not one has passed.
"""

# ruff: noqa: S608 - SQL is put together from names of this module alone; every value is bound.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..store.base import Transaction
from ..store.family_tables import STREAM_GENERATION
from .queue_state import DELETED

HOUR = 3_600_000
_COLUMNS = "id, partitions, retention_ms, max_events, created_at, generation, next_offset, min_offset"
_LOOK = f"SELECT {_COLUMNS} FROM streams WHERE space = ? AND name = ?"


class Stream:
    """One stream, as a transaction sees and changes it.

    Attributes:
        id: Its number in the store.
        space: The namespace it belongs to.
        name: Its name there: the room.
        partitions: How many partitions its events are spread over.
        retention_ms: How long events are kept, in milliseconds; 0 for ever.
        max_events: How many events are kept; None for all.
        created_at: When it was created, unix milliseconds.
        generation: A number that is larger for every stream that is created.
        next_offset: The offset of the next event.
        min_offset: Events before it were taken away.
        last_at: When the newest event was published, unix milliseconds; None when that was not looked up.
        added: How many events were appended, for those who wait for one.
    """

    __slots__ = (
        "added",
        "created_at",
        "generation",
        "id",
        "last_at",
        "max_events",
        "min_offset",
        "name",
        "next_offset",
        "partitions",
        "retention_ms",
        "space",
    )

    def __init__(self, space: str, name: str, row: Sequence[Any]) -> None:
        self.space = space
        self.name = name
        self.id: int = row[0]
        self.partitions: int = row[1]
        self.retention_ms: int = row[2]
        self.max_events: int | None = row[3]
        self.created_at: int = row[4]
        self.generation: int = row[5]
        self.next_offset: int = row[6]
        self.min_offset: int = row[7]
        self.last_at: int | None = None
        self.added = 0


_Held = dict[tuple[str, str], "Stream | None"]


def topic(space: str, name: str) -> str:
    """Return the topic that wakes those who wait for an event of a stream."""
    return f"stream:{space}:{name}"


def look(transaction: Transaction, space: str, name: str) -> Stream | None:
    """Return a stream for reading, None when there is none."""
    held = _held(transaction)
    if (space, name) in held:
        return held[space, name]
    rows = transaction.execute(_LOOK, (space, name))
    return Stream(space, name, rows[0]) if rows else None


def hold(transaction: Transaction, space: str, name: str) -> Stream | None:
    """Return the one object that stands for a stream in this transaction, for changing; None without one."""
    held = _held(transaction)
    if (space, name) not in held:
        held[space, name] = look(transaction, space, name)
    return held[space, name]


def create(
    transaction: Transaction,
    space: str,
    name: str,
    now: int,
    *,
    partitions: int,
    retention_ms: int,
    max_events: int | None,
) -> bool:
    """Create a stream; one of the name stays as it is. Tells whether it was made."""
    if look(transaction, space, name) is not None:
        return False
    rows = transaction.execute("SELECT value FROM counters WHERE name = ?", (STREAM_GENERATION,))
    generation = max(now, rows[0][0] + 1 if rows else 0)
    transaction.execute(
        "INSERT INTO counters (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (STREAM_GENERATION, generation),
    )
    transaction.execute(
        "INSERT INTO streams (space, name, partitions, retention_ms, max_events, created_at, generation,"
        " next_offset, min_offset) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)",
        (space, name, partitions, retention_ms, max_events, now, generation),
    )
    _held(transaction).pop((space, name), None)
    return True


def delete(transaction: Transaction, space: str, name: str) -> bool:
    """Delete a stream with its events and positions; tells whether there was one. The sweep frees them."""
    stream = hold(transaction, space, name)
    if stream is None:
        return False
    _held(transaction)[space, name] = None
    # The sweep frees what is before the next offset, which events of this transaction have moved.
    transaction.execute(
        "UPDATE streams SET space = ?, name = ?, next_offset = ? WHERE id = ?",
        (DELETED, str(stream.id), stream.next_offset, stream.id),
    )
    return True


def earliest(transaction: Transaction, stream: Stream, now: int) -> int:
    """Return the offset of the earliest event that is still kept at a time; the next one's when none is."""
    first = stream.min_offset
    if stream.max_events is not None:
        first = max(first, stream.next_offset - stream.max_events)
    if not stream.retention_ms or first >= stream.next_offset:
        return first
    rows = transaction.execute(
        "SELECT position FROM events WHERE stream = ? AND published_at > ?"
        " ORDER BY published_at, position LIMIT 1",
        (stream.id, now - stream.retention_ms),
    )
    return max(first, rows[0][0] if rows else stream.next_offset)


def newest_at(transaction: Transaction, stream: Stream) -> int:
    """Return when the newest event was published, unix milliseconds; 0 when there is none."""
    if stream.last_at is None:
        rows = transaction.execute(
            "SELECT published_at FROM events WHERE stream = ? ORDER BY position DESC LIMIT 1", (stream.id,)
        )
        stream.last_at = rows[0][0] if rows else 0
    return stream.last_at


def _held(transaction: Transaction) -> _Held:
    handed_in: Sequence[_Held] = transaction.waiting(_settle)
    if not handed_in:
        transaction.later(_settle, {})
        handed_in = transaction.waiting(_settle)
    return handed_in[0]


def _settle(transaction: Transaction, held: list[_Held]) -> None:
    """Write the next offsets, and wake those who wait."""
    for stream in held[0].values():
        if stream is not None and stream.added:
            transaction.execute(
                "UPDATE streams SET next_offset = ? WHERE id = ?", (stream.next_offset, stream.id)
            )
            transaction.signal(topic(stream.space, stream.name))

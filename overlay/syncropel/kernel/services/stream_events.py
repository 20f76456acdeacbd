"""Events of streams: appended, read from an offset, and how far each subscriber has come."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from zlib import crc32

from ..pages import text_size
from ..refusals import Refusal
from ..store.base import Transaction
from ..store.portions import portions
from .stream_state import Stream, earliest, newest_at

PAGE_BYTES = 4 * 1024 * 1024
"""Stored bytes of one page of events; a page that would hold more ends early."""


class Published(NamedTuple):
    """An event that is being appended.

    Attributes:
        id: Its id.
        event: What happened.
        data: What was published, as compact JSON text.
        partition_key: Events of one key are in one partition; None to spread them.
        metadata: What the publisher says about it, as JSON text; None for nothing.
    """

    id: str
    event: str
    data: str
    partition_key: str | None = None
    metadata: str | None = None


class Event(NamedTuple):
    """An event as it is read.

    Attributes:
        offset: Its place in the stream.
        id: Its id.
        event: What happened.
        data: What was published, as compact JSON text.
        partition: Its partition, from 0.
        published_at: When, unix milliseconds; never earlier than the event before.
        metadata: What its publisher said about it.
        size: Bytes of its name, its data and its metadata.
    """

    offset: int
    id: str
    event: str
    data: str
    partition: int
    published_at: int
    metadata: dict[str, str]
    size: int


def partition_of(key: str | None, offset: int, partitions: int) -> int:
    """Return the partition of an event: by the CRC-32 of its key, or in turn."""
    return (offset if key is None else crc32(key.encode())) % partitions


def publish(transaction: Transaction, stream: Stream, event: Published, now: int) -> tuple[int, int]:
    """Append an event; returns its offset and its partition."""
    # Times never go back along the offsets, whatever the clocks of several daemons do: retention needs it.
    at = max(now, newest_at(transaction, stream))
    offset = stream.next_offset
    partition = partition_of(event.partition_key, offset, stream.partitions)
    transaction.execute(
        "INSERT INTO events (stream, position, id, event, data, partition, published_at, metadata)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            stream.id,
            offset,
            event.id,
            event.event,
            event.data,
            partition,
            at,
            event.metadata,
        ),
    )
    stream.last_at = at
    stream.next_offset = offset + 1
    stream.added += 1
    return offset, partition


def read(
    transaction: Transaction, stream: Stream, start: int | None, limit: int, partition: int | None, now: int
) -> list[Event] | Refusal:
    """Return the events from an offset on, in order; the refusal of an offset that is kept no more.

    Args:
        transaction: Where to read.
        stream: The stream, read in the same transaction.
        start: The first offset that is wanted; None for the earliest.
        limit: How many at most; fewer when they hold `PAGE_BYTES`.
        partition: Which partition; None for all.
        now: The time, unix milliseconds.
    """
    first = earliest(transaction, stream, now)
    if start is None:
        start = first
    if start < first:
        return Refusal(
            "OFFSET_OUT_OF_RANGE",
            f"Invalid request: Stream offset {start} out of range; earliest retained offset is {first}",
        )
    if start >= stream.next_offset:
        return []
    where = "" if partition is None else " AND partition = ?"
    params = (stream.id, start, limit) if partition is None else (stream.id, partition, start, limit)
    size = 0

    def wanted(row: tuple[Any, ...]) -> bool:
        nonlocal size
        is_first = size == 0
        size += _size(row)
        return is_first or size <= PAGE_BYTES

    rows = transaction.take(
        "SELECT position, id, event, data, partition, published_at, metadata FROM events"  # noqa: S608 - one of two texts
        f" WHERE stream = ?{where} AND position >= ? ORDER BY position LIMIT ?",
        params,
        wanted,
    )
    return [Event._make((*row[:6], json.loads(row[6]) if row[6] else {}, _size(row))) for row in rows]


def _size(row: tuple[Any, ...]) -> int:
    return text_size(row[2]) + text_size(row[3]) + text_size(row[6] or "")


def commit(transaction: Transaction, stream: Stream, subscriber: str, offset: int, now: int) -> None:
    """Remember the offset from which a subscriber goes on."""
    transaction.execute(
        "INSERT INTO stream_positions (stream, subscriber, position, seen_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (stream, subscriber)"
        " DO UPDATE SET position = excluded.position, seen_at = excluded.seen_at",
        (stream.id, subscriber, offset, now),
    )


def position(transaction: Transaction, stream: Stream, subscriber: str) -> int | None:
    """Return the offset from which a subscriber goes on, None when it never said."""
    rows = transaction.execute(
        "SELECT position FROM stream_positions WHERE stream = ? AND subscriber = ?", (stream.id, subscriber)
    )
    return rows[0][0] if rows else None


def subscribers(transaction: Transaction, stream: Stream, seen: frozenset[str]) -> int:
    """Return how many subscribers a stream has: those who committed an offset, and others that were seen."""
    sql = "SELECT count(*) FROM stream_positions WHERE stream = ?"
    committed: int = transaction.execute(sql, (stream.id,))[0][0]
    both = 0
    for marks, names in portions(list(seen)):
        params = (stream.id, *names)
        both += transaction.execute(f"{sql} AND subscriber IN ({marks})", params)[0][0]
    return committed + len(seen) - both

"""What falls due in streams without anybody asking: events beyond retention, and those of deleted streams."""

from __future__ import annotations

from ..store.base import Transaction
from .queue_state import DELETED
from .stream_state import Stream, earliest, hold

# Streams of which the first kept event is beyond the age or the number that is kept.
_DUE = """SELECT s.space, s.name FROM streams s WHERE s.space <> ? AND (
    (s.max_events IS NOT NULL AND s.next_offset - s.max_events > s.min_offset)
    OR (s.retention_ms > 0 AND EXISTS (SELECT 1 FROM events e WHERE e.stream = s.id
        AND e.position = s.min_offset AND e.published_at <= ? - s.retention_ms))
) LIMIT ?"""


def due(transaction: Transaction, now: int) -> bool:
    """Tell whether there is anything to do at a time, unix milliseconds."""
    deleted = "SELECT 1 FROM streams WHERE space = ? LIMIT 1"
    return bool(transaction.execute(deleted, (DELETED,)) or transaction.execute(_DUE, (DELETED, now, 1)))


def sweep(transaction: Transaction, now: int, limit: int) -> int:
    """Delete events that are kept no more; returns how many, at most `limit`.

    Args:
        transaction: Where to work.
        now: The time, unix milliseconds.
        limit: Events at most; when so many were deleted there may be more.
    """
    done = _free(transaction, limit)
    for space, name in transaction.execute(_DUE, (DELETED, now, limit)):
        stream = hold(transaction, space, name)
        if done >= limit or stream is None:
            break
        done += _trim(
            transaction, stream, min(earliest(transaction, stream, now), stream.min_offset + limit - done)
        )
    return done


def _trim(transaction: Transaction, stream: Stream, first: int) -> int:
    """Delete the events of a stream before an offset."""
    count = first - stream.min_offset
    transaction.execute("DELETE FROM events WHERE stream = ? AND position < ?", (stream.id, first))
    transaction.execute("UPDATE streams SET min_offset = ? WHERE id = ?", (first, stream.id))
    stream.min_offset = first
    return count


def _free(transaction: Transaction, limit: int) -> int:
    """Delete events and positions of deleted streams, and the streams that have none left."""
    done = 0
    rows = transaction.execute(
        "SELECT id, min_offset, next_offset FROM streams WHERE space = ? LIMIT 10", (DELETED,)
    )
    for number, least, end in rows:
        reached = min(end, least + limit - done)
        transaction.execute("DELETE FROM events WHERE stream = ? AND position < ?", (number, reached))
        done += reached - least
        if reached < end:
            transaction.execute("UPDATE streams SET min_offset = ? WHERE id = ?", (reached, number))
            break
        transaction.execute("DELETE FROM stream_positions WHERE stream = ?", (number,))
        transaction.execute("DELETE FROM streams WHERE id = ?", (number,))
    return done

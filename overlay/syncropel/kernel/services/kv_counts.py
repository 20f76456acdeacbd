"""How many keys and bytes a space has, kept exactly as they change."""

from __future__ import annotations

from ..store.base import Transaction

KEYS, BYTES = "kv_keys", "kv_bytes"


def add(transaction: Transaction, space: str, keys: int, size: int) -> None:
    """Count keys and bytes that came, or went."""
    rows = [(space, name, change) for name, change in ((KEYS, keys), (BYTES, size)) if change]
    if rows:
        transaction.execute_many(
            "INSERT INTO store_counts (space, name, value) VALUES (?, ?, ?)"
            " ON CONFLICT (space, name) DO UPDATE SET value = store_counts.value + excluded.value",
            rows,
        )


def totals(transaction: Transaction, space: str, now: int) -> tuple[int, int]:
    """Return how many keys and bytes a space has at a time, in unix milliseconds.

    What is over and still there is counted off, which takes as long as there is of it.
    """
    counted = dict(transaction.execute("SELECT name, value FROM store_counts WHERE space = ?", (space,)))
    # Put together, the space is no key to search by: all keys of the space would be looked at.
    over = transaction.execute(
        "SELECT key, length(content) FROM kv WHERE expires_at <= ? AND space || '' = ?", (now, space)
    )
    size = sum(len(key.encode()) + length for key, length in over)
    return counted.get(KEYS, 0) - len(over), counted.get(BYTES, 0) - size

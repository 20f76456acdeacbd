"""Clearing away keys whose time is over."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from ..family import Sweep
from ..store.base import Transaction
from . import kv_counts
from .kv_shelf import delete


def _due(transaction: Transaction, now: int) -> bool:
    return bool(transaction.execute("SELECT 1 FROM kv WHERE expires_at <= ? LIMIT 1", (now,)))


def _sweep(transaction: Transaction, now: int, limit: int) -> int:
    rows = transaction.execute(
        "SELECT space, key, length(content) FROM kv WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
        (now, limit),
    )
    rows.sort(key=itemgetter(0))
    for space, of_space in groupby(rows, key=itemgetter(0)):
        over = list(of_space)
        delete(transaction, space, [key for _, key, _ in over])
        kv_counts.add(transaction, space, -len(over), -sum(len(key.encode()) + size for _, key, size in over))
    return len(rows)


SWEEP = Sweep(_due, _sweep)

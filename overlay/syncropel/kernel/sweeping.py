"""Clearing away what is over: expired keys, deliveries whose deadline passed, events past their retention.

Every read is right without it, because it looks at the time itself: this gives room back and wakes who waits.
"""

from __future__ import annotations

from functools import partial

from .family import Sweep
from .services import kv, queue, stream
from .store.base import Store, Transaction

SWEEPS: tuple[Sweep, ...] = (*kv.SWEEPS, *queue.SWEEPS, *stream.SWEEPS)
"""What is swept, each by its service."""


def sweep(store: Store, now_ms: int, limit: int) -> bool:
    """Clear away some of what is over, in short transactions, and tell whether there is more.

    Several daemons may do it on one store at the same time.

    Args:
        store: The store.
        now_ms: The time, unix milliseconds.
        limit: The most rows of one kind to clear away.

    Raises:
        StoreUnavailable: The store cannot be reached.
    """
    more = False
    for each in SWEEPS:
        # A look costs no turn in the order of writers.
        if store.read(partial(_due, each, now_ms)):
            done = store.write(partial(_run, each, now_ms, limit))
            more = more or done >= limit
    return more


def _due(each: Sweep, now_ms: int, transaction: Transaction) -> bool:
    return each.due(transaction, now_ms)


def _run(each: Sweep, now_ms: int, limit: int, transaction: Transaction) -> int:
    return each.run(transaction, now_ms, limit)

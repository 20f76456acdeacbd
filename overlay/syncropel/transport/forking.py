"""Locks in a forked child: one that another thread of the parent held would stay locked for ever."""

from __future__ import annotations

import os
import threading
import weakref

_LOCKED: weakref.WeakSet[Locked] = weakref.WeakSet()


class Locked:
    """Has a lock, which is a fresh one in a forked child."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _LOCKED.add(self)


def _fresh_locks() -> None:
    for one in list(_LOCKED):
        one._lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fresh_locks)

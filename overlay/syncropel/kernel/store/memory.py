"""The store under tests and mocks: SQLite on a private in-memory database, same schema, same queries."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from .base import Done, Listener, Task, Work
from .dialect import Dialect, SqliteDialect
from .engine import STATEMENT_CACHE, SqliteTransaction, run_group, translate
from .errors import StoreUnavailable
from .schema import migrate
from .signals import Heard, Signal, Signals, merged
from .writer import Job, Listeners, finish, promise

T = TypeVar("T")


class MemoryStore:
    """Keeps records for as long as it lives. Writes run in the caller's thread, one at a time."""

    name = "memory"
    quick = True

    def __init__(self) -> None:
        self.dialect: Dialect = SqliteDialect()
        self.known: dict[str, bool] | None = {}
        self._lock = threading.RLock()
        self._listeners = Listeners()
        self._signals = Signals()
        self._closed = False
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=STATEMENT_CACHE
        )
        # A store that nobody closed must not warn when it is collected.
        self._finalizer = weakref.finalize(self, self._connection.close)
        migrate(self._connection, "the memory store")

    def read(self, work: Work[T]) -> T:
        """Run work in the caller's thread; nothing is written meanwhile."""
        with self._lock:
            self._check_open()
            try:
                return work(SqliteTransaction(self._connection))
            except sqlite3.Error as error:
                raise translate(error) from error

    def write(self, work: Task[T]) -> T:
        """Run work in a transaction of its own."""
        return self.submit(work).result()

    def submit(self, work: Task[T]) -> Future[T]:
        """Run work now; the future is complete when this returns."""
        return promise(self.enqueue, work)

    def enqueue(self, work: Task[Any], done: Done) -> None:
        """Run work now and call `done` before returning."""
        jobs: list[Job] = [(work, done)]
        with self._lock:
            if self._closed:
                finish(jobs, [(None, StoreUnavailable("the store is closed"))])
                return
            outcomes, notes, signals = run_group(self._connection, jobs)
            # Inside the lock, so that listeners hear of groups in commit order.
            self._listeners.tell(notes)
            self._signals.tell(merged(signals))
        finish(jobs, outcomes)

    def give_way(self) -> None:
        """Do nothing: whoever writes does so in its own thread."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after every write; returns the remover."""
        return self._listeners.add(listener)

    def broadcast(self, topic: str, payload: bytes = b"") -> None:
        """Tell who listens in this process."""
        self._signals.tell([Signal(topic, payload)])

    def on_signal(self, callback: Heard) -> Callable[[], None]:
        """Call `callback` with every signal; returns the remover."""
        return self._signals.add(callback)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._finalizer()

    def _check_open(self) -> None:
        if self._closed:
            raise StoreUnavailable("the store is closed")

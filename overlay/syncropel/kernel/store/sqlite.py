"""The durable store: one SQLite file, one writer thread that commits in groups, pooled readers."""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import time
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from .base import Done, Listener, Task, Work
from .dialect import Dialect, SqliteDialect
from .engine import STATEMENT_CACHE, SqliteTransaction, run_group, translate
from .errors import StoreCorrupt, StoreError, StoreNotWritable, StoreUnavailable
from .gate import Gate
from .lock import FileLock
from .schema import migrate
from .signals import Heard, Signal, Signals
from .writer import GroupWriter, Listeners, promise

T = TypeVar("T")
IDLE_READERS = 8
BUSY_TIMEOUT_MS = 5000
# Pages of 4 KiB. A log that is copied back seldom is worth half of the ingest rate.
CHECKPOINT_PAGES = 20_000

READ_SECONDS = 30.0
# Steps of SQLite's machine between two looks at the clock: about a millisecond.
_STEPS = 50_000


class _Reader(sqlite3.Connection):
    """A connection whose statements are stopped when their time is over."""

    _ends_at = math.inf

    def keep_time(self) -> None:
        """Look at the clock from now on."""
        own = weakref.ref(self)

        def late() -> bool:
            connection = own()
            return connection is not None and connection.out_of_time

        self.set_progress_handler(late, _STEPS)

    def allow(self, seconds: float) -> None:
        """Give the statements from now on so many seconds."""
        self._ends_at = time.monotonic() + seconds

    @property
    def out_of_time(self) -> bool:
        """Whether that time is over."""
        return time.monotonic() > self._ends_at


class SqliteStore:
    """Keeps records in one file. A write is on disk before it is reported.

    Args:
        path: The database file; created with its `-wal`, `-shm` and `.lock` neighbours.
        owner: One line about this process (its address), shown to whoever is refused the file.
        max_bytes: Largest size of the file; writes beyond it are refused. None for the disk's own limit.
        read_seconds: How long one `read` may keep SQLite busy.

    Raises:
        StoreError: One of its subclasses, each with one line that says what to do.
    """

    name = "sqlite"
    quick = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        owner: str = "",
        max_bytes: int | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self.path = Path(path).absolute()
        self.dialect: Dialect = SqliteDialect()
        self.known: dict[str, bool] | None = {}
        self._max_bytes = max_bytes
        self._read_seconds = read_seconds
        self._gate = Gate()
        self._listeners = Listeners()
        self._signals = Signals()
        self._idle: deque[_Reader] = deque()
        self._pid = os.getpid()
        _check_folder(self.path)
        # Of the file itself: by another name of it, it is the same store.
        lock = Path(f"{self.path.resolve()}.lock")
        self._lock = FileLock(lock, owner or f"process {self._pid}", str(self.path))
        try:
            self._writer = self._open_writer()
        except BaseException:
            self._lock.release()
            raise
        self._queue = GroupWriter(
            partial(run_group, self._writer, gate=self._gate), self._listeners, self._signals, self._shut_down
        )
        _OPEN.add(self)

    def read(self, work: Work[T]) -> T:
        """Run work on one snapshot, in the caller's thread, on a pooled connection."""
        connection = self._borrow()
        connection.allow(self._read_seconds)
        try:
            connection.execute("BEGIN")
            try:
                return work(SqliteTransaction(connection))
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            if connection.out_of_time:
                raise StoreUnavailable(
                    "the database took too long for a question, which was stopped"
                ) from error
            raise translate(error) from error
        finally:
            self._give_back(connection)

    def write(self, work: Task[T]) -> T:
        """Queue work and wait until it is durable. Never call it from a listener: it runs in the writer."""
        return self.submit(work).result()

    def submit(self, work: Task[T]) -> Future[T]:
        """Queue work; the future completes in the writer's thread once the group is on disk."""
        return promise(self.enqueue, work)

    def enqueue(self, work: Task[Any], done: Done) -> None:
        """Queue work; `done` is called in the writer's thread once the group is on disk."""
        self._queue.enqueue(work, done)

    def give_way(self) -> None:
        """Let the writer's thread go first; called by others between pieces of long work."""
        self._gate.give_way()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` in the writer's thread after every durable group; returns the remover."""
        return self._listeners.add(listener)

    def broadcast(self, topic: str, payload: bytes = b"") -> None:
        """Tell who listens in this process: no other one works on the file."""
        self._signals.tell([Signal(topic, payload)])

    def on_signal(self, callback: Heard) -> Callable[[], None]:
        """Call `callback` with every signal; returns the remover."""
        return self._signals.add(callback)

    def close(self) -> None:
        """Finish what is queued, then release the file. May be called again, and from any thread."""
        if self._queue.close() and os.getpid() == self._pid:
            while self._idle:
                self._idle.pop().close()

    def _shut_down(self) -> None:
        # Where it fails, the log stays and is read back at the next opening.
        with contextlib.suppress(sqlite3.Error):
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._writer.close()
        self._lock.release()

    def _open_writer(self) -> sqlite3.Connection:
        try:
            connection = self._connect()
        except sqlite3.Error as error:
            raise _open_error(self.path, error) from error
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            if mode != "wal":
                raise StoreError(
                    f"{self.path} is on a file system without shared memory; choose a local disk"
                )
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
            connection.execute("PRAGMA cache_size = -32000")
            migrate(connection, str(self.path))
            if self._max_bytes is not None:
                page = connection.execute("PRAGMA page_size").fetchone()[0]
                connection.execute(f"PRAGMA max_page_count = {max(1, self._max_bytes // page)}")
        except BaseException as error:
            connection.close()
            if isinstance(error, sqlite3.Error | UnicodeDecodeError):
                raise _open_error(self.path, error) from error
            raise
        return connection

    def _connect(self) -> _Reader:
        connection = sqlite3.connect(
            self.path,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=STATEMENT_CACHE,
            factory=_Reader,
        )
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection

    def _borrow(self) -> _Reader:
        if self._queue.closed:
            raise StoreUnavailable("the store is closed")
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            connection = self._connect()
            connection.keep_time()
            connection.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise StoreUnavailable(str(error)) from error
        return connection

    def _give_back(self, connection: _Reader) -> None:
        if self._queue.closed or len(self._idle) >= IDLE_READERS:
            connection.close()
            return
        self._idle.append(connection)
        # `close` may have emptied the pool between the check and the append.
        if self._queue.closed:
            while self._idle:
                self._idle.pop().close()


_OPEN: weakref.WeakSet[SqliteStore] = weakref.WeakSet()


def _abandon_locks() -> None:
    """In a forked child: let go of the parent's locks, or they would outlive the parent."""
    for store in _OPEN:
        if not store._queue.ended:
            store._lock.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_locks)


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "does not exist"
        raise StoreNotWritable(f"{path} cannot be created: {folder} {problem}")
    if path.is_dir():
        raise StoreNotWritable(f"{path} is a folder; name a file in it")
    if not os.access(folder, os.W_OK):
        raise StoreNotWritable(f"{path} cannot be written: {folder} is read-only")
    if path.exists() and not os.access(path, os.W_OK):
        raise StoreNotWritable(f"{path} is read-only")


def _open_error(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> StoreError:
    text = str(error)
    # What SQLite quotes of a damaged page need not be text.
    if "not a database" in text or "malformed" in text or isinstance(error, UnicodeDecodeError):
        return StoreCorrupt(
            f"{path} is not a usable database ({text}); restore a backup or choose another file"
        )
    if "readonly" in text or "unable to open" in text:
        return StoreNotWritable(f"{path} cannot be opened for writing ({text})")
    return StoreError(f"{path} cannot be opened ({text})")

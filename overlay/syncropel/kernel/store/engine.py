"""What the two SQLite stores share: transactions, groups of jobs, and the meaning of SQLite's errors."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import takewhile
from typing import Any

from ..messages import Commit
from .base import Done, Listener, Params, Settle, Work
from .errors import StoreFull, StoreUnavailable

logger = logging.getLogger("syncropel.kernel")

Job = tuple[Work[Any], Done]
Outcome = tuple[Any, "BaseException | None"]
Ran = tuple[list[Outcome], list[Commit]]
STATEMENT_CACHE = 256


class SqliteTransaction:
    """The transaction protocol over one connection."""

    __slots__ = ("_connection", "_waiting", "notes")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: dict[Settle, list[Any]] = {}
        self.notes: list[Commit] = []

    def execute(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return every row of its answer."""
        return self._connection.execute(sql, params).fetchall()

    def take(
        self, sql: str, params: Params, wanted: Callable[[tuple[Any, ...]], bool]
    ) -> list[tuple[Any, ...]]:
        """Run one query and return its rows up to the first that is not wanted."""
        with closing(self._connection.execute(sql, params)) as cursor:
            return list(takewhile(wanted, cursor))

    def insert(self, sql: str, params: Params = ()) -> int | None:
        """Run one INSERT; returns the new rowid, or None when a conflict left the row out."""
        cursor = self._connection.execute(sql, params)
        return cursor.lastrowid if cursor.rowcount > 0 else None

    def execute_many(self, sql: str, rows: Sequence[Params]) -> None:
        """Run one statement that returns nothing, for each of the rows."""
        self._connection.executemany(sql, rows)

    def later(self, settle: Settle, item: Any) -> None:
        """Hand in something that `settle` writes in one go, with its like, before the commit."""
        self._waiting.setdefault(settle, []).append(item)

    def settle(self) -> None:
        """Write now what was handed in."""
        while self._waiting:
            settle, items = self._waiting.popitem()
            settle(self, items)

    def note(self, commit: Commit) -> None:
        """Remember a record for the listeners."""
        self.notes.append(commit)


def translate(error: BaseException) -> BaseException:
    """Return what a fault of SQLite means for the caller; anything else is returned as it is."""
    if not isinstance(error, sqlite3.Error):
        return error
    text = str(error)
    # The numeric code exists from Python 3.11 on; the text is the same in every version of SQLite.
    if "is full" in text:
        return StoreFull(text)
    if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.DataError):
        return error
    # OperationalError also stands for statements that are wrong: those are faults of ours, not of the disk.
    faults = (
        "disk I/O",
        "locked",
        "busy",
        "readonly",
        "read-only",
        "unable to open",
        "malformed",
        "interrupted",
    )
    if any(fault in text for fault in faults):
        return StoreUnavailable(text)
    return error


class Listeners:
    """The functions that hear about durable records."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._lock = threading.Lock()

    def add(self, listener: Listener) -> Callable[[], None]:
        """Add a listener; returns the function that takes it away, which may be called again."""
        entry: Listener = lambda commits: listener(commits)  # noqa: E731 - one entry per registration
        with self._lock:
            self._listeners += (entry,)

        def remove() -> None:
            with self._lock:
                self._listeners = tuple(kept for kept in self._listeners if kept is not entry)

        return remove

    def tell(self, commits: Sequence[Commit]) -> None:
        """Call every listener; what one raises is logged and stops nobody."""
        if not commits:
            return
        for listener in self._listeners:
            try:
                listener(commits)
            except Exception:  # a listener is the shell's code: it must not undo a durable commit
                logger.exception("a commit listener failed")


def run_group(connection: sqlite3.Connection, jobs: Sequence[Job]) -> tuple[list[Outcome], list[Commit]]:
    """Run jobs in one transaction and commit it. A job that raises is undone alone.

    Savepoints cost a quarter of an ingest, and hardly any job fails: the group runs without them first. When
    a job raises, everything is undone and the group runs again with a savepoint around each job. When SQLite
    gives up the whole transaction, or the commit fails, every job has failed.

    Returns:
        The outcome of each job, in order, and the records to report.
    """
    try:
        return _attempt(connection, jobs, _run_plainly)
    except JobFailed as failure:
        if len(jobs) == 1:
            return [(None, translate(failure.error))], []
    return _attempt(connection, jobs, _run_guarded)


class JobFailed(Exception):
    """A job raised during an attempt without savepoints; everything was undone."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def _attempt(
    connection: sqlite3.Connection,
    jobs: Sequence[Job],
    run: Callable[[sqlite3.Connection, Sequence[Job]], Ran],
) -> Ran:
    try:
        connection.execute("BEGIN IMMEDIATE")
        ran = run(connection, jobs)
        connection.execute("COMMIT")
    except BaseException as error:
        _roll_back(connection)
        if isinstance(error, JobFailed) or not isinstance(error, Exception):
            raise
        cause = translate(error)
        logger.warning("a group of %d writes was rolled back: %s", len(jobs), cause)
        return [(None, cause)] * len(jobs), []
    return ran


def _run_plainly(connection: sqlite3.Connection, jobs: Sequence[Job]) -> Ran:
    transaction = SqliteTransaction(connection)
    try:
        outcomes: list[Outcome] = [(work(transaction), None) for work, _ in jobs]
        transaction.settle()
    except Exception as error:
        raise JobFailed(error) from error
    return outcomes, transaction.notes


def _run_guarded(connection: sqlite3.Connection, jobs: Sequence[Job]) -> Ran:
    notes: list[Commit] = []
    outcomes: list[Outcome] = []
    for work, _ in jobs:
        transaction = SqliteTransaction(connection)
        connection.execute("SAVEPOINT job")
        try:
            outcome: Outcome = (work(transaction), None)
            transaction.settle()
            notes += transaction.notes
        except Exception as error:
            if not connection.in_transaction:
                raise  # SQLite has rolled everything back (full disk, I/O error): no job is stored
            connection.execute("ROLLBACK TO job")
            outcome = (None, translate(error))
        connection.execute("RELEASE job")
        outcomes.append(outcome)
    return outcomes, notes


def _roll_back(connection: sqlite3.Connection) -> None:
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        logger.exception("the store could not roll back")


def finish(jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    """Tell every caller its outcome; what a callback raises is logged."""
    for (_, done), (result, error) in zip(jobs, outcomes, strict=True):
        try:
            done(result, error)
        except Exception:  # a callback is the shell's code: the other callers still get their answers
            logger.exception("the callback of a write failed")

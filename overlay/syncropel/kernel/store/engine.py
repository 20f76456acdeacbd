"""What the two SQLite stores share: transactions, groups of jobs, and the meaning of SQLite's errors."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache
from itertools import chain, takewhile
from typing import Any

from ..messages import Commit
from .base import Params
from .errors import StoreFull, StoreUnavailable
from .gate import Gate
from .signals import Signal
from .writer import Deferring, Job, JobFailed, Outcome, Ran, all_failed, carry_out, carry_out_alone, failed

logger = logging.getLogger("syncropel.kernel")

STATEMENT_CACHE = 256
# Every statement gives the interpreter's lock away and waits to get it back, which takes long beside a thread
# that parses: many rows go in as one statement, of one of these widths. Before 3.32, SQLite binds few values.
_ALL_WIDTHS = (1000, 500, 256, 128, 64, 32, 16, 8, 4, 2)
WIDTHS = _ALL_WIDTHS if sqlite3.sqlite_version_info >= (3, 32) else _ALL_WIDTHS[5:]
# An INSERT of so many rows takes a millisecond or more.
_LONG = 64
_ONE_ROW = re.compile(r"(INSERT INTO [^?]* VALUES )(\([?, ]+\))(\s+ON CONFLICT [^?]*)?\Z")
_NEXT_SEQUENCE = "SELECT coalesce(max(sequence), 0) + 1 FROM records"


class SqliteTransaction(Deferring):
    """The transaction protocol over one connection."""

    __slots__ = ("_connection", "_gate")

    def __init__(self, connection: sqlite3.Connection, gate: Gate | None = None) -> None:
        super().__init__()
        self._connection = connection
        self._gate = gate

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
        if len(rows) == 1:
            self._connection.execute(sql, rows[0])
        elif _one_row(sql) is None:
            self._connection.executemany(sql, rows)
        else:
            self._insert_wide(sql, rows)

    def insert_many(self, table: str, columns: tuple[str, ...], rows: Sequence[Params]) -> bool:
        """Insert rows, or none of them when one contradicts a unique key."""
        connection, sql = self._connection, _insertion(table, columns)
        try:
            if len(rows) in WIDTHS:
                self._insert_wide(sql, rows)  # one statement does all or nothing by itself
                return True
            connection.execute("SAVEPOINT many")
            try:
                self._insert_wide(sql, rows)
            except sqlite3.IntegrityError:
                connection.execute("ROLLBACK TO many")
                raise
            finally:
                # A full disk may have ended the whole transaction, and the savepoint with it.
                if connection.in_transaction:
                    connection.execute("RELEASE many")
        except sqlite3.IntegrityError:
            return False
        return True

    def _insert_wide(self, sql: str, rows: Sequence[Params]) -> None:
        """Run an INSERT of one row for each of the rows, in as few statements as there are widths for."""
        start = 0
        for width in (*WIDTHS, 1):
            for end in range(start + width, len(rows) + 1, width):
                values = list(chain.from_iterable(rows[start:end]))
                start = end
                if self._gate is None or width < _LONG:
                    self._connection.execute(_widened(sql, width), values)
                    continue
                self._gate.leave()
                try:
                    self._connection.execute(_widened(sql, width), values)
                finally:
                    self._gate.come_back()

    def next_sequence(self) -> int:
        """Return the sequence that the next record gets."""
        return int(self._connection.execute(_NEXT_SEQUENCE).fetchone()[0])


@cache
def _one_row(sql: str) -> tuple[str, str, str] | None:
    """Return what stands before the values of an INSERT of one row, its values, and what follows them."""
    parts = _ONE_ROW.match(sql)
    return None if parts is None else (parts[1], parts[2], parts[3] or "")


@cache
def _widened(sql: str, width: int) -> str:
    """Return the statement that inserts so many rows as the given one inserts one."""
    head, values, tail = _one_row(sql) or ("", "", "")
    return f"{head}{', '.join([values] * width)}{tail}"


@cache
def _insertion(table: str, columns: tuple[str, ...]) -> str:
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names of this package


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


def run_group(connection: sqlite3.Connection, jobs: Sequence[Job], gate: Gate | None = None) -> Ran:
    """Run jobs in one transaction and commit it. A job that raises is undone alone.

    Savepoints cost a quarter of an ingest, and hardly any job fails: the group runs without them first. When
    a job raises, everything is undone and the group runs again with a savepoint around each job. When SQLite
    gives up the whole transaction, or the commit fails, every job has failed.

    Args:
        connection: Where to write.
        jobs: The jobs.
        gate: Closed while this thread works in Python; None where nobody waits at it.

    Returns:
        The outcome of each job, in order, the records to report, and what to tell besides.
    """
    try:
        return _attempt(connection, jobs, _run_plainly, gate or Gate())
    except JobFailed as failure:
        if len(jobs) == 1:
            return failed([translate(failure.error)])
    return _attempt(connection, jobs, _run_guarded, gate or Gate())


def _attempt(
    connection: sqlite3.Connection,
    jobs: Sequence[Job],
    run: Callable[[sqlite3.Connection, Sequence[Job], Gate], Ran],
    gate: Gate,
) -> Ran:
    try:
        with gate:
            connection.execute("BEGIN IMMEDIATE")
            ran = run(connection, jobs, gate)
        connection.execute("COMMIT")
    except BaseException as error:  # whatever it is: of a group that did not commit nothing may stay
        _roll_back(connection)
        if isinstance(error, JobFailed) or not isinstance(error, Exception):
            raise
        return all_failed(jobs, translate(error))
    return ran


def _run_plainly(connection: sqlite3.Connection, jobs: Sequence[Job], gate: Gate) -> Ran:
    transaction = SqliteTransaction(connection, gate)
    try:
        outcomes: list[Outcome] = [(result, None) for result in carry_out(transaction, jobs)]
        transaction.settle()
    except Exception as error:  # the caller sorts out whose it is
        raise JobFailed(error) from error
    return Ran(outcomes, transaction.notes, transaction.signals)


def _run_guarded(connection: sqlite3.Connection, jobs: Sequence[Job], gate: Gate) -> Ran:
    notes: list[Commit] = []
    signals: list[Signal] = []
    outcomes: list[Outcome] = []
    for task, _ in jobs:
        transaction = SqliteTransaction(connection, gate)
        connection.execute("SAVEPOINT job")
        try:
            outcome: Outcome = (carry_out_alone(transaction, task), None)
            transaction.settle()
            notes += transaction.notes
            signals += transaction.signals
        except Exception as error:
            if not connection.in_transaction:
                raise  # SQLite has rolled everything back (full disk, I/O error): no job is stored
            connection.execute("ROLLBACK TO job")
            outcome = (None, translate(error))
        connection.execute("RELEASE job")
        outcomes.append(outcome)
    return Ran(outcomes, notes, signals)


def _roll_back(connection: sqlite3.Connection) -> None:
    try:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        logger.exception("the store could not roll back")

"""Transactions of the PostgreSQL store, and how a group of jobs becomes one of them.

Writers of all daemons take turns: a write transaction begins by taking a lock of the database and ends by
letting it go. So sequences have no gaps and become visible in their order, and whatever the kernel reads
before it writes is still so when it writes.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Generator, Sequence
from itertools import groupby, takewhile
from operator import itemgetter
from typing import Any, cast

import psycopg
from psycopg import Connection, Cursor, Pipeline, sql
from psycopg.pq import TransactionStatus

from ..messages import Commit
from .base import Params
from .errors import StoreUnavailable
from .postgres_errors import lost, translate
from .postgres_listen import Herald
from .postgres_pool import Connector
from .postgres_signals import PostgresSignals
from .postgres_values import (
    array_insert,
    arrays_of,
    bulk_insert,
    changes_only,
    given_rows,
    given_text,
    translated,
    translated_insert,
)
from .signals import Signal
from .writer import Deferring, Job, JobFailed, Outcome, Ran, all_failed, carry_out, carry_out_alone, failed

logger = logging.getLogger("syncropel.kernel")

READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SAVEPOINT streamed"
# Rows that are not worth an array.
_FEW = 3
# Rows that are fetched at a time where the caller says when to stop. Each may hold a megabyte.
_STREAMED = 32


class PostgresTransaction(Deferring):
    """The transaction protocol over one connection.

    Args:
        connection: It is in a transaction.
        head: The newest sequence, for one that writes.
        streams: Whether it began with `READ`.
        pipeline: Statements go out without waiting for the answers of those before them. One that is refused
            is known of when an answer is next waited for.
    """

    __slots__ = ("_connection", "_pipeline", "_streams", "head")

    def __init__(
        self,
        connection: Connection[Any],
        head: int = 0,
        *,
        streams: bool = False,
        pipeline: Pipeline | None = None,
    ) -> None:
        super().__init__()
        self._connection = connection
        self._streams = streams
        self._pipeline = pipeline
        self.head = head

    def execute(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return every row of its answer."""
        text = translated(sql)
        cursor = self._connection.execute(text, params)
        if changes_only(text):
            return []
        return given_rows(cursor.fetchall())

    def take(
        self, sql: str, params: Params, wanted: Callable[[tuple[Any, ...]], bool]
    ) -> list[tuple[Any, ...]]:
        """Run one query and return its rows up to the first that is not wanted; few more are fetched."""
        if not self._streams:
            return list(takewhile(wanted, self.execute(sql, params)))
        with self._connection.cursor() as cursor:
            stream = cast(
                "Generator[tuple[Any, ...]]", cursor.stream(translated(sql), params, size=_STREAMED)
            )
            with contextlib.closing(stream):
                taken = list(takewhile(wanted, map(_given, stream)))
        # What was left over is cancelled, and that ends the transaction but for what a savepoint keeps.
        if self._connection.info.transaction_status == TransactionStatus.INERROR:
            self._connection.execute("ROLLBACK TO streamed")
        return taken

    def insert(self, sql: str, params: Params = ()) -> int | None:
        """Run one INSERT; returns the new sequence, or None when a conflict left the row out."""
        text, ours = translated_insert(sql)
        rows = self._connection.execute(text, (*params, self.head + 1) if ours else params).fetchall()
        if not rows:
            return None
        if ours:
            self.head += 1
        return int(rows[0][0])

    def execute_many(self, sql: str, rows: Sequence[Params]) -> None:
        """Run one statement that returns nothing, for each of the rows."""
        bulk = bulk_insert(sql)
        if bulk is None or len(rows) < _FEW:
            text, cursor = translated(sql), self._connection.cursor()
            for row in rows:
                cursor.execute(text, row)
            return
        text, columns = bulk
        count = len(columns)
        # Few rows differ in what stands behind them: those that do not are one statement.
        apart = [(tuple(row[count:]), row[:count]) for row in rows]
        apart.sort(key=itemgetter(0))
        for rest, alike in groupby(apart, key=itemgetter(0)):
            self._connection.execute(text, (*arrays_of(columns, [row for _, row in alike]), *rest))

    def insert_many(self, table: str, columns: tuple[str, ...], rows: Sequence[Params]) -> bool:
        """Insert rows, whose first column is the sequence; or none when one contradicts a unique key."""
        if not rows:
            return True
        text = f"{array_insert(table, columns)} ON CONFLICT DO NOTHING"
        cursor = self._connection.execute(text, arrays_of(columns, rows))
        if self._pipeline is not None:
            self._pipeline.sync()
        if cursor.rowcount == len(rows):
            self.head = rows[-1][0]
            return True
        # Only what was inserted just now lies behind the head: nobody else writes meanwhile.
        self._connection.execute(f"DELETE FROM {table} WHERE sequence > {self.head:d}")  # noqa: S608 - a name of this package
        return False

    def next_sequence(self) -> int:
        """Return the sequence that the next record gets."""
        return self.head + 1


def _given(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(given_text(value) if value.__class__ is str else value for value in row)


class Writer:
    """The one connection of a store that writes. Its thread is the only caller.

    Args:
        connector: Opens the connection, and again after it was lost.
        lock: The key of the lock that puts the writers of all daemons in order.
        herald: Says what announces a group to the other daemons.
        signals: Sends them what a group signals besides.
    """

    def __init__(self, connector: Connector, lock: int, herald: Herald, signals: PostgresSignals) -> None:
        self._connector = connector
        self._herald = herald
        self._signals = signals
        self._channel = sql.Literal(herald.channel).as_string()
        self._begin = f"BEGIN; SELECT pg_advisory_xact_lock({lock:d}); SELECT sequence FROM head"  # noqa: S608 - a number
        self._connection: Connection[Any] | None = None
        self._turn: tuple[Connection[Any], int] | None = None
        self._missed: Exception | None = None

    def take_turn(self) -> None:
        """Wait for the turn to write. Who waits long writes much: what is queued meanwhile goes along."""
        try:
            self._turn = self._begun()
        except Exception as error:  # noqa: BLE001 - nobody is here to be told: `run_group` raises it again
            self._missed = error

    def run_group(self, jobs: Sequence[Job]) -> Ran:
        """Run jobs in one transaction and commit it. A job that raises is undone alone.

        As on the other stores, the group runs without savepoints first, and again with one around each job
        when a job raises. When the connection is lost, every job has failed, though the database may have
        committed them: that is safe, because whoever posts a record again finds it.

        Returns:
            The outcome of each job, in order, the records to report, and what to tell besides.
        """
        try:
            return self._attempt(jobs, self._run_plainly)
        except JobFailed as failure:
            if len(jobs) == 1:
                return failed([translate(failure.error)])
        return self._attempt(jobs, self._run_guarded)

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                self._connection.close()
            self._connection = None

    def _attempt(self, jobs: Sequence[Job], run: Callable[[Connection[Any], int, Sequence[Job]], Ran]) -> Ran:
        try:
            (connection, head), self._turn = self._turn or self._begun(), None
            return run(connection, head, jobs)
        except BaseException as error:  # whatever it is: of a group that did not commit nothing may stay
            cause = error.error if isinstance(error, JobFailed) else error
            self._roll_back(cause)
            if isinstance(error, JobFailed) or not isinstance(error, Exception):
                raise
            return all_failed(jobs, translate(error))

    def _run_plainly(self, connection: Connection[Any], head: int, jobs: Sequence[Job]) -> Ran:
        try:
            with connection.pipeline() as pipeline:
                transaction = PostgresTransaction(connection, head, pipeline=pipeline)
                outcomes: list[Outcome] = [(result, None) for result in carry_out(transaction, jobs)]
                transaction.settle()
                last = self._commit(connection, head, transaction.head, transaction.signals)
        except Exception as error:
            if lost(error) or connection.closed:
                raise
            # Perhaps a statement of one job alone: its answer came when others had gone out.
            raise JobFailed(error) from error
        _check_committed(last)
        return Ran(outcomes, transaction.notes, transaction.signals)

    def _run_guarded(self, connection: Connection[Any], head: int, jobs: Sequence[Job]) -> Ran:
        notes: list[Commit] = []
        signals: list[Signal] = []
        outcomes: list[Outcome] = []
        reached = head
        for task, _ in jobs:
            transaction = PostgresTransaction(connection, reached)
            connection.execute("SAVEPOINT job")
            try:
                outcome: Outcome = (carry_out_alone(transaction, task), None)
                transaction.settle()
                notes += transaction.notes
                signals += transaction.signals
                reached = transaction.head
            except Exception as error:
                if lost(error) or connection.closed:
                    raise  # the database has undone everything: no job is stored
                connection.execute("ROLLBACK TO job")
                outcome = (None, translate(error))
            connection.execute("RELEASE job")
            outcomes.append(outcome)
        _check_committed(self._commit(connection, head, reached, signals))
        return Ran(outcomes, notes, signals)

    def _begun(self) -> tuple[Connection[Any], int]:
        """Begin a transaction, on a new connection when the old one is dead; returns the newest sequence."""
        if self._missed is not None:
            missed, self._missed = self._missed, None
            raise missed
        kept = self._connection is not None
        if self._connection is None:
            self._connection = self._connector.patiently()
        try:
            return self._connection, self._head(self._connection)
        except psycopg.Error as error:
            if not (kept and lost(error)):
                raise
        self.close()
        self._connection = self._connector.patiently()
        return self._connection, self._head(self._connection)

    def _head(self, connection: Connection[Any]) -> int:
        cursor = connection.execute(self._begin)
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    def _commit(
        self, connection: Connection[Any], head: int, reached: int, signals: Sequence[Signal]
    ) -> Cursor[Any]:
        """Send what ends a transaction; returns where its answer will be."""
        if reached != head:
            connection.execute(f"UPDATE head SET sequence = {reached:d}")  # noqa: S608 - a number
            payload = sql.Literal(self._herald.payload(reached)).as_string()
            connection.execute(f"SELECT pg_notify({self._channel}, {payload})")
        if signals:
            self._signals.announce(connection, signals)
        return connection.execute("COMMIT")

    def _roll_back(self, error: BaseException) -> None:
        connection = self._connection
        if connection is None:
            return
        if lost(error) or connection.closed:
            self.close()
            return
        try:
            if connection.info.transaction_status != TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
        except psycopg.Error:
            logger.exception("the store could not roll back")
            self.close()


def _check_committed(answer: Cursor[Any]) -> None:
    """Tell a commit from a rollback, which is what PostgreSQL answers to COMMIT after a fault."""
    if answer.statusmessage != "COMMIT":
        raise StoreUnavailable("the database undid the transaction")

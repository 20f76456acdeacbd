"""The store that several daemons share: one schema of a PostgreSQL database."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from .base import Done, Listener, Task, Work
from .dialect import Dialect
from .errors import StoreError, StoreUnavailable

try:
    import psycopg
except ImportError as error:
    raise StoreError(
        "a PostgreSQL store needs the 'postgres' extra: pip install 'syncropel[postgres]'"
    ) from error

from .postgres_claims import PostgresClaims
from .postgres_dialect import PostgresDialect
from .postgres_engine import READ, PostgresTransaction, Writer
from .postgres_errors import open_error, translate
from .postgres_listen import Herald
from .postgres_pool import Connector, Pool
from .postgres_schema import check, migrate
from .postgres_signals import PostgresSignals
from .signals import Heard, Signal
from .writer import GroupWriter, promise

if TYPE_CHECKING:
    from psycopg import Connection

    from ..claims import Claims

T = TypeVar("T")
DEFAULT_SCHEMA = "syncropel"
READERS = 8
STATEMENT_SECONDS = 30.0
# A writer that stands still in its turn is sent away: it may be paused for good, and everybody waits for it.
TURN_SECONDS = 10.0
LISTEN_SECONDS = 5.0


class PostgresStore:
    """Keeps records in a schema of a PostgreSQL database. Any number of daemons may do so at once.

    Args:
        conninfo: What `psycopg.connect` takes: a URL or `key=value` pairs.
        schema: The schema that holds the tables; made when there is none.
        owner: One line about this process, shown among the sessions of the server.
        readers: How many connections reads may use at once. One more writes, and one listens.
        statement_seconds: How long one statement may take; half of it, how long to wait for another writer.
        turn_seconds: How long a transaction may stand still.
        migrates: Whether the tables are made, and brought to the newest format; for looking on, they are not.

    Raises:
        StoreError: It cannot be opened; one line that says what to do, without a password in it.
    """

    name = "postgres"
    quick = False

    def __init__(
        self,
        conninfo: str,
        *,
        schema: str = DEFAULT_SCHEMA,
        owner: str = "",
        readers: int = READERS,
        statement_seconds: float = STATEMENT_SECONDS,
        turn_seconds: float = TURN_SECONDS,
        migrates: bool = True,
    ) -> None:
        self.dialect: Dialect = PostgresDialect()
        # Other daemons write, too: nothing that was found out stays true.
        self.known: dict[str, bool] | None = None
        self.schema = schema
        self._pid = os.getpid()
        self._closed = False
        try:
            self._connector = Connector(conninfo, schema, owner, statement_seconds, turn_seconds)
        except psycopg.Error as error:
            # The driver may quote all of it, the password too.
            reason = " ".join(str(error).replace(conninfo, "it").split())
            raise StoreError(f"the URL of the database is not understood: {reason}") from None
        head = self._prepare(migrates)
        self._pool = Pool(self._connector, readers)
        self._signals = PostgresSignals(self._connector.patiently, schema, self.read)
        self._herald = Herald(self._connector.open, schema, self.read, self._signals)
        lock = lock_key(schema, "order of writers")
        self._session = Writer(self._connector, lock, self._herald, self._signals)
        self._herald.start(head)
        session = self._session
        self._writer = GroupWriter(
            session.run_group, self._herald, self._signals, session.close, session.take_turn
        )
        # Who subscribes as soon as this is open hears what others say from then on.
        self._herald.until_listening(LISTEN_SECONDS)

    def read(self, work: Work[T]) -> T:
        """Run work on one snapshot, in the caller's thread, on a pooled connection."""
        self._check_open()
        try:
            with self._pool.lease(READ) as connection:
                try:
                    return work(PostgresTransaction(connection, streams=True))
                finally:
                    _end(connection)
        except psycopg.Error as error:
            raise translate(error) from error

    def direct(self, work: Callable[[Connection[Any]], T]) -> T:
        """Run work on a pooled connection in autocommit mode, outside the order of writers.

        Raises:
            StoreUnavailable: The database cannot be reached now.
        """
        self._check_open()
        try:
            with self._pool.lease("SELECT 1") as connection:
                return work(connection)
        except psycopg.Error as error:
            raise translate(error) from error

    def claims(self, owner: str, lease_seconds: float) -> Claims:
        """Return the claims on the work of the engine that this process makes."""
        return PostgresClaims(self.direct, owner, lease_seconds)

    def write(self, work: Task[T]) -> T:
        """Queue work and wait until it is durable. Never call it from a listener: it runs in the writer."""
        return self.submit(work).result()

    def submit(self, work: Task[T]) -> Future[T]:
        """Queue work; the future completes in the writer's thread once the group is durable."""
        return promise(self.enqueue, work)

    def enqueue(self, work: Task[Any], done: Done) -> None:
        """Queue work; `done` is called in the writer's thread once the group is durable."""
        self._writer.enqueue(work, done)

    def give_way(self) -> None:
        """Do nothing: what is written waits for the server, and hardly ever for this interpreter."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every record that becomes durable, whichever daemon wrote it, in order."""
        return self._herald.add(listener)

    def broadcast(self, topic: str, payload: bytes = b"") -> None:
        """Tell who listens in this process, and send it to the other daemons; nobody waits for that."""
        self._signals.broadcast(Signal(topic, payload))

    def on_signal(self, callback: Heard) -> Callable[[], None]:
        """Call `callback` with every signal, whichever daemon it comes from; returns the remover."""
        return self._signals.add(callback)

    def close(self) -> None:
        """Finish what is queued, then let every connection go. May be called again, and from any thread."""
        self._writer.close()
        self._closed = True
        if os.getpid() == self._pid:
            self._signals.close()
            self._herald.close()
            self._pool.close()

    def _prepare(self, migrates: bool) -> int:
        """Bring the tables to the newest format, or see that they have it; return the newest sequence."""
        try:
            with contextlib.closing(self._connector.open()) as connection:
                if migrates:
                    migrate(connection, self.schema, lock_key(self.schema, "migration"))
                else:
                    check(connection, self.schema)
                row = connection.execute("SELECT sequence FROM head").fetchone()
                return int(row[0]) if row else 0
        except psycopg.Error as error:
            raise open_error(self._connector.name, error) from error

    def _check_open(self) -> None:
        if self._closed or os.getpid() != self._pid:
            raise StoreUnavailable("the store is closed")


def lock_key(schema: str, purpose: str) -> int:
    """Return the key of an advisory lock: the same in every daemon, and no other program's by chance."""
    digest = hashlib.sha256(f"syncropel {purpose} {schema}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _end(connection: Connection[Any]) -> None:
    """End a read's transaction. A connection that cannot is dead, and the pool lets it go."""
    with contextlib.suppress(psycopg.Error):
        connection.execute("ROLLBACK")

"""Connections to PostgreSQL: how they are set up, which are kept, and patience when there is none."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import Connection, RawCursor, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from .errors import StoreUnavailable
from .postgres_errors import lost, translate
from .postgres_values import adapt

logger = logging.getLogger("syncropel.kernel")

# Seconds. A server that went away without a word is noticed within the line's time; one that answers slowly
# has the statement's.
_CONNECT_SECONDS = 5
_LINE_SECONDS = 15
_WAIT_SECONDS = 5.0
_FIRST_BACKOFF, _LONGEST_BACKOFF = 0.05, 5.0
_PREPARED_AFTER = 3
_PREPARED_MOST = 250


class Connector:
    """Opens connections to one database; after a failure it waits, longer each time, before it tries again.

    Args:
        conninfo: What `psycopg.connect` takes. What it says about time limits and keep-alives is kept.
        schema: The schema in which everything is.
        owner: One line about this process, shown by the server.
        statement_seconds: How long a statement may take.
        idle_seconds: How long a transaction may stand still. A daemon that is paused in one must not keep the
            others from writing.

    Attributes:
        name: The database in words that hold no password.
    """

    def __init__(
        self, conninfo: str, schema: str, owner: str, statement_seconds: float, idle_seconds: float
    ) -> None:
        given = conninfo_to_dict(conninfo)
        defaults: dict[str, Any] = {
            "connect_timeout": _CONNECT_SECONDS,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "tcp_user_timeout": _LINE_SECONDS * 1000,
            "application_name": f"syncropel {owner}".strip()[:63],
        }
        self._conninfo = make_conninfo(conninfo, **{k: v for k, v in defaults.items() if k not in given})
        where = given.get("host") or given.get("hostaddr") or "the local socket"
        port = f":{given['port']}" if given.get("port") else ""
        self.name = f"database {given.get('dbname') or 'of the default name'!r} at {where}{port}"
        path = sql.Identifier(schema).as_string()
        self._setup = (
            f"SET search_path TO {path}; SET statement_timeout TO {int(statement_seconds * 1000)};"
            f" SET lock_timeout TO {int(statement_seconds * 500)};"
            f" SET idle_in_transaction_session_timeout TO {int(idle_seconds * 1000)};"
            # What is acknowledged is on disk, whatever the server is set to.
            " SET synchronous_commit TO on; SET jit TO off; SET client_min_messages TO error"
        )
        self._lock = threading.Lock()
        self._failures = 0
        self._not_before = 0.0

    def open(self) -> Connection[Any]:
        """Open a connection in autocommit mode.

        Raises:
            psycopg.Error: It cannot be.
        """
        connection: Connection[Any] = psycopg.connect(
            self._conninfo,
            autocommit=True,
            cursor_factory=RawCursor,
            prepare_threshold=_PREPARED_AFTER,
            client_encoding="UTF8",
        )
        try:
            connection.prepared_max = _PREPARED_MOST
            adapt(connection)
            connection.execute(self._setup)
        except BaseException:
            connection.close()
            raise
        return connection

    def patiently(self) -> Connection[Any]:
        """Open a connection, unless the last attempt failed a moment ago.

        Raises:
            StoreUnavailable: There is none to be had now.
        """
        with self._lock:
            left = self._not_before - time.monotonic()
            if left > 0:
                raise StoreUnavailable("the database cannot be reached now")
        try:
            connection = self.open()
        except psycopg.Error as error:
            with self._lock:
                pause = min(_FIRST_BACKOFF * 2.0**self._failures, _LONGEST_BACKOFF)
                self._failures = min(self._failures + 1, 16)
                self._not_before = time.monotonic() + pause
            cause = translate(error)
            if cause is error:
                logger.warning("%s cannot be opened: %s", self.name, type(error).__name__)
                cause = StoreUnavailable("the database cannot be reached now")
            raise cause from error
        with self._lock:
            self._failures = 0
        return connection


class Pool:
    """Connections for reading, each used by one thread at a time; opened when needed, and kept.

    Args:
        connector: Opens them.
        size: How many there are at most.
    """

    def __init__(self, connector: Connector, size: int) -> None:
        self._connector = connector
        self._room = threading.BoundedSemaphore(size)
        self._idle: deque[Connection[Any]] = deque()
        self._closed = False

    @contextlib.contextmanager
    def lease(self, begin: str | None = None) -> Iterator[Connection[Any]]:
        """Give a connection for as long as a block runs.

        Args:
            begin: A statement to begin with. A kept connection that turns out to be dead at it is replaced:
                nothing has happened yet.

        Raises:
            StoreUnavailable: There is none to be had now.
        """
        if not self._room.acquire(timeout=_WAIT_SECONDS):
            raise StoreUnavailable("every connection for reading is in use")
        try:
            connection = self._begun(begin)
            try:
                yield connection
            finally:
                self._give_back(connection)
        finally:
            self._room.release()

    def close(self) -> None:
        """Close what is idle now, and the rest when it comes back."""
        self._closed = True
        self._drop_idle()

    def _begun(self, begin: str | None) -> Connection[Any]:
        while True:
            try:
                connection, kept = self._idle.pop(), True
            except IndexError:
                connection, kept = self._connector.patiently(), False
            if begin is None:
                return connection
            try:
                connection.execute(begin)
            except psycopg.Error as error:
                connection.close()
                if not (kept and lost(error)):
                    raise
                # One is dead: the server was away, and so are the others.
                self._drop_idle()
            else:
                return connection

    def _give_back(self, connection: Connection[Any]) -> None:
        idle = psycopg.pq.TransactionStatus.IDLE
        if self._closed or connection.closed or connection.info.transaction_status != idle:
            connection.close()
            return
        self._idle.append(connection)
        # `close` may have emptied the pool between the check and the append.
        if self._closed:
            self._drop_idle()

    def _drop_idle(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()

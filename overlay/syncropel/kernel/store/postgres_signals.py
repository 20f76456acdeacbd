"""Signals between the daemons of one database: NOTIFY on a channel of their own, each at most once.

Those of a transaction go out with its commit. Messages that no transaction belongs to leave through a thread
that sends what has gathered in one go. Our own are told here directly; what the database sends back is passed
over by its mark.
"""

# ruff: noqa: S608 - SQL is put together from text of this module alone.
from __future__ import annotations

import contextlib
import itertools
import json
import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg import Error, sql

from .base import Work
from .errors import StoreUnavailable
from .signals import ANYTHING, Signal, Signals, merged

if TYPE_CHECKING:
    from typing import Protocol

    from psycopg import Connection

    T = TypeVar("T")

    class Read(Protocol):
        """Runs work on a snapshot, as `Store.read` does."""

        def __call__(self, work: Work[T], /) -> T:
            """Return what the work returns."""
            ...


logger = logging.getLogger("syncropel.kernel")

# PostgreSQL takes 7,999 bytes; the mark and a few signs stand before these.
_INLINE_BYTES = 7_900
_QUEUED, _QUEUED_BYTES = 10_000, 64 * 1024 * 1024
_AT_ONCE = 500
_JOIN_SECONDS = 10.0
_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
# How long a body is kept that no notification can hold; the other daemons fetch it at once.
_KEPT_MS = 60_000
_STORED = (
    f"WITH kept AS (INSERT INTO signal_bodies (payload, written_at) VALUES ($1, {_NOW}) RETURNING id)"
    " SELECT pg_notify($2, $3::text || id) FROM kept"
)
# Whoever sweeps at the same time is passed over: nobody waits, and nobody stands in anybody's way.
_SWEEP = (
    "DELETE FROM signal_bodies WHERE id IN (SELECT id FROM signal_bodies"
    f" WHERE written_at < {_NOW} - {_KEPT_MS} FOR UPDATE SKIP LOCKED)"
)


class PostgresSignals(Signals):
    """The signals of one daemon, out and in.

    Args:
        connect: Opens a connection in autocommit mode that nobody else uses, or raises `StoreUnavailable`.
        schema: What the channel is named after.
        read: Runs work on a snapshot of the store.
    """

    def __init__(self, connect: Callable[[], Connection[Any]], schema: str, read: Read) -> None:
        super().__init__()
        self.channel = f"{schema}:signals"
        self._connect = connect
        self._read = read
        self._mark = secrets.token_hex(8)
        self._numbers = itertools.count()
        self._ready = threading.Condition()
        self._queued: deque[Signal] = deque()
        self._queued_bytes = 0
        self._closing = False
        self._thread: threading.Thread | None = None
        self._connection: Connection[Any] | None = None
        self._trouble = False

    def announce(self, connection: Connection[Any], signals: Sequence[Signal]) -> None:
        """Send signals with the transaction that a connection is in."""
        stored = False
        for text in packed(merged(signals)):
            if len(text) <= _INLINE_BYTES:
                connection.execute("SELECT pg_notify($1, $2)", (self.channel, f"{self._head()} {text}"))
            else:
                connection.execute(_STORED, (text.encode(), self.channel, f"{self._head()} #"))
                stored = True
        if stored:
            connection.execute(_SWEEP)

    def broadcast(self, signal: Signal) -> None:
        """Tell who listens here, and let the other daemons be told as soon as may be."""
        self.tell([signal])
        with self._ready:
            if self._closing:
                return
            if len(self._queued) >= _QUEUED or self._queued_bytes > _QUEUED_BYTES:
                self._lose("they come faster than they can be sent")
            self._queued.append(signal)
            self._queued_bytes += len(signal.payload)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="syncropel-signal", daemon=True)
                self._thread.start()
            self._ready.notify()

    def heard(self, notices: Sequence[str]) -> None:
        """Tell who listens here what other daemons have sent."""
        signals: list[Signal] = []
        for notice in notices:
            head, _, text = notice.partition(" ")
            if head.startswith(self._mark):
                continue
            try:
                signals += self._fetched(int(text[1:])) if text.startswith("#") else unpacked(text)
            except (ValueError, StoreUnavailable) as error:
                logger.warning("signals of another daemon are lost: %s", error)
                # Whatever it said: who waits for it had better look.
                signals.append(Signal(ANYTHING))
        self.tell(signals)

    def close(self) -> None:
        """Send what is queued, and end. May be called again."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_SECONDS)

    def _head(self) -> str:
        """Return what stands before signals: PostgreSQL keeps one of equal notifications."""
        return f"{self._mark}:{next(self._numbers)}"

    def _fetched(self, number: int) -> list[Signal]:
        rows = self._read(
            lambda transaction: transaction.execute(
                "SELECT payload FROM signal_bodies WHERE id = ?", (number,)
            )
        )
        return unpacked(bytes(rows[0][0]).decode()) if rows else []

    def _run(self) -> None:
        while signals := self._next():
            try:
                self._send(signals)
                self._trouble = False
            except (Error, StoreUnavailable) as error:
                self._let_go()
                with self._ready:
                    self._lose(str(error))
            except Exception:
                # Whatever it is, later messages depend on this thread.
                logger.exception("signals could not be sent")
                self._let_go()
        self._let_go()

    def _next(self) -> list[Signal]:
        with self._ready:
            while not self._queued and not self._closing:
                self._ready.wait()
            taken = [self._queued.popleft() for _ in range(min(_AT_ONCE, len(self._queued)))]
            self._queued_bytes -= sum(len(signal.payload) for signal in taken)
            return taken

    def _send(self, signals: Sequence[Signal]) -> None:
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        # Nothing of it has to survive a crash of the server, so nobody waits for its disk.
        with connection.pipeline(), connection.transaction():
            connection.execute("SET LOCAL synchronous_commit TO off")
            self.announce(connection, signals)

    def _lose(self, reason: str) -> None:
        """Give up what is queued: nothing of it is kept for later. The lock is held."""
        if not self._trouble:
            logger.warning("messages to other daemons are lost: %s", reason)
        self._trouble = True
        self._queued.clear()
        self._queued_bytes = 0

    def _let_go(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Error):
                self._connection.close()
            self._connection = None


def listening(channels: Iterable[str]) -> sql.Composed:
    """Return the statements that listen to channels."""
    return sql.SQL("; ").join(sql.SQL("LISTEN {}").format(sql.Identifier(channel)) for channel in channels)


def packed(signals: Iterable[Signal]) -> Iterator[str]:
    """Return signals as ASCII texts, as many in each as a notification holds; one that is too large alone."""
    gathered: list[str] = []
    size = 0
    for signal in signals:
        # Bytes that are no UTF-8 come through as well.
        text = json.dumps([signal.topic, signal.payload.decode("utf-8", "surrogateescape")])
        if gathered and size + len(text) + 2 > _INLINE_BYTES:
            yield f"[{','.join(gathered)}]"
            gathered, size = [], 0
        gathered.append(text)
        size += len(text) + 1
    if gathered:
        yield f"[{','.join(gathered)}]"


def unpacked(text: str) -> list[Signal]:
    """Return the signals of a text that `packed` made.

    Raises:
        ValueError: It is not one.
    """
    try:
        return [Signal(topic, given.encode("utf-8", "surrogateescape")) for topic, given in json.loads(text)]
    except (AttributeError, TypeError) as error:
        raise ValueError(f"it is not understood: {text[:100]!r}") from error

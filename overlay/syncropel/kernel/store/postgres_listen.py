"""Who hears of durable records when several daemons write to one database.

A group of records announces itself with NOTIFY when it commits. That is a hint and no more: what listeners
are told is read from the tables, in the order of sequences, from the place that was reached. So a hint that
is lost, doubled or late costs time and never a record, and once a second there is a look without any.

Our own groups need no reading: they are told as they are, where nothing of others lies before them.
"""

from __future__ import annotations

import contextlib
import logging
import random
import secrets
import selectors
import socket
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from psycopg import Error

from ..messages import Commit
from ..rows import last_sequence
from ..tidings import commits_after
from .base import Work
from .errors import StoreUnavailable
from .postgres_signals import PostgresSignals, listening
from .signals import ANYTHING, Signal
from .writer import Listeners

if TYPE_CHECKING:
    from typing import Protocol

    from psycopg import Connection

    T = TypeVar("T")

    class Read(Protocol):
        """Runs work on a snapshot, as `Store.read` does."""

        def __call__(self, work: Work[T], /) -> T:
            """Return what the work returns."""
            ...


CATCH_UP_SECONDS = 1.0
"""The longest that a record of another daemon waits when its announcement is lost."""

_PAGE = 1000
_FIRST_BACKOFF_SECONDS, _LONGEST_BACKOFF_SECONDS = 0.1, 5.0
# A connection that says nothing while records arrive is dead, and nobody may have told us.
_SILENT_ROUNDS = 3
_JOIN_SECONDS = 10.0
logger = logging.getLogger("syncropel.kernel")


class Herald(Listeners):
    """Tells listeners of every record of the store, each once, in the order of sequences.

    Args:
        connect: Opens a connection in autocommit mode that nobody else uses.
        channel: The name under which groups announce themselves.
        read: Runs work on a snapshot of the store.
        signals: Hear what comes on their channel, which is listened to on the same connection.
        catch_up_seconds: How often to look for what nobody announced.
    """

    def __init__(
        self,
        connect: Callable[[], Connection[Any]],
        channel: str,
        read: Read,
        signals: PostgresSignals,
        *,
        catch_up_seconds: float = CATCH_UP_SECONDS,
    ) -> None:
        super().__init__()
        self.channel = channel
        self._connect = connect
        self._read = read
        self._signals = signals
        self._catch_up_seconds = catch_up_seconds
        self._mark = secrets.token_hex(8)
        self._order = threading.Lock()
        self._told = 0
        self._closing = False
        self._tried = threading.Event()
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        # Not `select`, which knows no descriptor beyond 1023: a daemon has more connections than that.
        self._sources = selectors.DefaultSelector()
        self._sources.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="syncropel-listen", daemon=True)

    def start(self, after: int) -> None:
        """Begin behind a sequence; called once, before the first group is written."""
        self._told = after
        self._thread.start()

    def until_listening(self, seconds: float) -> None:
        """Wait until others are heard, or it turned out that they cannot be now; not longer than so long."""
        self._tried.wait(seconds)

    def close(self) -> None:
        """End the thread and its connection. May be called again."""
        self._closing = True
        self._wake()
        if self._thread.ident is None:
            self._release()
        elif threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_SECONDS)

    def payload(self, last: int) -> str:
        """Return what a group of ours announces itself with.

        Args:
            last: The sequence of its last record.
        """
        return f"{last} {self._mark}"

    def tell(self, commits: Sequence[Commit]) -> None:
        """Tell of a group that was written here; it waits for those of others that came before it."""
        with self._order:
            fresh = [commit for commit in commits if commit.sequence > self._told]
            if not fresh:
                return
            if fresh[-1].sequence == self._told + len(fresh):
                self._told = fresh[-1].sequence
                super().tell(fresh)
                return
        self._wake()

    def _wake(self) -> None:
        # Full of wake-ups that were not taken yet, or closed: either way nothing is missed.
        with contextlib.suppress(OSError):
            self._waker.send(b"!")

    def _run(self) -> None:
        failures = 0
        while not self._closing:
            try:
                with contextlib.closing(self._connect()) as connection:
                    connection.execute(listening((self.channel, self._signals.channel)))
                    self._tried.set()
                    if failures:
                        logger.warning("listening to the database again")
                        self._signals.tell([Signal(ANYTHING)])
                    failures = 0
                    self._follow(connection)
            except (Error, OSError, StoreUnavailable) as error:
                if not failures and not self._closing:
                    logger.warning("the database cannot be listened to, trying again: %s", error)
                failures += 1
            except Exception:
                # Whatever it is, watchers of other daemons' records depend on this thread.
                logger.exception("listening to the database failed, trying again")
                failures += 1
            self._tried.set()
            if failures and not self._closing:
                longest = min(_LONGEST_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2 ** min(failures, 10))
                # Not all daemons at once, when a database has come back. No secret is made here.
                self._wait(longest * random.uniform(0.5, 1.0))  # noqa: S311
        self._release()

    def _release(self) -> None:
        self._sources.close()
        self._waker.close()
        self._woken.close()

    def _follow(self, connection: Connection[Any]) -> None:
        # By its number: a connection that is lost while it is followed has none any more.
        descriptor = connection.fileno()
        self._sources.register(descriptor, selectors.EVENT_READ)
        try:
            self._listen(connection)
        finally:
            self._sources.unregister(descriptor)

    def _listen(self, connection: Connection[Any]) -> None:
        self._check_reached()
        # First what was written while nobody listened.
        self._catch_up()
        silent = 0
        while not self._closing and silent < _SILENT_ROUNDS:
            woken = self._wait(self._catch_up_seconds)
            announced = self._announced(connection)
            if woken or announced:
                self._catch_up()
            if announced is not None:
                silent = 0
            elif not woken and self._catch_up():
                silent += 1

    def _check_reached(self) -> None:
        """See whether the database still has what was told; one that was restored from a backup has not."""
        told = self._told
        head = self._read(last_sequence)
        if head >= told:
            return
        logger.error(
            "the database ends at sequence %d and was at %d: it was restored, or another server took over "
            "without its newest records. Restart every daemon of it, so that watchers begin anew",
            head,
            told,
        )
        with self._order:
            self._told = head

    def _wait(self, seconds: float) -> bool:
        """Wait for the database or for a wake-up; tells whether it was a wake-up."""
        ready = [key.fileobj for key, _ in self._sources.select(seconds)]
        if self._woken not in ready:
            return False
        self._woken.recv(4096)
        return True

    def _announced(self, connection: Connection[Any]) -> bool | None:
        """Tell whether others have announced what was not told yet; None when nothing was announced."""
        heard: bool | None = None
        signalled: list[str] = []
        for notice in connection.notifies(timeout=0):
            if notice.channel == self._signals.channel:
                signalled.append(notice.payload)
                continue
            last, _, mark = notice.payload.partition(" ")
            news = mark != self._mark and not (last.isdecimal() and int(last) <= self._told)
            heard = bool(heard) or news
        self._signals.heard(signalled)
        return heard

    def _catch_up(self) -> bool:
        """Tell what is in the store and was not told; returns whether there was anything."""
        found = False
        while not self._closing:
            after = self._told
            commits = self._read(lambda transaction: commits_after(transaction, after, _PAGE))  # noqa: B023
            with self._order:
                fresh = [commit for commit in commits if commit.sequence > self._told]
                if fresh:
                    self._told = fresh[-1].sequence
                    super().tell(fresh)
                    found = True
            if len(commits) < _PAGE:
                break
        return found

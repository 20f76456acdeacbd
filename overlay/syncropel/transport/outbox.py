"""The outbox: records that could not be delivered yet, in a file that outlives the process."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigurationError, UsageTypeError
from .outbox_owner import is_gone, new_owner
from .outbox_policy import (
    CHUNK_RECORDS,
    DEFAULT_MAX_BYTES,
    DEFAULT_MAX_RECORDS,
    REFUSE,
    check_seconds,
    check_when_full,
    check_whole,
)
from .outbox_rows import Bounds, DeadLetter, Dropped, Entry, Failure, Refusal, Totals, Waiting

if TYPE_CHECKING:
    from .outbox_table import Table

logger = logging.getLogger("syncropel")

FLUSH_ON_CLOSE_SECONDS = 2.0
GROUP = 1000

OnDrop = Callable[[Dropped], object]


class Outbox:
    """Keeps records in a SQLite file until they are delivered.

    Give it to a client (`Client(outbox=Outbox(...))`); several clients and processes may use one file. What
    is kept is on disk, and survives the end of the process by any means.

    Args:
        path: The file. Default: `outbox.db` in the user's folder for state (`~/.local/state/syncropel` on
            Linux). It is created for its owner alone (0600).
        max_records: The most records in the file, dead letters included.
        max_bytes: The most bytes of records in the file.
        max_age: Seconds after which a record that waits is given up. None: it waits for ever.
        when_full: `refuse` (a new record is not kept, and its result says so; what grew too old becomes a
            dead letter) or `drop_oldest` (the oldest record makes room; what grew too old is dropped).
        on_drop: Called with a `Dropped` for every record that was dropped. What it raises is logged.
        flush_on_close: Seconds a closing client goes on delivering.

    Raises:
        ConfigurationError: An argument cannot be used.
        UsageTypeError: `on_drop` cannot be called, or `path` is no path (a `TypeError`).
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        max_records: int = DEFAULT_MAX_RECORDS,
        max_bytes: int = DEFAULT_MAX_BYTES,
        max_age: float | None = None,
        when_full: str = REFUSE,
        on_drop: OnDrop | None = None,
        flush_on_close: float = FLUSH_ON_CLOSE_SECONDS,
    ) -> None:
        if on_drop is not None and not callable(on_drop):
            raise UsageTypeError("on_drop must be a function of one argument")
        self.path = _file(default_path() if path is None else path)
        self.flush_on_close = check_seconds(flush_on_close, "flush_on_close", zero=True)
        self._bounds = Bounds(
            check_whole(max_records, "max_records"),
            check_whole(max_bytes, "max_bytes"),
            None if max_age is None else check_seconds(max_age, "max_age"),
            check_when_full(when_full),
        )
        self._on_drop = on_drop
        self._dropped = 0
        self._closed = False
        self._start()

    def _start(self) -> None:
        """Begin without connections or threads: in a forked child those of the parent are of no use."""
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._pending: list[tuple[Entry, Future[bool]]] = []
        self._open = _Open()
        self._finalizer = weakref.finalize(self, self._open.close)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.path)!r})"

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @property
    def dropped(self) -> int:
        """Records dropped by this object since it was made."""
        return self._dropped

    def open(self) -> None:
        """Open the file now rather than at the first record.

        Raises:
            ConfigurationError: It cannot be used: it is damaged, open to others, of a newer release...
        """
        with self._using("reader"):
            pass

    def close(self) -> None:
        """Finish what is being kept, and close the file. A record that comes later still finds its way in."""
        self._home()
        with self._lock:
            self._closed = True
        self._open.close()

    def put(self, entry: Entry) -> Future[bool]:
        """Keep a record; from any thread.

        Returns:
            A future that completes once the record is on disk: True, or False when the outbox is full. Its
            exception is an `OutboxError` when the file cannot be written. Records that are put while others
            are being written share the next write.
        """
        self._home()
        future: Future[bool] = Future()
        # Not to be cancelled: a caller who stops waiting does not take the record back.
        future.set_running_or_notify_cancel()
        with self._lock:
            self._pending.append((entry, future))
        self._open.run(self._keep_pending)
        return future

    def settled(self) -> Future[None]:
        """Return a future that completes once everything put before is on disk."""
        self._home()
        return self._open.run(self._keep_pending)

    def holds(self, endpoint: str, sender: str, thread: str) -> bool:
        """Say whether records of this sender for this thread wait."""
        with self._using("reader") as table:
            return table.holds(endpoint, sender, thread)

    def waits(self, endpoint: str, sender: str | None = None) -> bool:
        """Say whether anything waits for this endpoint (from this sender)."""
        with self._using("reader") as table:
            return table.waits(endpoint, sender)

    def count(self, endpoint: str, sender: str | None = None) -> int:
        """Return how many records wait for this endpoint (from this sender)."""
        with self._using("reader") as table:
            return table.count(endpoint, sender)

    def totals(self) -> Totals:
        """Return what the file holds."""
        with self._using("reader") as table:
            return table.totals()

    def list_waiting(self, limit: int | None = None) -> list[Waiting]:
        """Return records that wait, oldest first; None for all of them."""
        with self._using("reader") as table:
            return table.waiting(limit)

    def list_dead(self, limit: int | None = None) -> list[DeadLetter]:
        """Return dead letters, oldest first; None for all of them."""
        with self._using("reader") as table:
            return table.dead(limit)

    def find(self, prefix: str) -> list[Waiting | DeadLetter]:
        """Return the records whose id begins so, those that wait first."""
        with self._using("reader") as table:
            return table.find(prefix)

    def revive(self, numbers: Sequence[int], replaced: Mapping[int, Entry] | None = None) -> int:
        """Let dead letters wait again; see `Table.revive`."""
        with self._using("writer") as table:
            return table.revive(numbers, replaced)

    def move(self, endpoint: str, to: str) -> int:
        """Let what waits for one endpoint wait for another, when the daemon has moved; see `Table.move`."""
        with self._using("writer") as table:
            return table.move(endpoint, to)

    def drop(self, records: Sequence[Waiting | DeadLetter] | None = None) -> int:
        """Remove records for good, or (None) all that are there; return how many there were."""
        with self._using("writer") as table:
            dropped = table.drop(records)
            table.shrink()
        return dropped

    def take(
        self, endpoint: str, sender: str | None, owner: str, *, most: int = CHUNK_RECORDS, eager: bool = False
    ) -> list[Waiting]:
        """Take the oldest records nobody else is delivering; see `Table.take`."""
        with self._using("writer") as table:
            if self._bounds.age is not None:
                self._tell(table.expire(self._bounds))
            table.free_leases_of(is_gone)
            return table.take(endpoint, sender, owner, most=most, eager=eager)

    def settle(
        self,
        owner: str,
        delivered: Sequence[int] = (),
        refused: Sequence[Refusal] = (),
        failed: Sequence[Failure] = (),
    ) -> None:
        """Note what became of what was taken; see `Table.settle`."""
        with self._using("writer") as table:
            table.settle(owner, delivered, refused, failed)
            if delivered:
                table.shrink()

    @staticmethod
    def new_owner() -> str:
        """Return a name under which to take records."""
        return new_owner()

    def _keep_pending(self) -> None:
        """Write what is pending, as many records in one transaction as there are."""
        while True:
            with self._lock:
                group, self._pending = self._pending[:GROUP], self._pending[GROUP:]
            if not group:
                return
            try:
                with self._using("writer") as table:
                    kept = table.add([entry for entry, _ in group], self._bounds)
            except BaseException as error:
                for _, future in group:
                    future.set_exception(error)
                if not isinstance(error, Exception):
                    raise
                continue
            for (_, future), placed in zip(group, kept.placed, strict=True):
                future.set_result(placed)
            self._tell(kept.dropped)

    def _tell(self, dropped: Sequence[Dropped]) -> None:
        self._dropped += len(dropped)
        for one in dropped:
            logger.warning(
                "dropped record %s of thread %r from the outbox (%s)",
                one.entry.id,
                one.entry.thread,
                one.reason,
            )
            if self._on_drop is not None:
                try:
                    self._on_drop(one)
                except Exception:  # an observer must not stop the keeping of records
                    logger.exception("on_drop raised; the outbox is not affected")

    @contextlib.contextmanager
    def _using(self, role: str) -> Iterator[Table]:
        self._home()
        if self._closed:
            # The last words of a client that is closing: rare, so the file is opened for them alone.
            from .outbox_table import Table

            table = Table(self.path)
            try:
                yield table
            finally:
                table.close()
        else:
            yield self._open.table(role, self.path)

    def _home(self) -> None:
        if self._pid != os.getpid():
            self._finalizer.detach()
            # Closing a connection of the parent's would end the parent's locks on the file.
            _ABANDONED.append(self._open)
            self._start()


class _Open:
    """What an outbox holds while it is open: two connections, and the thread that keeps records."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._tables: dict[str, Table] = {}
        self._executor: ThreadPoolExecutor | None = None
        self._keeper = 0

    def table(self, role: str, path: Path) -> Table:
        found = self._tables.get(role)
        if found is None:
            from .outbox_table import Table

            with self._lock:
                found = self._tables.get(role)
                if found is None:
                    found = self._tables[role] = Table(path, read_only=role == "reader")
        return found

    def run(self, work: Callable[[], None]) -> Future[None]:
        """Run work on the keeper's thread; in this one when the interpreter is ending."""
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(1, "syncropel-outbox", self._note_keeper)
            executor = self._executor
        try:
            return executor.submit(work)
        except RuntimeError:
            done: Future[None] = Future()
            try:
                work()
            except Exception as error:  # noqa: BLE001 - whoever holds the future is told
                done.set_exception(error)
            else:
                done.set_result(None)
            return done

    def _note_keeper(self) -> None:
        self._keeper = threading.get_ident()

    def close(self) -> None:
        if self._pid != os.getpid():
            return
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            # The keeper may be who drops the last reference to the outbox, and cannot wait for itself.
            executor.shutdown(wait=threading.get_ident() != self._keeper)
        with self._lock:
            tables, self._tables = self._tables, {}
        for table in tables.values():
            table.close()


_ABANDONED: list[_Open] = []


def default_path(environ: Mapping[str, str] | None = None) -> Path:
    """Return where the outbox is when nobody says: in the user's folder for state.

    Raises:
        ConfigurationError: There is no home folder.
    """
    env = os.environ if environ is None else environ
    try:
        if sys.platform == "win32":
            base = Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Application Support"
        else:
            base = Path(env.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    except RuntimeError as error:
        raise ConfigurationError(f"the outbox has no place: {error}; give a path") from None
    return base / "syncropel" / "outbox.db"


def _file(path: str | os.PathLike[str]) -> Path:
    try:
        # Absolute: another folder may be the current one when the file is opened.
        return Path(path).expanduser().absolute()
    except TypeError:
        raise UsageTypeError(f"the path of an outbox must be a path, not {type(path).__name__}") from None
    except RuntimeError as error:
        raise ConfigurationError(f"the path of the outbox names no file: {error}") from None

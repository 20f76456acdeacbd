"""What is done to the outbox's file: keep, take, settle, list. Each call is one transaction."""

# ruff: noqa: S608 - the texts are put together from the constants of these modules; values are bound

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from .outbox_policy import CHUNK_BYTES, CHUNK_RECORDS, DROP_OLDEST, EXPIRED, LEASE_SECONDS
from .outbox_rows import Bounds, DeadLetter, Dropped, Entry, Failure, Kept, Refusal, Totals, Waiting
from .outbox_schema import connect, give_room_back, has_much_room, translate

T = TypeVar("T")


_ALL = -1
_TURN_SECONDS = 0.001
_ENTRY = "endpoint, sender, thread, id, actor, act, kind, payload"
_WAITING = f"number, {_ENTRY}, added_at, attempts, error"
_DEAD = f"{_WAITING}, died_at, status, code, message"
# Not by an index: the rows come in the order of their numbers already, and the first few are enough.
_TAKEABLE = """SELECT number, length(payload) FROM waiting w NOT INDEXED
    WHERE endpoint = ? AND (? IS NULL OR sender = ?)
    AND NOT EXISTS (SELECT 1 FROM leases l WHERE l.endpoint = w.endpoint AND l.sender = w.sender
        AND l.thread = w.thread AND l.until > ? AND l.until < ? AND l.owner <> ?)
    ORDER BY number LIMIT ?"""


class Table:
    """One connection to the file. Safe across threads: calls follow one another.

    Args:
        path: The file.
        read_only: Whether this connection only looks.
        now: Seconds since the epoch.

    Raises:
        ConfigurationError: The file cannot be used; see `outbox_schema.connect`.
    """

    def __init__(self, path: Path, *, read_only: bool = False, now: Callable[[], float] = time.time) -> None:
        self.path = path
        self._now = now
        self._lock = threading.Lock()
        self._connection = connect(path, read_only=read_only)
        self._durable: bool | None = None

    def close(self) -> None:
        """Close the connection. Calls after this fail."""
        with self._lock:
            self._connection.close()

    def add(self, entries: Sequence[Entry], bounds: Bounds) -> Kept:
        """Keep records, in this order and on disk when this returns.

        One that is there already keeps its place. What does not fit is refused or displaces the oldest, as
        `bounds` says; what grew too old is given up first.
        """

        def work(run: Run) -> Kept:
            now = self._now()
            dropped = _expire(run, bounds, now)
            if _all_fit(run, entries, bounds):
                _insert_together(run, entries, now)
                return Kept([True] * len(entries), dropped)
            placed = []
            for entry in entries:
                fits, gone = _make_room(run, len(entry.payload), bounds)
                dropped += gone
                placed.append(fits)
                if fits:
                    run(_INSERT, (*entry, now))
            return Kept(placed, dropped)

        return self._write(work, durable=True)

    def expire(self, bounds: Bounds) -> list[Dropped]:
        """Give up what waited too long: dropped, or a dead letter where nothing may be dropped."""
        return self._write(lambda run: _expire(run, bounds, self._now()), durable=True)

    def holds(self, endpoint: str, sender: str, thread: str) -> bool:
        """Say whether records of a lane wait."""
        sql = "SELECT 1 FROM waiting WHERE endpoint = ? AND sender = ? AND thread = ? LIMIT 1"
        return bool(self._read(sql, (endpoint, sender, thread)))

    def waits(self, endpoint: str, sender: str | None = None) -> bool:
        """Say whether anything waits for an endpoint (from one sender)."""
        sql = "SELECT 1 FROM waiting WHERE endpoint = ? AND (? IS NULL OR sender = ?) LIMIT 1"
        return bool(self._read(sql, (endpoint, sender, sender)))

    def count(self, endpoint: str, sender: str | None = None) -> int:
        """Return how many records wait for an endpoint (from one sender)."""
        sql = "SELECT COUNT(*) FROM waiting WHERE endpoint = ? AND (? IS NULL OR sender = ?)"
        return int(self._read(sql, (endpoint, sender, sender))[0][0])

    def totals(self) -> Totals:
        """Return what the file holds."""
        return Totals(*self._read("SELECT waiting, dead, bytes FROM totals")[0])

    def take(
        self, endpoint: str, sender: str | None, owner: str, *, most: int = CHUNK_RECORDS, eager: bool = False
    ) -> list[Waiting]:
        """Take the oldest records that nobody else is delivering, and lease their lanes.

        A lane is one sender's records of one thread for one endpoint. What is taken of a lane is its oldest
        part, without a hole, so whoever delivers it in this order keeps the lane's order.

        Args:
            endpoint: Whose records.
            sender: From whom; None for everybody.
            owner: Who takes them.
            most: How many at most; at least one is taken, and `CHUNK_BYTES` of payload are passed by one
                record at most.
            eager: Take lanes that wait after a failure, too.
        """

        def work(run: Run) -> list[Waiting]:
            now = self._now()
            if eager:
                run("DELETE FROM leases WHERE owner = ''")
            # A lease that ends later than any can was written by a clock that is wrong: it holds nobody off.
            values = (endpoint, sender, sender, now, now + 2 * LEASE_SECONDS, owner, most)
            rows = run(_TAKEABLE, values)
            until = now + LEASE_SECONDS
            # By their sizes first: all of them at once could be hundreds of megabytes.
            sql = f"SELECT {_WAITING} FROM waiting WHERE number = ?"
            taken = [_waiting(run(sql, (number,))[0]) for number in _within_bytes(rows, CHUNK_BYTES)]
            for lane in {entry[:3] for _, entry, *_ in taken}:
                run("INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?)", (*lane, owner, until))
            return taken

        return self._write(work)

    def settle(
        self,
        owner: str,
        delivered: Sequence[int] = (),
        refused: Sequence[Refusal] = (),
        failed: Sequence[Failure] = (),
    ) -> None:
        """Note what became of what was taken, and give its lanes back.

        What was delivered goes, what was refused becomes a dead letter, what failed stays in its place. A
        record that somebody else settled in the meantime is left alone.
        """

        def work(run: Run) -> None:
            now = self._now()
            for number in delivered:
                run("DELETE FROM waiting WHERE number = ?", (number,))
            for refusal in refused:
                _bury(run, refusal, now)
            run("DELETE FROM leases WHERE owner = ?", (owner,))
            for failure in failed:
                _note_failure(run, failure, now)

        # Not flushed to the disk: what comes back after a power cut is posted again, and known to the server.
        self._write(work, durable=bool(refused))

    def release(self, owner: str) -> None:
        """Give back what was taken, without a note."""
        self.settle(owner)

    def free_leases_of(self, is_dead: Callable[[str], bool]) -> None:
        """End the leases of owners that are gone."""
        owners = [owner for (owner,) in self._read("SELECT DISTINCT owner FROM leases WHERE owner <> ''")]
        gone = [(owner,) for owner in owners if is_dead(owner)]
        if gone:
            self._write(lambda run: [run("DELETE FROM leases WHERE owner = ?", one) for one in gone])

    def waiting(self, limit: int | None = None) -> list[Waiting]:
        """Return records that wait, oldest first; None for all of them."""
        sql = f"SELECT {_WAITING} FROM waiting ORDER BY number LIMIT ?"
        return [_waiting(row) for row in self._read(sql, (_ALL if limit is None else limit,))]

    def dead(self, limit: int | None = None) -> list[DeadLetter]:
        """Return dead letters, oldest first; None for all of them."""
        sql = f"SELECT {_DEAD} FROM dead ORDER BY number LIMIT ?"
        return [_dead(row) for row in self._read(sql, (_ALL if limit is None else limit,))]

    def find(self, prefix: str) -> list[Waiting | DeadLetter]:
        """Return the records whose id begins so, those that wait first."""
        bounds = (prefix, prefix + "\U0010ffff")
        found: list[Waiting | DeadLetter] = [
            _waiting(row)
            for row in self._read(f"SELECT {_WAITING} FROM waiting WHERE id >= ? AND id < ?", bounds)
        ]
        rows = self._read(f"SELECT {_DEAD} FROM dead WHERE id >= ? AND id < ?", bounds)
        return found + [_dead(row) for row in rows]

    def revive(self, numbers: Sequence[int], replaced: Mapping[int, Entry] | None = None) -> int:
        """Let dead letters wait again, behind what waits already; return how many there were.

        Args:
            numbers: Which.
            replaced: What some of them become: the same record under another clock.
        """
        instead = replaced or {}

        def work(run: Run) -> int:
            revived = 0
            for number in numbers:
                rows = run(f"SELECT {_ENTRY} FROM dead WHERE number = ?", (number,))
                if rows:
                    run(_INSERT, (*instead.get(number, Entry(*rows[0])), self._now()))
                    run("DELETE FROM dead WHERE number = ?", (number,))
                    revived += 1
            return revived

        return self._write(work, durable=True)

    def move(self, endpoint: str, to: str) -> int:
        """Let what waits for one endpoint wait for another; return how many records there were."""

        def work(run: Run) -> int:
            count = int(run("SELECT COUNT(*) FROM waiting WHERE endpoint = ?", (endpoint,))[0][0])
            run("UPDATE OR IGNORE waiting SET endpoint = ? WHERE endpoint = ?", (to, endpoint))
            # What is left was kept for both.
            run("DELETE FROM waiting WHERE endpoint = ?", (endpoint,))
            return count

        return self._write(work, durable=True) if endpoint != to else 0

    def drop(self, records: Sequence[Waiting | DeadLetter] | None = None) -> int:
        """Remove records for good, or (None) all that are there; return how many there were."""

        def work(run: Run) -> int:
            waiting, dead, _ = run("SELECT waiting, dead, bytes FROM totals")[0]
            if records is None:
                run("DELETE FROM waiting")
                run("DELETE FROM dead")
            for one in records or ():
                if isinstance(one, Waiting):
                    run("DELETE FROM waiting WHERE number = ?", (one.number,))
                else:
                    run("DELETE FROM dead WHERE number = ?", (one.waiting.number,))
            left = run("SELECT waiting + dead FROM totals")[0][0]
            return int(waiting + dead - left)

        return self._write(work, durable=True)

    def shrink(self) -> None:
        """Give room that nothing uses any more back to the disk; where that cannot be done now, later."""
        with contextlib.suppress(sqlite3.Error):
            with self._lock:
                more = has_much_room(self._connection)
            while more:
                with self._lock:
                    more = give_room_back(self._connection)
                time.sleep(_TURN_SECONDS)  # whoever else wants to write, here or elsewhere, does so now

    def _read(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise translate(self.path, error) from error

    def _write(self, work: Callable[[Run], T], *, durable: bool = False) -> T:
        try:
            with self._lock:
                if durable is not self._durable:
                    self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                    self._durable = durable
                with _transaction(self._connection) as run:
                    return work(run)
        except sqlite3.Error as error:
            raise translate(self.path, error) from error


Run = Callable[..., list[tuple[Any, ...]]]
_PLACES = "(?,?,?,?,?,?,?,?,?,0)"
_INSERT = f"INSERT OR IGNORE INTO waiting ({_ENTRY}, added_at, attempts) VALUES {_PLACES}"
_TOGETHER = 100  # with nine values each: older SQLites take 999 in a statement


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[Run]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield lambda sql, values=(): connection.execute(sql, values).fetchall()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _waiting(row: tuple[Any, ...]) -> Waiting:
    return Waiting(row[0], Entry(*row[1:9]), *row[9:12])


def _dead(row: tuple[Any, ...]) -> DeadLetter:
    return DeadLetter(_waiting(row), *row[12:])


def _within_bytes(sizes: Iterable[tuple[Any, ...]], most: int) -> Iterator[int]:
    total = 0
    for number, size in sizes:
        if total and total + size > most:
            return
        total += size
        yield number


def _all_fit(run: Run, entries: Sequence[Entry], bounds: Bounds) -> bool:
    waiting, dead, used = run("SELECT waiting, dead, bytes FROM totals")[0]
    size = sum(len(entry.payload) for entry in entries)
    return bool(waiting + dead + len(entries) <= bounds.records and used + size <= bounds.bytes)


def _insert_together(run: Run, entries: Sequence[Entry], now: float) -> None:
    """Insert rows, many in a statement: between two of them this thread waits for its turn to run."""
    for start in range(0, len(entries), _TOGETHER):
        group = entries[start : start + _TOGETHER]
        run(
            _INSERT + f", {_PLACES}" * (len(group) - 1), [value for entry in group for value in (*entry, now)]
        )


def _make_room(run: Run, size: int, bounds: Bounds) -> tuple[bool, list[Dropped]]:
    """Say whether a record of this size fits, after dropping what is oldest where the policy allows it."""
    dropped: list[Dropped] = []
    while True:
        waiting, dead, used = run("SELECT waiting, dead, bytes FROM totals")[0]
        if waiting + dead < bounds.records and used + size <= bounds.bytes:
            return True, dropped
        if bounds.when_full != DROP_OLDEST or size > bounds.bytes:
            return False, dropped
        # A dead letter first: it was judged, what waits was not.
        name, reason = ("dead", "dead") if dead else ("waiting", "full")
        number, *oldest = run(f"SELECT number, {_ENTRY} FROM {name} ORDER BY number LIMIT 1")[0]
        run(f"DELETE FROM {name} WHERE number = ?", (number,))
        dropped.append(Dropped(Entry(*oldest), reason))


def _expire(run: Run, bounds: Bounds, now: float) -> list[Dropped]:
    if bounds.age is None:
        return []
    oldest = now - bounds.age
    rows = run(f"SELECT number, {_ENTRY} FROM waiting WHERE added_at < ? ORDER BY number", (oldest,))
    for number, *_ in rows:
        if bounds.when_full == DROP_OLDEST:
            run("DELETE FROM waiting WHERE number = ?", (number,))
        else:
            message = f"not delivered within {bounds.age:g} s, the longest it may wait"
            _bury(run, Refusal(number, None, EXPIRED, message), now)
    return [Dropped(Entry(*row[1:]), "age") for row in rows] if bounds.when_full == DROP_OLDEST else []


def _bury(run: Run, refusal: Refusal, now: float) -> None:
    """Move a record to the dead letters, if it still waits."""
    sql = f"INSERT OR REPLACE INTO dead ({_DEAD}) SELECT {_WAITING}, ?, ?, ?, ? FROM waiting WHERE number = ?"
    run(sql, (now, refusal.status, refusal.code, refusal.message, refusal.number))
    run("DELETE FROM waiting WHERE number = ?", (refusal.number,))


def _note_failure(run: Run, failure: Failure, now: float) -> None:
    run(
        "UPDATE waiting SET attempts = attempts + 1, error = ? WHERE number = ?",
        (failure.message, failure.number),
    )
    if failure.wait > 0:
        # A lease of nobody's: the lane rests, and the others go on.
        run(
            """INSERT OR REPLACE INTO leases SELECT endpoint, sender, thread, '', ? FROM waiting
            WHERE number = ?""",
            (now + failure.wait, failure.number),
        )

"""The outbox's file: its tables, how it is opened, and what is said when it cannot be."""

# ruff: noqa: S608 - the texts are put together from the constants of these modules; values are bound

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from ..errors import ConfigurationError, OutboxError
from ..keys.files import check_private

APPLICATION_ID = 0x53594F42
"""`SYOB`: what the file says it is, so that no other program's database is taken for an outbox."""

FORMAT = 1
BUSY_SECONDS = 10.0

# Pages of 4 KiB. Room that nothing uses is kept for what comes next, and given back when it is much.
_MUCH_ROOM, _KEPT_ROOM = 1024, 256
_ROOM_AT_ONCE = 512
_LITTLE_BYTES = 1024 * 1024
_INCREMENTAL = 2
_LOG_BYTES = 4 * 1024 * 1024

# The numbers are the order in which records were kept. AUTOINCREMENT: one that was given back must never name
# another record, or a late "delivered" would remove that one.
_ROW = """
    endpoint TEXT NOT NULL,
    sender   TEXT NOT NULL,
    thread   TEXT NOT NULL,
    id       TEXT NOT NULL,
    actor    TEXT NOT NULL,
    act      TEXT NOT NULL,
    kind     TEXT NOT NULL,
    payload  BLOB NOT NULL,
    added_at REAL NOT NULL,
    attempts INTEGER NOT NULL,
    error    TEXT
"""
_TABLES = (
    f"CREATE TABLE waiting (number INTEGER PRIMARY KEY AUTOINCREMENT, {_ROW}, UNIQUE (endpoint, sender, id))",
    "CREATE INDEX waiting_lane ON waiting (endpoint, sender, thread)",
    f"""CREATE TABLE dead (number INTEGER PRIMARY KEY, {_ROW},
        died_at REAL NOT NULL, status INTEGER, code TEXT, message TEXT NOT NULL)""",
    """CREATE TABLE leases (endpoint TEXT NOT NULL, sender TEXT NOT NULL, thread TEXT NOT NULL,
        owner TEXT NOT NULL, until REAL NOT NULL, PRIMARY KEY (endpoint, sender, thread)) WITHOUT ROWID""",
    "CREATE INDEX leases_owner ON leases (owner)",
    "CREATE TABLE totals (waiting INTEGER NOT NULL, dead INTEGER NOT NULL, bytes INTEGER NOT NULL)",
    "INSERT INTO totals VALUES (0, 0, 0)",
    *(
        f"""CREATE TRIGGER {table}_{event} AFTER {event} ON {table} BEGIN
        UPDATE totals SET {table} = {table} {sign} 1, bytes = bytes {sign} length({row}.payload); END"""
        for table in ("waiting", "dead")
        for event, sign, row in (("INSERT", "+", "new"), ("DELETE", "-", "old"))
    ),
)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the file, making it (0600) where there is none.

    Raises:
        ConfigurationError: It cannot be opened, is open to others, is no outbox, is damaged, or is of a newer
            release.
    """
    try:
        _make(path)
        check_private(path.stat(), path, "outbox")
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    try:
        _prepare(connection, path)
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        connection.close()
        raise _unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def give_room_back(connection: sqlite3.Connection) -> bool:
    """Let the file be smaller by some of the room that nothing uses; say whether there may be more.

    Others who write wait for a few milliseconds at most: what is much is given back in several calls.
    """
    room = connection.execute("PRAGMA freelist_count").fetchone()[0]
    if connection.execute("PRAGMA auto_vacuum").fetchone()[0] == _INCREMENTAL:
        if room > _KEPT_ROOM:
            # As a script: otherwise the driver stops at the first page.
            connection.executescript(f"PRAGMA incremental_vacuum({min(_ROOM_AT_ONCE, room - _KEPT_ROOM)})")
        more = bool(room - _ROOM_AT_ONCE > _KEPT_ROOM)
    else:
        # A file of an earlier release is written anew once, when there is little left to be written.
        if room > _MUCH_ROOM and connection.execute("SELECT bytes FROM totals").fetchone()[0] < _LITTLE_BYTES:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("VACUUM")
        more = False
    if not more:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    return more


def has_much_room(connection: sqlite3.Connection) -> bool:
    """Say whether so much of the file is unused that some should be given back."""
    return bool(connection.execute("PRAGMA freelist_count").fetchone()[0] > _MUCH_ROOM)


def translate(path: Path, error: sqlite3.Error) -> OutboxError:
    """Return our error for one of the file's under way."""
    return OutboxError(str(_unusable(path, error)))


def _make(path: Path) -> None:
    if path.is_dir():
        raise ConfigurationError(
            f"the outbox {str(path)!r} cannot be used: it is a folder; name a file in it"
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
    except FileExistsError:
        return


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        _refuse_foreign(connection, path)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        _to_wal(connection)
        # Two processes that open a new file at once: the second waits here until the tables are there.
        connection.execute("BEGIN IMMEDIATE")
        try:
            _create(connection, path)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise _foreign(path)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > FORMAT:
        raise ConfigurationError(
            f"the outbox {str(path)!r} is of format {version}, written by a newer release; this one knows "
            f"format {FORMAT}: upgrade syncropel, or name another file"
        )


def _to_wal(connection: sqlite3.Connection) -> None:
    """Switch the new file to its log. SQLite does not wait by itself while another process does the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _create(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0]:
        return
    _refuse_foreign(connection, path)
    for statement in _TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {FORMAT}")


def _refuse_foreign(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that has tables already, before anything in it is changed."""
    if connection.execute("PRAGMA user_version").fetchone()[0]:
        return
    if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise _foreign(path)


def _foreign(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{str(path)!r} is a database of something else, not an outbox; name another file"
    )


def _unusable(path: Path, error: Exception) -> ConfigurationError:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    if "not a database" in text or "malformed" in text:
        return ConfigurationError(
            f"the outbox {str(path)!r} is damaged ({text}); it was left as it is: move it aside "
            f"(with its -wal and -shm) and begin a new one, or get records out with `sqlite3 FILE .recover`"
        )
    if "locked" in text:
        text = f"another process held it for {BUSY_SECONDS:g} s"
    if "full" in text:
        text = "the disk is full"
    return ConfigurationError(f"the outbox {str(path)!r} cannot be used: {text}")

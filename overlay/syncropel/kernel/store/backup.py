"""A SQLite store as a file among files: copied while it is in use, put in place, made smaller.

A copy is complete, checked and on disk before it gets its name; whatever fails before leaves what was there.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from .errors import StoreCorrupt, StoreError, StoreForeign, StoreFormatTooNew, StoreLocked, StoreNotWritable
from .lock import FileLock
from .schema import APPLICATION_ID, MIGRATIONS

_PAGES_PER_STEP = 512
_SIDE_FILES = ("-wal", "-shm", "-journal")
_LOCK = ".lock"

Progress = Callable[[int, int], None]


class Examined(NamedTuple):
    """What a sound store file holds.

    Attributes:
        format: The number of its format.
        records: How many records; their sequences are 1 to this.
        accounts: How many service accounts, whose tokens need the key in the file beside the store.
        size: Bytes.
    """

    format: int
    records: int
    accounts: int
    size: int


def copy(source: Path, target: Path, progress: Progress, *, replace: bool = False) -> Examined:
    """Write a consistent copy of a store file that may be in use, without disturbing who uses it.

    What is committed when the copy begins is in it, and nothing later. The copy is one file.

    Args:
        source: The store file.
        target: The file to make; readable by its owner only.
        progress: Called with the pages that are done and their number.
        replace: Whether a file of that name may be replaced.

    Raises:
        StoreLocked: The target is a store that another process uses.
        StoreError: The source is no store or is damaged, or the target cannot be written.
    """
    target = target.resolve()
    _check_target(target, replace)
    if source.exists() and target.exists() and source.samefile(target):
        raise StoreError(f"{target} is the store itself: name another file for the copy")
    with contextlib.ExitStack() as held, _draft_of(target) as draft:
        if target.with_name(target.name + _LOCK).exists():
            held.enter_context(_alone(target, "a command that replaces it"))
        with _reading(source) as origin, contextlib.closing(_connect(draft)) as made:
            origin.execute("BEGIN")
            check_identity(origin, source)
            # Nothing is lost when this file is torn: it has no name yet, and is synchronised as a whole.
            made.execute("PRAGMA synchronous = OFF")
            with _told(source, target):
                # The snapshot is open already: other writers go on, and the copy never starts again.
                origin.backup(
                    made,
                    pages=_PAGES_PER_STEP,
                    progress=lambda _status, left, all_: progress(all_ - left, all_),
                )
                made.execute("PRAGMA journal_mode = DELETE")
        found = examine(draft)
        _settle(target)
        _name(draft, target, replace=replace)
    return found


def restore(source: Path, target: Path, progress: Progress, *, replace: bool = False) -> Examined:
    """Put a copy in the place of a store file.

    The copy is examined before anything that is there is touched, and takes its place in one step.

    Args:
        source: The copy, as `copy` made it; it stays.
        target: The store file. Nobody may be using it.
        progress: As for `copy`.
        replace: Whether a store that is there is given up.

    Raises:
        StoreLocked: Another process uses the store.
        StoreError: The copy is not sound, the target is there, or it cannot be written.
    """
    _check_target(target, replace)
    if source.exists() and target.exists() and source.samefile(target):
        raise StoreError(f"{source} is the store itself: name the copy to restore from")
    with _alone(target, "a command that restores it"), _draft_of(target) as draft:
        found = copy(source, draft, progress, replace=True)
        _settle(target)
        _name(draft, target, replace=replace)
    return found


def compact(path: Path) -> tuple[Examined, int, int]:
    """Write a store file anew without the room that nothing uses.

    Returns:
        What it holds, and its size in bytes before and after.

    Raises:
        StoreLocked: Another process uses the store.
        StoreError: It is no store, is damaged, or there is no room for the new one.
    """
    _check_target(path, replace=True)
    with _alone(path, "a command that compacts it"), _draft_of(path) as draft:
        # What is damaged would be written anew as if it were sound, and what could be saved be gone.
        examine(path)
        with _reading(path) as origin, _told(path, path):
            before = size_of(path)
            origin.execute("VACUUM INTO ?", (str(draft),))
        draft.chmod(path.stat().st_mode & 0o777)
        found = examine(draft)
        _settle(path)
        _name(draft, path, replace=True)
    return found, before, size_of(path)


def examine(path: Path) -> Examined:
    """Look at every page of a store file.

    Raises:
        StoreForeign: It is no store.
        StoreFormatTooNew: A newer version of this package wrote it.
        StoreCorrupt: It is damaged.
    """
    with _reading(path) as connection, _told(path, path):
        version = check_identity(connection, path)
        faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
        if faults != ["ok"]:
            raise damaged(path, "; ".join(" ".join(fault.split()) for fault in faults))
        count, first, last = connection.execute(
            "SELECT count(*), coalesce(min(sequence), 1), coalesce(max(sequence), 0) FROM records"
        ).fetchone()
        if (first, last) != (1, count):
            raise damaged(path, f"{count} records have the sequences {first} to {last}")
        with_accounts = version >= 3  # the format that brought them
        accounts = connection.execute("SELECT count(*) FROM accounts").fetchone()[0] if with_accounts else 0
        return Examined(version, count, accounts, size_of(path))


def check_identity(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format of a store.

    Raises:
        StoreError: It is no store, or one of a newer version.
    """
    with _told(path, path):
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        # What is asked of the head alone passes over a schema that cannot be read.
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    if application != APPLICATION_ID or version < 1:
        raise StoreForeign(f"{path} is no store of this program")
    if version > len(MIGRATIONS):
        raise StoreFormatTooNew(
            f"{path} has store format {version} and this version knows {len(MIGRATIONS)}:"
            " install a newer syncropel"
        )
    return version


def open_reader(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads, beside whoever else uses the file.

    Raises:
        StoreError: There is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise StoreError(f"there is no store file {path}")
    # Where nothing can be written nobody writes, and SQLite cannot make the file by which readers agree.
    still = not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()
    name = f"file:{quote(str(path.absolute()))}?{'immutable=1' if still else 'mode=ro'}"
    try:
        connection = sqlite3.connect(name, uri=True, isolation_level=None, timeout=30)
        connection.execute("PRAGMA temp_store = MEMORY")
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be read ({error})") from error
    return connection


def damaged(path: Path, what: str) -> StoreCorrupt:
    """Return the error for a file that is not sound."""
    return StoreCorrupt(f"{path} is damaged ({what}); restore a backup (spl restore)")


def size_of(path: Path) -> int:
    """Return how many bytes a store takes, its log included."""
    files = (path, path.with_name(path.name + "-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(open_reader(path)) as connection:
        yield connection


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


@contextlib.contextmanager
def _told(source: Path, target: Path) -> Iterator[None]:
    """Turn what SQLite says into what to do."""
    try:
        yield
    except UnicodeDecodeError as error:
        # What SQLite quotes of a damaged page need not be text.
        raise damaged(source, "what is in it is no text") from error
    except sqlite3.Error as error:
        text = str(error)
        if "is full" in text:
            raise StoreNotWritable(f"there is no room for {target}: make some and try again") from error
        if "not a database" in text:
            raise StoreForeign(f"{source} is no store of this program ({text})") from error
        if "malformed" in text or "disk I/O" in text:
            raise damaged(source, text) from error
        raise StoreError(f"{source} cannot be copied to {target} ({text})") from error


def _check_target(target: Path, replace: bool) -> None:
    if target.is_dir():
        raise StoreNotWritable(f"{target} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise StoreNotWritable(f"{target} cannot be written: there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise StoreNotWritable(f"{target} cannot be written: {target.parent} is read-only")
    if target.exists() and not target.is_file():
        raise StoreNotWritable(f"{target} is a device or a pipe; name a file")
    if target.exists() and not replace:
        raise StoreError(f"{target} is there already: --force replaces it")


@contextlib.contextmanager
def _draft_of(target: Path) -> Iterator[Path]:
    """Yield a new empty file beside the target, for its owner alone; gone when the block ends."""
    draft = target.with_name(f"{target.name}.{os.getpid()}.draft")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        draft.unlink()  # of a process that had this number and was killed
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreNotWritable(f"{target} cannot be written: {error.strerror}") from error
    try:
        yield draft
    except OSError as error:
        raise StoreNotWritable(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        for file in (draft, *(draft.with_name(draft.name + end) for end in _SIDE_FILES)):
            file.unlink(missing_ok=True)


def _name(draft: Path, target: Path, *, replace: bool) -> None:
    """Give a finished file its name, for good."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    if target.exists() and not replace:
        raise StoreError(f"{target} is there already: --force replaces it")
    draft.replace(target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _alone(path: Path, owner: str) -> Iterator[None]:
    """Keep every other process from writing to a store."""
    lock = FileLock(path.with_name(path.name + _LOCK), owner, str(path))
    try:
        yield
    finally:
        lock.release()


def _settle(path: Path) -> None:
    """Bring what is in a store's log into its file: a log that stays would be taken for the next file's.

    Raises:
        StoreLocked: Somebody reads it, so that the log has to stay.
    """
    if path.exists():
        busy = 0
        with contextlib.suppress(sqlite3.Error), contextlib.closing(_connect(path)) as connection:
            # What is damaged cannot be settled; it is given up anyway.
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise StoreLocked(f"{path} is being read by another process: wait for its end and try again")
    for end in _SIDE_FILES:
        path.with_name(path.name + end).unlink(missing_ok=True)

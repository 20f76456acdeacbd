"""What `spl doctor --store` does: look at everything in a store, beside the daemons that serve it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from . import exits
from .session import Session

if TYPE_CHECKING:
    import sqlite3

    from ..kernel.inspection import Inspected
    from ..kernel.store.reader import SqliteReader


class Finding(NamedTuple):
    """One thing looked at.

    Attributes:
        name: What it is.
        ok: Whether it is as it should be; None for a plain fact.
        value: What was found.
        hint: The way out, when something is wrong.
    """

    name: str
    ok: bool | None
    value: str
    hint: str = ""


_RESTORE = "restore a backup (spl restore), or export what can be read (spl export jsonl)"


def check_store(session: Session, url: str) -> tuple[list[Finding], list[dict[str, str]]]:
    """Look at a store; return the findings and the first problems in detail.

    Raises:
        ConfigurationError: It cannot be opened, or is too damaged to be read.
    """
    from ..daemon.offline import open_reader
    from ..kernel.inspection import inspect
    from ..kernel.store.reader import SqliteReader
    from .progress import Bar

    findings: list[Finding] = []
    with open_reader(url) as store:
        if isinstance(store, SqliteReader):
            findings += _file(store)
            if any(finding.ok is False for finding in findings):
                # What SQLite itself cannot read, nobody can.
                return findings, []
        total = int(store.read(lambda transaction: transaction.execute("SELECT count(*) FROM records"))[0][0])
        with Bar(session.complaints, "looking at records", total) as bar:
            shared = not isinstance(store, SqliteReader)
            inspected = store.read(lambda transaction: inspect(transaction, bar.advance, shared=shared))
    findings += _content(inspected)
    return findings, [problem._asdict() for problem in inspected.problems]


def _content(inspected: Inspected) -> Iterator[Finding]:
    from ..kernel.inspection import CHECKS

    yield Finding("records", None, f"{inspected.records:,} on {inspected.threads:,} threads")
    for name, meaning in CHECKS.items():
        count = inspected.found[name]
        value = meaning if not count else f"{count:,} problems; it should hold that {meaning}"
        yield Finding(name, not count, value, _RESTORE if count else "")


def _file(store: SqliteReader) -> Iterator[Finding]:
    """Look at what only a file has: pages, indexes, room."""
    import sqlite3

    from ..kernel.store.backup import size_of
    from ..kernel.store.schema import MIGRATIONS

    connection = store.connection
    yield Finding(
        "format",
        store.current,
        f"{store.format} of {len(MIGRATIONS)}",
        "" if store.current else "open it with a daemon once: `spl serve` brings it to this version's format",
    )
    try:
        faults = [row[0] for row in connection.execute("PRAGMA integrity_check(20)")]
    except (sqlite3.Error, UnicodeDecodeError) as error:
        faults = [str(error)]
    sound = faults == ["ok"]
    yield Finding(
        "pages", sound, "every page is sound" if sound else "; ".join(faults), "" if sound else _RESTORE
    )
    if not sound:
        return
    expected, found = _expected(), _objects(connection)
    missing = sorted(expected - found) if store.current else []
    value = f"missing or different: {', '.join(missing)}" if missing else "all are there"
    strange = sorted(each.partition(":")[0] for each in found - expected if " sqlite_" not in each)
    if strange and store.current and not missing:
        value += f", and what is not ours: {', '.join(strange)}"
    yield Finding("tables and indexes", not missing, value, _RESTORE if missing else "")
    yield from _room(store, connection, size_of(store.path))


def _room(store: SqliteReader, connection: sqlite3.Connection, size: int) -> Iterator[Finding]:
    import shutil

    unused = connection.execute("PRAGMA freelist_count").fetchone()[0]
    page = connection.execute("PRAGMA page_size").fetchone()[0]
    free = shutil.disk_usage(store.path.parent).free
    text = f"{size:,} bytes, {unused * page:,} of them unused; {free:,} bytes are free on the disk"
    enough = free > size // 10
    hint = "" if enough else "make room: when it is used up, writes are answered with 507"
    yield Finding("room", enough, text, hint)


def _objects(connection: sqlite3.Connection) -> set[str]:
    rows: list[tuple[Any, ...]] = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    return {
        f"{kind} {name}" if sql is None else f"{kind} {name}: {' '.join(sql.split())}"
        for kind, name, sql in rows
    }


def _expected() -> set[str]:
    import sqlite3

    from ..kernel.store.schema import migrate

    fresh = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(fresh, "a new store")
        return _objects(fresh)
    finally:
        fresh.close()


def code_of(findings: list[Finding]) -> int:
    """Return the exit code for what was found."""
    return exits.FAILED if any(finding.ok is False for finding in findings) else exits.OK

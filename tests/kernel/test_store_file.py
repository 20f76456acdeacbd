"""The durable store and the world around it: crashes, full disks, other processes, other files."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from syncropel.errors import ConfigurationError
from syncropel.kernel.store.errors import (
    StoreCorrupt,
    StoreError,
    StoreForeign,
    StoreFormatTooNew,
    StoreLocked,
    StoreNotWritable,
    StoreUnavailable,
)
from syncropel.kernel.store.schema import APPLICATION_ID, MIGRATIONS
from syncropel.kernel.store.sqlite import SqliteStore

from .support import Caller, build_kernel

WRITER = """
import sys, threading
from pathlib import Path
from tests.kernel.support import Caller, build_kernel
from syncropel.kernel.store.sqlite import SqliteStore

ask = Caller(build_kernel(SqliteStore(Path(sys.argv[1]))))
lock = threading.Lock()

def emit(worker):
    clock = 0
    while True:
        body = {"w": worker, "_refs": [{"id": "r"}]}
        reply = ask.emit(actor=f"did:example:{worker}", clock=clock, body=body)
        with lock:
            print(reply.body["id"], reply.body["sequence"], flush=True)
        clock += 1

for number in range(8):
    threading.Thread(target=emit, args=(number,), daemon=True).start()
threading.Event().wait()
"""

OPENER = """
import sys
from pathlib import Path
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.kernel.store.errors import StoreLocked

try:
    SqliteStore(Path(sys.argv[1]), owner="http://127.0.0.1:9999")
except StoreLocked as error:
    print(error)
    print(error.owner)
"""


def run(code: str, *args: str) -> subprocess.Popen[str]:
    """Start Python on a piece of code, at the root of the project."""
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", code, *args], cwd=root, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )


@pytest.mark.parametrize("acknowledged", [1, 40, 300])
def test_kill_loses_nothing_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    """After SIGKILL under load, every acknowledged record is there under its sequence, without a gap."""
    process = run(WRITER, str(tmp_path / "hub.db"))
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(acknowledged)]
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.readlines()
    process.wait(30)
    process.stdout.close()
    receipts = [line.split() for line in lines if line.endswith("\n")]
    assert len(receipts) >= acknowledged

    store = SqliteStore(tmp_path / "hub.db")
    ask = Caller(build_kernel(store))
    for record_id, sequence in receipts:
        assert ask.get(f"/v1/records/{record_id}").body["sequence"] == int(sequence)
    state = ask.get("/v1/threads/t/state").body
    stored = store.read(lambda tx: tx.execute("SELECT count(*), min(sequence), max(sequence) FROM records"))[
        0
    ]
    assert stored == (state["record_count"], 1, state["record_count"])
    assert store.read(lambda tx: tx.execute("SELECT count(*) FROM refs"))[0][0] == stored[0]
    assert store.read(lambda tx: tx.execute("PRAGMA integrity_check")) == [("ok",)]
    assert ask.emit(actor="did:example:new").body["sequence"] == stored[0] + 1
    store.close()


def test_full_store_refuses_and_accepts_again(tmp_path: Path) -> None:
    """At the ceiling an emit is 507, nothing of it is stored, reads go on; with room it is accepted."""
    store = SqliteStore(tmp_path / "hub.db", max_bytes=400_000)
    ask = Caller(build_kernel(store))
    reply, clock = ask.emit(body={"x": "y" * 4000}), 0
    while reply.status == 201:
        clock += 1
        assert clock < 1000
        reply = ask.emit(clock=clock, body={"x": "y" * 4000})
    assert (reply.status, reply.body["code"], reply.body["type"]) == (
        507,
        "STORE_CEILING_REACHED",
        "api_error",
    )
    assert ask.get("/health").body["records"] == clock
    assert len(ask.get("/v1/threads/t/records").body["data"]) == clock
    assert ask.get("/v1/threads/t/state").body["record_count"] == clock
    store.close()

    roomier = SqliteStore(tmp_path / "hub.db")
    again = Caller(build_kernel(roomier)).emit(clock=clock, body={"x": "y" * 4000})
    assert (again.status, again.body["sequence"]) == (201, clock + 1)
    roomier.close()


def test_second_process_is_refused_with_the_first_ones_address(tmp_path: Path) -> None:
    """A file has one writer; who comes second is told where the first one is."""
    store = SqliteStore(tmp_path / "hub.db", owner="http://127.0.0.1:9100")
    process = run(OPENER, str(tmp_path / "hub.db"))
    output, _ = process.communicate(timeout=60)
    store.close()
    assert output.splitlines() == [
        f"{tmp_path / 'hub.db'} is in use by http://127.0.0.1:9100",
        "http://127.0.0.1:9100",
    ]


def test_second_store_in_one_process_is_refused(tmp_path: Path) -> None:
    """The lock also holds within a process, and ends with the store."""
    store = SqliteStore(tmp_path / "hub.db")
    with pytest.raises(StoreLocked, match="in use by process"):
        SqliteStore(tmp_path / "hub.db")
    store.close()
    SqliteStore(tmp_path / "hub.db").close()


def test_a_store_under_another_name_is_the_same_store(tmp_path: Path) -> None:
    """A symbolic link to a store in use is refused as the store itself is."""
    (tmp_path / "link.db").symlink_to(tmp_path / "records.db")
    with (
        closing(SqliteStore(tmp_path / "records.db", owner="http://127.0.0.1:1")),
        pytest.raises(StoreLocked, match=r"link\.db is in use by http://127\.0\.0\.1:1"),
    ):
        SqliteStore(tmp_path / "link.db")


def test_a_read_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    """A question without an end is stopped when its time is over, and the connection answers the next one."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with closing(SqliteStore(tmp_path / "records.db", read_seconds=0.05)) as store:
        with pytest.raises(StoreUnavailable, match="took too long"):
            store.read(lambda transaction: transaction.execute(endless))
        assert store.read(lambda transaction: transaction.execute("SELECT 1")) == [(1,)]


def test_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    """A lock dies with its process, whatever the side file still says."""
    process = run(WRITER, str(tmp_path / "hub.db"))
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate(timeout=60)
    SqliteStore(tmp_path / "hub.db").close()


def test_forked_child_cannot_use_the_store_and_keeps_no_lock(tmp_path: Path) -> None:
    """After a fork the child's copy of the store is unavailable, and does not hold the file."""
    store = SqliteStore(tmp_path / "hub.db")
    ask = Caller(build_kernel(store))
    ask.emit()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        statuses = [ask.emit(clock=1).status, ask.get("/health/ready").status]
        os.write(writes, json.dumps(statuses).encode())
        store.close()
        signal.pause()
    try:
        os.close(writes)
        assert json.loads(os.read(reads, 100)) == [503, 503]
        assert ask.emit(clock=2).status == 201
        store.close()
        SqliteStore(tmp_path / "hub.db").close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reads)


def refusal(path: Path) -> StoreError:
    """Return what opening a path is refused with; it must be one line."""
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert isinstance(caught.value, ConfigurationError)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return caught.value


def test_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    """A file of a newer version is refused with both numbers, and not touched."""
    path = tmp_path / "hub.db"
    SqliteStore(path).close()
    newer = len(MIGRATIONS) + 1
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {newer}")
    connection.close()
    before = path.read_bytes()
    error = refusal(path)
    assert isinstance(error, StoreFormatTooNew)
    assert f"store format {newer}" in str(error)
    assert path.read_bytes() == before


def test_foreign_database_is_refused(tmp_path: Path) -> None:
    """A database of another program is refused, and gets none of our tables."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    assert isinstance(refusal(path), StoreForeign)
    with sqlite3.connect(path) as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master")] == ["theirs"]
    connection.close()


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A file of other bytes is refused and left as it is."""
    path = tmp_path / "notes.txt"
    path.write_bytes(b"these are my notes, not a database\n" * 200)
    assert isinstance(refusal(path), StoreCorrupt)
    assert path.read_bytes().startswith(b"these are my notes")


def test_folder_that_is_missing_or_a_file_is_refused(tmp_path: Path) -> None:
    """A path whose folder does not exist, is a file, or that is itself a folder, is refused in one line."""
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "missing" / "hub.db", tmp_path / "file" / "hub.db", tmp_path):
        assert isinstance(refusal(path), StoreNotWritable)


def test_refused_opening_frees_the_lock(tmp_path: Path) -> None:
    """After a refusal nothing keeps the file locked."""
    path = tmp_path / "hub.db"
    path.write_bytes(b"x" * 5000)
    for _ in range(2):
        assert isinstance(refusal(path), StoreCorrupt)
    path.unlink()
    SqliteStore(path).close()


def test_new_file_has_the_newest_format(tmp_path: Path) -> None:
    """A file says what it is and which step it is at; opening it again changes nothing."""
    path = tmp_path / "hub.db"
    for _ in range(2):
        SqliteStore(path).close()
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
            assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
            assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        connection.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_a_file_of_an_older_format_is_brought_forward(tmp_path: Path, version: int) -> None:
    """Every record and fact of an older file is there under the newer format, and new records are taken."""
    path = tmp_path / "hub.db"
    store = SqliteStore(path)
    ask = Caller(build_kernel(store))
    for clock in range(5):
        assert ask.emit(clock=clock, body={"kind": "a.b.c", "_refs": [{"id": "i:1"}]}).status == 201
    before = ask.get("/v1/threads/t/records").body, ask.get("/v1/threads/t/state").body
    store.close()
    newer = path.rename(tmp_path / "newer.db")
    older = sqlite3.connect(path)
    for statement in (each for statements in MIGRATIONS[:version] for each in statements):
        older.execute(statement)
    older.execute("ATTACH ? AS newer", (str(newer),))
    names = older.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in names:
        columns = ", ".join(row[1] for row in older.execute(f"PRAGMA main.table_info({name})"))
        older.execute(f"INSERT OR REPLACE INTO main.{name} ({columns}) SELECT {columns} FROM newer.{name}")
    older.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    older.execute(f"PRAGMA user_version = {version}")
    older.commit()
    older.close()

    store = SqliteStore(path)
    ask = Caller(build_kernel(store))
    assert store.read(lambda tx: tx.execute("PRAGMA user_version")) == [(len(MIGRATIONS),)]
    assert (ask.get("/v1/threads/t/records").body, ask.get("/v1/threads/t/state").body) == before
    assert ask.found(**{"body._refs.id": "i:1"}) == [1, 2, 3, 4, 5]
    assert ask.emit(clock=9).body["sequence"] == 6
    store.close()


def test_interrupted_migration_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails half-way is undone with its count, and the next opening applies it whole."""
    path = tmp_path / "hub.db"
    broken = (("CREATE TABLE half (x)", "CREATE NONSENSE"),)
    monkeypatch.setattr("syncropel.kernel.store.schema.MIGRATIONS", MIGRATIONS + broken)
    with pytest.raises(StoreError):
        SqliteStore(path)
    monkeypatch.undo()
    store = SqliteStore(path)
    names = store.read(lambda tx: tx.execute("SELECT name FROM sqlite_master WHERE name = 'half'"))
    assert names == []
    store.close()


def test_commits_are_durable_by_default(tmp_path: Path) -> None:
    """The writer syncs at every commit (synchronous FULL)."""
    store = SqliteStore(tmp_path / "hub.db")
    assert store.write(lambda tx: tx.execute("PRAGMA synchronous")) == [(2,)]
    store.close()


def test_damaged_page_is_a_refusal_and_not_a_crash(tmp_path: Path) -> None:
    """Pages that are damaged while the store is closed make reads of them fail as answers."""
    path = tmp_path / "hub.db"
    store = SqliteStore(path)
    ask = Caller(build_kernel(store))
    for clock in range(200):
        ask.emit(clock=clock, body={"x": "y" * 500})
    store.close()
    data = bytearray(path.read_bytes())
    for page in range(len(data) // 4096 // 2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    path.write_bytes(data)
    damaged = SqliteStore(path)
    reply = Caller(build_kernel(damaged)).get("/v1/threads/t/records", limit=1000)
    assert (reply.status, reply.body["code"]) == (503, "STORE_UNAVAILABLE")
    damaged.close()
    with pytest.raises(StoreUnavailable):
        damaged.read(lambda tx: tx.execute("SELECT 1"))

"""Copies of stores, stores put in place and made smaller."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncropel import SyncClient
from syncropel.daemon.local import LocalDaemon
from syncropel.kernel.store import backup
from tests.cli.care_support import Capture, change, fill, look, made, rows, url_of
from tests.cli.running import spl
from tests.support.daemons import running_daemon


def emitting(url: str, stop: threading.Event) -> Iterator[str]:
    """Yield the ids of records that are acknowledged, until it is time to stop."""
    with SyncClient(endpoint=url) as client:
        while not stop.is_set():
            result = client.emit("KNOW", "test.care.more", {"text": "x" * 2000}, "t.more")
            assert result.success, result
            yield str(result.record_id)


def test_a_copy_made_while_the_store_is_written_to_is_consistent(tmp_path: Path, capsys: Capture) -> None:
    """It has every record acknowledged before it began, is a beginning of the store, and sound."""
    path = made(tmp_path)
    stop, ids = threading.Event(), []
    copies = []
    with LocalDaemon(url_of(path)) as daemon:
        writer = threading.Thread(target=lambda: ids.extend(emitting(daemon.url, stop)))
        writer.start()
        try:
            for number in range(5):
                before = list(ids)
                copy = tmp_path / f"copy{number}"
                ran = spl(capsys, "backup", str(copy), "--store", url_of(path), "--json")
                assert ran.code == 0, ran.err
                copies.append((copy, before, json.loads(ran.out)["records"]))
        finally:
            stop.set()
            writer.join()
    everything = rows(path)
    for copy, before, count in copies:
        found = rows(copy)
        assert found == everything[: len(found)]
        assert len(found) == count
        assert {(one,) for one in before} <= set(found)
        assert copy.stat().st_mode & 0o777 == 0o600
        assert look(capsys, copy)[0] == 0
    assert copies[-1][1], "nothing was written meanwhile"


def test_a_copy_replaces_nothing_unasked(store: Path, tmp_path: Path, capsys: Capture) -> None:
    """A file of that name stays as it is, unless --force is given."""
    copy = tmp_path / "copy"
    copy.write_text("mine")
    ran = spl(capsys, "backup", str(copy), "--store", url_of(store))
    assert (ran.code, copy.read_text()) == (2, "mine")
    assert "--force" in ran.err
    ran = spl(capsys, "backup", str(copy), "--store", url_of(store), "--force")
    assert (ran.code, rows(copy)) == (0, rows(store))


@pytest.mark.parametrize("name", ["itself", "a link to it", "another one"])
def test_a_copy_replaces_no_store_in_use(name: str, store: Path, tmp_path: Path, capsys: Capture) -> None:
    """Even with --force neither the store itself nor one that is served is given up for a copy."""
    other = shutil.copy(store, tmp_path / "other.db")
    (tmp_path / "link.db").symlink_to(store)
    target = {"itself": store, "a link to it": tmp_path / "link.db", "another one": other}[name]
    served = other if name == "another one" else store
    with LocalDaemon(url_of(served)) as daemon:
        ran = spl(capsys, "backup", str(target), "--store", url_of(store), "--force")
        assert ran.code == 2
        assert ("in use" if name == "another one" else "the store itself") in ran.err
        with SyncClient(endpoint=daemon.url) as client:
            assert client.emit("KNOW", "test.care.more", {}, "t.more").success
    assert len(rows(served)) == len(rows(store if served == other else other)) + 1


@pytest.mark.parametrize("there", [True, False])
def test_a_log_that_was_left_is_not_taken_for_the_copys(
    there: bool, store: Path, tmp_path: Path, capsys: Capture
) -> None:
    """A copy in the place of a file whose log was left behind has what was copied and nothing else."""
    copy = shutil.copy(store, tmp_path / "copy")
    with closing(sqlite3.connect(copy)) as old, closing(sqlite3.connect(copy)) as other:
        for connection in (old, other):
            connection.execute("PRAGMA journal_mode = WAL")
        old.execute("DELETE FROM records WHERE sequence > 3")
        old.commit()
        left = {end: (tmp_path / f"copy{end}").read_bytes() for end in ("-wal", "-shm")}
    for end, content in left.items():
        (tmp_path / f"copy{end}").write_bytes(content)
    if not there:
        copy.unlink()
    assert spl(capsys, "backup", str(copy), "--store", url_of(store), "--force").code == 0
    assert rows(copy) == rows(store)
    assert look(capsys, copy)[0] == 0


def test_a_store_that_is_being_read_keeps_its_log(
    store: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a reader keeps in the log alone is not given up when compacting ends early."""
    monkeypatch.setattr(
        backup, "_connect", lambda path: sqlite3.connect(path, isolation_level=None, timeout=0)
    )
    before = len(rows(store))
    with closing(sqlite3.connect(store)) as reader:
        reader.execute("PRAGMA journal_mode = WAL")
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM records").fetchone() == (before,)
        change(store, "UPDATE records SET judged_by = 'late'")
        ran = spl(capsys, "compact", "--store", url_of(store))
        assert (ran.code, "being read" in ran.err) == (2, True)
        assert rows(store, "SELECT count(*) FROM records WHERE judged_by = 'late'") == [(before,)]
    assert spl(capsys, "compact", "--store", url_of(store)).code == 0
    assert rows(store, "SELECT count(*) FROM records WHERE judged_by = 'late'") == [(before,)]


@pytest.mark.parametrize("content", [None, b"", b"SQLite format 3\0 no", "foreign"])
def test_what_is_no_store_is_not_copied(content: Any, tmp_path: Path, capsys: Capture) -> None:
    """No file, an empty file, a broken one, another program's: one line, exit code 2, nothing made."""
    path, copy = tmp_path / "some.db", tmp_path / "copy"
    if content == "foreign":
        change(path, "CREATE TABLE theirs (x)")
    elif content is not None:
        path.write_bytes(content)
    for words in (["backup", str(copy), "--store", url_of(path)], ["doctor", "--store", url_of(path)]):
        ran = spl(capsys, *words)
        assert (ran.code, ran.err.count("\n")) == (2, 1), ran
        assert str(path) in ran.err
    assert not list(tmp_path.glob("copy*"))


def test_a_copy_is_put_in_place(store: Path, tmp_path: Path, capsys: Capture) -> None:
    """A restored store has the same records, serves them, and takes new ones after them."""
    copy, target = tmp_path / "copy", tmp_path / "new" / "records.db"
    assert spl(capsys, "backup", str(copy), "--store", url_of(store)).code == 0
    assert spl(capsys, "restore", str(copy), "--store", url_of(target)).code == 0
    assert rows(target) == rows(store)
    with LocalDaemon(url_of(target)) as daemon, SyncClient(endpoint=daemon.url) as client:
        result = client.emit("KNOW", "test.care.more", {}, "t.more")
        assert result.success
        assert client.health()["records"] == len(rows(store)) + 1
    assert rows(copy) == rows(store)


def test_a_store_that_is_there_is_given_up_only_when_asked(
    store: Path, tmp_path: Path, capsys: Capture
) -> None:
    """Without --force nothing happens; with it the copy is all there is, whatever the old log held."""
    copy = tmp_path / "copy"
    assert spl(capsys, "backup", str(copy), "--store", url_of(store)).code == 0
    kept = rows(store)
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("DELETE FROM records WHERE sequence > 3")
        connection.commit()
        # As after a crash: the log is there, and its content is not in the file.
        shutil.copy(f"{store}-wal", tmp_path / "log")
    shutil.copy(tmp_path / "log", f"{store}-wal")
    ran = spl(capsys, "restore", str(copy), "--store", url_of(store))
    assert (ran.code, len(rows(store))) == (2, 3)
    assert "--force" in ran.err
    assert spl(capsys, "restore", str(copy), "--store", url_of(store), "--force").code == 0
    assert rows(store) == kept


def test_a_store_in_use_is_left_alone(store: Path, tmp_path: Path, capsys: Capture) -> None:
    """While a daemon serves it, it is neither replaced nor compacted, and the message has the address."""
    copy = tmp_path / "copy"
    with LocalDaemon(url_of(store)) as daemon:
        assert spl(capsys, "backup", str(copy), "--store", url_of(store)).code == 0
        words = ["--store", url_of(store)]
        for ran in (spl(capsys, "restore", str(copy), *words, "--force"), spl(capsys, "compact", *words)):
            assert ran.code == 2
            assert daemon.url in ran.err
        with pytest.raises(backup.StoreError, match="in use"):
            backup.compact(store)
        assert look(capsys, store)[0] == 0
    assert not list(tmp_path.glob("*.draft*"))


def test_a_damaged_copy_is_not_put_in_place(store: Path, tmp_path: Path, capsys: Capture) -> None:
    """What is there stays when the copy has a torn page, or lacks a record in between."""
    torn, gap = tmp_path / "torn", tmp_path / "gap"
    for copy in (torn, gap):
        assert spl(capsys, "backup", str(copy), "--store", url_of(store)).code == 0
    content = bytearray(torn.read_bytes())
    content[9 * 4096 : 12 * 4096] = bytes(3 * 4096)
    torn.write_bytes(content)
    change(gap, "DELETE FROM records WHERE sequence = 4")
    before = rows(store)
    for copy in (torn, gap):
        ran = spl(capsys, "restore", str(copy), "--store", url_of(store), "--force")
        assert (ran.code, rows(store)) == (2, before), ran
        assert "damaged" in ran.err


@pytest.mark.parametrize("verb", ["backup", "restore", "compact"])
def test_what_fails_on_the_way_leaves_what_was_there(
    verb: str, store: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that gives up at the last moment is told in one line, and neither store nor copy is touched."""
    copy, words = tmp_path / "copy", ["--store", url_of(store)]
    assert spl(capsys, "backup", str(copy), *words).code == 0
    before = copy.read_bytes(), store.read_bytes()

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup.os, "fsync", full)
    ran = spl(capsys, verb, *([] if verb == "compact" else [str(copy), "--force"]), *words)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert "No space left" in ran.err
    assert (copy.read_bytes(), store.read_bytes()) == before
    assert not list(tmp_path.glob("*.draft*"))


def test_what_a_killed_daemon_left_in_the_log_is_copied(tmp_path: Path, capsys: Capture) -> None:
    """After a power cut the copy has every acknowledged record, also those in the log alone."""
    with running_daemon(tmp_path) as daemon:
        count = fill(daemon.url)
        daemon.kill()
    path = tmp_path / "records.db"
    assert path.with_name("records.db-wal").stat().st_size > 0
    ran = spl(capsys, "backup", str(tmp_path / "copy"), "--store", url_of(path), "--json")
    assert json.loads(ran.out)["records"] == count + 1 == len(rows(tmp_path / "copy"))


def test_a_store_is_made_smaller(store: Path, capsys: Capture) -> None:
    """What nothing uses is gone, and everything else is there; the sizes are told."""
    change(store, "CREATE TABLE large AS SELECT zeroblob(300000) AS x", "DROP TABLE large")
    kept, mode = rows(store), store.stat().st_mode
    told = json.loads(spl(capsys, "compact", "--store", url_of(store), "--json").out)
    assert told["after"] < told["before"] - 250_000
    assert (rows(store), store.stat().st_mode) == (kept, mode)
    assert look(capsys, store)[0] == 0


def test_a_damaged_store_is_not_made_smaller(store: Path, capsys: Capture) -> None:
    """It is refused and stays as it is, also where writing it anew would hide the damage."""
    pages = dict(rows(store, "SELECT name, (rootpage - 1) * 4096 FROM sqlite_master"))
    content = bytearray(store.read_bytes())
    # A page of an empty table in the place of one of records: each is sound by itself.
    content[pages["records"] : pages["records"] + 4096] = content[pages["queries"] : pages["queries"] + 4096]
    store.write_bytes(content)
    ran = spl(capsys, "compact", "--store", url_of(store))
    assert (ran.code, "damaged" in ran.err) == (2, True)
    assert store.read_bytes() == content


@pytest.mark.parametrize(
    ("verb", "program"), [("backup", "pg_dump"), ("restore", "pg_restore"), ("compact", "VACUUM")]
)
def test_for_a_database_its_own_programs_are_named(
    verb: str, program: str, tmp_path: Path, capsys: Capture
) -> None:
    """A PostgreSQL store is refused with the command that does it, and without its password."""
    words = [verb] if verb == "compact" else [verb, str(tmp_path / "copy")]
    ran = spl(capsys, *words, "--store", "postgresql://me:secret@localhost/db?schema=mine")
    assert ran.code == 2
    assert program in ran.err
    assert "'postgresql://me@localhost/db'" in ran.err
    assert ("--schema=mine" in ran.err) == (verb == "backup")
    assert spl(capsys, *words, "--store", "memory:").code == 2


def test_a_store_of_a_newer_version_is_refused(store: Path, tmp_path: Path, capsys: Capture) -> None:
    """Nobody copies, restores or looks at what he does not know."""
    change(store, "PRAGMA user_version = 99")
    for words in (["backup", str(tmp_path / "copy")], ["compact"], ["doctor"]):
        ran = spl(capsys, *words, "--store", url_of(store))
        assert ran.code == 2
        assert "newer syncropel" in ran.err

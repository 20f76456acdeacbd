"""The outbox as a file that threads, forks, programs and accidents share."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from syncropel.errors import ConfigurationError, OutboxError, UsageTypeError
from syncropel.transport.outbox import Outbox, default_path
from syncropel.transport.outbox_choice import resolve_outbox
from syncropel.transport.outbox_rows import Dropped
from tests.support.outboxes import ENDPOINT, SENDER, entry, number_of


def test_many_threads_share_writes(tmp_path: Path) -> None:
    """Records put from many threads at once are all kept, each once, in the order of each thread."""
    with Outbox(tmp_path / "o.db") as box:

        def put(name: str) -> None:
            for n in range(25):
                assert box.put(entry(n, name)).result(30)

        threads = [threading.Thread(target=put, args=(f"t{k}",)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rows = [row.entry for row in box.take(ENDPOINT, SENDER, "me")]
    for k in range(8):
        assert [number_of(row) for row in rows if row.thread == f"t{k}"] == list(range(25))


def test_a_closed_outbox_still_takes_a_record(tmp_path: Path) -> None:
    """The last words of a client that is closing are kept, and nothing stays open for them."""
    box = Outbox(tmp_path / "o.db")
    box.put(entry(1)).result(10)
    box.close()
    box.close()
    assert box.put(entry(2)).result(10)
    assert box.totals().waiting == 2
    assert not (tmp_path / "o.db-wal").exists()


def test_a_forked_child_opens_the_file_anew(tmp_path: Path) -> None:
    """Parent and child keep on using the outbox after a fork, each with connections of its own."""
    script = f"""
import os, sys
from syncropel.transport.outbox import Outbox
from tests.support.outboxes import *
box = Outbox({str(tmp_path / "o.db")!r})
box.put(entry(1)).result(10)
child = os.fork()
box.put(entry(2 if child else 3)).result(10)
if child:
    assert os.waitpid(child, 0)[1] == 0
    box.put(entry(4)).result(10)
    print(sorted(number_of(row.entry) for row in box.take(ENDPOINT, SENDER, "me")))
box.close()
"""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False, timeout=60,
    )  # fmt: skip
    assert (ran.stdout, ran.stderr) == ("[1, 2, 3, 4]\n", "")


def test_what_is_put_before_the_end_of_the_program_is_kept(tmp_path: Path) -> None:
    """A program that ends without waiting for what it put leaves it in the file."""
    script = f"""
from syncropel.transport.outbox import Outbox
from tests.support.outboxes import *
box = Outbox({str(tmp_path / "o.db")!r})
for n in range(200):
    box.put(entry(n))
"""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False, timeout=60,
    )  # fmt: skip
    assert ran.stderr == ""
    with Outbox(tmp_path / "o.db") as box:
        assert box.totals().waiting == 200


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """The file and its log are made for the owner alone, and one that is open to others is refused."""
    path = tmp_path / "deep" / "o.db"
    with Outbox(path) as box:
        box.put(entry(1)).result(10)
        modes = {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {0o600}
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        Outbox(path).open()


def test_a_file_that_is_no_outbox_is_refused_and_left_alone(tmp_path: Path) -> None:
    """Damage, another program's database and a newer format are told apart, each with its way out."""
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"not a database at all" * 100)
    damaged.chmod(0o600)
    with pytest.raises(ConfigurationError, match=r"is damaged.*move it aside"):
        Outbox(damaged).open()
    assert damaged.read_bytes() == b"not a database at all" * 100
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    foreign.chmod(0o600)
    before = foreign.read_bytes()
    with pytest.raises(ConfigurationError, match="something else, not an outbox"):
        Outbox(foreign).open()
    assert foreign.read_bytes() == before
    newer = tmp_path / "newer.db"
    with Outbox(newer) as box:
        box.open()
    with sqlite3.connect(newer) as other:
        other.execute("PRAGMA user_version = 2")
    other.close()
    with pytest.raises(ConfigurationError, match=r"format 2, written by a newer release.*upgrade"):
        Outbox(newer).open()
    with pytest.raises(ConfigurationError, match="is a folder"):
        Outbox(tmp_path).open()


def test_a_file_that_breaks_under_way_fails_the_put_and_nothing_else(tmp_path: Path) -> None:
    """When the file cannot be written any more the put fails with one clear line; later puts try again."""
    with Outbox(tmp_path / "o.db") as box:
        box.put(entry(1)).result(10)
        with sqlite3.connect(tmp_path / "o.db") as other:
            other.execute("ALTER TABLE waiting RENAME TO gone")
        with pytest.raises(OutboxError, match=r"the outbox '.*o\.db' cannot be used: no such table"):
            box.put(entry(2)).result(10)
        other.execute("ALTER TABLE gone RENAME TO waiting")
        other.close()
        assert box.put(entry(2)).result(10)


def test_a_full_disk_fails_the_put_and_the_next_one_works_again(tmp_path: Path) -> None:
    """Without room the put fails by name and nothing of it is kept; with room again the outbox goes on."""
    with Outbox(tmp_path / "o.db") as box:
        box.put(entry(1)).result(10)
        connection = box._open.table("writer", box.path)._connection
        connection.execute("PRAGMA max_page_count = 1")
        large = entry(2)._replace(payload=b"x" * 100_000)
        with pytest.raises(OutboxError, match="the disk is full"):
            box.put(large).result(10)
        assert box.totals().waiting == 1
        connection.execute("PRAGMA max_page_count = 1000000")
        assert box.put(large).result(10)


@pytest.mark.parametrize("release", ["this one", "an earlier one"])
@pytest.mark.parametrize("left", [0, 40])
def test_a_file_that_was_emptied_is_small_again(tmp_path: Path, release: str, left: int) -> None:
    """What was delivered leaves no room behind, nor a long log, also in a file of an earlier release."""
    path, count = tmp_path / "o.db", 400
    if release == "an earlier one":
        # It made its files like this one, but so that they never become smaller.
        Outbox(path).open()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA auto_vacuum = NONE")
            connection.execute("VACUUM")
            connection.execute("PRAGMA journal_mode = WAL")
    with Outbox(path) as box, Outbox(path) as other:
        for future in [box.put(entry(n)._replace(payload=bytes(40_000))) for n in range(count)]:
            assert future.result(30)
        assert path.stat().st_size > 10_000_000
        kept = other.list_waiting()[count - left :]
        while taken := box.take(ENDPOINT, SENDER, "me", most=100):
            box.settle("me", [row.number for row in taken if row not in kept])
            if taken[-1] in kept:
                break
        assert other.list_waiting() == kept
        little = 40_000 * left + 5_000_000
        if left and release == "an earlier one":
            other.drop(kept[5:])  # until there is little to be written anew
        assert path.stat().st_size < little
        assert box.put(entry(count)).result(30)
        assert path.with_name("o.db-wal").stat().st_size < 5_000_000
        numbers = [row.number for row in other.list_waiting()]
        assert numbers[-1] > count, "a number that was given back names another record"


def test_who_drops_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """`on_drop` gets every dropped record, and what it raises stops nothing."""
    told: list[Dropped] = []

    def on_drop(dropped: Dropped) -> None:
        told.append(dropped)
        raise ValueError("mine")

    with Outbox(tmp_path / "o.db", max_records=2, when_full="drop_oldest", on_drop=on_drop) as box:
        for n in range(4):
            assert box.put(entry(n)).result(10)
        assert box.settled().result(10) is None
        assert [number_of(one.entry) for one in told] == [0, 1]
        assert box.dropped == 2
    assert "on_drop raised" in caplog.text


def test_arguments_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    """Each wrong argument is named, before any file is made."""
    for options, words in (
        ({"max_records": 0}, "max_records"),
        ({"max_bytes": True}, "max_bytes"),
        ({"max_age": 0}, "max_age"),
        ({"max_age": float("nan")}, "max_age"),
        ({"when_full": "panic"}, "when_full"),
        ({"flush_on_close": -1}, "flush_on_close"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            Outbox(tmp_path / "o.db", **options)  # type: ignore[arg-type]
    with pytest.raises(UsageTypeError):
        Outbox(tmp_path / "o.db", on_drop=1)  # type: ignore[arg-type]
    with pytest.raises(UsageTypeError):
        Outbox(1)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_where_the_outbox_is(tmp_path: Path) -> None:
    """The argument decides, then the environment, and the default place follows XDG_STATE_HOME."""
    env = {"XDG_STATE_HOME": str(tmp_path)}
    assert resolve_outbox(None, env) == (None, False)
    assert resolve_outbox(False, {"SYNCROPEL_OUTBOX": "1"}) == (None, False)
    assert resolve_outbox(None, {"SYNCROPEL_OUTBOX": "off"}) == (None, False)
    if sys.platform.startswith("linux"):
        assert default_path(env) == tmp_path / "syncropel" / "outbox.db"
    made, ours = resolve_outbox(None, {"SYNCROPEL_OUTBOX": str(tmp_path / "x.db")})
    assert made is not None
    assert (made.path, ours) == (tmp_path / "x.db", True)
    made.close()
    mine = Outbox(tmp_path / "mine.db")
    assert resolve_outbox(mine, env) == (mine, False)
    mine.close()
    with pytest.raises(UsageTypeError):
        resolve_outbox(3, env)  # type: ignore[arg-type]

"""`spl import jsonl`: every id held against its content, resumable, and clear about bad lines."""

from __future__ import annotations

import functools
import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncropel import SyncClient
from syncropel.cli import import_jsonl
from syncropel.daemon import opening
from syncropel.daemon.local import LocalDaemon
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.rules.records import build_record
from tests.cli.running import homeless, spl
from tests.support.daemons import Daemon, running_daemon

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def running() -> Iterator[Daemon]:
    """A daemon for all of these tests, each of which has a thread of its own."""
    with running_daemon() as made:
        yield made


@pytest.fixture
def daemon(running: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Daemon:
    """The daemon, which the command line finds."""
    homeless(monkeypatch, tmp_path)
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", running.url)
    return running


def row(thread: str, number: int) -> dict[str, Any]:
    """Return a record as an export writes it."""
    draft = build_record(
        act="PUT",
        actor=f"did:example:author-{number % 3}",
        kind="a.b.c",
        body={"n": number, "text": "line\nbreak \u2028 \U0001f600"},
        thread=thread,
        clock=number,
    )
    about = {"object": "record", "sequence": number + 7, "created_at": 1_700_000_000, "namespace": "default"}
    return {"id": draft.id, **draft.wire, **about}


def lines(*rows: dict[str, Any] | str) -> str:
    """Return rows as the lines of a file; a text is a line as it is."""
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in rows)


def imported(capsys: Capture, *words: str) -> tuple[int, dict[str, Any]]:
    """Run an import and return its exit code and its summary."""
    ran = spl(capsys, "import", "jsonl", *words, "--json")
    return ran.code, json.loads(ran.out)


def test_records_come_in_as_they_were(capsys: Capture, daemon: Daemon, tmp_path: Path) -> None:
    """Actors, clocks and ids are kept, the rest of an export is ignored; a second run stores nothing."""
    file = tmp_path / "records.jsonl"
    rows = [row("whole", number) for number in range(2100)]
    file.write_text("\ufeff" + lines(*rows[:1000], "", *rows[1000:]), encoding="utf-8")
    code, first = imported(capsys, str(file))
    assert (code, first["lines"], first["new"], first["known"], first["refused"]) == (0, 2100, 2100, 0, 0)
    code, second = imported(capsys, str(file))
    assert (code, second["new"], second["known"]) == (0, 0, 2100)
    with SyncClient(endpoint=daemon.url) as client:
        stored = list(client.iter_records("whole"))
    assert [(record.id, record.actor, record.clock) for record in stored] == [
        (each["id"], each["actor"], each["clock"]) for each in rows
    ]
    assert "2,100 stored already" in spl(capsys, "import", "jsonl", str(file)).out


def bad_lines(thread: str) -> list[dict[str, Any] | str]:
    """Return what is no record: an id of something else, a change, no JSON, no record, a key twice."""
    good = row(thread, 3)
    return [
        good | {"id": row(thread, 4)["id"]},
        good | {"clock": 99},
        "{nonsense",
        '{"id": 1}',
        json.dumps(good)[:-1] + ',"clock":3}',
    ]


@pytest.mark.parametrize("which", range(5))
def test_a_bad_line_ends_the_import_there(
    capsys: Capture, daemon: Daemon, tmp_path: Path, which: int
) -> None:
    """What came before a line that is no record is stored, nothing behind it is, and the place is told."""
    thread = f"bad-{which}"
    file = tmp_path / "records.jsonl"
    file.write_text(lines(row(thread, 1), row(thread, 2), bad_lines(thread)[which], row(thread, 5)))
    ran = spl(capsys, "import", "jsonl", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert f"{file}:3: " in ran.err
    assert "2 new" in ran.err
    with SyncClient(endpoint=daemon.url) as client:
        assert len(client.query_thread(thread)) == 2


def test_bad_lines_are_passed_over_when_asked(
    capsys: Capture, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--skip-bad` stores the good lines and tells how many were bad; a line of any length is only one."""
    monkeypatch.setattr(import_jsonl, "MAX_LINE_BYTES", 4096)
    file = tmp_path / "records.jsonl"
    file.write_text(lines(row("skipped", 1), *bad_lines("skipped"), "x" * 20_000, row("skipped", 2)))
    code, summary = imported(capsys, str(file), "--skip-bad")
    assert (code, summary["new"], summary["bad"]) == (0, 2, 6)
    assert [reason.split(": ")[0].rsplit(":")[-1] for reason in summary["reasons"]] == list("23456")


def test_checking_needs_no_daemon(capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--dry-run` holds every id against its content and sends nothing."""
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", "http://127.0.0.1:1")
    file = tmp_path / "records.jsonl"
    file.write_text(lines(row("checked", 1), row("checked", 2)))
    assert imported(capsys, str(file), "--dry-run")[1]["good"] == 2
    assert spl(capsys, "import", "jsonl", str(file)).code == 3
    file.write_text(lines(row("checked", 1), bad_lines("checked")[1]))
    assert spl(capsys, "import", "jsonl", str(file), "--dry-run").code == 2
    assert spl(capsys, "import", "jsonl", str(tmp_path / "absent")).code == 2


def test_refusals_are_counted_and_fail(capsys: Capture, daemon: Daemon, tmp_path: Path) -> None:
    """A record that contradicts what is stored is refused with its reason, and the others go in."""
    file = tmp_path / "records.jsonl"
    other = build_record(
        act="PUT", actor="did:example:author-1", kind="a.b.c", body={}, thread="refused", clock=1
    )
    file.write_text(lines(row("refused", 1), dict(other.wire), row("refused", 2)))
    ran = spl(capsys, "import", "jsonl", str(file), "--json")
    summary = json.loads(ran.out)
    assert (ran.code, summary["new"], summary["refused"]) == (1, 2, 1)
    assert "DuplicateClock" in summary["refusals"][0]
    assert other.id[:12] in ran.err


def test_a_daemon_that_takes_nothing_ends_the_import(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That a store is full is no verdict on records: the import stops there, and goes on later."""
    homeless(monkeypatch, tmp_path)
    drafts = [
        build_record(
            act="PUT", actor="did:a", kind="a.b.c", body={"t": "x" * 90_000}, thread="t", clock=clock
        )
        for clock in range(40)
    ]
    (tmp_path / "records.jsonl").write_text(lines(*(dict(draft.wire) for draft in drafts)))
    store, words = f"sqlite:///{tmp_path / 'r.db'}", ("import", "jsonl", str(tmp_path / "records.jsonl"))
    with monkeypatch.context() as patch:
        patch.setattr(opening, "SqliteStore", functools.partial(SqliteStore, max_bytes=2_000_000))
        with LocalDaemon(store) as small:
            ran = spl(capsys, *words, "--endpoint", small.url)
    assert (ran.code, "507" in ran.err, "run the import again" in ran.err) == (3, True, True)
    with LocalDaemon(store) as daemon:
        ran = spl(capsys, *words, "--endpoint", daemon.url, "--json")
    told = json.loads(ran.out)
    assert (ran.code, told["refused"], told["new"] + told["known"]) == (0, 0, 40)


def test_a_stream_that_is_interrupted_goes_on_later(
    capsys: Capture, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes through a pipe is stored while more is awaited; after Ctrl-C another run stores the rest."""
    rows = [row("piped", number) for number in range(1500)]
    command = [sys.executable, "-m", "syncropel.cli", "import", "jsonl", "-"]
    with (
        SyncClient(endpoint=daemon.url) as client,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdin is not None
        process.stdin.write(lines(*rows[:1200]))
        process.stdin.flush()
        while not client.query_thread("piped", limit=1):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err.splitlines()[-1]) == (130, "spl: interrupted")
        before = client.thread_state("piped")
        assert before is not None
        assert 0 < before.record_count < 1500
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines(*rows).encode())))
    code, rest = imported(capsys, "-")
    assert (code, rest["new"] + before.record_count, rest["refused"]) == (0, 1500, 0)

"""Importing histories into a real daemon."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from syncropel import SyncClient
from syncropel.cli.git_records import Origin, drafts
from syncropel.cli.importing import Summary, send_all
from syncropel.cli.progress import Bar
from syncropel.daemon.local import LocalDaemon
from syncropel.errors import TransportError
from syncropel.rules.records import Draft, build_record
from tests.cli.running import spl
from tests.cli.test_git_records import commit

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDaemon]:
    """A daemon with an empty store, which the command line finds."""
    with LocalDaemon(store=f"sqlite:///{tmp_path / 'records.db'}") as running:
        monkeypatch.setenv("SYNCROPEL_ENDPOINT", running.url)
        yield running


def imported(capsys: Capture, *words: str) -> dict[str, Any]:
    """Import and return the summary."""
    ran = spl(capsys, "import", "git", *words, "--json")
    assert ran.code == 0, ran.err
    summary: dict[str, Any] = json.loads(ran.out)
    return summary


def test_a_history_is_imported_once(capsys: Capture, daemon: LocalDaemon, story: Any) -> None:
    """The first import stores every commit, the second stores nothing, and the daemon holds each one once."""
    first = imported(capsys, str(story.path))
    assert (first["new"], first["known"], first["refused"]) == (5, 0, 0)
    second = imported(capsys, str(story.path))
    assert (second["new"], second["known"], second["refused"]) == (0, 5, 0)
    with SyncClient(endpoint=daemon.url) as client:
        records = client.query_thread(first["thread"])
    assert len(records) == 5
    assert {record.body["kind"] for record in records} == {"code.history.commit"}


def test_only_what_is_new_is_stored_after_another_commit(
    capsys: Capture, daemon: LocalDaemon, story: Any
) -> None:
    """An import after one more commit stores one more record."""
    imported(capsys, str(story.path))
    story.write("new.txt", "x\n")
    story.commit("One more", when=1_700_000_500)
    assert (imported(capsys, str(story.path))["new"], imported(capsys, str(story.path))["new"]) == (1, 0)


def test_a_part_first_and_then_the_whole(capsys: Capture, daemon: LocalDaemon, story: Any) -> None:
    """`--limit` takes the oldest commits, a branch is part of the whole, and an import goes on from there."""
    assert imported(capsys, str(story.path), "--limit", "2")["new"] == 2
    side = imported(capsys, str(story.path), "--branch", "side")
    assert (side["new"], side["known"]) == (1, 2)
    whole = imported(capsys, str(story.path))
    assert (whole["new"], whole["known"]) == (2, 3)


def test_what_touched_a_file_is_found_by_its_reference(
    capsys: Capture, daemon: LocalDaemon, story: Any
) -> None:
    """The canonical reference of a file finds the commits that touched it, a rename under both names."""
    imported(capsys, str(story.path))
    found = spl(capsys, "query", "--where", "_refs.id=git:story:README.md", "--sort", "clock", "--json")
    subjects = [row["body"]["subject"] for row in json.loads(found.out)["records"]]
    assert subjects == ["Begin", "Add the program", "Rename the page"]


def test_the_most_changed_files_are_counted(capsys: Capture, daemon: LocalDaemon, story: Any) -> None:
    """Grouping by the references counts each file on its own."""
    imported(capsys, str(story.path))
    ran = spl(capsys, "query", "--group-by", "_refs.id", "--sort", "-count", "--json")
    groups = json.loads(ran.out)["groups"]
    counts = {group["key"]["body._refs.id"]: group["aggregates"]["count"] for group in groups if group["key"]}
    assert counts["git:story:README.md"] == 3
    assert counts["git:story:src/main.py"] == 2
    assert counts["git:story:docs.md"] == 1


def test_names_of_any_kind_go_through_the_daemon(capsys: Capture, daemon: LocalDaemon, repo: Any) -> None:
    """Line breaks, quotes and bytes that are no UTF-8 in names arrive in the store as they were read."""
    for name in (b"new\nline", b'quo"te', b"\xff\xfe", "日本".encode()):
        repo.write(name, "x\n")
    repo.commit("Odd \u2028 \U0001f600 names")
    imported(capsys, str(repo.path), "--thread", "odd")
    with SyncClient(endpoint=daemon.url) as client:
        body = client.query_thread("odd")[0].body
    assert {file["path"] for file in body["files"]} == {"new\nline", 'quo"te', "\\xff\\xfe", "日本"}
    assert body["subject"] == "Odd \u2028 \U0001f600 names"


def test_people_get_a_line_with_the_counts(capsys: Capture, daemon: LocalDaemon, story: Any) -> None:
    """Without --json the counts, the rate and the thread are told in two lines."""
    ran = spl(capsys, "import", "git", str(story.path))
    assert ran.code == 0
    assert "5 new, 0 stored already" in ran.out
    assert "thread code.history.story" in ran.out


def test_a_dry_run_sends_nothing(capsys: Capture, story: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--dry-run` needs no daemon: it prints the records, as lines of JSON or as a table."""
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", "http://127.0.0.1:1")
    ran = spl(capsys, "import", "git", str(story.path), "--dry-run", "--json")
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, len(rows)) == (0, 5)
    assert all(len(row["id"]) == 64 for row in rows)
    assert "5 commits would be sent" in spl(capsys, "import", "git", str(story.path), "--dry-run").out


def test_a_repository_can_be_given_its_name(capsys: Capture, story: Any) -> None:
    """`--repo` names the files as those of a hosted repository, whatever the remote says."""
    ran = spl(capsys, "import", "git", str(story.path), "--dry-run", "--json", "--repo", "acme/app")
    row = json.loads(ran.out.splitlines()[0])
    assert row["body"]["_refs"][0]["id"] == "github:acme/app:README.md"
    assert row["thread"] == "code.history.acme/app"


def test_what_is_no_repository_is_one_line(capsys: Capture, repo: Any, tmp_path: Path) -> None:
    """No folder, no repository and no commit each give exit code 1 and one line."""
    (tmp_path / "plain").mkdir()
    for path in (tmp_path / "absent", tmp_path / "plain", repo.path):
        ran = spl(capsys, "import", "git", str(path))
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.count("\n") == 1


def test_a_shallow_clone_is_imported_with_a_warning(
    capsys: Capture, daemon: LocalDaemon, story: Any, tmp_path: Path
) -> None:
    """A history that was cut off can be imported, and the user is told what it lacks."""
    story.git("clone", "-q", "--depth", "2", f"file://{story.path}", str(tmp_path / "shallow"))
    ran = spl(capsys, "import", "git", str(tmp_path / "shallow"), "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["shallow"] is True
    assert "shallow" in ran.err


def test_a_shallow_history_and_the_whole_one_contradict_each_other(
    capsys: Capture, daemon: LocalDaemon, story: Any, tmp_path: Path
) -> None:
    """Records of the same commits with and without parents cannot both be stored: exit code 1 says why."""
    story.git("clone", "-q", "--depth", "1", f"file://{story.path}", str(tmp_path / "shallow"))
    imported(capsys, str(tmp_path / "shallow"), "--thread", "one")
    imported(capsys, str(story.path), "--thread", "two")
    ran = spl(capsys, "import", "git", str(story.path), "--thread", "one", "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["refused"] == 1
    assert "DuplicateClock" in ran.err


def test_a_daemon_that_is_not_there_ends_the_import(
    capsys: Capture, story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a daemon the import ends with exit code 3 and no process is left behind."""
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", "http://127.0.0.1:1")
    ran = spl(capsys, "import", "git", str(story.path))
    assert ran.code == 3
    assert ran.err.count("\n") == 1


def test_a_daemon_that_dies_half_way_is_a_transport_error() -> None:
    """The import stops at the first record that nobody answers, and says how to go on."""
    records = drafts([commit(number) for number in range(1, 200)], Origin("x", git_url="x"))
    with (
        SyncClient(endpoint="http://127.0.0.1:1", max_retries=0) as client,
        pytest.raises(TransportError, match="run the import again"),
    ):
        send_all(client, records, lambda steps: None, Summary())


def test_an_error_while_reading_ends_the_import(daemon: LocalDaemon) -> None:
    """What goes wrong while records are made is raised, after those before it were sent and counted."""

    def broken() -> Iterator[Draft]:
        yield build_record(act="PUT", actor="did:example:a", kind="a.b.c", body={}, thread="t", clock=1)
        raise TransportError("half way")

    summary = Summary()
    with SyncClient(endpoint=daemon.url) as client, pytest.raises(TransportError, match="half way"):
        send_all(client, broken(), lambda steps: None, summary)
    assert summary.new == 1


def test_the_bar_shows_itself_only_when_work_takes_long() -> None:
    """A bar that is not due yet writes nothing; one that is due shows counts and a title."""
    quick, slow = io.StringIO(), io.StringIO()
    with Bar(Console(file=quick, force_terminal=True), "quick work", 3, delay=60) as bar:
        bar.advance()
    with Bar(Console(file=slow, force_terminal=True, width=80), "slow work", 3, delay=0) as bar:
        bar.advance(2)
    assert quick.getvalue() == ""
    assert "slow work" in slow.getvalue()
    assert "2/3" in slow.getvalue()


def test_the_bar_keeps_quiet_where_nobody_looks() -> None:
    """Into a file or a pipe no bar is written."""
    log = io.StringIO()
    with Bar(Console(file=log), "work", 3, delay=0) as bar:
        bar.advance(3)
    assert log.getvalue() == ""

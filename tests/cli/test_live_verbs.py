"""The verbs that talk to a daemon, against a real one."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from syncropel import SyncClient
from syncropel.cli.parse import pairs, reference
from syncropel.errors import UsageError
from tests.cli.running import Stdin, spl
from tests.support.daemons import Daemon, running_daemon, wait_for

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One daemon for the tests of this module; each test uses threads of its own."""
    with running_daemon(tmp_path_factory.mktemp("store")) as running:
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon, as a user's environment would."""
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", daemon.url)
    monkeypatch.delenv("SPL_TOKEN", raising=False)
    monkeypatch.delenv("SYNCROPEL_API_KEY", raising=False)


def emit(
    capsys: Capture, thread: str, body: dict[str, Any], *words: str, kind: str = "test.cli.thing"
) -> str:
    """Emit a record and return its id."""
    ran = spl(capsys, "emit", "PUT", kind, "--thread", thread, "--body", json.dumps(body), *words)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_an_emitted_record_is_found_and_shown(capsys: Capture) -> None:
    """What is emitted with a reference, a clock and a DID comes back by its id, or by its beginning."""
    record_id = emit(
        capsys,
        "t.shown",
        {"title": "Glow"},
        "--ref",
        "@music.track:isrc:X",
        "--clock",
        "7",
        "--did",
        "did:example:me",
    )
    assert re.fullmatch("[0-9a-f]{64}", record_id)
    row = json.loads(spl(capsys, "record", record_id, "--json").out)
    assert (row["id"], row["clock"], row["actor"], row["thread"]) == (
        record_id,
        7,
        "did:example:me",
        "t.shown",
    )
    assert row["body"]["_refs"] == [{"kind": "@music.track", "id": "isrc:X"}]
    people = spl(capsys, "record", record_id[:12])
    assert people.code == 0
    assert record_id in people.out
    assert '"title": "Glow"' in people.out


def test_a_body_may_come_from_stdin_and_be_checked_first(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--body -` reads stdin; `--validate` stops a body that breaks its schema before it is sent."""
    monkeypatch.setattr(sys, "stdin", Stdin(b'{"old_kind": "music.song"}'))
    ran = spl(capsys, "emit", "PUT", "core.alias", "-t", "t.checked", "--body", "-", "--validate")
    assert ran.code == 1
    assert "new_kind" in ran.err
    assert spl(capsys, "thread", "show", "t.checked").code == 1


def test_a_refused_emit_says_why_and_what_to_do(capsys: Capture) -> None:
    """A clock used twice gives exit code 1, the daemon's reason and the way out in one line."""
    emit(capsys, "t.twice", {"n": 1}, "--clock", "1")
    words = ["emit", "PUT", "test.cli.thing", "-t", "t.twice", "--body", '{"n": 2}', "--clock", "1"]
    ran = spl(capsys, *words)
    assert (ran.code, ran.out) == (1, "")
    said = r"spl: refused: HTTP 400 INGEST_FAILED: DuplicateClock: .*; .*take a higher one\n"
    assert re.fullmatch(said, ran.err)
    as_json = spl(capsys, *words, "--json")
    assert as_json.code == 1
    assert json.loads(as_json.out)["code"] == "INGEST_FAILED"


@pytest.mark.parametrize(
    "words",
    [
        ["emit", "SHOUT", "a.b.c", "-t", "t"],
        ["emit", "PUT", "music.track", "-t", "t"],
        ["emit", "PUT", "a.b.c", "-t", ""],
        ["emit", "PUT", "a.b.c", "-t", "t", "--body", "[1]"],
        ["emit", "PUT", "a.b.c", "-t", "t", "--ref", "nonsense"],
        ["emit", "PUT", "a.b.c", "-t", "t", "--clock", "-1"],
        ["query", "--where", "title"],
        ["query", "--aggregate", "x=median:y", "--group-by", "z"],
        ["query", "--all", "--group-by", "z"],
        ["query", "--filter", "{"],
        ["record", "not-an-id"],
        ["query", "--endpoint", "no url"],
        ["query", "--endpoint", "http://user:secret@localhost"],
        ["emit", "PUT", "a.b.c", "-t", "t", "--did", ""],
    ],
    ids=" ".join,
)
def test_a_slip_of_the_keyboard_is_a_usage_error(capsys: Capture, words: list[str]) -> None:
    """Wrong arguments give exit code 2 and one line, and never reach the daemon."""
    ran = spl(capsys, *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "secret" not in ran.err


ASKING = [["emit", "PUT", "a.b.c", "-t", "t"], ["query"], ["thread", "list"], ["doctor"]]


@pytest.mark.parametrize("path", ASKING, ids=" ".join)
def test_a_daemon_that_is_not_there_gives_exit_code_3(capsys: Capture, path: list[str]) -> None:
    """Nobody listening is told with the way to start a daemon; with --json stdout stays JSON or empty."""
    words = [*path, "--endpoint", f"http://127.0.0.1:{free_port()}", "--timeout", "2"]
    people, machines = spl(capsys, *words), spl(capsys, *words, "--json")
    assert people.code == machines.code == 3
    assert "spl serve" in people.err + people.out
    assert machines.out == "" or isinstance(json.loads(machines.out), dict)


def test_queries_choose_by_what_the_body_holds(capsys: Capture) -> None:
    """Conditions given together must all hold; values that look like JSON are taken as such."""
    for number in range(5):
        emit(
            capsys,
            "t.query",
            {"n": number, "tag": "even" if number % 2 == 0 else "odd"},
            "--clock",
            str(number),
        )
    found = spl(capsys, "query", "-t", "t.query", "--where", "tag=even", "--where", "n=2", "--json")
    rows = json.loads(found.out)["records"]
    assert [row["body"]["n"] for row in rows] == [2]
    backwards = spl(capsys, "query", "-t", "t.query", "--sort", "-clock", "--limit", "2", "--json")
    answer = json.loads(backwards.out)
    assert [row["body"]["n"] for row in answer["records"]] == [4, 3]
    assert answer["capped"] is True
    by_filter = spl(
        capsys, "query", "-t", "t.query", "--filter", '{"body.n": {"$gte": 3}}', "--since", "4", "--json"
    )
    assert [row["body"]["n"] for row in json.loads(by_filter.out)["records"]] == [4]


def test_a_query_in_words_is_a_table_that_fits(capsys: Capture) -> None:
    """At 80 columns every record is one line, and a page that is not everything says so on stderr."""
    for number in range(3):
        emit(capsys, "t.table", {"title": "wide " * 40, "n": number}, "--clock", str(number))
    ran = spl(capsys, "query", "-t", "t.table", "--limit", "2")
    lines = ran.out.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 80 for line in lines)
    assert "2 of 3 shown" in ran.err
    chosen = spl(capsys, "query", "-t", "t.table", "--select", "n,title")
    assert chosen.out.split()[:2] == ["n", "title"]
    assert [line.split()[0] for line in chosen.out.splitlines()[1:]] == ["0", "1", "2"]


def test_a_page_is_no_larger_than_the_daemon_makes_it(capsys: Capture, daemon: Daemon) -> None:
    """Where a larger --limit would show no more, it is not proposed."""
    emits = ({"act": "PUT", "kind": "a.b.c", "thread": "t.page", "body": {"n": n}} for n in range(1001))
    with SyncClient(endpoint=daemon.url) as client:
        assert all(result.success for result in client.emit_many(emits))
    for limit, way_out in (("999", "--limit N shows more, --all"), ("5000", "shown; --all")):
        ran = spl(capsys, "query", "-t", "t.page", "--limit", limit)
        assert (ran.code, way_out in ran.err) == (0, True), ran.err


def test_a_narrow_terminal_still_shows_what_records_say(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 60 columns kinds and actors are cut first: the text of a body is what a reader looks for."""
    emit(capsys, "t.narrow", {"title": "Feel the Storm again and again"})
    monkeypatch.setenv("COLUMNS", "60")
    ran = spl(capsys, "query", "-t", "t.narrow")
    assert all(len(line) <= 60 for line in ran.out.splitlines())
    assert "Feel the Sto" in ran.out


def test_nothing_found_is_said(capsys: Capture) -> None:
    """An empty answer is a success that says that nothing matches; as JSON it is an empty list."""
    ran = spl(capsys, "query", "--kind", "nobody.wrote.this")
    assert (ran.code, ran.out, ran.err) == (0, "", "spl: no records match\n")
    assert json.loads(spl(capsys, "query", "--kind", "nobody.wrote.this", "--json").out)["records"] == []


def test_figures_are_grouped_and_sorted(capsys: Capture) -> None:
    """`--group-by` counts, `--aggregate` computes, and the largest can come first."""
    for number, tag in enumerate(["a", "b", "b", "c", "b"]):
        emit(capsys, "t.figures", {"tag": tag, "n": number}, "--clock", str(number))
    ran = spl(capsys, "query", "-t", "t.figures", "--group-by", "tag", "--sort", "-count", "--limit", "1")
    assert ran.out.split() == ["tag", "count", "b", "3"]
    as_json = spl(
        capsys, "query", "-t", "t.figures", "--aggregate", "total=sum:n", "--aggregate", "top=max:n", "--json"
    )
    assert json.loads(as_json.out)["groups"][0]["aggregates"] == {"total": 10, "top": 4}


def test_all_streams_every_row_as_a_line(capsys: Capture) -> None:
    """`--all` goes through every page, a line of JSON per record, and loses none."""
    for number in range(4):
        emit(capsys, "t.all", {"n": number}, "--clock", str(number))
    rows = [json.loads(line) for line in spl(capsys, "query", "-t", "t.all", "--all").out.splitlines()]
    assert [row["body"]["n"] for row in rows] == [0, 1, 2, 3]


def test_explain_names_what_an_index_served(capsys: Capture) -> None:
    """`--explain` adds a line on how the daemon finds the records."""
    emit(capsys, "t.explain", {"n": 1})
    assert "by index: " in spl(capsys, "query", "-t", "t.explain", "--explain").out


def test_a_field_the_daemon_does_not_know_is_refused_by_it(capsys: Capture) -> None:
    """A filter that the daemon refuses gives exit code 1, its code and the way out."""
    ran = spl(capsys, "query", "--filter", '{"nonsense": 1}')
    assert ran.code == 1
    assert "INVALID_QUERY" in ran.err
    assert ran.err.count("\n") == 1


def test_threads_are_listed_and_shown(capsys: Capture) -> None:
    """The list names the thread, the thread shows its state and its records in order."""
    for number in range(3):
        emit(capsys, "t.thread", {"title": f"number {number}"}, "--clock", str(number))
    assert "t.thread" in spl(capsys, "thread", "list", "--all").out
    listed = json.loads(spl(capsys, "thread", "list", "--json").out)["data"]
    assert "t.thread" in {row["id"] for row in listed}
    shown = spl(capsys, "thread", "show", "t.thread")
    assert "3 records" in shown.out
    assert re.findall(r"number (\d)", shown.out) == ["0", "1", "2"]
    facts = json.loads(spl(capsys, "thread", "show", "t.thread", "--limit", "1", "--json").out)
    assert facts["state"]["record_count"] == 3
    assert len(facts["records"]) == 1


def test_what_does_not_exist_gives_exit_code_1(capsys: Capture) -> None:
    """An unknown record, an unknown beginning of an id and an unknown thread are told in one line."""
    for words in (["record", "0" * 64], ["record", "0000ffff"], ["thread", "show", "t.nobody"]):
        ran = spl(capsys, *words)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.count("\n") == 1


def test_watching_shows_old_and_new_records_in_order(capsys: Capture, daemon: Daemon) -> None:
    """`--since` replays what is stored, then records come as they are emitted; `--count` ends it."""
    emit(capsys, "t.watch", {"n": 0}, "--clock", "0")
    command = [sys.executable, "-m", "syncropel.cli", "thread", "watch", "t.watch", "--since", "0", "--json"]
    with subprocess.Popen([*command, "--count", "3"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        emit(capsys, "t.watch", {"n": 1}, "--clock", "1")
        emit(capsys, "t.watch", {"n": 2}, "--clock", "2")
        lines = [first, *process.stdout.read().splitlines()]
        assert process.wait(timeout=30) == 0
    assert [json.loads(line)["body"]["n"] for line in lines] == [0, 1, 2]


def test_a_watch_ends_on_ctrl_c(capsys: Capture) -> None:
    """Ctrl-C ends a watch with exit code 130 and one line."""
    emit(capsys, "t.stopped", {"title": "first"}, "--clock", "0")
    command = [sys.executable, "-m", "syncropel.cli", "thread", "watch", "t.stopped", "--since", "0"]
    pipes: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdout is not None
        assert "first" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "spl: interrupted\n")


def test_a_watch_of_a_daemon_that_is_not_there_ends_at_once(capsys: Capture) -> None:
    """A watch does not wait for ever for a daemon that never was."""
    ran = spl(capsys, "thread", "watch", "t", "--endpoint", f"http://127.0.0.1:{free_port()}")
    assert ran.code == 3


def test_the_doctor_finds_the_daemon_and_hides_the_token(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor says where everything comes from, and of a token only that there is one."""
    monkeypatch.setenv("SPL_TOKEN", "spl_test_secret_token")
    ran = spl(capsys, "doctor")
    assert ran.code == 0
    assert "present (from SPL_TOKEN)" in ran.out
    assert "secret" not in ran.out + ran.err
    facts = {
        finding["name"]: finding for finding in json.loads(spl(capsys, "doctor", "--json").out)["findings"]
    }
    assert facts["daemon"]["ok"] is True
    assert facts["clock"]["ok"] is True
    assert "SYNCROPEL_ENDPOINT" in facts["endpoint"]["value"]


def test_many_lines_into_a_reader_that_leaves(capsys: Capture) -> None:
    """A stream whose reader takes one line and goes ends with 0 and without a complaint."""
    for number in range(30):
        emit(capsys, "t.pipe", {"n": number, "filler": "x" * 5000}, "--clock", str(number))
    command = [sys.executable, "-m", "syncropel.cli", "query", "-t", "t.pipe", "--all"]
    pipes: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["body"]["n"] == 0
        process.stdout.close()
        complaint = process.stderr.read()
        assert (process.wait(timeout=30), complaint) == (0, "")


def test_pairs_and_references_are_read_as_written() -> None:
    """Numbers, booleans and null are JSON, all else is text; a reference is split at the right place."""
    assert pairs(["n=1", "ok=true", "none=null", "text=a=b", "list=[1]", 'quoted="7"'], "--where") == {
        "n": 1,
        "ok": True,
        "none": None,
        "text": "a=b",
        "list": "[1]",
        "quoted": "7",
    }
    with pytest.raises(UsageError, match="twice"):
        pairs(["n=1", "n=2"], "--where")
    assert reference("@code.file:github:a/b:x=y") == {"kind": "@code.file", "id": "github:a/b:x=y"}
    assert reference("@music.track=isrc:1") == {"kind": "@music.track", "id": "isrc:1"}


def test_waiting_is_bounded() -> None:
    """The helper by which these tests wait gives up with the name of what never came."""
    with pytest.raises(AssertionError, match="the impossible"):
        wait_for(lambda: False, "the impossible", timeout=0.05)

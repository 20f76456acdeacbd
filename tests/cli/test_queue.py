"""`spl queue`, against a daemon in this process."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from syncropel.cli import queue_rows, queue_view
from syncropel.cli.session import Globals, Session
from syncropel.daemon.local import LocalDaemon
from syncropel.errors import SynapError
from tests.cli.running import spl
from tests.cli.store_support import aim, complaint, document, said

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """One daemon for the tests of this module; each test uses queues of its own."""
    with LocalDaemon() as running:
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: LocalDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon."""
    aim(monkeypatch, tmp_path, daemon.url)


def filled(capsys: Capture, name: str, *messages: str, retries: int = 3) -> list[str]:
    """Make a queue with messages and return their ids."""
    said(capsys, "queue", "create", name, "--max-retries", str(retries))
    return [said(capsys, "queue", "publish", name, message).strip() for message in messages]


def figures(capsys: Capture, name: str, *names: str) -> tuple[int, ...]:
    """Return some of a queue's figures."""
    row = document(capsys, "queue", "stats", name)
    return tuple(row[each] for each in names)


def test_a_message_by_hand(capsys: Capture) -> None:
    """It is published with what travels with it, taken, extended, acknowledged, and shown in the table."""
    made = document(
        capsys, "queue", "create", "hand", "--max-depth", "5", "--ack-deadline", "2min", "--priority", "3"
    )
    assert (made["max_depth"], made["ack_deadline_secs"], made["default_priority"]) == (5, 120, 3)
    said(capsys, "queue", "publish", "hand", "first")
    sent = document(capsys, "queue", "publish", "hand", '{"id": 7}', "-p", "9", "--header", "trace=4b")
    assert "hand       2          0     0" in said(capsys, "queue", "list")
    taken = document(capsys, "queue", "consume", "hand", "--consumer", "me")
    told = (taken["message_id"], taken["payload"], taken["priority"], taken["headers"], taken["consumer_id"])
    assert told == (sent["message_id"], '{"id": 7}', 9, {"trace": "4b"}, "me")
    assert (
        document(capsys, "queue", "extend", "hand", taken["message_id"], "10min")["deadline"]
        > taken["deadline"]
    )
    said(capsys, "queue", "ack", "hand", taken["message_id"])
    assert "was resolved already" in complaint(spl(capsys, "queue", "ack", "hand", taken["message_id"]), 1)
    ran = spl(capsys, "queue", "consume", "hand", "--ack")
    assert (ran.code, ran.out) == (0, "first\n")
    assert "priority 3, delivery 1 of 4" in ran.err
    assert figures(capsys, "hand", "depth", "in_flight", "acked", "published") == (0, 0, 2, 2)
    assert "nothing waits" in complaint(spl(capsys, "queue", "consume", "hand", "--wait", "10ms"), 1)
    assert document(capsys, "queue", "consume", "hand", code=1) is None


def test_a_message_that_cannot_be_shown_is_given_back(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Binary for a terminal is refused, and the message waits again; it leaves through `--raw` and a pipe."""
    filled(capsys, "shown")
    (tmp_path / "bin").write_bytes(b"\x00\x1b[2J")
    said(capsys, "queue", "publish", "shown", "--file", str(tmp_path / "bin"))
    with monkeypatch.context() as terminal:
        terminal.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        assert "> FILE" in complaint(spl(capsys, "queue", "consume", "shown", "--raw", "--ack"), 2)
    assert figures(capsys, "shown", "depth", "nacked") == (1, 1)
    assert said(capsys, "queue", "consume", "shown", "--raw", "--ack") == "\x00\x1b[2J"
    assert figures(capsys, "shown", "depth", "acked") == (0, 1)


def test_what_was_given_up_is_listed_and_put_back(capsys: Capture) -> None:
    """A message that is rejected is a dead letter with its reason, until it is put back or dropped."""
    (sent,) = filled(capsys, "dead", "spoilt", retries=0)
    taken = document(capsys, "queue", "consume", "dead")
    said(capsys, "queue", "nack", "dead", taken["message_id"], "--give-up")
    (row,) = document(capsys, "queue", "dead", "dead")["data"]
    assert (row["message_id"], row["reason"], row["payload"]) == (sent, "rejected", "spoilt")
    heads, cells = said(capsys, "queue", "dead", "dead").splitlines()
    assert heads.split() == ["id", "when", "why", "message"]
    assert (cells.split()[0], cells.split()[-2:]) == (sent, ["rejected", "spoilt"])
    assert len(document(capsys, "queue", "dead", "dead", "--limit", str(10**20))["data"]) == 1
    assert said(capsys, "queue", "redrive", "dead") == "1 message back in dead\n"
    assert spl(capsys, "queue", "redrive", "dead", "unknown")[:2] == (1, "0 messages back in dead\n")
    assert "nothing in dead" in spl(capsys, "queue", "dead", "dead").err
    assert said(capsys, "queue", "purge", "dead") == "1 message dropped\n"
    said(capsys, "queue", "delete", "dead")
    assert "spl queue list" in complaint(spl(capsys, "queue", "delete", "dead"), 1)


@pytest.mark.parametrize(
    "words",
    [
        ["publish", "typo", "x"],
        ["consume", "typo"],
        ["consume", "typo", "--wait", "1h"],
        ["stats", "typo"],
        ["dead", "typo"],
        ["top", "typo"],
        ["work", "typo", "cat"],
    ],
    ids=" ".join,
)
def test_an_unknown_queue_is_told_with_what_makes_one(capsys: Capture, words: list[str]) -> None:
    """Also by what takes messages: nobody waits for ever at a queue whose name was mistyped."""
    line = complaint(spl(capsys, "queue", *words), 1)
    assert "Queue not found: typo" in line
    assert "spl queue create NAME" in line


@pytest.mark.parametrize(
    "words",
    [
        ["publish", "q"],
        ["publish", "q", "x", "--priority", "10"],
        ["publish", "q", "x", "--header", "alone"],
        ["publish", "q", "x", "--header", "a=b", "--header", "a=c"],
        ["create", "q", "--max-depth", "0"],
        ["create", "q", "--ack-deadline", "long"],
        ["consume", "q", "--wait", "-1"],
        ["dead", "q", "--limit", "0"],
        ["work", "q"],
        ["work", "q", " "],
        ["work", "q", "cat", "--concurrency", "0"],
        ["work", "q", "--", "no-such-program", "-v"],
        ["top", "--interval", "0"],
    ],
    ids=" ".join,
)
def test_a_slip_of_the_keyboard_is_a_usage_error(capsys: Capture, words: list[str]) -> None:
    """Wrong numbers and missing words give exit code 2 and one line, and nothing is asked of the daemon."""
    complaint(spl(capsys, "queue", *words), 2)


def test_a_full_queue_refuses_with_the_way_out(capsys: Capture) -> None:
    """The message is not dropped: exit code 1 says that it was not taken."""
    said(capsys, "queue", "create", "full", "--max-depth", "1")
    said(capsys, "queue", "publish", "full", "x")
    assert "take messages out of it" in complaint(spl(capsys, "queue", "publish", "full", "y"), 1)


def test_the_lines_of_a_file_are_messages(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are published in their order; where the queue is full, how many were taken is told."""
    (tmp_path / "urls.txt").write_text("".join(f"line {number}\n\n" for number in range(1500)))
    said(capsys, "queue", "create", "lines", "--max-depth", "1600")
    words = ("queue", "publish", "lines", "--lines", "--file", str(tmp_path / "urls.txt"))
    assert said(capsys, *words) == "1,500 published\n"
    taken = [document(capsys, "queue", "consume", "lines")["payload"] for _ in range(3)]
    assert taken == ["line 0", "line 1", "line 2"]
    ran = spl(capsys, *words)
    assert (ran.code, ran.out) == (1, "")
    assert "103 of 1,500 published" in ran.err
    assert figures(capsys, "lines", "depth") == (1600,)


def test_a_command_for_each_message(capfd: Capture, tmp_path: Path) -> None:
    """Exit code 0 acknowledges, any other gives back; the command has the message and facts about it."""
    filled(capfd, "work", "good", "bad", retries=1)
    command = (
        'IFS= read -r m; echo "$m $SPL_QUEUE $SPL_DELIVERY $SPL_PRIORITY $SPL_HEADERS"; test "$m" != bad'
    )
    ran = spl(capfd, "queue", "work", "work", command, "--count", "3")
    assert ran.code == 1
    assert ran.out.splitlines() == ["good work 1 5 {}", "bad work 1 5 {}", "bad work 2 5 {}"]
    assert "given back: exit code 1 (delivery 2 of 2)" in ran.err
    assert "1 done, 2 given back" in ran.err
    assert figures(capfd, "work", "depth", "in_flight", "acked", "dead") == (0, 0, 1, 1)


def test_work_for_machines_and_a_command_without_a_shell(capfd: Capture, tmp_path: Path) -> None:
    """With `--json` stdout has a line per message, what commands print goes to stderr, words stay words."""
    (sent,) = filled(capfd, "words", "x")
    ran = spl(capfd, "queue", "work", "words", "--count", "1", "--json", "--", "echo", "$HOME", "a b")
    row = json.loads(ran.out)
    assert (row["message_id"], row["outcome"], row["exit_code"], row["delivery"]) == (sent, "acked", 0, 1)
    assert ran.code == 0


def test_a_command_whose_time_is_up_gives_back(capfd: Capture) -> None:
    """The line for machines says so, too: there is no exit code, and nothing was acknowledged."""
    filled(capfd, "timed", "x", retries=0)
    ran = spl(capfd, "queue", "work", "timed", "sleep 60", "--limit", "50ms", "--count", "1", "--json")
    row = json.loads(ran.out)
    assert (ran.code, row["outcome"], row["exit_code"]) == (1, "nacked", None)
    assert figures(capfd, "timed", "acked", "dead") == (0, 1)


def test_work_that_is_done_stays_done_when_nobody_hears_of_it(capfd: Capture, tmp_path: Path) -> None:
    """A reader that leaves ends the work, and the message in hand is acknowledged: it is not done twice."""
    filled(capfd, "unheard", "1", "2", "3")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "syncropel.cli", "queue", "work", "unheard", "cat >> done", "--json"]
    with os.fdopen(writer, "w") as pipe:
        done = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "done").read_text() == "1"
    assert figures(capfd, "unheard", "depth", "acked", "nacked") == (2, 1, 0)


def test_several_commands_run_at_once(capfd: Capture, tmp_path: Path) -> None:
    """With `--concurrency 2` two commands wait for each other, and both end."""
    filled(capfd, "twins", "one", "two")
    seen = tmp_path / "begun"
    seen.mkdir()
    begun = f"touch {seen}/$SPL_MESSAGE_ID; until [ $(ls {seen} | wc -l) -ge 2 ]; do sleep 0.05; done"
    ran = spl(capfd, "queue", "work", "twins", begun, "--count", "2", "--concurrency", "2", "--limit", "20s")
    assert ran.code == 0, ran.err
    assert figures(capfd, "twins", "acked", "depth") == (2, 0)


def test_a_command_that_is_not_there_does_not_use_up_the_retries(capfd: Capture) -> None:
    """After one message that the shell could find no command for, the work stops with exit code 1."""
    filled(capfd, "absent", "one", "two")
    ran = spl(capfd, "queue", "work", "absent", "./no-such-handler")
    assert ran.code == 1
    assert "cannot be run" in ran.err
    assert figures(capfd, "absent", "depth", "nacked", "dead") == (2, 1, 0)


def test_a_command_whose_time_is_up_is_ended(capfd: Capture) -> None:
    """`--limit` ends the command with all that it started, and gives the message back."""
    filled(capfd, "slow", "x")
    ran = spl(capfd, "queue", "work", "slow", "sleep 60 & sleep 60", "--limit", "50ms", "--count", "1")
    assert ran.code == 1
    assert "its time was up" in ran.err
    assert figures(capfd, "slow", "depth", "nacked") == (1, 1)


def test_ctrl_c_lets_the_command_end_and_a_second_one_ends_it(capfd: Capture) -> None:
    """The first acknowledges what runs to its end, the second gives it back; both exit with 130."""
    filled(capfd, "stop", "x", "y")
    once = spl(capfd, "queue", "work", "stop", "kill -INT $PPID")
    assert (once.code, "1 done" in once.err) == (130, True)
    assert once.err.endswith("spl: interrupted\n")
    assert figures(capfd, "stop", "acked", "depth") == (1, 1)
    twice = spl(capfd, "queue", "work", "stop", "while kill -INT $PPID; do sleep 0.1; done")
    assert twice.code == 130, twice.err
    assert "Ctrl-C again" in twice.err
    assert figures(capfd, "stop", "acked", "depth", "nacked") == (1, 1, 1)


def test_top_is_one_table_where_nobody_watches(capsys: Capture) -> None:
    """With `--once`, `--json` and in a pipe the figures are printed once, the fullest queue on top."""
    filled(capsys, "top.a", "x")
    filled(capsys, "top.b", "x", "y")
    assert said(capsys, "queue", "top", "top.a", "top.b") == said(
        capsys, "queue", "top", "top.b", "top.a", "--once"
    )
    names = [line.split()[0] for line in said(capsys, "queue", "top", "top.a", "top.b").splitlines()]
    assert names == ["queue", "top.b", "top.a"]
    rows = document(capsys, "queue", "top")["data"]
    assert {"queue": "top.b", "depth": 2} in [{key: row[key] for key in ("queue", "depth")} for row in rows]


def test_a_narrow_terminal_shows_fewer_columns(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and what waits stay readable; totals give way."""
    filled(capsys, "narrow.queue", "x")
    monkeypatch.setenv("COLUMNS", "44")
    heads, cells = said(capsys, "queue", "top", "narrow.queue").splitlines()
    assert heads.split() == ["queue", "ready", "in", "flight", "dead"]
    assert cells.split() == ["narrow.queue", "1", "0", "0"]


def test_rates_are_differences_over_time() -> None:
    """The first figures have no rate, a queue that was made anew has none, and time counts."""
    rates = queue_view.Rates()
    first = [{"queue": "a", "published": 10, "acked": 5}, {"queue": "b", "published": 9, "acked": 9}]
    second = [{"queue": "a", "published": 3010, "acked": 8}, {"queue": "b", "published": 1, "acked": 0}]
    assert rates.between(first, 100.0) == {}
    assert rates.between(second, 102.0) == {"a": ("1,500.0", "1.5")}


def test_the_live_view_fits_the_terminal_and_outlasts_the_daemon(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queues beyond the last line are counted, silence is told above the last figures, Ctrl-C is 130."""
    rows = [{"queue": f"q{n:02}", "depth": n, "in_flight": 0, "dead": 0} for n in range(30)]
    rows = [{**row, "published": 0, "acked": 0, "consumers": 0} for row in rows]
    silence = SynapError("nobody answers", status_code=503)
    answers: list[Any] = [rows, silence, asyncio.CancelledError()]

    async def answer(*_: object) -> Any:
        found = answers.pop(0)
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(queue_rows, "figures_of", answer)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("LINES", "12")
    monkeypatch.setenv("TERM", "xterm")
    ran = spl(capsys, "queue", "top", "--interval", "0.1")
    assert (ran.code, ran.err) == (130, "spl: interrupted\n")
    first, _, second = ran.out.partition("asking again")
    assert "30 queues, 435 ready" in first
    assert "nobody answers" in second
    assert "and 22 more" in second
    assert ("q29" in second, "q22" in second, "q21" in second) == (True, True, False)


def test_a_screen_without_queues_says_so() -> None:
    """The view does not fail on an empty daemon."""
    shown = Console(file=io.StringIO(), width=80)
    shown.print(queue_view.screen(Session(Globals()), "http://x", [], {}))
    assert "there are no queues" in shown.file.getvalue()  # type: ignore[attr-defined]  # a StringIO

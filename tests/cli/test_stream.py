"""`spl stream`, against a daemon in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncropel.daemon.local import LocalDaemon
from syncropel.store import SynapClient
from tests.cli.running import spl
from tests.cli.store_support import aim, complaint, document, free_port, meanwhile, said
from tests.support.daemons import wait_for

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """One daemon for the tests of this module; each test uses streams of its own."""
    with LocalDaemon() as running:
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: LocalDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon."""
    aim(monkeypatch, tmp_path, daemon.url)


def test_events_are_published_and_read(capsys: Capture) -> None:
    """Data that looks like JSON is JSON, all else and `--text` is text; a page says where the next begins."""
    assert document(capsys, "stream", "create", "all", "--partitions", "2", "--retention", "36h")["created"]
    sent = ['{"user": 7}', "plain", "5", '"5"']
    offsets = [said(capsys, "stream", "publish", "all", "e", each, "--key", "k").strip() for each in sent]
    assert offsets == ["0", "1", "2", "3"]
    words = ("stream", "publish", "all", "e", "[no JSON]", "--text", "--header", "trace=4b")
    assert document(capsys, *words) == {"stream": "all", "offset": 4}
    page = document(capsys, "stream", "read", "all", "--from", "0", "--limit", "5")
    assert [row["data"] for row in page["data"]] == [{"user": 7}, "plain", 5, "5", "[no JSON]"]
    assert page["next_offset"] == 5
    assert page["data"][4]["metadata"] == {"trace": "4b"}
    ran = spl(capsys, "stream", "read", "all", "--limit", "2")
    heads, first, _ = ran.out.splitlines()
    assert heads.split()[:3] == ["offset", "when", "event"]
    assert first.endswith('{"user": 7}' + " " * (len(first) - len(first.rstrip())))
    assert "--from 2" in ran.err
    assert "from offset 5" in spl(capsys, "stream", "read", "all", "--from", "5").err
    listed = said(capsys, "stream", "list")
    assert "all          5      0     4           2  36 h" in listed
    assert "retention_hours" in said(capsys, "stream", "stats", "all")
    said(capsys, "stream", "delete", "all")
    assert "spl stream list" in complaint(spl(capsys, "stream", "read", "all"), 1)


def test_a_tail_begins_where_it_is_told(capsys: Capture) -> None:
    """Without a place it begins with the last events; else at an offset, the start, or what was committed."""
    said(capsys, "stream", "create", "tail")
    for number in range(4):
        said(capsys, "stream", "publish", "tail", "e", str(number))

    def tail(*words: str) -> list[int]:
        lines = said(capsys, "stream", "tail", "tail", *words, "--json").splitlines()
        return [json.loads(line)["offset"] for line in lines]

    assert tail("--count", "2", "--last", "2") == [2, 3]
    assert tail("--count", "4") == [0, 1, 2, 3]
    assert tail("--count", "1", "--from", "1") == [1]
    mine = ("--subscriber", "me", "--commit", "--from")
    assert tail("--count", "2", *mine, "start") == [0, 1]
    assert tail("--count", "2", *mine, "committed") == [2, 3]
    columns = said(capsys, "stream", "tail", "tail", "--count", "1").split()
    assert (columns[0], columns[2:]) == ("0", ["e", "0"])


def test_a_tail_outlasts_a_restart_and_says_so(
    capsys: Capture, caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daemon goes away and comes back: no event is missing or comes twice, and stderr told it."""
    store, port = f"sqlite:///{tmp_path / 'records.db'}", free_port()
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", f"http://127.0.0.1:{port}")

    def restarted() -> None:
        with SynapClient(f"http://127.0.0.1:{port}") as client:
            wait_for(lambda: client.stream.stats("s").total_consumed, "reading the first event")
            before.stop()
            wait_for(lambda: "next attempt" in caplog.text, "noticing that the daemon is away")
            with LocalDaemon(store, port=port):
                client.stream.publish("s", "e", "second")
                wait_for(lambda: ended, "reading the second event")

    ended: list[bool] = []
    with LocalDaemon(store, port=port) as before, SynapClient(before.url) as client:
        client.stream.create("s")
        client.stream.publish("s", "e", "first")
        with meanwhile(restarted):
            ran = spl(capsys, "stream", "tail", "s", "--count", "2", "--json")
            ended.append(True)
    assert ran.code == 0, ran.err
    assert [json.loads(line)["data"] for line in ran.out.splitlines()] == ["first", "second"]
    assert "following 's' failed, next attempt" in ran.err
    assert "following s again" in ran.err


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        (["publish", "s", "e"], "--file FILE"),
        (["publish", "s", "e", "{bad"], "--text"),
        (["create", "s", "--partitions", "0"], "--help"),
        (["create", "s", "--retention", "soon"], "7d"),
        (["tail", "s", "--from", "-1"], "committed"),
        (["tail", "s", "--from", "yesterday"], "committed"),
        (["read", "s", "--limit", "1001"], "--help"),
        (["read", "s", "--from", "-1"], "--help"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_slip_of_the_keyboard_is_a_usage_error(capsys: Capture, words: list[str], way_out: str) -> None:
    """Wrong arguments give exit code 2 and one line with what to write instead."""
    assert way_out in complaint(spl(capsys, "stream", *words), 2)


def test_an_unknown_stream_and_one_that_exists(capsys: Capture) -> None:
    """Each is told with the command that helps; so is a partition that there is not."""
    for words in (["tail", "typo"], ["stats", "typo"], ["publish", "typo", "e", "x"], ["delete", "typo"]):
        assert "spl stream create NAME" in complaint(spl(capsys, "stream", *words), 1)
    said(capsys, "stream", "create", "twice")
    assert "--exist-ok" in complaint(spl(capsys, "stream", "create", "twice"), 1)
    assert document(capsys, "stream", "create", "twice", "--exist-ok")["created"] is False
    assert "numbered from 0" in complaint(spl(capsys, "stream", "read", "twice", "--partition", "1"), 2)

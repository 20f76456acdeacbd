"""`spl kv`, against a daemon in this process."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncropel.cli.payload import seconds
from syncropel.daemon.local import LocalDaemon
from syncropel.errors import UsageError
from tests.cli.running import Stdin, spl
from tests.cli.store_support import aim, complaint, document, free_port, said

Capture = pytest.CaptureFixture[str]
BINARY = b"\x00\xff\x1b[31m\n"


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """One daemon for the tests of this module; each test uses keys of its own."""
    with LocalDaemon() as running:
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: LocalDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon."""
    aim(monkeypatch, tmp_path, daemon.url)


def test_a_value_is_an_argument_a_file_or_what_is_piped_in(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each way stores the bytes as they are, a final line break included, and `get` prints them as a line."""
    assert said(capsys, "kv", "set", "way", "Jörg Doe") == ""
    assert said(capsys, "kv", "get", "way") == "Jörg Doe\n"
    (tmp_path / "file.txt").write_bytes(b"from a file\n")
    said(capsys, "kv", "set", "way", "--file", str(tmp_path / "file.txt"))
    assert said(capsys, "kv", "get", "way", "--raw") == "from a file\n"
    monkeypatch.setattr(sys, "stdin", Stdin(b"piped"))
    said(capsys, "kv", "set", "way", "-")
    assert document(capsys, "kv", "get", "way") == {"key": "way", "value": "piped", "encoding": "text"}
    said(capsys, "kv", "set", "way", "--", "-5")
    assert said(capsys, "kv", "get", "way") == "-5\n"


def test_bytes_come_back_exactly_and_never_reach_a_terminal(
    capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--raw` writes them, `--json` has base64; as text and on a terminal they are refused with a way out."""
    (tmp_path / "bin").write_bytes(BINARY)

    def run(*words: str) -> tuple[int, bytes, bytes]:
        code, out, err = spl(capsysbinary, *words)  # type: ignore[arg-type]  # bytes in place of text
        return code, bytes(out), bytes(err)  # type: ignore[call-overload]

    assert run("kv", "set", "bin", "--file", str(tmp_path / "bin"))[0] == 0
    assert run("kv", "get", "bin", "--raw") == (0, BINARY, b"")
    assert json.loads(run("kv", "get", "bin", "--json")[1])["encoding"] == "base64"
    code, out, err = run("kv", "get", "bin")
    assert (code, out) == (2, b"")
    assert b"--raw" in err
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    code, out, err = run("kv", "get", "bin", "--raw")
    assert (code, out) == (2, b"")
    assert b"> FILE" in err
    assert run("kv", "set", "steering", "a\x1b[31m\tb")[0] == 0
    assert run("kv", "get", "steering") == (0, b"a\\x1b[31m\tb\n", b"")


def test_conditions_are_told_by_the_exit_code(capsys: Capture) -> None:
    """What is not there, there already, or not as expected gives 1 and a line that says so."""
    assert "no key 'c1'" in complaint(spl(capsys, "kv", "get", "c1"), 1)
    assert document(capsys, "kv", "get", "c1", code=1) == {"key": "c1", "value": None}
    assert (spl(capsys, "kv", "exists", "c1").code, spl(capsys, "kv", "del", "c1").code) == (1, 1)
    complaint(spl(capsys, "kv", "set", "c1", "v", "--xx"), 1)
    assert said(capsys, "kv", "set", "c1", "v", "--nx") == ""
    assert "already" in complaint(spl(capsys, "kv", "set", "c1", "w", "--nx"), 1)
    assert "holds something else" in complaint(spl(capsys, "kv", "cas", "c1", "w", "--expected", "x"), 1)
    assert document(capsys, "kv", "cas", "c1", "w", "--expected", "v")["swapped"] is True
    assert document(capsys, "kv", "cas", "c1", "x", "--absent", code=1)["swapped"] is False
    assert said(capsys, "kv", "exists", "c1") == "yes\n"
    assert said(capsys, "kv", "del", "c1", "c2") == "1 key deleted\n"


def test_counters_and_lifetimes(capsys: Capture) -> None:
    """Counters print the new number; a time to live is set, shown, ended and lifted."""
    assert said(capsys, "kv", "incr", "n") == "1\n"
    assert said(capsys, "kv", "incr", "n", "--by", "10") == "11\n"
    assert document(capsys, "kv", "decr", "n", "--by", "2") == {"key": "n", "value": 9}
    said(capsys, "kv", "set", "word", "ten", "--ttl", "2h")
    line = complaint(spl(capsys, "kv", "incr", "word"), 1)
    assert "`spl kv get KEY`" in line
    assert 7100 < document(capsys, "kv", "ttl", "word")["ttl"] <= 7200
    said(capsys, "kv", "persist", "word")
    assert said(capsys, "kv", "ttl", "word") == "it stays\n"
    said(capsys, "kv", "expire", "word", "0")
    assert "spl kv keys" in complaint(spl(capsys, "kv", "ttl", "word"), 1)
    assert "no key" in complaint(spl(capsys, "kv", "expire", "word", "5"), 1)
    complaint(spl(capsys, "kv", "persist", "word"), 1)


def test_several_keys_at_once(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs are stored together, listed by a pattern or a prefix, and shown in a table."""
    said(capsys, "kv", "mset", "m:1=one", "m:2=a=b", "m:3=three", "--ttl", "1h")
    assert said(capsys, "kv", "keys", "m:[12]") == "m:1\nm:2\n"
    assert document(capsys, "kv", "keys", "m:*")["data"] == ["m:1", "m:2", "m:3"]
    lines = said(capsys, "kv", "scan", "--prefix", "m:", "--limit", "2", "--json").splitlines()
    assert [json.loads(line) for line in lines] == ["m:1", "m:2"]
    table = [line.split() for line in said(capsys, "kv", "mget", "m:2", "gone").splitlines()]
    assert table == [["key", "value"], ["m:2", "a=b"], ["gone", "-"]]
    assert document(capsys, "kv", "mget", "gone", code=1)["data"] == [{"key": "gone", "value": None}]
    monkeypatch.setattr("sys.stdin", Stdin(BINARY))
    said(capsys, "kv", "set", "m:2", "-")
    rows = document(capsys, "kv", "mget", "m:1", "m:2")["data"]
    assert rows[0] == {"key": "m:1", "value": "one", "encoding": "text"}
    assert rows[1] == {"key": "m:2", "value": base64.b64encode(BINARY).decode(), "encoding": "base64"}
    assert "(8 bytes, binary)" in said(capsys, "kv", "mget", "m:2")
    assert "m:3" in said(capsys, "kv", "scan", "--limit", str(10**20))
    figures = document(capsys, "kv", "stats")
    assert figures["total_keys"] >= 3
    assert "hit rate" in said(capsys, "kv", "stats")
    assert "no key fits" in spl(capsys, "kv", "keys", "zz*").err


def test_a_long_key_leaves_room_for_its_value(capsys: Capture) -> None:
    """At 80 columns two texts that are too long share the line, and a short one is whole."""
    key = "long:" + "k" * 100
    said(capsys, "kv", "mset", f"{key}={'v' * 300}", "long:2=short")
    lines = said(capsys, "kv", "mget", key, "long:2").splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert ("k" * 40 in lines[1], "v" * 20 in lines[1]) == (True, True)
    assert lines[2].split() == ["long:2", "short"]


def test_the_name_of_a_file_is_a_text(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`@FILE`, which other verbs read, is stored as it is, and whoever may have meant the file is told."""
    (tmp_path / "note").write_text("inside")
    monkeypatch.chdir(tmp_path)
    ran = spl(capsys, "kv", "set", "at", "@note")
    assert (ran.code, ran.out) == (0, "")
    assert "--file note" in ran.err
    assert said(capsys, "kv", "get", "at") == "@note\n"
    assert spl(capsys, "kv", "set", "at", "@nobody").err == ""


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        (["kv", "set", "k"], "--file FILE"),
        (["kv", "set", "k", "v", "--file", "f"], "--file FILE"),
        (["kv", "set", "k", "--file", "not-there"], "cannot read"),
        (["kv", "set", "k", "-5"], "-- -5"),
        (["kv", "set", "k", "v", "--ttl", "-5"], "15min"),
        (["kv", "set", "k", "v", "--ttl", "soon"], "15min"),
        (["kv", "incr", "k", "--by", "many"], "--help"),
        (["kv", "cas", "k", "v"], "--absent"),
        (["kv", "mset", "alone"], "name=value"),
        (["kv", "mset", "a=1", "a=2"], "twice"),
        (["kv", "get", ""], "must not be empty"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_slip_of_the_keyboard_is_a_usage_error(capsys: Capture, words: list[str], way_out: str) -> None:
    """Wrong arguments give exit code 2 and one line with what to write instead."""
    assert way_out in complaint(spl(capsys, *words), 2)


AWAY = [
    ["kv", "get", "k"],
    ["kv", "scan"],
    ["queue", "list"],
    ["queue", "top"],
    ["queue", "consume", "q", "--wait", "5s"],
    ["queue", "work", "q", "cat"],
    ["stream", "read", "s"],
    ["stream", "tail", "s"],
    ["pub", "a", "b"],
    ["sub", "a"],
]


@pytest.mark.parametrize("words", AWAY, ids=" ".join)
def test_a_daemon_that_is_not_there_gives_exit_code_3(capsys: Capture, words: list[str]) -> None:
    """Every verb, also one that would outlast a restart, ends when nobody answers at first, and says so."""
    line = complaint(spl(capsys, *words, "--endpoint", f"http://127.0.0.1:{free_port()}"), 3)
    assert "spl serve --daemon" in line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90),
        ("0", 0),
        ("1.5", 1.5),
        ("500ms", 0.5),
        ("30s", 30),
        ("15min", 900),
        ("2 h", 7200),
        ("7d", 604800),
    ],
)
def test_times_have_units(text: str, expected: float) -> None:
    """A time is a number of seconds, or one with a unit; whole seconds stay whole."""
    assert seconds(text, "--ttl") == expected
    assert isinstance(seconds(text, "--ttl"), type(expected))


@pytest.mark.parametrize("text", ["", "-1", "1y", "1e3", "٣", "inf", "1 2"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """The message names the option."""
    with pytest.raises(UsageError, match="--ttl"):
        seconds(text, "--ttl")


def test_the_store_preset_is_what_these_verbs_need(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A token of `--scope store` may, one of `--scope reader` is refused with its reason."""
    with LocalDaemon(auth=True) as closed:
        aim(monkeypatch, tmp_path, closed.url)
        assert "spl login" in complaint(spl(capsys, "kv", "get", "k"), 1)
        monkeypatch.setenv("SPL_TOKEN", closed.token)
        allowed = document(capsys, "service-account", "create", "app", "--scope", "store")
        reader = document(capsys, "service-account", "create", "eyes", "--scope", "reader")
        monkeypatch.setenv("SPL_TOKEN", allowed["token"])
        said(capsys, "kv", "set", "k", "v")
        said(capsys, "queue", "create", "q")
        monkeypatch.setenv("SPL_TOKEN", reader["token"])
        assert "kv:read" in complaint(spl(capsys, "kv", "get", "k"), 1)
        assert "pubsub:read" in complaint(spl(capsys, "sub", "a"), 1)

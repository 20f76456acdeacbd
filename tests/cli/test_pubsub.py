"""`spl pub` and `spl sub`, against a daemon in this process."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from syncropel.daemon.local import LocalDaemon
from syncropel.store import SynapClient, SynapError
from tests.cli.running import spl
from tests.cli.store_support import aim, complaint, document, free_port, meanwhile, said
from tests.support.daemons import wait_for

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """One daemon for the tests of this module; each test uses topics of its own."""
    with LocalDaemon() as running:
        yield running


@pytest.fixture(autouse=True)
def environment(daemon: LocalDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the command line at the daemon."""
    aim(monkeypatch, tmp_path, daemon.url)


def heard(url: str, topic: str, message: Any) -> Callable[[], None]:
    """Return what publishes a message until somebody listens who hears it."""

    def publish() -> None:
        with SynapClient(url) as client:
            wait_for(lambda: _matched(client, topic, message), f"somebody who listens to {topic}")

    return publish


def _matched(client: SynapClient, topic: str, message: Any) -> int:
    try:
        return client.pubsub.publish(topic, message)
    except SynapError:
        return 0


def test_what_is_published_is_printed(capsys: Capture, daemon: LocalDaemon) -> None:
    """A pattern hears its topics, as a line for people and as JSON for machines."""
    with meanwhile(heard(daemon.url, "orders.new", {"id": 7})):
        ran = spl(capsys, "sub", "orders.*", "other", "--count", "1")
    assert ran.code == 0, ran.err
    assert ran.out.split()[1:] == ["orders.new", '{"id":', "7}"]
    assert ran.err == "spl: listening to orders.*, other\n"
    with meanwhile(heard(daemon.url, "logs.a.b", "text")):
        row = json.loads(said(capsys, "sub", "logs.#", "--count", "1", "--json"))
    assert (row["topic"], row["message"], row["metadata"]) == ("logs.a.b", "text", {})


def test_publishing_says_who_listens(capsys: Capture, daemon: LocalDaemon) -> None:
    """The number of listeners is printed; nobody at all is told with how to listen; JSON stays JSON."""
    ran = spl(capsys, "pub", "quiet", "hello")
    assert (ran.code, ran.out) == (0, "0\n")
    assert "spl sub quiet" in ran.err
    with SynapClient(daemon.url) as client, client.pubsub.subscribe(["loud"]) as listening:
        sent = document(capsys, "pub", "loud", '{"n": [1]}', "--header", "a=b")
        assert sent == {"topic": "loud", "subscribers_matched": 1}
        assert said(capsys, "pub", "loud", '{"n": [1]}', "--text") == "1\n"
        messages = iter(listening)
        first, second = next(messages), next(messages)
    assert (first.message, first.metadata, second.message) == ({"n": [1]}, {"a": "b"}, '{"n": [1]}')


def test_a_listener_outlasts_a_restart_and_says_so(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon goes away and comes back: stderr tells both, and what is published then is heard."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", url)
    ended: list[bool] = []

    def restarted() -> None:
        heard(url, "t", "first")()
        before.stop()
        with LocalDaemon(port=port):
            heard(url, "t", "second")()
            wait_for(lambda: ended, "hearing the second message")

    with LocalDaemon(port=port) as before, meanwhile(restarted):
        ran = spl(capsys, "sub", "t", "--count", "2", "--json")
        ended.append(True)
    assert ran.code == 0, ran.err
    assert [json.loads(line)["message"] for line in ran.out.splitlines()] == ["first", "second"]
    assert "the connection to" in ran.err
    assert "listening to t again; what was told meanwhile is lost" in ran.err


def test_ctrl_c_ends_listening(capsys: Capture, daemon: LocalDaemon) -> None:
    """The exit code is 130, and one line says why."""

    def interrupt() -> None:
        heard(daemon.url, "endless", "x")()
        os.kill(os.getpid(), signal.SIGINT)

    with meanwhile(interrupt):
        ran = spl(capsys, "sub", "endless", "--json")
    assert ran.code == 130
    assert ran.err == "spl: interrupted\n"


def test_without_the_extra_one_line_says_what_to_install(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation without WebSockets gets the command that adds them, and exit code 2."""
    monkeypatch.setitem(sys.modules, "websockets.asyncio.client", None)
    assert "pip install 'syncropel[store]'" in complaint(spl(capsys, "sub", "t"), 2)


@pytest.mark.parametrize(
    ("words", "code", "way_out"),
    [
        (["sub"], 2, "--help"),
        (["sub", ""], 2, "must not be empty"),
        (["sub", "t", "--count", "0"], 2, "--help"),
        (["pub", "t"], 2, "--file FILE"),
        (["pub", "t", "{bad"], 2, "--text"),
        (["pub", "orders.*", "x"], 2, "one topic"),
        (["pub", "orders.#", "x"], 2, "one topic"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_slip_of_the_keyboard_is_told(capsys: Capture, words: list[str], code: int, way_out: str) -> None:
    """Wrong arguments end in one line with what to write instead."""
    assert way_out in complaint(spl(capsys, *words), code)

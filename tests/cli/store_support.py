"""What the tests of keys, queues, streams and topics on the command line share."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Ran, homeless, spl

Capture = pytest.CaptureFixture[str]


def aim(monkeypatch: pytest.MonkeyPatch, home: Path, url: str) -> None:
    """Point the command line at a daemon, with an empty home and no token."""
    homeless(monkeypatch, home)
    monkeypatch.setenv("SYNCROPEL_ENDPOINT", url)
    monkeypatch.setenv("COLUMNS", "80")


def said(capsys: Capture, *words: str) -> str:
    """Run a verb that must work, and return what it printed."""
    ran = spl(capsys, *words)
    assert ran.code == 0, ran.err
    return ran.out


def document(capsys: Capture, *words: str, code: int = 0) -> Any:
    """Run a verb with `--json`, and return the JSON."""
    ran = spl(capsys, *words, "--json")
    assert ran.code == code, ran.err
    return json.loads(ran.out)


def complaint(ran: Ran, code: int) -> str:
    """Check that a run ended in one line of complaint and nothing else, and return the line."""
    assert (ran.code, ran.out) == (code, ""), ran
    assert ran.err.count("\n") == 1, ran.err
    return ran.err


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Do something on another thread while the block runs; what it raises is raised at the end."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    yield
    thread.join(30)
    if errors:
        raise errors[0]

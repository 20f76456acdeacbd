"""Running the command line: inside this process, or as a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from syncropel.cli import main


class Ran(NamedTuple):
    """What a run gave: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


class Stdin(io.TextIOWrapper):
    """A stdin that holds some bytes."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))


def spl(capsys: pytest.CaptureFixture[str], *words: str) -> Ran:
    """Run the command line in this process."""
    capsys.readouterr()
    code = main(list(words))
    out, err = capsys.readouterr()
    return Ran(code, out, err)


def spl_process(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command line as a process, as a user does."""
    environ = {**os.environ, **options.pop("environ", {})}
    return subprocess.run(
        [sys.executable, "-m", "syncropel.cli", *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        env=environ,
        **options,
    )


def homeless(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Give a test an empty home, and no identity or token from outside."""
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    for name in CREDENTIALS:
        monkeypatch.delenv(name, raising=False)


CREDENTIALS = (
    "SPL_TOKEN",
    "SYNCROPEL_API_KEY",
    "SYNCROPEL_DID",
    "SYNCROPEL_IDENTITY_KEY",
    "SYNCROPEL_KEY_PASSPHRASE",
)

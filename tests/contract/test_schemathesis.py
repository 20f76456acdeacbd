"""The live daemon is tried from the contract it serves: requests that fit it, requests that break it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncropel.daemon.local import LocalDaemon
from syncropel.rules.contract import load_routes

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def daemon() -> Iterator[str]:
    """The address of a daemon with an empty store."""
    with LocalDaemon(store="memory:") as running:
        yield running.url


def run(url: str, folder: Path, *options: str) -> str:
    """Run schemathesis in a folder of its own and return its report; any finding fails the test."""
    config = str(HERE / "schemathesis.toml")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", config, "run"]
    done = subprocess.run(
        [*command, f"{url}/openapi.json", "--workers", "2", "--no-color", *options],
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_checks.py")},
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_boundaries(daemon: str, tmp_path: Path) -> None:
    """At the boundaries of parameters and bodies the daemon answers as its contract lists, never with 5xx."""
    # The filter language is recursive; enumerating its boundaries ends the parser of some Pythons with a
    # SystemError. Random requests and the scenarios of `tests/conformance` cover it.
    report = run(daemon, tmp_path, "--phases", "examples,coverage", "--exclude-operation-id", "queryRecords")
    assert int(re.search(r"(\d+) generated", report)[1]) > 300


def test_random_requests(daemon: str, tmp_path: Path) -> None:
    """Random requests, fitting and broken, are answered as the contract lists, never with 5xx."""
    streams = ("--exclude-operation-id", "watchThread", "--exclude-operation-id", "watchInbound")
    report = run(daemon, tmp_path, "--phases", "examples,fuzzing", *streams)
    # All but the two streams, which do not end, and the route that serves the contract itself.
    assert int(re.search(r"Selected: (\d+)", report)[1]) == len(load_routes()) - 3

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

# It tries the whole contract in one process.
pytestmark = pytest.mark.timeout(300)
HERE = Path(__file__).parent
# Ids are taken from earlier answers, so these would soon be asked about the very token they are asked with.
ENDS_THE_CALLER = ("revokeServiceAccount", "rotateServiceAccountKey", "revokeToken", "rotateToken")


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
        # One worker: two threads at once end the parser of Python 3.11 with a SystemError.
        [*command, f"{url}/openapi.json", "--workers", "1", "--no-color", *options],
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / "schemathesis_checks.py")},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def test_boundaries(daemon: str, tmp_path: Path) -> None:
    """At the boundaries of parameters and bodies the daemon answers as its contract lists, never with 5xx."""
    report = run(daemon, tmp_path, "--phases", "examples,coverage")
    assert int(re.search(r"(\d+) generated", report)[1]) > 1000


def test_random_requests(daemon: str, tmp_path: Path) -> None:
    """Random requests, fitting and broken, are answered as the contract lists, never with 5xx."""
    report = run(daemon, tmp_path, "--phases", "fuzzing")
    # All but the route that serves the contract itself.
    assert int(re.search(r"Selected: (\d+)", report)[1]) == len(load_routes()) - 1


def test_random_requests_with_a_token(tmp_path: Path) -> None:
    """With authentication on, a token that may do everything is answered as the contract lists."""
    few = ["--phases", "examples,fuzzing", "--max-examples", "2"]
    for name in ENDS_THE_CALLER:
        few += ["--exclude-operation-id", name]
    with LocalDaemon(store="memory:", auth=True) as daemon:
        report = run(daemon.url, tmp_path, *few, "-H", f"Authorization: Bearer {daemon.token}")
    selected = int(re.search(r"Selected: (\d+)", report)[1])
    assert selected == len(load_routes()) - 1 - len(ENDS_THE_CALLER)
    assert "401 Unauthorized" not in report

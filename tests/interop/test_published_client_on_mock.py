"""The published client takes our mock's transport: tests written for its own mock keep working."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def test_on_the_mock(peer_python: Path) -> None:
    """It emits, retries, reads, fails open and subscribes on the mock, which keeps rows of both accesses."""
    site_packages = next(peer_python.parent.parent.glob("[Ll]ib/**/site-packages"))
    command = [sys.executable, str(HERE / "peer_on_mock.py"), str(site_packages)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert str(site_packages) in seen["published"]
    assert str(site_packages) not in seen["mock"]
    assert [seen[name]["success"] for name in ("emit", "sync", "retried")] == [True] * 3
    assert seen["retried"]["retried"] == 2
    assert seen["failed"] == []
    assert [row["clock"] for row in seen["thread"]] == [1, 2, 3]
    assert len(seen["query"]) == 3
    assert seen["health"]["status"] == "ok"
    assert seen["watched"] == 2
    assert seen["kinds"] == seen["by_attribute"] == ["music.catalog.track"] * 3

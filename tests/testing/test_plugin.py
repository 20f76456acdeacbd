"""The pytest plugin, in runs of pytest of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PLUGIN = "syncropel.testing.plugin"


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run pytest over one file, with this plugin only and with warnings as errors."""
    (folder / "test_it.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", PLUGIN]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    # Without what else may be installed here: it takes seconds to load.
    environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run(
        [*command, "test_it.py"], cwd=folder, env=environ, capture_output=True, text=True, timeout=100
    )


def test_registered_by_the_metadata() -> None:
    """The package's metadata names the plugin's module."""
    metadata = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'[project.entry-points.pytest11]\nsyncropel = "{PLUGIN}"' in metadata


def test_fixtures(tmp_path: Path) -> None:
    """The four fixtures work together, each test has its own, and nothing warns."""
    done = run(
        tmp_path,
        """
import asyncio

def test_sync(syncropel_kernel, syncropel_sync_client, syncropel_clock):
    result = syncropel_sync_client.emit("PUT", "music.catalog.track", {"title": "Glow"}, "my-thread")
    assert result.success
    (record,) = syncropel_kernel.records_for_thread("my-thread")
    assert record.body["kind"] == "music.catalog.track"
    assert record.actor == "did:example:test"
    assert syncropel_kernel.clock is syncropel_clock

def test_async(syncropel_kernel, syncropel_client):
    assert syncropel_kernel.records == []
    result = asyncio.run(syncropel_client.emit("PUT", "music.catalog.track", {}, "my-thread"))
    assert result.success
    assert syncropel_kernel.count() == 1

def test_retries_do_not_wait(syncropel_kernel, syncropel_sync_client):
    syncropel_kernel.fail_next_post(2)
    assert syncropel_sync_client.emit("PUT", "a.b.c", {}, "t").retried == 2
""",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
    assert "warning" not in done.stdout


def test_a_failing_test_fails(tmp_path: Path) -> None:
    """A test whose expectation is wrong fails, and its report names the mock's content."""
    done = run(tmp_path, "def test_it(syncropel_kernel):\n    assert syncropel_kernel.count() == 1\n")
    assert done.returncode == 1
    assert "MockKernel(0 records, 0 watchers)" in done.stdout


@pytest.mark.parametrize("module", [PLUGIN, "syncropel.testing"])
def test_loads_nothing_heavy(module: str) -> None:
    """Importing the plugin, as every run of pytest does, loads neither httpx nor the kernel nor attrs."""
    code = (
        f"import sys, pytest; before = set(sys.modules); import {module}; new = set(sys.modules) - before\n"
        "heavy = {name.split('.')[0] for name in new} & {'httpx', 'attr', 'sqlite3', 'syncropel_generated'}\n"
        "kernel = [name for name in new if name.startswith(('syncropel.kernel', 'syncropel._'))]\n"
        "sys.exit(f'{heavy} {kernel}' if heavy or kernel else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_names_are_lazy_and_complete() -> None:
    """Every public name of `syncropel.testing` resolves, and a wrong one names module and attribute."""
    import syncropel.testing

    assert sorted(syncropel.testing.__all__) == syncropel.testing.__all__
    assert all(getattr(syncropel.testing, name).__name__ == name for name in syncropel.testing.__all__)
    assert set(syncropel.testing.__all__) <= set(dir(syncropel.testing))
    with pytest.raises(AttributeError, match=r"module 'syncropel.testing' has no attribute 'Nope'"):
        _ = syncropel.testing.Nope

"""A disk that fills up under a running daemon, and then has room again.

Where the system lets a process mount a small file system of its own, it is a real full disk; elsewhere the
store's own ceiling stands for it.
"""

from __future__ import annotations

import functools
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncropel.daemon import opening
from syncropel.daemon.local import LocalDaemon
from syncropel.kernel.store.sqlite import SqliteStore
from tests.support.daemons import running_daemon

ROOT = Path(__file__).resolve().parents[2]
MOST = 400
NDJSON = {"content-type": "application/x-ndjson"}
MOUNTED = ("unshare", "--user", "--map-root-user", "--mount")
SMALL_DISK = 'mount -t tmpfs -o size=4m tmpfs "$1" && exec "$2" -c "$3" "$1"'
SCRIPT = "import sys; from tests.daemon import test_full_disk as test; test.on_a_disk(sys.argv[1])"


def may_mount() -> bool:
    """Tell whether a process of ours may mount a file system that only itself can see."""
    if shutil.which(MOUNTED[0]) is None:
        return False
    command = [*MOUNTED, "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]
    return subprocess.run(command, check=False, capture_output=True, timeout=60).returncode == 0


def emit(url: str, clock: int) -> httpx.Response:
    """Post one record of about 20 kB."""
    return httpx.post(f"{url}/v1/records", json=wire(clock), timeout=30, verify=False)


def wire(clock: int) -> dict[str, Any]:
    """Return such a record."""
    body = {"kind": "a.b.c", "n": clock, "text": "x" * 20_000}
    return {"act": "PUT", "actor": "did:example:test", "body": body, "clock": clock, "thread": "t"}


def fill(url: str) -> int:
    """Emit until the store is full; return how many records it acknowledged."""
    for clock in range(MOST):
        reply = emit(url, clock)
        if reply.status_code != 201:
            break
    assert 0 < clock < MOST - 1
    for again in (reply, emit(url, MOST)):
        assert (again.status_code, again.json()["code"]) == (507, "STORE_CEILING_REACHED")
    lines = b"\n".join(json.dumps(wire(MOST + number)).encode() for number in range(3))
    batch = httpx.post(f"{url}/v1/records/batch", content=lines, headers=NDJSON, timeout=30, verify=False)
    assert (batch.status_code, batch.json()["code"]) == (507, "STORE_CEILING_REACHED")
    assert kept(url) == list(range(clock))
    assert httpx.get(f"{url}/health", verify=False).json()["records"] == clock
    return clock


def accept(url: str, count: int) -> None:
    """Emit once more, where `count` records are stored: it is taken, and nothing else appeared."""
    reply = emit(url, MOST)
    assert (reply.status_code, reply.json()["sequence"]) == (201, count + 1), reply.text
    assert kept(url) == [*range(count), MOST]
    assert httpx.get(f"{url}/v1/threads/t", verify=False).json()["record_count"] == count + 1


def kept(url: str) -> list[int]:
    """Return the clocks of what is stored."""
    reply = httpx.get(f"{url}/v1/threads/t/records", params={"limit": 1000}, verify=False)
    return [row["clock"] for row in reply.json()["data"]]


def whole(path: Path) -> bool:
    """Tell whether a database is sound."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def on_a_disk(folder: str) -> None:
    """Run a daemon on a small file system until it is full, make room, and go on."""
    filler = Path(folder, "filler")
    filler.write_bytes(bytes(2 * 1024 * 1024))
    with running_daemon(Path(folder)) as daemon:
        count = fill(daemon.url)
        filler.unlink()
        accept(daemon.url, count)
        code, errors = daemon.terminate()
    print(json.dumps({"code": code, "errors": errors, "whole": whole(Path(folder, "records.db"))}))


def disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another process fill a file system of its own."""
    command = [*MOUNTED, "sh", "-c", SMALL_DISK, "sh", str(folder), sys.executable, SCRIPT]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert (report["code"], report["whole"]) == (0, True), report
    assert "Traceback" not in report["errors"]


def ceiling(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a store reach its largest size, and open it again without one."""
    store = f"sqlite:///{folder / 'records.db'}"
    with monkeypatch.context() as patch:
        patch.setattr(opening, "SqliteStore", functools.partial(SqliteStore, max_bytes=1_000_000))
        with LocalDaemon(store) as daemon:
            count = fill(daemon.url)
    with LocalDaemon(store) as daemon:
        accept(daemon.url, count)
    assert whole(folder / "records.db")


@pytest.mark.parametrize("place", [ceiling, *([disk] if may_mount() else [])])
def test_a_full_disk_refuses_and_accepts_again(
    place: Callable[[Path, pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk an emit is 507 and leaves nothing, reads go on; with room the next one is taken."""
    place(tmp_path, monkeypatch)

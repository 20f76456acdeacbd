"""Stores that cannot be written, and stores with damaged pages: clear answers, and what can go on does."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncropel import SyncClient
from syncropel.cli import main
from syncropel.daemon.local import LocalDaemon
from tests.cli.care_support import made, rows, url_of
from tests.daemon.test_full_disk import MOUNTED, ROOT, may_mount

READ_ONLY_DISK = (
    'mount -t tmpfs -o size=16m tmpfs /mnt && cp "$1"/records.db* /mnt && mount -o remount,ro /mnt'
    ' && exec "$2" -c "$3" "$4"'
)
SCRIPT = "import sys; from tests.daemon import test_damage as test; test.on_a_read_only_disk(sys.argv[1])"
Told = dict[str, tuple[int, str]]


def tried(path: Path, copy: Path) -> Told:
    """Try everything on a store that can only be read; return the exit codes and what was said."""
    told: Told = {}
    for words in (["serve", "--port", "0"], ["compact"], ["doctor"], ["backup", str(copy)]):
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main([*words, "--store", url_of(path)])
        told[words[0]] = code, said.getvalue()
    return told


def on_a_read_only_disk(copy: str) -> None:
    """Try it where this process has mounted such a disk, and print what it came to."""
    print(json.dumps(tried(Path("/mnt/records.db"), Path(copy))))


def disk(path: Path, copy: Path, _: pytest.MonkeyPatch) -> Told:
    """Let another process try on a file system of its own that can only be read."""
    command = [
        *MOUNTED,
        "sh",
        "-c",
        READ_ONLY_DISK,
        "sh",
        str(path.parent),
        sys.executable,
        SCRIPT,
        str(copy),
    ]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    return {name: tuple(each) for name, each in json.loads(done.stdout.splitlines()[-1]).items()}


def pretended(path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Let the system say that nothing can be written in the store's folder."""
    access = os.access

    def no(name: Any, mode: int, **options: Any) -> bool:
        ours = Path(name) in (path, path.parent)
        return access(name, mode, **options) and not (ours and mode & os.W_OK)

    with monkeypatch.context() as patch:
        patch.setattr(os, "access", no)
        return tried(path, copy)


@pytest.mark.parametrize("place", [pretended, *([disk] if may_mount() else [])])
def test_a_store_that_can_only_be_read_is_looked_at_and_not_served(
    place: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be examined and copied; what would write to it says in one line that it cannot."""
    for name in ("store", "elsewhere"):
        (tmp_path / name).mkdir()
    path, copy = made(tmp_path / "store"), tmp_path / "elsewhere" / "copy"
    told = place(path, copy, monkeypatch)
    for name in ("serve", "compact"):
        code, text = told[name]
        assert (code, text.count("\n")) == (2, 1), told
        assert "read-only" in text.lower()
    assert (told["doctor"][0], told["backup"][0]) == (0, 0), told
    assert rows(copy) == rows(path)


def damage(path: Path, which: str) -> None:
    """Overwrite the first (`min`) or the last (`max`) page of the records."""
    find = f"SELECT {which}(pageno) FROM dbstat WHERE name = 'records' AND pagetype = 'leaf'"
    (page,), (size,) = rows(path, find)[0], rows(path, "PRAGMA page_size")[0]
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)


def test_a_damaged_page_is_a_clear_answer_and_the_rest_goes_on(tmp_path: Path) -> None:
    """What needs the page is answered with 503 and the reason; other reads and new records are as ever."""
    path = made(tmp_path, threads=6)
    ids = [record_id for (record_id,) in rows(path)]
    damage(path, "min")
    with LocalDaemon(url_of(path)) as daemon, SyncClient(endpoint=daemon.url) as client:
        assert client.record(ids[-1]) is not None
        assert client.emit("KNOW", "test.care.more", {}, "t.more").success
        reply = httpx.get(f"{daemon.url}/v1/records/{ids[0]}", verify=False)
        assert (reply.status_code, reply.json()["code"]) == (503, "STORE_UNAVAILABLE"), reply.text
        assert "malformed" in reply.json()["message"]


def test_a_store_whose_end_is_damaged_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody can tell the next sequence, the daemon does not start, and says what to do."""
    path = made(tmp_path)
    damage(path, "max")
    assert main(["serve", "--port", "0", "--store", url_of(path)]) == 2
    _, said = capsys.readouterr()
    assert said.count("\n") == 1
    assert "spl doctor --store" in said
    assert "spl restore" in said

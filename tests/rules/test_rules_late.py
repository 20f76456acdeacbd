"""Imports on demand, beside forks."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from syncropel.rules.late import imported

PROGRAM = """
    import os, signal, sys, threading
    sys.path.insert(0, sys.argv[1])
    import waiting_room
    from syncropel.rules.late import imported
    importing = threading.Thread(target=imported, args=("slow_module",))
    importing.start()
    assert waiting_room.begun.wait(20)
    threading.Timer(0.2, waiting_room.go.set).start()  # while the fork below waits
    if (pid := os.fork()) == 0:
        signal.alarm(5)
        imported("slow_module")
        os._exit(0)
    print(os.waitpid(pid, 0)[1])
    importing.join()
"""


def test_a_fork_waits_for_an_import(tmp_path: Path) -> None:
    """A child can import what another thread of its parent was importing when it was forked."""
    room = "import threading\nbegun, go = threading.Event(), threading.Event()\n"
    (tmp_path / "waiting_room.py").write_text(room)
    (tmp_path / "slow_module.py").write_text(
        "import waiting_room\nwaiting_room.begun.set()\nassert waiting_room.go.wait(20)\n"
    )
    # From 3.12 on, Python warns of every fork beside threads; this one is what is tried here.
    command = [
        sys.executable,
        "-W",
        "ignore::DeprecationWarning",
        "-c",
        textwrap.dedent(PROGRAM),
        str(tmp_path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_what_is_not_installed_is_told() -> None:
    """A module that is not there raises as an import statement does."""
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        imported("no_such_module")

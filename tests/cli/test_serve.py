"""`spl serve`: starting, finding and stopping daemons from the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import spl, spl_process
from tests.support.daemons import running_daemon

Capture = pytest.CaptureFixture[str]


def test_serving_from_start_to_stop(tmp_path: Path) -> None:
    """A daemon in the background is started, found, refused a second time, logged and stopped."""
    store = ["--store", f"sqlite:///{tmp_path / 'records.db'}", "--json"]
    started = spl_process("serve", "--daemon", "--port", "0", *store)
    assert started.returncode == 0, started.stderr
    try:
        url = json.loads(started.stdout)["url"]
        assert spl_process("query", "--endpoint", url, "--json").returncode == 0
        status = spl_process("serve", "--status", *store)
        assert (status.returncode, json.loads(status.stdout)["status"]) == (0, "running")
        second = spl_process("serve", "--port", "0", *store)
        assert (second.returncode, second.stdout) == (2, "")
        assert url in second.stderr
        assert second.stderr.count("\n") == 1
        assert spl_process("serve", "--logs", *store).returncode == 0
    finally:
        stopped = spl_process("serve", "--stop", *store)
    assert json.loads(stopped.stdout)["status"] == "stopped"
    gone = spl_process("serve", "--status", *store)
    assert (gone.returncode, json.loads(gone.stdout)["status"]) == (3, "stopped")


def test_serving_in_the_foreground_ends_cleanly(tmp_path: Path) -> None:
    """Ctrl-C drains the daemon; its exit code is 0 and nothing but its line was printed."""
    command = [sys.executable, "-m", "syncropel.cli", "serve", "--port", "0", "--store", "memory:"]
    pipes: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, text=True, cwd=tmp_path, **pipes) as process:
        assert process.stdout is not None
        assert "serving memory: at http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["--host", "0.0.0.0", "--no-auth"], "exclude each other"),
        (["--host", "example.com"], "numeric address"),
        (["--store", "mysql://x"], "sqlite:///"),
        (["--port", "70000"], "port"),
        (["--stop", "--status"], "exclude each other"),
        (["--follow"], "--logs"),
        (["--store", "sqlite:////proc/nowhere/records.db"], "/proc/nowhere"),
    ],
)
def test_a_daemon_that_cannot_start_says_why_in_one_line(
    capsys: Capture, words: list[str], hint: str
) -> None:
    """A wrong host, store, port or combination gives exit code 2 and one clear line."""
    ran = spl(capsys, "serve", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert hint in ran.err


def test_a_port_that_is_taken_is_told(capsys: Capture) -> None:
    """A second daemon on the port of the first one gets exit code 2 and the way out."""
    with running_daemon() as daemon:
        ran = spl(capsys, "serve", "--port", str(daemon.port), "--store", "memory:")
    assert ran.code == 2
    assert "--port" in ran.err


def test_serve_without_the_extra_says_what_to_install() -> None:
    """Without starlette and uvicorn, `serve` gives one line and exit code 2."""
    code = (
        "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None;"
        "from syncropel.cli import main; sys.exit(main(['serve', '--port', '0', '--store', 'memory:']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "pip install 'syncropel[daemon]'" in done.stderr

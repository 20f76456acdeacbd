"""A daemon for as long as the demo runs: a process of its own, on a free port, never left behind."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from syncropel.errors import ConfigurationError

_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


class Daemon:
    """`spl serve` on a SQLite file. A context manager: leaving it stops the process.

    Attributes:
        url: Where it answers.
        store: The database file.
    """

    def __init__(self, store: Path) -> None:
        self.store = store.absolute()
        self.url = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Daemon:
        self.store.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "syncropel.cli", "--json", "serve", "--port", "0"]
        command += ["--host", "127.0.0.1", "--no-auth"]  # whatever the environment says of other daemons
        # A file and not a pipe: nobody reads what the daemon logs, and a full pipe would stop it.
        with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [*command, "--store", f"sqlite:///{self.store}"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
            try:
                line = _first_line(self._process)
                if not line:
                    log.seek(0)
                    complaint = log.read().strip().removeprefix("spl: ")
                    raise ConfigurationError(complaint or "the daemon did not start")
                self.url = json.loads(line)["url"]
            except BaseException:
                self.stop()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask it to end, wait, and insist when it does not; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        with process:  # closes its pipe
            process.terminate()
            try:
                process.wait(timeout=_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _first_line(process: subprocess.Popen[str]) -> str:
    """Return the line by which it says that it answers; empty when it ended instead."""
    if process.stdout is None:
        return ""
    # A daemon that neither answers nor ends is killed, which ends the reading too.
    alarm = threading.Timer(_START_SECONDS, process.kill)
    alarm.start()
    try:
        return process.stdout.readline()
    finally:
        alarm.cancel()

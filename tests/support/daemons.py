"""Real daemons for tests: a subprocess on a free port, ready when the block begins and gone when it ends."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
START_SECONDS = 60.0


class Daemon:
    """A daemon in a process of its own.

    Attributes:
        url: Where it answers, without a trailing slash.
        store: Its store's URL.
        process: The process.
    """

    def __init__(self, store: str, *, port: int = 0, environ: Mapping[str, str] | None = None) -> None:
        self.store = store
        command = [sys.executable, "-m", "syncropel.daemon", "--port", str(port), "--store", store]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environ or {})},
        )
        self.url = self._wait_until_ready()

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self.url.rpartition(":")[2])

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, for raw sockets."""
        return "127.0.0.1", self.port

    def terminate(self, timeout: float = 30.0) -> tuple[int, str]:
        """Send SIGTERM and wait; return the exit code and what is left on stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self._finish(timeout)

    def kill(self) -> None:
        """Send SIGKILL and wait, as a power cut would."""
        self.process.kill()
        self._finish(30.0)

    def _finish(self, timeout: float) -> tuple[int, str]:
        try:
            _, errors = self.process.communicate(timeout=timeout)
        except ValueError:  # a second end: the pipes are closed already
            return self.process.wait(timeout), ""
        return self.process.returncode, errors

    def _wait_until_ready(self) -> str:
        # The daemon prints its line once it answers; a daemon that fails closes its output instead.
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            code, errors = self._finish(START_SECONDS)
            raise RuntimeError(f"the daemon ended with {code}: {errors}")
        return line.split()[3]


@contextlib.contextmanager
def running_daemon(
    folder: Path | None = None,
    *,
    store: str | None = None,
    port: int = 0,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Daemon]:
    """Run a daemon for as long as the block runs.

    Args:
        folder: Where to keep `records.db`; without it (and without `store`) the store is in memory.
        store: A store URL instead.
        port: TCP port; 0 for a free one.
        environ: Variables to add to the environment.
    """
    url = store or ("memory:" if folder is None else f"sqlite:///{folder / 'records.db'}")
    daemon = Daemon(url, port=port, environ=environ)
    try:
        yield daemon
    finally:
        try:
            daemon.terminate()
        except subprocess.TimeoutExpired:
            daemon.kill()
            raise


def wait_for(condition: Callable[[], T | None], what: str, timeout: float = 30.0) -> T:
    """Return the first truthy value of `condition`; after `timeout` seconds fail, naming `what`."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {timeout:g} s")
        time.sleep(0.01)

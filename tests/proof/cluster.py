"""Daemons that can be killed, paused and cut off, each behind a wire that keeps its address."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.proof.wires import OPEN, Wire, Wires

START_SECONDS = 60.0
_PAGE = 1000
_ROOT = Path(__file__).resolve().parents[2]


class Member:
    """One daemon of a store: a process that comes and goes, at an address that stays.

    Attributes:
        name: `daemon-0` and so on.
        store: The URL of its store.
        wire: Between the clients and it.
        database: Between it and the database, where it has one.
        kills: How often it was killed.
    """

    def __init__(
        self,
        name: str,
        store: str,
        wires: Wires,
        folder: Path,
        database: Wire | None = None,
        program: str = "syncropel.daemon",
    ) -> None:
        self.name = name
        self.database = database
        self.kills = 0
        self.store = store
        self._command = [sys.executable, "-m", program, "--store", store]
        self._log = folder / f"{name}.log"
        self._note = folder / f"{name}.pid"
        _end_leftover(self._note)
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.wire = wires.lay(("127.0.0.1", self._port))

    @property
    def url(self) -> str:
        """The daemon itself, without the wire."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def running(self) -> bool:
        """Whether the process is there, paused or not."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process; see `ready`."""
        command = [*self._command, "--port", str(self._port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment()
            )
        self._note.write_text(str(self._process.pid), encoding="utf-8")

    def ready(self) -> bool:
        """Tell whether it answers and can reach its store."""
        try:
            with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as reply:
                return bool(reply.status == 200)
        except (OSError, http.client.HTTPException):
            return False

    def signal(self, number: int) -> None:
        """Send a signal, if the process is there."""
        if self.running and self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.running and self._process is not None:
            self.kills += 1
            self._process.kill()
            self._process.wait(30)

    def stop(self) -> int | None:
        """End it as its owner would; returns its exit code."""
        if self._process is None:
            return None
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            code = self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait(30)
        return code

    def heal(self) -> None:
        """Undo whatever was done to it; returns when it answers.

        Raises:
            AssertionError: It does not.
        """
        for wire in (self.database, self.wire):
            if wire is not None:
                wire.put(OPEN)
        self.signal(signal.SIGCONT)
        deadline = time.monotonic() + START_SECONDS
        while True:
            if not self.running:
                self.start()
                time.sleep(0.3)  # what cannot start is not started in a tight circle
            if self.ready():
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} did not come back; see its log")
            time.sleep(0.1)

    def records(self, thread: str) -> Iterator[dict[str, Any]]:
        """Yield the stored records of a thread, read without the client that is examined."""
        cursor = ""
        while True:
            page = self._get(f"/v1/threads/{thread}/records?limit={_PAGE}{cursor}")
            if page is None:
                return
            yield from page["data"]
            if page["next_cursor"] is None:
                return
            cursor = f"&cursor={page['next_cursor']}"

    def count(self) -> int:
        """Return how many records the store holds.

        Raises:
            OSError: The daemon, or its store, cannot be reached.
        """
        health = self._get("/health") or {}
        if "records" not in health:
            raise ConnectionError("the daemon does not reach its store")
        return int(health["records"])

    def _get(self, target: str) -> Any:
        try:
            with urllib.request.urlopen(self.url + target, timeout=30) as reply:
                return json.loads(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 404:
                    return None
            raise


def _end_leftover(note: Path) -> None:
    """End the daemon of a soak that was killed: it would keep the store."""
    with contextlib.suppress(OSError, ValueError):
        pid = int(note.read_text(encoding="utf-8"))
        if b"syncropel" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.05)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settled(member: Member, quiet: float = 1.0, timeout: float = 30.0) -> int:
    """Wait until the number of records has not changed for `quiet` seconds, and return it."""
    deadline = time.monotonic() + timeout
    count, since = member.count(), time.monotonic()
    while time.monotonic() - since < quiet and time.monotonic() < deadline:
        time.sleep(0.05)
        now = member.count()
        if now != count:
            count, since = now, time.monotonic()
    return count


def environment() -> dict[str, str]:
    """Return the processes' environment: this project is there, and no setting of the caller counts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SYNCROPEL_", "SPL_"))}
    folders = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(folders), "PYTHONUNBUFFERED": "1"}

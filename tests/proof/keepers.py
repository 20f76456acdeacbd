"""Writers with an outbox, each a process that is killed and started again on the same file."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.proof.cluster import environment

_DELIVER_SECONDS = 90.0
_START_SECONDS = 20.0
_NATIVE = 0.5


class Keepers:
    """The writers with an outbox of one round.

    Attributes:
        kills: How many of their processes were killed.
        troubles: What they could not do.
    """

    def __init__(
        self, name: str, endpoints: Sequence[str], threads: list[str], count: int, seed: int, folder: Path
    ) -> None:
        self.kills = 0
        self.troubles: list[str] = []
        self._names = [f"{name}-keeper-{number}" for number in range(count)]
        self._endpoints = endpoints
        self._threads = threads
        self._random = random.Random(seed)
        self._folder = folder
        self._lives: list[Path] = []
        self._over = threading.Event()

    @property
    def notes(self) -> list[Path]:
        """The histories, one per process that was started."""
        return [path for path in self._lives if path.exists()]

    @contextlib.contextmanager
    def working(self, pause: float) -> Iterator[None]:
        """Keep them at work, and kill them now and then, for as long as the block runs."""
        workers = [
            threading.Thread(target=self._live, args=(name, self._random.getrandbits(32), pause), daemon=True)
            for name in self._names
        ]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            self._over.set()
            for worker in workers:
                worker.join(60)

    def deliver(self) -> None:
        """Deliver what is left in the files, also in those of other clients; nothing may stay there."""
        names = [path.stem for path in sorted(self._folder.glob("*.outbox"))]
        started = [self._process(name, name, self._endpoints, "deliver", 0.0, None) for name in names]
        for name, process in zip(names, started, strict=True):
            with process:
                if not _ended(process, _DELIVER_SECONDS):
                    process.kill()
            if process.returncode:
                self.troubles.append(f"{name} could not deliver what it kept: {process.returncode}")

    def _live(self, name: str, seed: int, pause: float) -> None:
        chance = random.Random(seed)
        life = 0
        while not self._over.is_set():
            life += 1
            endpoints = [chance.choice(self._endpoints)]
            notes = self._folder / f"{name}.{life}.history"
            self._lives.append(notes)
            with self._process(f"{name}.{life}", name, endpoints, "emit", pause, notes) as process:
                self._begun(notes)
                self._over.wait(chance.uniform(0.2, 4.0))
                early = process.poll() is not None
                if not early and (not self._over.is_set() or not _ended(process)):
                    self.kills += 1
                    process.kill()
                elif early or process.returncode:
                    self.troubles.append(f"{name}.{life} ended with {process.returncode}")

    def _begun(self, notes: Path) -> None:
        """Wait until a process has noted something: before that there is nothing to kill."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and not self._over.is_set():
            if notes.exists() and notes.stat().st_size:
                return
            self._over.wait(0.02)

    def _process(
        self,
        name: str,
        keeper: str,
        endpoints: Sequence[str],
        task: str,
        pause: float,
        notes: Path | None,
    ) -> subprocess.Popen[bytes]:
        config = {
            "name": name,
            "keeper": keeper,
            "endpoints": list(endpoints),
            "task": task,
            "threads": self._threads,
            "seed": self._random.getrandbits(32),
            "pause": pause,
            "native": self._random.random() < _NATIVE,
            "notes": None if notes is None else str(notes),
            "outbox": str(self._folder / f"{keeper}.outbox"),
        }
        with (self._folder / f"{keeper}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.proof.keeper", json.dumps(config)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment(),
            )


def _ended(process: subprocess.Popen[bytes], seconds: float = 30.0) -> bool:
    """End a process in good order by ending its standard input; tell whether it did in time."""
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    return process.poll() is not None

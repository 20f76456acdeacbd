"""One round: clients at work, faults at work, then rest, and everything that was seen is compared."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.proof.cluster import Member, environment, settled
from tests.proof.crowd import CATCH_UP_SECONDS, Config
from tests.proof.faults import Faults
from tests.proof.history import (
    ACKED,
    PROMISED,
    REFUSED,
    UNKNOWN,
    History,
    Row,
    Violation,
    check,
    digest_of,
    targets,
)
from tests.proof.keepers import Keepers
from tests.proof.notes import row_of
from tests.proof.wires import OPEN, REFUSE

WRITERS = {"lone": 3, "crowd": 1, "many": 1, "bundles": 1, "threads": 1, "kept": 1}
_SETTLE_SECONDS = 90.0
_NATIVE = 0.5


@dataclass
class Plan:
    """What a round is to be.

    Attributes:
        seconds: How long clients and faults are at work.
        threads: How many threads are written to.
        keepers: How many writers with an outbox, each a process that is killed again and again.
        pause: Seconds between two calls of a writer, on average.
    """

    seconds: float
    threads: int = 4
    readers: int = 2
    watchers: int = 2
    keepers: int = 2
    pause: float = 0.03
    writers: dict[str, int] = field(default_factory=lambda: dict(WRITERS))


@dataclass
class Result:
    """What came of a round."""

    name: str
    counts: dict[str, int]
    faults: dict[str, int]
    violations: list[Violation]
    troubles: list[str]
    digests: dict[str, tuple[int, str]]
    seconds: dict[str, float]


class Round:
    """One round on a cluster.

    Args:
        name: Names its threads and files; never used before on this store.
        members: The daemons.
        faults: What happens to them.
        folder: Where the histories go.
    """

    def __init__(
        self, name: str, members: Sequence[Member], faults: Faults, plan: Plan, seed: int, folder: Path
    ) -> None:
        self.name = name
        self._members = members
        self._faults = faults
        self._plan = plan
        self._random = random.Random(seed)
        self._folder = folder
        self._threads = [f"{name}.{number}" for number in range(plan.threads)]
        self._notes = folder / f"{name}.history"
        self._log = (folder / f"{name}.log").open("wb")
        self._troubles: list[str] = []
        self._seconds: dict[str, float] = {}

    def run(self, strike: Callable[[float], None] | None = None) -> Result:
        """Do all of it.

        Args:
            strike: What to do to the cluster for some seconds. Default: what `faults` draws.
        """
        before = settled(self._members[0])
        endpoints = [member.wire.url for member in self._members]
        seed = self._random.getrandbits(32)
        keepers = Keepers(self.name, endpoints, self._threads, self._plan.keepers, seed, self._folder)
        crowd = self._crowd(endpoints)
        try:
            with self._timed("faults"), keepers.working(self._plan.pause):
                (strike or self._faults.run)(self._plan.seconds)
            with self._timed("healing"):
                self._heal()
            with self._timed("settling"):
                self._say(crowd, "settle")
                self._await(crowd)
            with self._timed("delivering"):
                keepers.deliver()
            with self._timed("reading"):
                threads = self._stored()
            rows = [row for rows in threads.values() for row in rows]
            with self._timed("watching"):
                due = targets(History.load([self._notes, *keepers.notes]), rows)
                self._say(crowd, f"finish {json.dumps(due)}")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    crowd.wait(CATCH_UP_SECONDS + 20)
        finally:
            if crowd.poll() is None:
                self._troubles.append("the clients did not come to an end")
                crowd.kill()
            crowd.wait()
            for pipe in (crowd.stdin, crowd.stdout):
                if pipe is not None:
                    pipe.close()
            self._log.close()
        history = History.load([self._notes, *keepers.notes])
        if crowd.returncode:
            self._troubles.append(f"the clients ended with {crowd.returncode}")
        return Result(
            self.name,
            self._counts(history, len(rows)) | {"client kills": keepers.kills},
            dict(Counter(self._faults.done)),
            check(history, rows, before),
            [*self._troubles, *history.troubles, *keepers.troubles],
            {name: (len(rows), digest_of(row.id for row in rows)) for name, rows in threads.items()},
            self._seconds,
        )

    @contextlib.contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._seconds[phase] = round(time.monotonic() - began, 2)

    def _stored(self) -> dict[str, list[Row]]:
        """Return everything that is on the round's threads, once nothing more can arrive."""
        self._cut_off()
        settled(self._members[0])
        return {name: [row_of(row) for row in self._agreed(name)] for name in self._threads}

    def _crowd(self, endpoints: list[str]) -> subprocess.Popen[bytes]:
        plan = self._plan
        config = Config(
            self.name,
            self._random.getrandbits(32),
            endpoints,
            self._threads,
            plan.writers,
            plan.readers,
            plan.watchers,
            plan.pause,
            self._random.random() < _NATIVE,
            str(self._notes),
        )
        path = self._folder / f"{self.name}.json"
        path.write_text(json.dumps(asdict(config)), encoding="utf-8")
        return subprocess.Popen(
            [sys.executable, "-m", "tests.proof.crowd", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=environment(),
        )

    def _say(self, crowd: subprocess.Popen[bytes], word: str) -> None:
        assert crowd.stdin is not None
        try:
            crowd.stdin.write(word.encode() + b"\n")
            crowd.stdin.flush()
        except BrokenPipeError:
            self._troubles.append("the clients are gone; see their log")

    def _await(self, crowd: subprocess.Popen[bytes]) -> None:
        import select

        assert crowd.stdout is not None
        ready, _, _ = select.select([crowd.stdout], [], [], _SETTLE_SECONDS)
        if not ready or crowd.stdout.readline() != b"settled\n":
            self._troubles.append("the clients did not settle")

    def _heal(self) -> None:
        for member in self._members:
            member.heal()

    def _cut_off(self) -> None:
        """Drop what clients have sent and no daemon has read: it is not to arrive after the last look."""
        for member in self._members:
            member.wire.put(REFUSE)
            member.wire.put(OPEN)

    def _agreed(self, thread: str) -> list[dict[str, object]]:
        """Return the records of a thread; every daemon has to tell the same."""
        first, *others = ([*member.records(thread)] for member in self._members)
        for member, rows in zip(self._members[1:], others, strict=True):
            if rows != first:
                self._troubles.append(f"{member.name} tells another {thread} than {self._members[0].name}")
        return first

    def _counts(self, history: History, stored: int) -> dict[str, int]:
        outcomes = {
            "acknowledged": ACKED,
            "promised": PROMISED,
            "refused": REFUSED,
            "unknown": UNKNOWN,
        }
        counts = {name: history.count(outcome) for name, outcome in outcomes.items()}
        seen = sum(len(watch.rows) for watch in history.watches.values())
        reads = len(history.reads) + len(history.lookups)
        return {**counts, "stored": stored, "reads": reads, "watched": seen}

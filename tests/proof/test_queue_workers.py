"""Workers that are killed at random, and their daemons too: all work is done, and done work stays done.

`SYNCROPEL_WORKER_MESSAGES` says how many messages there are, a few hundred without it. Where
`SYNCROPEL_WORKER_STORE` names a PostgreSQL database, each worker has its own daemon on it; without it they
share one on a file.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from syncropel.store import AsyncSynapClient, SynapClient, SynapError
from tests.proof.queue_worker import QUEUE
from tests.support.daemons import Daemon, wait_for

MESSAGES = int(os.environ.get("SYNCROPEL_WORKER_MESSAGES", "400"))
STORE = os.environ.get("SYNCROPEL_WORKER_STORE")
SECONDS = 60 + MESSAGES / 100
WORKERS = 3
KILLS = 6 + MESSAGES // 2500
DEADLINE_SECONDS = 1.0


class Line(NamedTuple):
    """A line that a worker wrote: what it did, with which message, its number, at which delivery of it."""

    what: str
    message_id: str
    number: int
    delivery: int


class Member(NamedTuple):
    """A worker process, and the log that is there once it can take a signal."""

    process: subprocess.Popen[bytes]
    log: Path


class Crew:
    """The worker processes, each with a log of its own.

    Args:
        urls: Where the daemons answer that they ask in turn.
        folder: Where the logs are.
    """

    def __init__(self, urls: Sequence[str], folder: Path) -> None:
        self._urls, self._folder = urls, folder
        self._logs: list[Path] = []
        self.kills = 0
        self.members = [self._start(index) for index in range(WORKERS)]

    def _start(self, index: int) -> Member:
        log = self._folder / f"worker-{len(self._logs)}.log"
        self._logs.append(log)
        url = self._urls[index % len(self._urls)]
        command = [sys.executable, "-m", "tests.proof.queue_worker", url, str(log)]
        return Member(subprocess.Popen(command), log)

    def kill(self, index: int) -> None:
        """Kill one of them and start another in its place."""
        self.members[index].process.kill()
        self.members[index].process.wait(30)
        self.kills += 1
        self.members[index] = self._start(index)

    def size(self) -> int:
        """Return how many bytes they have written."""
        return sum(path.stat().st_size for path in self._logs if path.exists())

    def stop(self) -> list[int]:
        """Send SIGTERM to all, once they can take it, and return how they ended."""
        wait_for(lambda: all(each.log.exists() for each in self.members), "workers")
        for each in self.members:
            each.process.send_signal(signal.SIGTERM)
        return [each.process.wait(60) for each in self.members]

    def end(self) -> None:
        """Leave nobody behind."""
        for each in self.members:
            each.process.kill()
            each.process.wait(30)

    def lines(self) -> list[Line]:
        """Return what they began, and what they acknowledged."""
        found = []
        for path in self._logs:
            parts = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
            lost = {message_id for what, message_id, *_ in parts if what == "lost"}
            for what, message_id, number, delivery in parts:
                if what == "begun" or (what == "acked" and message_id not in lost):
                    found.append(Line(what, message_id, int(number), int(delivery)))
        return found


async def publish(url: str) -> None:
    """Publish the messages, whose payloads are their numbers."""
    async with AsyncSynapClient(url, timeout=60) as client:
        await client.queue.create(
            QUEUE, max_depth=MESSAGES, ack_deadline_secs=DEADLINE_SECONDS, max_retries=1000
        )
        for start in range(0, MESSAGES, 1000):
            numbers = range(start, min(start + 1000, MESSAGES))
            await asyncio.gather(*(client.queue.publish(QUEUE, str(number)) for number in numbers))


def finished(client: SynapClient) -> bool:
    """Tell whether nothing waits or is held; not while the daemon is away."""
    try:
        stats = client.queue.stats(QUEUE)
    except SynapError:
        return False
    return not stats["depth"] and not stats["in_flight"]


def harass(crew: Crew, daemons: list[Daemon], client: SynapClient, chance: random.Random) -> None:
    """Kill workers at random, and a daemon once in between, until all work is done."""
    expected = MESSAGES * 2 * len(f"begun {uuid.uuid4()} 1000 0\n")
    blows = sorted(chance.uniform(0.02, 0.8) * expected for _ in range(KILLS))
    end = time.monotonic() + SECONDS
    while not finished(client):
        assert time.monotonic() < end, f"{client.queue.stats(QUEUE)} after {SECONDS} s"
        while blows and crew.size() >= blows[0]:
            del blows[0]
            crew.kill(chance.randrange(WORKERS))
            if len(blows) == KILLS // 2:
                daemons[0].kill()
                daemons[0] = Daemon(daemons[0].store, port=daemons[0].port)
        time.sleep(0.02)


@pytest.mark.timeout(SECONDS + 120)
def test_all_work_is_done_and_done_work_stays_done(tmp_path: Path) -> None:
    """Every message is worked on at least once, and none is handed out after it was acknowledged."""
    seed = random.SystemRandom().getrandbits(32)
    store = STORE or f"sqlite:///{tmp_path / 'records.db'}"
    daemons = [Daemon(store) for _ in range(WORKERS if STORE else 1)]
    crew: Crew | None = None
    try:
        asyncio.run(publish(daemons[0].url))
        crew = Crew([each.url for each in daemons], tmp_path)
        with SynapClient(daemons[0].url) as client:
            harass(crew, daemons, client, random.Random(seed))
            assert crew.stop() == [0] * WORKERS
            stats = client.queue.stats(QUEUE)
    finally:
        if crew is not None:
            crew.end()
        for each in daemons:
            each.terminate()
    begun: dict[int, list[int]] = defaultdict(list)
    acked: dict[int, list[int]] = defaultdict(list)
    for line in crew.lines():
        (begun if line.what == "begun" else acked)[line.number].append(line.delivery)
    print(f"seed {seed}: {crew.kills} kills, {sum(map(len, begun.values()))} deliveries, {stats}")
    assert sorted(begun) == list(range(MESSAGES))
    assert [number for number in acked if len(acked[number]) > 1] == []
    assert [number for number in acked if max(begun[number]) > acked[number][0]] == []
    assert (stats["published"], stats["acked"], stats["dead_lettered"]) == (MESSAGES, MESSAGES, 0)
    assert crew.kills == KILLS

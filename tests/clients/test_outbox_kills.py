"""SIGKILL at any instruction: no record is lost and none is doubled.

`SYNCROPEL_KILLS` says how many lives are ended (a long run takes thousands).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from syncropel import Identity, Outbox, SyncClient
from syncropel.rules.records import check_record
from tests.support.outbox_victim import ENDPOINT, Server

KILLS = int(os.environ.get("SYNCROPEL_KILLS", "160"))
ROOT = Path(__file__).parents[2]


class Lives:
    """The process that lives and dies, over and over, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.killed = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.outbox_victim", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip

    def live(self, seed: int, point: int, place: str = "one") -> int:
        """Live once (or twice at once, with -1); return how many of these lives were killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{place} {seed} {point}\n")
        self._process.stdin.flush()
        killed, failed = map(int, self._process.stdout.readline().split())
        assert failed == 0, f"life {seed} with point {point} failed by itself"
        self.killed += killed
        return killed

    def points(self, seed: int, place: str = "one") -> int:
        """Return how many points a life passes that nobody ends."""
        assert self.live(seed, 10**9, place) == 0
        return int((self.folder / place / "passed").read_text())

    def tell(self, what: str) -> None:
        """Print how many lives were ended, for the long run."""
        print(f"{what}: {self.killed:,} killed")

    def __enter__(self) -> Lives:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.communicate(timeout=30)


def rows(path: Path) -> list[Any]:
    """Return the lines of a file as JSON values."""
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def verify(folder: Path) -> tuple[int, int]:
    """Deliver what is left; hold every promise against the server. Return promises and stored records."""
    server = Server(folder, random.Random(0))
    server.away = 0.0
    with Outbox(folder / "outbox.db") as outbox:
        ids = [row.entry.id for row in outbox.list_waiting()]
        assert len(ids) == len(set(ids)), "a record waits twice"
        assert outbox.totals().waiting == len(ids), "the totals are not those of the rows"
        assert outbox.list_dead() == [], "a good record was given up"
        with SyncClient(
            ENDPOINT, Identity.static("did:example:victim"), transport=server, outbox=outbox
        ) as client:
            assert client.flush(60) == (len(ids), 0, 0, None)
    stored: dict[str, tuple[int, int]] = {}
    emitted = defaultdict(set)
    arrived = defaultdict(list)
    for row in rows(folder / "server"):
        place = (row["body"]["life"], row["body"]["step"])
        key = json.dumps(row, sort_keys=True)
        emitted[place].add(key)
        if key not in stored:
            stored[key] = place
            arrived[(row["thread"], place[0])].append(place[1])
    assert all(len(versions) == 1 for versions in emitted.values()), "an emit is there as two records"
    promised = rows(folder / "acks")
    ids_stored = {check_record(json.loads(key)).id for key in stored}
    lost = [promise for promise in promised if promise[3] not in ids_stored]
    assert not lost, f"{len(lost)} of {len(promised)} promised records are lost, such as {lost[:3]}"
    kept: dict[Any, list[int]] = defaultdict(list)
    for thread, life, step, _ in promised:
        kept[(thread, life)].append(step)
    for lane, steps in kept.items():
        order = [step for step in arrived[lane] if step in steps]
        assert order == steps, f"{lane} arrived as {order}, and was promised as {steps}"
    return len(promised), len(stored)


def spread(wanted: int, count: int) -> list[int]:
    """Return so many points up to `count`: all of them, if possible, else a random one of each part."""
    if wanted >= count:
        return [1 + number % count for number in range(wanted)]
    chance = random.Random(wanted)
    return [1 + int((number + chance.random()) * count / wanted) for number in range(wanted)]


def test_killed_at_every_instruction(tmp_path: Path) -> None:
    """Ended at any instruction of SQLite's, before or after any request, a life breaks no promise."""
    with Lives(tmp_path) as lives:
        lives.points(1)
        count = max(lives.points(seed) for seed in (2, 3, 4))
        assert count > 200
        for seed, point in enumerate(spread(KILLS // 2, count), 5):
            lives.live(seed, point)
    assert lives.killed > KILLS // 4
    promised, stored = verify(tmp_path / "one")
    lives.tell(f"at every of {count:,} instructions: {promised:,} promised, {stored:,} stored, none lost")
    assert stored >= promised > KILLS // 8


def test_killed_while_the_file_is_made(tmp_path: Path) -> None:
    """Ended at any instruction of the first life of all, the half-made file serves the next one."""
    with Lives(tmp_path) as lives:
        count = lives.points(1, "whole")
        for number, point in enumerate(spread(KILLS // 8, count)):
            place = f"place{number}"
            lives.live(1, point, place)
            lives.live(2, 0, place)
            assert verify(tmp_path / place)[0] >= 6
    lives.tell(f"at every of {count:,} instructions while the file is made")
    assert lives.killed > KILLS // 10


def test_killed_at_random_with_two_at_work(tmp_path: Path) -> None:
    """Two programs on one file, both ended at random moments, break no promise either."""
    with Lives(tmp_path) as lives:
        for seed in range(KILLS // 4):
            lives.live(1_000_000 + seed, -1)
    assert lives.killed > KILLS // 40
    promised, stored = verify(tmp_path / "one")
    lives.tell(f"at random, two at work: {promised:,} promised, {stored:,} stored, none lost")
    # How far a life comes by its random end depends on how busy the machine is.
    assert stored >= promised > KILLS // 40


def test_the_check_notices_a_loss(tmp_path: Path) -> None:
    """With one kept record taken away the check fails, so it would see a real loss."""
    with Lives(tmp_path) as lives:
        for seed in range(1, 4):
            lives.live(seed, 0)
    with (tmp_path / "one" / "acks").open("a") as acks:
        acks.write(json.dumps(["t1", 99, 0, "0" * 64]) + "\n")
    with pytest.raises(AssertionError, match="promised records are lost"):
        verify(tmp_path / "one")

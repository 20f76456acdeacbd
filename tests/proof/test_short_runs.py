"""Short runs of the proof: daemons under kills, pauses and cuts, and one that loses records on purpose."""

from __future__ import annotations

import contextlib
import http.client
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.cluster import Member
from tests.proof.faults import Faults
from tests.proof.rounds import Plan, Result, Round
from tests.proof.stores import Stage, postgres, sqlite
from tests.support.daemons import wait_for

Staging = Callable[[Path], contextlib.AbstractContextManager[Stage]]
SECONDS = 4.0
RECORDS = 100


def short(stage: contextlib.AbstractContextManager[Stage], folder: Path, *, harm: bool) -> Result:
    """Run one round, until a hundred records are stored at least."""
    seed = random.SystemRandom().getrandbits(32)
    with stage as (members, restart_database):
        for member in members:
            member.heal()
        faults = Faults(members, seed, restart_database)

        def strike(seconds: float) -> None:
            if harm:
                faults.run(seconds)
            wait_for(lambda: stored(members) >= RECORDS, "a hundred records")

        plan = Plan(SECONDS, threads=3, watchers=2, keepers=1)
        result = Round("short", members, faults, plan, seed, folder).run(strike)
    print(f"seed {seed}: {result}")
    return result


def stored(members: list[Member]) -> int:
    """Return how many records the first daemon that can be asked knows of."""
    for member in members:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return member.count()
    return 0


@pytest.mark.parametrize("stage", [sqlite, pytest.param(postgres, marks=pytest.mark.postgres)])
def test_nothing_is_lost(stage: Staging, tmp_path: Path) -> None:
    """Every acknowledged record is there once, in order, and every watcher saw exactly what is there."""
    result = short(stage(tmp_path), tmp_path, harm=True)
    assert (result.violations, result.troubles) == ([], [])
    assert result.counts["acknowledged"] > 0
    assert result.counts["watched"] >= result.counts["stored"] >= RECORDS
    assert sum(result.faults.values()) > 0


def test_a_store_that_forgets_is_caught(tmp_path: Path) -> None:
    """A daemon that drops a record after acknowledging it does not pass, without any other fault."""
    result = short(sqlite(tmp_path, "tests.proof.faulty"), tmp_path, harm=False)
    assert "lost" in {violation.rule for violation in result.violations}

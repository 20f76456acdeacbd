"""Short runs of the proof: daemons under kills, pauses and cuts, and one that loses records on purpose."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.proof.faults import Faults
from tests.proof.rounds import Plan, Result, Round
from tests.proof.stores import Stage, postgres, sqlite

Staging = Callable[[Path], contextlib.AbstractContextManager[Stage]]
SECONDS = 4.0


def short(stage: contextlib.AbstractContextManager[Stage], folder: Path, *, strike: bool) -> Result:
    """Run one round."""
    seed = random.SystemRandom().getrandbits(32)
    with stage as (members, restart_database):
        for member in members:
            member.heal()
        faults = Faults(members, seed, restart_database)
        plan = Plan(SECONDS if strike else 2.0, threads=3, watchers=2, keepers=1)
        done = Round("short", members, faults, plan, seed, folder)
        result = done.run() if strike else done.run(faults.wait)
    print(f"seed {seed}: {result}")
    return result


@pytest.mark.parametrize("stage", [sqlite, pytest.param(postgres, marks=pytest.mark.postgres)])
def test_nothing_is_lost(stage: Staging, tmp_path: Path) -> None:
    """Every acknowledged record is there once, in order, and every watcher saw exactly what is there."""
    result = short(stage(tmp_path), tmp_path, strike=True)
    assert (result.violations, result.troubles) == ([], [])
    assert result.counts["acknowledged"] > 20
    assert result.counts["watched"] >= result.counts["stored"] > 0
    assert sum(result.faults.values()) > 0


def test_a_store_that_forgets_is_caught(tmp_path: Path) -> None:
    """A daemon that drops a record after acknowledging it does not pass, without any other fault."""
    result = short(sqlite(tmp_path, "tests.proof.faulty"), tmp_path, strike=False)
    assert "lost" in {violation.rule for violation in result.violations}

"""Short runs of the proof: a daemon under kills, pauses and cuts, and one that loses records on purpose."""

from __future__ import annotations

import random
from pathlib import Path

from tests.proof.faults import Faults
from tests.proof.rounds import Plan, Result, Round
from tests.proof.stores import sqlite

SECONDS = 4.0


def short(folder: Path, program: str, *, strike: bool) -> Result:
    """Run one round on a SQLite store."""
    seed = random.SystemRandom().getrandbits(32)
    with sqlite(folder, program) as (members, _):
        members[0].heal()
        faults = Faults(members, seed)
        plan = Plan(SECONDS, threads=3, watchers=2)
        done = Round("short", members, faults, plan, seed, folder)
        result = done.run() if strike else done.run(faults.wait)
    print(f"seed {seed}: {result}")
    return result


def test_nothing_is_lost_on_sqlite(tmp_path: Path) -> None:
    """Every acknowledged record is there once, in order, and every watcher saw exactly what is there."""
    result = short(tmp_path, "syncropel.daemon", strike=True)
    assert (result.violations, result.troubles) == ([], [])
    assert result.counts["acknowledged"] > 20
    assert result.counts["watched"] >= result.counts["stored"] > 0
    assert sum(result.faults.values()) > 0


def test_a_store_that_forgets_is_caught(tmp_path: Path) -> None:
    """A daemon that drops a record after acknowledging it does not pass, without any other fault."""
    result = short(tmp_path, "tests.proof.faulty", strike=False)
    assert "lost" in {violation.rule for violation in result.violations}

"""A crash at any record of any pattern: what is on the thread is enough to go on, to the same end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from syncropel.rules.infer.plan import Progress

from .scenarios import SCENARIOS
from .simulating import SILENCE, Simulation, answer, candidate, query, simulate


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_every_prefix_goes_on_to_the_same_thread(name: str) -> None:
    """Whatever part of the records survived, the rest comes out as it would have without the crash."""
    whole = SCENARIOS[name]()
    final = whole.run()
    assert final["kind"] in ("infer.result.v1", "infer.error.v1")
    for kept in range(1, len(whole.rows) + 1):
        resumed = whole.after_a_crash(kept)
        assert resumed.run() == final
        assert resumed.rows == whole.rows


@pytest.mark.parametrize("name", list(SCENARIOS))
@pytest.mark.parametrize("late", [0.4, 3.0, 400.0])
def test_a_late_restart_never_pays_twice(name: str, late: float) -> None:
    """A restart after a pause ends with one KNOW, and calls nobody twice in one round."""
    whole = SCENARIOS[name]()
    whole.run()
    for kept in range(1, len(whole.rows) + 1):
        resumed = whole.after_a_crash(kept, late)
        resumed.run()
        called = Counter((row["body"]["stage"], row["body"]["responder_did"]) for row in resumed.calls())
        assert set(called.values()) <= {1}
        assert sum(row["act"] == "KNOW" for row in resumed.rows) == 1
        assert resumed.rows[:kept] == whole.rows[:kept]


def test_a_recorded_reply_survives_the_restart() -> None:
    """The replies that were on the thread before the crash are the ones that the answer rests on."""
    whole = SCENARIOS["single"]()
    final = whole.run()
    resumed = whole.after_a_crash(6, late=1000.0)
    replied = {row["id"] for row in resumed.rows if row["act"] == "DO"}
    assert len(replied) == 2
    known = {entry["response_record_id"] for entry in resumed.run()["provenance"]}
    assert replied <= known
    assert final["answer"] == "yes"


def test_a_finished_inference_asks_for_nothing() -> None:
    """Once the KNOW is there, the decision is that there is nothing left, whatever the time."""
    whole = SCENARIOS["single"]()
    whole.run()
    whole.now += 1e6
    decision = whole.decide()
    assert (decision.steps, decision.wake_at, decision.finished) == ((), None, True)


def test_records_after_the_end_change_nothing() -> None:
    """What arrives after the KNOW is not seen: the outcome of an inference is settled once."""
    pool: dict[Any, Any] = {candidate("did:a"): answer("here"), candidate("did:b"): SILENCE}
    _, whole = simulate(query(), pool)
    silent = next(row["id"] for row in whole.calls() if row["body"]["responder_did"] == "did:b")
    late = dict(whole.rows[3], id="late", clock=99, actor="did:b", parents=[silent])
    before = Progress.from_records(whole.rows[0], whole.rows)
    assert Progress.from_records(whole.rows[0], [*whole.rows[:-1], late]) != before
    assert Progress.from_records(whole.rows[0], [*whole.rows, late]) == before


def test_a_repeated_decision_is_the_same_decision() -> None:
    """The planner is a function: asked twice about one situation, it says the same."""
    for build in SCENARIOS.values():
        simulation: Simulation = build()
        simulation.run()
        for kept in range(1, len(simulation.rows)):
            part = simulation.after_a_crash(kept)
            assert part.decide() == part.decide()

"""Money and time between stages: what was promised counts, and what cannot be in time is not begun."""

from __future__ import annotations

from typing import Any

import pytest

from .scenarios import A, B, C, only
from .simulating import SILENCE, Body, answer, candidate, query, simulate


def staged(pattern: str, *dids: str, **members: Any) -> Body:
    """Return a query whose stages or tiers have one responder each."""
    name = "stages" if pattern == "waterfall" else "tiers"
    course = {"pattern": pattern, name: [{"responders": only(did)} for did in dids]}
    return query(orchestration=course, **members)


@pytest.mark.parametrize("pattern", ["waterfall", "escalate"])
def test_a_stage_that_is_too_dear_ends_the_whole(pattern: str) -> None:
    """The budget is a promise to the asker: no cheaper stage is tried in place of the one that broke it."""
    pool: dict[Any, Any] = {candidate(A, cost_estimate_usd=2): answer(1), candidate(B): answer(2)}
    final, simulation = simulate(staged(pattern, A, B, side_effects={"max_cost_usd": 1}), pool)
    assert final["code"] == "cost_budget_exceeded"
    assert final["details"] == {"max_cost_usd": 1, "spent_usd": 0, "estimate_usd": 2}
    assert simulation.calls() == []


@pytest.mark.parametrize(("cap", "calls"), [(0.4, 2), (0.39, 1)])
def test_a_silent_responder_may_still_send_its_bill(cap: float, calls: int) -> None:
    """A call without a reply counts with its estimate when the next stage is weighed."""
    pool: dict[Any, Any] = {
        candidate(A, "pattern", cost_estimate_usd=0.2): SILENCE,
        candidate(B, cost_estimate_usd=0.2): answer(1),
    }
    final, simulation = simulate(staged("waterfall", A, B, side_effects={"max_cost_usd": cap}), pool)
    assert len(simulation.calls()) == calls
    assert final.get("code") == (None if calls == 2 else "cost_budget_exceeded")


@pytest.mark.parametrize(("cap", "code"), [(0.5, None), (0.49, "cost_budget_exceeded")])
def test_a_pair_is_weighed_together(cap: float, code: str | None) -> None:
    """Primary and verifier are called at once, so their prices are added before either is called."""
    course = {"pattern": "verify", "primary": only(A), "verifier": {"did": B}}
    pool: dict[Any, Any] = {
        candidate(A, cost_estimate_usd=0.3): answer(1),
        candidate(B, cost_estimate_usd=0.2): answer(1),
    }
    final, simulation = simulate(query(orchestration=course, side_effects={"max_cost_usd": cap}), pool)
    assert final.get("code") == code
    assert len(simulation.calls()) == (0 if code else 2)


@pytest.mark.parametrize("pattern", ["waterfall", "escalate"])
def test_no_stage_begins_after_the_deadline(pattern: str) -> None:
    """When time is up in the first of three, that is the end: no state, no further call."""
    pool: dict[Any, Any] = {candidate(did): SILENCE if did == A else answer(1) for did in (A, B, C)}
    final, simulation = simulate(staged(pattern, A, B, C, side_effects={"max_latency_secs": 20}), pool)
    assert final["code"] == "latency_timeout"
    assert simulation.states() == []
    assert len(simulation.calls()) == 1
    assert simulation.now == simulation.times[0] + 20


def test_a_query_without_time_calls_nobody() -> None:
    """A deadline that has passed before anybody is called costs nothing."""
    body = query(side_effects={"max_latency_secs": 0})
    final, simulation = simulate(body, {candidate(A): answer(1)})
    assert (final["code"], simulation.calls()) == ("latency_timeout", [])


def test_a_quick_kind_leaves_time_for_the_next_stage() -> None:
    """A silent pattern responder has its ten seconds, though the query as a whole has a hundred."""
    pool: dict[Any, Any] = {candidate(A, "pattern"): SILENCE, candidate(B): answer("on time")}
    final, _ = simulate(staged("waterfall", A, B, side_effects={"max_latency_secs": 100}), pool)
    assert (final["answer"], final["latency_ms"]) == ("on time", 11_000)


def test_a_round_wakes_when_its_last_call_is_due() -> None:
    """Ten seconds for the pattern, three hundred for the model: nothing is to be done in between."""
    pool: dict[Any, Any] = {candidate(A, "pattern"): SILENCE, candidate(B): SILENCE}
    _, simulation = simulate(query(), pool)
    part = simulation.after_a_crash(3)
    assert part.decide().wake_at == simulation.times[0] + 300

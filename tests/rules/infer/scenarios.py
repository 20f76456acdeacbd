"""Inferences of every pattern, for the tests of patterns and of crashes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .simulating import SILENCE, Act, Body, Simulation, accept, answer, candidate, decline, fail, query

A, B, C, D = "did:a", "did:b", "did:c", "did:d"


def single() -> Simulation:
    """Three answer at different times, and two of them agree."""
    return Simulation(
        query(fold={"function": "consensus", "min_quorum": 2}),
        {
            candidate(A, trust=0.8): answer("yes", 3.0, cost_usd=0.02),
            candidate(B, trust=0.7): answer("yes", 1.0, cost_usd=0.01),
            candidate(C, trust=0.6): answer("no", 2.0),
        },
    )


def single_with_losses() -> Simulation:
    """One refuses, one fails at a price, one asks for time and answers, one never does."""
    return Simulation(
        query(relevance={"top_k": 4}, side_effects={"max_latency_secs": 20}),
        {
            candidate(A): decline(),
            candidate(B): fail(cost_usd=0.25),
            candidate(C, "actor"): accept(60.0, answer("late", 50.0)),
            candidate(D): SILENCE,
        },
    )


def verify_agreed() -> Simulation:
    """Primary and verifier say the same."""
    return Simulation(_verify(), {_p(): answer("blue"), _v(): answer("blue", 2.0)})


def verify_tied() -> Simulation:
    """Primary and verifier differ; the tiebreaker decides."""
    return Simulation(_verify(), {_p(): answer("blue"), _v(): answer("red", 2.0), _t(): answer("red!", 4.0)})


def verify_one_failed() -> Simulation:
    """The verifier has no answer, so the tiebreaker is asked."""
    return Simulation(_verify(), {_p(): answer("blue"), _v(): fail(), _t(): answer("blue", 4.0)})


def waterfall() -> Simulation:
    """The first stage is silent, the second not good enough, the third is accepted."""
    return Simulation(
        _waterfall(),
        {
            candidate(A, "pattern"): SILENCE,
            candidate(B, "system"): answer("meh", confidence=0.3),
            candidate(C): answer("good", 5.0, confidence=0.9),
            candidate(D): answer("never asked"),
        },
    )


def waterfall_unaccepted() -> Simulation:
    """No stage is accepted; the last one's fold stands."""
    pool = {each: answer(f"from {each.did}", confidence=0.1) for each in _all()}
    return Simulation(_waterfall(), pool)


def retry() -> Simulation:
    """The first attempt is unsure, the second is not."""
    return Simulation(_retry(), {candidate(A): _growing})


def retry_worn_out() -> Simulation:
    """Every attempt is unsure; the last fold stands."""
    return Simulation(_retry(max_attempts=2), {candidate(A): answer("?", confidence=0.1)})


def escalate() -> Simulation:
    """The machine is unsure, so the human is asked, who asks for time."""
    return Simulation(
        _escalate(),
        {
            candidate(A): answer("maybe", confidence=0.2),
            candidate(B, "actor"): accept(600.0, answer("surely", 400.0, confidence=1.0)),
        },
    )


def escalate_contented() -> Simulation:
    """The first tier is sure."""
    return Simulation(_escalate(), {candidate(A): answer("sure", confidence=0.95), candidate(B): SILENCE})


def audit_approved() -> Simulation:
    """Two answer, the auditor approves."""
    return Simulation(_audit(), _audited({"approved": True, "rationale": "sound"}))


def audit_rejected() -> Simulation:
    """Two answer, the auditor does not approve."""
    return Simulation(_audit(), _audited({"approved": False, "_rationale": "thin"}))


SCENARIOS: dict[str, Callable[[], Simulation]] = {
    each.__name__: each
    for each in (
        single,
        single_with_losses,
        verify_agreed,
        verify_tied,
        verify_one_failed,
        waterfall,
        waterfall_unaccepted,
        retry,
        retry_worn_out,
        escalate,
        escalate_contented,
        audit_approved,
        audit_rejected,
    )
}


def only(*dids: str) -> list[Body]:
    """Return predicates that let in these responders alone."""
    return [{"did": did} for did in dids]


def _all() -> list[Any]:
    return [candidate(A, "pattern"), candidate(B, "system"), candidate(C), candidate(D)]


def _p() -> Any:
    return candidate(A)


def _v() -> Any:
    return candidate(B)


def _t() -> Any:
    return candidate(C)


def _verify(**members: Any) -> Body:
    course = {
        "pattern": "verify",
        "primary": only(A),
        "verifier": {"did": B},
        "tiebreaker": {"did": C},
        **members,
    }
    return query(orchestration=course)


def _waterfall() -> Body:
    stages = [{"responders": only(A)}, {"responders": only(B)}, {"responders": only(C)}]
    course = {"pattern": "waterfall", "stages": stages, "accept_expression": "fold.confidence >= 0.8"}
    return query(orchestration=course)


def _retry(max_attempts: int = 3) -> Body:
    course = {
        "pattern": "retry_on_low_confidence",
        "threshold_expression": "confidence < 0.5",
        "max_attempts": max_attempts,
        "retry_dial": 0.9,
    }
    return query(orchestration=course)


def _growing(call: Body) -> Any:
    return answer(f"attempt at {call['dial']}", 2.0, confidence=0.2 if call["stage"] == 0 else 0.8)


def _escalate() -> Body:
    tiers = [{"responders": only(A)}, {"responders": only(B)}]
    course = {"pattern": "escalate", "tiers": tiers, "escalation_expression": "fold.confidence < 0.5"}
    return query(orchestration=course)


def _audit(**members: Any) -> Body:
    course = {
        "pattern": "ensemble_with_audit",
        "primary_responders": only(A, B),
        "auditor": {"did": C},
        **members,
    }
    return query(orchestration=course)


def _audited(verdict: Body) -> Any:
    def auditor(call: Body) -> Any:
        assert call["input"] == {"question": {"goal": "g"}, "answer": "yes"}
        return [Act(1.5, {"kind": "infer.audit.v1", **verdict})]

    return {candidate(A): answer("yes"), candidate(B): answer("yes", 2.0), candidate(C): auditor}

"""The six patterns, each from its query to its answer."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.rules.infer.plan import Candidate
from syncropel.rules.schemas import default_registry

from . import scenarios
from .scenarios import SCENARIOS, A, B, C, D
from .simulating import Simulation, answer, candidate, fail, query, simulate


def played(name: str) -> tuple[dict[str, Any], Simulation]:
    """Play a scenario; return the last record's body and the simulation."""
    simulation = SCENARIOS[name]()
    return simulation.run(), simulation


def test_single_shot_asks_all_at_once_and_folds() -> None:
    """One round: three calls before any reply, then one answer with its provenance, cost, trust and time."""
    final, simulation = played("single")
    acts = [row["act"] for row in simulation.rows]
    assert acts == ["INTEND", "CALL", "CALL", "CALL", "DO", "DO", "DO", "KNOW"]
    assert final["answer"] == "yes"
    assert final["fold_function"] == "consensus"
    assert final["tally"] == {'"yes"': 1.5, '"no"': 0.6}
    assert [entry["responder_did"] for entry in final["provenance"]] == [B, C, A]
    assert final["trust_summary"] == pytest.approx({"mean": 0.7, "min": 0.6, "max": 0.8, "n_contributors": 3})
    assert final["cost_actual_usd"] == pytest.approx(0.03)
    assert final["latency_ms"] == 3000
    assert final["fulfills"] == final["correlation_id"] == simulation.rows[0]["id"]
    assert final["answer_kind"] == "inference.answer.v1"


def test_calls_say_what_a_responder_needs() -> None:
    """A CALL names its responder, question, shape, price, deadline and stage, and follows from the query."""
    _, simulation = simulate(
        query(side_effects={"max_latency_secs": 30}, dial=0.2),
        {candidate(A, model="m", cost_estimate_usd=0.5): answer(1)},
    )
    call = simulation.calls()[0]
    assert call["parents"] == [simulation.rows[0]["id"]]
    assert call["body"] == {
        "kind": "infer.call.v1",
        "correlation_id": simulation.rows[0]["id"],
        "responder_did": A,
        "responder_kind": "llm",
        "model": "m",
        "input": {"goal": "g"},
        "answer_shape": {"kind": "inference.answer.v1"},
        "cost_estimate_usd": 0.5,
        "started_ms": 1_700_000_000_250,
        "deadline_ms": 1_700_000_030_250,
        "stage": 0,
        "stage_size": 1,
        "dial": 0.2,
        "trust_at_dispatch": 0.8,
        "recency": 1.0,
        "pattern_confidence": 1.0,
        "relevance": pytest.approx(0.93),
    }


def test_losses_cost_and_do_not_stop_the_others() -> None:
    """Refusals, failures and silence leave the answer of the one who asked for time, and name their cost."""
    final, simulation = played("single_with_losses")
    assert final["answer"] == "late"
    assert final["cost_charged_but_failed_usd"] == 0.25
    assert final["cost_actual_usd"] == 0.0
    # Answered at 50 s: past the query's 20 s, within the 60 s that were asked for.
    assert final["latency_ms"] == 50_000
    assert len(simulation.calls()) == 4


def test_verify_is_content_with_two_that_agree() -> None:
    """Two calls, and the state record says how alike the answers are."""
    final, simulation = played("verify_agreed")
    assert final["answer"] == "blue"
    assert [row["body"]["role"] for row in simulation.calls()] == ["primary", "verifier"]
    (state,) = simulation.states()
    assert state["kind"] == "infer.orchestration.verify.state.v1"
    assert (state["similarity"], state["accepted"]) == (1.0, True)


@pytest.mark.parametrize(("name", "wanted"), [("verify_tied", "red!"), ("verify_one_failed", "blue")])
def test_verify_asks_the_tiebreaker_when_it_must(name: str, wanted: str) -> None:
    """Where the two differ or one has no answer, a third call decides, and its answer stands."""
    final, simulation = played(name)
    assert final["answer"] == wanted
    assert [row["body"]["role"] for row in simulation.calls()] == ["primary", "verifier", "tiebreaker"]
    assert final["orchestration"]["tiebreaker"] == C
    assert [entry["responder_did"] for entry in final["provenance"]] == [C]


@pytest.mark.parametrize(("threshold", "calls"), [(0.6, 2), (0.7, 3), ("similarity > 0.6", 2), ("0.9", 3)])
def test_the_threshold_of_verify_is_a_number_or_an_expression(threshold: Any, calls: int) -> None:
    """Two texts that share two of three words are alike by 2/3; the threshold says whether that is enough."""
    course = {
        "pattern": "verify",
        "verifier": {"did": B},
        "tiebreaker": {"did": C},
        "primary": [{"did": A}],
        "agreement_threshold": threshold,
    }
    pool = {candidate(A): answer("a b c"), candidate(B): answer("a b d"), candidate(C): answer("x")}
    _, simulation = simulate(query(orchestration=course), pool)
    assert len(simulation.calls()) == calls
    assert simulation.states()[0]["similarity"] == pytest.approx(2 / 3)


def test_a_responder_never_verifies_itself() -> None:
    """The verifier is another responder than the primary, even where the predicate fits the primary best."""
    course = {"pattern": "verify", "verifier": {"kind": "llm"}}
    _, simulation = simulate(
        query(orchestration=course),
        {candidate(A, trust=0.9): answer(1), candidate(B, trust=0.5): answer(1)},
    )
    assert [row["body"]["responder_did"] for row in simulation.calls()] == [A, B]


def test_a_waterfall_stops_at_the_first_accepted_stage() -> None:
    """One LEARN per stage that failed, with its reason or its fold; what comes after is never called."""
    final, simulation = played("waterfall")
    assert final["answer"] == "good"
    assert final["orchestration"] == {"pattern": "waterfall", "stage": 2, "accepted": True}
    silent, weak = simulation.states()
    assert (silent["stage"], silent["code"], silent["fold"]) == (0, "latency_timeout", None)
    assert (weak["stage"], weak["fold"]["answer"], weak["accepted"]) == (1, "meh", False)
    assert [row["body"]["responder_did"] for row in simulation.calls()] == [A, B, C]


def test_a_waterfall_that_nobody_passes_commits_its_last_fold() -> None:
    """Where no stage is accepted, the last one's answer stands and says that it was not accepted."""
    final, _ = played("waterfall_unaccepted")
    assert final["answer"] == f"from {C}"
    assert final["orchestration"]["accepted"] is False


def test_a_waterfall_spends_no_more_than_its_budget() -> None:
    """Before a stage begins, what was spent and what it will cost must fit under the cap."""
    pool = {
        candidate(A, cost_estimate_usd=0.2): answer(None, cost_usd=0.25),
        candidate(B, cost_estimate_usd=0.1): answer("paid", cost_usd=0.1),
    }
    stages = [{"responders": [{"did": A}]}, {"responders": [{"did": B}]}]

    def with_cap(cap: float) -> dict[str, Any]:
        course = {"pattern": "waterfall", "stages": stages}
        return simulate(query(orchestration=course, side_effects={"max_cost_usd": cap}), pool)[0]

    assert with_cap(0.35)["answer"] == "paid"
    assert with_cap(0.34)["code"] == "cost_budget_exceeded"


def test_retry_turns_the_dial_and_asks_again() -> None:
    """The second attempt has the retry's dial; its confidence ends the asking; both are paid for."""
    final, simulation = played("retry")
    assert final["answer"] == "attempt at 0.9"
    assert [row["body"]["dial"] for row in simulation.calls()] == [0.5, 0.9]
    assert final["orchestration"] == {"pattern": "retry_on_low_confidence", "attempts": 2, "accepted": True}
    (state,) = simulation.states()
    assert (state["attempt"], state["expression_result"]) == (1, True)


def test_retry_gives_up_after_its_attempts() -> None:
    """After the last attempt its fold stands, however unsure."""
    final, simulation = played("retry_worn_out")
    assert final["answer"] == "?"
    assert final["orchestration"]["accepted"] is False
    assert len(simulation.calls()) == 2


def test_escalation_goes_up_to_a_human() -> None:
    """A tier that is unsure passes the question up, and the human who asks for time is waited for."""
    final, simulation = played("escalate")
    assert final["answer"] == "surely"
    assert simulation.states()[0]["tier"] == 0
    assert final["latency_ms"] == 401_000


def test_escalation_stays_where_it_is_sure() -> None:
    """A contented tier is the last one called."""
    final, simulation = played("escalate_contented")
    assert final["answer"] == "sure"
    assert len(simulation.calls()) == 1


def test_escalation_never_passes_a_lower_answer_off() -> None:
    """When the higher tier lets time run out, the inference fails and the lower answer is not committed."""
    tiers = [{"responders": [{"did": A}]}, {"responders": [{"did": B}]}]
    course = {"pattern": "escalate", "tiers": tiers, "escalation_expression": "true"}
    final, simulation = simulate(
        query(orchestration=course, side_effects={"max_latency_secs": 30}),
        {candidate(A): answer("low"), candidate(B, "actor"): []},
    )
    assert final["code"] == "latency_timeout"
    assert "answer" not in final
    lower = next(row["id"] for row in simulation.rows if row["act"] == "DO")
    assert final["partial_responses"] == [lower]


@pytest.mark.parametrize(("name", "approved"), [("audit_approved", True), ("audit_rejected", False)])
def test_an_audit_judges_the_folded_answer(name: str, approved: bool) -> None:
    """The answer is committed either way, with the auditor's verdict, reason, record and time beside it."""
    final, simulation = played(name)
    assert final["answer"] == "yes"
    audit = final["audit"]
    assert (audit["auditor"], audit["approved"]) == (C, approved)
    assert audit["rationale"] == ("sound" if approved else "thin")
    assert audit.get("rejected", False) is not approved
    verdict = next(row for row in simulation.rows if row["id"] == audit["audit_record_id"])
    assert audit["timestamp"] == verdict["created_at"]
    assert [entry["responder_did"] for entry in final["provenance"]] == [A, B]
    assert simulation.states()[0]["fold"]["answer"] == "yes"


def test_an_audit_expression_decides_instead_of_the_auditor() -> None:
    """Where the query has its own condition, that decides, over what the auditor said."""
    course = {
        "pattern": "ensemble_with_audit",
        "primary_responders": [{"did": A}],
        "auditor": {"did": B},
        "audit_expression": "audit.body.score >= 7",
    }
    for score, approved in ((6, False), (7, True)):
        verdict = answer("whatever", score=score)
        final, _ = simulate(query(orchestration=course), {candidate(A): answer(1), candidate(B): verdict})
        assert final["audit"]["approved"] is approved


def test_an_answer_without_an_auditor_is_no_answer() -> None:
    """Where the auditor fails, the inference fails: nobody approved and nobody rejected."""
    course = {"pattern": "ensemble_with_audit", "auditor": {"did": C}, "primary_responders": [{"did": A}]}
    final, _ = simulate(query(orchestration=course), {candidate(A): answer(1), candidate(C): fail()})
    assert final["code"] == "quorum_not_met"


def test_only_the_best_are_asked() -> None:
    """Of many that fit, the `top_k` most relevant are called."""
    pool: dict[Candidate, Any] = {candidate(f"did:{i}", trust=i / 10): answer(i) for i in range(10)}
    _, simulation = simulate(query(relevance={"top_k": 2}), pool)
    assert [row["body"]["responder_did"] for row in simulation.calls()] == ["did:9", "did:8"]


def test_the_dial_says_which_matches_may_be_replayed() -> None:
    """A pattern responder with a loose match is called at a high dial only."""
    pool = {candidate(A, "pattern", match_level="L3"): answer(1), candidate(D): answer(2)}
    for dial, called in ((0.5, [D]), (0.7, [A, D])):
        _, simulation = simulate(query(dial=dial), pool)
        assert sorted(row["body"]["responder_did"] for row in simulation.calls()) == called


def test_an_adaptive_dial_is_settled_at_dispatch() -> None:
    """Its conditions see the candidates; the CALL carries what came of them."""
    dial = {"replay_if": "trust > 0.9", "create_if": "match_level == ''", "else": 0.4}
    _, simulation = simulate(query(dial=dial), {candidate(A): answer(1)})
    assert simulation.calls()[0]["body"]["dial"] == 0.9


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_every_record_fits_its_schema(name: str) -> None:
    """Calls, results and failures are what the contract says of their kinds."""
    _, simulation = played(name)
    registry = default_registry()
    judged = [row["body"] for row in simulation.rows if registry.known(row["body"]["kind"])]
    assert len(judged) >= 3
    for body in judged:
        registry.validate(body["kind"], body)


def test_scenarios_cover_every_pattern() -> None:
    """The crash tests below stand on these scenarios, so none of the six patterns may be missing."""
    bodies = [build().body for build in scenarios.SCENARIOS.values()]
    patterns = {body.get("orchestration", {"pattern": "single_shot"})["pattern"] for body in bodies}
    assert len(patterns) == 6

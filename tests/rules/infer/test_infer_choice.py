"""Who is asked, at which dial, and what the rest of the rules say of the answers."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.rules.infer.candidate import Candidate
from syncropel.rules.infer.dial import ceiling_from_trust, effective_dial, level_allowed, needs_approval, zone
from syncropel.rules.infer.obligations import ObligationConflict, merge_obligations
from syncropel.rules.infer.plan.conditions import approves, rationale_of
from syncropel.rules.infer.relevance import Predicate, Relevance, admitted, select
from syncropel.rules.infer.responses import Response
from syncropel.rules.infer.similarity import similarity
from syncropel.rules.infer.trust import Verdict, standing, standings, wilson_lower_bound

from .evaluating import PythonEvaluator

EVALUATOR = PythonEvaluator()
SONNET = Candidate(
    did="did:s",
    kind="llm",
    model="claude-sonnet-4-5",
    capabilities=frozenset({"summary"}),
    domains=frozenset({"code"}),
    cost_estimate_usd=0.2,
    delay_s=3.0,
    trust=0.5,
    trust_by_domain={"code": 0.9},
    match_level="L1",
    age_days=10.0,
    extra={"region": "eu"},
)


@pytest.mark.parametrize(
    ("predicate", "fits"),
    [
        ({}, True),
        ({"kind": "llm"}, True),
        ({"kind": "any"}, True),
        ({"kind": "actor"}, False),
        ({"model": "claude-sonnet-4-5"}, True),
        ({"model": "claude-sonnet-4"}, False),
        ({"model": "~sonnet"}, True),
        ({"model": "~SONNET-4"}, True),
        ({"model": "~son"}, False),
        ({"model": "~gpt-4o"}, False),
        ({"did": "did:s"}, True),
        ({"did": "did:other"}, False),
        ({"domain": "code"}, True),
        ({"domain": "ops"}, False),
        ({"capability": "summary"}, True),
        ({"capability": "search"}, False),
        ({"trust_gte": 0.5}, True),
        ({"trust_gte": 0.51}, False),
        ({"trust_gte": 0.9, "domain": "code"}, True),
        ({"trust_lt": 0.5}, False),
        ({"trust_lt": 0.51}, True),
        ({"budget_usd": 0.2}, True),
        ({"budget_usd": 0.19}, False),
        ({"latency_secs": 3}, True),
        ({"latency_secs": 2.9}, False),
        ({"match_level_gte": "L1"}, True),
        ({"match_level_gte": "L2"}, True),
        ({"match_level_gte": "L0"}, False),
        ({"age_days_lt": 10.5}, True),
        ({"age_days_lt": 10}, False),
        ({"available": True}, True),
        ({"available": False}, False),
        ({"expression": "candidate.region == 'eu' && candidate.trust < 0.6"}, True),
        ({"expression": "candidate.trust > 0.8", "domain": "code"}, True),
        ({"kind": "llm", "expression": "false"}, False),
        ({"a_newer_member": 1}, True),
    ],
)
def test_each_member_of_a_predicate(predicate: dict[str, Any], fits: bool) -> None:
    """Every member that is given must hold for the candidate."""
    assert Predicate.from_value(predicate).matches(SONNET, EVALUATOR) is fits


def test_a_candidate_without_facts_does_not_pass_for_one_with_them() -> None:
    """No match is no match level, an unknown age is not young, and no domains stand for all of them."""
    bare = Candidate("did:b", "llm")
    assert not Predicate(match_level_gte="L3").matches(bare, EVALUATOR)
    assert not Predicate(age_days_lt=1e9).matches(bare, EVALUATOR)
    assert Predicate(domain="code").matches(bare, EVALUATOR)


def test_entries_of_a_list_are_alternatives() -> None:
    """One entry is enough, a candidate is admitted once, and the first entry decides its trust."""
    found = admitted([SONNET], [Predicate(did="x"), Predicate(domain="code"), Predicate()], EVALUATOR)
    assert [(each.candidate.did, each.trust) for each in found] == [("did:s", 0.9)]


@given(st.permutations([Candidate(f"did:{i}", "llm", trust=i % 3 / 10) for i in range(6)]))
def test_the_choice_does_not_depend_on_the_registry_order(pool: list[Candidate]) -> None:
    """Equal scores go by DID, so that every process chooses alike."""
    chosen = select(admitted(pool, [Predicate()], EVALUATOR), Relevance(top_k=4))
    assert [each.candidate.did for each in chosen] == ["did:2", "did:5", "did:1", "did:4"]


def test_a_newcomer_can_be_chosen() -> None:
    """A responder that nobody judged passes the default threshold; one known to be off topic does not."""
    newcomer, stranger = Candidate("did:n", "llm"), Candidate("did:o", "llm", semantic_sim=0.0)
    chosen = select(admitted([newcomer, stranger], [Predicate()], EVALUATOR), Relevance())
    assert [each.candidate.did for each in chosen] == ["did:n"]


@pytest.mark.parametrize(
    ("dial", "name", "levels"),
    [
        (0.0, "REPLAY", 1),
        (math.nextafter(1 / 3, 0), "REPLAY", 1),
        (1 / 3, "ADAPT", 2),
        (math.nextafter(0.5, 0), "ADAPT", 2),
        (0.5, "EXPLORE", 3),
        (math.nextafter(2 / 3, 0), "EXPLORE", 3),
        (2 / 3, "CREATE", 4),
    ],
)
def test_zones_meet_at_exact_fractions(dial: float, name: str, levels: int) -> None:
    """Each zone begins at its fraction and opens one match level more; in CREATE, effects need a human."""
    assert zone(dial) == name
    assert [level_allowed(f"L{i}", dial) for i in range(4)] == [i < levels for i in range(4)]
    assert needs_approval(dial) is (name == "CREATE")


def test_a_session_has_the_lowest_of_its_ceilings() -> None:
    """Identity, namespace, budget and trust each set a ceiling; the dial stays under all of them."""
    assert effective_dial(0.9) == 0.9
    assert effective_dial(0.9, trust=0.69) == 2 / 3
    assert effective_dial(0.9, trust=0.29) == ceiling_from_trust(0.0) == 1 / 3
    assert effective_dial(0.9, identity=0.4, namespace=0.3, budget=0.2) == 0.2


def response(name: str, clock: int, **body: Any) -> Response:
    """Return a response with modifiers."""
    return Response(name, clock, "did:r", 0.5, {"answer": 1, **body})


@pytest.mark.parametrize(
    ("resolution", "fulfills", "cancels"),
    [("last_writer_wins", ("b",), ("a",)), ("fulfills_wins", ("a", "b"), ())],
)
def test_contradictions_are_resolved_as_asked(resolution: str, fulfills: Any, cancels: Any) -> None:
    """The later response wins, or whoever fulfills does; what the chosen one does not name is left out."""
    chosen = response("1", 1, fulfills=["a", "b"], awaits="actor_decision")
    other = response("2", 2, cancels=["a", "c"])
    for contributors in ([chosen, other], [other, chosen]):
        merged = merge_obligations(chosen, contributors, resolution)
        assert (merged.fulfills, merged.cancels) == (fulfills, cancels)
        assert merged.awaits == ("actor_decision",)


def test_a_contradiction_can_be_an_error() -> None:
    """Under `validation_error` the records at issue are named; without a contradiction nothing is raised."""
    chosen, other = response("1", 1, fulfills="a"), response("2", 2, cancels="a")
    with pytest.raises(ObligationConflict) as caught:
        merge_obligations(chosen, [chosen, other], "validation_error")
    assert caught.value.targets == ["a"]
    assert merge_obligations(chosen, [chosen], "validation_error").fulfills == ("a",)


def test_without_a_chosen_response_no_modifier_survives() -> None:
    """An expression's answer stands for no response, so it fulfills nothing."""
    assert merge_obligations(None, [response("1", 1, fulfills="a")], "validation_error").fulfills == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(json_values, json_values)
def test_similarity_is_a_measure(left: Any, right: Any) -> None:
    """It lies between 0 and 1, is 1 for equal values, and does not depend on which one comes first."""
    alike = similarity(left, right)
    assert 0.0 <= alike <= 1.0
    assert alike == similarity(right, left)
    assert similarity(left, left) == 1.0


def test_similarity_of_texts_has_no_direction() -> None:
    """The matcher underneath finds more in one direction than in the other for these two; we do not."""
    assert similarity("t i d e", "d i e t") == similarity("d i e t", "t i d e")


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        (10, 9, 0.9),
        (1, -1, 0.0),
        (True, 1, 0.0),
        ("the cat sat", "The  cat sat", 1.0),
        ("a b", "c d", 0.0),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3, "d": 4}, 0.5),
        ([1, 2], [1, 2, 3, 4], 0.5),
        ([], [], 1.0),
        ("1", 1, 0.0),
        (None, None, 1.0),
    ],
)
def test_similarity_of_some_values(left: Any, right: Any, alike: float) -> None:
    """Values of a kind are compared part by part, values of different kinds not at all."""
    assert similarity(left, right) == pytest.approx(alike)


@pytest.mark.parametrize(
    ("body", "approved"),
    [
        ({"approved": True}, True),
        ({"approved": False, "answer": "yes"}, False),
        ({"verdict": "accept"}, True),
        ({"verdict": "reject"}, False),
        ({"answer": {"approved": True, "reason": "r"}}, True),
        ({"answer": "Approved."}, True),
        ({"answer": True}, True),
        ({"answer": "not approved"}, False),
        ({"answer": 1}, False),
        ({}, False),
    ],
)
def test_an_auditor_may_approve_in_several_words(body: dict[str, Any], approved: bool) -> None:
    """What is not plainly an approval is none."""
    assert approves(body) is approved
    assert rationale_of({"answer": {"reason": "r"}}) == "r"


def row(actor: str, body: dict[str, Any], at: float = 0.0, **more: Any) -> dict[str, Any]:
    """Return the row of a KNOW."""
    return {"act": "KNOW", "actor": actor, "body": body, "created_at": at, "id": "v", "parents": [], **more}


def test_who_is_judged() -> None:
    """The subject, else the worker in `judged_by`, else the author of what was fulfilled, or of a parent."""
    authors = {"w": "did:worker", "p": "did:parent"}.get
    verdict = {"verdict": "accept"}
    cases: list[tuple[dict[str, Any], list[str], str]] = [
        ({"subject": "did:a", "judged_by": "did:b", "fulfills": "w"}, ["p"], "did:a"),
        ({"judged_by": "did:b", "fulfills": "w"}, ["p"], "did:b"),
        ({"fulfills": ["w", "x"]}, ["p"], "did:worker"),
        ({}, ["p"], "did:parent"),
    ]
    for more, parents, subject in cases:
        found = Verdict.from_row(row("did:e", {**verdict, **more}, parents=parents), authors)
        assert found is not None
        assert (found.subject, found.domain, found.evaluator) == (subject, "general", "did:e")


@pytest.mark.parametrize(
    "odd",
    [
        row("did:a", {"verdict": "accept", "subject": "did:a"}),
        row("did:e", {"verdict": "maybe", "subject": "did:a"}),
        row("did:e", {"verdict": "accept"}),
        row("did:e", {"verdict": "accept", "subject": "did:a"}, act="DO"),
    ],
)
def test_what_is_no_verdict(odd: dict[str, Any]) -> None:
    """Praise of oneself, other words, nobody judged and other acts are no evidence."""
    assert Verdict.from_row(odd) is None


def test_a_standing_is_weighed_by_age() -> None:
    """A verdict of one half-life ago counts half; evaluators and domains can be told apart."""
    day = 86400.0
    verdicts = [
        Verdict("did:a", "code", "did:e", True, 90 * day),
        Verdict("did:a", "code", "did:f", False, 0.0),
        Verdict("did:a", "ops", "did:e", True, 90 * day),
        Verdict("did:b", "code", "did:e", True, 90 * day),
        Verdict("did:a", "code", "did:a", True, 90 * day),
    ]
    found = standing(verdicts, "did:a", 90 * day, domain="code")
    assert (found.accepted, found.rejected, found.samples, found.evidence) == (1, 1, 2, 1.5)
    assert found.score == wilson_lower_bound(1, 1.5)
    assert found.last_at == 90 * day
    assert standing(verdicts, "did:a", 90 * day, domain="code", judged_by="did:f").score == 0.0
    assert standing(verdicts, "did:a", 90 * day).samples == 3
    assert [(each.actor, each.domain) for each in standings(verdicts, 0.0)] == [
        ("did:a", "code"),
        ("did:a", "ops"),
        ("did:b", "code"),
    ]
    assert standing([], "did:a", 0.0).score == 0.0


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_bound_is_a_trust(accepted: float, rejected: float) -> None:
    """It lies between 0 and the share accepted, and more of the same evidence never lowers it."""
    total = accepted + rejected
    bound = wilson_lower_bound(accepted, total)
    assert 0.0 <= bound <= 1.0
    if total > 0:
        assert bound <= accepted / total + 1e-9
        assert wilson_lower_bound(2 * accepted, 2 * total) >= bound - 1e-9

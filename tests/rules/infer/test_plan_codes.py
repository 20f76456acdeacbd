"""The ten ways to fail, each caused, and the rules that tell them apart."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.rules.contract import load_schemas
from syncropel.rules.infer.plan import CODES, ENGINE_DID, Progress, QueryInput, World
from syncropel.rules.schemas import SchemaRegistry, default_registry

from .scenarios import A, B, C
from .simulating import SILENCE, Body, Script, accept, answer, candidate, decline, fail, query, simulate

Pool = dict[Any, Script]

TWO = {"function": "consensus", "min_quorum": 2}


def both(first: Script, second: Script) -> Pool:
    """Return two responders with these scripts."""
    return {candidate(A): first, candidate(B): second}


FAILURES: dict[str, tuple[str, Body, Pool]] = {
    "no such predicate holds": ("no_candidates", query(responders=[{"did": "x"}]), both(SILENCE, SILENCE)),
    "nobody is registered": ("no_candidates", query(), {}),
    "too slow by custom": (
        "no_candidates",
        query(side_effects={"max_latency_secs": 10}),
        {candidate(A, delay_s=5.1): answer(1)},
    ),
    "nobody is relevant": (
        "no_relevant_candidates",
        query(),
        {candidate(A, trust=0.0, recency=0.0, semantic_sim=0.3): answer(1)},
    ),
    "too few for the quorum": ("no_relevant_candidates", query(fold=TWO), {candidate(A): answer(1)}),
    "too dear": (
        "cost_budget_exceeded",
        query(side_effects={"max_cost_usd": 0.3}),
        {candidate(A, cost_estimate_usd=0.31): answer(1)},
    ),
    "nobody can be called": (
        "responder_unavailable",
        query(),
        {candidate(A, available=False): answer(1)},
    ),
    "nobody was reached": (
        "responder_unavailable",
        query(),
        both(fail("responder_unavailable"), fail("responder_unavailable")),
    ),
    "silence": ("latency_timeout", query(), both(SILENCE, fail())),
    "silence of one, too few for the quorum": (
        "latency_timeout",
        query(fold=TWO, side_effects={"max_latency_secs": 5}),
        both(answer(1), answer(1, after=6.0)),
    ),
    "an eta that is not kept": ("latency_timeout", query(), both(accept(60, SILENCE), decline())),
    "all done, too few valid": ("quorum_not_met", query(fold=TWO), both(answer(1), decline())),
    "all failed, one of them after it was reached": (
        "quorum_not_met",
        query(),
        both(fail("responder_unavailable"), fail("answer_invalid")),
    ),
    "no weight": (
        "fold_failed",
        query(fold={"function": "consensus", "weight_expression": "response.body.weight"}),
        both(answer(1, weight="heavy"), answer(1, weight=2)),
    ),
    "nothing acceptable": (
        "fold_failed",
        query(fold={"function": "waterfall_first"}),
        both(answer(None), answer(None)),
    ),
    "another kind": (
        "answer_shape_mismatch",
        query(answer_shape={"kind": "core.summary.v1"}),
        both(answer(1), answer(1)),
    ),
    "a field is missing": (
        "answer_shape_mismatch",
        query(answer_shape={"kind": "inference.answer.v1", "required_fields": ["body.verdict"]}),
        both(answer({"other": 1}), answer({"other": 1})),
    ),
    "not what the schema says": (
        "answer_shape_mismatch",
        query(answer_shape={"kind": "inference.answer.v1", "schema_ref": "core.erasure"}),
        both(answer({"erases": []}), answer({"erases": []})),
    ),
    "contradicting obligations": (
        "obligation_conflict",
        query(side_effects={"obligation_resolution": "validation_error"}),
        both(answer(1, fulfills="r1"), answer(1, cancels="r1")),
    ),
    "no such kind of responder": (
        "invalid_query",
        query(responders=[{"kind": "oracle"}]),
        both(SILENCE, SILENCE),
    ),
    "a pattern that misses a member": (
        "invalid_query",
        query(orchestration={"pattern": "verify"}),
        both(SILENCE, SILENCE),
    ),
    "an unknown name": (
        "invalid_query",
        query(responders=[{"expression": "candidate.trust > other"}]),
        both(SILENCE, SILENCE),
    ),
    "a condition that is none": (
        "invalid_query",
        query(responders=[{"expression": "candidate.trust"}]),
        both(SILENCE, SILENCE),
    ),
    "a remote schema": (
        "invalid_query",
        query(answer_shape={"kind": "a.b.c", "schema_ref": "https://example.org/schema.json"}),
        both(SILENCE, SILENCE),
    ),
}


@pytest.mark.parametrize("name", list(FAILURES))
def test_each_failure_has_its_code(name: str) -> None:
    """The cause gives the code, one KNOW and no answer, and the record says whose query it ends."""
    code, body, pool = FAILURES[name]
    final, simulation = simulate(body, pool)
    assert final.get("code") == code, final
    assert final["kind"] == "infer.error.v1"
    assert final["correlation_id"] == final["fulfills"] == simulation.rows[0]["id"]
    assert final["message"]
    assert isinstance(final["details"], dict)
    assert "answer" not in final
    assert simulation.rows[-1]["actor"] == ENGINE_DID
    default_registry().validate("infer.error.v1", final)


def test_every_code_is_caused() -> None:
    """None of the ten codes goes untested."""
    assert {code for code, _, _ in FAILURES.values()} == set(CODES)
    assert len(CODES) == 10


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (query(fold={"function": "vote"}), "$.fold.function"),
        (query(orchestration={"pattern": "verify"}), "$.orchestration.verifier"),
        (query(orchestration={"pattern": "waterfall"}), "$.orchestration.stages"),
        (query(orchestration={"pattern": "escalate"}), "$.orchestration.tiers"),
        (query(orchestration={"pattern": "ensemble_with_audit"}), "$.orchestration.auditor"),
        (
            query(orchestration={"pattern": "retry_on_low_confidence", "max_attempts": 101}),
            "$.orchestration.max_attempts",
        ),
        (query(responders=[{"expression": "nobody"}]), "$.responders[0].expression"),
        (
            query(fold={"function": "ensemble_weighted", "weight_expression": "1 +"}),
            "$.fold.weight_expression",
        ),
        (query(dial={"replay_if": "x", "create_if": "true", "else": 0.5}), "$.dial.replay_if"),
    ],
)
def test_an_invalid_query_names_the_place(body: Body, path: str) -> None:
    """`details.path` leads to the fault, and nobody is called."""
    final, simulation = simulate(body, both(SILENCE, SILENCE))
    assert final["code"] == "invalid_query"
    assert final["details"]["path"] == path
    assert simulation.calls() == []


def test_an_invalid_expression_names_the_position() -> None:
    """The failure carries the expression, the place in it, and what is wrong there."""
    final, _ = simulate(query(responders=[{"expression": "candidate.trust > other"}]), {})
    details = final["details"]
    assert (details["expression"], details["position"]) == ("candidate.trust > other", 18)
    assert "other" in details["reason"]


def test_partial_responses_are_what_arrived() -> None:
    """A failure names the answers that it did not use, and what was paid for them."""
    final, simulation = simulate(query(fold=TWO), both(answer(1, cost_usd=0.5), fail(cost_usd=0.25)))
    answered = [row["id"] for row in simulation.rows if row["actor"] == A]
    assert final["partial_responses"] == answered
    assert final["cost_charged_but_failed_usd"] == 0.75


def test_the_quorum_at_the_deadline_is_enough() -> None:
    """With the quorum reached, silence costs time and not the answer."""
    final, _ = simulate(
        query(side_effects={"max_latency_secs": 8}), both(answer("here"), answer("late", after=9.0))
    )
    assert (final["answer"], final["latency_ms"]) == ("here", 8000)


@pytest.mark.parametrize(
    ("kind", "seconds"), [("pattern", 10), ("system", 60), ("llm", 300), ("actor", 604_800)]
)
def test_each_kind_has_its_patience(kind: str, seconds: int) -> None:
    """Where the query does not say how long, the responder's kind does."""
    final, simulation = simulate(query(), {candidate(A, kind): SILENCE})
    assert final["code"] == "latency_timeout"
    assert simulation.now == pytest.approx(simulation.times[0] + seconds)


def test_a_stranger_answers_for_nobody() -> None:
    """Anyone may write to the thread, but only the responder's own reply ends its call."""
    _, simulation = simulate(query(), {candidate(A): answer(1)})
    call = simulation.calls()[0]
    reply = {**simulation.rows[2], "actor": "did:stranger", "id": "s"}
    progress = Progress.from_records(simulation.rows[0], [call, reply])
    assert progress.calls[0].reply is None
    forged = {**simulation.rows[3], "actor": "did:stranger"}
    assert Progress.from_records(simulation.rows[0], [call, forged]).finished is None


def test_the_first_reply_counts() -> None:
    """A responder that answers twice is heard once."""
    _, simulation = simulate(query(), {candidate(A): answer("first")})
    call, reply = simulation.rows[1], simulation.rows[2]
    again = {**reply, "id": "again", "body": {**reply["body"], "answer": "second"}}
    progress = Progress.from_records(simulation.rows[0], [call, reply, again])
    assert [each.answer for each in progress.responses()] == ["first"]


def test_an_input_that_is_not_there_yet_is_waited_for() -> None:
    """A nested query without an answer calls nobody; without one at the deadline the outer one fails."""
    world = World(input=QueryInput("waiting"))
    body = query(input={"record_id": "r"}, side_effects={"max_latency_secs": 20})
    final, simulation = simulate(body, both(answer(1), answer(1)), world=world)
    assert final["code"] == "latency_timeout"
    assert simulation.calls() == []
    # Stores keep whole seconds, so a query that called nobody yet may wait one more.
    assert 20 <= simulation.now - simulation.times[0] <= 21


def test_an_input_that_never_will_be_is_an_invalid_query() -> None:
    """A loop or a record that is not there ends the query and says why."""
    world = World(input=QueryInput("unusable", reason="the queries form a loop"))
    final, _ = simulate(query(input={"record_id": "r"}), both(answer(1), answer(1)), world=world)
    assert (final["code"], final["details"]["path"]) == ("invalid_query", "$.input")
    assert "loop" in final["message"]


def test_a_looked_up_input_is_what_is_asked() -> None:
    """The CALL carries the value behind the reference."""
    world = World(input=QueryInput(value={"text": "stored"}))
    _, simulation = simulate(query(input={"record_id": "r"}), {candidate(A): answer(1)}, world=world)
    assert simulation.calls()[0]["body"]["input"] == {"text": "stored"}


def test_the_namespace_has_the_last_word_on_cost() -> None:
    """The lower of the query's own cap and the namespace's binds."""
    pool: Pool = {candidate(A, cost_estimate_usd=0.2): answer(1)}
    body = query(side_effects={"max_cost_usd": 5.0})
    assert simulate(body, pool, world=World(max_cost_usd=0.1))[0]["code"] == "cost_budget_exceeded"
    assert simulate(body, pool, world=World(max_cost_usd=0.2))[0]["answer"] == 1


def test_a_local_schema_judges_the_answer() -> None:
    """An answer that fits the schema registered under `schema_ref` stands."""
    registry = SchemaRegistry(load_schemas())
    registry.register(
        "a.b.c", {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    )
    body = query(answer_shape={"kind": "inference.answer.v1", "schema_ref": "a.b.c"})
    world = World(registry=registry)
    assert simulate(body, {candidate(C): answer({"n": 1})}, world=world)[0]["answer"] == {"n": 1}
    refused, _ = simulate(body, {candidate(C): answer({"n": "1"})}, world=world)
    assert refused["code"] == "answer_shape_mismatch"
    assert any("$.n" in each for each in refused["details"]["violations"])


def nested(levels: int) -> Any:
    """Return arrays inside each other."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def test_a_reply_too_deep_to_be_carried_on_is_a_failure() -> None:
    """What no record could hold with a result around it fails its call, and the others go on."""
    final, _ = simulate(query(), both(answer(nested(59)), answer(nested(60), cost_usd=1)))
    assert final["answer"] == nested(59)
    assert final["cost_charged_but_failed_usd"] == 1
    assert len(final["provenance"]) == 1


def test_a_question_too_deep_to_be_asked_is_invalid() -> None:
    """A record's body may be deeper than what a CALL can hold; the query says so and asks nobody."""
    world = World(input=QueryInput(value=nested(61)))
    final, simulation = simulate(query(input={"record_id": "r"}), both(answer(1), answer(1)), world=world)
    assert (final["code"], simulation.calls()) == ("invalid_query", [])


def test_a_long_answer_is_kept_once() -> None:
    """The result's tally names a long answer by its hash, so that it is not stored twice."""
    final, _ = simulate(query(), {candidate(A): answer("x" * 300)})
    (key,) = final["tally"]
    assert key.startswith("sha256:")
    assert final["answer"] == "x" * 300


def test_what_the_chosen_body_says_beside_its_answer_survives() -> None:
    """Folds that choose one body keep its confidence and rationale; a vote keeps the answer alone."""
    pool: Pool = {candidate(A): answer("x", confidence=0.9, _rationale="r", cost_usd=1)}
    kept = {"confidence": 0.9, "_rationale": "r"}
    for function, details in (("best_of", kept), ("ensemble_weighted", kept), ("consensus", None)):
        final, _ = simulate(query(fold={"function": function}), pool)
        assert final.get("answer_details") == details


def test_obligations_of_the_chosen_body_reach_the_result() -> None:
    """The KNOW fulfills its query and what the chosen response fulfills, and cancels what that cancels."""
    pool: Pool = {candidate(A): answer("x", fulfills=["task"], cancels="plan", awaits="actor_decision")}
    final, simulation = simulate(query(), pool)
    assert final["fulfills"] == [simulation.rows[0]["id"], "task"]
    assert (final["cancels"], final["awaits"]) == ("plan", "actor_decision")


@pytest.mark.parametrize("nonsense", [None, "much", -5, True, float(10**300), 10**400])
def test_nonsense_in_a_reply_costs_nothing(nonsense: Any) -> None:
    """A price or an ETA that is no sensible number neither breaks the inference nor stops it for ever."""
    rows: Pool = both(accept(0, answer(1, cost_usd=nonsense)), accept(0, answer(1)))
    rows[candidate(C)] = [*accept(0, []), *answer(1)]
    final, _ = simulate(query(), rows)
    assert final["answer"] == 1
    assert 0 <= final["cost_actual_usd"] <= 1e9


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "infer.call.v1"},
        {
            "kind": "infer.call.v1",
            "stage": "x",
            "stage_size": [],
            "deadline_ms": "soon",
            "trust_at_dispatch": {},
        },
        {"kind": "infer.orchestration.verify.state.v1", "stage": None},
    ],
)
def test_odd_records_do_not_break_the_folding(body: Body) -> None:
    """Records that look like the engine's and are not of its making are read without an error."""
    _, simulation = simulate(query(), {candidate(A): answer(1)})
    odd = {**simulation.rows[1], "id": "odd", "body": {**body, "correlation_id": simulation.rows[0]["id"]}}
    odd["act"] = "CALL" if "call" in body["kind"] else "LEARN"
    progress = Progress.from_records(simulation.rows[0], [odd, *simulation.rows[1:3]])
    assert [each.answer for each in progress.responses()] == [1]
    assert progress.open_calls(simulation.now) == ()

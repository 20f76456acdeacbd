"""Folds: the same answer whatever the order of arrival, and the edges of each function."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncropel.rules.infer.folds import Fold, FoldFailed, FoldOutcome, QuorumNotMet, fold
from syncropel.rules.infer.responses import Response, answer_of

from .evaluating import PythonEvaluator

EVALUATOR = PythonEvaluator()
WEIGHTS = [None, "response.trust", "trust * confidence", "response.body.w - 1", "1"]


def response(name: str, value: Any, clock: int = 1, trust: float = 0.5, **body: Any) -> Response:
    """Return a response with an answer."""
    return Response(name, clock, f"did:{name}", trust, {"answer": value, **body})


units = st.one_of(st.sampled_from([0.0, 0.05, 0.1, 0.2, 0.3, 0.7]), st.floats(0, 1))
answers = st.one_of(st.sampled_from(["a", "b", 1, 1.0, None, {"x": 1}, [1]]), st.text(max_size=3))


@st.composite
def response_sets(draw: Any) -> list[Response]:
    """Draw up to eight responses with distinct ids, some with equal clocks, trusts and answers."""
    count = draw(st.integers(1, 8))
    return [
        Response(
            id=f"r{number}",
            clock=draw(st.integers(0, 3)),
            actor="did:r",
            trust=draw(units),
            body={"answer": draw(answers), "confidence": draw(units), "w": draw(st.floats(-5, 5))},
            recency=draw(units),
            pattern_confidence=draw(units),
        )
        for number in range(count)
    ]


@st.composite
def folds(draw: Any) -> Fold:
    """Draw any fold."""
    function = draw(
        st.sampled_from(["consensus", "best_of", "waterfall_first", "ensemble_weighted", "expression"])
    )
    expression = {
        "expression": "[each.answer for each in responses]",
        "waterfall_first": draw(st.sampled_from([None, "response.confidence >= 0.2"])),
    }.get(function)
    return Fold(
        function,
        weight_expression=draw(st.sampled_from(WEIGHTS)),
        tie_break=draw(
            st.sampled_from(["highest_trust", "highest_confidence", "most_recent", "lexicographic"])
        ),
        expression=expression,
        min_quorum=draw(st.integers(1, 3)),
    )


def outcome_or_error(how: Fold, responses: list[Response]) -> Any:
    """Return the outcome, or the type and text of what was raised."""
    try:
        return fold(how, responses, EVALUATOR)
    except (FoldFailed, QuorumNotMet) as error:
        return type(error), str(error)


@settings(max_examples=3 * settings().max_examples)
@given(how=folds(), responses=response_sets(), data=st.data())
def test_no_order_of_arrival_changes_the_outcome(how: Fold, responses: list[Response], data: Any) -> None:
    """Any permutation of the responses gives the same outcome, to the last bit, or the same failure."""
    shuffled = data.draw(st.permutations(responses))
    assert outcome_or_error(how, list(shuffled)) == outcome_or_error(how, responses)


@settings(max_examples=2 * settings().max_examples)
@given(how=folds(), responses=response_sets())
def test_an_outcome_is_made_of_the_responses(how: Fold, responses: list[Response]) -> None:
    """The chosen response is one of them and gives the answer; the tally is the sum of the weights."""
    outcome = outcome_or_error(how, responses)
    if not isinstance(outcome, FoldOutcome):
        return
    assert sorted(outcome.provenance) == sorted(each.id for each in responses)
    assert sorted(outcome.weights) == sorted(outcome.provenance)
    chosen = [each for each in responses if each.id == outcome.chosen_response_id]
    assert (chosen == []) is (how.function == "expression")
    assert all(each.answer == outcome.answer for each in chosen)
    if outcome.tally:
        assert sum(outcome.tally.values()) == pytest.approx(sum(outcome.weights.values()))
        assert outcome.tally[chosen[0].key] == max(outcome.tally.values())


@given(how=folds(), responses=response_sets())
def test_an_outcome_survives_its_state_record(how: Fold, responses: list[Response]) -> None:
    """What a state record keeps of a fold is all of it."""
    outcome = outcome_or_error(how, responses)
    if isinstance(outcome, FoldOutcome):
        assert FoldOutcome.from_value(outcome.to_value()) == outcome


def test_equal_sums_are_equal_whatever_they_are_made_of() -> None:
    """0.1 + 0.2 + 0.3 against 0.6: the sums are exact before they are rounded, so the tie-break decides."""
    group = [response(f"a{i}", "x", trust=trust) for i, trust in enumerate((0.1, 0.2, 0.3))]
    rival = response("b", "y", trust=0.6)
    outcome = fold(Fold("consensus"), [*group, rival], EVALUATOR)
    assert outcome.tally == {'"y"': 0.6, '"x"': 0.6}
    assert outcome.answer == "y"


@pytest.mark.parametrize(
    ("tie_break", "winner"),
    [
        ("highest_trust", "m"),
        ("highest_confidence", "n"),
        ("most_recent", "z"),
        ("lexicographic", "a"),
    ],
)
def test_ties_between_groups_are_broken_as_asked(tie_break: str, winner: str) -> None:
    """Four groups of equal weight: highest trust, highest confidence, latest clock, or smallest text wins."""
    responses = [
        response("1", "z", clock=9, trust=0.5, confidence=0.1),
        response("2", "n", clock=2, trust=0.5, confidence=0.9),
        response("3", "a", clock=3, trust=0.5, confidence=0.1),
        response("4", "m", clock=4, trust=0.6, confidence=0.1),
    ]
    how = Fold("consensus", weight_expression="1", tie_break=tie_break)
    assert fold(how, responses, EVALUATOR).answer == winner


def test_a_tie_that_stays_goes_to_the_smaller_text() -> None:
    """Where the tie-break sees no difference either, the canonical JSON of the answers decides."""
    outcome = fold(Fold("consensus"), [response("1", "b"), response("2", "a")], EVALUATOR)
    assert outcome.answer == "a"


def test_the_chosen_one_is_the_most_trusted_of_its_group() -> None:
    """Within the winning group trust decides, then canonical order."""
    responses = [
        response("1", "x", clock=1, trust=0.4),
        response("2", "x", clock=3, trust=0.6),
        response("3", "x", clock=2, trust=0.6),
    ]
    assert fold(Fold("consensus"), responses, EVALUATOR).chosen_response_id == "3"


def test_best_of_breaks_ties_by_arrival_first() -> None:
    """Equal trust: the earlier clock wins; at one clock, the tie-break; then the id."""
    assert _best(response("1", "x", clock=2), response("2", "y", clock=1)) == "2"
    sure = response("2", "y", confidence=0.9)
    assert _best(response("1", "x", confidence=0.1), sure, tie_break="highest_confidence") == "2"
    assert _best(response("2", "x"), response("1", "y")) == "1"
    late = response("2", "y", clock=2, confidence=0.9)
    assert _best(response("1", "x", confidence=0.1), late, tie_break="highest_confidence") == "1"


def _best(*responses: Response, tie_break: str = "highest_trust") -> str | None:
    return fold(Fold("best_of", tie_break=tie_break), responses, EVALUATOR).chosen_response_id


def test_the_ensemble_can_silence_a_response() -> None:
    """A negative weight counts as zero there, and never takes weight from others."""
    how = Fold("ensemble_weighted", weight_expression="response.body.w")
    responses = [response("1", "x", w=-5), response("2", "x", w=1), response("3", "y", w=2)]
    outcome = fold(how, responses, EVALUATOR)
    assert outcome.tally == {'"y"': 2.0, '"x"': 1.0}


def test_the_ensemble_weighs_by_trust_alone_by_default() -> None:
    """Without a weight of its own it takes the trust, and not its product with recency."""
    stale = Response("1", 1, "did:1", 0.9, {"answer": "x"}, recency=0.1)
    assert fold(Fold("ensemble_weighted"), [stale, response("2", "y")], EVALUATOR).answer == "x"
    assert fold(Fold("consensus"), [stale, response("2", "y")], EVALUATOR).answer == "y"


@pytest.mark.parametrize("expression", ["'heavy'", "null", "true", "1e999", "response.body.missing"])
def test_a_weight_that_is_no_number_fails_the_fold(expression: str) -> None:
    """Text, null, truth, infinity and a missing member are no weights; the failure names the expression."""
    with pytest.raises(FoldFailed) as caught:
        fold(Fold("consensus", weight_expression=expression), [response("1", "x")], EVALUATOR)
    assert caught.value.details["expression"] == expression


def test_huge_weights_stay_numbers() -> None:
    """Two weights whose sum no float can hold still have an order."""
    how = Fold("consensus", weight_expression="response.body.w")
    responses = [response("1", "x", w=1.7e308), response("2", "x", w=1.7e308), response("3", "y", w=1.0)]
    assert fold(how, responses, EVALUATOR).answer == "x"


def test_a_waterfall_asks_for_truth() -> None:
    """An acceptance that is neither true nor false fails the fold."""
    with pytest.raises(FoldFailed):
        fold(Fold("waterfall_first", expression="1"), [response("1", "x")], EVALUATOR)


def test_an_expression_must_give_a_json_value() -> None:
    """A fold whose value is not JSON fails, and is not committed in part."""
    evaluator = PythonEvaluator({"odd": lambda _: {1, 2}})
    with pytest.raises(FoldFailed):
        fold(Fold("expression", expression="odd"), [response("1", "x")], evaluator)


@pytest.mark.parametrize(("trusts", "cold"), [((0.0, 0.049), True), ((0.0, 0.05), False)])
def test_a_cold_start_is_told(trusts: tuple[float, float], cold: bool) -> None:
    """Only where everybody is under the floor does the outcome warn."""
    responses = [response(str(i), "x", trust=trust) for i, trust in enumerate(trusts)]
    for function in ("consensus", "best_of", "waterfall_first", "ensemble_weighted"):
        assert fold(Fold(function), responses, EVALUATOR).cold_start_warning is cold


def test_what_describes_an_answer_is_no_part_of_it() -> None:
    """Two bodies that differ in confidence, rationale, cost and underscored members agree."""
    one = {"kind": "k", "verdict": "ok", "confidence": 0.9, "_rationale": "r", "cost_usd": 1}
    other = {"kind": "k", "verdict": "ok", "confidence": 0.1, "fulfills": "x"}
    assert answer_of(one) == answer_of(other) == {"verdict": "ok"}
    assert answer_of({"answer": None, "verdict": "ok"}) is None


def test_an_empty_set_has_no_answer() -> None:
    """No responses never meet a quorum, whatever the quorum says."""
    with pytest.raises(QuorumNotMet):
        fold(Fold("consensus", min_quorum=0), [], EVALUATOR)

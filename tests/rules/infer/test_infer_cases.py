"""Every given case of inference that the rules answer, run one by one."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.errors import InferFailed
from syncropel.rules.infer.dial import ceiling_from_trust, zone
from syncropel.rules.infer.folds import Fold, QuorumNotMet, fold
from syncropel.rules.infer.outcome import TrustSummary, find_outcome
from syncropel.rules.infer.relevance import score
from syncropel.rules.infer.request import build_input, build_query_body
from syncropel.rules.infer.responses import Response
from syncropel.rules.infer.trust import decay_weight, wilson_lower_bound
from tests.support.cases import case_id, load_cases

from .evaluating import PythonEvaluator, median

OF_THE_CLIENT = {"infer-023", "infer-025", "infer-026"}
"""Run where a client is: tests/clients."""

FOLDS = {
    "consensus weight=response.trust": Fold("consensus", weight_expression="response.trust"),
    "trust floor": Fold("consensus"),
    "best_of": Fold("best_of"),
    "waterfall_first accepts in canonical order": Fold("waterfall_first"),
    "expression median": Fold("expression"),
    "quorum": Fold("consensus"),
}


def cases(area: str) -> Any:
    """Parametrise a test over the cases of an area that are run here."""
    here = [case for case in load_cases(area) if case["id"] not in OF_THE_CLIENT]
    return pytest.mark.parametrize("case", here, ids=case_id)


def test_what_is_not_run_here_is_a_case() -> None:
    """The list of exceptions holds no case that does not exist any more."""
    assert {case["id"] for case in load_cases("infer")} >= OF_THE_CLIENT


@cases("dial")
def test_dial(case: dict[str, Any]) -> None:
    """Zones begin at the exact fractions, and trust sets the ceiling of the case."""
    if case["op"] == "zone":
        assert zone(case["input"]) == case["expect"]
    else:
        assert ceiling_from_trust(case["input"]) == pytest.approx(case["expect"], abs=1e-4)


@cases("relevance")
def test_relevance(case: dict[str, Any]) -> None:
    """The score is the weighted sum of the case, with the floor under trust."""
    assert score(**case["input"]) == pytest.approx(case["expect"], abs=1e-12)


@cases("trust")
def test_trust(case: dict[str, Any]) -> None:
    """The bound and the decay are the numbers of the case."""
    assert _trust(case["op"], case["input"]) == pytest.approx(case["expect"], abs=5e-5)


def _trust(op: str, given: dict[str, Any]) -> float:
    if op == "wilson_lb with (7,10) prior":
        # The older model is not built; its numbers come from the same bound and the same decay.
        return wilson_lower_bound(given["successes"] + 7, given["total"] + 10)
    if op == "older decay toward 0.47, half-life 30d":
        return 0.47 + (given["raw"] - 0.47) * decay_weight(given["days"], half_life=30)
    if op == "newer evidence decay weight, half-life 90d":
        return decay_weight(given["age_days"])
    return wilson_lower_bound(**given)


@cases("fold")
def test_fold(case: dict[str, Any]) -> None:
    """Each fold gives the answer, tally, choice and provenance of the case."""
    given, wanted = case["input"], case["expect"]
    how = FOLDS[case["op"]]
    expression = given.get("expression", given.get("accept"))
    how = Fold(
        how.function, how.weight_expression, min_quorum=given.get("min_quorum", 1), expression=expression
    )
    evaluator = PythonEvaluator({given["expression"]: median} if "expression" in given else None)
    responses = [Response(actor="did:r", **each) for each in given["responses"]]
    if "error" in wanted:
        with pytest.raises(QuorumNotMet):
            fold(how, responses, evaluator)
        return
    outcome = fold(how, responses, evaluator).to_value()
    for name, value in wanted.items():
        found = list(outcome[name]) if name == "provenance" else outcome[name]
        assert found == (pytest.approx(value) if name == "tally" else value)


@cases("infer")
def test_infer(case: dict[str, Any]) -> None:
    """Bodies are built and results are found as the case says."""
    op = case["op"]
    if op == "build_infer_input":
        assert build_input(case["input"]) == case["expect"]["ok"]
    elif op.startswith("build_infer_query_body"):
        _build(case)
    elif op.startswith("find_infer_result"):
        result = find_outcome(case["input"]["records"], case["input"]["correlation_id"])
        assert result is not None
        assert not isinstance(result, InferFailed)
        for name, value in case["expect"].items():
            assert getattr(result, name) == value
            assert result[name] == value
    else:
        assert op == "TrustSummary()['mean']"
        # Recommended against what was observed: both ways of access work.
        summary = TrustSummary.from_value({"mean": 0.5})
        assert summary["mean"] == summary.mean == 0.5


def _build(case: dict[str, Any]) -> None:
    if case["id"] == "infer-004":
        # Ours differs: the contract's schema is the judge, and a null shape is refused before it is sent.
        with pytest.raises(ValueError, match=r"\$\.answer_shape"):
            build_query_body(case["input"])
    elif "raises" in case["expect"]:
        with pytest.raises(ValueError, match=r"^\$\."):
            build_query_body(case["input"])
    else:
        assert build_query_body(case["input"]) == case["expect"]["ok"]

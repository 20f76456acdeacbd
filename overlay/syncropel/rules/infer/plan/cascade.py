"""`waterfall` and `escalate`: stages in order, each with its own responders, until one is accepted."""

from __future__ import annotations

from ..expressions import ExpressionError, truth
from ..folds import FoldOutcome
from ..responses import Response
from .commit import commit
from .conditions import fold_names
from .rounds import Round
from .settle import folded
from .single import play
from .situation import Situation, expression_problem
from .steps import Decision, Problem

_FINAL = frozenset({"cost_budget_exceeded", "invalid_query"})
"""Failures of one stage that end the whole: the next stage could only cost more, or fail alike."""


def waterfall(situation: Situation) -> Decision:
    """Stages until one is accepted; where none is, the last stage's fold stands."""
    return _cascade(situation)


def escalate(situation: Situation) -> Decision:
    """Tiers of rising authority until one need not go up; the last tier's fold stands.

    When time runs out the inference fails: a lower tier's answer never passes for the higher one's.
    """
    return _cascade(situation)


def _cascade(situation: Situation) -> Decision:
    stages = situation.query.orchestration.stages
    stage = situation.first_open_stage(len(stages))
    last = stage + 1 == len(stages)
    wanted = Round(stage, stages[stage], situation.query.fold.min_quorum, brief=not last)
    result = play(situation, wanted)
    if isinstance(result, Decision):
        return result
    if isinstance(result, Problem):
        return _failed(situation, stage, result, last)
    outcome = folded(situation, situation.query.fold, result)
    if isinstance(outcome, Problem):
        return _failed(situation, stage, outcome, last)
    return _judge(situation, stage, outcome, result, last)


def _failed(situation: Situation, stage: int, problem: Problem, last: bool) -> Decision:
    late = problem.code == "latency_timeout" and situation.now >= situation.deadline
    if last or late or problem.code in _FINAL:
        return situation.fail(problem)
    return _remember(situation, stage, code=problem.code, message=problem.message, fold=None)


def _judge(
    situation: Situation, stage: int, outcome: FoldOutcome, responses: list[Response], last: bool
) -> Decision:
    try:
        accepted = _accepted(situation, stage, outcome, responses)
    except ExpressionError as error:
        return situation.fail(expression_problem("fold_failed", error))
    if accepted or last:
        pattern = situation.query.orchestration.pattern
        course = {"pattern": pattern, "stage": stage, "accepted": accepted}
        return commit(situation, outcome, responses, orchestration=course)
    return _remember(situation, stage, fold=outcome.to_value(), expression_result=accepted)


def _accepted(situation: Situation, stage: int, outcome: FoldOutcome, responses: list[Response]) -> bool:
    orchestration = situation.query.orchestration
    if orchestration.condition is None:
        return outcome.answer is not None
    holds = truth(situation.evaluator, orchestration.condition, fold_names(outcome, responses, stage + 1))
    return holds if orchestration.pattern == "waterfall" else not holds


def _remember(situation: Situation, stage: int, **known: object) -> Decision:
    pattern = situation.query.orchestration.pattern
    if pattern == "escalate":
        known["tier"] = stage
    return situation.remember(pattern, stage, accepted=False, **known)

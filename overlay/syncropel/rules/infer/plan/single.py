"""`single_shot` and `retry_on_low_confidence`: one parallel round, once or again while confidence is low."""

from __future__ import annotations

from ..expressions import ExpressionError, truth
from ..folds import FoldOutcome
from ..responses import Response
from .commit import commit
from .conditions import fold_names
from .rounds import Round, dispatch, present_calls
from .settle import Waiting, folded, settle
from .situation import Situation, expression_problem
from .steps import Decision, Problem


def play(situation: Situation, wanted: Round) -> Decision | Problem | list[Response]:
    """Carry a round as far as it goes now: its calls or its waiting, its failure, or its responses."""
    calls = dispatch(situation, wanted)
    if isinstance(calls, (Decision, Problem)):
        return calls
    if calls:
        return Decision(calls)
    result = settle(situation, present_calls(situation, wanted), wanted.quorum)
    return Decision(wake_at=result.until) if isinstance(result, Waiting) else result


def single_shot(situation: Situation) -> Decision:
    """One round, fold, commit."""
    query = situation.query
    result = play(situation, Round(0, query.orchestration.stages[0], query.fold.min_quorum))
    if isinstance(result, Decision):
        return result
    if isinstance(result, Problem):
        return situation.fail(result)
    outcome = folded(situation, query.fold, result)
    return situation.fail(outcome) if isinstance(outcome, Problem) else commit(situation, outcome, result)


def retry(situation: Situation) -> Decision:
    """Rounds until the threshold expression is false or the attempts are used up; the last fold stands."""
    orchestration = situation.query.orchestration
    attempt = situation.first_open_stage(orchestration.max_attempts)
    dial = orchestration.retry_dial if attempt else None
    wanted = Round(attempt, orchestration.stages[0], situation.query.fold.min_quorum, dial=dial)
    result = play(situation, wanted)
    if isinstance(result, Decision):
        return result
    if isinstance(result, Problem):
        return situation.fail(result)
    outcome = folded(situation, situation.query.fold, result)
    if isinstance(outcome, Problem):
        return situation.fail(outcome)
    return _judge(situation, attempt, outcome, result)


def _judge(situation: Situation, attempt: int, outcome: FoldOutcome, responses: list[Response]) -> Decision:
    orchestration = situation.query.orchestration
    names = fold_names(outcome, responses, attempt + 1)
    try:
        again = (
            outcome.answer is None
            if orchestration.condition is None
            else truth(situation.evaluator, orchestration.condition, names)
        )
    except ExpressionError as error:
        return situation.fail(expression_problem("fold_failed", error))
    if again and attempt + 1 < orchestration.max_attempts:
        return situation.remember(
            "retry",
            attempt,
            attempt=attempt + 1,
            fold=outcome.to_value(),
            expression_result=True,
            accepted=False,
        )
    course = {"pattern": orchestration.pattern, "attempts": attempt + 1, "accepted": not again}
    return commit(situation, outcome, responses, orchestration=course)

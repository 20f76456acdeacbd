"""`ensemble_with_audit`: a round, a fold, and one auditor who judges the folded answer."""

from __future__ import annotations

from typing import Any

from ..expressions import ExpressionError, truth
from ..folds import FoldOutcome
from ..query import AnswerShape
from ..responses import Response
from .commit import commit
from .conditions import approves, audit_view, fold_names, rationale_of
from .rounds import Round
from .settle import folded
from .single import play
from .situation import Situation, expression_problem
from .steps import Decision, Problem

AUDIT_SHAPE = AnswerShape("infer.audit.v1", ("body.approved",))
"""What an auditor is asked for: `approved` (true or false), and a `rationale`."""

_ANSWERS, _AUDIT = 0, 1


def audited(situation: Situation) -> Decision:
    """Fan out, fold, have it audited; a rejected answer is committed too, and says so."""
    state = situation.progress.states.get(_ANSWERS)
    if state is None:
        return _answers(situation)
    outcome = FoldOutcome.from_value(state["fold"])
    result = play(situation, _audit_round(situation, outcome))
    if isinstance(result, Decision):
        return result
    if isinstance(result, Problem):
        return situation.fail(result)
    return _conclude(situation, outcome, result[0])


def _answers(situation: Situation) -> Decision:
    query = situation.query
    result = play(situation, Round(_ANSWERS, query.orchestration.stages[0], query.fold.min_quorum))
    if isinstance(result, Decision):
        return result
    if isinstance(result, Problem):
        return situation.fail(result)
    outcome = folded(situation, query.fold, result)
    if isinstance(outcome, Problem):
        return situation.fail(outcome)
    return situation.remember("audit", _ANSWERS, fold=outcome.to_value())


def _audit_round(situation: Situation, outcome: FoldOutcome) -> Round:
    auditor = situation.query.orchestration.auditor
    answered = frozenset(call.did for call in situation.progress.stage(_ANSWERS))
    return Round(
        _AUDIT,
        () if auditor is None else (auditor,),
        1,
        top_k=1,
        role="auditor",
        without=answered,
        input={"question": situation.question.value, "answer": outcome.answer},
        shape=AUDIT_SHAPE,
    )


def _conclude(situation: Situation, outcome: FoldOutcome, verdict: Response) -> Decision:
    responses = [each for each in situation.progress.responses() if each.id in outcome.provenance]
    condition = situation.query.orchestration.condition
    try:
        approved = approves(verdict.body)
        if condition is not None:
            names = fold_names(outcome, responses, 1)
            approved = truth(
                situation.evaluator,
                condition,
                {"audit": audit_view(verdict), "fold": names["fold"], "answer": outcome.answer},
            )
    except ExpressionError as error:
        return situation.fail(expression_problem("fold_failed", error))
    return commit(situation, outcome, responses, audit=_audit_body(situation, verdict, approved))


def _audit_body(situation: Situation, verdict: Response, approved: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "auditor": verdict.actor,
        "approved": approved,
        "audit_record_id": verdict.id,
        "rationale": rationale_of(verdict.body),
        "timestamp": _time_of(situation, verdict.id),
    }
    return body if approved else {**body, "rejected": True}


def _time_of(situation: Situation, record_id: str) -> float:
    replies = (call.reply for call in situation.progress.calls)
    return next((reply.created_at for reply in replies if reply and reply.record_id == record_id), 0.0)

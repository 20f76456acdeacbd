"""`verify`: a primary and a verifier answer; where they differ, a tiebreaker decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..expressions import ExpressionError
from ..responses import Response
from ..similarity import similarity
from .commit import commit
from .rounds import Round, dispatch, present_calls
from .settle import Waiting, folded, settle, without_quorum
from .single import play
from .situation import Situation, expression_problem
from .steps import Decision, EmitCall, Problem

_PAIR, _TIE = 0, 1


def verify(situation: Situation) -> Decision:
    """Two calls, and a third only when it is needed."""
    state = situation.progress.states.get(_PAIR)
    if state is None:
        return _pair(situation)
    if state.get("accepted"):
        return _agreed(situation, state)
    return _tiebreak(situation, state)


def _pair(situation: Situation) -> Decision:
    calls = _pair_calls(situation)
    if isinstance(calls, Decision):
        return calls
    if isinstance(calls, Problem):
        return situation.fail(calls)
    if calls:
        return Decision(calls)
    result = settle(situation, situation.progress.stage(_PAIR), 1)
    if isinstance(result, Waiting):
        return Decision(wake_at=result.until)
    if isinstance(result, Problem):
        return situation.fail(result)
    return _compare(situation, result)


def _pair_calls(situation: Situation) -> tuple[EmitCall, ...] | Decision | Problem:
    orchestration = situation.query.orchestration
    primary = Round(_PAIR, orchestration.stages[0], 1, top_k=1, role="primary")
    first = dispatch(situation, primary)
    if isinstance(first, (Decision, Problem)) or orchestration.verifier is None:
        return first
    called = {call.did for call in present_calls(situation, primary)} | {each.responder_did for each in first}
    pledged = sum(float(each.body["cost_estimate_usd"]) for each in first)
    # A responder that checks itself checks nothing.
    second = dispatch(
        situation,
        Round(
            _PAIR,
            (orchestration.verifier,),
            1,
            top_k=1,
            role="verifier",
            without=frozenset(called),
            pledged_usd=pledged,
        ),
    )
    return second if isinstance(second, (Decision, Problem)) else (*first, *second)


def _compare(situation: Situation, responses: Sequence[Response]) -> Decision:
    by_role = {
        str(call.body.get("role")): response
        for call in situation.progress.stage(_PAIR)
        if (response := call.response()) is not None
    }
    known: dict[str, Any] = {"responses": [each.id for each in responses], "accepted": False}
    if len(by_role) == 2:
        alike = similarity(by_role["primary"].answer, by_role["verifier"].answer)
        known["similarity"] = alike
        try:
            known["accepted"] = _agree(situation, alike, by_role)
        except ExpressionError as error:
            return situation.fail(expression_problem("fold_failed", error))
    return situation.remember("verify", _PAIR, **known)


def _agree(situation: Situation, alike: float, by_role: Mapping[str, Response]) -> bool:
    threshold: Any = situation.query.orchestration.agreement_threshold
    if isinstance(threshold, str):
        expression = threshold
        names = {role: response.view() for role, response in by_role.items()}
        threshold = situation.evaluator.evaluate(expression, {"similarity": alike, **names})
        if isinstance(threshold, bool):
            return threshold
        if not isinstance(threshold, (int, float)):
            raise ExpressionError(expression, "an agreement threshold is a number or a truth value")
    return bool(alike >= threshold)


def _agreed(situation: Situation, state: Mapping[str, Any]) -> Decision:
    responses = situation.progress.responses()
    outcome = folded(situation, without_quorum(situation.query.fold), responses)
    if isinstance(outcome, Problem):
        return situation.fail(outcome)
    return commit(situation, outcome, responses, orchestration=_course(state))


def _tiebreak(situation: Situation, state: Mapping[str, Any]) -> Decision:
    tiebreaker = situation.query.orchestration.tiebreaker
    if tiebreaker is None:
        alike = state.get("similarity")
        reason = "differ" if alike is not None else "did not both answer"
        message = f"the primary and the verifier {reason}, and the query names no tiebreaker"
        return situation.fail(Problem("quorum_not_met", message, {"similarity": alike}))
    called = frozenset(call.did for call in situation.progress.stage(_PAIR))
    wanted = Round(_TIE, (tiebreaker,), 1, top_k=1, role="tiebreaker", without=called)
    result = play(situation, wanted)
    if isinstance(result, Decision):
        return result
    if isinstance(result, Problem):
        return situation.fail(result)
    outcome = folded(situation, without_quorum(situation.query.fold), result)
    if isinstance(outcome, Problem):
        return situation.fail(outcome)
    return commit(situation, outcome, result, orchestration={**_course(state), "tiebreaker": result[0].actor})


def _course(state: Mapping[str, Any]) -> dict[str, Any]:
    return {"pattern": "verify", "accepted": state.get("accepted"), "similarity": state.get("similarity")}

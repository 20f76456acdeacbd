"""One round's beginning: who fits, who is relevant, what it may cost, and the CALLs (steps 2 to 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..candidate import DEFAULT_LATENCY_SECS, QUERY_LATENCY_SECS, Candidate
from ..dial import effective, level_allowed
from ..expressions import ExpressionError
from ..query import AnswerShape
from ..relevance import Chosen, Predicate, admitted, select
from ..vocabulary import CALL_KIND
from .approval import approved
from .progress import Call
from .situation import Situation, expression_problem
from .steps import Decision, EmitCall, Problem

_CENT_FRACTION = 1e-9
"""Sums of prices may exceed a cap by this much: 0.1 + 0.2 must fit into 0.3."""


@dataclass(frozen=True)
class Round:
    """What to ask, and whom.

    Attributes:
        stage: The stage, tier or attempt.
        predicates: Who may answer.
        quorum: The fewest valid responses.
        top_k: How many are called; None for the query's `top_k`.
        without: DIDs that are not called again.
        dial: The dial, or None for the query's.
        brief: True when a slow kind of responder must leave time for the stages that follow.
        input: The question, or None for the query's.
        shape: What the answer must look like, or None for the query's.
        role: What its responders are, for those who read the CALL; empty for nothing special.
        pledged_usd: The estimate of calls that are asked for in the same decision.
    """

    stage: int
    predicates: tuple[Predicate, ...]
    quorum: int
    top_k: int | None = None
    without: frozenset[str] = frozenset()
    dial: Any = None
    brief: bool = False
    input: Any = None
    shape: AnswerShape | None = None
    role: str = ""
    pledged_usd: float = 0.0


class _Choice(NamedTuple):
    chosen: list[Chosen]
    dial: float


def dispatch(situation: Situation, wanted: Round) -> tuple[EmitCall, ...] | Decision | Problem:
    """Return the CALLs that a round still lacks: all of them, or none when it is complete, or why not.

    Where a person has to agree first, the decision is to ask, or to wait for the answer.

    The first CALL of a round fixes how many there are, so that a round of which only a part was stored is
    completed and never enlarged.
    """
    present = present_calls(situation, wanted)
    size = present[0].stage_size if present else None
    if size is not None and len(present) >= size:
        return ()
    try:
        choice = _choose(situation, wanted)
    except ExpressionError as error:
        return expression_problem("invalid_query", error)
    if isinstance(choice, Problem):
        # What was called counts, even if nobody else can be called any more.
        return () if present else choice
    chosen = choice.chosen
    if size is None:
        problem = _too_late(situation, wanted) or _over_budget(situation, wanted, chosen)
        if problem is not None:
            return problem
        agreed = approved(
            situation, chosen, stage=wanted.stage, role=wanted.role, quorum=wanted.quorum, dial=choice.dial
        )
        if not isinstance(agreed, list):
            return agreed
        chosen = agreed
        size = len(chosen)
    called = {call.did for call in present}
    missing = [each for each in chosen if each.candidate.did not in called][: size - len(present)]
    return tuple(_call(situation, wanted, each, size, choice.dial) for each in missing)


def present_calls(situation: Situation, wanted: Round) -> tuple[Call, ...]:
    """Return the CALLs of a round that are stored already."""
    calls = situation.progress.stage(wanted.stage)
    return tuple(call for call in calls if call.body.get("role", "") == wanted.role)


def _choose(situation: Situation, wanted: Round) -> _Choice | Problem:
    """Steps 2 and 3, and the part of step 4 that asks who can be called at all."""
    pool = admitted(situation.candidates, wanted.predicates, situation.evaluator)
    dial = effective(
        situation.query.dial if wanted.dial is None else wanted.dial,
        _dial_names(situation, pool, wanted),
        situation.evaluator,
    )
    fit = [each for each in pool if _fits(situation, wanted, each.candidate, dial)]
    if not fit:
        return Problem(
            "no_candidates",
            f"none of {len(situation.candidates)} registered responders fits",
            {"stage": wanted.stage, "registered": len(situation.candidates), "admitted": len(pool)},
        )
    relevance = situation.query.relevance
    if wanted.top_k is not None:
        relevance = replace(relevance, top_k=wanted.top_k)
    best = select(fit, relevance)
    if len(best) < max(wanted.quorum, 1):
        scores = {each.candidate.did: each.score for each in fit}
        return Problem(
            "no_relevant_candidates",
            f"{len(best)} of {len(fit)} candidates are chosen, and {wanted.quorum} are needed",
            {"stage": wanted.stage, "threshold": relevance.threshold, "scores": scores},
        )
    ready = [each for each in best if each.candidate.available]
    if len(ready) < max(wanted.quorum, 1):
        away = sorted(each.candidate.did for each in best if not each.candidate.available)
        return Problem(
            "responder_unavailable",
            f"{len(ready)} of the chosen responders can be called now, and {wanted.quorum} are needed",
            {"stage": wanted.stage, "unavailable": away},
        )
    return _Choice(ready, dial)


def _dial_names(situation: Situation, pool: Sequence[Chosen], wanted: Round) -> dict[str, Any]:
    levels = sorted(each.candidate.match_level for each in pool if each.candidate.match_level is not None)
    return {
        "input": situation.question.value,
        "metadata": dict(situation.query.metadata),
        "candidates": [each.candidate.view() for each in pool],
        "trust": max([0.0, *(each.trust for each in pool)]),
        "match_level": levels[0] if levels else "",
        "attempt": wanted.stage + 1,
    }


def _fits(situation: Situation, wanted: Round, candidate: Candidate, dial: float) -> bool:
    if candidate.did in wanted.without:
        return False
    if candidate.delay_s > candidate.latency_secs(situation.allowed_secs) / 2:
        return False
    return candidate.match_level is None or level_allowed(candidate.match_level, dial)


def _too_late(situation: Situation, wanted: Round) -> Problem | None:
    if situation.now < situation.deadline:
        return None
    stage = wanted.stage
    return Problem("latency_timeout", f"the deadline passed before stage {stage} began", {"stage": stage})


def _over_budget(situation: Situation, wanted: Round, chosen: Sequence[Chosen]) -> Problem | None:
    """Step 4: what was spent, what is under way and what the round will cost must fit under the cap."""
    cap = situation.cap_usd
    estimate = math.fsum(each.candidate.cost_estimate_usd for each in chosen)
    spent = situation.progress.spent_usd() + situation.progress.pending_usd() + wanted.pledged_usd
    if cap is None or spent + estimate <= cap + _CENT_FRACTION:
        return None
    return Problem(
        "cost_budget_exceeded",
        f"the next calls are expected to cost {estimate:g} USD on top of {spent:g}; the cap is {cap:g}",
        {"max_cost_usd": cap, "spent_usd": spent, "estimate_usd": estimate},
    )


def _call(situation: Situation, wanted: Round, chosen: Chosen, size: int, dial: float) -> EmitCall:
    candidate = chosen.candidate
    shape = situation.query.answer_shape if wanted.shape is None else wanted.shape
    body = {
        "kind": CALL_KIND,
        "correlation_id": situation.progress.query_id,
        "responder_did": candidate.did,
        "responder_kind": candidate.kind,
        "input": situation.question.value if wanted.input is None else wanted.input,
        "answer_shape": shape.to_value(),
        "cost_estimate_usd": candidate.cost_estimate_usd,
        "deadline_ms": round(_deadline(situation, wanted, candidate) * 1000),
        "started_ms": round(situation.progress.started_at(situation.now) * 1000),
        "stage": wanted.stage,
        "stage_size": size,
        "dial": dial,
        "trust_at_dispatch": chosen.trust,
        "recency": candidate.recency,
        "pattern_confidence": candidate.pattern_confidence,
        "relevance": chosen.score,
    }
    optional = {"model": candidate.model, "role": wanted.role, "match_level": candidate.match_level}
    body.update({name: value for name, value in optional.items() if value})
    if not situation.query.side_effects.idempotent:
        body["idempotent"] = False
    return EmitCall("CALL", body, (situation.progress.query_id,))


def _deadline(situation: Situation, wanted: Round, candidate: Candidate) -> float:
    """Return when nobody waits for the call any more: at the query's deadline, or sooner for its kind."""
    progress = situation.progress
    allowed = candidate.latency_secs(situation.allowed_secs)
    latest = max(progress.deadline(allowed, situation.now), progress.deadline(None, situation.now))
    if situation.allowed_secs is not None:
        latest = situation.deadline
        if not wanted.brief:
            return latest
    return min(latest, situation.now + DEFAULT_LATENCY_SECS.get(candidate.kind, QUERY_LATENCY_SECS))

"""What the patterns' own expressions see, and what holds where a query has none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...canonical import canonical_json
from ..folds import FoldOutcome
from ..responses import Response, answer_of, confidence_of

CONDITION_NAMES = frozenset({"fold", "answer", "confidence", "attempt"})
"""The variables of `accept_expression`, `threshold_expression` and `escalation_expression`."""

AUDIT_NAMES = frozenset({"audit", "fold", "answer"})
"""The variables of `audit_expression`."""

AGREEMENT_NAMES = frozenset({"similarity", "primary", "verifier"})
"""The variables of an `agreement_threshold` that is an expression."""

_APPROVING = ("accept", "accepted", "approve", "approved", "yes", "true", "ok")


def fold_names(outcome: FoldOutcome, responses: Sequence[Response], attempt: int) -> dict[str, Any]:
    """Return a value for each of `CONDITION_NAMES`.

    `fold.agreement` is the winner's share: of the tally's weight where there is a tally, else of the number
    of responses. `fold.confidence` is what the chosen response states, or the mean of what the others state,
    or the agreement.
    """
    agreement = _agreement(outcome, responses)
    confidence = _confidence(outcome, responses, agreement)
    trusts = [each.trust for each in responses]
    view = {
        **outcome.to_value(),
        "confidence": confidence,
        "agreement": agreement,
        "trust": math.fsum(trusts) / len(trusts) if trusts else 0.0,
        "n_responses": len(responses),
        "cost_usd": math.fsum(each.cost_usd for each in responses),
    }
    return {"fold": view, "answer": outcome.answer, "confidence": confidence, "attempt": attempt}


def _agreement(outcome: FoldOutcome, responses: Sequence[Response]) -> float:
    total = math.fsum(outcome.tally.values())
    if total > 0:
        return outcome.tally.get(canonical_json(outcome.answer), 0.0) / total
    if not responses:
        return 0.0
    key = canonical_json(outcome.answer)
    return sum(each.key == key for each in responses) / len(responses)


def _confidence(outcome: FoldOutcome, responses: Sequence[Response], agreement: float) -> float:
    chosen = [each for each in responses if each.id == outcome.chosen_response_id]
    for group in (chosen, responses):
        stated = [value for each in group if not math.isnan(value := confidence_of(each.body, math.nan))]
        if stated:
            return math.fsum(stated) / len(stated)
    return agreement


def audit_view(response: Response) -> dict[str, Any]:
    """Return what an expression sees as `audit`."""
    return {
        **response.view(),
        "auditor": response.actor,
        "approved": approves(response.body),
        "rationale": rationale_of(response.body),
    }


def approves(body: Mapping[str, Any]) -> bool:
    """Tell whether an auditor's body approves, in the forms that people and models use.

    `approved: true`, `verdict: "accept"`, the same inside `answer`, or an `answer` that is true or a word
    such as "approved". Anything else does not approve.
    """
    answer = answer_of(body)
    for holder in (body, answer):
        if isinstance(holder, Mapping):
            for name in ("approved", "verdict"):
                if name in holder:
                    return _approving(holder[name])
    return _approving(answer)


def _approving(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().strip(".!").casefold() in _APPROVING
    return value is True


def rationale_of(body: Mapping[str, Any]) -> str:
    """Return the reason that an auditor gives; empty when there is none."""
    answer = body.get("answer")
    for holder in (body, answer):
        if isinstance(holder, Mapping):
            for name in ("rationale", "_rationale", "reason"):
                if isinstance(holder.get(name), str):
                    return str(holder[name])
    return ""

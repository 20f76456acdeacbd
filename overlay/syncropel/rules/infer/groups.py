"""Weighing responses and finding the heaviest group of equal answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .expressions import Evaluator, number
from .responses import Response, confidence_of

DEFAULT_WEIGHT = {
    "consensus": "trust * recency * pattern_confidence",
    "ensemble_weighted": "response.trust",
}
"""The weight of a response when a fold has no `weight_expression`."""

WEIGHT_NAMES = frozenset({"response", "trust", "recency", "pattern_confidence", "confidence"})
"""The variables of a weight expression."""

_MAX_WEIGHT = 1e100
"""No weight is higher, so that every sum is a number."""


@dataclass(frozen=True)
class Vote:
    """The result of a weighing.

    Attributes:
        chosen: The response of highest trust in the heaviest group.
        tally: Weight of each group by the canonical JSON of its answer, heaviest first.
        weights: Weight of each response by its id.
    """

    chosen: Response
    tally: dict[str, float]
    weights: dict[str, float]


def heaviest(
    ordered: Sequence[Response], expression: str, tie_break: str, floor: float, evaluator: Evaluator
) -> Vote:
    """Weigh the responses, group them by answer and find the heaviest group.

    Args:
        ordered: The responses in canonical order, at least one.
        expression: The weight of a response.
        tie_break: What decides between groups of equal weight.
        floor: No weight is lower.
        evaluator: Evaluates the expression.

    Raises:
        ExpressionError: The expression has no finite number for a response.
    """
    weights = {
        each.id: min(max(_weight(each, expression, evaluator), floor), _MAX_WEIGHT) for each in ordered
    }
    groups: dict[str, list[Response]] = {}
    for response in ordered:
        groups.setdefault(response.key, []).append(response)
    # fsum rounds once, from the exact sum, so the order of the members cannot decide between groups.
    sums = {key: math.fsum(weights[each.id] for each in members) for key, members in groups.items()}

    def rank(key: str) -> tuple[Any, ...]:
        return (-sums[key], -_tie(groups[key], tie_break), key)

    ranked = sorted(groups, key=rank)
    # min keeps the first of equals: canonical order decides between members of equal trust.
    chosen = min(groups[ranked[0]], key=lambda each: -each.trust)
    return Vote(chosen, {key: sums[key] for key in ranked}, weights)


def _weight(response: Response, expression: str, evaluator: Evaluator) -> float:
    if expression == DEFAULT_WEIGHT["consensus"]:
        return response.trust * response.recency * response.pattern_confidence
    if expression == DEFAULT_WEIGHT["ensemble_weighted"]:
        return response.trust
    view = response.view()
    return number(evaluator, expression, {"response": view, **{name: view[name] for name in _BARE}})


_BARE = sorted(WEIGHT_NAMES - {"response"})


def _tie(members: Sequence[Response], tie_break: str) -> float:
    if tie_break == "highest_confidence":
        return max(confidence_of(each.body, 0.0) for each in members)
    if tie_break == "most_recent":
        return max(each.clock for each in members)
    if tie_break == "lexicographic":
        return 0
    return max(each.trust for each in members)

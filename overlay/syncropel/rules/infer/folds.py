"""The five folds: from several responses to one answer, whatever the order in which they arrived.

Every fold begins by sorting the responses by (`clock`, `id`), and every sum is exact before it is rounded
once, so a fold is a function of the set of responses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import SyncropelError, UsageError
from .. import limits
from ..canonical import canonical_json
from ..plain import plain_copy
from .expressions import Evaluator, ExpressionError, truth
from .groups import DEFAULT_WEIGHT, heaviest
from .relevance import TRUST_FLOOR
from .responses import Response, canonical_order, confidence_of

__all__ = ["Fold", "FoldFailed", "FoldOutcome", "QuorumNotMet", "fold"]


class FoldFailed(SyncropelError):
    """A fold has no answer: an expression without a value, or no response that is acceptable.

    Attributes:
        details: What is known: the expression, the position of the fault in it.
    """

    def __init__(self, message: str, **details: Any) -> None:
        self.details = details
        super().__init__(message)


class QuorumNotMet(SyncropelError):
    """Fewer valid responses than the fold needs."""

    def __init__(self, valid: int, needed: int) -> None:
        self.valid = valid
        self.needed = needed
        super().__init__(f"{valid} valid responses, and the fold needs {needed}")


@dataclass(frozen=True)
class Fold:
    """How several answers become one.

    Attributes:
        function: `consensus`, `best_of`, `waterfall_first`, `ensemble_weighted` or `expression`.
        weight_expression: The weight of a response; None for the function's default
            (`trust * recency * pattern_confidence` for consensus, `response.trust` for the ensemble).
        tie_break: `highest_trust`, `highest_confidence`, `most_recent` or `lexicographic`.
        min_quorum: The fewest valid responses.
        expression: The value of an `expression` fold, or what `waterfall_first` accepts.
    """

    function: str
    weight_expression: str | None = None
    tie_break: str = "highest_trust"
    min_quorum: int = 1
    expression: str | None = None
    accept_expression: str | None = None

    @property
    def acceptance(self) -> str | None:
        """The condition of `waterfall_first`, under either of its two names."""
        return self.expression if self.expression is not None else self.accept_expression


@dataclass(frozen=True)
class FoldOutcome:
    """What a fold gives.

    Attributes:
        answer: The answer.
        chosen_response_id: The response whose body stands for the answer, or None when none does.
        provenance: The ids of all responses folded, in canonical order.
        tally: Weight by canonical JSON of the answer; empty where nothing is counted.
        weights: Weight by response id.
        cold_start_warning: True when every response's trust is under the floor.
    """

    answer: Any
    chosen_response_id: str | None
    provenance: tuple[str, ...]
    tally: dict[str, float] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    cold_start_warning: bool = False

    def to_value(self) -> dict[str, Any]:
        """Return it as the JSON object that a state record keeps."""
        return {
            "answer": self.answer,
            "chosen_response_id": self.chosen_response_id,
            "provenance": list(self.provenance),
            "tally": self.tally,
            "weights": self.weights,
            "cold_start_warning": self.cold_start_warning,
        }

    @staticmethod
    def from_value(value: Any) -> FoldOutcome:
        """Rebuild an outcome that `to_value` wrote."""
        # A stored 1.0 comes back as 1; expressions tell integers from fractions.
        sums = {
            name: {key: float(each) for key, each in value[name].items()} for name in ("tally", "weights")
        }
        return FoldOutcome(**{**value, **sums, "provenance": tuple(value["provenance"])})


def fold(how: Fold, responses: Iterable[Response], evaluator: Evaluator) -> FoldOutcome:
    """Fold responses into one answer.

    Raises:
        QuorumNotMet: There are fewer responses than `min_quorum`.
        FoldFailed: An expression has no usable value, or no response is acceptable.
    """
    ordered = canonical_order(responses)
    if len(ordered) < max(how.min_quorum, 1):
        raise QuorumNotMet(len(ordered), max(how.min_quorum, 1))
    try:
        return _FUNCTIONS[how.function](how, ordered, evaluator)
    except ExpressionError as error:
        raise FoldFailed(str(error), expression=error.expression, position=error.position) from error


def _outcome(
    ordered: Sequence[Response],
    chosen: Response,
    weights: dict[str, float],
    tally: dict[str, float] | None = None,
) -> FoldOutcome:
    return FoldOutcome(
        answer=chosen.answer,
        chosen_response_id=chosen.id,
        provenance=tuple(each.id for each in ordered),
        tally=tally or {},
        weights=weights,
        cold_start_warning=_is_cold(ordered),
    )


def _is_cold(ordered: Sequence[Response]) -> bool:
    return all(each.trust < TRUST_FLOOR for each in ordered)


def _consensus(how: Fold, ordered: Sequence[Response], evaluator: Evaluator) -> FoldOutcome:
    return _vote(how, ordered, evaluator, "consensus", TRUST_FLOOR)


def _ensemble(how: Fold, ordered: Sequence[Response], evaluator: Evaluator) -> FoldOutcome:
    # A weight that the asker wrote may silence a response: the floor is zero here.
    return _vote(how, ordered, evaluator, "ensemble_weighted", 0.0)


def _vote(
    how: Fold, ordered: Sequence[Response], evaluator: Evaluator, function: str, floor: float
) -> FoldOutcome:
    expression = how.weight_expression or DEFAULT_WEIGHT[function]
    vote = heaviest(ordered, expression, how.tie_break, floor, evaluator)
    return _outcome(ordered, vote.chosen, vote.weights, vote.tally)


def _best_of(how: Fold, ordered: Sequence[Response], _evaluator: Evaluator) -> FoldOutcome:
    def rank(response: Response) -> tuple[Any, ...]:
        tie = {
            "highest_confidence": -confidence_of(response.body, 0.0),
            "lexicographic": canonical_json(response.answer),
        }.get(how.tie_break, 0)
        return (-response.trust, response.clock, tie, response.id)

    chosen = min(ordered, key=rank)
    return _outcome(ordered, chosen, _alone(ordered, chosen))


def _alone(ordered: Sequence[Response], chosen: Response) -> dict[str, float]:
    return {each.id: float(each is chosen) for each in ordered}


def _waterfall_first(how: Fold, ordered: Sequence[Response], evaluator: Evaluator) -> FoldOutcome:
    for response in ordered:
        if how.acceptance is None:
            accepted = response.answer is not None
        else:
            accepted = truth(evaluator, how.acceptance, {"response": response.view()})
        if accepted:
            return _outcome(ordered, response, _alone(ordered, response))
    raise FoldFailed("no response is acceptable", expression=how.acceptance)


def _expression(how: Fold, ordered: Sequence[Response], evaluator: Evaluator) -> FoldOutcome:
    expression = how.expression or ""
    value = evaluator.evaluate(expression, {"responses": [each.view() for each in ordered], "tally": {}})
    try:
        answer = plain_copy(value, root="answer", max_depth=limits.MAX_JSON_DEPTH // 2)
        canonical_json(answer)
    except UsageError as error:
        raise ExpressionError(expression, str(error)) from error
    return FoldOutcome(
        answer=answer,
        chosen_response_id=None,
        provenance=tuple(each.id for each in ordered),
        weights={each.id: 1.0 for each in ordered},
        cold_start_warning=_is_cold(ordered),
    )


_FUNCTIONS: dict[str, Callable[[Fold, Sequence[Response], Evaluator], FoldOutcome]] = {
    "consensus": _consensus,
    "best_of": _best_of,
    "waterfall_first": _waterfall_first,
    "ensemble_weighted": _ensemble,
    "expression": _expression,
}

"""The dial: between replaying what is known (0) and creating (1)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .expressions import Evaluator, truth

REPLAY_DIAL = 0.1
CREATE_DIAL = 0.9
"""The two values that the conditions of an adaptive dial set."""

DIAL_NAMES = frozenset({"input", "metadata", "candidates", "trust", "match_level", "attempt"})
"""The variables of an adaptive dial's conditions."""

_THIRD, _HALF, _TWO_THIRDS = 1 / 3, 1 / 2, 2 / 3
_ZONES = ("REPLAY", "ADAPT", "EXPLORE", "CREATE")
_CEILINGS = ((Fraction(3, 10), _THIRD), (Fraction(5, 10), _HALF), (Fraction(7, 10), _TWO_THIRDS))


def zone(dial: float) -> str:
    """Return the zone of a dial: REPLAY below 1/3, ADAPT below 1/2, EXPLORE below 2/3, else CREATE."""
    return _ZONES[sum(dial >= start for start in (_THIRD, _HALF, _TWO_THIRDS))]


def ceiling_from_trust(trust: float) -> float:
    """Return the highest dial that a trust allows."""
    # As decimals: a trust that was written 0.3 is 0.3, whatever its binary neighbour is.
    exact = Fraction(str(trust))
    return next((ceiling for limit, ceiling in _CEILINGS if exact < limit), 1.0)


def effective_dial(
    dial: float,
    *,
    trust: float | None = None,
    identity: float = 1.0,
    namespace: float = 1.0,
    budget: float = 1.0,
) -> float:
    """Return a dial under the ceiling of a session: the lowest of four.

    Args:
        dial: The dial asked for.
        trust: The trust of who asks, which sets a ceiling of its own; None for no such ceiling.
        identity: The ceiling of the identity.
        namespace: The ceiling of the namespace.
        budget: The ceiling that the budget sets.
    """
    earned = 1.0 if trust is None else ceiling_from_trust(trust)
    return min(dial, identity, namespace, budget, earned)


def needs_approval(dial: float) -> bool:
    """Tell whether PUT and CALL effects need a human's approval at this dial."""
    return zone(dial) == "CREATE"


def level_allowed(level: str, dial: float) -> bool:
    """Tell whether a match of this level may be used: L0 always, one level more in each higher zone."""
    return int(level[1:]) <= _ZONES.index(zone(dial))


def effective(dial: float | Mapping[str, Any], names: Mapping[str, Any], evaluator: Evaluator) -> float:
    """Return the value of a fixed or an adaptive dial.

    Args:
        dial: A number, or the members `replay_if`, `create_if` and `else`.
        names: A value for each of `DIAL_NAMES`.
        evaluator: Evaluates the conditions.

    Raises:
        ExpressionError: A condition has no truth value.
    """
    if isinstance(dial, (int, float)):
        return float(dial)
    if truth(evaluator, dial["replay_if"], names):
        return REPLAY_DIAL
    if truth(evaluator, dial["create_if"], names):
        return CREATE_DIAL
    return float(dial["else"])

"""What the rules of inference need from an expression language, and how it says no.

The language is CEL; its library lives in the kernel, behind `Evaluator`, so that these rules stay pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from ...errors import UsageError


class ExpressionError(UsageError):
    """An expression cannot be understood or has no value.

    Attributes:
        expression: The text.
        position: Where in the text the fault is, counted from 0, or None when that is not known.
        reason: What is wrong, for people.
    """

    def __init__(self, expression: str, reason: str, position: int | None = None) -> None:
        self.expression = expression
        self.reason = reason
        self.position = position
        place = "" if position is None else f" at position {position}"
        super().__init__(f"the expression {expression!r} fails{place}: {reason}")


class Evaluator(Protocol):
    """Checks and evaluates expressions; one per kernel, safe to share."""

    def check(self, expression: str, names: frozenset[str]) -> None:
        """Compile an expression without a value for its names.

        Args:
            expression: The text.
            names: The variables that it may use; the functions of the language are always there.

        Raises:
            ExpressionError: It is no expression, or uses a name that is not there.
        """

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Return the value of an expression as a plain JSON value.

        Args:
            expression: The text.
            variables: A plain JSON value for each name.

        Raises:
            ExpressionError: It has no value: a type that does not fit, a missing member, too much time.
        """


def truth(evaluator: Evaluator, expression: str, variables: Mapping[str, Any]) -> bool:
    """Return the value of a condition.

    Raises:
        ExpressionError: The expression has no value, or one that is neither true nor false.
    """
    value = evaluator.evaluate(expression, variables)
    if isinstance(value, bool):
        return value
    raise ExpressionError(expression, f"a condition is true or false, not {type(value).__name__}")


def number(evaluator: Evaluator, expression: str, variables: Mapping[str, Any]) -> float:
    """Return the value of a numeric expression.

    Raises:
        ExpressionError: The expression has no value, or one that is not a finite number.
    """
    value = evaluator.evaluate(expression, variables)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < float("inf"):
        return float(value)
    raise ExpressionError(expression, f"a weight is a finite number, not {value!r:.60}")

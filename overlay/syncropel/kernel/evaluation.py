"""The evaluator of an executor: CEL where its library is installed, a clear failure where it is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import MissingExtraError
from ..rules.infer.expressions import ExpressionError
from .expressions import CelEvaluator


class QueryEvaluator:
    """Evaluates the expressions of queries.

    The library is an optional package, and a query without expressions needs none. Where it is not installed
    every expression fails as a fault of its query, with the line that installs it, and the daemon goes on.

    Args:
        now: The clock behind `now()`, unix seconds.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._cel = CelEvaluator(now)

    def check(self, expression: str, names: frozenset[str]) -> None:
        """Compile an expression; see `Evaluator.check`."""
        try:
            self._cel.check(expression, names)
        except MissingExtraError as error:
            raise ExpressionError(expression, str(error)) from error

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Return the value of an expression; see `Evaluator.evaluate`."""
        try:
            return self._cel.evaluate(expression, variables)
        except MissingExtraError as error:
            raise ExpressionError(expression, str(error)) from error

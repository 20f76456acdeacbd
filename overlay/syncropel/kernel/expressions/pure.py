"""The CEL library in pure Python (`cel-python`): slower, runs anywhere, and can be stopped at any node."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ...rules.infer.expressions import ExpressionError
from . import limits
from .functions import Function
from .scan import Scan
from .values import Budget, key_of, plain_leaf


class _TooLong(BaseException):
    """Time is up. Not an Exception, because the library turns those into values that `||` may swallow."""


class PureEngine:
    """Compiles expressions.

    Raises:
        ImportError: The library is not installed.
    """

    def __init__(self, functions: Mapping[str, Function]) -> None:
        import celpy
        import celpy.evaluation

        self._celpy = celpy
        self._environment = celpy.Environment()
        self._functions = {name: self._wrapped(each) for name, each in functions.items()}
        self._evaluator = _stoppable(celpy.evaluation.Evaluator)

    def compile(self, expression: str, used: Scan) -> Callable[[Mapping[str, Any]], Any]:
        """Return a function from variables to the plain value; arguments as for the compiled engine.

        Raises:
            ExpressionError: It is no expression.
        """
        celpy = self._celpy
        try:
            tree = self._environment.compile(expression)
            runner = self._environment.program(tree, functions=self._functions)
        except celpy.CELParseError as error:
            raise _fault(expression, error) from error

        def run(variables: Mapping[str, Any]) -> Any:
            evaluator = self._evaluator(tree, runner.new_activation())
            evaluator.stop_at = time.monotonic() + limits.MAX_SECONDS
            try:
                context = {name: celpy.json_to_cel(variables[name]) for name in used.names}
                return _plain(evaluator.evaluate(context), Budget())
            except _TooLong:
                reason = f"it takes longer than {limits.MAX_SECONDS:g} s"
                raise ExpressionError(expression, reason) from None
            except (celpy.CELEvalError, ValueError, TypeError, KeyError, RecursionError) as error:
                reason = str(error.args[0]) if error.args else type(error).__name__
                raise ExpressionError(expression, reason) from error

        return run

    def _wrapped(self, function: Function) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            given = [_plain(each, Budget()) for each in arguments]
            if not any(_fits(given, takes) for takes in function.takes):
                kinds = ", ".join(type(each).__name__ for each in given)
                raise ValueError(f"{function.name} does not take ({kinds})")
            value = function.call(*given)
            if isinstance(value, datetime):
                return self._celpy.celtypes.TimestampType(value)
            return self._celpy.json_to_cel(value)

        return call


def _stoppable(base: Any) -> Any:
    """Return the library's evaluator, made to look at the clock at every node."""

    class Stoppable(base):  # type: ignore[misc]
        stop_at: float

        def visit(self, tree: Any) -> Any:
            if time.monotonic() > self.stop_at:
                raise _TooLong
            return super().visit(tree)

        def sub_evaluator(self, ast: Any) -> Any:
            inner = type(self)(ast, activation=self.activation)
            inner.stop_at = self.stop_at
            return inner

    return Stoppable


_TYPES: dict[str, type] = {"list": list, "string": str, "int": int, "double": float}


def _fits(given: list[Any], takes: tuple[str, ...]) -> bool:
    return len(given) == len(takes) and all(
        isinstance(value, _TYPES[name]) and not isinstance(value, bool)
        for value, name in zip(given, takes, strict=True)
    )


def _plain(value: Any, budget: Budget) -> Any:
    budget.node()
    if isinstance(value, dict):
        return {key_of(key, budget): _plain(item, budget) for key, item in sorted(value.items(), key=repr)}
    if isinstance(value, list):
        return [_plain(item, budget) for item in value]
    if type(value).__name__ == "BoolType":
        return bool(value)
    if isinstance(value, (datetime, timedelta)):
        return plain_leaf(value, budget)
    for plain in (int, float, str):
        if isinstance(value, plain):
            return plain_leaf(plain(value), budget)
    return plain_leaf(value, budget)


def _fault(expression: str, error: Any) -> ExpressionError:
    line, column = getattr(error, "line", None), getattr(error, "column", None)
    if not isinstance(line, int) or not isinstance(column, int) or line < 1:
        return ExpressionError(expression, "it is no CEL expression", len(expression))
    before = sum(len(each) for each in expression.splitlines(keepends=True)[: line - 1])
    return ExpressionError(expression, "it is no CEL expression from here on", before + column - 1)

"""An evaluator for these tests alone: Python expressions over attribute-like objects, and named callables."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from syncropel.rules.infer.expressions import ExpressionError

_WORDS = {"&&": " and ", "||": " or ", "true": "True", "false": "False", "null": "None"}


class Attributes(dict[str, Any]):
    """A JSON object whose members are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return wrapped(self[name])
        except KeyError:
            raise AttributeError(name) from None


def wrapped(value: Any) -> Any:
    """Return a value whose objects answer to attributes."""
    if isinstance(value, Mapping):
        return Attributes(value)
    if isinstance(value, list):
        return [wrapped(each) for each in value]
    return value


class PythonEvaluator:
    """Evaluates expressions that are both CEL and Python; `known` has callables for those that are not.

    Args:
        known: A function of the variables for the text of an expression.
    """

    def __init__(self, known: Mapping[str, Callable[[Mapping[str, Any]], Any]] | None = None) -> None:
        self.known = dict(known or {})
        self.checked: list[str] = []

    def check(self, expression: str, names: frozenset[str]) -> None:
        """Refuse what does not parse and names that are not there."""
        self.checked.append(expression)
        if expression in self.known:
            return
        for node in ast.walk(self._tree(expression)):
            if isinstance(node, ast.Name) and node.id not in names:
                raise ExpressionError(expression, f"unknown name {node.id!r}", node.col_offset)

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Return the value of the expression."""
        if expression in self.known:
            return self.known[expression](variables)
        scope = {name: wrapped(value) for name, value in variables.items()}
        try:
            return eval(compile(self._tree(expression), "expression", "eval"), {"__builtins__": {}}, scope)
        except Exception as error:
            raise ExpressionError(expression, str(error)) from error

    @staticmethod
    def _tree(expression: str) -> ast.Expression:
        text = expression
        for word, python in _WORDS.items():
            text = text.replace(word, python)
        try:
            return ast.parse(text, mode="eval")
        except SyntaxError as error:
            raise ExpressionError(expression, error.msg, (error.offset or 1) - 1) from error


def median(variables: Mapping[str, Any]) -> Any:
    """Return the middle value of the responses' `value` members."""
    values = sorted(each["body"]["value"] for each in variables["responses"])
    return values[(len(values) - 1) // 2]

"""How much an expression would go through, judged by its text and the values it is given before it runs.

A comprehension that names something large once more in every turn makes a list of a thousand, and a text of a
megabyte, into a gigabyte. The compiled library cannot be stopped, and keeps all of it until the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...rules.infer.expressions import ExpressionError
from . import limits
from .scan import Scan

_EACH = 64
# A text that is split may become as many texts as it has characters.
_SPLIT = 1 + _EACH


class _Given:
    """The values that an expression is given.

    Args:
        splits: Whether texts may become lists.
    """

    def __init__(self, splits: bool) -> None:
        self._of_text = _SPLIT if splits else 1
        self._splits = splits
        self.longest = 1

    def weigh(self, value: Any) -> int:
        """Return what a value weighs, in characters, and note how long its lists are."""
        if isinstance(value, str):
            self._note(len(value) if self._splits else 1)
            return _EACH + len(value) * self._of_text
        if isinstance(value, Mapping):
            self._note(len(value))
            return _EACH + sum(_EACH + len(name) + self.weigh(item) for name, item in value.items())
        if isinstance(value, list | tuple):
            self._note(len(value))
            return _EACH + sum(map(self.weigh, value))
        return _EACH

    def _note(self, length: int) -> None:
        self.longest = max(self.longest, length)


def hold_work(expression: str, used: Scan, variables: Mapping[str, Any]) -> None:
    """Hold an expression to the limit.

    Args:
        expression: The text.
        used: What it uses.
        variables: The value of each name.

    Raises:
        ExpressionError: It might go through more.
    """
    given = _Given("split" in used.functions)
    given.longest = used.items
    whole = sum(given.weigh(variables[name]) for name in used.names)
    paths = {use.path for use in used.uses if use.path}
    weights = {path: given.weigh(_member(variables, path)) for path in paths}
    work = 0
    for use in used.uses:
        if use.path:
            weight = weights[use.path]
        elif use.size:
            weight = _EACH + use.size
        else:  # in all turns together, the variable of a comprehension stands for what there is
            weight = whole * used.growth
        work += weight * min(given.longest**use.depth, limits.MAX_TURNS)
    if work > limits.MAX_WORK:
        raise ExpressionError(
            expression,
            f"it might go through {work} characters of what it is given, and at most {limits.MAX_WORK} are"
            " allowed: let it name less inside a comprehension",
        )


def _member(variables: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = variables
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

"""The evaluator that the rules of inference are given: CEL with limits, whichever library is there."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Protocol

from ...errors import MissingExtraError
from ...rules.infer.expressions import ExpressionError
from .compiled import CompiledEngine
from .functions import Function, functions
from .pure import PureEngine
from .scan import Scan, scan
from .work import hold_work

_KEPT = 512


class Engine(Protocol):
    """A CEL library."""

    def compile(self, expression: str, used: Scan) -> Callable[[Mapping[str, Any]], Any]:
        """Return a function from variables to the plain value."""


def find_engine(own: Mapping[str, Function]) -> Engine:
    """Return the best library that is installed.

    Raises:
        MissingExtraError: There is none.
    """
    try:
        return CompiledEngine(own)
    except ImportError:
        pass
    try:
        return PureEngine(own)
    except ImportError:
        raise MissingExtraError("an expression in CEL", "infer") from None


class CelEvaluator:
    """Checks and evaluates expressions; see `rules.infer.expressions.Evaluator`.

    The library is loaded at the first expression. Safe to share between threads.

    What stops an expression: it is refused before it runs when it is too long, too deep, or combines
    comprehensions so that values multiply, or would go through too much of the values it is given; the
    compiled library ends after 10,000 turns of comprehensions, the pure one after one second; and a value too
    large for JSON's purposes is refused while it is read.

    Args:
        now: The clock behind `now()`, unix seconds.
        engine: The library to use; None for the best that is installed.
    """

    def __init__(self, now: Callable[[], float] = time.time, *, engine: Engine | None = None) -> None:
        self._functions = functions(now)
        self._engine = engine
        self._lock = Lock()
        self._programs: OrderedDict[tuple[str, frozenset[str]], Callable[..., Any]] = OrderedDict()

    def check(self, expression: str, names: frozenset[str]) -> None:
        """Compile an expression without a value for its names.

        Raises:
            ExpressionError: It is no expression, is too large, or uses a name or function that is not there.
            MissingExtraError: No CEL library is installed.
        """
        self._program(expression, names)

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """Return the value of an expression as a plain JSON value.

        Args:
            expression: The text.
            variables: A plain JSON value for each name.

        Raises:
            ExpressionError: It cannot be understood, or has no value.
            MissingExtraError: No CEL library is installed.
        """
        return self._program(expression, frozenset(variables))(variables)

    def _program(self, expression: str, names: frozenset[str]) -> Callable[..., Any]:
        with self._lock:
            found = self._programs.get((expression, names))
            if found is not None:
                self._programs.move_to_end((expression, names))
                return found
            if self._engine is None:
                self._engine = find_engine(self._functions)
            program = _compiled(self._engine, expression, names)
            self._programs[expression, names] = program
            if len(self._programs) > _KEPT:
                self._programs.popitem(last=False)
            return program


def _compiled(engine: Engine, expression: str, names: frozenset[str]) -> Callable[..., Any]:
    scanned = scan(expression)
    for name, position in scanned.names.items():
        if name not in names:
            known = ", ".join(sorted(names)) or "no names at all"
            reason = f"there is no name {name!r}; it may use {known}"
            raise ExpressionError(expression, reason, position)
    program = engine.compile(expression, scanned)

    def run(variables: Mapping[str, Any]) -> Any:
        hold_work(expression, scanned, variables)
        return program(variables)

    return run

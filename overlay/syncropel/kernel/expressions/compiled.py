"""The compiled CEL library (`cel-expr-python`, Google's own implementation): fast, checked, Python 3.11 on.

It stops by itself after 10,000 turns of comprehensions in one evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ...rules.infer.expressions import ExpressionError
from .functions import Function
from .scan import Scan
from .values import Budget, key_of, plain_leaf

_PLACE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_STATUS = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")


class CompiledEngine:
    """Compiles expressions for sets of names.

    Raises:
        ImportError: The library is not installed.
    """

    def __init__(self, functions: Mapping[str, Function]) -> None:
        from cel_expr_python import cel

        self._cel = cel
        self._declarations = {name: _declare(cel, each) for name, each in functions.items()}

    def compile(self, expression: str, used: Scan) -> Callable[[Mapping[str, Any]], Any]:
        """Return a function from variables to the plain value.

        Args:
            expression: The text.
            used: The names and functions that the text uses.

        Raises:
            ExpressionError: It is no expression.
        """
        cel = self._cel
        try:
            # Declaring a function costs more than compiling most expressions: only what is called.
            environment = cel.NewEnv(
                variables=dict.fromkeys(used.names, cel.Type.DYN),
                functions=[self._declarations[name] for name in sorted(used.functions)],
            )
            program = environment.compile(expression)
        except (RuntimeError, ValueError, TypeError) as error:
            raise _fault(expression, str(error)) from error

        def run(variables: Mapping[str, Any]) -> Any:
            try:
                value = program.eval(data={name: variables[name] for name in used.names})
                if value.type() == cel.Type.ERROR:
                    raise ExpressionError(expression, _STATUS.sub("", str(value.plain_value())))
                return _plain(value, Budget())
            except (RuntimeError, ValueError, TypeError, OverflowError) as error:
                if isinstance(error, ExpressionError):
                    raise
                raise _fault(expression, str(error)) from error

        return run


def _declare(cel: Any, function: Function) -> Any:
    types = {
        "list": cel.Type.LIST,
        "string": cel.Type.STRING,
        "int": cel.Type.INT,
        "double": cel.Type.DOUBLE,
        "timestamp": cel.Type.TIMESTAMP,
        "dyn": cel.Type.DYN,
    }
    overloads = []
    for number, takes in enumerate(function.takes):
        for is_member in (False, True) if takes else (False,):
            overload = cel.Overload(
                id=f"{function.name}_{number}_{'member' if is_member else 'free'}",
                return_type=types[function.gives],
                parameters=[types[name] for name in takes],
                is_member=is_member,
                impl=function.call,
            )
            overloads.append(overload)
    return cel.FunctionDecl(function.name, overloads)


def _fault(expression: str, message: str) -> ExpressionError:
    """Turn the library's message, which names line and column, into ours, which names the offset."""
    match = _PLACE.search(message)
    if match is None:
        return ExpressionError(
            expression, _STATUS.sub("", message).splitlines()[0] if message else "it fails"
        )
    line, column, reason = int(match[1]), int(match[2]), match[3]
    if line < 1:
        return ExpressionError(expression, reason)
    before = sum(len(each) for each in expression.splitlines(keepends=True)[: line - 1])
    return ExpressionError(expression, reason.replace(" (in container '')", ""), before + column - 1)


def _plain(value: Any, budget: Budget) -> Any:
    budget.node()
    inner = value.value()
    if isinstance(inner, list):
        return [_plain(item, budget) for item in inner]
    if isinstance(inner, dict):
        # The library gives members in the order of their hashes.
        return {key_of(key, budget): _plain(item, budget) for key, item in sorted(inner.items(), key=repr)}
    return plain_leaf(inner, budget)

"""Reads an expression without evaluating it: which names it uses, and whether it is small enough to run.

The libraries judge the syntax; this pass finds what they leave open. It knows tokens, brackets and the
scopes of comprehensions, which is all that names need.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from ...rules.infer.expressions import ExpressionError
from . import limits
from .functions import MACROS, OWN_NAMES, STANDARD

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<text>[bBrR]{0,2}(?:\"{3}[\s\S]*?\"{3}|'{3}[\s\S]*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
      | (?P<number>0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+|\.?\d+)(?:[eE][+-]?\d+)?[uU]?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>&&|\|\||[<>=!]=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE,
)
_WORDS = frozenset({"true", "false", "null", "in"})
_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


@dataclass
class _Macro:
    """One comprehension: its variable, where its arguments are, and how often they name the variable."""

    name: str
    variable: str
    first: int
    last: int
    uses: int = 0


class Use(NamedTuple):
    """One place where an expression uses a value.

    Attributes:
        path: A free name and the members that are taken of it; empty for something else.
        size: What a literal weighs, in characters; 0 for the variable of a comprehension.
        depth: How many comprehensions come back to this place, but for the one that binds the variable.
    """

    path: tuple[str, ...]
    size: int
    depth: int


@dataclass(frozen=True)
class Scan:
    """What an expression uses.

    Attributes:
        names: Free names with the position of their first use.
        functions: Names of the functions beyond CEL's standard that it calls.
        uses: Where it uses values.
        growth: How often its chained maps repeat their element.
        items: The most members that a list of its own text has.
    """

    names: dict[str, int] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    uses: tuple[Use, ...] = ()
    growth: int = 1
    items: int = 1


def scan(expression: str) -> Scan:
    """Find the names of an expression and hold it to the limits.

    Raises:
        ExpressionError: It is empty, too long or too deep, has unbalanced brackets or characters that CEL
            does not know, calls a function that is not there, or repeats itself too often.
    """
    if len(expression) > limits.MAX_LENGTH:
        raise ExpressionError(
            expression[:80] + "…",
            f"it has {len(expression)} characters, at most {limits.MAX_LENGTH} are allowed",
        )
    tokens = list(_tokens(expression))
    if not tokens:
        raise ExpressionError(expression, "it is empty", 0)
    closing = _brackets(expression, tokens)
    macros = _macros(expression, tokens, closing)
    names, calls = _names(expression, tokens, macros)
    growth = _hold(expression, macros)
    items = 1 + sum(token.text == "," for token in tokens)
    return Scan(names, frozenset(calls & OWN_NAMES), tuple(_uses(tokens, macros)), growth, items)


def _tokens(expression: str) -> Iterator[_Token]:
    at = 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise ExpressionError(expression, f"{expression[at]!r} is not understood here", at)
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match.group(), at)
        at = match.end()


def _brackets(expression: str, tokens: list[_Token]) -> dict[int, int]:
    """Map the index of every opening bracket to the index of its partner."""
    open_at: list[int] = []
    pairs: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in _OPEN:
            open_at.append(index)
            if len(open_at) > limits.MAX_NESTING:
                reason = f"brackets are nested deeper than {limits.MAX_NESTING}"
                raise ExpressionError(expression, reason, token.at)
        elif token.text in _OPEN.values():
            if not open_at or _OPEN[tokens[open_at[-1]].text] != token.text:
                raise ExpressionError(expression, f"{token.text!r} closes nothing", token.at)
            pairs[open_at.pop()] = index
    if open_at:
        lost = tokens[open_at[-1]]
        raise ExpressionError(expression, f"{lost.text!r} is never closed", lost.at)
    return pairs


def _text(tokens: list[_Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) and tokens[index].kind != "text" else ""


def _macros(expression: str, tokens: list[_Token], closing: dict[int, int]) -> list[_Macro]:
    found = []
    for index, token in enumerate(tokens):
        if token.kind == "name" and token.text in MACROS and _is_method(tokens, index):
            if _text(tokens, index + 3) != "," or tokens[index + 2].kind != "name":
                reason = f"{token.text} takes a variable and an expression: list.{token.text}(x, ...)"
                raise ExpressionError(expression, reason, token.at)
            variable = tokens[index + 2].text
            found.append(_Macro(token.text, variable, index + 2, closing[index + 1]))
    return found


def _is_method(tokens: list[_Token], index: int) -> bool:
    return _text(tokens, index - 1) == "." and _text(tokens, index + 1) == "("


def _names(expression: str, tokens: list[_Token], macros: list[_Macro]) -> tuple[dict[str, int], set[str]]:
    names: dict[str, int] = {}
    calls: set[str] = set()
    for index, token in enumerate(tokens):
        if token.kind != "name" or token.text in _WORDS:
            continue
        if _text(tokens, index + 1) == "(":
            _call(expression, tokens, index)
            calls.add(token.text)
        elif _text(tokens, index - 1) != "." or index == 1:
            owner = _owner(macros, token.text, index)
            if owner is None:
                names.setdefault(token.text, token.at)
            else:
                owner.uses += index != owner.first
    return names, calls


def _call(expression: str, tokens: list[_Token], index: int) -> None:
    token = tokens[index]
    known = token.text in STANDARD or token.text in OWN_NAMES
    if not known and not (token.text in MACROS and _is_method(tokens, index)):
        raise ExpressionError(expression, f"there is no function {token.text!r}", token.at)


def _owner(macros: list[_Macro], name: str, index: int) -> _Macro | None:
    """Return the innermost comprehension that binds a name at a place."""
    around = [each for each in macros if each.variable == name and each.first <= index < each.last]
    return max(around, key=lambda each: each.first, default=None)


def _uses(tokens: list[_Token], macros: list[_Macro]) -> Iterator[Use]:
    for index, token in enumerate(tokens):
        depth = sum(each.first < index < each.last for each in macros)
        if token.kind in ("number", "text") or token.text in _WORDS:
            yield Use((), len(token.text), depth)
        elif token.kind != "name" or _text(tokens, index + 1) == "(" or _text(tokens, index - 1) == ".":
            continue
        elif (owner := _owner(macros, token.text, index)) is None:
            yield Use(tuple(_path(tokens, index)), 0, depth)
        elif index != owner.first:
            yield Use((), 0, depth - 1)


def _path(tokens: list[_Token], index: int) -> Iterator[str]:
    """Yield a name and the members that are taken of it, up to a call or an index."""
    yield tokens[index].text
    while (
        _text(tokens, index + 1) == "."
        and index + 2 < len(tokens)
        and tokens[index + 2].kind == "name"
        and _text(tokens, index + 3) != "("
    ):
        index += 2
        yield tokens[index].text


def _hold(expression: str, macros: list[_Macro]) -> int:
    """Hold the comprehensions to the limits, and return how often they repeat an element."""
    if len(macros) > limits.MAX_MACROS:
        reason = f"it has {len(macros)} comprehensions, at most {limits.MAX_MACROS} are allowed"
        raise ExpressionError(expression, reason)
    depths = Counter(sum(outer.first < inner.first < outer.last for outer in macros) + 1 for inner in macros)
    if depths and max(depths) > limits.MAX_MACRO_NESTING:
        reason = f"comprehensions are nested deeper than {limits.MAX_MACRO_NESTING}"
        raise ExpressionError(expression, reason)
    growth = 1
    for each in macros:
        growth *= max(each.uses, 1) if each.name == "map" else 1
    if growth > limits.MAX_GROWTH:
        reason = f"its chained maps repeat an element {growth} times, at most {limits.MAX_GROWTH} are allowed"
        raise ExpressionError(expression, reason)
    return growth

"""What differs between SQL engines: JSON paths, crossing arrays, LIKE. Everything else is common SQL.

A fragment is SQL text with `?` places and the values for them, in order. Values are always bound; only names
from this package are spliced.
"""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from ...rules.canonical import canonical_json


class Fragment(NamedTuple):
    """A piece of SQL with the values of its `?` places, in order."""

    sql: str
    params: tuple[Any, ...] = ()


class Leaf(NamedTuple):
    """One JSON value that a path reached, as SQL expressions.

    Attributes:
        raw: Its canonical text in the form that `Dialect.raw_operand` makes of an operand: equal texts are
            equal values of equal type.
        type: Its JSON type: `text`, `integer`, `real`, `true`, `false`, `null`, `object` or `array`.
        value: It as a value of the engine, for comparing and computing.
    """

    raw: Fragment
    type: Fragment
    value: Fragment


class Dialect(Protocol):
    """The engine-specific pieces."""

    def any_leaf(self, path: Sequence[str], test: Callable[[Leaf], Fragment]) -> Fragment:
        """Return a condition: some value that the path reaches, crossing arrays, passes the test."""
        ...

    def exists(self, path: Sequence[str]) -> Fragment:
        """Return a condition: the path reaches something, be it null or an empty array."""
        ...

    def plain(self, path: Sequence[str]) -> Leaf:
        """Return the one value at the path that is reached without crossing an array."""
        ...

    def leaves(self, path: Sequence[str]) -> Fragment:
        """Return the scalars that the path reaches as one JSON array, `[null]` when there is none."""
        ...

    def fold(self, path: Sequence[str], function: str, *, numbers: bool) -> Fragment:
        """Return an aggregate function over the numbers (or numbers and strings) that the path reaches."""
        ...

    def call(self, function: str, value: str) -> str:
        """Return an aggregate function of SQL text: `count`, `min`, `max`, or `total`, a sum in doubles."""
        ...

    def each(self, array: Fragment, alias: str) -> Fragment:
        """Return a FROM item with one row per element of a JSON array."""
        ...

    def element(self, alias: str) -> Leaf:
        """Return the element of a row of `each`."""
        ...

    def raw_operand(self, value: Any) -> Any:
        """Return what to bind so that it equals `Leaf.raw` of an equal value."""
        ...

    def raw_value(self, raw: Any) -> Any:
        """Return the JSON value behind a `Leaf.raw` that was read."""
        ...

    def number(self, value: int | float) -> Fragment:
        """Return a number as an operand that compares like a stored one."""
        ...

    def like(self, value: Fragment, pattern: str, *, ignore_case: bool) -> Fragment:
        r"""Return a LIKE condition: `%`, `_`, and `\` before either of them."""
        ...


_SCALARS = "('text', 'integer', 'real', 'true', 'false', 'null')"
_BODY = "r.body"
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**63 - 1


class SqliteDialect:
    """SQLite with its JSON functions, from 3.31 on; rows of records are `r`.

    Arrays are crossed with `json_tree`. A node is reached through arrays alone exactly when its full key has
    one dot per segment: steps into objects add a dot, steps into arrays never do.

    Equality compares canonical texts, which the two-path form of `json_extract` gives without decoding: exact
    for integers of any size and for strings with U+0000, which SQLite's decoded values cut off.
    """

    def any_leaf(self, path: Sequence[str], test: Callable[[Leaf], Fragment]) -> Fragment:
        """Return a condition: some value that the path reaches, crossing arrays, passes the test."""
        whole = _path(path)
        direct = test(self.plain(path))
        source, conditions, leaf = _chain(path)
        crossed = test(leaf)
        sql = (
            f"CASE WHEN coalesce(json_type({_BODY}, ?), 'array') = 'array'"
            f" THEN EXISTS (SELECT 1 FROM {source.sql} WHERE {conditions} AND {crossed.sql})"
            f" ELSE {direct.sql} END"
        )
        return Fragment(sql, (whole, *source.params, *crossed.params, *direct.params))

    def exists(self, path: Sequence[str]) -> Fragment:
        """Return a condition: the path reaches something, be it null or an empty array."""
        source, conditions, _ = _chain(path)
        sql = f"(json_type({_BODY}, ?) IS NOT NULL OR EXISTS (SELECT 1 FROM {source.sql} WHERE {conditions}))"
        return Fragment(sql, (_path(path), *source.params))

    def plain(self, path: Sequence[str]) -> Leaf:
        """Return the one value at the path that is reached without crossing an array."""
        whole = (_path(path),)
        return Leaf(
            Fragment(f"json_extract({_BODY}, ?, '$[0]')", whole),
            Fragment(f"json_type({_BODY}, ?)", whole),
            Fragment(f"json_extract({_BODY}, ?)", whole),
        )

    def leaves(self, path: Sequence[str]) -> Fragment:
        """Return the scalars that the path reaches as one JSON array, `[null]` when there is none."""
        source, conditions, leaf = _chain(path)
        # The raw form is `[value,null]`; its text without the bracket and the tail is the value's own.
        text = f"substr({leaf.raw.sql}, 2, length({leaf.raw.sql}) - 7)"
        sql = (
            f"(SELECT coalesce('[' || group_concat({text}, ',') || ']', '[null]')"
            f" FROM {source.sql} WHERE {conditions} AND {leaf.type.sql} IN {_SCALARS})"
        )
        return Fragment(sql, (*leaf.raw.params, *leaf.raw.params, *source.params, *leaf.type.params))

    def fold(self, path: Sequence[str], function: str, *, numbers: bool) -> Fragment:
        """Return an aggregate function over the numbers (or numbers and strings) that the path reaches."""
        source, conditions, leaf = _chain(path)
        types = "('integer', 'real')" if numbers else "('integer', 'real', 'text')"
        call = self.call(function, leaf.value.sql)
        sql = f"(SELECT {call} FROM {source.sql} WHERE {conditions} AND {leaf.type.sql} IN {types})"
        return Fragment(sql, source.params)

    def call(self, function: str, value: str) -> str:
        """Return an aggregate function of SQL text: `count`, `min`, `max`, or `total`, a sum in doubles."""
        return f"{function}({value})"

    def each(self, array: Fragment, alias: str) -> Fragment:
        """Return a FROM item with one row per element of a JSON array."""
        return Fragment(f"json_each({array.sql}) AS {alias}", array.params)

    def element(self, alias: str) -> Leaf:
        """Return the element of a row of `each`."""
        return Leaf(
            Fragment(f"json_extract({alias}.json, {alias}.fullkey, '$.x')"),
            Fragment(f"{alias}.type"),
            Fragment(f"{alias}.atom"),
        )

    def raw_operand(self, value: Any) -> Any:
        """Return what to bind so that it equals `Leaf.raw` of an equal value."""
        return f"[{canonical_json(value)},null]"

    def raw_value(self, raw: Any) -> Any:
        """Return the JSON value behind a `Leaf.raw` that was read."""
        return json.loads(raw)[0]

    def number(self, value: int | float) -> Fragment:
        """Return a number as an operand that compares like a stored one."""
        if isinstance(value, int) and _MIN_INTEGER <= value <= _MAX_INTEGER:
            return Fragment("?", (value,))
        # SQLite's own reader of decimals may differ from Python's in the last bit: let it read both sides.
        return Fragment("json_extract(?, '$[0]')", (f"[{canonical_json(value)}]",))

    def like(self, value: Fragment, pattern: str, *, ignore_case: bool) -> Fragment:
        r"""Return a LIKE condition: `%`, `_`, and `\` before either of them."""
        if ignore_case:
            return Fragment(f"{value.sql} LIKE ? ESCAPE '\\'", (*value.params, pattern))
        # LIKE ignores the case of ASCII letters in SQLite; GLOB is the same matching with it.
        return Fragment(f"{value.sql} GLOB ?", (*value.params, glob_of(pattern)))


def glob_of(pattern: str) -> str:
    r"""Return the GLOB pattern that matches what a LIKE pattern with `\` as its escape matches."""
    out: list[str] = []
    characters = iter(pattern)
    for character in characters:
        literal = character
        if character == "\\":
            literal = next(characters, "\\")
        elif character == "%":
            out.append("*")
            continue
        elif character == "_":
            out.append("?")
            continue
        out.append(f"[{literal}]" if literal in "*?[" else literal)
    return "".join(out)


def _path(segments: Sequence[str]) -> str:
    return "$" + "".join(f'."{segment}"' for segment in segments)


def _dots(alias: str, count: int) -> str:
    return f"length({alias}.fullkey) - length(replace({alias}.fullkey, '.', '')) = {count}"


def _chain(path: Sequence[str]) -> tuple[Fragment, str, Leaf]:
    """Return the FROM items that walk a path through arrays, their conditions, and the value at the end."""
    items = [f"json_tree({_BODY}, ?) AS j0"]
    conditions = [_dots("j0", 1)]
    document = _BODY
    for step in range(1, len(path)):
        before, alias = f"j{step - 1}", f"j{step}"
        conditions.append(f"{before}.type = 'object'")
        # The guard keeps SQLite from parsing a scalar's text as JSON, in whatever order it tests conditions.
        document = f"CASE {before}.type WHEN 'object' THEN {before}.value ELSE '0' END"
        items.append(f"json_tree({document}, ?) AS {alias}")
        conditions.append(_dots(alias, 1))
    last = f"j{len(path) - 1}"
    leaf = Leaf(
        Fragment(f"json_extract({document}, {last}.fullkey, '$[0]')"),
        Fragment(f"{last}.type"),
        Fragment(f"{last}.atom"),
    )
    params = tuple(_path([segment]) for segment in path)
    return Fragment(" , ".join(items), params), " AND ".join(conditions), leaf

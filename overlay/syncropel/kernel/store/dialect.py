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
        raw: Its canonical text, in a form of the dialect's own: equal texts are equal values of equal type.
        type: Its JSON type: `text`, `integer` or `real`, `true`, `false`, `null`, `object` or `array`.
        number: It as a number of the engine, for comparing and computing; of no meaning for other types.
        text: It as a text, likewise.
    """

    raw: Fragment
    type: Fragment
    number: Fragment
    text: Fragment


class Extreme(NamedTuple):
    """The least or the greatest of many values.

    Attributes:
        value: It, in the form that `Dialect.extreme_value` reads.
        order: What to sort it by; nothing where it sorts by itself.
    """

    value: Fragment
    order: tuple[Fragment, ...] = ()


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

    def each_scalar(self, path: Sequence[str], alias: str) -> tuple[Fragment, Leaf]:
        """Return a FROM item with a row per scalar that the path reaches, or one with null; and its value."""
        ...

    def fold(self, path: Sequence[str], function: str) -> Fragment:
        """Return `count` or `total` over the numbers that the path reaches in one record."""
        ...

    def call(self, function: str, value: str) -> str:
        """Return an aggregate function of SQL text: `count`, `min`, `max`, or `total`, a sum."""
        ...

    def extreme(self, path: Sequence[str], function: str) -> Extreme:
        """Return `min` or `max` over all numbers and strings that the path reaches: numbers come first."""
        ...

    def extreme_value(self, value: Any) -> Any:
        """Return the value behind an `Extreme` that was read."""
        ...

    def sort_values(self, leaf: Leaf) -> tuple[Fragment, ...]:
        """Return what to sort values of one type by."""
        ...

    def one_of(self, raw: Fragment, values: Sequence[Any]) -> Fragment:
        """Return a condition: a `Leaf.raw` is of a value equal to one of these scalars, in type and value."""
        ...

    def raw_value(self, raw: Any) -> Any:
        """Return the JSON value behind a `Leaf.raw` that was read."""
        ...

    def number(self, value: int | float) -> Fragment:
        """Return a number as an operand that compares like a stored one."""
        ...

    def like(self, value: Fragment, pattern: str, *, ignore_case: bool) -> Fragment:
        r"""Return a LIKE condition: `%`, `_`, and `\` before either of them; text ends at a U+0000."""
        ...

    def same_text(self, column: str, values: Sequence[str]) -> Fragment:
        """Return a condition: a column of texts of any length has one of these values."""
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
        value = Fragment(f"json_extract({_BODY}, ?)", whole)
        raw = Fragment(f"json_extract({_BODY}, ?, '$[0]')", whole)
        return Leaf(raw, Fragment(f"json_type({_BODY}, ?)", whole), value, value)

    def each_scalar(self, path: Sequence[str], alias: str) -> tuple[Fragment, Leaf]:
        """Return a FROM item with a row per scalar that the path reaches, or one with null; and its value."""
        source, conditions, leaf = _chain(path)
        # The raw form is `[value,null]`; its text without the bracket and the tail is the value's own.
        text = f"substr({leaf.raw.sql}, 2, length({leaf.raw.sql}) - 7)"
        sql = (
            f"json_each((SELECT coalesce('[' || group_concat({text}, ',') || ']', '[null]')"
            f" FROM {source.sql} WHERE {conditions} AND {leaf.type.sql} IN {_SCALARS})) AS {alias}"
        )
        raw, atom = Fragment(f"json_extract({alias}.json, {alias}.fullkey, '$.x')"), Fragment(f"{alias}.atom")
        return Fragment(sql, source.params), Leaf(raw, Fragment(f"{alias}.type"), atom, atom)

    def fold(self, path: Sequence[str], function: str) -> Fragment:
        """Return `count` or `total` over the numbers that the path reaches in one record."""
        return self._over(path, function, "('integer', 'real')")

    def call(self, function: str, value: str) -> str:
        """Return an aggregate function of SQL text: `count`, `min`, `max`, or `total`, a sum in doubles."""
        return f"{function}({value})"

    def extreme(self, path: Sequence[str], function: str) -> Extreme:
        """Return `min` or `max` over all numbers and strings that the path reaches: numbers come first."""
        within = self._over(path, function, "('integer', 'real', 'text')")
        return Extreme(Fragment(f"{function}({within.sql})", within.params))

    def extreme_value(self, value: Any) -> Any:
        """Return the value behind an `Extreme` that was read."""
        return value

    def sort_values(self, leaf: Leaf) -> tuple[Fragment, ...]:
        """Return what to sort values of one type by."""
        sql = f"CASE WHEN {leaf.type.sql} IN ('integer', 'real', 'text') THEN {leaf.text.sql} ELSE 0 END"
        return (Fragment(sql, (*leaf.type.params, *leaf.text.params)),)

    def one_of(self, raw: Fragment, values: Sequence[Any]) -> Fragment:
        """Return a condition: a `Leaf.raw` is of a value equal to one of these scalars, in type and value."""
        operands = tuple(f"[{canonical_json(value)},null]" for value in values)
        return Fragment(f"{raw.sql} IN ({', '.join('?' * len(operands))})", (*raw.params, *operands))

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

    def same_text(self, column: str, values: Sequence[str]) -> Fragment:
        """Return a condition: a column of texts of any length has one of these values."""
        if len(values) == 1:
            return Fragment(f"{column} = ?", tuple(values))
        return Fragment(f"{column} IN ({', '.join('?' * len(values))})", tuple(values))

    def _over(self, path: Sequence[str], function: str, types: str) -> Fragment:
        source, conditions, leaf = _chain(path)
        call = self.call(function, leaf.number.sql)
        sql = f"(SELECT {call} FROM {source.sql} WHERE {conditions} AND {leaf.type.sql} IN {types})"
        return Fragment(sql, source.params)


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
    raw, atom = Fragment(f"json_extract({document}, {last}.fullkey, '$[0]')"), Fragment(f"{last}.atom")
    leaf = Leaf(raw, Fragment(f"{last}.type"), atom, atom)
    params = tuple(_path([segment]) for segment in path)
    return Fragment(" , ".join(items), params), " AND ".join(conditions), leaf

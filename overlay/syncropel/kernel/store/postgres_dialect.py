"""How PostgreSQL reads JSON: through the functions of `postgres_functions`; rows of records are `r`.

Bodies are text of type `json`, not `jsonb`: the text of a value is what SQLite compares, and equal texts are
equal values. Text is compared by code point, whatever the database's own order is.
"""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from ...rules.canonical import canonical_json
from .dialect import Extreme, Fragment, Leaf
from .postgres_values import given_text

_DOCUMENT = "document(r.body)"
_SCALARS = "('string', 'number', 'boolean', 'null')"
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**63 - 1
# Steps of a path that are spelt out, which is quick; a longer one is walked by a function.
_SHORT = 3
_VALUE = Fragment("j.value")
# The beginning of a text that an index holds.
_INDEXED = 256
_ESCAPED = re.compile(r"\\(?:\\|u000([01]))")
_KEPT = {None: r"\\", "0": r"\u0001\u0001", "1": r"\u0001\u0002"}


class PostgresDialect:
    """PostgreSQL from 15 on."""

    def any_leaf(self, path: Sequence[str], test: Callable[[Leaf], Fragment]) -> Fragment:
        """Return a condition: some value that the path reaches, crossing arrays, passes the test."""
        direct = test(self.plain(path))
        arrays = _crosses_arrays(path)
        source = _reached(path)
        crossed = test(_leaf(_VALUE))
        sql = (
            f"CASE WHEN {arrays.sql} THEN EXISTS (SELECT 1 FROM {source.sql} WHERE {crossed.sql})"
            f" ELSE coalesce({direct.sql}, false) END"
        )
        return Fragment(sql, (*arrays.params, *source.params, *crossed.params, *direct.params))

    def exists(self, path: Sequence[str]) -> Fragment:
        """Return a condition: the path reaches something, be it null or an empty array."""
        arrays, direct = _crosses_arrays(path), _plain(path)
        source = _reached(path)
        sql = (
            f"CASE WHEN {arrays.sql} THEN EXISTS (SELECT 1 FROM {source.sql})"
            f" ELSE {direct.sql} IS NOT NULL END"
        )
        return Fragment(sql, (*arrays.params, *source.params, *direct.params))

    def plain(self, path: Sequence[str]) -> Leaf:
        """Return the one value at the path that is reached without crossing an array."""
        return _leaf(_plain(path))

    def each_scalar(self, path: Sequence[str], alias: str) -> tuple[Fragment, Leaf]:
        """Return a FROM item with a row per scalar that the path reaches, or one with null; and its value."""
        source = _reached(path)
        sql = (
            "LATERAL (SELECT coalesce(j.value, 'null') AS value FROM (SELECT 1) AS one LEFT JOIN"
            f" {source.sql} ON json_typeof(j.value) IN {_SCALARS}) AS {alias}"
        )
        return Fragment(sql, source.params), _leaf(Fragment(f"{alias}.value"))

    def fold(self, path: Sequence[str], function: str) -> Fragment:
        """Return `count` or `total` over the numbers that the path reaches in one record."""
        source = _reached(path)
        call = self.call(function, "number_of(j.value)")
        return Fragment(f"(SELECT {call} FROM {source.sql})", source.params)

    def call(self, function: str, value: str) -> str:
        """Return an aggregate function of SQL text: `count`, `min`, `max`, or `total`, a sum."""
        if function != "total":
            return f"{function}({value})"
        # The scale lets a division of the sum keep more digits than a double has.
        return f"(coalesce(sum({value}), 0) + 0e-40)"

    def extreme(self, path: Sequence[str], function: str) -> Extreme:
        """Return `min` or `max` over all numbers and strings that the path reaches: numbers come first."""
        source = _reached(path)

        def over(inner: str) -> str:
            return f"{function}((SELECT {function}({inner}) FROM {source.sql}))"

        number, text = over("number_of(j.value)"), over('text_of(j.value) COLLATE "C"')
        first, second = (number, text) if function == "min" else (text, number)
        twice = (*source.params, *source.params)
        rank = f"CASE WHEN {first} IS NOT NULL THEN 1 WHEN {second} IS NOT NULL THEN 2 ELSE 0 END"
        if function == "max":
            rank = f"CASE WHEN {first} IS NOT NULL THEN 2 WHEN {second} IS NOT NULL THEN 1 ELSE 0 END"
        guard = f"CASE WHEN {first} IS NULL THEN {second} END"
        order = (Fragment(rank, twice), Fragment(first, source.params), Fragment(guard, twice))
        # As JSON, but for a number beyond doubles, which is `Infinity`.
        shown = [
            f"({each})::text" if each is number else f"to_json({each})::text" for each in (first, second)
        ]
        return Extreme(Fragment(f"coalesce({', '.join(shown)})", twice), order)

    def extreme_value(self, value: Any) -> Any:
        """Return the value behind an `Extreme` that was read."""
        return self.raw_value(value) if value is not None else None

    def sort_values(self, leaf: Leaf) -> tuple[Fragment, ...]:
        """Return what to sort values of one type by."""
        number = Fragment(f"coalesce({leaf.number.sql}, 0)", leaf.number.params)
        return number, Fragment(f"coalesce({leaf.text.sql}, '')", leaf.text.params)

    def one_of(self, raw: Fragment, values: Sequence[Any]) -> Fragment:
        """Return a condition: a `Leaf.raw` is of a value equal to one of these scalars, in type and value."""
        # One array: a filter may name more values than a statement has places.
        return Fragment(f"{raw.sql} = ANY (?)", (*raw.params, _array([_raw(value) for value in values])))

    def raw_value(self, raw: Any) -> Any:
        """Return the JSON value behind a `Leaf.raw` that was read."""
        value = json.loads(raw)
        return given_text(value) if isinstance(value, str) else value

    def number(self, value: int | float) -> Fragment:
        """Return a number as an operand that compares like a stored one."""
        if isinstance(value, int):
            if _MIN_INTEGER <= value <= _MAX_INTEGER:
                return Fragment("?::bigint", (value,))
            return Fragment("decimal_of(?)", (str(value),))
        return Fragment("decimal_of(?)", (canonical_json(value),))

    def like(self, value: Fragment, pattern: str, *, ignore_case: bool) -> Fragment:
        r"""Return a LIKE condition: `%`, `_`, and `\` before either of them; text ends at a U+0000."""
        word = "ILIKE" if ignore_case else "LIKE"
        # What `_` stands for is a character of the text, not of the form in which it is kept.
        text = f"replace(split_part({value.sql}, E'\\x01\\x01', 1), E'\\x01\\x02', E'\\x01')"
        sql = f"{text} COLLATE \"C\" {word} replace(?, E'\\x01\\x02', E'\\x01') ESCAPE '\\'"
        return Fragment(sql, (*value.params, pattern))

    def same_text(self, column: str, values: Sequence[str]) -> Fragment:
        """Return a condition: a column of texts of any length has one of these values."""
        marks = ", ".join("?" * len(values))
        heads = ", ".join([f"left(?, {_INDEXED})"] * len(values))
        sql = f"(left({column}, {_INDEXED}) IN ({heads}) AND {column} IN ({marks}))"
        return Fragment(sql, (*values, *values))


def _plain(path: Sequence[str]) -> Fragment:
    if len(path) > _SHORT:
        return Fragment(f"plain_at({_DOCUMENT}, ?)", (_array(path),))
    return Fragment(f"({_DOCUMENT}{' -> ?::text' * len(path)})", tuple(path))


def _leaf(value: Fragment) -> Leaf:
    sql, params = value
    return Leaf(
        Fragment(f'{sql}::text COLLATE "C"', params),
        Fragment(f"type_of({sql})", params),
        Fragment(f"number_of({sql})", params),
        Fragment(f'text_of({sql}) COLLATE "C"', params),
    )


def _crosses_arrays(path: Sequence[str]) -> Fragment:
    """Return a condition: somewhere on the path there is an array."""
    if len(path) > _SHORT:
        return Fragment(f"crosses({_DOCUMENT}, ?)", (_array(path),))
    steps = [_plain(path[:count]) for count in range(1, len(path) + 1)]
    sql = " OR ".join(f"json_typeof({step.sql}) = 'array'" for step in steps)
    return Fragment(sql, tuple(param for step in steps for param in step.params))


def _reached(path: Sequence[str]) -> Fragment:
    """Return the FROM item with a row for everything that a path reaches through arrays."""
    return Fragment(f"reached({_DOCUMENT}, ?) AS j (value)", (_array(path),))


def _raw(value: Any) -> str:
    text = canonical_json(value)
    return _ESCAPED.sub(lambda found: _KEPT[found[1]], text) if r"\u000" in text else text


def _array(texts: Sequence[str]) -> str:
    """Return texts as the literal of an array."""
    quoted = (text.replace("\\", r"\\").replace('"', r"\"") for text in texts)
    return "{" + ",".join(f'"{text}"' for text in quoted) + "}"

"""The order of rows: by JSON type, then by value, then by sequence, so that it is total."""

from __future__ import annotations

from typing import NamedTuple

from ..store.dialect import Dialect, Fragment, Leaf
from .fields import BodyPath, parse_field


class Keys(NamedTuple):
    """What rows are sorted by: SQL expressions, all in the same direction."""

    parts: tuple[Fragment, ...]
    descending: bool

    def order_by(self) -> Fragment:
        """Return the ORDER BY list."""
        word = " DESC" if self.descending else ""
        sql = ", ".join(f"{part.sql}{word}" for part in self.parts)
        return Fragment(sql, tuple(param for part in self.parts for param in part.params))

    def beyond(self, values: tuple[object, ...]) -> Fragment:
        """Return the condition that a row comes after the row with these values."""
        sign = "<" if self.descending else ">"
        row = ", ".join(part.sql for part in self.parts)
        marks = ", ".join("?" for _ in values)
        params = tuple(param for part in self.parts for param in part.params)
        if len(values) == 1:
            return Fragment(f"{row} {sign} ?", (*params, *values))
        return Fragment(f"({row}) {sign} ({marks})", (*params, *values))


def sort_keys(dialect: Dialect, path: str | None, descending: bool) -> Keys:
    """Return the keys for sorting by a field; by sequence alone when the path is None.

    A body path is read without crossing arrays. What is missing, null, an array or an object comes first,
    then false and true, then numbers, then strings by code point.
    """
    sequence = Fragment("r.sequence")
    field = parse_field(path) if path is not None else None
    if field is None:
        return Keys((sequence,), descending)
    if not isinstance(field, BodyPath):
        if field.name == "sequence":
            return Keys((sequence,), descending)
        name = "coalesce(r.kind, '')" if field.name == "kind" else f"r.{field.name}"
        return Keys((Fragment(name), sequence), descending)
    leaf = dialect.plain(field.segments)
    return Keys((type_rank(leaf), *dialect.sort_values(leaf), sequence), descending)


def type_rank(leaf: Leaf) -> Fragment:
    """Return the place of a value's type in the order of types."""
    sql = (
        f"CASE {leaf.type.sql} WHEN 'false' THEN 1 WHEN 'true' THEN 2"
        " WHEN 'integer' THEN 3 WHEN 'real' THEN 3 WHEN 'text' THEN 4 ELSE 0 END"
    )
    return Fragment(sql, leaf.type.params)

"""From the checked tree of a filter to SQL over `records r`."""

# ruff: noqa: S608 - SQL is put together from names of this package alone; every value is bound.
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..store.dialect import Dialect, Fragment, Leaf
from .fields import INDEXED_COLUMNS, KIND, NUMBER, BodyPath, Column
from .tree import All, Among, Compare, Either, Exists, Like, Node, Not

TRUE, FALSE = Fragment("1 = 1"), Fragment("1 = 0")


class Compiler:
    """Compiles filters for one SQL engine."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def condition(self, node: Node) -> Fragment:
        """Return the condition that a node stands for. It is true or false, never unknown."""
        if isinstance(node, All):
            return join(" AND ", (self.condition(part) for part in node.conditions), TRUE)
        if isinstance(node, Either):
            return join(" OR ", (self.condition(part) for part in node.conditions), FALSE)
        if isinstance(node, Not):
            inner = self.condition(node.condition)
            return Fragment(f"NOT ({inner.sql})", inner.params)
        if isinstance(node.field, Column):
            return self._on_column(node, node.field)
        return self._on_body(node, node.field)

    def _on_column(self, node: Among | Compare | Like | Exists, column: Column) -> Fragment:
        name = f"r.{column.name}"
        if isinstance(node, Exists):
            return Fragment(f"{name} IS NOT NULL") if column is KIND or column == KIND else TRUE
        # An operand of another JSON type equals nothing and stands in no order: no engine may coerce it.
        if isinstance(node, Among):
            values = [value for value in node.values if _fits(column, value)]
            if column == KIND and values:
                test = self._dialect.same_text(name, values)
            else:
                test = self._one_of(name, values)
        elif isinstance(node, Compare):
            if not _fits(column, node.value):
                return FALSE
            operand = self._operand(node.value)
            test = Fragment(f"{name} {node.operator} {operand.sql}", operand.params)
        else:
            if column.type == NUMBER:
                return FALSE
            test = self._dialect.like(Fragment(name), node.pattern, ignore_case=node.ignore_case)
        # Only a kind can be absent; unknown must not leak into a NOT around this.
        return Fragment(f"({name} IS NOT NULL AND {test.sql})", test.params) if column == KIND else test

    def _one_of(self, name: str, values: list[Any]) -> Fragment:
        if not values:
            return FALSE
        operands = [self._operand(value) for value in values]
        params = tuple(param for operand in operands for param in operand.params)
        if len(operands) == 1:
            return Fragment(f"{name} = {operands[0].sql}", params)
        return Fragment(f"{name} IN ({', '.join(operand.sql for operand in operands)})", params)

    def _operand(self, value: Any) -> Fragment:
        return Fragment("?", (value,)) if isinstance(value, str) else self._dialect.number(value)

    def _on_body(self, node: Among | Compare | Like | Exists, field: BodyPath) -> Fragment:
        if isinstance(node, Exists):
            return self._dialect.exists(field.segments)
        if isinstance(node, Among):
            return self._among(node, field)
        if isinstance(node, Like):
            return self._dialect.any_leaf(field.segments, lambda leaf: self._like(leaf, node))
        return self._dialect.any_leaf(field.segments, lambda leaf: self._compare(leaf, node))

    def _among(self, node: Among, field: BodyPath) -> Fragment:
        if not node.values:
            return FALSE
        member = field.ref_member
        if member is not None and all(isinstance(value, str) for value in node.values):
            value = self._dialect.same_text("value", node.values)
            sql = f"r.sequence IN (SELECT sequence FROM refs WHERE member = ? AND {value.sql})"
            return Fragment(sql, (member, *value.params))
        return self._dialect.any_leaf(
            field.segments, lambda leaf: self._dialect.one_of(leaf.raw, node.values)
        )

    def _compare(self, leaf: Leaf, node: Compare) -> Fragment:
        if isinstance(node.value, str):
            types, value, operand = "('text')", leaf.text, Fragment("?", (node.value,))
        else:
            types, value, operand = "('integer', 'real')", leaf.number, self._dialect.number(node.value)
        sql = f"({leaf.type.sql} IN {types} AND {value.sql} {node.operator} {operand.sql})"
        return Fragment(sql, (*leaf.type.params, *value.params, *operand.params))

    def _like(self, leaf: Leaf, node: Like) -> Fragment:
        match = self._dialect.like(leaf.text, node.pattern, ignore_case=node.ignore_case)
        return Fragment(f"({leaf.type.sql} = 'text' AND {match.sql})", (*leaf.type.params, *match.params))


def join(glue: str, parts: Iterable[Fragment], empty: Fragment) -> Fragment:
    """Return fragments in brackets, joined; `empty` when there is none."""
    listed = list(parts)
    if not listed:
        return empty
    if len(listed) == 1:
        return listed[0]
    sql = glue.join(f"({part.sql})" if " OR " in part.sql else part.sql for part in listed)
    return Fragment(f"({sql})", tuple(param for part in listed for param in part.params))


def _fits(column: Column, value: Any) -> bool:
    if column.type == NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str)


def index_use(node: Node) -> tuple[list[str], list[str]]:
    """Return the fields of a filter that an index answers, and those that are checked row by row."""
    indexed: set[str] = set()
    named: set[str] = set()
    _walk(node, True, indexed, named)
    if "clock" in named and "thread" in indexed:
        indexed.add("clock")
    return sorted(indexed), sorted(named - indexed)


def _walk(node: Node, narrowing: bool, indexed: set[str], named: set[str]) -> None:
    if isinstance(node, All | Either):
        for part in node.conditions:
            _walk(part, narrowing and (isinstance(node, All) or len(node.conditions) == 1), indexed, named)
    elif isinstance(node, Not):
        _walk(node.condition, False, indexed, named)
    else:
        field = node.field
        named.add(field.path)
        if not narrowing or not isinstance(node, Among | Compare):
            return
        if isinstance(field, Column):
            if field.name in INDEXED_COLUMNS or field == KIND:
                indexed.add(field.path)
        elif field.ref_member and isinstance(node, Among) and all(isinstance(v, str) for v in node.values):
            indexed.add(field.path)

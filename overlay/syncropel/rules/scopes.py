"""Scopes and namespaces: what a token may do, and where.

A scope is one of a closed set, or a grain: `thread:<id>:read`, `thread:<id>:write`, `namespace:<ns>:read`,
`namespace:<ns>:write`. Namespaces form a tree by their slashes; `default` is the whole of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from ..errors import UsageError
from . import limits

READ, WRITE, ADMIN = "records:read", "records:write", "admin"
CONFIG_READ, CONFIG_WRITE = "config:read", "config:write"
STORE_SCOPES = tuple(
    f"{family}:{way}" for family in ("kv", "queue", "stream", "pubsub") for way in ("read", "write")
)
"""What the commands of `runCommand` and the routes beside it ask for."""
SCOPES = (
    *(READ, WRITE, "threads:write", "federation:manage", CONFIG_READ, CONFIG_WRITE, ADMIN),
    *STORE_SCOPES,
)
PRESETS: dict[str, tuple[str, ...]] = {
    "reader": (READ,),
    "contributor": (READ, WRITE),
    "admin": (ADMIN,),
    "store": STORE_SCOPES,
}
DEFAULT_SCOPES = PRESETS["contributor"]
OPEN, ANY, SELF = "open", "any", "self"
"""What a route can ask for besides a scope: nothing, any token that lives, the very token it is about."""

DEFAULT_NAMESPACE = "default"
MAX_SCOPES = 64
"""Scopes of one token."""
_DEPTH = limits.MAX_NAMESPACE_DEPTH
_SEGMENT = re.compile(r"[a-z0-9_-]+\Z")
_THREAD, _NAMESPACE = "thread", "namespace"


class Grain(NamedTuple):
    """A scope for one thread, or for one namespace and what is below it.

    Attributes:
        what: `thread` or `namespace`.
        target: The thread, or the namespace.
        write: Whether it is for writing; reading is another grain.
    """

    what: str
    target: str
    write: bool

    def __str__(self) -> str:
        return f"{self.what}:{self.target}:{'write' if self.write else 'read'}"


def parse_grain(text: str) -> Grain | None:
    """Return the grain that a scope is, or None for any other text."""
    what, _, rest = text.partition(":")
    target, _, way = rest.rpartition(":")
    if what not in (_THREAD, _NAMESPACE) or way not in ("read", "write") or not target:
        return None
    if len(target) > limits.MAX_TEXT_BYTES or (what == _NAMESPACE and not is_namespace(target)):
        return None
    return Grain(what, target, way == "write")


def check_scopes(value: Any, path: str = "$.scopes") -> tuple[str, ...]:
    """Return a list of scopes without repetitions, in the order given.

    Raises:
        UsageError: Something in it is no scope; the message begins with its JSON path.
    """
    if not isinstance(value, list | tuple) or not value:
        raise UsageError(f"{path}: must be a list of at least one scope")
    if len(value) > MAX_SCOPES:
        raise UsageError(f"{path}: has {len(value)} scopes; there can be {MAX_SCOPES}")
    for index, scope in enumerate(value):
        if not isinstance(scope, str) or (scope not in SCOPES and parse_grain(scope) is None):
            raise UsageError(
                f"{path}[{index}]: must be one of {', '.join(SCOPES)}, thread:<id>:read or :write,"
                " namespace:<ns>:read or :write"
            )
        _check_text(scope, f"{path}[{index}]")
    return tuple(dict.fromkeys(value))


def _check_text(text: str, path: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{path}: holds a lone surrogate, which UTF-8 cannot carry") from None


def grants(scopes: Collection[str], needed: str) -> bool:
    """Tell whether scopes are enough for a route that needs one.

    A grain is enough for routes of `records:read` or `records:write`; what it reaches there is decided record
    by record.
    """
    if needed in (OPEN, ANY, SELF) or needed in scopes or ADMIN in scopes:
        return True
    if needed not in (READ, WRITE):
        return False
    return any(grain.write == (needed == WRITE) for grain in grains(scopes))


def grains(scopes: Iterable[str]) -> list[Grain]:
    """Return the grains among scopes."""
    return [grain for scope in scopes if scope not in SCOPES and (grain := parse_grain(scope)) is not None]


def is_namespace(text: str) -> bool:
    """Tell whether a text is a namespace: 1 to 4 segments of a-z, 0-9, `_` and `-`, joined by slashes."""
    segments = text.split("/")
    return (
        len(text) <= limits.MAX_TEXT_BYTES
        and len(segments) <= _DEPTH
        and all(_SEGMENT.match(segment) for segment in segments)
    )


def check_namespace(value: Any, path: str = "$.namespace") -> str:
    """Return a namespace.

    Raises:
        UsageError: It is not one; the message begins with its JSON path.
    """
    if not isinstance(value, str) or not is_namespace(value):
        raise UsageError(f"{path}: must be 1 to {_DEPTH} segments of a-z, 0-9, '_' and '-', joined by '/'")
    return value


def ancestors(namespace: str) -> tuple[str, ...]:
    """Return what a namespace is below of, outermost first, without itself: `a/b/c` gives `a`, `a/b`."""
    segments = namespace.split("/")
    return tuple("/".join(segments[:count]) for count in range(1, len(segments)))


def may_grant(scopes: Collection[str], namespace: str, wanted: str) -> bool:
    """Tell whether whoever has scopes in a namespace may hand out a scope: nobody gives what they have not.

    A scope is narrowed to a grain by those who have it. A thread may hold records of any namespace, so a
    grain for one comes from those who reach them all, or have the very same.

    Args:
        scopes: What the giver has.
        namespace: What the giver reaches.
        wanted: What is to be given.
    """
    if wanted in scopes:
        return True
    grain = parse_grain(wanted)
    if grain is None:
        return ADMIN in scopes
    if ADMIN in scopes or (WRITE if grain.write else READ) in scopes:
        reached = [namespace]
    else:
        reached = [
            own.target for own in grains(scopes) if own.what == _NAMESPACE and own.write == grain.write
        ]
    needed = DEFAULT_NAMESPACE if grain.what == _THREAD else grain.target
    return any(covers(outer, needed) for outer in reached)


def covers(outer: str, inner: str) -> bool:
    """Tell whether a namespace is another one or above it. `default` is above every other."""
    return outer == DEFAULT_NAMESPACE or inner == outer or inner.startswith(f"{outer}/")

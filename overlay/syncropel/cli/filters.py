"""From the options of `spl query` to a rich query. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import UsageError
from .parse import pair, pairs

_FIELDS = ("id", "thread", "actor", "act", "clock", "data_type", "namespace", "created_at", "sequence")
_OPERATORS = ("count", "sum", "avg", "min", "max")


def filter_of(
    *,
    kind: str | None,
    actor: str | None,
    thread: str | None,
    since: int | None,
    where: Sequence[str],
    given: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return the filter for these options; several conditions must all hold.

    Raises:
        UsageError: `--where` is not written `name=value`.
    """
    simple = {"body.kind": kind, "actor": actor, "thread": thread}
    conditions: list[dict[str, Any]] = [{name: value} for name, value in simple.items() if value is not None]
    if since is not None:
        conditions.append({"clock": {"$gte": since}})
    conditions += [{path_of(name): {"$eq": value}} for name, value in pairs(where, "--where").items()]
    if given:
        conditions.append(given)
    if len(conditions) == 1:
        return conditions[0]
    return {"$and": conditions} if conditions else {}


def path_of(name: str) -> str:
    """Return the field a name stands for: a record's own, else a path in its body (`title`: `body.title`)."""
    return name if name in _FIELDS or name.startswith("body.") else f"body.{name}"


def sort_of(text: str | None, *, aggregated: bool = False) -> dict[str, int] | None:
    """Read `FIELD` (ascending) or `-FIELD` (descending).

    Raises:
        UsageError: No field is named.
    """
    if text is None:
        return None
    name = text.removeprefix("-")
    if not name:
        raise UsageError("--sort: name a field, such as clock or -clock (the other way round)")
    # In an aggregation a name without dots is the name of an aggregate.
    return {name if aggregated and "." not in name else path_of(name): -1 if text.startswith("-") else 1}


def names_of(texts: Sequence[str]) -> list[str]:
    """Read field names, given one by one or separated by commas."""
    return [path_of(name.strip()) for text in texts for name in text.split(",") if name.strip()]


def aggregates_of(texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read `NAME=count` or `NAME=sum:FIELD` (also avg, min, max).

    Raises:
        UsageError: The operator is unknown, or lacks its field.
    """
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, what = pair(text, "--aggregate") if "=" in text else (text.partition(":")[0], text)
        operator, _, field = what.partition(":")
        if operator not in _OPERATORS:
            raise UsageError(f"--aggregate: {operator!r} is none of {', '.join(_OPERATORS)}")
        if operator != "count" and not field:
            raise UsageError(f"--aggregate: {operator} needs a field, such as {name}={operator}:insertions")
        found[name] = {f"${operator}": path_of(field) if field else True}
    return found


def value_at(row: Any, path: str) -> Any:
    """Return what a row holds at a dotted path, crossing arrays; None when there is nothing."""
    value = row
    for step in path.split("."):
        if isinstance(value, list):
            value = [inner[step] for inner in value if isinstance(inner, dict) and step in inner]
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value

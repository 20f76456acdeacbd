"""`where`: exact equality on dotted paths, applied by the client to rows that it has read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import UsageTypeError


def match_where(record: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    """Tell whether every condition holds for a record.

    A path goes through objects only (`body.track.title`); it does not cross arrays. A path that leads
    nowhere has the value None, so `{"body.note": None}` finds the records without a note. Values are
    compared as JSON values: `1` equals `1.0`, and `True` does not equal `1`.

    Args:
        record: A record, or its row.
        where: Dotted path to wanted value; no conditions match every record.

    Raises:
        UsageTypeError: `where` is not a mapping, or a path is not a string.
    """
    check_where(where)
    return all(_same(_value_at(record, path), wanted) for path, wanted in where.items())


def check_where(where: Any) -> None:
    """Check the conditions before any request is made.

    Raises:
        UsageTypeError: `where` is not a mapping, or a path is not a string.
    """
    if not isinstance(where, Mapping):
        raise UsageTypeError(f"where: must be a dict of path to value, not {type(where).__name__}")
    for path in where:
        if not isinstance(path, str):
            raise UsageTypeError(f"where: a path is a string such as 'body.title', not {type(path).__name__}")


def _value_at(record: Any, path: str) -> Any:
    place = record
    for segment in path.split("."):
        if not isinstance(place, Mapping) or segment not in place:
            return None
        place = place[segment]
    return place


def _same(left: Any, right: Any) -> bool:
    """Compare two JSON values without a boolean passing for a number."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)

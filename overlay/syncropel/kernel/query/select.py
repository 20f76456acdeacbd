"""Projection: the part of a row that a query selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def selected(row: dict[str, Any], paths: Sequence[str]) -> dict[str, Any]:
    """Return a row with only the selected fields, in their places; `object` and `id` are always there.

    A path that crosses an array keeps the array, with the selected part of each element; elements without it
    become empty objects, so that positions stay.
    """
    kept: dict[str, Any] = {"object": row["object"], "id": row["id"]}
    tree: dict[str, Any] = {}
    for path in paths:
        head, *segments = path.split(".")
        if not segments:
            if head in row:
                kept[head] = row[head]
            continue
        place = tree
        for segment in segments:
            place = place.setdefault(segment, {})
        place[""] = True
    if tree and "body" not in kept:
        kept["body"] = _pruned(row["body"], tree)
    return kept


def _pruned(value: Any, tree: dict[str, Any]) -> Any:
    if "" in tree:
        return value
    if isinstance(value, list):
        return [_pruned(item, tree) for item in value]
    if not isinstance(value, dict):
        return {}
    # A segment is never empty, so "" can mark the end of a path.
    return {key: _pruned(value[key], below) for key, below in tree.items() if key in value}

"""What changed between two schemas, judged for the direction in which the schema travels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from _contract.changes import READS, SENDS, Change, Direction
from _contract.document import ContractError, resolve

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("const", "pattern", "format", "multipleOf", "uniqueItems", "if", "then", "else", "not")
_MISSING = object()


def compare_schemas(
    old: dict[str, Any],
    new: dict[str, Any],
    before: Any,
    after: Any,
    where: str,
    direction: Direction,
) -> Iterator[Change]:
    """Yield the changes from one schema to another.

    A reference that kept its name is not followed: its component is compared on its own.

    Args:
        old: The contract that `before` is from.
        new: The contract that `after` is from.
        before: The schema as it was.
        after: The schema as it is.
        where: How messages name the place.
        direction: Whether callers send the value, read it, or both.
    """
    if not isinstance(before, dict) or not isinstance(after, dict):
        if before != after:
            yield Change(where, f"changed from {_show(before)} to {_show(after)}", True)
        return
    names = before.get("$ref"), after.get("$ref")
    if names[0] and names[0] == names[1]:
        return
    if names[0] != names[1]:
        yield Change(where, f"is now {_name(after)} instead of {_name(before)}", False)
        try:
            before, after = resolve(old, before), resolve(new, after)
        except ContractError as error:
            yield Change(where, f"cannot be followed: {error}", True)
            return
    yield from _types(before, after, where, direction)
    yield from _bounds(before, after, where, direction)
    yield from _enum(before, after, where, direction)
    yield from _members(old, new, before, after, where, direction)
    yield from _variants(old, new, before, after, where, direction)
    for key in ("items", "additionalProperties"):
        yield from _inner(old, new, before.get(key), after.get(key), key, where, direction)


def _name(schema: dict[str, Any]) -> str:
    reference = schema.get("$ref")
    return str(reference).rpartition("/")[2] if reference else "an inline schema"


def _show(value: Any) -> str:
    return "nothing" if value is _MISSING else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _type_set(schema: dict[str, Any]) -> set[str] | None:
    """Return the JSON types a plain schema takes; None when the schema does not say, or is a union."""
    kind = schema.get("type")
    if kind is None:
        return None
    kinds = set(kind) if isinstance(kind, list) else {str(kind)}
    return kinds | {"integer"} if "number" in kinds else kinds


def _types(
    before: dict[str, Any], after: dict[str, Any], where: str, direction: Direction
) -> Iterator[Change]:
    was, is_ = _type_set(before), _type_set(after)
    if was == is_ or _is_union(before) or _is_union(after):
        return
    # No type at all takes every value, so it is the widest of them.
    wider = is_ is None or (was is not None and was < is_)
    narrower = was is None or (is_ is not None and is_ < was)
    breaking = not (wider or narrower) or bool(direction & (READS if wider else SENDS))
    shown = [str(each.get("type", "any value")) for each in (before, after)]
    yield Change(where, f"changed its type from {shown[0]} to {shown[1]}", breaking)


def _bounds(
    before: dict[str, Any], after: dict[str, Any], where: str, direction: Direction
) -> Iterator[Change]:
    for key in (*_LOWER_BOUNDS, *_UPPER_BOUNDS):
        was, is_ = before.get(key), after.get(key)
        if was == is_:
            continue
        tighter = is_ is not None and (was is None or (is_ > was) == (key in _LOWER_BOUNDS))
        first, second = before.get(key, _MISSING), after.get(key, _MISSING)
        words = f"{key} {'tightened' if tighter else 'loosened'} from {_show(first)} to {_show(second)}"
        # Readers are not touched: they were never promised that a value comes close to its bound.
        yield Change(where, words, tighter and bool(direction & SENDS))
    for key in _EXACT:
        first, second = before.get(key, _MISSING), after.get(key, _MISSING)
        if first != second:
            dropped_for_senders = second is _MISSING and not direction & READS
            words = f"{key} changed from {_show(first)} to {_show(second)}"
            yield Change(where, words, not dropped_for_senders)
    if before.get("default", _MISSING) != after.get("default", _MISSING):
        first, second = before.get("default", _MISSING), after.get("default", _MISSING)
        words = f"default changed from {_show(first)} to {_show(second)}"
        yield Change(where, words, bool(direction & SENDS))


def _enum(
    before: dict[str, Any], after: dict[str, Any], where: str, direction: Direction
) -> Iterator[Change]:
    was, is_ = before.get("enum"), after.get("enum")
    if was is None and is_ is None:
        return
    if was is None or is_ is None:
        words = "became an enumeration" if was is None else "is no longer an enumeration"
        # Generated enumerations are classes: code that names them breaks when they come or go.
        yield Change(where, words, True)
        return
    for value in [value for value in was if value not in is_]:
        yield Change(where, f"lost the value {_show(value)}", bool(direction & SENDS))
    for value in [value for value in is_ if value not in was]:
        # Enumerations are open for readers: an unknown value is kept.
        yield Change(where, f"has the new value {_show(value)}", False)


def _members(
    old: dict[str, Any],
    new: dict[str, Any],
    before: dict[str, Any],
    after: dict[str, Any],
    where: str,
    direction: Direction,
) -> Iterator[Change]:
    first, second = before.get("properties") or {}, after.get("properties") or {}
    needed = set(before.get("required") or []), set(after.get("required") or [])
    for name in [name for name in first if name not in second]:
        yield Change(where, f"lost the field {name}", True)
    for name in [name for name in second if name not in first]:
        required = name in needed[1]
        kind = "required" if required else "optional"
        yield Change(where, f"has the new {kind} field {name}", required and bool(direction & SENDS))
    for name in [name for name in second if name in first]:
        place = f"{where}, field {name}"
        if name in needed[1] - needed[0]:
            yield Change(place, "became required", bool(direction & SENDS))
        if name in needed[0] - needed[1]:
            yield Change(place, "became optional", bool(direction & READS))
        yield from compare_schemas(old, new, first[name], second[name], place, direction)


def _is_union(schema: dict[str, Any]) -> bool:
    return "oneOf" in schema or "anyOf" in schema


def _variants(
    old: dict[str, Any],
    new: dict[str, Any],
    before: dict[str, Any],
    after: dict[str, Any],
    where: str,
    direction: Direction,
) -> Iterator[Change]:
    """Compare unions by their variants; a schema that is no union counts as a union of itself."""
    if not _is_union(before) and not _is_union(after):
        return
    first, second = _choices(before), _choices(after)
    lost = [each for each in first if each not in second]
    gained = [each for each in second if each not in first]
    if len(lost) == len(gained) == 1:
        yield from compare_schemas(old, new, lost[0], gained[0], where, direction)
        return
    for each in lost:
        yield Change(where, f"can no longer be {_variant(each)}", bool(direction & SENDS))
    for each in gained:
        yield Change(where, f"can now be {_variant(each)}", bool(direction & READS))


_WORDS = ("description", "default", "discriminator", "x-untagged")


def _choices(schema: dict[str, Any]) -> list[Any]:
    union = [*(schema.get("oneOf") or []), *(schema.get("anyOf") or [])]
    return [{key: value for key, value in each.items() if key not in _WORDS} for each in union or [schema]]


def _variant(schema: dict[str, Any]) -> str:
    return _name(schema) if "$ref" in schema else str(schema.get("type", "any value"))


def _inner(
    old: dict[str, Any],
    new: dict[str, Any],
    before: Any,
    after: Any,
    key: str,
    where: str,
    direction: Direction,
) -> Iterator[Change]:
    place = f"{where}, {'items' if key == 'items' else 'other fields'}"
    if isinstance(before, dict) and isinstance(after, dict):
        yield from compare_schemas(old, new, before, after, place, direction)
    elif before != after and key == "additionalProperties":
        # Absent means allowed.
        closed = after is False
        shown = "are refused now" if closed else "changed their schema"
        opened = before is False and (after is None or after is True)
        shown = "are allowed now" if opened else shown
        same = {before is None or before is True, after is None or after is True} == {True}
        if not same:
            yield Change(place, shown, not opened and bool(direction & SENDS))
    elif before != after:
        yield Change(place, f"changed from {_show(before)} to {_show(after)}", True)

"""What changed between two contracts, in words, and whether it breaks those who call us.

A change breaks existing callers when code or a wire client that works with the old contract can fail with a
server or a generated layer of the new one. What a caller sends and what it reads pull in opposite directions:
a new required member breaks senders and not readers, one that may be absent breaks readers and not senders.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from _contract.changes import BOTH, READS, SENDS, Change, Direction
from _contract.diff_schemas import compare_schemas
from _contract.document import SCHEMAS, Operation, children, components, media, operations, resolve


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Return every change from the old contract to the new one, operations first."""
    return [*_operations(old, new), *_components(old, new)]


def _operations(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before = {each.id: each for each in operations(old)}
    after = {each.id: each for each in operations(new)}
    for name, each in before.items():
        if name not in after:
            yield Change(f"operation {name}", f"was removed ({each.where})", True)
    for name, each in after.items():
        if name not in before:
            yield Change(f"operation {name}", f"is new ({each.where})", False)
        else:
            yield from _operation(old, new, before[name], each)


def _operation(
    old: dict[str, Any], new: dict[str, Any], before: Operation, after: Operation
) -> Iterator[Change]:
    where = f"operation {after.id}"
    if (before.method, before.path) != (after.method, after.path):
        yield Change(where, f"moved from {before.where} to {after.where}", True)
    if before.tag != after.tag:
        yield Change(where, f"moved from the tag {before.tag} to {after.tag}, and its module with it", True)
    was_open, is_open = _is_open(old, before), _is_open(new, after)
    if was_open and not is_open:
        yield Change(where, "needs a token now", True)
    elif is_open and not was_open:
        yield Change(where, "no longer needs a token", False)
    yield from _scope(where, before.node.get("x-scope"), after.node.get("x-scope"))
    if before.node.get("deprecated") != after.node.get("deprecated") and after.node.get("deprecated"):
        yield Change(where, "is deprecated", False)
    yield from _parameters(old, new, before, after)
    yield from _request_body(old, new, before, after)
    yield from _responses(old, new, before, after)


def _scope(where: str, before: str | None, after: str | None) -> Iterator[Change]:
    """Tell of another scope; a token that was enough stays enough when it had `admin` or any will do."""
    if before is None or before == after:
        return
    still_enough = after == "open" or before == "admin" or (after == "any" and before != "open")
    yield Change(where, f"needs the scope {after} now, not {before}", not still_enough)


def _is_open(document: dict[str, Any], operation: Operation) -> bool:
    demanded = operation.node.get("security", document.get("security") or [])
    return not demanded or {} in demanded


def _parameters(
    old: dict[str, Any], new: dict[str, Any], before: Operation, after: Operation
) -> Iterator[Change]:
    first = {(p["in"], p["name"]): p for p in before.parameters}
    second = {(p["in"], p["name"]): p for p in after.parameters}
    for place, name in sorted(first.keys() - second.keys()):
        yield Change(f"operation {after.id}", f"lost the {place} parameter {name}", True)
    for place, name in sorted(second.keys() - first.keys()):
        required = bool(second[place, name].get("required"))
        kind = "required" if required else "optional"
        yield Change(f"operation {after.id}", f"has the new {kind} {place} parameter {name}", required)
    for key in sorted(first.keys() & second.keys()):
        where = f"operation {after.id}, parameter {key[1]}"
        was, is_ = bool(first[key].get("required")), bool(second[key].get("required"))
        if was != is_:
            yield Change(where, "became required" if is_ else "became optional", is_)
        schemas = first[key].get("schema", {}), second[key].get("schema", {})
        yield from compare_schemas(old, new, *schemas, where, SENDS)


def _request_body(
    old: dict[str, Any], new: dict[str, Any], before: Operation, after: Operation
) -> Iterator[Change]:
    where = f"operation {after.id}, request body"
    first, second = before.node.get("requestBody"), after.node.get("requestBody")
    if first is None and second is None:
        return
    if first is None or second is None:
        required = second is not None and bool(resolve(new, second).get("required"))
        yield Change(where, "was removed" if second is None else "is new", second is None or required)
        return
    was, is_ = (bool(resolve(d, b).get("required")) for d, b in ((old, first), (new, second)))
    if was != is_:
        yield Change(where, "became required" if is_ else "became optional", is_)
    yield from _content(old, new, first, second, where, SENDS)


def _responses(
    old: dict[str, Any], new: dict[str, Any], before: Operation, after: Operation
) -> Iterator[Change]:
    first = {str(k): v for k, v in (before.node.get("responses") or {}).items()}
    second = {str(k): v for k, v in (after.node.get("responses") or {}).items()}
    for status in sorted(first.keys() - second.keys()):
        good = status.startswith("2")
        yield Change(f"operation {after.id}", f"no longer answers {status}", good)
    for status in sorted(second.keys() - first.keys()):
        # An unlisted refusal is still read as the error envelope; an unlisted success is not read at all.
        yield Change(f"operation {after.id}", f"may answer {status} now", status.startswith(("2", "3")))
    for status in sorted(first.keys() & second.keys()):
        where = f"operation {after.id}, response {status}"
        yield from _content(old, new, first[status], second[status], where, READS)
        codes = [
            set(resolve(d, r[status]).get("x-error-codes") or []) for d, r in ((old, first), (new, second))
        ]
        for code in sorted(codes[0] - codes[1]):
            yield Change(where, f"no longer carries the code {code}", False)
        for code in sorted(codes[1] - codes[0]):
            yield Change(where, f"may carry the code {code} now", False)


def _content(
    old: dict[str, Any], new: dict[str, Any], first: Any, second: Any, where: str, direction: Direction
) -> Iterator[Change]:
    before, after = media(old, first), media(new, second)
    for kind in sorted(before.keys() - after.keys()):
        yield Change(where, f"no longer has the content type {kind}", True)
    for kind in sorted(after.keys() - before.keys()):
        yield Change(where, f"has the new content type {kind}", direction is READS and bool(before))
    for kind in sorted(before.keys() & after.keys()):
        schemas = before[kind].get("schema", {}), after[kind].get("schema", {})
        yield from compare_schemas(old, new, *schemas, where, direction)


def _components(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    before, after = components(old), components(new)
    for name in sorted(before.keys() - after.keys()):
        yield Change(f"schema {name}", "was removed, and its class with it", True)
    for name in sorted(after.keys() - before.keys()):
        yield Change(f"schema {name}", "is new", False)
    directions = _directions(new)
    for name in [name for name in after if name in before]:
        direction = directions.get(name, BOTH)
        first, second = before[name], after[name]
        if first.get("x-kind") != second.get("x-kind"):
            kinds = f"{first.get('x-kind')} to {second.get('x-kind')}"
            yield Change(f"schema {name}", f"describes another kind: from {kinds}", True)
        yield from compare_schemas(old, new, first, second, f"schema {name}", direction)


def _directions(document: dict[str, Any]) -> dict[str, Direction]:
    """Return for each component whether callers send it, read it, or both."""
    found: dict[str, Direction] = {}

    def mark(schema: Any, direction: Direction) -> None:
        if not isinstance(schema, dict):
            return
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith(SCHEMAS):
            name = reference[len(SCHEMAS) :]
            known = found.get(name, Direction(0))
            if direction & ~known:
                found[name] = known | direction
                mark(components(document).get(name), direction)
        for _, child in children(schema):
            mark(child, direction)

    for each in operations(document):
        for parameter in each.parameters:
            mark(parameter.get("schema"), SENDS)
        for entry in media(document, each.node.get("requestBody") or {}).values():
            mark(entry.get("schema"), SENDS)
        for response in (each.node.get("responses") or {}).values():
            for entry in media(document, response).values():
                mark(entry.get("schema"), READS)
                mark({"$ref": entry.get("x-sse-item")}, READS)
    for name, schema in components(document).items():
        # The body of a kind is built by some callers and read by others.
        if isinstance(schema, dict) and "x-kind" in schema:
            mark({"$ref": f"{SCHEMAS}{name}"}, BOTH)
    return found

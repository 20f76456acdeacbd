"""The rules about schemas: each forbids a construct that the generator would get wrong without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from _contract.document import SCHEMAS, ContractError, children, components, lookup, operations, resolve

if TYPE_CHECKING:
    from _contract.lint import Rule

Found = Iterator[tuple[str, str]]

_NULL = {"type": "null"}
# Places of JSON Schema that only judge; the generator neither reads nor needs them.
_JUDGING = {"if", "then", "else", "not"}


def _walk(schema: Any, where: str, *, top: bool = False) -> Iterator[tuple[str, Any, bool]]:
    """Yield a schema and all within it: place, schema, whether it is a component of its own."""
    yield where, schema, top
    if not isinstance(schema, dict):
        return
    for place, child in children(schema):
        if place not in _JUDGING:
            yield from _walk(child, f"{where}/{place}")


def all_schemas(document: dict[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Yield every schema of the contract: its place, itself, whether it is a named component."""
    for name, schema in components(document).items():
        yield from _walk(schema, f"components/schemas/{name}", top=True)
    for each in operations(document):
        for parameter in each.parameters:
            if "schema" in parameter:
                yield from _walk(parameter["schema"], f"{each.where} {parameter.get('name')}")
        holders = {"requestBody": each.node.get("requestBody"), **(each.node.get("responses") or {})}
        for name, holder in holders.items():
            content = (resolve(document, holder) or {}).get("content") or {}
            for entry in content.values():
                if "schema" in entry:
                    yield from _walk(entry["schema"], f"{each.where} {name}")


def references(document: dict[str, Any]) -> Found:
    """Every reference stays in the document and leads somewhere: the generator fetches nothing."""
    stack: list[tuple[str, Any]] = [("document", document)]
    while stack:
        where, node = stack.pop()
        if isinstance(node, list):
            stack += [(f"{where}/{index}", value) for index, value in enumerate(node)]
        if not isinstance(node, dict):
            continue
        reference = node.get("$ref")
        if isinstance(reference, str):
            try:
                lookup(document, reference)
            except ContractError as error:
                yield where, str(error)
        # An example is data: a member named `$ref` in it refers to nothing.
        stack += [(f"{where}/{key}", value) for key, value in node.items() if key not in ("value", "example")]


def boolean_schemas(document: dict[str, Any]) -> Found:
    """No schema is `true` or `false`: the generator refuses the whole document. `{}` stands for any JSON."""
    for where, schema, _ in all_schemas(document):
        if isinstance(schema, bool) and not where.endswith("/additionalProperties"):
            yield where, "a boolean schema stops the generator; `{}` takes any JSON"


def recursive_unions(document: dict[str, Any]) -> Found:
    """No union leads back to itself: the generator drops it and all that refer to it."""
    for name, schema in components(document).items():
        if _variants(schema) and _reaches(document, schema, f"{SCHEMAS}{name}"):
            yield f"components/schemas/{name}", "a union that contains itself is dropped; `{}` takes any JSON"


def _reaches(document: dict[str, Any], start: Any, target: str) -> bool:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for _, schema, _ in _walk(waiting.pop(), ""):
            reference = schema.get("$ref") if isinstance(schema, dict) else None
            if reference == target:
                return True
            if isinstance(reference, str) and reference not in seen:
                seen.add(reference)
                waiting.append(lookup(document, reference))
    return False


def _variants(schema: Any) -> list[Any]:
    if not isinstance(schema, dict):
        return []
    return [*(schema.get("oneOf") or []), *(schema.get("anyOf") or [])]


def tagged_unions(document: dict[str, Any]) -> Found:
    """The variants of a union are told apart for certain.

    By a `const` that each object variant requires and no other shares; or by their JSON types. A union whose
    wire format has no tag says why in `x-untagged`; then each variant must require a member no other has.
    """
    for where, schema, _ in all_schemas(document):
        variants = [resolve(document, each) for each in _variants(schema) if each != _NULL]
        if len(variants) < 2:
            continue
        kinds = [_json_type(each) for each in variants]
        objects = [each for each in variants if _json_type(each) == "object"]
        plain = [kind for kind in kinds if kind != "object"]
        if None in plain or len(plain) != len(set(plain)):
            yield where, "two variants have the same JSON type, or one has none"
        if len(objects) < 2:
            continue
        if "x-untagged" in schema:
            if not _own_required(objects):
                yield where, "with `x-untagged` each variant must require a member that no other requires"
        elif not _common_tag(document, objects):
            yield where, "each variant must require the same member, with a `const` of its own"


def _json_type(schema: Any) -> str | None:
    kind = schema.get("type") if isinstance(schema, dict) else None
    if kind == "integer":
        return "number"
    return kind if isinstance(kind, str) else None


def _own_required(objects: list[dict[str, Any]]) -> bool:
    required = [set(each.get("required") or []) for each in objects]
    return all(mine - set().union(*(other for other in required if other is not mine)) for mine in required)


def _common_tag(document: dict[str, Any], objects: list[dict[str, Any]]) -> bool:
    shared = set.intersection(*(set(each.get("required") or []) for each in objects))
    for name in shared:
        tags = [resolve(document, (each.get("properties") or {}).get(name, {})) for each in objects]
        values = [tag["const"] for tag in tags if "const" in tag]
        if len(values) == len(objects) == len({repr(value) for value in values}):
            return True
    return False


def nullability(document: dict[str, Any]) -> Found:
    """Null is said in one way: `anyOf` of one schema and `{type: "null"}`."""
    for where, schema, _ in all_schemas(document):
        if not isinstance(schema, dict):
            continue
        if isinstance(schema.get("type"), list):
            yield where, 'a list of types makes duplicate classes; write anyOf: [X, {type: "null"}]'
        if "nullable" in schema:
            yield where, '`nullable` is OpenAPI 3.0; write anyOf: [X, {type: "null"}]'
        if None in (schema.get("enum") or []):
            yield where, 'null in an enum is lost; write anyOf: [X, {type: "null"}]'
        if _NULL in (schema.get("oneOf") or []):
            yield where, 'null in a oneOf; write anyOf: [X, {type: "null"}]'
        choices = schema.get("anyOf")
        if choices is not None and (len(choices) != 2 or _NULL not in choices):
            yield where, "`anyOf` is for null only, with one other schema; a choice is `oneOf`"


def named_objects(document: dict[str, Any]) -> Found:
    """Every object has a name: an inline one gets a class named after its place, which changes with it."""
    for where, schema, top in all_schemas(document):
        if top or not isinstance(schema, dict):
            continue
        if schema.get("type") == "object" or "properties" in schema:
            yield where, "an inline object; give it a name under components/schemas"


def aliases(document: dict[str, Any]) -> Found:
    """No component is only another one's reference: the generator would write a second copy of the class."""
    for name, schema in components(document).items():
        if isinstance(schema, dict) and "$ref" in schema:
            yield f"components/schemas/{name}", f"an alias of {schema['$ref']}; refer to that one"


def _python_name(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-zA-Z0-9]+", "_", spaced).strip("_").lower()


def distinct_names(document: dict[str, Any]) -> Found:
    """No two members of an object, and no two components, have one name in Python."""
    named = {"components/schemas": list(components(document))}
    for where, schema, _ in all_schemas(document):
        if isinstance(schema, dict):
            named[where] = list(schema.get("properties") or {})
    for where, names in named.items():
        seen: dict[str, str] = {}
        for name in names:
            first = seen.setdefault(_python_name(name), name)
            if first != name:
                yield where, f"{first!r} and {name!r} are one name in Python"


def enums(document: dict[str, Any]) -> Found:
    """The members of an enumeration have one type and stay distinct in upper case."""
    for where, schema, _ in all_schemas(document):
        values = schema.get("enum") if isinstance(schema, dict) else None
        if not values:
            continue
        if len({type(value) for value in values if value is not None}) > 1:
            yield where, "an enum of several types is dropped with all that refer to it"
        upper = [str(value).upper() for value in values]
        if len(upper) != len(set(upper)):
            yield where, "two members are equal in upper case, which stops the generator"


def lost_defaults(document: dict[str, Any]) -> Found:
    """No default is where the generator drops it: on an array, or on a component that others refer to."""
    for where, schema, top in all_schemas(document):
        if not isinstance(schema, dict) or "default" not in schema:
            continue
        if isinstance(schema["default"], list):
            yield where, "the default of an array is dropped; say in the description what absence means"
        elif top:
            yield where, "the default of a component is dropped; say in the description what absence means"


def descriptions(document: dict[str, Any]) -> Found:
    """Every component and every member is explained: the texts become docstrings."""
    for where, schema, top in all_schemas(document):
        if not isinstance(schema, dict) or "$ref" in schema:
            continue
        member = where.split("/")[-2:-1] == ["properties"]
        if (top or member) and not schema.get("description"):
            yield where, "needs a description"


def required_members(document: dict[str, Any]) -> Found:
    """What an object requires is declared: the generator passes over a required member it does not know."""
    for where, schema, _ in all_schemas(document):
        if not isinstance(schema, dict):
            continue
        for name in schema.get("required") or []:
            if name not in (schema.get("properties") or {}):
                yield where, f"requires {name!r}, which is not among its properties"


def kinds(document: dict[str, Any]) -> Found:
    """A schema with `x-kind` requires `kind` with that very value, and no two describe one kind."""
    seen: dict[str, str] = {}
    for name, schema in components(document).items():
        kind = schema.get("x-kind") if isinstance(schema, dict) else None
        if kind is None:
            continue
        where = f"components/schemas/{name}"
        if (schema.get("properties") or {}).get("kind", {}).get("const") != kind:
            yield where, f"its member `kind` must be the const {kind!r}"
        if "kind" not in (schema.get("required") or []):
            yield where, "must require `kind`"
        if seen.setdefault(kind, name) != name:
            yield where, f"{kind} is described by {seen[kind]} already"


RULES: dict[str, Rule] = {
    "boolean-schema": boolean_schemas,
    "recursive-union": recursive_unions,
    "tagged-union": tagged_unions,
    "null": nullability,
    "inline-object": named_objects,
    "alias": aliases,
    "distinct-names": distinct_names,
    "enum": enums,
    "lost-default": lost_defaults,
    "description": descriptions,
    "required-member": required_members,
    "kind": kinds,
}

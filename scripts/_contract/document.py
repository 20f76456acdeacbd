"""Reading the contract: text to plain values, and the ways through them that the other modules share."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SCHEMAS = "#/components/schemas/"
LINES = "application/x-ndjson"


class ContractError(Exception):
    """The contract cannot be read; the message says where."""


class Operation(NamedTuple):
    """One operation of the contract.

    Attributes:
        id: Its operationId, or "" when it has none.
        method: HTTP method in lower case.
        path: Path template.
        node: The operation object.
        parameters: Its parameters with those of its path, references resolved.
    """

    id: str
    method: str
    path: str
    node: dict[str, Any]
    parameters: list[dict[str, Any]]

    @property
    def tag(self) -> str:
        """Return its tag, or the one that the generator falls back to."""
        tags = self.node.get("tags") or ["default"]
        return str(tags[0])

    @property
    def where(self) -> str:
        """Return how messages name it."""
        return f"{self.method.upper()} {self.path}"


def load(text: str, name: str = "openapi.yaml") -> dict[str, Any]:
    """Return the contract as plain values, read by the parser that the generator uses.

    Raises:
        ContractError: It is not YAML, repeats a key, or is not an object.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        value = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ContractError(f"{name}: {error}") from error
    if not isinstance(value, dict):
        raise ContractError(f"{name}: the contract must be an object")
    return value


def resolve(document: dict[str, Any], node: Any) -> Any:
    """Follow `$ref`s within the document until there is none.

    Raises:
        ContractError: A reference leaves the document, leads nowhere, or leads back to itself.
    """
    seen: set[str] = set()
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        reference = node["$ref"]
        if reference in seen:
            raise ContractError(f"{reference} refers to itself")
        seen.add(reference)
        node = lookup(document, reference)
    return node


def lookup(document: dict[str, Any], reference: str) -> Any:
    """Return what one reference such as `#/components/schemas/Record` points at.

    Raises:
        ContractError: It leaves the document or leads nowhere.
    """
    if not reference.startswith("#/"):
        raise ContractError(f"{reference}: a reference must stay in the document")
    node: Any = document
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or name not in node:
            raise ContractError(f"{reference} leads nowhere")
        node = node[name]
    return node


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Yield every operation in the order of the contract."""
    for path, item in (document.get("paths") or {}).items():
        shared = item.get("parameters") or []
        for method in METHODS:
            node = item.get(method)
            if not isinstance(node, dict):
                continue
            parameters = [resolve(document, p) for p in [*shared, *(node.get("parameters") or [])]]
            yield Operation(str(node.get("operationId") or ""), method, str(path), node, parameters)


def components(document: dict[str, Any], kind: str = "schemas") -> dict[str, Any]:
    """Return one section of the components, empty when there is none."""
    found = (document.get("components") or {}).get(kind) or {}
    return dict(found)


def children(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the schemas that one schema holds, each with its place in it."""
    for name, value in (schema.get("properties") or {}).items():
        yield f"properties/{name}", value
    for key in ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"):
        if key in schema:
            yield key, schema[key]
    for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
        for index, value in enumerate(schema.get(key) or []):
            yield f"{key}/{index}", value
    for key in ("$defs", "dependentSchemas", "patternProperties"):
        for name, value in (schema.get(key) or {}).items():
            yield f"{key}/{name}", value


def media(document: dict[str, Any], holder: Any) -> dict[str, Any]:
    """Return the content of a request body or a response, by media type."""
    resolved = resolve(document, holder)
    return dict(resolved.get("content") or {}) if isinstance(resolved, dict) else {}


def without_lines(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the contract whose request bodies are never lines of JSON."""
    copied: dict[str, Any] = copy.deepcopy(document)
    for each in operations(copied):
        body = resolve(copied, each.node.get("requestBody") or {})
        (body.get("content") or {}).pop(LINES, None)
    return copied

"""What is written beside the Python code: the routes, the schemas and the contract as JSON."""

from __future__ import annotations

import json
from typing import Any

from _contract.document import SCHEMAS, components, operations

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = "https://syncropel.com/schemas/contract.v1.schema.json"

# Said by OpenAPI about a schema; JSON Schema has no such words.
_FOREIGN = {"discriminator", "example", "xml", "externalDocs"}


def routes(document: dict[str, Any]) -> list[dict[str, str]]:
    """Return one row per operation, in the order of the contract."""
    return [
        {
            "operation_id": each.id,
            "method": each.method.upper(),
            "path": each.path,
            "tag": each.tag,
            "scope": str(each.node["x-scope"]),
        }
        for each in operations(document)
    ]


def schemas(document: dict[str, Any]) -> dict[str, Any]:
    """Return the component schemas as one JSON Schema 2020-12 document.

    `$defs` has them by name, `x-kinds` tells which of them describes the bodies of which record kind.
    """
    named = components(document)
    return {
        "$schema": DIALECT,
        "$id": IDENTIFIER,
        "$defs": {name: plain(schema) for name, schema in named.items()},
        "x-kinds": {schema["x-kind"]: name for name, schema in named.items() if "x-kind" in schema},
    }


def plain(schema: Any) -> Any:
    """Copy one schema without OpenAPI's own words, its references pointing into `$defs`."""
    if not isinstance(schema, dict):
        return schema
    copied: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _FOREIGN or key.startswith("x-"):
            continue
        if key == "$ref":
            copied[key] = value.replace(SCHEMAS, "#/$defs/", 1)
        elif key in ("properties", "$defs", "dependentSchemas", "patternProperties"):
            copied[key] = {name: plain(each) for name, each in value.items()}
        elif key in ("allOf", "anyOf", "oneOf", "prefixItems"):
            copied[key] = [plain(each) for each in value]
        elif key in (
            "items",
            "additionalProperties",
            "not",
            "if",
            "then",
            "else",
            "contains",
            "propertyNames",
        ):
            copied[key] = plain(value)
        else:
            copied[key] = value  # Values such as `const`, `enum` and `default` are data, not schemas.
    return copied


def as_json(value: Any) -> str:
    """Return the text of a JSON file: members in their order, two spaces, one newline at the end."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"

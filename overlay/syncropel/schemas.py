"""Checking record bodies against the schemas of their kinds: the registry of this process.

Example:
    >>> from syncropel import schemas
    >>> schemas.register("music.catalog.track", {"type": "object", "required": ["title"]})
    >>> schemas.validate("music.catalog.track", {"title": "Glow"})
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .rules.schemas import SchemaRegistry, default_registry

__all__ = ["SchemaRegistry", "kinds", "known", "register", "register_folder", "schema", "validate"]


def validate(kind: str, body: dict[str, Any]) -> None:
    """Check a body as it would be emitted under `kind`.

    Raises:
        ValidationError: The body does not fit; `violations` has every fault with its JSON path.
        KindError: The kind breaks the grammar.
        UsageError: No schema is known for the kind, or the body holds what JSON has not.
    """
    default_registry().validate(kind, body)


def register(kind: str, schema: Mapping[str, Any] | bool) -> None:
    """Take a JSON Schema 2020-12 for a kind of your own; a later one replaces it.

    Raises:
        KindError: The kind breaks the grammar.
        UsageError: The kind belongs to the contract, or the schema is not valid; the message says why.
    """
    default_registry().register(kind, schema)


def register_folder(path: str | Path) -> tuple[str, ...]:
    """Take every `<kind>.json` of a folder, all or none, and return the kinds.

    Raises:
        UsageError: There is no such folder, a file's name is not a kind, or a schema is not valid.
    """
    return default_registry().register_folder(path)


def kinds() -> tuple[str, ...]:
    """Return every kind that has a schema, in order."""
    return default_registry().kinds()


def known(kind: str) -> bool:
    """Tell whether a kind has a schema."""
    return default_registry().known(kind)


def schema(kind: str) -> Any:
    """Return the schema of a kind.

    Raises:
        UsageError: No schema is known for the kind.
    """
    return default_registry().schema(kind)

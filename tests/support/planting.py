"""The registry of violations planted in the contract, and short ways to the places where they go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Plant = Callable[[Document], None]
PLANTS: list[tuple[str, Plant]] = []


def plants(rule: str) -> Callable[[Plant], Plant]:
    """Register a function that plants one violation of a rule in a document."""

    def register(plant: Plant) -> Plant:
        PLANTS.append((rule, plant))
        return plant

    return register


def get(document: Document, path: str = "/health") -> Document:
    """Return the GET operation of a path."""
    found: Document = document["paths"][path]["get"]
    return found


def emit(document: Document) -> Document:
    """Return the operation that takes a record."""
    found: Document = document["paths"]["/v1/records"]["post"]
    return found


def schema(document: Document, name: str) -> Document:
    """Return a component schema."""
    found: Document = document["components"]["schemas"][name]
    return found


def add(document: Document, name: str, **words: Any) -> None:
    """Add a component schema."""
    document["components"]["schemas"][name] = {"description": "Planted.", **words}


def parameter(document: Document, **words: Any) -> None:
    """Add a parameter to an operation."""
    base = {"name": "extra", "in": "query", "description": "Planted.", "example": "x"}
    get(document).setdefault("parameters", []).append({**base, "schema": {"type": "string"}, **words})

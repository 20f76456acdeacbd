"""The checked form of a filter. Whatever is in it is valid; compiling it cannot fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .fields import Field


@dataclass(frozen=True)
class Among:
    """Some value of the field equals one of these, in JSON type and value (`$eq`, `$in`)."""

    field: Field
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Compare:
    """Some value of the field has the operand's type and stands in this order to it.

    Attributes:
        operator: `<`, `<=`, `>` or `>=`.
    """

    field: Field
    operator: str
    value: Any


@dataclass(frozen=True)
class Like:
    """Some value of the field is text that matches an SQL LIKE pattern."""

    field: Field
    pattern: str
    ignore_case: bool


@dataclass(frozen=True)
class Exists:
    """The field is present."""

    field: Field


@dataclass(frozen=True)
class Not:
    """The condition does not hold."""

    condition: Node


@dataclass(frozen=True)
class All:
    """Every condition holds; without any, always."""

    conditions: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    """At least one condition holds."""

    conditions: tuple[Node, ...]


Node = Among | Compare | Like | Exists | Not | All | Either

"""Namespaces as rows of the store."""

# ruff: noqa: S608 - SQL is put together from names of this module alone; every value is bound.
from __future__ import annotations

from typing import Any, NamedTuple

from ..store.base import Transaction
from .tables import changed

_COLUMNS = "id, active, require_signatures, created_at, bootstrapped"


class Namespace(NamedTuple):
    """A namespace that was registered.

    Attributes:
        id: Its name, segments joined by slashes.
        active: Whether records of it, and of what is below it, are taken.
        require_signatures: Whether records of it, and of what is below it, must be signed.
        created_at: Unix seconds; 0 for `default`, which is always there.
        bootstrapped: The account that was let in without a token; None while nobody was.
    """

    id: str
    active: bool = True
    require_signatures: bool = False
    created_at: int = 0
    bootstrapped: str | None = None

    @property
    def row(self) -> dict[str, Any]:
        """The namespace as the API shows it."""
        return {
            "object": "namespace",
            "id": self.id,
            "active": self.active,
            "require_signatures": self.require_signatures,
            "created_at": self.created_at,
        }


def all_namespaces(transaction: Transaction) -> list[Namespace]:
    """Return every namespace in the order of the names."""
    return [_read(row) for row in transaction.execute(f"SELECT {_COLUMNS} FROM namespaces ORDER BY id")]


def find_namespace(transaction: Transaction, name: str) -> Namespace | None:
    """Return a namespace, active or not; None when it is not registered."""
    rows = transaction.execute(f"SELECT {_COLUMNS} FROM namespaces WHERE id = ?", (name,))
    return _read(rows[0]) if rows else None


def put_namespace(transaction: Transaction, namespace: Namespace) -> None:
    """Store a namespace, new or in the place of the one of its name."""
    transaction.execute(
        f"INSERT INTO namespaces ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
        " active = excluded.active, require_signatures = excluded.require_signatures,"
        " bootstrapped = excluded.bootstrapped",
        (
            namespace.id,
            int(namespace.active),
            int(namespace.require_signatures),
            namespace.created_at,
            namespace.bootstrapped,
        ),
    )
    changed(transaction)


def _read(row: tuple[Any, ...]) -> Namespace:
    return Namespace(row[0], bool(row[1]), bool(row[2]), row[3], row[4])

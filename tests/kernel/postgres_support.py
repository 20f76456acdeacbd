"""Stores and sessions of a PostgreSQL database, for the tests of that store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncropel.kernel.store.postgres import PostgresStore


@contextlib.contextmanager
def opened(url: str, **options: Any) -> Iterator[PostgresStore]:
    """Give a store for as long as a block runs."""
    from syncropel.kernel.store.postgres import PostgresStore

    store = PostgresStore(url, **options)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def session(url: str) -> Iterator[Any]:
    """Give a connection of one's own."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET search_path TO syncropel")
        yield connection

"""Reading a SQLite store beside whoever writes to it: for commands that look and change nothing."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TypeVar

from .backup import check_identity, damaged, open_reader
from .base import Work
from .dialect import Dialect, SqliteDialect
from .engine import SqliteTransaction
from .schema import MIGRATIONS

T = TypeVar("T")


class SqliteReader:
    """A store file, for reading. A context manager.

    Attributes:
        path: The file.
        format: The number of its format.

    Raises:
        StoreError: It is no store, or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.dialect: Dialect = SqliteDialect()
        self.connection = open_reader(path)
        try:
            self.format = check_identity(self.connection, path)
        except BaseException:
            self.connection.close()
            raise

    @property
    def current(self) -> bool:
        """Whether the file has this version's format."""
        return self.format == len(MIGRATIONS)

    def read(self, work: Work[T]) -> T:
        """Run work on one snapshot.

        Raises:
            StoreCorrupt: A page could not be read.
        """
        self.connection.execute("BEGIN")
        try:
            return work(SqliteTransaction(self.connection))
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            raise damaged(self.path, str(error)) from error
        finally:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

"""What can go wrong with a store: opening it, and later using it."""

from __future__ import annotations

from ...errors import ConfigurationError


class StoreError(ConfigurationError):
    """A store cannot be opened as asked. The message is one line for people."""


class StoreFormatTooNew(StoreError):
    """The file was written by a newer version of this package."""


class StoreForeign(StoreError):
    """The file is a database of another program."""


class StoreCorrupt(StoreError):
    """The file is not a database, or is damaged."""


class StoreNotWritable(StoreError):
    """The file or its folder cannot be created or written."""


class StoreLocked(StoreError):
    """Another process has the file open for writing.

    Attributes:
        owner: What the other process said about itself, for example its address; empty when unknown.
    """

    def __init__(self, message: str, owner: str = "") -> None:
        super().__init__(message)
        self.owner = owner


class StoreUnavailable(Exception):
    """The store is closing, was closed, or cannot be read or written now."""


class StoreFull(Exception):
    """The disk or the store's ceiling is reached; the transaction was rolled back."""

"""What a fault of PostgreSQL means: for whoever asked the store, and for whoever opens it."""

from __future__ import annotations

import logging

import psycopg
from psycopg import errors

from .errors import StoreError, StoreFull, StoreUnavailable

logger = logging.getLogger("syncropel.kernel")

_FULL = (errors.DiskFull, errors.OutOfMemory)
# Where the server fails when a file cannot grow. It has a state for a full disk alone: a quota that is used,
# or a file at its largest size, is an internal error. Its words depend on its language, this does not.
_GROWING = ("mdextend", "mdzeroextend")


def translate(error: BaseException) -> BaseException:
    """Return what a fault of PostgreSQL means for the caller; anything else is returned as it is.

    Callers are told in our words. The driver's, which name hosts, users and files, go to the log.
    """
    if not isinstance(error, psycopg.Error):
        return error
    meant = _meaning(error)
    if meant is None:
        return error
    logger.warning("%s: %s", meant, _line(error))
    return meant


def _meaning(error: psycopg.Error) -> StoreFull | StoreUnavailable | None:
    if isinstance(error, _FULL) or error.diag.source_function in _GROWING:
        return StoreFull("the database has no room left")
    if isinstance(error, errors.QueryCanceled):
        return StoreUnavailable("the database took too long for a statement, which was stopped")
    if isinstance(error, errors.LockNotAvailable):
        return StoreUnavailable("another daemon kept its turn to write for too long")
    if isinstance(error, errors.DataCorrupted | errors.IndexCorrupted):
        return StoreUnavailable("a part of the database is damaged; its log says which")
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StoreUnavailable("the database is read-only now")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) or lost(error):
        return StoreUnavailable("the database cannot be reached now")
    return None


def lost(error: BaseException) -> bool:
    """Tell whether a fault ended the connection, or there was none to begin with."""
    if isinstance(error, errors.IdleInTransactionSessionTimeout | errors.TransactionTimeout):
        return True
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    if isinstance(error, errors.PipelineAborted):
        return False  # what follows a statement that was refused
    state = error.sqlstate
    # 57P: the server ends the session, or does not take one yet; 08: the line broke. No state: libpq says so.
    return state is None or state.startswith(("57P", "08"))


def open_error(name: str, error: psycopg.Error) -> StoreError:
    """Return the one line for a database that cannot be opened.

    Args:
        name: The database as it may be shown, without a password.
        error: What the driver said.
    """
    if isinstance(error, errors.InsufficientPrivilege):
        return StoreError(f"{name} cannot be prepared: {_line(error)}; grant the role CREATE on it")
    return StoreError(f"{name} cannot be opened: {_line(error)}")


def _line(error: BaseException) -> str:
    """Return the gist of a message: libpq's run over several lines and may name every address it tried."""
    text = " ".join(str(error).split())
    return text[:300] or type(error).__name__

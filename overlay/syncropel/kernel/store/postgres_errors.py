"""What a fault of PostgreSQL means: for whoever asked the store, and for whoever opens it."""

from __future__ import annotations

import psycopg
from psycopg import errors

from .errors import StoreError, StoreFull, StoreUnavailable

_FULL = (errors.DiskFull, errors.OutOfMemory)
# What passes without a change of ours: the server restarts, is a standby now, has no room for a connection,
# or another writer kept the lock too long.
_PASSING = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
    errors.TransactionTimeout,
)


def translate(error: BaseException) -> BaseException:
    """Return what a fault of PostgreSQL means for the caller; anything else is returned as it is."""
    if not isinstance(error, psycopg.Error):
        return error
    if isinstance(error, _FULL):
        return StoreFull(_line(error))
    if isinstance(error, errors.QueryCanceled):
        return StoreUnavailable(f"the statement took too long and was stopped ({_line(error)})")
    if isinstance(error, errors.LockNotAvailable):
        return StoreUnavailable(f"another daemon is writing for too long ({_line(error)})")
    if isinstance(error, _PASSING):
        return StoreUnavailable(_line(error))
    return error


def lost(error: BaseException) -> bool:
    """Tell whether a fault ended the connection, or there was none to begin with."""
    if isinstance(error, errors.IdleInTransactionSessionTimeout | errors.TransactionTimeout):
        return True
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
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

"""From settings to a kernel over an open store: what the daemon and the offline commands do alike."""

from __future__ import annotations

from functools import partial

from .. import __version__
from ..errors import ConfigurationError
from ..kernel.access.settings import AccessSettings
from ..kernel.core import Kernel
from ..kernel.rows import last_sequence
from ..kernel.store.base import Store
from ..kernel.store.errors import StoreUnavailable
from ..kernel.store.memory import MemoryStore
from ..kernel.store.sqlite import SqliteStore
from ..rules import limits
from ..rules.contract import load_openapi, load_routes
from .errors import DaemonError, already_running, not_writable
from .providers import check_responder
from .settings import Settings
from .state import read_state
from .store_url import Database
from .title import hide_argument
from .token_key import token_key


def prepare(settings: Settings) -> None:
    """Make the store's folder, and see first whether a daemon serves the file: its address says more.

    Raises:
        DaemonError: A daemon serves the store, or the folder cannot be made.
    """
    running = read_state(settings.state_path)
    if running is not None:
        raise already_running(settings.store.url, running.url, running.pid)
    folder = settings.state_path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(folder, error.strerror or str(error)) from error


def open_store(settings: Settings, owner: str, *, migrates: bool = True) -> Store:
    """Open the store.

    Args:
        settings: Name it.
        owner: One line about this process, for another one that finds the store locked.
        migrates: Whether the tables of a database are made and brought to the newest format.

    Raises:
        DaemonError: It cannot be opened.
    """
    if settings.store.database is not None:
        return _open_database(settings.store.database, owner, migrates)
    if settings.store.path is None:
        return MemoryStore()
    try:
        store = SqliteStore(settings.store.path, owner=owner)
    except ConfigurationError as error:
        raise DaemonError(str(error)) from error
    try:
        store.read(last_sequence)
    except StoreUnavailable as error:
        store.close()
        raise DaemonError(
            f"{settings.store} cannot be read ({error}): `spl doctor --store {settings.store}` says what is "
            "wrong; restore a backup with `spl restore`"
        ) from error
    return store


def _open_database(database: Database, owner: str, migrates: bool) -> Store:
    hide_argument(*database.secrets)
    try:
        from ..kernel.store.postgres import PostgresStore
    except ConfigurationError as error:
        raise DaemonError(str(error)) from error
    try:
        return PostgresStore(database.conninfo, schema=database.schema, owner=owner, migrates=migrates)
    except ConfigurationError as error:
        # The driver quotes what it was given.
        raise DaemonError(database.hide(str(error))) from None


def build_kernel(
    store: Store, settings: Settings, *, required: bool, audiences: tuple[str, ...] = ()
) -> Kernel:
    """Return the kernel of a store.

    Args:
        store: The open store; the kernel closes it.
        settings: Who may do what.
        required: Whether callers need a token.
        audiences: The names under which self-issued tokens may address this daemon.

    Raises:
        DaemonError: The key of the store's tokens cannot be made or read, or is another one than before.
    """
    rate = limits.TOKEN_REQUESTS_PER_SECOND if settings.rate_limit is None else settings.rate_limit
    access = AccessSettings(
        required=required,
        token_key=token_key(settings, store),
        requests_per_second=rate or None,
        burst=max(1, round(rate * limits.TOKEN_BURST / limits.TOKEN_REQUESTS_PER_SECOND)),
        require_signatures=settings.require_signatures,
        audiences=audiences,
    )
    return Kernel(
        store,
        routes=load_routes(),
        openapi=load_openapi(),
        version=__version__,
        check_responder=partial(check_responder, trusted=settings.trust_api),
        access=access,
    )

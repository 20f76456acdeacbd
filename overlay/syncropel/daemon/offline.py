"""A store without a daemon: for commands that make the first account, keep copies, and look after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ..errors import ConfigurationError
from ..kernel.core import Kernel
from ..kernel.store.base import Store
from ..kernel.store.errors import StoreUnavailable
from ..kernel.store.reader import SqliteReader
from .errors import DaemonError, already_running
from .opening import build_kernel, open_store, prepare
from .settings import Settings
from .state import read_state


@contextmanager
def open_kernel(store_url: str | None = None) -> Iterator[Kernel]:
    """Open a store for as long as the block runs; whoever can open the file may do everything.

    Args:
        store_url: As for `--store`; default the daemon's own default store.

    Raises:
        DaemonError: A daemon serves the file (the message has its address), or it cannot be opened.
    """
    settings = Settings.resolve(store=store_url)
    if settings.store.database is None:
        prepare(settings)
    store = open_store(settings, "a command that keeps accounts")
    with closing(store), closing(build_kernel(store, settings, required=False)) as kernel:
        yield kernel


def store_file(store_url: str | None, instead: str) -> Path:
    """Return the file of a SQLite store.

    Args:
        store_url: As for `--store`; default the daemon's own default store.
        instead: The command for a PostgreSQL store; `{url}` and `{schema}` stand for its own.

    Raises:
        DaemonError: The store is in memory, or in a database.
    """
    location = Settings.resolve(store=store_url).store
    if location.database is not None:
        schema = location.database.schema
        # Our own option, which those programs do not know; it is the last one.
        url = re.sub(r"[?&]schema=[^&]*$", "", location.database.url)
        raise DaemonError(
            "a PostgreSQL store is looked after with PostgreSQL's own programs:\n  "
            + instead.format(url=url, schema=schema)
        )
    if location.path is None:
        raise DaemonError("a store in memory ends with its daemon: name a file with --store sqlite:///PATH")
    return location.path


def unused_store_file(store_url: str | None, instead: str) -> Path:
    """Return the file of a SQLite store that no daemon serves. See `store_file`.

    Raises:
        DaemonError: As for `store_file`; or a daemon serves it, and the message has its address.
    """
    path = store_file(store_url, instead)
    settings = Settings.resolve(store=store_url)
    running = read_state(settings.state_path)
    if running is not None:
        raise already_running(settings.store.url, running.url, running.pid)
    return path


@contextmanager
def open_reader(store_url: str | None) -> Iterator[Store | SqliteReader]:
    """Open a store for looking at it, beside the daemons that serve it, for as long as the block runs.

    Raises:
        DaemonError: It is in memory, is no store, or cannot be read, be it in the middle of the block.
    """
    settings = Settings.resolve(store=store_url)
    if settings.store.database is not None:
        with closing(open_store(settings, "a command that looks at it", migrates=False)) as store:
            try:
                yield store
            except StoreUnavailable as error:
                raise DaemonError(f"{settings.store} cannot be read: {error}") from error
        return
    path = store_file(store_url, "")
    try:
        reader = SqliteReader(path)
    except ConfigurationError as error:
        raise DaemonError(str(error)) from error
    with closing(reader):
        yield reader

"""A store's kernel without a daemon: for commands that make the first account before anybody can enter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from ..kernel.core import Kernel
from .opening import build_kernel, open_store, prepare
from .settings import Settings


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

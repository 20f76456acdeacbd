"""The back ends that are compared. A store or shell joins by one more line of `BACKENDS`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from syncropel.daemon.local import LocalDaemon
from syncropel.testing import MockKernel

from .place import Place


class Backend(NamedTuple):
    """One back end: its name, and how to have an empty one while a block runs."""

    name: str
    open: Callable[[Path], contextlib.AbstractContextManager[Place]]


@contextlib.contextmanager
def mock(folder: Path) -> Iterator[Place]:
    """The kernel in this process, without a socket."""
    with MockKernel() as kernel, MockKernel(auth=True) as asking:
        guarded = Place("mock", "http://mock", asking.transport())
        with _closing(guarded), _closing(Place("mock", "http://mock", kernel.transport(), guarded)) as place:
            yield place


@contextlib.contextmanager
def daemon_memory(folder: Path) -> Iterator[Place]:
    """A daemon on a real socket, with the store in memory."""
    with _daemons("daemon+memory", "memory:", "memory:") as place:
        yield place


@contextlib.contextmanager
def daemon_sqlite(folder: Path) -> Iterator[Place]:
    """A daemon on a real socket, with the store in a file."""
    stores = (f"sqlite:///{folder / name}.db" for name in ("records", "guarded"))
    with _daemons("daemon+sqlite", *stores) as place:
        yield place


@contextlib.contextmanager
def daemon_postgres(folder: Path) -> Iterator[Place]:
    """A daemon on a real socket, with the store in a PostgreSQL database."""
    from ..support.postgres import fresh_database

    with fresh_database() as url, _daemons("daemon+postgres", *(f"{url}?schema={n}" for n in "ab")) as place:
        yield place


@contextlib.contextmanager
def _daemons(name: str, store: str, guarded_store: str) -> Iterator[Place]:
    with LocalDaemon(store=store) as daemon, LocalDaemon(store=guarded_store, auth=True) as asking:
        guarded = Place(name, asking.url)
        with _closing(guarded), _closing(Place(name, daemon.url, guarded=guarded)) as place:
            yield place


@contextlib.contextmanager
def _closing(place: Place) -> Iterator[Place]:
    try:
        yield place
    finally:
        place.http.close()


BACKENDS = [
    Backend("mock", mock),
    Backend("daemon+memory", daemon_memory),
    Backend("daemon+sqlite", daemon_sqlite),
    Backend("daemon+postgres", daemon_postgres),
]
REFERENCE = BACKENDS[0].name

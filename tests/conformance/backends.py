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
    with MockKernel() as kernel, _closing(Place("mock", "http://mock", kernel.transport())) as place:
        yield place


@contextlib.contextmanager
def daemon_memory(folder: Path) -> Iterator[Place]:
    """A daemon on a real socket, with the store in memory."""
    with LocalDaemon(store="memory:") as daemon, _closing(Place("daemon+memory", daemon.url)) as place:
        yield place


@contextlib.contextmanager
def daemon_sqlite(folder: Path) -> Iterator[Place]:
    """A daemon on a real socket, with the store in a file."""
    store = f"sqlite:///{folder / 'records.db'}"
    with LocalDaemon(store=store) as daemon, _closing(Place("daemon+sqlite", daemon.url)) as place:
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
]
REFERENCE = BACKENDS[0].name

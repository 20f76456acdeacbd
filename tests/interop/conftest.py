"""The published client, in an environment of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from _toolbox import ENVIRONMENTS, environment

PUBLISHED = "syncropel==0.7.0"
HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def peer_python() -> Path:
    """Return the interpreter of the environment that holds the published client."""
    with _alone():
        return environment("peer-tests", [PUBLISHED, "httpx==0.28.1"])


@pytest.fixture(scope="session")
def peer(peer_python: Path) -> Callable[..., list[str]]:
    """Return the command that runs `peer.py` with the published client.

    Isolated (`-I`): no variable of this run's environment may lead it to the project's own package.
    """
    return lambda *arguments: [str(peer_python), "-I", str(HERE / "peer.py"), *arguments]


@contextmanager
def _alone() -> Iterator[None]:
    """Keep parallel test processes from making the environment at the same time."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENTS / "peer-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

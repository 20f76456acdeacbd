"""The published client, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from _toolbox import ENVIRONMENTS, environment

PUBLISHED = "syncropel==0.7.0"
PUBLISHED_SYNAP = ["synap-sdk==1.4.0", "httpx==0.28.1"]
HERE = Path(__file__).parent


def _for_synap() -> str | None:
    """Return a Python that the published `synap-sdk` runs on, which 3.10 is not; None where there is none."""
    if sys.version_info[:2] > (3, 10):
        return sys.executable
    for name in ("python3.11", "python3.12", "python3.13"):
        found = shutil.which(name)
        # A version manager has names for versions that it has not.
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return os.path.realpath(found)
    return None


SYNAP_PYTHON = _for_synap()
# Where our oldest Python is alone, there is nothing to run that client with.
collect_ignore = [] if SYNAP_PYTHON else ["test_published_synap.py"]


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


@pytest.fixture(scope="session")
def synap_python() -> Path:
    """Return the interpreter of the environment that holds the published `synap-sdk`."""
    other = None if sys.executable == SYNAP_PYTHON else SYNAP_PYTHON
    return environment("synap-tests", PUBLISHED_SYNAP, interpreter=other)


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

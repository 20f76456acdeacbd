"""Fixtures of the daemon's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemons import Daemon, running_daemon
from tests.support.sockets import Connection


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon of its own process with a store in a file."""
    with running_daemon(tmp_path) as running:
        yield running


@pytest.fixture
def connection(daemon: Daemon) -> Iterator[Connection]:
    """One connection to that daemon."""
    with Connection(daemon.url) as opened:
        yield opened

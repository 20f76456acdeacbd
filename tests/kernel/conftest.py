"""Fixtures: every kernel test runs over every store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.store.base import Store

from .support import STORES, Caller, FakeTime, build_kernel, open_store
from .tidings_support import told_again


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give each store in turn, empty."""
    with open_store(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> FakeTime:
    """Give a clock that only tests move."""
    return FakeTime()


@pytest.fixture
def kernel(store: Store, clock: FakeTime) -> Iterator[Kernel]:
    """Give a kernel over the store; what its listeners are told is read again from the tables."""
    built = build_kernel(store, clock)
    with told_again(built):
        yield built


@pytest.fixture
def ask(kernel: Kernel) -> Caller:
    """Give a caller of the kernel."""
    return Caller(kernel)


@pytest.fixture
def database() -> Iterator[str]:
    """Give the URL of a PostgreSQL database with the tables and no records."""
    from ..support.postgres import migrated_database

    with migrated_database() as url:
        yield url

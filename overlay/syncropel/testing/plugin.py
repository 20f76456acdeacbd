"""The pytest plugin: a mock per test, clients on it, and its clock.

Installed packages register it by themselves. Nothing but pytest is imported before a fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from syncropel import Client, SyncClient

    from .clock import FakeClock
    from .mock import MockKernel

ACTOR = "did:example:test"


@pytest.fixture
def syncropel_clock() -> FakeClock:
    """The clock of the test's mock, at the first second of 2026."""
    from .clock import FakeClock

    return FakeClock()


@pytest.fixture
def syncropel_kernel(syncropel_clock: FakeClock) -> Iterator[MockKernel]:
    """A mock of its own for the test, empty at the start and closed at the end."""
    from .mock import MockKernel

    with MockKernel(clock=syncropel_clock) as kernel:
        yield kernel


@pytest.fixture
def syncropel_client(syncropel_kernel: MockKernel) -> Iterator[Client]:
    """An asynchronous client on the test's mock, acting as `did:example:test`; retries do not wait."""
    from syncropel import Client

    client = Client(**_arguments(syncropel_kernel))
    yield client
    client.close()


@pytest.fixture
def syncropel_sync_client(syncropel_kernel: MockKernel) -> Iterator[SyncClient]:
    """A synchronous client on the test's mock, acting as `did:example:test`; retries do not wait."""
    from syncropel import SyncClient

    client = SyncClient(**_arguments(syncropel_kernel))
    yield client
    client.close()


def _arguments(kernel: MockKernel) -> dict[str, Any]:
    from syncropel import Identity

    return {
        "endpoint": "mock://",
        "identity": Identity.static(ACTOR),
        "transport": kernel.transport(),
        "backoff_ms": 0,
    }

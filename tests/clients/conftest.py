"""Fixtures of the client tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncropel.testing import MockKernel
from syncropel.transport.lanes import Board
from tests.support.colours import COLOURS, Colour
from tests.support.gates import Gate


@pytest.fixture(params=sorted(COLOURS))
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    """Both colours of the client, one after the other."""
    made = COLOURS[request.param]()
    yield made
    made.close()


@pytest.fixture
def kernel() -> Iterator[MockKernel]:
    """A mock kernel."""
    with MockKernel() as made:
        yield made


@pytest.fixture
def gate(kernel: MockKernel, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate in front of the mock kernel, at which requests may be held for as long as a test needs."""
    monkeypatch.setattr(Board, "patience", 60.0)
    return Gate(kernel)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the machine's environment says out of the clients."""
    names = ("SYNCROPEL_ENDPOINT", "SYNCROPEL_API_KEY", "SPL_TOKEN", "SYNCROPEL_DID", "SYNCROPEL_COALESCE")
    names += ("SYNAP_URL", "SYNAP_API_KEY", "SYNAP_USERNAME", "SYNAP_PASSWORD")
    for name in (*names, "SYNCROPEL_REQUIRE_TLS", "SYNCROPEL_KEY_PASSPHRASE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)

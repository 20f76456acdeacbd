"""Asking the server about itself."""

from __future__ import annotations

from syncropel.testing import MockKernel
from tests.support.colours import Colour


def test_health(colour: Colour, kernel: MockKernel) -> None:
    """Health is the server's answer, and empty when there is none."""
    client = colour.client(transport=kernel.transport())
    health = colour.call(client.health)
    assert health["status"] == "ok"
    assert health.ok
    kernel.fail_next_get()
    health = colour.call(client.health)
    assert health == {}
    assert not health.ok

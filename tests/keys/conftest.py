"""Fixtures of the key tests."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_passphrase_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the passphrase of whoever runs the tests out of them."""
    monkeypatch.delenv("SYNCROPEL_KEY_PASSPHRASE", raising=False)

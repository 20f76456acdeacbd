"""Settings of the property tests of this folder, and keys as other programs write them."""

from __future__ import annotations

import pytest
from hypothesis import settings

# No deadline per example: a shared machine stalls, and a property is not about time.
settings.register_profile("keys", deadline=None)
settings.load_profile("keys")


@pytest.fixture(autouse=True)
def _no_passphrase_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the passphrase of whoever runs the tests out of them."""
    monkeypatch.delenv("SYNCROPEL_KEY_PASSPHRASE", raising=False)

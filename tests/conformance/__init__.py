"""One list of scenarios over every shell and store; their observations must be equal."""

from __future__ import annotations

import pytest

PARTS = ("clients", "inference", "lists", "query", "records", "system", "threads", "watch", "wire")
# The scenarios' assertions explain themselves as those of a test do.
pytest.register_assert_rewrite(f"{__name__}.place", *(f"{__name__}.scenarios_{part}" for part in PARTS))

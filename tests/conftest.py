"""What holds for every test: no token stays in a file or in the log."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .support.secrecy import LogWatch, tokens_in_files

# No deadline, for an example or for drawing one: a shared machine stalls, and a property is not about time.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Where interpreters are compared (`scripts/test`): the same few examples on each.
settings.register_profile("core", settings.get_profile("tests"), max_examples=25, derandomize=True)
settings.load_profile("tests")


@pytest.fixture(autouse=True)
def _no_token_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Search what a test leaves behind for tokens."""
    watch = LogWatch()
    logger = logging.getLogger("syncropel")
    logger.addHandler(watch)
    yield
    logger.removeHandler(watch)
    assert not watch.found, f"the log holds a token: {watch.found}"
    folder = getattr(request.node, "funcargs", {}).get("tmp_path")
    if isinstance(folder, Path) and folder.is_dir() and os.access(folder, os.R_OK):
        assert not (holding := tokens_in_files(folder)), f"these files hold a token: {holding}"

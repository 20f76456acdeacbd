"""Modules that are imported when something first needs them, and the fork that waits for such an import."""

from __future__ import annotations

import os
import threading
from importlib import import_module
from types import ModuleType

_importing = threading.RLock()

if hasattr(os, "register_at_fork"):
    # A child that is forked while another thread imports a module would wait for that module for ever.
    os.register_at_fork(
        before=_importing.acquire, after_in_parent=_importing.release, after_in_child=_importing.release
    )


def imported(name: str) -> ModuleType:
    """Return a module of somebody else's, imported now if nobody has; no fork happens meanwhile.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    with _importing:
        return import_module(name)

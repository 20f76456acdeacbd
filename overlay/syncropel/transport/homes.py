"""Where asynchronous connections live: the event loop on which they were made."""

from __future__ import annotations

import sys
from typing import Any


def current_home() -> object:
    """Return what asynchronous connections belong to: the running event loop, or None without one."""
    asyncio: Any = sys.modules.get("asyncio")
    if asyncio is None:  # nobody can be running a loop
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def is_gone(home: Any) -> bool:
    """Say whether an event loop is closed, so that nothing can be read from its sockets any more."""
    return home is not None and bool(home.is_closed())

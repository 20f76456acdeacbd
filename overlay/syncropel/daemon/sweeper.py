"""Clearing away what is over, in a thread of its own and in short transactions between those of others."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..kernel.store.errors import StoreFull, StoreUnavailable

PAUSE_SECONDS = 0.5
"""How long what is over may lie until it is cleared away, when there is not much of it."""

# Between two slices of much: whoever waits to write goes first.
_BETWEEN_SECONDS = 0.01
_AFTER_TROUBLE_SECONDS = 5.0
_JOIN_SECONDS = 10.0
_logger = logging.getLogger("syncropel.daemon")


class Sweeper:
    """Calls a sweep again and again. Several daemons of one store may all do so.

    Args:
        sweep: Clears some away and tells whether there is more: `Kernel.sweep`.
        pause_seconds: How long to wait when there is no more.
    """

    def __init__(self, sweep: Callable[[], bool], *, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._sweep = sweep
        self._pause_seconds = pause_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="syncropel-sweep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End, after the slice that is under way. May be called again, and before `start`."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(_JOIN_SECONDS)

    def _run(self) -> None:
        pause, trouble = self._pause_seconds, False
        while not self._stopped.wait(pause):
            try:
                pause = _BETWEEN_SECONDS if self._sweep() else self._pause_seconds
                trouble = False
            except (StoreUnavailable, StoreFull) as error:
                if not trouble and not self._stopped.is_set():
                    _logger.warning("what is over cannot be cleared away now: %s", error)
                pause, trouble = _AFTER_TROUBLE_SECONDS, True
            except Exception:
                # Whatever it is, a daemon that never clears anything away fills its disk.
                _logger.exception("clearing away what is over failed, trying again")
                pause = _AFTER_TROUBLE_SECONDS

"""What HTTP hands a connection over to, when client and daemon have agreed to speak something else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

HAND_OVER = "syncropel.hand_over"
"""The extension of a scope of a request for an upgrade; a `HandOver`."""


class Heir(Protocol):
    """Takes a connection over. It is told what a protocol of asyncio is told."""

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""

    def pause_writing(self) -> None:
        """Write no more for now: the client does not read."""

    def resume_writing(self) -> None:
        """Write again."""

    def connection_lost(self) -> None:
        """The connection is closed."""


HandOver = Callable[[Heir], "asyncio.Transport | None"]
"""Gives the transport to an heir; None when the client has left."""

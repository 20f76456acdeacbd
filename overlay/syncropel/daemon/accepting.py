"""Accepting connections: counted from the first moment, and the TLS handshake bounded in time.

asyncio's own server shows a connection only after its handshake, so that handshakes that never end would be
counted by nobody. Here every connection has its place before anything is read from it.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import ssl
import time
from collections.abc import Callable

from .crowd import Crowd, Place

_FULL = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE_SECONDS = 0.05
_QUIET_SECONDS = 60.0
_SETTLING_SECONDS = 0.1
_logger = logging.getLogger("syncropel.daemon")


class Acceptor:
    """Takes connections from a listening socket and gives each a protocol.

    Args:
        listener: The socket; closed by `close`.
        crowd: Who is connected.
        make: Returns the protocol for a connection with this place.
        tls: The context of the handshake; None for plain connections.
        handshake_seconds: How long a handshake may take.
    """

    def __init__(
        self,
        listener: socket.socket,
        crowd: Crowd,
        make: Callable[[Place], asyncio.Protocol],
        *,
        tls: ssl.SSLContext | None,
        handshake_seconds: float,
    ) -> None:
        self._listener = listener
        self._crowd = crowd
        self._make = make
        self._tls = tls
        self._handshake_seconds = handshake_seconds if tls is not None else None
        self._opening: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._quiet_until = 0.0

    def start(self) -> None:
        """Begin to accept; call on the event loop."""
        self._listener.setblocking(False)
        self._task = asyncio.ensure_future(self._accept())

    async def close(self) -> None:
        """Accept no more, and give up the handshakes that are under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._listener.close()
        if self._opening:
            # Who was accepted a moment ago has a socket that somebody must own, and close.
            await asyncio.wait(self._opening, timeout=_SETTLING_SECONDS)
        for task in (opening := list(self._opening)):
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except OSError as error:
                await self._refrain(error)
                continue
            self._admit(connection)
            # A long queue of connections is accepted without a pause otherwise, and nobody is served.
            await asyncio.sleep(0)

    async def _refrain(self, error: OSError) -> None:
        """A connection that was gone already is nothing; a process without descriptors has to make room."""
        if error.errno in _FULL:
            self._crowd.make_room()
            if time.monotonic() > self._quiet_until:
                self._quiet_until = time.monotonic() + _QUIET_SECONDS
                _logger.warning("connections cannot be accepted (%s): allow more open files", error.strerror)
        await asyncio.sleep(_PAUSE_SECONDS)

    def _admit(self, connection: socket.socket) -> None:
        # Until the protocol is there, to end the socket is to end the connection: the handshake then fails.
        place = self._crowd.enter(lambda: _end(connection))
        if place is None:
            connection.close()
            return
        task = asyncio.ensure_future(self._open(connection, place))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, connection: socket.socket, place: Place) -> None:
        try:
            # Else a small answer waits for the acknowledgement of the one before.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:  # it was reset before anybody looked
            place.leave()
            connection.close()
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(
                lambda: self._make(place),
                connection,
                ssl=self._tls,
                ssl_handshake_timeout=self._handshake_seconds,
            )
        except (OSError, asyncio.TimeoutError):
            pass  # no TLS, or no end of the handshake: there is nobody to tell
        finally:
            # Also after a success: a client that leaves during the handshake ends it without an error.
            if not place.opened:
                place.leave()


def _end(connection: socket.socket) -> None:
    # Not closed: the event loop holds the descriptor, and would take the next connection with its number for
    # this one.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)

"""Sockets of our own on an event loop, as the connection pool takes them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

import httpcore

from syncropel.transport.forking import Locked
from syncropel.transport.loop_socket import LoopSocket, connected
from syncropel.transport.tls import AsyncTls

MAX_UNSENT_BYTES = 16384


class AsyncSockets(Locked, httpcore.AsyncNetworkBackend):
    """Opens sockets that belong to the running event loop."""

    # The two last arguments of `connect_tcp` are part of the interface; our pools give neither.

    def __init__(self) -> None:
        super().__init__()
        self._open: WeakSet[AsyncSocket] = WeakSet()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers."""
        stream = await connected(host, port, timeout, AsyncSocket)
        with self._lock:
            self._open.add(stream)
        return stream

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts to connect."""
        await asyncio.sleep(seconds)

    def abandon(self) -> None:
        """Close every socket now, without waiting for anything."""
        with self._lock:
            streams = list(self._open)
        for stream in streams:
            stream.abandon()


class AsyncSocket(LoopSocket, httpcore.AsyncNetworkStream):
    """A non-blocking TCP socket on one event loop, which sends small pieces together."""

    def __init__(self, connection: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(connection, loop)
        self._unsent = b""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived, waiting for the first byte; empty at the end of the stream."""
        if self._unsent:
            with contextlib.suppress(httpcore.WriteError):  # the answer may say why the server hung up
                await self._flush(timeout)
        return await self.receive(timeout, max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send the bytes, small ones together with those that follow, at the latest when an answer is read.

        The pool writes the head of a request and its body one after the other; as one segment they cost
        one system call, and one waking of the server.
        """
        self._unsent += buffer
        if len(self._unsent) > MAX_UNSENT_BYTES:
            await self._flush(timeout)

    async def _flush(self, timeout: float | None) -> None:
        unsent, self._unsent = self._unsent, b""
        await self.send(unsent, timeout)

    async def aclose(self) -> None:
        """Close the socket."""
        self.close()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Return this stream under TLS."""
        stream = AsyncTls(self, ssl_context, server_hostname)
        try:
            await stream.handshake(timeout)
        except BaseException:
            self._socket.close()
            raise
        return stream

    def get_extra_info(self, info: str) -> Any:
        """Return what the pool asks about the socket."""
        if info == "is_readable":
            return self.is_readable()
        return self._socket if info == "socket" else None

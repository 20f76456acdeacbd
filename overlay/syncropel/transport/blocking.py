"""Blocking sockets whose waits end at a call's deadline, and which can be given up from another thread."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

import httpcore

from syncropel.transport.deadline import seconds_left
from syncropel.transport.forking import Locked
from syncropel.transport.loop_socket import addresses, turns
from syncropel.transport.sockets import MAX_UNSENT_BYTES

_EVERY_SOCKET: WeakSet[SyncSocket] = WeakSet()


def _close_inherited() -> None:
    """In a forked child, close the copies of the parent's sockets; the pool then connects anew."""
    for stream in list(_EVERY_SOCKET):
        stream.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_inherited)


class SyncSockets(Locked, httpcore.SyncBackend):
    """Opens blocking sockets whose waits end at the call's deadline."""

    def __init__(self) -> None:
        super().__init__()
        self._open: WeakSet[SyncSocket] = WeakSet()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of a host that answers."""
        try:
            found = [(row[4][0], row[4][1]) for row in addresses(host, port)]
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        failure: Exception | None = None
        for address, left in turns(found, timeout):
            if left == 0:
                raise httpcore.ConnectTimeout("the time allowed is up")
            try:
                inner = super().connect_tcp(*address, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            stream = SyncSocket(inner)
            with self._lock:
                self._open.add(stream)
            return stream
        raise failure or httpcore.ConnectError(f"{host} has no address")

    def abandon(self) -> None:
        """Shut every socket down now; who waits on one is told that the connection is gone."""
        with self._lock:
            streams = list(self._open)
        for stream in streams:
            stream.abandon()


class SyncSocket(httpcore.NetworkStream):
    """A stream of the library's own, with waits that end at the call's deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        _EVERY_SOCKET.add(self)
        self._unsent = b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived, waiting for the first byte; empty at the end of the stream."""
        if self._unsent:
            with contextlib.suppress(httpcore.WriteError):  # the answer may say why the server hung up
                self._send(timeout)
        left = seconds_left(timeout)
        if left == 0:
            raise httpcore.ReadTimeout("the time allowed is up")
        return self._stream.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send the bytes, small ones together with those that follow, at the latest before reading."""
        self._unsent += buffer
        if len(self._unsent) > MAX_UNSENT_BYTES:
            self._send(timeout)

    def _send(self, timeout: float | None) -> None:
        left = seconds_left(timeout)
        if left == 0:
            raise httpcore.WriteTimeout("the time allowed is up")
        unsent, self._unsent = self._unsent, b""
        self._stream.write(unsent, left)

    def close(self) -> None:
        """Close the socket."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return this stream under TLS."""
        self._stream = self._stream.start_tls(ssl_context, server_hostname, seconds_left(timeout))
        # Or a body that ends with its connection would pass for whole when somebody on the way cut it off.
        self._stream.get_extra_info("socket").suppress_ragged_eofs = False
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return what the pool asks about the socket."""
        return self._stream.get_extra_info(info)

    def abandon(self) -> None:
        """Shut the socket down, so that a read in another thread comes back."""
        connection = self._stream.get_extra_info("socket")
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        self._stream.close()

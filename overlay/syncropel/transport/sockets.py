"""Sockets of our own on an event loop: bound by deadlines, closed at once.

No other layer lies between the connection pool and the socket, so a client can give all of them up at once,
without an event loop and without a warning.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakSet

import httpcore

from syncropel.transport.deadline import seconds_left
from syncropel.transport.homes import current_home
from syncropel.transport.tls import AsyncTls

FIRST_ADDRESS_SECONDS = 2.0
MAX_UNSENT_BYTES = 16384


_EVERY_SOCKET: WeakSet[AsyncSocket] = WeakSet()


def _close_inherited() -> None:
    """In a forked child, close the copies of the parent's sockets; the pool then connects anew."""
    for stream in list(_EVERY_SOCKET):
        stream.close_copy()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_inherited)


class AsyncSockets(httpcore.AsyncNetworkBackend):
    """Opens sockets that belong to the running event loop."""

    # The two last arguments of `connect_tcp` are part of the interface; our pools give neither.

    def __init__(self) -> None:
        self._open: WeakSet[AsyncSocket] = WeakSet()
        self._lock = threading.Lock()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of a host that answers."""
        loop = asyncio.get_running_loop()
        try:
            addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host}: {error.strerror or error}") from error
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for index, (family, kind, protocol, _, address) in enumerate(addresses):
            left = seconds_left(timeout)
            if index + 1 < len(addresses):
                left = min(FIRST_ADDRESS_SECONDS, FIRST_ADDRESS_SECONDS if left is None else left)
            try:
                stream = AsyncSocket(socket.socket(family, kind, protocol), loop)
            except OSError as error:
                failure = httpcore.ConnectError(str(error))
                continue
            try:
                await stream.connect(address, left)
            except httpcore.ConnectError as error:
                failure = error
            except httpcore.ConnectTimeout as error:
                failure = error
            else:
                with self._lock:
                    self._open.add(stream)
                return stream
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts to connect."""
        await asyncio.sleep(seconds)

    def abandon(self) -> None:
        """Close every socket now, without waiting for anything."""
        with self._lock:
            streams = list(self._open)
        for stream in streams:
            stream.abandon()


class AsyncSocket(httpcore.AsyncNetworkStream):
    """A non-blocking TCP socket on one event loop."""

    def __init__(self, connection: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        _EVERY_SOCKET.add(self)
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None
        self._unsent = b""

    async def connect(self, address: Any, timeout: float | None) -> None:
        """Connect to one address."""
        try:
            self._socket.connect(address)
        except BlockingIOError:
            try:
                await self._wait(
                    self._loop.add_writer, self._loop.remove_writer, timeout, httpcore.ConnectTimeout
                )
            except BaseException:
                self._socket.close()
                raise
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._socket.close()
                raise httpcore.ConnectError(_os_error(code, address)) from None
        except OSError as error:
            self._socket.close()
            raise httpcore.ConnectError(_os_error(error.errno, address)) from error

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has arrived, waiting for the first byte; empty at the end of the stream."""
        if self._unsent:
            with contextlib.suppress(httpcore.WriteError):  # the answer may say why the server hung up
                await self._send(timeout)
        while True:
            try:
                return self._socket.recv(max_bytes)
            except (BlockingIOError, InterruptedError):
                await self._wait(
                    self._loop.add_reader, self._loop.remove_reader, timeout, httpcore.ReadTimeout
                )
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send the bytes, small ones together with those that follow, at the latest when an answer is read.

        The pool writes the head of a request and its body one after the other; as one segment they cost
        one system call, and one waking of the server.
        """
        self._unsent += buffer
        if len(self._unsent) > MAX_UNSENT_BYTES:
            await self._send(timeout)

    async def _send(self, timeout: float | None) -> None:
        left = memoryview(self._unsent)
        self._unsent = b""
        while left:
            try:
                left = left[self._socket.send(left) :]
            except (BlockingIOError, InterruptedError):
                await self._wait(
                    self._loop.add_writer, self._loop.remove_writer, timeout, httpcore.WriteTimeout
                )
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """Close the socket."""
        self._socket.close()

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
            return _is_readable(self._socket)
        return self._socket if info == "socket" else None

    def close_copy(self) -> None:
        """Close this process's copy of the socket, without a word to the other side."""
        self._socket.close()

    def abandon(self) -> None:
        """Close the socket now; who waits on it is told that the connection is gone."""
        if self._loop.is_running() and current_home() is not self._loop:
            with contextlib.suppress(RuntimeError):  # its loop, in another thread, was closed meanwhile
                self._loop.call_soon_threadsafe(self._give_up)
        else:
            self._give_up()

    def _give_up(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not self._loop.is_closed():
            # Before the socket is closed: its number may be another socket's a moment later.
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())
            _release(waiter)
        self._socket.close()

    async def _wait(
        self,
        add: Callable[..., None],
        remove: Callable[[int], Any],
        timeout: float | None,
        late: type[Exception],
    ) -> None:
        left = seconds_left(timeout)
        if left is not None and left <= 0:
            raise late("the time allowed is up")
        descriptor = self._socket.fileno()
        if descriptor < 0:
            raise httpcore.ReadError("the connection was closed")
        waiter = self._loop.create_future()
        add(descriptor, _release, waiter)
        alarm = None if left is None else self._loop.call_later(left, _expire, waiter, late, left)
        self._waiter = waiter
        try:
            await waiter
        finally:
            if self._waiter is waiter:
                self._waiter = None
                remove(descriptor)
            if alarm is not None:
                alarm.cancel()


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _expire(waiter: asyncio.Future[None], late: type[Exception], seconds: float) -> None:
    if not waiter.done():
        waiter.set_exception(late(f"nothing happened for {seconds:.3g} s"))


def _is_readable(connection: socket.socket) -> bool:
    if connection.fileno() < 0:
        return True
    poller = select.poll()
    poller.register(connection, select.POLLIN)
    return bool(poller.poll(0))


def _os_error(code: int | None, address: Any) -> str:
    text = os.strerror(code) if code else "cannot connect"
    return f"{text} ({address[0]}:{address[1]})"

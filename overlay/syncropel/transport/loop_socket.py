"""A TCP socket on an event loop: bound by deadlines, closed at once.

No other layer lies between a connection and its socket, so a client can give all of them up at once,
without an event loop and without a warning.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
from collections.abc import Callable, Iterator
from typing import Any, TypeVar
from weakref import WeakSet

from syncropel.transport.deadline import seconds_left
from syncropel.transport.homes import current_home
from syncropel.transport.later import asyncio, httpcore

FIRST_ADDRESS_SECONDS = 2.0
PIECE_BYTES = 65536

_EVERY_SOCKET: WeakSet[LoopSocket] = WeakSet()

S = TypeVar("S", bound="LoopSocket")
T = TypeVar("T")


def _close_inherited() -> None:
    """In a forked child, close the copies of the parent's sockets; the child then connects anew."""
    for stream in list(_EVERY_SOCKET):
        stream.close_copy()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_inherited)


async def connected(host: str, port: int, timeout: float | None, kind: type[S]) -> S:
    """Connect to the first address of a host that answers.

    Args:
        host: Its name or address.
        port: Its port.
        timeout: Seconds that it may take.
        kind: The kind of socket to make.

    Raises:
        httpcore.ConnectError: None answers.
        httpcore.ConnectTimeout: The time is up.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await _addresses(loop, host, port, timeout)
    except OSError as error:
        raise httpcore.ConnectError(f"{host}: {error.strerror or error}") from error
    failure: Exception | None = None
    for (family, form, protocol, _, address), left in turns(found, timeout):
        try:
            stream = kind(socket.socket(family, form, protocol), loop)
        except OSError as error:
            failure = httpcore.ConnectError(str(error))
            continue
        try:
            await stream.connect(address, left)
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            failure = error
        else:
            return stream
    raise failure or httpcore.ConnectError(f"{host} has no address")


async def _addresses(
    loop: asyncio.AbstractEventLoop, host: str, port: int, timeout: float | None
) -> list[Any]:
    if is_number(host):
        return addresses(host, port)  # which needs no looking up, and no thread that does it
    found = asyncio.ensure_future(loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    try:
        await asyncio.wait({found}, timeout=seconds_left(timeout))
        if not found.done():
            raise httpcore.ConnectTimeout(f"{host} was not looked up in time")
        return found.result()
    finally:
        found.cancel()


def turns(found: list[T], timeout: float | None) -> Iterator[tuple[T, float | None]]:
    """Yield each address with the seconds that connecting may take: few while others have their turn."""
    for index, address in enumerate(found):
        left = seconds_left(timeout)
        if index + 1 < len(found):
            left = FIRST_ADDRESS_SECONDS if left is None else min(FIRST_ADDRESS_SECONDS, left)
        yield address, left


def addresses(host: str, port: int) -> list[Any]:
    """Return what `getaddrinfo` says of a host, looking it up when it is a name.

    Raises:
        OSError: It has no address.
    """
    # A number as bytes: of a text it would load the tables of international names first.
    return socket.getaddrinfo(host.encode() if is_number(host) else host, port, type=socket.SOCK_STREAM)


def is_number(host: str) -> bool:
    """Tell whether a host is an IPv4 or IPv6 address. No name is: the last part of none is a number."""
    return ":" in host or host.rpartition(".")[2].isdigit()


class LoopSocket:
    """A non-blocking TCP socket on one event loop."""

    def __init__(self, connection: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        _EVERY_SOCKET.add(self)
        self._loop = loop
        self._waiter: asyncio.Future[None] | None = None

    async def connect(self, address: Any, timeout: float | None) -> None:
        """Connect to one address."""
        try:
            self._socket.connect(address)
        except BlockingIOError:
            try:
                await self._wait(self._loop.add_writer, self._loop.remove_writer, timeout, "ConnectTimeout")
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

    async def receive(self, timeout: float | None, max_bytes: int = PIECE_BYTES) -> bytes:
        """Return what has arrived, waiting for the first byte; empty at the end of the stream."""
        while True:
            try:
                return self._socket.recv(max_bytes)
            except (BlockingIOError, InterruptedError):
                await self._wait(self._loop.add_reader, self._loop.remove_reader, timeout, "ReadTimeout")
            except OSError as error:
                raise httpcore.ReadError(str(error)) from error

    async def send(self, data: bytes, timeout: float | None) -> None:
        """Send all of the bytes."""
        left = memoryview(data)
        while left:
            try:
                left = left[self._socket.send(left) :]
            except (BlockingIOError, InterruptedError):
                await self._wait(self._loop.add_writer, self._loop.remove_writer, timeout, "WriteTimeout")
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    async def send_or_heed(self, left: memoryview, timeout: float | None) -> memoryview:
        """Send bytes until all of them have gone, or the other side says something; return what is left.

        A server may answer what it will not read to its end, and wait for us to take its answer.
        """
        while left:
            try:
                left = left[self._socket.send(left) :]
            except (BlockingIOError, InterruptedError):
                if self.is_readable():
                    break
                await self._wait(self._add_both, self._remove_both, timeout, "WriteTimeout")
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error
        return left

    def _add_both(self, descriptor: int, *callback: Any) -> None:
        self._loop.add_writer(descriptor, *callback)
        self._loop.add_reader(descriptor, *callback)

    def _remove_both(self, descriptor: int) -> None:
        self._loop.remove_writer(descriptor)
        self._loop.remove_reader(descriptor)

    def is_readable(self) -> bool:
        """Tell whether something has arrived, or the other side has hung up."""
        return readable(self._socket)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

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
            self._remove_both(self._socket.fileno())
            _release(waiter)
        self._socket.close()

    async def _wait(
        self,
        add: Callable[..., None],
        remove: Callable[[int], Any],
        timeout: float | None,
        late: str,
    ) -> None:
        left = seconds_left(timeout)
        if left is not None and left <= 0:
            raise getattr(httpcore, late)("the time allowed is up")
        descriptor = self._socket.fileno()
        if descriptor < 0:
            raise httpcore.ReadError("the connection was closed")
        waiter = self._loop.create_future()
        add(descriptor, _release, waiter)
        alarm = None if left is None else self._loop.call_later(left, expire, waiter, late, left)
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


def expire(waiter: asyncio.Future[None], late: str, seconds: float) -> None:
    """Have who waits raise a timeout of this name, unless what it waits for has come."""
    if not waiter.done():
        waiter.set_exception(getattr(httpcore, late)(f"nothing happened for {seconds:.3g} s"))


def readable(connection: socket.socket) -> bool:
    """Tell whether something has arrived on a socket, or it is closed, on either side."""
    if connection.fileno() < 0:
        return True
    poller = select.poll()
    poller.register(connection, select.POLLIN)
    return bool(poller.poll(0))


def _os_error(code: int | None, address: Any) -> str:
    text = os.strerror(code) if code else "cannot connect"
    return f"{text} ({address[0]}:{address[1]})"

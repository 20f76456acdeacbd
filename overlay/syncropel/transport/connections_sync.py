"""The connections of one client, used by threads."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import TYPE_CHECKING

from syncropel.transport.connections import Connections
from syncropel.transport.deadline import seconds_left
from syncropel.transport.later import httpcore
from syncropel.transport.loop_socket import PIECE_BYTES, addresses, readable, turns

if TYPE_CHECKING:
    from syncropel.transport.direct import Address


class BlockingSocket:
    """A TCP socket whose waits end at the call's deadline. Signals interrupt them."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._abandoned = False

    def send_or_heed(self, left: memoryview, timeout: float) -> memoryview:
        """Send bytes until all of them have gone, or the other side says something; return what is left."""
        try:
            self._socket.settimeout(0.0)
            while left:
                try:
                    left = left[self._socket.send(left) :]
                except BlockingIOError:
                    if self._heard(_left(timeout, "WriteTimeout")):
                        break
        except TimeoutError:
            raise httpcore.WriteTimeout("the time allowed is up") from None
        except (OSError, ValueError) as error:  # a closed socket, given up by another thread, has no number
            raise httpcore.WriteError(str(error)) from error
        return left

    def _heard(self, seconds: float) -> bool:
        """Wait until more can be sent, or something has arrived; return whether that is so."""
        poller = select.poll()
        poller.register(self._socket, select.POLLIN | select.POLLOUT)
        events = poller.poll(seconds * 1000)
        if not events:
            raise TimeoutError
        return bool(events[0][1] & select.POLLIN)

    def receive(self, timeout: float) -> bytes:
        """Return what has arrived, waiting for the first byte; empty at the end of the stream."""
        try:
            self._socket.settimeout(_left(timeout, "ReadTimeout"))
            data = self._socket.recv(PIECE_BYTES)
        except TimeoutError:
            raise httpcore.ReadTimeout("the time allowed is up") from None
        except OSError as error:
            raise self._read_error(str(error)) from error
        if not data and self._abandoned:
            raise self._read_error("")
        return data

    def _read_error(self, text: str) -> Exception:
        return httpcore.ReadError("the connection was closed" if self._abandoned else text)

    def is_readable(self) -> bool:
        """Tell whether something has arrived, or the other side has hung up."""
        return readable(self._socket)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def abandon(self) -> None:
        """Shut the socket down; a thread that waits on it comes back."""
        self._abandoned = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class SyncConnections(Connections[BlockingSocket]):
    """The connections of one client, used by threads.

    Args:
        most: How many there may be; None for no bound.
    """

    def __init__(self, most: int | None) -> None:
        super().__init__()
        self._most = most
        self._changed = threading.Condition()
        self._waiting = self._making = 0

    def take(self, where: Address, timeout: float) -> BlockingSocket:
        """Return a connection that nobody else uses; it goes back by `give`.

        Raises:
            httpcore.ConnectError: It cannot be made.
            httpcore.ConnectTimeout: It was not made in time.
            httpcore.PoolTimeout: No place became free in time.
        """
        connection = self.rested() or self._awaited(timeout)
        if connection is None:
            try:
                opened = self._open  # another one when the client is closed meanwhile: then it is not kept
                connection = BlockingSocket(_connected(where, timeout))
                opened.add(connection)
            finally:
                with self._changed:
                    self._making -= 1
                    self._changed.notify()
        return connection

    def give(self, connection: BlockingSocket, *, reusable: bool) -> None:
        """Take back a connection after its answer, or after a failure."""
        super().give(connection, reusable=reusable)
        if self._waiting:
            with self._changed:
                self._changed.notify()

    def begin_anew(self) -> None:
        """In a forked child: nobody waits, and every place is free."""
        super().begin_anew()
        self._changed = threading.Condition()
        self._waiting = self._making = 0

    def _awaited(self, timeout: float) -> BlockingSocket | None:
        """Wait for a connection that another thread gives back, or for the right to make one (None)."""
        with self._changed:
            # First this, then a look at what rests: who gives one back looks here afterwards.
            self._waiting += 1
            try:
                while self._most is not None and len(self._open) + self._making >= self._most:
                    connection = self.rested()
                    if connection is not None:
                        return connection
                    if not self._changed.wait(_left(timeout, "PoolTimeout")):
                        raise httpcore.PoolTimeout("every connection is in use")
                self._making += 1
            finally:
                self._waiting -= 1
        return None


def _connected(where: Address, timeout: float) -> socket.socket:
    """Connect to the first address of a host that answers."""
    try:
        found = addresses(where.host, where.port)
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error
    failure: Exception | None = None
    for (family, form, protocol, _, address), seconds in turns(found, timeout):
        _left(timeout, "ConnectTimeout")
        connection = None
        try:
            connection = socket.socket(family, form, protocol)
            connection.settimeout(seconds)
            connection.connect(address)
        except BaseException as error:
            if connection is not None:
                connection.close()
            if not isinstance(error, OSError):
                raise
            late = isinstance(error, TimeoutError)
            failure = (httpcore.ConnectTimeout if late else httpcore.ConnectError)(str(error))
        else:
            return connection
    raise failure or httpcore.ConnectError(f"{where.host} has no address")


def _left(timeout: float, late: str) -> float:
    left = seconds_left(timeout)
    if left is None or left > 0:
        return timeout if left is None else left
    raise getattr(httpcore, late)("the time allowed is up")

"""Messages over WebSocket: one connection for each subscriber, written to as far as its client reads.

What a client sends is read for the protocol's sake and thrown away. A subscriber's messages wait in the hub
and not in its connection: so a client that does not read costs what the hub allows, and is sent away then.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from ..kernel.hub import Hub
from ..kernel.messages import Reply, SocketStart
from ..kernel.refusals import Refusal
from ..kernel.services.pubsub import welcome
from ..kernel.subscriber import Message, Subscriber
from ..rules import limits
from .handing_over import HandOver

if TYPE_CHECKING:
    from websockets.protocol import Protocol

GOING_AWAY, REFUSED, TOO_SLOW = 1012, 1008, 1013
"""Close codes: the daemon stops, the token is no longer accepted, the client does not read."""

_VERSION = "13"
_KEY_BYTES = 16
_CLOSING_SECONDS = 5.0
_logger = logging.getLogger("syncropel.daemon")
# The library reports every connection that ends.
_quiet = logging.getLogger("syncropel.daemon.websocket")
_quiet.setLevel(logging.CRITICAL)


def open_handshake(headers: Mapping[str, str]) -> str:
    """Return what answers the key of a client's opening handshake (RFC 6455, section 4.2).

    Raises:
        Refusal: `WEBSOCKET_UNSUPPORTED` without the package, `INVALID_REQUEST` for a handshake that is none.
    """
    try:
        from websockets.utils import accept_key
    except ModuleNotFoundError:
        raise Refusal("WEBSOCKET_UNSUPPORTED", "the daemon lacks the package 'websockets'") from None
    if headers.get("sec-websocket-version") != _VERSION:
        raise Refusal(
            "INVALID_REQUEST",
            f"the header sec-websocket-version must be {_VERSION}",
            headers={"sec-websocket-version": _VERSION},
        )
    key = headers.get("sec-websocket-key", "")
    try:
        valid = len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):  # the second one for text that is not ASCII
        valid = False
    if not valid:
        raise Refusal("INVALID_REQUEST", f"the header sec-websocket-key must be {_KEY_BYTES} bytes as base64")
    return accept_key(key)


class Sockets:
    """The subscribers of one daemon. Everything but `_wake` runs on the event loop.

    Args:
        hub: Where the messages come from.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._open: dict[Subscriber, Socket] = {}
        self._arrived: deque[Subscriber] = deque()
        self._woken = False
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Bind to the loop that serves."""
        self._loop = loop

    def close(self) -> None:
        """Tell every client that the daemon stops."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        for socket in list(self._open.values()):
            socket.end(GOING_AWAY, "the daemon stops")

    async def serve(
        self,
        start: SocketStart,
        reply: Reply,
        headers: Mapping[str, str],
        now: float,
        hand_over: HandOver | None,
        allowed: Callable[[], Awaitable[bool]] | None,
    ) -> None:
        """Make a WebSocket of a request, and return when it is closed.

        Args:
            start: What it subscribes to.
            reply: The headers of the answer.
            headers: Those of the request.
            now: The time, unix seconds.
            hand_over: Gives the connection over; None where it cannot be had.
            allowed: Asks whether the client is still welcome; None when everybody is.

        Raises:
            Refusal: It cannot be made; nothing was written.
        """
        if hand_over is None or self._loop is None:
            raise Refusal("WEBSOCKET_UNSUPPORTED", "the HTTP server of this daemon gives no connection away")
        answer = open_handshake(headers)
        subscriber = self._hub.subscribe(start.space, start.topics, now, wake=self._wake)
        socket = Socket(self._hub, subscriber, allowed)
        transport = hand_over(socket)
        if transport is None or self._closing:
            self._hub.leave(subscriber)
            if transport is not None:
                transport.close()
            return
        self._open[subscriber] = socket
        if self._timer is None:
            self._timer = self._loop.call_later(limits.WEBSOCKET_PING_SECONDS, self._look)
        try:
            socket.begin(transport, _head(answer, reply))
            await socket.closed
        finally:
            del self._open[subscriber]
            self._hub.leave(subscriber)

    def _wake(self, subscriber: Subscriber) -> None:
        """Note that something waits for a subscriber; called from any thread."""
        self._arrived.append(subscriber)
        if not self._woken and self._loop is not None:
            self._woken = True
            self._loop.call_soon_threadsafe(self._flush)

    def _flush(self) -> None:
        # Cleared before the queue is emptied: who arrives from now on wakes the loop again.
        self._woken = False
        while self._arrived:
            socket = self._open.get(self._arrived.popleft())
            if socket is not None:
                socket.flush()

    def _look(self) -> None:
        """Ask the silent for a sign of life."""
        for socket in list(self._open.values()):
            socket.look()
        self._timer = None
        if self._open and self._loop is not None and not self._closing:
            self._timer = self._loop.call_later(limits.WEBSOCKET_PING_SECONDS, self._look)


class Socket:
    """One subscriber's connection.

    Args:
        hub: Where its messages wait.
        subscriber: It.
        allowed: Asks whether the client is still welcome; None when everybody is.

    Attributes:
        closed: Done when the connection is closed.
    """

    def __init__(
        self, hub: Hub, subscriber: Subscriber, allowed: Callable[[], Awaitable[bool]] | None
    ) -> None:
        from websockets.protocol import Protocol, Side

        self._loop = asyncio.get_running_loop()
        self._hub = hub
        self._subscriber = subscriber
        self._allowed = allowed
        self._protocol: Protocol = Protocol(
            Side.SERVER, max_size=limits.WEBSOCKET_MESSAGE_BYTES, logger=_quiet
        )
        self._transport: asyncio.Transport | None = None
        self._paused = False
        self._heard = True
        self._checked = self._loop.time()
        self._checking: asyncio.Future[None] | None = None
        self._ending: asyncio.TimerHandle | None = None
        self.closed: asyncio.Future[None] = self._loop.create_future()

    def begin(self, transport: asyncio.Transport, head: bytes) -> None:
        """Answer the handshake and say what was subscribed to."""
        self._transport = transport
        self._subscriber.reads = True
        transport.write(head + pack(Message(welcome(self._subscriber))))
        self.flush()

    def flush(self) -> None:
        """Write what waits, as far as the client reads."""
        if self._subscriber.dropped:
            self.end(TOO_SLOW, "the client does not read as fast as it is told")
            return
        if self._allowed is not None and self._loop.time() - self._checked > limits.TOKEN_CACHE_SECONDS:
            self._check()
            return
        while not self._paused and self._ending is None and self._transport is not None:
            messages = self._hub.take(self._subscriber)
            if not messages:
                return
            self._transport.write(b"".join(map(pack, messages)))

    def look(self) -> None:
        """Give a client up that was asked for a sign of life and gave none; ask one that is silent."""
        if self._ending is not None or self._transport is None or self._paused:
            return  # who does not read has a shorter limit of its own
        if not self._heard:
            self._transport.abort()
            return
        self._heard = False
        self._protocol.send_ping(b"")
        self._send()
        if self._allowed is not None:
            self._check()

    def end(self, code: int, reason: str) -> None:
        """Close with a code; a client that does not answer in time loses the connection."""
        if self._ending is not None or self._transport is None:
            return
        self._ending = self._loop.call_later(_CLOSING_SECONDS, self._transport.abort)
        self._protocol.send_close(code, reason)
        self._send()
        # It may have been paused, and the client's answer is wanted now.
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client: what it says is ignored, but for pings and the end."""
        self._heard = True
        self._protocol.receive_data(data)
        self._protocol.events_received()
        self._send()

    def pause_writing(self) -> None:
        """Leave the messages in the hub, and answer no pings either."""
        self._paused, self._subscriber.reads = True, False
        if self._transport is not None and self._ending is None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._paused, self._subscriber.reads = False, True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self.flush()

    def connection_lost(self) -> None:
        """End."""
        for waiting in (self._ending, self._checking):
            if waiting is not None:
                waiting.cancel()
        if not self.closed.done():
            self.closed.set_result(None)

    def _send(self) -> None:
        """Write what the protocol has to say; the end of it is the end of the connection."""
        if self._transport is None or self._transport.is_closing():
            return
        for part in self._protocol.data_to_send():
            if part:
                self._transport.write(part)
            else:
                self._transport.close()
                self._ending = self._ending or self._loop.call_later(_CLOSING_SECONDS, self._transport.abort)

    def _check(self) -> None:
        if self._checking is None:
            self._checking = asyncio.ensure_future(self._check_and_flush())

    async def _check_and_flush(self) -> None:
        if self._allowed is None:
            return
        allowed = await self._allowed()
        self._checking, self._checked = None, self._loop.time()
        if allowed:
            self.flush()
        else:
            self.end(REFUSED, "the token is no longer accepted")


def pack(message: Message) -> bytes:
    """Return a message as a frame: a whole text, unmasked as everything from a server; made once for all."""
    if message.packed is None:
        size = len(message.text)
        if size < 126:
            head = b"\x81%c" % size
        elif size < 65536:
            head = b"\x81\x7e" + size.to_bytes(2, "big")
        else:
            head = b"\x81\x7f" + size.to_bytes(8, "big")
        message.packed = head + message.text
    return message.packed


def _head(answer: str, reply: Reply) -> bytes:
    lines = ["HTTP/1.1 101 Switching Protocols", "upgrade: websocket", "connection: upgrade"]
    lines.append(f"sec-websocket-accept: {answer}")
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")

"""The server's HTTP protocol with the guards it lacks: against clients that send or read too slowly.

uvicorn closes a connection that idles *between* requests, but waits for ever for the rest of a request, for
the end of an endless head, and for a reader that takes no bytes. `guarded` adds those three limits to either
of its protocol classes, and lets a request that is no HTTP be refused with the same envelope as any other.
It also tells the crowd whether its connection waits for its client or is being answered.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from ..kernel.messages import Reply
from ..kernel.wire import JSON_TYPE, encode_json
from ..rules import limits
from .crowd import Place
from .handing_over import HAND_OVER, Heir
from .refuse import refuse

_FAREWELL_SECONDS = 2.0
_REASONS = {400: "Bad Request", 503: "Service Unavailable"}


def guarded(base: type[Any], *, read_seconds: float, stall_seconds: float) -> type[Any]:
    """Return a subclass of uvicorn's protocol class `base` that keeps the limits.

    Args:
        base: `HttpToolsProtocol` or `H11Protocol`.
        read_seconds: How long one request may take to arrive, from the first byte or the connection.
        stall_seconds: How long the client may take none of the bytes written to it.
    """

    class GuardedProtocol(base):  # type: ignore[misc]
        def __init__(self, *args: Any, place: Place, **options: Any) -> None:
            super().__init__(*args, **options)
            self._place = place

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._arriving: asyncio.TimerHandle | None = None
            self._stalled: asyncio.TimerHandle | None = None
            self._in_head = False
            self._head_bytes = 0
            self._tail = b""
            self._heir: Heir | None = None
            self._offered = False
            self._place.open(transport.abort)
            if not self._place.welcome:
                # Told when it has asked: an answer before its question is lost with a reset connection.
                self._arriving = self.loop.call_later(_FAREWELL_SECONDS, self._give_up)
                return
            self._expect_request()

        def connection_lost(self, exc: Exception | None) -> None:
            for timer in (self._arriving, self._stalled):
                if timer is not None:
                    timer.cancel()
            self._arriving = self._stalled = None
            self._place.leave()
            if self._heir is not None:
                self._heir.connection_lost()
            super().connection_lost(exc)
            if exc is not None:
                # uvicorn closes it only without an error; the TLS transport of Python 3.10 complains then.
                self.transport.close()

        def data_received(self, data: bytes) -> None:
            if self._heir is not None:
                self._heir.data_received(data)
                return
            if self._offered:
                # Who asked for an upgrade has to wait for the answer: nobody knows what language this is.
                self.transport.abort()
                return
            if not self._place.welcome:
                reply = refuse("TOO_MANY_CONNECTIONS", "as many connections as may be are being answered")
                reply.headers["retry-after"] = "1"
                self._answer_and_close(reply)
                return
            if self._in_head:
                self._head_bytes += self._head_part(data)
                if self._head_bytes > limits.MAX_HEAD_BYTES:
                    self.send_400_response(f"The head is larger than {limits.MAX_HEAD_BYTES} bytes.")
                    return
            super().data_received(data)
            self._tail = data[-3:] if self._in_head else b""
            if self._being_answered():
                self._place.busy()
                if self._arriving is not None:
                    self._arriving.cancel()
                    self._arriving = None
            elif self._arriving is None:
                self._expect_request()

        def on_message_begin(self) -> None:
            self._in_head, self._head_bytes = True, 0
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            self._in_head = False
            super().on_headers_complete()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            if self._being_answered():  # a request that arrived together with the one before
                self._place.busy()
            else:
                self._place.waiting()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._watch_reader(self.transport.get_write_buffer_size())
            if self._heir is not None:
                self._heir.pause_writing()

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._heir is not None:
                self._heir.resume_writing()
            if self._stalled is not None:
                self._stalled.cancel()
                self._stalled = None

        def send_400_response(self, msg: str) -> None:
            if self._being_answered():
                # The client would take it for the answer to the request before: that one comes, and no more.
                self.cycle.keep_alive = False
                self.flow.pause_reading()
            else:
                self._answer_and_close(refuse("INVALID_REQUEST", msg))

        def _unsupported_upgrade_warning(self) -> None:
            """Offer the connection to the application: uvicorn calls this for an upgrade it does not know."""
            wanted = [value.lower() for name, value in self.headers if name == b"upgrade"]
            if wanted == [b"websocket"]:
                self._offered = True
                self.scope["extensions"] = {HAND_OVER: partial(self._hand_over, self.scope)}

        def _hand_over(self, scope: Any, heir: Heir) -> asyncio.Transport | None:
            cycle = self.cycle
            if cycle.scope is not scope or cycle.disconnected or self.transport.is_closing():
                return None
            self._heir = heir
            self.flow.resume_reading()
            transport: asyncio.Transport = self.transport
            return transport

        def _answer_and_close(self, reply: Reply) -> None:
            content = encode_json(reply.body)
            head = [f"HTTP/1.1 {reply.status} {_REASONS[reply.status]}", f"content-type: {JSON_TYPE}"]
            head += [f"content-length: {len(content)}", "connection: close"]
            head += [f"{name}: {value}" for name, value in reply.headers.items()]
            self.transport.write("\r\n".join([*head, "", ""]).encode("latin-1") + content)
            self.transport.close()

        def _head_part(self, data: bytes) -> int:
            """Count the bytes up to the end of the head: a body or another request may follow it at once."""
            end = (self._tail + data).find(b"\r\n\r\n")
            return len(data) if end < 0 else end + 4 - len(self._tail)

        def _being_answered(self) -> bool:
            cycle = self.cycle
            return cycle is not None and not cycle.more_body and not cycle.response_complete

        def _expect_request(self) -> None:
            self._arriving = self.loop.call_later(read_seconds, self._give_up)

        def _give_up(self) -> None:
            self._arriving = None
            self.transport.abort()

        def _watch_reader(self, unread: int) -> None:
            self._stalled = self.loop.call_later(stall_seconds, self._judge_reader, unread)

        def _judge_reader(self, unread_before: int) -> None:
            unread = self.transport.get_write_buffer_size()
            if unread < unread_before:
                self._watch_reader(unread)
            else:
                self.transport.abort()

    return GuardedProtocol

"""The server's HTTP protocol with the guards it lacks: against clients that send or read too slowly.

uvicorn closes a connection that idles *between* requests, but waits for ever for the rest of a request, for
the end of an endless head, and for a reader that takes no bytes. `guarded` adds those three limits to either
of its protocol classes, and lets a request that is no HTTP be refused with the same envelope as any other.
"""

from __future__ import annotations

import asyncio
from typing import Any

from ..kernel.wire import JSON_TYPE, encode_json
from ..rules import limits
from .refuse import refuse


def guarded(base: type[Any], *, read_seconds: float, stall_seconds: float) -> type[Any]:
    """Return a subclass of uvicorn's protocol class `base` that keeps the limits.

    Args:
        base: `HttpToolsProtocol` or `H11Protocol`.
        read_seconds: How long one request may take to arrive, from the first byte or the connection.
        stall_seconds: How long the client may take none of the bytes written to it.
    """

    class GuardedProtocol(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._arriving: asyncio.TimerHandle | None = None
            self._stalled: asyncio.TimerHandle | None = None
            self._in_head = False
            self._head_bytes = 0
            self._expect_request()

        def connection_lost(self, exc: Exception | None) -> None:
            for timer in (self._arriving, self._stalled):
                if timer is not None:
                    timer.cancel()
            self._arriving = self._stalled = None
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._in_head:
                self._head_bytes += len(data)
                if self._head_bytes > limits.MAX_HEAD_BYTES:
                    self.send_400_response(f"The head is larger than {limits.MAX_HEAD_BYTES} bytes.")
                    return
            super().data_received(data)
            cycle = self.cycle
            if cycle is not None and not cycle.more_body and not cycle.response_complete:
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

        def pause_writing(self) -> None:
            super().pause_writing()
            self._watch_reader(self.transport.get_write_buffer_size())

        def resume_writing(self) -> None:
            super().resume_writing()
            if self._stalled is not None:
                self._stalled.cancel()
                self._stalled = None

        def send_400_response(self, msg: str) -> None:
            reply = refuse("INVALID_REQUEST", msg)
            content = encode_json(reply.body)
            head = [f"HTTP/1.1 {reply.status} Bad Request", f"content-type: {JSON_TYPE}"]
            head += [f"content-length: {len(content)}", "connection: close"]
            head += [f"{name}: {value}" for name, value in reply.headers.items()]
            self.transport.write("\r\n".join([*head, "", ""]).encode("latin-1") + content)
            self.transport.close()

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

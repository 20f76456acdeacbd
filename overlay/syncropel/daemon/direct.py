"""The short way of a single emit or command: from the HTTP parser to the kernel, and back in one write.

They are what a daemon does most, and a third of its time went into what ASGI asks of a server: a scope, a
cycle, a task and two messages each way. A plain `POST /v1/records`, and one of a command, therefore never
becomes an ASGI request.
What makes it anything but plain (a query, another version of HTTP, an expectation, a body without a length or
a large one, a header given twice, a browser) leaves it to the application, which gives the same answers.

A watch stream is an ASGI request as any other, but the application is shown how to write to it without one.
"""

from __future__ import annotations

import asyncio
import logging
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from .bodies import PROMPT_BYTES, PUSH, SHORT, Client, Headers
from .parsing import ParsingProtocol

if TYPE_CHECKING:
    from starlette.types import Message

_UNSAFE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_BESIDE = frozenset((b"expect", b"transfer-encoding", b"upgrade"))


class Ingest(Protocol):
    """What takes emits and commands: the application."""

    def plain(self, headers: Headers) -> dict[str, str] | None:
        """Return the headers by name; None for a request that is not plain."""

    def ingest(self, target: str, headers: dict[str, str], body: bytes, client: Client) -> None:
        """Answer a POST; the client is answered on the event loop."""


class _Silent:
    """Nobody waits for the body of such a request: it is taken when it is whole."""

    def set(self) -> None:
        """Wake nobody."""


_SILENT = _Silent()


class Exchange:
    """One emit or command on a connection, in the place where uvicorn's protocol keeps its cycle."""

    __slots__ = (
        "body",
        "disconnected",
        "headers",
        "keep_alive",
        "message_event",
        "more_body",
        "protocol",
        "response_complete",
        "target",
    )

    def __init__(
        self, protocol: DirectProtocol, target: str, headers: dict[str, str], keep_alive: bool
    ) -> None:
        self.protocol = protocol
        self.target = target
        self.headers = headers
        self.keep_alive = keep_alive
        self.body = bytearray()
        self.more_body = True
        self.response_complete = False
        self.disconnected = False
        # uvicorn sets it when something comes, or the connection is lost.
        self.message_event: _Silent | asyncio.Event = _SILENT

    async def receive(self) -> Message:
        """Return when the client has left."""
        while not self.disconnected:
            self.message_event = left = asyncio.Event()
            await left.wait()
        return {"type": "http.disconnect"}

    def answer(self, status: int, headers: Headers, content: bytes) -> None:
        """Write the whole answer; nobody hears it who has left."""
        protocol = self.protocol
        if self.disconnected or protocol.transport.is_closing():
            return
        lines = [b"%b: %b" % header for header in (*protocol.server_state.default_headers, *headers)]
        if _UNSAFE.search(b"".join(lines)):
            raise ValueError(f"a header of an answer holds a control character: {lines!r:.200}")
        if not self.keep_alive:
            lines.append(b"connection: close")
        protocol.transport.write(b"%b%b\r\n\r\n%b" % (STATUS_LINE[status], b"\r\n".join(lines), content))
        self.response_complete = True
        if not self.keep_alive:
            protocol.transport.close()
        protocol.on_response_complete()


class DirectProtocol(ParsingProtocol):
    """uvicorn's protocol, with the short way beside its own.

    Args:
        args: As uvicorn's, and so are `options`.
        ingest: Takes the emits and the commands.
    """

    takes_ingest = True

    def __init__(self, *args: Any, ingest: Ingest, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ingest = ingest

    def on_headers_complete(self) -> None:
        """Begin a request: an emit or a command by itself, anything else as ever."""
        headers = self._plain() if self.url in SHORT else None
        if headers is None:
            super().on_headers_complete()
            if b"/watch" in self.url:
                extensions: dict[str, Any] = {PUSH: partial(self._push, self.cycle)}
                self.scope["extensions"] = extensions
        else:
            keep_alive = self.parser.should_keep_alive()
            self.cycle: Any = Exchange(self, self.url.decode("ascii"), headers, keep_alive)

    def on_message_complete(self) -> None:
        """The body is whole."""
        super().on_message_complete()
        cycle = self.cycle
        if type(cycle) is Exchange and not cycle.response_complete:
            self._ingest.ingest(cycle.target, cycle.headers, bytes(cycle.body), cycle)

    def _push(self, cycle: RequestResponseCycle, chunk: bytes) -> bool:
        """Write a chunk of an answer that has begun; false when the client would have to be waited for."""
        if cycle.disconnected or cycle.response_complete or not cycle.chunked_encoding:
            return False
        if self.flow.write_paused or self.transport.is_closing():
            return False
        self.transport.write(chunk)
        return True

    def _plain(self) -> dict[str, str] | None:
        parser, before = self.parser, self.cycle
        if parser.get_method() != b"POST" or parser.get_http_version() != "1.1":
            return None
        if self.access_log and self.access_logger.isEnabledFor(logging.INFO):
            return None  # its line is the cycle's to write
        if before is not None and not before.response_complete:
            return None  # its turn comes when the requests before it are answered
        if self.flow.write_paused:
            return None  # the client takes no answers: the application waits for it
        length = None
        for name, value in self.headers:
            if name in _BESIDE:
                return None
            if name == b"content-length":
                length = value
        # Of a larger one, uvicorn would stop reading until the application asks for more.
        if length is None or len(length) > 5 or int(length) > PROMPT_BYTES:
            return None
        return self._ingest.plain(self.headers)

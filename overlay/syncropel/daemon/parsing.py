"""uvicorn's protocol over httptools, where that would hold, lose or misread what a client sends.

Requests that are sent without waiting for answers pile up no further than is read at once, and to a limit;
the end of their connection is told to all of them, and not to the last one alone. Trailers of a chunked body
are not taken for headers, and do not pile up. And a request for an upgrade that nobody offers keeps its body:
httptools takes it for another protocol's, so that it would be lost, or read as the next request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sized
from typing import TYPE_CHECKING, Any

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..rules import limits

if TYPE_CHECKING:
    from .bodies import Headers

_FRAMING = (b"content-length", b"transfer-encoding")


class _Passed(list[tuple[bytes, bytes]]):
    """Takes trailers in the place of headers, and keeps none: a request is judged by its head."""

    def append(self, _header: tuple[bytes, bytes], /) -> None:
        """Let it pass."""


_TRAILERS = _Passed()


class _Flow(FlowControl):
    """Reads no further while whole requests wait: uvicorn would, after each answer and for each body.

    Args:
        transport: The connection.
        waiting: The requests that wait.
    """

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on, unless there is enough to do."""
        if not self._waiting:
            super().resume_reading()


class ParsingProtocol(HttpToolsProtocol):
    """uvicorn's protocol; the arguments are its own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Requests that were not answered when the next one came, in their order.
        self._ahead: deque[Any] = deque()
        self._in_chunk = False
        self._trailer_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every request under way that its client has left."""
        for cycle in self._ahead:
            if not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come."""
        self._unset_keepalive_if_required()
        in_chunk, cycle = self._in_chunk, self.cycle
        held = len(cycle.body) if in_chunk else 0
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self.logger.warning("a request is not HTTP")
            self.send_400_response("Invalid HTTP request received.")
            return
        if in_chunk and self._in_chunk and self.cycle is cycle and len(cycle.body) == held:
            # Neither a part of the chunk nor its end: more of what follows the last one.
            self._trailer_bytes += len(data)
            if self._trailer_bytes > limits.MAX_HEAD_BYTES:
                self.send_400_response(f"The trailers are larger than {limits.MAX_HEAD_BYTES} bytes.")

    def _parse(self, data: bytes) -> None:
        rest = memoryview(data)
        while True:
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
                framing = [header for header in self.headers if header[0] in _FRAMING]
                if framing:
                    self.cycle.more_body = True
                    self.parser = _after_head(self, framing)
                elif _of_websocket(self.headers) and self.scope["method"] == "GET":
                    self._unsupported_upgrade_warning()
                    return
            else:
                return

    def on_headers_complete(self) -> None:
        """Begin a request."""
        if len(self.pipeline) >= limits.MAX_PIPELINED:
            raise ValueError("too many requests wait for their turn")
        if self.expect_100_continue and self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False  # RFC 9110, section 10.1.1
        before = self.cycle
        super().on_headers_complete()
        while self._ahead and self._ahead[0].response_complete:
            self._ahead.popleft()
        if before is not None and not before.response_complete:
            self._ahead.append(before)
        if not self.parser.should_upgrade():
            self.headers = _TRAILERS

    def on_chunk_header(self) -> None:
        """A chunk begins; behind the head of the last one come the trailers."""
        self._in_chunk, self._trailer_bytes = True, 0

    def on_chunk_complete(self) -> None:
        """The chunk is whole."""
        self._in_chunk = False


def _of_websocket(headers: Headers) -> bool:
    return [value.lower() for name, value in headers if name == b"upgrade"] == [b"websocket"]


def _after_head(protocol: ParsingProtocol, framing: Headers) -> httptools.HttpRequestParser:
    """Return a parser that stands behind the head of a request with such a body."""
    parser = httptools.HttpRequestParser(_Rest(protocol))
    # As uvicorn has it: a client may send more than the last request that it will have an answer to.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    lines = [b"POST / HTTP/1.1", *(b"%b: %b" % header for header in framing), b"", b""]
    parser.feed_data(b"\r\n".join(lines))
    return parser


class _Rest:
    """Passes on what follows the head of a request, which was told already: its body, then other requests.

    Args:
        protocol: Takes it.
    """

    def __init__(self, protocol: ParsingProtocol) -> None:
        self._protocol = protocol
        self._told = False
        self.on_chunk_header = protocol.on_chunk_header
        self.on_chunk_complete = protocol.on_chunk_complete
        self.on_body = protocol.on_body

    def on_message_begin(self) -> None:
        """Begin a request behind this one."""
        if self._told:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of its target."""
        if self._told:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header of it; trailers of this one pass."""
        if self._told:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        """End its head."""
        if self._told:
            self._protocol.on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request."""
        self._told = True
        self._protocol.on_message_complete()

"""Plain requests, straight over a socket, read by a compiled parser (`httptools`, of the `fast` extra).

Most of what a small request costs is in the layers between the client and the socket. Here there is one
parser, the one that Node and uvicorn use. What it is not made for goes through the pool: TLS, proxies,
streams, and addresses that would have to be written otherwise than they are given.

Here is what needs no waiting; the exchange is in `_async.direct`, its connections in `connections_async` and
`connections_sync`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from syncropel.transport.auth import RawHeaders
from syncropel.transport.convert import Answer, check_encoding, header
from syncropel.transport.failures import AnswerTooLarge, Undelivered, out_of_time, undelivered, without_frames
from syncropel.transport.later import httpcore

if TYPE_CHECKING:
    from syncropel.transport.request import Prepared

MAX_HEAD_BYTES = 100 * 1024
"""The largest head of an answer, as in the pool; and of trailers, or whatever else is none of the body."""
_UNPACKED_BYTES = 65536
_PLAIN = re.compile(
    r"http://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*)"
)
_DOTS = re.compile(r"/\.\.?(?:[/?]|$)")
_PORT = 80

_library: Any = None


def load() -> bool:
    """Import the parser; return False where there is none."""
    global _library
    if _library is None:
        try:
            _library = import_module("httptools.parser.parser")
        except ImportError:
            return False
    return True


def supported(endpoint: str) -> bool:
    """Tell whether requests to an endpoint can go this way, without a proxy; imports the parser."""
    return endpoint.startswith("http:") and sys.platform != "win32" and load()


class Address(NamedTuple):
    """Where a request goes.

    Attributes:
        host: Name or number of the host.
        port: Its port.
        line: What the head of a request says of it, between the method and the other headers.
    """

    host: str
    port: int
    line: bytes


@lru_cache(maxsize=256)
def address(target: str) -> Address | None:
    """Return an address taken apart, or None where the pool would ask for another one than this."""
    found = _PLAIN.fullmatch(target)
    if found is None or _DOTS.search(target):
        return None
    host, port, path = found["host"], int(found["port"] or _PORT), found["path"]
    if port > 0xFFFF or found["port"] == str(_PORT):
        return None
    origin = target[len("http://") : found.start("path")]
    line = f" {path} HTTP/1.1\r\nhost: {origin}\r\n"
    return Address(host.strip("[]"), port, line.encode("ascii"))


def written(request: Prepared, where: Address) -> bytes:
    """Return a request as it is sent.

    Raises:
        httpcore.LocalProtocolError: A header would end its line.
    """
    lines = [b"%b: %b\r\n" % pair for pair in request.headers]
    head = b"".join(lines)
    if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines) or b"\0" in head:
        raise httpcore.LocalProtocolError("Illegal header value")
    return b"%b%b%b\r\n%b" % (request.method.encode("ascii"), where.line, head, request.content or b"")


class Reading:
    """One answer, as it arrives.

    Args:
        limit: The largest body that is read.

    Attributes:
        begun: Whether its head is there.
        complete: Whether all of it is there.
        reusable: Whether the connection can carry another request afterwards.
    """

    __slots__ = (
        "_beside",
        "_body",
        "_headers",
        "_limit",
        "_parser",
        "_size",
        "_status",
        "begun",
        "complete",
        "reusable",
    )

    def __init__(self, limit: int) -> None:
        self._parser = _library.HttpResponseParser(self)
        self._headers: RawHeaders = []
        self._body = bytearray()  # no list: chunks of a byte each would weigh thirty times as much
        self._limit = limit
        self._size = self._beside = self._status = 0
        self.begun = False
        self.complete = False
        self.reusable = False

    def feed(self, data: bytes) -> None:
        """Take what has arrived; nothing means that the other side has closed the connection.

        Raises:
            AnswerTooLarge: The body is larger than the limit.
            httpcore.RemoteProtocolError: This is no answer, or not all of one.
        """
        if not data:
            return self._end()
        size = self._size
        try:
            self._parser.feed_data(data)
        except (_library.HttpParserError, _library.HttpParserUpgrade) as error:
            # After the answer there was something more: it is not ours, and neither is the connection.
            self.reusable = False
            if not self.complete:
                other = isinstance(error, _library.HttpParserUpgrade)
                text = "the answer asks for another protocol" if other else str(error)
                raise httpcore.RemoteProtocolError(text) from None
        if self._size > self._limit:
            raise AnswerTooLarge(f"DecodeError: the answer is larger than {self._limit} bytes")
        self._beside = 0 if self._size > size else self._beside + len(data)
        if self._beside > MAX_HEAD_BYTES and not self.complete:
            raise httpcore.RemoteProtocolError("the head of the answer is too large")
        return None

    def _end(self) -> None:
        if not self.begun:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if header(self._headers, b"content-length") or header(self._headers, b"transfer-encoding"):
            raise httpcore.RemoteProtocolError("peer closed connection without sending complete message body")
        self.complete = True

    def on_message_begin(self) -> None:
        """Note that something follows the answer: nobody asked for it."""
        self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. What comes after the body is none: trailers, and what nobody asked for."""
        if not self.begun:
            self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Note that the body comes next; a provisional answer has none, and is no answer yet."""
        if self.begun:
            return
        self._status = self._parser.get_status_code()
        if self._status < 200:
            self._headers = []
        else:
            self.begun = True

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if not self.complete:
            self._size += len(body)
            if self._size <= self._limit:
                self._body += body

    def on_message_complete(self) -> None:
        """Note the end."""
        if self.begun and not self.complete:
            self.complete = True
            self.reusable = self._parser.should_keep_alive()

    def answer(self) -> Answer:
        """Return the whole answer, its body in plain.

        Raises:
            AnswerTooLarge: It unpacks to more than the limit.
            Undelivered: It is packed in a way that is not read.
        """
        headers, content = self._headers, bytes(self._body)
        if header(headers, b"content-encoding"):
            content = b"".join(_unpacked(self._status, headers, content, self._limit))
        return Answer(self._status, headers, content)


def _unpacked(status: int, headers: RawHeaders, content: bytes, limit: int) -> Iterator[bytes]:
    """Yield an encoded body in plain; we asked for none, but a server may send one."""
    import httpx

    check_encoding(headers)
    parts = (content[start : start + _UNPACKED_BYTES] for start in range(0, len(content), _UNPACKED_BYTES))
    size = 0
    for piece in httpx.Response(status, headers=headers, content=parts).iter_bytes():
        size += len(piece)
        if size > limit:
            raise AnswerTooLarge(f"DecodeError: the answer is larger than {limit} bytes")
        yield piece


def failure(error: Exception, endpoint: str, timeout: float) -> Undelivered:
    """Return what an exchange raised as our error.

    Args:
        error: What it raised.
        endpoint: Who was asked.
        timeout: Seconds the caller allowed.
    """
    bare = without_frames(error)
    if isinstance(bare, (httpcore.ReadTimeout, httpcore.WriteTimeout, httpcore.PoolTimeout)):
        return out_of_time(timeout)
    return undelivered(bare, endpoint)

"""Request bodies and answers over ASGI: no more held than the limits allow, no answer lost in a reset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from ..kernel.messages import Reply
from ..kernel.wire import JSON_TYPE, encode_json
from ..rules import limits
from .refuse import refuse

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

PROMPT_BYTES = 64 * 1024
"""What a stranger may make the daemon hold for each connection, and the event loop read at once."""

_DISCARD_BYTES = 16 * limits.MAX_BODY_BYTES

SHORT = frozenset((b"/v1/records", b"/api/v1/command"))
"""Where single records and commands are posted."""

PUSH = "syncropel.push"
"""The extension of a scope that writes a chunk of an answer at once, where nobody has to be waited for."""

_JSON = (b"content-type", JSON_TYPE.encode())

Headers = list[tuple[bytes, bytes]]


class Client(Protocol):
    """Whoever waits for the answer to a request that is not ASGI's."""

    def answer(self, status: int, headers: Headers, content: bytes) -> None:
        """Write the whole answer."""

    async def receive(self) -> Message:
        """Return `http.disconnect` when the client has left, as ASGI's `receive` does."""


class BodyTooLargeError(Exception):
    """The body is larger than the limit."""


class ClientGoneError(Exception):
    """The client left before the end of its request."""


async def read_body(headers: Mapping[str, str], receive: Receive, most: int) -> bytes:
    """Return the body, and never hold more of it than `most` bytes.

    Raises:
        BodyTooLargeError: There is more of it.
        ClientGoneError: The client left.
    """
    length = headers.get("content-length", "0")
    if len(length) > 18 or int(length) > most:
        raise BodyTooLargeError
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGoneError
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise BodyTooLargeError
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def is_large(headers: Mapping[str, str]) -> bool:
    """Tell whether a body is worth a question before it is read; one of unknown length is."""
    length = headers.get("content-length", "0")
    return "transfer-encoding" in headers or len(length) > 18 or int(length) > PROMPT_BYTES


async def refuse_unread(reply: Reply, headers: Mapping[str, str], receive: Receive, send: Send) -> None:
    """Refuse a request whose body was not read."""
    await respond(send, reply, encode_json(reply.body), close=True, more=True)
    if "expect" not in headers:
        # A client that is still sending would see its connection reset instead of the answer, so what
        # arrives is thrown away for a while.
        await _discard(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _discard(receive: Receive) -> None:
    seen = 0
    while seen < _DISCARD_BYTES:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return


async def until_disconnect(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def refused(code: str, message: str) -> tuple[Reply, bytes]:
    """Return a refusal and its content."""
    reply = refuse(code, message)
    return reply, encode_json(reply.body)


def header_lines(reply: Reply, extra: Iterable[tuple[bytes, bytes]] = ()) -> Headers:
    """Return a reply's own headers, and others, as they go out."""
    lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    lines += extra
    return lines


def head(reply: Reply, content: bytes) -> Headers:
    """Return the headers of an answer with a content, or without one when its status is 204."""
    extra = []
    if reply.status != 204:
        extra.append((b"content-length", b"%d" % len(content)))
        if "content-type" not in reply.headers:
            extra.append(_JSON)
    return header_lines(reply, extra)


async def respond(
    send: Send, reply: Reply, content: bytes, *, close: bool = False, more: bool = False
) -> None:
    """Send an answer.

    Args:
        send: Where to.
        reply: Its status and headers.
        content: Its content.
        close: Whether the connection ends with it.
        more: Whether the caller ends it.
    """
    headers = head(reply, content)
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": more})

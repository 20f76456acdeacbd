"""Where requests go out: a pool of connections on sockets of our own, or a transport of the user's."""

from __future__ import annotations

import ssl
import sys
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from typing import Any

import httpcore
import httpx

from syncropel.transport.auth import RawHeaders
from syncropel.transport.config import Settings
from syncropel.transport.convert import header
from syncropel.transport.proxies import proxy_for
from syncropel.transport.request import Prepared
from syncropel.transport.sockets import AsyncSockets
from syncropel.transport.tls import default_tls

KEEPALIVE_SECONDS = 4.0
"""Less than the five seconds after which common servers close an idle connection, so that we do not race."""


class AsyncReply:
    """An answer whose body is read as it arrives.

    Attributes:
        status: HTTP status.
        headers: Every header as it came.
        pieces: The body, decoded.
        aclose: Gives the connection back.
        connection: The stream below, where there is one.
    """

    def __init__(
        self,
        status: int,
        headers: RawHeaders,
        pieces: AsyncIterable[bytes],
        aclose: Callable[[], Awaitable[None]],
        connection: Any = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.pieces = pieces
        self.aclose = aclose
        self.connection = connection

    def header(self, name: bytes) -> str:
        """Return a header by its name in lower case; empty when it is absent."""
        return header(self.headers, name) or ""


class AsyncRoute:
    """Sends through an httpx transport."""

    takes_time = True

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.transport = transport

    async def send(self, request: Prepared, extensions: dict[str, Any]) -> AsyncReply:
        """Send a request and return the answer with its body unread."""
        response = await self.transport.handle_async_request(request.for_transport(extensions))
        return AsyncReply(
            response.status_code,
            response.headers.raw,
            response.aiter_bytes(),
            response.aclose,
            response.extensions.get("network_stream"),
        )

    def abandon(self) -> None:
        """Do nothing: a transport of somebody else's is closed by `aclose` alone."""

    async def aclose(self) -> None:
        """Close the transport. One of the other colour has nothing to close here."""
        close = getattr(self.transport, "aclose", None)
        if close is not None:
            await close()


class AsyncPool:
    """Sends through connections of our own, which can be given up at once.

    Args:
        endpoint: What will be asked; certificates are loaded only for `https`.
        max_connections: Connections at one time; None for no bound.
        tls: The TLS context in place of the usual one.
    """

    takes_time = False

    def __init__(self, endpoint: str, max_connections: int | None, tls: ssl.SSLContext | None = None) -> None:
        self._sockets = AsyncSockets()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=(tls or default_tls()) if endpoint.startswith("https:") else None,
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=self._sockets,
        )

    async def send(self, request: Prepared, extensions: dict[str, Any]) -> AsyncReply:
        """Send a request and return the answer with its body unread."""
        answer = await self._pool.handle_async_request(request.for_pool(extensions))
        pieces: AsyncIterable[bytes] = answer.stream  # type: ignore[assignment]
        if header(answer.headers, b"content-encoding"):
            encoded = httpx.Response(answer.status, headers=answer.headers, stream=AsyncBody(pieces))
            pieces = encoded.aiter_bytes()
        return AsyncReply(
            answer.status, answer.headers, pieces, answer.aclose, answer.extensions.get("network_stream")
        )

    def abandon(self) -> None:
        """Close every connection now, without waiting and without an event loop."""
        self._sockets.abandon()

    async def aclose(self) -> None:
        """Close every connection."""
        # First, or whoever waits on a connection in another thread would go on waiting for it.
        self._sockets.abandon()
        await self._pool.aclose()


class AsyncBody(httpx.AsyncByteStream):
    """A body for httpx to decode."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            yield piece


def open_pool(settings: Settings, max_connections: int | None) -> AsyncPool | AsyncRoute:
    """Return a new pool of at most so many connections; None for no bound.

    Through a proxy, and on Windows (whose event loop cannot wait for single sockets), httpx's own pool
    serves.
    """
    proxy = proxy_for(settings.endpoint)
    if proxy is None and sys.platform != "win32":
        return AsyncPool(settings.endpoint, max_connections, settings.tls)
    limits = httpx.Limits(
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        keepalive_expiry=KEEPALIVE_SECONDS,
    )
    verify = True if settings.tls is None else settings.tls
    return AsyncRoute(httpx.AsyncHTTPTransport(verify=verify, limits=limits, proxy=proxy))

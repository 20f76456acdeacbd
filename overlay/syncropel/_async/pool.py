"""The default transport: a pool of connections to the endpoint, on sockets of our own."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import httpcore
import httpx

from syncropel.transport.config import Settings
from syncropel.transport.failures import as_httpx
from syncropel.transport.proxies import proxy_for
from syncropel.transport.sockets import AsyncSockets
from syncropel.transport.tls import default_tls

KEEPALIVE_SECONDS = 4.0
"""Less than the five seconds after which common servers close an idle connection, so that we do not race."""


class AsyncPool(httpx.AsyncBaseTransport):
    """An httpx transport over a pool whose sockets can be given up at once.

    Args:
        endpoint: What will be asked; certificates are loaded only for `https`.
        max_connections: Connections at one time; None for no bound.
    """

    def __init__(self, endpoint: str, max_connections: int | None) -> None:
        self._sockets = AsyncSockets()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=default_tls() if endpoint.startswith("https:") else None,
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=self._sockets,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the answer with its body unread."""
        url = request.url
        plain = httpcore.Request(
            method=request.method.encode("ascii"),
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(plain)
        except Exception as error:
            raise as_httpx(error) from error
        return httpx.Response(
            answer.status, headers=answer.headers, stream=AsyncBody(answer), extensions=answer.extensions
        )

    def abandon(self) -> None:
        """Close every connection now, without waiting and without an event loop."""
        self._sockets.abandon()

    async def aclose(self) -> None:
        """Close every connection."""
        try:
            await self._pool.aclose()
        finally:
            self._sockets.abandon()


class AsyncBody(httpx.AsyncByteStream):
    """The body of an answer, read as it arrives."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._answer.aiter_stream():
                yield piece
        except Exception as error:
            raise as_httpx(error) from error

    async def aclose(self) -> None:
        """Give the connection back."""
        await self._answer.aclose()


def open_pool(settings: Settings, max_connections: int | None) -> httpx.AsyncBaseTransport:
    """Return a new pool of at most so many connections; None for no bound.

    Through a proxy, and on Windows (whose event loop cannot wait for single sockets), httpx's own pool
    serves.
    """
    proxy = proxy_for(settings.endpoint)
    if proxy is None and sys.platform != "win32":
        return AsyncPool(settings.endpoint, max_connections)
    limits = httpx.Limits(
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        keepalive_expiry=KEEPALIVE_SECONDS,
    )
    return httpx.AsyncHTTPTransport(limits=limits, proxy=proxy)

# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The default transport: a pool of connections to the endpoint, on sockets of our own."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import httpcore
import httpx
from syncropel.transport.blocking import SyncSockets
from syncropel.transport.config import Settings
from syncropel.transport.failures import as_httpx
from syncropel.transport.proxies import proxy_for
from syncropel.transport.tls import default_tls

KEEPALIVE_SECONDS = 4.0
"""Less than the five seconds after which common servers close an idle connection, so that we do not race."""


class SyncPool(httpx.BaseTransport):
    """An httpx transport over a pool whose sockets can be given up at once.

    Args:
        endpoint: What will be asked; certificates are loaded only for `https`.
        max_connections: Connections at one time; None for no bound.
    """

    def __init__(self, endpoint: str, max_connections: int | None) -> None:
        self._sockets = SyncSockets()
        self._pool = httpcore.ConnectionPool(
            ssl_context=default_tls() if endpoint.startswith("https:") else None,
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=self._sockets,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
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
            answer = self._pool.handle_request(plain)
        except Exception as error:
            raise as_httpx(error) from error
        return httpx.Response(
            answer.status, headers=answer.headers, stream=SyncBody(answer), extensions=answer.extensions
        )

    def abandon(self) -> None:
        """Close every connection now, without waiting and without an event loop."""
        self._sockets.abandon()

    def close(self) -> None:
        """Close every connection."""
        try:
            self._pool.close()
        finally:
            self._sockets.abandon()


class SyncBody(httpx.SyncByteStream):
    """The body of an answer, read as it arrives."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        try:
            for piece in self._answer.iter_stream():
                yield piece
        except Exception as error:
            raise as_httpx(error) from error

    def close(self) -> None:
        """Give the connection back."""
        self._answer.close()


def open_pool(settings: Settings, max_connections: int | None) -> httpx.BaseTransport:
    """Return a new pool of at most so many connections; None for no bound.

    Through a proxy, and on Windows (whose event loop cannot wait for single sockets), httpx's own pool
    serves.
    """
    proxy = proxy_for(settings.endpoint)
    if proxy is None and sys.platform != "win32":
        return SyncPool(settings.endpoint, max_connections)
    limits = httpx.Limits(
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        keepalive_expiry=KEEPALIVE_SECONDS,
    )
    return httpx.HTTPTransport(limits=limits, proxy=proxy)

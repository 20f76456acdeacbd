# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Where requests go out: a pool of connections on sockets of our own, or a transport of the user's."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx
from syncropel.transport.auth import RawHeaders
from syncropel.transport.blocking import SyncSockets
from syncropel.transport.config import Settings
from syncropel.transport.convert import header
from syncropel.transport.proxies import proxy_for
from syncropel.transport.request import Prepared
from syncropel.transport.tls import default_tls

KEEPALIVE_SECONDS = 4.0
"""Less than the five seconds after which common servers close an idle connection, so that we do not race."""


class SyncReply:
    """An answer whose body is read as it arrives.

    Attributes:
        status: HTTP status.
        headers: Every header as it came.
        pieces: The body, decoded.
        close: Gives the connection back.
        connection: The stream below, where there is one.
    """

    def __init__(
        self,
        status: int,
        headers: RawHeaders,
        pieces: Iterable[bytes],
        close: Callable[[], None],
        connection: Any = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.pieces = pieces
        self.close = close
        self.connection = connection

    def header(self, name: bytes) -> str:
        """Return a header by its name in lower case; empty when it is absent."""
        return header(self.headers, name) or ""


class SyncRoute:
    """Sends through an httpx transport."""

    takes_time = True

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport

    def send(self, request: Prepared, extensions: dict[str, Any]) -> SyncReply:
        """Send a request and return the answer with its body unread."""
        response = self.transport.handle_request(request.for_transport(extensions))
        return SyncReply(
            response.status_code,
            response.headers.raw,
            response.iter_bytes(),
            response.close,
            response.extensions.get("network_stream"),
        )

    def abandon(self) -> None:
        """Do nothing: a transport of somebody else's is closed by `close` alone."""

    def close(self) -> None:
        """Close the transport. One of the other colour has nothing to close here."""
        close = getattr(self.transport, "close", None)
        if close is not None:
            close()


class SyncPool:
    """Sends through connections of our own, which can be given up at once.

    Args:
        endpoint: What will be asked; certificates are loaded only for `https`.
        max_connections: Connections at one time; None for no bound.
        tls: The TLS context in place of the usual one.
    """

    takes_time = False

    def __init__(self, endpoint: str, max_connections: int | None, tls: ssl.SSLContext | None = None) -> None:
        self._sockets = SyncSockets()
        self._pool = httpcore.ConnectionPool(
            ssl_context=(tls or default_tls()) if endpoint.startswith("https:") else None,
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=self._sockets,
        )

    def send(self, request: Prepared, extensions: dict[str, Any]) -> SyncReply:
        """Send a request and return the answer with its body unread."""
        answer = self._pool.handle_request(request.for_pool(extensions))
        pieces: Iterable[bytes] = answer.stream  # type: ignore[assignment]
        if header(answer.headers, b"content-encoding"):
            encoded = httpx.Response(answer.status, headers=answer.headers, stream=SyncBody(pieces))
            pieces = encoded.iter_bytes()
        return SyncReply(
            answer.status, answer.headers, pieces, answer.close, answer.extensions.get("network_stream")
        )

    def abandon(self) -> None:
        """Close every connection now, without waiting and without an event loop."""
        self._sockets.abandon()

    def close(self) -> None:
        """Close every connection."""
        # First, or whoever waits on a connection in another thread would go on waiting for it.
        self._sockets.abandon()
        self._pool.close()


class SyncBody(httpx.SyncByteStream):
    """A body for httpx to decode."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            yield piece


def open_pool(settings: Settings, max_connections: int | None) -> SyncPool | SyncRoute:
    """Return a new pool of at most so many connections; None for no bound.

    Through a proxy, and on Windows (whose event loop cannot wait for single sockets), httpx's own pool
    serves.
    """
    proxy = proxy_for(settings.endpoint)
    if proxy is None and sys.platform != "win32":
        return SyncPool(settings.endpoint, max_connections, settings.tls)
    limits = httpx.Limits(
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        keepalive_expiry=KEEPALIVE_SECONDS,
    )
    verify = True if settings.tls is None else settings.tls
    return SyncRoute(httpx.HTTPTransport(verify=verify, limits=limits, proxy=proxy))

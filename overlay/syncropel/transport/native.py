"""Plain requests by a native HTTP client (`pyreqwest`, of the `fast` extra), where it can replace our pool.

It is used only for plain HTTP without a proxy: it trusts the authorities of the operating system, and which
certificates are accepted must not hang on what is installed. Streams, and addresses that it would write
otherwise than they are given, stay with the pool; so does everything in a forked child, where the threads of
the native client do not run, and wherever sockets were replaced (by an event library, or by a test).
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import socket
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any
from weakref import WeakSet

from syncropel.transport.auth import RawHeaders
from syncropel.transport.convert import Answer, header
from syncropel.transport.failures import AnswerTooLarge, Undelivered, out_of_time, undelivered
from syncropel.transport.hop import interruptible
from syncropel.transport.request import Prepared

KEEPALIVE_SECONDS = 4.0
CONNECT_SECONDS = 10.0
"""For connecting, shared among the addresses of a name: a silent one must not use up the call's time."""
LAST_SECONDS = 1.0
NOBODY = "http://127.0.0.1:1/"
_PIECE_BYTES = 65536
_HANDLED = frozenset((b"host", b"content-length"))
"""Headers that the native client writes itself."""

_library: Any = None
_started = False
_over = False
_inherited = False
_clients: list[object] = []
_every: WeakSet[Any] = WeakSet()


def load() -> bool:
    """Import the native client; return False where there is none, or it must not be used."""
    global _library
    if _library is None:
        try:
            _library = importlib.import_module("pyreqwest.client")
            # It would import its errors when one happens; an interrupt at that moment would end the process.
            for name in ("pyreqwest.exceptions", "pyreqwest.http"):
                importlib.import_module(name)
        except ImportError:
            return False
    return usable()


def usable() -> bool:
    """Tell whether the native client that was imported may be used in this process, and now."""
    if _over:
        return False
    own = socket.socket.__module__ == socket.getaddrinfo.__module__ == "socket"
    return own and _library is not None and not _inherited


def _never_again() -> None:
    """In a forked child: leave the parent's clients alone. Taking one down would wait for its threads."""
    global _inherited
    _inherited = _started


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_never_again)


def _quieten() -> None:
    """Before the interpreter ends: end what is under way, and wait until the native thread has let go of it.

    If it still wants to touch an object of Python's while the interpreter is taken down, the process ends
    with an error (measured: one in six, after an asynchronous call). The thread does one thing after another;
    so once it has done something for us that touches nothing of Python's, it has done all that came before.
    """
    global _over
    _over = True
    if _inherited:
        return
    for sending in list(_every):
        sending.abandon()
    last = _library.SyncClientBuilder().runtime_multithreaded(False).no_proxy()
    last = last.timeout(timedelta(seconds=LAST_SECONDS)).build()
    with contextlib.suppress(Exception):  # nobody listens there, and that is all that is wanted
        last.get(NOBODY).build().send()
    last.close()


def supported(endpoint: str) -> bool:
    """Tell whether the native client can do for an endpoint what our own pool does; imports it."""
    return endpoint.startswith("http:") and sys.platform != "win32" and load()


@lru_cache(maxsize=256)
def address(target: str) -> Any:
    """Return an address as the native client takes it, or None when it would ask for another one."""
    try:
        url = importlib.import_module("pyreqwest.http").Url(target)
    except ValueError:
        return None
    return url if str(url) == target else None


class _Native:
    """One native client, made at its first request."""

    _BUILDER: str

    def __init__(self, max_connections: int | None) -> None:
        self._max_connections = max_connections
        self._client: Any = None
        self._lock = threading.Lock()
        _every.add(self)

    def _ready(self) -> Any:
        client = self._client
        if client is None:
            with self._lock:
                client = self._client
                if client is None:
                    client = self._client = self._made()
        return client

    def _made(self) -> Any:
        builder = getattr(_library, self._BUILDER)()
        builder = (
            builder.runtime_multithreaded(False)
            .no_proxy()
            .follow_redirects(False)
            .referer(False)
            .http1_only()
        )
        builder = builder.gzip(False).brotli(False).zstd(False).deflate(False).http1_lower_case_headers()
        builder = builder.connect_timeout(timedelta(seconds=CONNECT_SECONDS))
        builder = builder.pool_idle_timeout(timedelta(seconds=KEEPALIVE_SECONDS))
        global _started
        if not _started:
            _started = True
            atexit.register(_quieten)
        client = builder.max_connections(self._max_connections).build()
        _clients.append(client)
        return client

    def _taken(self) -> Any:
        if _inherited:
            return None
        client, self._client = self._client, None
        if client is not None:
            _clients.remove(client)
        return client

    def _prepared(self, request: Prepared, url: Any, seconds: float) -> Any:
        pairs = [
            (name.decode("ascii"), value.decode("latin-1"))
            for name, value in request.headers
            if name not in _HANDLED
        ]
        builder = self._ready().request(request.method, url).headers(pairs)
        builder = builder.timeout(timedelta(seconds=seconds))
        if request.content is not None:
            builder = builder.body_bytes(request.content)
        return builder.build_streamed()


class SyncNative(_Native):
    """Sends from threads. A wait in the main thread can be interrupted, as one of Python's own."""

    _BUILDER = "SyncClientBuilder"

    def exchange(self, request: Prepared, url: Any, seconds: float, limit: int) -> Answer:
        """Send a request and return its whole answer.

        Args:
            request: The prepared request.
            url: Its address, from `address`.
            seconds: What it may take, from now to the last byte.
            limit: The largest body that is read.

        Raises:
            AnswerTooLarge: The body is larger.
            Exception: Whatever the native client raises; `failure` says what it is.
        """

        def work() -> Answer:
            with self._prepared(request, url, seconds) as response:
                reader = response.body_reader
                body = _Body(limit)
                while (piece := reader.read_chunk()) is not None:
                    body.add(piece)
                return body.answer(response)

        return interruptible(work, self.abandon)

    def abandon(self) -> None:
        """Close every connection now; requests under way fail. The next request makes new ones."""
        client = self._taken()
        if client is not None:
            client.close()


class AsyncNative(_Native):
    """Sends from event loops, from any of them."""

    _BUILDER = "ClientBuilder"

    async def exchange(self, request: Prepared, url: Any, seconds: float, limit: int) -> Answer:
        """Send a request and return its whole answer, as `SyncNative.exchange`."""
        async with self._prepared(request, url, seconds) as response:
            reader = response.body_reader
            body = _Body(limit)
            while (piece := await reader.read_chunk()) is not None:
                body.add(piece)
            return body.answer(response)

    def abandon(self) -> None:
        """Close every connection now, without an event loop; requests under way fail."""
        client = self._taken()
        if client is not None:
            closing = client.close()
            try:
                closing.send(None)  # it closes before it waits for anything
            except StopIteration:
                return
            closing.close()


class _Body:
    """The pieces of a body, up to a limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: Any) -> None:
        self._size += len(piece)
        if self._size > self._limit:
            raise AnswerTooLarge(f"DecodeError: the answer is larger than {self._limit} bytes")
        self._pieces.append(piece.to_bytes())

    def answer(self, response: Any) -> Answer:
        headers = _headers_of(response)
        content = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        if header(headers, b"content-encoding"):
            content = self._decoded(response.status, headers, content)
        return Answer(response.status, headers, content)

    def _decoded(self, status: int, headers: RawHeaders, content: bytes) -> bytes:
        """Return an encoded body in plain; we asked for none, but a server may send one."""
        import httpx

        plain = _Body(self._limit)
        parts = [content[start : start + _PIECE_BYTES] for start in range(0, len(content), _PIECE_BYTES)]
        for piece in httpx.Response(status, headers=headers, content=iter(parts)).iter_bytes():
            plain._size += len(piece)
            plain._pieces.append(piece)
            if plain._size > plain._limit:
                raise AnswerTooLarge(f"DecodeError: the answer is larger than {plain._limit} bytes")
        return b"".join(plain._pieces)


def _headers_of(response: Any) -> RawHeaders:
    try:
        return [(name.encode(), value.encode("latin-1")) for name, value in response.headers.items()]
    except ValueError:  # a value that is no ASCII: it is left out
        return list(_readable_headers(response.headers))


def _readable_headers(headers: Any) -> Iterator[tuple[bytes, bytes]]:
    for name in headers.keys():  # noqa: SIM118 - no dict
        try:
            yield name.encode(), headers[name].encode("latin-1")
        except ValueError:
            continue


def failure(error: Exception, endpoint: str, timeout: float) -> Undelivered:
    """Return what the native client raised as our error, in the words that our own pool would have used.

    Args:
        error: What it raised.
        endpoint: Who was asked.
        timeout: Seconds the caller allowed.
    """
    details = getattr(error, "details", None) or {}
    causes = [cause["message"] for cause in details.get("causes") or ()]
    name = _name_of(error, causes)
    if name == "":
        return out_of_time(timeout)
    if name is None:
        return undelivered(error, endpoint)
    import httpcore

    gone = "the connection was closed"
    return undelivered(getattr(httpcore, name)(causes[-1] if causes else gone), endpoint)


def _name_of(error: Exception, causes: list[str]) -> str | None:
    """Return what our pool calls an error: empty when the call's own time is up, None when it knows none."""
    connecting = "client error (Connect)" in causes
    if isinstance(error, TimeoutError):
        return "ConnectTimeout" if connecting else ""
    if connecting:
        return "ConnectError"
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "DecodeError" in kinds or any("before message" in cause for cause in causes):
        return "RemoteProtocolError"
    return "ReadError" if kinds & {"TransportError", "ClientClosedError"} else None

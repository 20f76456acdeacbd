"""uvicorn, embedded: its server with our socket, our signals, our limits and our way to stop.

Only this module and `app` need the `daemon` extra; everything else loads without it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from ..kernel.core import Kernel
from ..rules import limits
from .accepting import Acceptor
from .app import App, asgi
from .crowd import Crowd, Place
from .identities import Resolver
from .notify import Notifier
from .origin import OriginGuard
from .protocol import guarded
from .settings import Settings
from .workers import Workers


class Engine(uvicorn.Server):
    """Serves one kernel on one listening socket.

    Args:
        kernel: The engine room; the caller closes it after `close`.
        settings: Limits and logging.
        listener: A listening TCP socket; closed when the engine stops.
        workers: Carry queries on.
        tls: The context of TLS connections; None for plain HTTP.
    """

    def __init__(
        self,
        kernel: Kernel,
        settings: Settings,
        listener: socket.socket,
        workers: Workers,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._workers = workers
        self._notifier = Notifier(
            kernel, heartbeat_seconds=settings.heartbeat_seconds, max_lag=settings.max_lag
        )
        self._resolver = Resolver(settings.did_web_hosts)
        guard = OriginGuard(settings.authenticated, settings.cors_origins)
        self._app = App(
            kernel,
            self._notifier,
            workers,
            guard=guard,
            resolver=self._resolver,
            authenticated=settings.authenticated,
        )
        self._crowd = Crowd(settings.max_connections)
        self._acceptor = Acceptor(
            listener, self._crowd, self._make, tls=tls, handshake_seconds=settings.handshake_seconds
        )
        self._on_ready: Callable[[], None] = lambda: None
        protocol = _protocol()
        self._options: dict[str, Any] = (
            {"ingest": self._app} if getattr(protocol, "takes_ingest", False) else {}
        )
        super().__init__(_config(self._app, settings, protocol))

    @property
    def watchers(self) -> int:
        """How many watch streams are open."""
        return self._notifier.watchers

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._crowd)

    def serve_until_stopped(self, on_ready: Callable[[], None]) -> None:
        """Serve on an event loop of its own until `should_exit` is set; call `on_ready` once it answers."""
        self._on_ready = on_ready
        loop = _new_loop()
        try:
            loop.run_until_complete(self.serve(sockets=[]))
            loop.run_until_complete(loop.shutdown_asyncgens())
        finally:
            loop.close()

    def close(self) -> None:
        """End the threads, after the last request has been answered."""
        self._app.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, then say so."""
        # Without sockets: who connects is the acceptor's.
        await super().startup(sockets=sockets)
        if self.started:
            self._acceptor.start()
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Send the watchers away, refuse new connections, let requests finish."""
        self._notifier.close()
        self._app.dismiss()
        await self._acceptor.close()
        await super().shutdown(sockets=sockets)
        await self._resolver.close()
        await self._workers.close()

    def _make(self, place: Place) -> asyncio.Protocol:
        kind: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = kind(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            place=place,
            **self._options,
        )
        return protocol

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT without dying of them: the exit code of a clean end is 0."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _config(app: App, settings: Settings, protocol: type[Any]) -> uvicorn.Config:
    if settings.access_log:
        logging.getLogger("uvicorn.access").setLevel(logging.INFO)
    return uvicorn.Config(
        asgi(app),
        http=guarded(protocol, read_seconds=settings.read_seconds, stall_seconds=settings.stall_seconds),
        loop="none",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=settings.access_log,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=limits.KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.drain_seconds),
        h11_max_incomplete_event_size=limits.MAX_HEAD_BYTES,
    )


def _protocol() -> type[Any]:
    """Return the faster HTTP parser when its package is there, else the one that is always there."""
    with contextlib.suppress(ModuleNotFoundError):
        from .direct import DirectProtocol

        return DirectProtocol
    from uvicorn.protocols.http.h11_impl import H11Protocol

    return H11Protocol


def _new_loop() -> asyncio.AbstractEventLoop:
    with contextlib.suppress(ModuleNotFoundError):
        import uvloop

        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return loop
    return asyncio.new_event_loop()

"""Run the daemon: bind the socket, open the store, serve until told to stop, drain, close."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import ConfigurationError
from ..kernel.core import Kernel
from ..kernel.store.base import Store
from ..kernel.store.memory import MemoryStore
from ..kernel.store.sqlite import SqliteStore
from ..rules.contract import load_openapi, load_routes
from .errors import DaemonError, already_running, missing_extra, not_writable, port_taken
from .inference import build_workers
from .providers import check_responder
from .settings import Settings
from .state import read_state, remove_state, write_state

if TYPE_CHECKING:
    from .engine import Engine

_BACKLOG = 1024
Ready = Callable[[str], None]


def run(settings: Settings, on_ready: Ready | None = None) -> int:
    """Serve in the foreground until SIGTERM or SIGINT; return the exit code 0 after a clean end.

    Args:
        settings: What to serve, and where.
        on_ready: Called with the daemon's URL as soon as it answers.

    Raises:
        DaemonError: It cannot start; the message is one line for people.
    """
    with Server(settings) as server:
        server.serve(on_ready)
    return 0


class Server:
    """One daemon in this process. A context manager: entering opens everything, leaving closes it.

    `serve` blocks; `stop` may be called from any thread. `daemon.local.LocalDaemon` runs one on a thread.

    Args:
        settings: What to serve, and where.

    Raises:
        DaemonError: On entering, when the daemon cannot start.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = ExitStack()
        self._engine: Engine | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where the daemon answers, without a trailing slash; empty before it is entered."""
        return self._url

    @property
    def watchers(self) -> int:
        """How many watch streams are open."""
        return 0 if self._engine is None else self._engine.watchers

    def __enter__(self) -> Server:
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self, stack: ExitStack) -> None:
        settings = self.settings
        engine_class = _load_engine()
        if settings.store.path is not None or settings.detached:
            _prepare(settings)
        listener = stack.enter_context(closing(bind(settings.host, settings.port)))
        self._url = url_of(listener)
        store = _open_store(settings, self._url)
        stack.callback(store.close)
        kernel = Kernel(
            store,
            routes=load_routes(),
            openapi=load_openapi(),
            version=__version__,
            check_responder=partial(check_responder, trusted=settings.trust_api),
        )
        stack.callback(kernel.close)
        self._engine = engine_class(kernel, settings, listener, build_workers(kernel, settings))
        stack.callback(self._engine.close)
        if settings.store.path is not None or settings.detached:
            path = settings.state_path
            state = write_state(path, url=self._url, version=__version__, store=settings.store.url)
            stack.callback(remove_state, path, state)

    def serve(self, on_ready: Ready | None = None) -> None:
        """Answer requests until `stop` is called or, in the main thread, SIGTERM or SIGINT arrives."""
        if self._engine is None:
            raise RuntimeError("enter the server's context first")
        self._engine.serve_until_stopped(lambda: on_ready(self._url) if on_ready is not None else None)

    def stop(self) -> None:
        """Ask the daemon to drain and end; returns at once."""
        if self._engine is not None:
            self._engine.should_exit = True


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket on a loopback address; port 0 takes a free one, and the socket keeps it.

    Raises:
        DaemonError: The address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio sets TCP_NODELAY only on sockets that say they are TCP: without
    # it a small answer waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # Else the port stays taken for a minute after a restart; on Windows the flag would share it.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise port_taken(host, port) from error
        raise DaemonError(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _load_engine() -> type[Engine]:
    try:
        from .engine import Engine
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"uvicorn", "starlette"}:
            raise missing_extra() from error
        raise
    return Engine


def _prepare(settings: Settings) -> None:
    """Make the store's folder, and see first whether another daemon serves the file: its port says less."""
    running = read_state(settings.state_path)
    if running is not None:
        raise already_running(settings.store.url, running.url, running.pid)
    folder = settings.state_path.parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(folder, error.strerror or str(error)) from error


def _open_store(settings: Settings, url: str) -> Store:
    path: Path | None = settings.store.path
    if path is None:
        return MemoryStore()
    try:
        return SqliteStore(path, owner=url)
    except ConfigurationError as error:
        raise DaemonError(str(error)) from error

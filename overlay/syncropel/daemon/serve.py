"""Run the daemon: bind the socket, open the store, serve until told to stop, drain, close."""

from __future__ import annotations

import errno
import logging
import os
import socket
import ssl
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import __version__
from ..kernel.core import Kernel
from . import log
from .door import near_address, nobody_could_enter
from .errors import DaemonError, missing_extra, port_taken
from .inference import build_workers
from .opening import build_kernel, open_store, prepare
from .settings import Settings
from .state import remove_state, write_state
from .tls import server_context
from .tuning import tune

if TYPE_CHECKING:
    from .engine import Engine

_BACKLOG = 1024
_SPARE_FILES = 256
_logger = logging.getLogger("syncropel.daemon")
Ready = Callable[[str], None]


def run(settings: Settings, on_ready: Ready | None = None) -> int:
    """Serve in the foreground until SIGTERM or SIGINT; return the exit code 0 after a clean end.

    Args:
        settings: What to serve, and where.
        on_ready: Called with the daemon's URL as soon as it answers.

    Raises:
        DaemonError: It cannot start; the message is one line for people.
    """
    log.configure()
    _allow_files(settings.max_connections + _SPARE_FILES)
    with Server(settings, note=settings.store.durable) as server:
        tune()
        server.serve(on_ready)
    return 0


class Server:
    """One daemon in this process. A context manager: entering opens everything, leaving closes it.

    `serve` blocks; `stop` may be called from any thread. `daemon.local.LocalDaemon` runs one on a thread.

    Args:
        settings: What to serve, and where.
        note: Whether a daemon of a store that is no file notes down that it runs, for `--stop` to find it.

    Raises:
        DaemonError: On entering, when the daemon cannot start.
    """

    def __init__(self, settings: Settings, *, note: bool = False) -> None:
        self.settings = settings
        self._notes = settings.store.path is not None or settings.detached or note
        self._stack = ExitStack()
        self._engine: Engine | None = None
        self._kernel: Kernel | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """Where the daemon answers, without a trailing slash; empty before it is entered."""
        return self._url

    @property
    def watchers(self) -> int:
        """How many watch streams are open."""
        return 0 if self._engine is None else self._engine.watchers

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return 0 if self._engine is None else self._engine.connections

    @property
    def kernel(self) -> Kernel:
        """The kernel that is served.

        Raises:
            RuntimeError: The server's context has not been entered.
        """
        if self._kernel is None:
            raise RuntimeError("enter the server's context first")
        return self._kernel

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
        self._prepare()
        log.guard()
        tls = _tls(settings)
        listener = stack.enter_context(closing(bind(settings.host, settings.port)))
        self._url = url_of(listener, tls=settings.tls)
        store = open_store(settings, self._url)
        stack.callback(store.close)
        audiences = (*settings.audiences, self._url, self._url.replace("//127.0.0.1:", "//localhost:"))
        kernel = build_kernel(store, settings, required=settings.authenticated, audiences=audiences)
        self._kernel = kernel
        stack.callback(kernel.close)
        _check_door(kernel, settings)
        self._engine = engine_class(kernel, settings, listener, build_workers(kernel, settings), tls)
        stack.callback(self._engine.close)
        if self._notes:
            path = replace(settings, port=listener.getsockname()[1]).state_path
            state = write_state(path, url=self._url, version=__version__, settings=settings)
            stack.callback(remove_state, path, state)

    def _prepare(self) -> None:
        settings = self.settings
        if not self._notes:
            return
        try:
            prepare(settings)
        except DaemonError as error:
            if settings.store.path is not None or settings.detached:
                raise
            # A container often has no folder to write to, and whoever runs one has no use for a note.
            _logger.warning("--stop and --status will not find this daemon: %s", error)
            self._notes = False

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
    """Return a listening socket on a numeric address; port 0 takes a free one, and the socket keeps it.

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


def url_of(listener: socket.socket, *, tls: bool = False) -> str:
    """Return the URL under which this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    host = near_address(host)
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return server_context(settings.tls_cert, settings.tls_key)


def _check_door(kernel: Kernel, settings: Settings) -> None:
    """Refuse to listen to other machines when nobody could enter; warn when what they send can be read."""
    if settings.local:
        return
    if not settings.store.durable:
        raise DaemonError(
            f"--host {settings.host} can be reached from other machines, which need accounts, and a store in "
            "memory begins without any: give --store sqlite:///PATH"
        )
    if not kernel.active_accounts():
        raise nobody_could_enter(settings.host, settings.store.url, ["spl", "serve", *settings.arguments()])
    if not settings.tls:
        _logger.warning(
            "plain HTTP on %s: whoever is on the way reads tokens and records; give --tls-cert and --tls-key "
            "or put a proxy that speaks TLS before it (--require-tls forbids this)",
            settings.host,
        )


def _allow_files(wanted: int) -> None:
    """Let this process have as many open files as its connections need, where the system has such a limit."""
    if os.name != "posix":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _load_engine() -> type[Engine]:
    try:
        from .engine import Engine
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"uvicorn", "starlette"}:
            raise missing_extra() from error
        raise
    return Engine

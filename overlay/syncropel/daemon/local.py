"""A real daemon on a thread of this process, for tests and examples."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

from ..kernel.core import Kernel
from .serve import Server
from .settings import Settings

_START_SECONDS = 30.0


class LocalDaemon:
    """A daemon on a free loopback port for as long as a `with` block runs.

    ::

        with LocalDaemon(store="memory:") as daemon:
            client = SyncClient(daemon.url)

    With `auth=True` callers need a token, and `daemon.token` is one that may do everything.

    Args:
        store: Store URL, as for `--store`; `memory:` forgets everything at the end.
        port: TCP port; 0 takes a free one.
        limits: Fields of `Settings` to replace (`auth`, `tls_cert`, `heartbeat_seconds`, `max_lag`, ...).

    Raises:
        DaemonError: On entering, when the daemon cannot start.
    """

    def __init__(self, store: str = "memory:", *, port: int = 0, **limits: Any) -> None:
        settings = Settings.resolve(host="127.0.0.1", port=port, store=store, environ={})
        self._server = Server(replace(settings, **limits))
        self._thread = threading.Thread(target=self._serve, name="syncropel-daemon", daemon=True)
        self._settled = threading.Event()
        self._failure: BaseException | None = None
        self._token: str | None = None

    @property
    def url(self) -> str:
        """Where the daemon answers, without a trailing slash."""
        return self._server.url

    @property
    def watchers(self) -> int:
        """How many watch streams are open."""
        return self._server.watchers

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return self._server.connections

    @property
    def kernel(self) -> Kernel:
        """The kernel that is served, for `Kernel.mint` and what else needs no door."""
        return self._server.kernel

    @property
    def token(self) -> str:
        """A token that may do everything, made when it is first asked for."""
        if self._token is None:
            self._token = self._server.kernel.mint()
        return self._token

    def __enter__(self) -> LocalDaemon:
        self._server.__enter__()
        self._thread.start()
        if self._settled.wait(_START_SECONDS) and self._failure is None:
            return self
        self.stop()
        raise RuntimeError(f"the daemon did not start within {_START_SECONDS:.0f} s") from self._failure

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Drain and end, as SIGTERM does; a second call does nothing."""
        self._server.stop()
        self._thread.join()
        self._server.__exit__()

    def _serve(self) -> None:
        try:
            self._server.serve(lambda _: self._settled.set())
        except BaseException as error:  # noqa: BLE001 - whatever it is, the thread that waits has to learn of it
            self._failure = error
        finally:
            self._settled.set()

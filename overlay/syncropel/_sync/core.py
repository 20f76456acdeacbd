# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""What every part of the client shares: settings, the sender, the builder of requests, closing."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from syncropel import __version__
from syncropel._sync.send import SyncSender
from syncropel.errors import SyncropelError, UsageError, UsageTypeError
from syncropel.keys.identity import Identity
from syncropel.transport.batching import BatchSupport
from syncropel.transport.config import Settings, call_timeout
from syncropel.transport.convert import Answer
from syncropel.transport.failures import Undelivered
from syncropel.transport.lanes_sync import SyncLane
from syncropel.transport.later import inspect, logger
from syncropel.transport.redaction import redact_error
from syncropel.transport.request import Prepared, RequestBuilder
from syncropel.transport.results import EmitResult
from syncropel.transport.stats import Counters

if TYPE_CHECKING:
    import httpx
    from syncropel.transport.delivery import Delivery, Outcome


T = TypeVar("T")
OnEmit = Callable[[EmitResult], object]


class SyncCore:
    """The common ground of the client's parts."""

    _settings: Settings
    _sender: SyncSender

    def _set_up(
        self,
        settings: Settings,
        on_emit: OnEmit | None,
        transport: httpx.BaseTransport | None,
        *,
        owns_transport: bool = True,
    ) -> None:
        if on_emit is not None and (not callable(on_emit) or inspect.iscoroutinefunction(on_emit)):
            raise UsageTypeError("on_emit must be a plain function of one argument, not a coroutine function")
        self._settings = settings
        self._on_emit = on_emit
        self._builder = RequestBuilder(settings, __version__)
        self._sender = SyncSender(settings, transport, owns_transport=owns_transport)
        # Streams stay open for long: in the pool of the short calls they would take the places of those.
        self._streams = SyncSender(settings, transport, max_connections=None, owns_transport=False)
        self._support = BatchSupport()
        self._counters = Counters()
        self._lanes: dict[object, SyncLane[Delivery, Outcome]] = {}
        self._subscriptions: set[Any] = set()
        self._last_error: SyncropelError | None = None

    @property
    def endpoint(self) -> str:
        """The base URL, without a trailing slash."""
        return self._settings.endpoint

    @property
    def identity(self) -> Identity:
        """Whose records this client emits."""
        return self._settings.identity

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._sender.closed

    @property
    def last_error(self) -> SyncropelError | None:
        """Why the latest read of this client failed; None when it worked.

        It belongs to the client, so with several tasks or threads at work use the `error` of each page
        instead.
        """
        return self._last_error

    def _request(self, call: Mapping[str, Any], timeout: float | None) -> Answer:
        """Send one request without retries.

        Raises:
            TransportError: No usable answer arrived.
            ClosedError: The client is closed.
        """
        allowed = call_timeout(timeout, self._settings)
        request = self._prepare(call)
        return self._sender.attempt(request, time.monotonic() + allowed, allowed)

    def _asked(self, call: Mapping[str, Any], read: Callable[[Answer], T], timeout: float | None) -> T:
        """Send one request whose failure raises, and return what is read from its answer.

        Raises:
            ApiError: The server refused it.
            TransportError: No usable answer arrived.
            ClosedError: The client is closed.
        """
        try:
            return read(self._request(call, timeout))
        except SyncropelError as error:
            redact_error(error, *self._settings.credential.secrets)
            raise

    def _prepare(self, call: Mapping[str, Any], **options: Any) -> Prepared:
        """Return the prepared request.

        Raises:
            Undelivered: Nothing can be sent: the endpoint is no URL, or a function gave no token.
        """
        if self._settings.problem is not None:
            raise Undelivered(self._settings.problem)
        return self._builder.build(call, **options)

    def _read_well(self, result: T) -> T:
        """Note that a read worked, and return its result."""
        self._last_error = None
        return result

    def _read_failed(self, what: str, error: SyncropelError) -> SyncropelError:
        """Note, log and return why a read failed. The caller's own mistakes go on being raised."""
        if isinstance(error, UsageError):
            raise error
        redact_error(error, *self._settings.credential.secrets)
        self._last_error = error
        logger.warning("%s failed: %s", what, error)
        return error

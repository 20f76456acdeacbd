# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The asynchronous client of keys, queues, streams and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar
from weakref import WeakSet

from syncropel._sync.store.carrier import SyncCarrier
from syncropel._sync.store.kv import SyncKV
from syncropel._sync.store.pubsub import SyncPubSub
from syncropel._sync.store.queue import SyncQueues
from syncropel._sync.store.stream import SyncStreams
from syncropel._sync.store.worker import SyncQueueWorker
from syncropel.transport.auth import ApiKey
from syncropel.transport.config import DEFAULT_TIMEOUT_SECONDS, check_transport
from syncropel.transport.endpoint import warn_of_plain_http
from syncropel.transport.store_config import has_credential, resolve_store

if TYPE_CHECKING:
    import httpx

Self = TypeVar("Self", bound="SyncSynapClient")


class SyncSynapClient:
    """Keys and values, queues, streams and topics of a daemon.

    Args:
        url: Its address. Default: `SYNAP_URL`, else `SYNCROPEL_ENDPOINT`, else `http://localhost:9100`.
        api_key: A token; or a plain function that returns it, asked for every request; or `"auto"`: the
            environment's, else what `spl login` keeps for this address. Default: `SYNAP_API_KEY`, else the
            user of `SYNAP_USERNAME`, else `SYNCROPEL_API_KEY` or `SPL_TOKEN`; `""` for none at all.
        username: A user, in place of a token.
        password: Their password.
        timeout: Seconds a call may take.
        transport: An httpx transport in place of connections to the address; it is closed with the client.
        coalesce: Let calls that wait while a request is under way leave together, where the server takes
            that.

    Attributes:
        kv: Keys and values.
        queue: Queues.
        stream: Streams.
        pubsub: Topics.

    Raises:
        ConfigurationError: An argument cannot be used (a `ValueError`).
        UsageTypeError: An argument has the wrong type (a `TypeError`).
    """

    _TRANSPORTS: ClassVar[tuple[str, ...]] = ("handle_request",)

    def __init__(
        self,
        url: str | None = None,
        *,
        api_key: ApiKey | None = None,
        username: str | None = None,
        password: str | None = None,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        transport: httpx.BaseTransport | None = None,
        coalesce: bool = True,
    ) -> None:
        settings = resolve_store(
            url, api_key=api_key, username=username, password=password, timeout=timeout, coalesce=coalesce
        )
        check_transport(transport, self._TRANSPORTS)
        if transport is None and has_credential(settings):
            warn_of_plain_http(settings.base.endpoint)
        self._carrier = SyncCarrier(settings, transport)
        self._workers: WeakSet[SyncQueueWorker] = WeakSet()
        self.kv = SyncKV(self._carrier)
        self.queue = SyncQueues(self._carrier, self._workers)
        self.stream = SyncStreams(self._carrier)
        self.pubsub = SyncPubSub(self._carrier)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    @property
    def url(self) -> str:
        """The address, without a trailing slash."""
        return self._carrier.settings.base.endpoint

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._carrier.closed

    def close(self) -> None:
        """Give back what workers have in hand, and close the connections. Twice is the same as once."""
        if not self._carrier.closed:
            for worker in list(self._workers):
                worker.release()
        self._carrier.abandon()
        self._carrier.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

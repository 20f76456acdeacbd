# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The client: every part together, built from its settings, closed once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from syncropel._sync.core import OnEmit
from syncropel._sync.infer import SyncInfer
from syncropel._sync.inference import SyncInference
from syncropel._sync.many import SyncMany
from syncropel._sync.outbox import SyncOutbox
from syncropel._sync.reserved import SyncReserved
from syncropel._sync.respond import SyncRespond
from syncropel._sync.signing import SyncSigning
from syncropel._sync.subscribe import DRAIN_SECONDS, SyncSubscribe
from syncropel._sync.threads import SyncThreads
from syncropel.keys.identity import Identity
from syncropel.transport.auth import ApiKey
from syncropel.transport.config import DEFAULT_TIMEOUT_SECONDS, check_transport, resolve
from syncropel.transport.endpoint import warn_of_plain_http
from syncropel.transport.outbox_choice import resolve_outbox
from syncropel.transport.retry import DEFAULT_BACKOFF_MS, DEFAULT_MAX_RETRIES, DEFAULT_MAX_WAIT_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    from syncropel.transport.outbox_choice import OutboxChoice

Self = TypeVar("Self", bound="SyncClient")


class SyncClient(
    SyncOutbox,
    SyncMany,
    SyncSigning,
    SyncReserved,
    SyncThreads,
    SyncSubscribe,
    SyncInfer,
    SyncRespond,
    SyncInference,
):
    """Emits, reads and follows records, asks and answers, and administers who may.

    Args:
        endpoint: Base URL of the daemon. Default: `SYNCROPEL_ENDPOINT`, else `http://localhost:9100`.
        identity: Whose records are emitted. Default: the DID in `SYNCROPEL_DID`, else an anonymous one.
        timeout: Seconds a call may take, its attempts and the waits between them included.
        max_retries: Attempts of an emit after the first.
        backoff_ms: Milliseconds of the first wait's upper bound; it doubles with every further attempt.
        on_emit: Called with the result of every emit. What it raises is logged.
        api_key: The token; or a plain function that returns it, asked for every request; or `"auto"`: the
            environment's, else what `spl login` keeps for this endpoint. Default: `SYNCROPEL_API_KEY`, else
            `SPL_TOKEN`; `""` for none at all.
        transport: An httpx transport in place of connections to the endpoint; it is closed with the client.
        validate: Check every body against the schema of its kind before it is sent.
        max_wait: The longest wait in seconds between two attempts, and the longest `Retry-After` that is
            honoured.
        base_url: Another name of `endpoint`.
        ca_file: A PEM file with the authorities whose certificates are accepted, and no others. Default:
            those of `SSL_CERT_FILE`, else the known ones.
        require_tls: Refuse plain HTTP to another machine. Default: what `SYNCROPEL_REQUIRE_TLS` says, or no.
        coalesce: Let emits that wait while a request is under way leave together, where the server takes
            that. Default: what `SYNCROPEL_COALESCE` says, or yes.
        outbox: Where records are kept that cannot be delivered now: True for the user's default file, a path,
            or an `Outbox`; False for nowhere. Default: what `SYNCROPEL_OUTBOX` says, or nowhere.

    Raises:
        ConfigurationError: An argument cannot be used (a `ValueError`).
        UsageTypeError: `identity` is not an Identity, or `transport` no transport of this colour (a
            `TypeError`).
    """

    _TRANSPORTS: ClassVar[tuple[str, ...]] = ("handle_request",)

    def __init__(
        self,
        endpoint: str | None = None,
        identity: Identity | None = None,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        max_retries: int = DEFAULT_MAX_RETRIES,
        backoff_ms: float = DEFAULT_BACKOFF_MS,
        on_emit: OnEmit | None = None,
        api_key: ApiKey | None = None,
        transport: httpx.BaseTransport | None = None,
        *,
        validate: bool = False,
        max_wait: float = DEFAULT_MAX_WAIT_SECONDS,
        base_url: str | None = None,
        ca_file: str | Path | None = None,
        require_tls: bool | None = None,
        coalesce: bool | None = None,
        outbox: OutboxChoice = None,
    ) -> None:
        settings = resolve(
            endpoint=endpoint,
            base_url=base_url,
            identity=identity,
            api_key=api_key,
            timeout=timeout,
            max_retries=max_retries,
            backoff_ms=backoff_ms,
            max_wait=max_wait,
            validate=validate,
            ca_file=ca_file,
            require_tls=require_tls,
            coalesce=coalesce,
        )
        check_transport(transport, self._TRANSPORTS)
        if transport is None and settings.credential:
            warn_of_plain_http(settings.endpoint)
        file, made = resolve_outbox(outbox)
        self._set_up(settings, on_emit, transport)
        self._use_outbox(file, owned=made)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(endpoint={self.endpoint!r}, identity={self.identity!r})"

    def _abandon(self) -> None:
        """Close the client without waiting: no new calls, no subscriptions, no sockets of our own."""
        self._sender.closed = self._streams.closed = True
        for subscription in list(self._subscriptions):
            subscription.stop()
        self._streams.abandon()
        self._sender.abandon()

    def close(self) -> None:
        """End every subscription and close the connections. Closing twice is the same as once."""
        self._sender.closed = self._streams.closed = True
        subscriptions = list(self._subscriptions)
        for subscription in subscriptions:
            subscription.stop()
        # First, or one that is still connecting would be waited for in vain.
        self._streams.abandon()
        for subscription in subscriptions:
            subscription.wait_closed(DRAIN_SECONDS)
        if self._courier is not None:
            self._courier.close()
        self._streams.close()
        self._sender.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

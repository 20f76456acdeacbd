"""`Client`, the asynchronous client that scripts can use too, and `SyncClient`, every method synchronous."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from syncropel._async.client import AsyncClient
from syncropel.keys.identity import Identity
from syncropel.transport.forking import Locked
from syncropel.transport.homes import current_home
from syncropel.transport.later import asyncio
from syncropel.transport.results import Closing, EmitResult

if TYPE_CHECKING:
    from syncropel._sync.client import SyncClient

__all__ = ["Client", "SyncClient"]

_twins = Locked()
"""Whose lock is held while a client makes its synchronous twin."""


class Client(AsyncClient):
    """Emits, reads and follows records: asynchronous, with `emit_sync` and `close` for plain scripts.

    The arguments are those of `AsyncClient`, and so are the errors.

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
        max_wait: The longest wait in seconds between two attempts, and the longest `Retry-After` honoured.
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
        UsageTypeError: `identity` is not an Identity, or `transport` no transport (a `TypeError`).
    """

    _TRANSPORTS = ("handle_async_request", "handle_request")
    _sync: SyncClient | None = None
    _closing: asyncio.Task[None] | None = None

    def emit_sync(
        self,
        act: str,
        kind: str,
        body: dict[str, Any],
        thread: str,
        refs: Sequence[dict[str, str]] | None = None,
        parents: Sequence[str] | None = None,
        data_type: str = "SCALAR",
        clock: int | None = None,
        *,
        judged_by: str | None = None,
        validate: bool | None = None,
        timeout: float | None = None,
    ) -> EmitResult:
        """Emit one record without an event loop. All calls share one pool of connections, from any thread.

        It blocks the thread it is called on; inside a coroutine use `emit`. The arguments, the outcome
        and what is raised are those of `emit`.

        Args:
            act: As for `emit`.
            kind: As for `emit`.
            body: As for `emit`.
            thread: As for `emit`.
            refs: As for `emit`.
            parents: As for `emit`.
            data_type: As for `emit`.
            clock: As for `emit`.
            judged_by: As for `emit`.
            validate: As for `emit`.
            timeout: As for `emit`.

        Returns:
            The outcome.

        Raises:
            UsageError: As for `emit`.
        """
        return self._sync_client().emit(
            act,
            kind,
            body,
            thread,
            refs,
            parents,
            data_type,
            clock,
            judged_by=judged_by,
            validate=validate,
            timeout=timeout,
        )

    def emit_nowait(
        self,
        act: str,
        kind: str,
        body: dict[str, Any],
        thread: str,
        refs: Sequence[dict[str, str]] | None = None,
        parents: Sequence[str] | None = None,
        data_type: str = "SCALAR",
        clock: int | None = None,
        *,
        judged_by: str | None = None,
        validate: bool | None = None,
    ) -> EmitResult:
        """Put one record into the outbox and return at once with its id; it is delivered in the background.

        On an event loop a thread is writing the record when this returns, and awaiting the result waits until
        it is on disk. Without one (in a script, in a thread of a framework's pool) it is on disk already.

        Args:
            act: As for `emit`.
            kind: As for `emit`.
            body: As for `emit`.
            thread: As for `emit`.
            refs: As for `emit`.
            parents: As for `emit`.
            data_type: As for `emit`.
            clock: As for `emit`; a clock made here that turns out to be taken makes the record a dead letter,
                because its id was given away already.
            judged_by: As for `emit`.
            validate: As for `emit`.

        Returns:
            The result, `queued` with the content id as `record_id`; not queued when the outbox is full or
            cannot be written, which `error` and `code` tell.

        Raises:
            UsageError: The client has no outbox, or as for `emit`.
        """
        put = super().emit_nowait if _on_a_loop() else self._sync_client().emit_nowait
        return put(
            act, kind, body, thread, refs, parents, data_type, clock, judged_by=judged_by, validate=validate
        )

    def _sync_client(self) -> SyncClient:
        with _twins._lock:
            if self._sync is None:
                from syncropel._sync.client import SyncClient

                given = self._sender.given
                self._sync = SyncClient.__new__(SyncClient)
                # A transport of the user's serves both colours, and is closed by this client.
                transport = None if given is None else given.transport
                owned = not hasattr(transport, "aclose")
                self._sync._set_up(self._settings, self._on_emit, transport, owns_transport=owned)  # type: ignore[arg-type]
                self._sync._counters = self._counters
                self._sync._use_outbox(self.outbox, owned=False)
                self._sync._sender.closed = self.closed
            return self._sync

    def _use_identity(self, identity: Identity) -> None:
        super()._use_identity(identity)
        with _twins._lock:
            if self._sync is not None:
                self._sync._use_identity(identity)

    def close(self) -> Closing:
        """Close the client at once: later calls fail, subscriptions end, and the connections are closed.

        Returns:
            An object that may be awaited, for what takes a moment (a transport given by the user, the last
            callback of a subscription), and may just as well be dropped.
        """
        self._close_sync()
        self._abandon()
        takes_time = self._sender.takes_time or self._streams.takes_time or self._subscriptions
        if not (takes_time or (self._courier is not None and self._courier.open)):
            return Closing()
        return Closing(self._rest())

    def _close_sync(self) -> None:
        """Close the synchronous twin. Where nothing can be awaited it delivers what waits in the outbox."""
        on_a_loop = _on_a_loop()
        courier = self._courier
        if courier is not None and courier.open and not on_a_loop and courier.has_waiting():
            self._sync_client()
        if self._sync is not None:
            if self._sync._courier is not None and on_a_loop:
                self._sync._courier.closing_seconds = 0.0
            self._sync.close()
        if courier is not None and not on_a_loop:
            courier.abandon()

    async def aclose(self) -> None:
        """Close the client and wait until everything is closed."""
        await self.close()

    def _rest(self) -> asyncio.Task[None] | None:
        """Start what needs an event loop to close; outside of one, take it as far as it goes by itself."""
        rest = super().aclose()
        try:
            self._closing = asyncio.get_running_loop().create_task(rest)
            return self._closing
        except RuntimeError:
            # What cannot be closed without its event loop is past closing, and closing must not raise.
            with contextlib.suppress(Exception):
                rest.send(None)
            rest.close()
            return None


def _on_a_loop() -> bool:
    return current_home() is not None


def __getattr__(name: str) -> Any:
    if name == "SyncClient":
        from syncropel._sync.client import SyncClient

        return SyncClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

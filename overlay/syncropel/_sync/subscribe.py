# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Live records: a subscription in the background that calls back, and an iterator."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from syncropel._sync.core import SyncCore
from syncropel._sync.feed import SyncFeed, Watchers
from syncropel._sync.send import SyncSender
from syncropel.errors import SyncropelError, UsageTypeError
from syncropel.rules.row import Record
from syncropel.transport.auth import check_token
from syncropel.transport.endpoint import warn_of_plain_http
from syncropel.transport.later import logger
from syncropel.transport.query import check_clock, check_text
from syncropel.transport.reconnect import Resumption
from syncropel.transport.workers import SyncWorker

if TYPE_CHECKING:
    import httpx
    from syncropel.transport.reports import SubscribeError


DRAIN_SECONDS = 5.0


class SyncSubscription:
    """A thread being followed in the background, made by `subscribe`.

    Attributes:
        thread: The thread.
        transport_name: `sse`.
        error: Why it ended, when it was not closed by its owner; else None.
    """

    transport_name = "sse"

    def __init__(
        self,
        thread: str,
        callback: Callable[[Record], object],
        feed: SyncFeed,
        resumption: Resumption,
        worker: SyncWorker,
        forget: Callable[[SyncSubscription], None],
    ) -> None:
        self.thread = thread
        self._forget = forget
        self.error: SyncropelError | None = None
        self._callback = callback
        self._feed = feed
        self._resumption = resumption
        self._worker = worker

    @property
    def cursor(self) -> str | None:
        """The cursor of the last event, where a new connection resumes; None before the first one."""
        return self._resumption.cursor

    @property
    def closed(self) -> bool:
        """Whether it was closed or has ended."""
        return self._worker.stopping or self._worker.ended

    def close(self) -> None:
        """End the subscription. Closing it twice is the same as once; a callback may do it."""
        self._worker.stop()
        self._worker.join(DRAIN_SECONDS)

    def wait_closed(self, timeout: float | None = None) -> bool:
        """Wait until it has ended; return whether it has.

        Args:
            timeout: Seconds to wait at most. Default: for ever.
        """
        return self._worker.join(timeout)

    def stop(self) -> None:
        """Ask it to end, without waiting."""
        self._worker.stop()

    def _run(self) -> None:
        try:
            with closing(self._feed.records()) as records:
                for record in records:
                    self._feed.tell("the callback", self._callback, record)
                    if self._worker.stopping:
                        return
        except SyncropelError as error:
            self.error = error
            logger.warning("the subscription to %r has ended: %s", self.thread, error)
        finally:
            self._forget(self)


class SyncSubscribe(SyncCore):
    """The part of the client that follows threads live."""

    def subscribe(
        self,
        thread: str,
        callback: Callable[[Record], object],
        *,
        since_clock: int | None = None,
        bearer: str | None = None,
        on_error: Callable[[SubscribeError], object] | None = None,
        on_open: Callable[[], object] | None = None,
        on_heartbeat: Callable[[], object] | None = None,
        reconnect_base_s: float = 0.5,
        reconnect_max_s: float = 30.0,
        max_reconnects: float = math.inf,
        heartbeat_timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> SyncSubscription:
        """Call back for every record of a thread as it is stored, in the background.

        A connection that ends is made again after a random delay that grows up to `reconnect_max_s`, and
        resumes after the last record. A server that refuses (401, 403, 404 and every other lasting 4xx)
        is asked three times in a row, then the subscription ends with its `error` set.

        Args:
            thread: The thread.
            callback: Called with each record. What it raises is logged, and the stream goes on.
            since_clock: First the records already stored whose clock is this or greater. Default: only
                new ones.
            bearer: A token for this stream in place of the client's.
            on_error: Called with a `SubscribeError` whenever a connection ends.
            on_open: Called when a connection is made.
            on_heartbeat: Called for every sign of life that carries no record.
            reconnect_base_s: Upper bound of the first delay, in seconds; it doubles.
            reconnect_max_s: The longest delay in seconds.
            max_reconnects: Connections after the first without a record or a heartbeat. Default: no bound.
            heartbeat_timeout_s: Seconds of silence after which a connection counts as dead.
            transport: An httpx transport for this stream alone; its owner closes it.

        Returns:
            The subscription; close it, or the client, to end it.

        Raises:
            UsageError: The thread is empty, or a callback cannot be called.
            RuntimeError: No event loop is running.
        """
        for name, value in (("callback", callback), ("on_error", on_error), ("on_open", on_open)):
            _check_callable(name, value, optional=name != "callback")
        _check_callable("on_heartbeat", on_heartbeat)
        resumption = Resumption(
            since_clock=check_clock(since_clock, "since_clock"),
            base=reconnect_base_s,
            longest=reconnect_max_s,
            max_reconnects=max_reconnects,
        )
        worker = SyncWorker()
        watchers = Watchers(on_error, on_open, on_heartbeat)
        feed = self._feed(thread, resumption, watchers, worker, heartbeat_timeout_s, bearer, transport)
        subscription = SyncSubscription(
            thread, callback, feed, resumption, worker, self._subscriptions.discard
        )
        # The client holds it while it lives: its owner may have dropped it, and a loop holds tasks weakly.
        self._subscriptions.add(subscription)
        try:
            worker.start(subscription._run, f"syncropel subscription to {thread}")
        except BaseException:
            self._subscriptions.discard(subscription)
            raise
        return subscription

    def watch(
        self,
        thread: str,
        *,
        since_clock: int | None = None,
        bearer: str | None = None,
        reconnect_base_s: float = 0.5,
        reconnect_max_s: float = 30.0,
        max_reconnects: float = math.inf,
        heartbeat_timeout_s: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> Iterator[Record]:
        """Go through the records of a thread as they are stored, for as long as the loop goes on.

        Args:
            thread: As for `subscribe`.
            since_clock: As for `subscribe`.
            bearer: As for `subscribe`.
            reconnect_base_s: As for `subscribe`.
            reconnect_max_s: As for `subscribe`.
            max_reconnects: As for `subscribe`.
            heartbeat_timeout_s: As for `subscribe`.
            transport: As for `subscribe`.

        Yields:
            The records.

        Raises:
            ApiError: The server refuses for good.
            TransportError: The stream was lost more often in a row than `max_reconnects` allows.
            ClosedError: The client is closed, or was while the loop went on.
            UsageError: The thread is empty.
        """
        resumption = Resumption(
            since_clock=check_clock(since_clock, "since_clock"),
            base=reconnect_base_s,
            longest=reconnect_max_s,
            max_reconnects=max_reconnects,
        )
        feed = self._feed(
            thread, resumption, Watchers(), SyncWorker(), heartbeat_timeout_s, bearer, transport
        )
        with closing(feed.records()) as records:
            for record in records:
                yield record

    def _feed(
        self,
        thread: str,
        resumption: Resumption,
        watchers: Watchers,
        worker: SyncWorker,
        heartbeat_timeout: float,
        bearer: str | None,
        transport: httpx.BaseTransport | None,
    ) -> SyncFeed:
        if bearer is not None and self._streams.given is None and transport is None:
            warn_of_plain_http(self._settings.endpoint)
        return SyncFeed(
            self._prepare,
            self._streams if transport is None else SyncSender(self._settings, transport),
            self._settings.timeout,
            check_text(thread, "thread"),
            resumption,
            watchers,
            worker,
            heartbeat_timeout=heartbeat_timeout,
            bearer=None if bearer is None else check_token(bearer, "bearer"),
            credential=self._settings.credential,
        )


def _check_callable(name: str, value: object, *, optional: bool = True) -> None:
    if not callable(value) and not (optional and value is None):
        raise UsageTypeError(f"{name} must be callable, not {type(value).__name__}")

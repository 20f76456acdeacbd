"""Waiting for the answer of a query: what to do next, when to stop, and what to say then. Pure.

Following the thread live is preferred. Where that fails, or brings no sign of life, pages of the thread are
read; a stream that failed twice while pages could be read is not tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from syncropel.errors import AuthenticationError, InferTimeout, PermissionDeniedError, SyncropelError
from syncropel.rules.infer.events import InferEvent, Trace
from syncropel.rules.infer.outcome import InferOptions, InferPending
from syncropel.rules.limits import DEFAULT_PAGE
from syncropel.rules.row import Record
from syncropel.transport.reconnect import Resumption
from syncropel.transport.results import Page

FIRST_STREAM_SECONDS = 10.0
"""How long a stream may stay without any sign of life before pages are read."""

STREAM_SECONDS = 60.0
"""How long one connection is read before a new one takes over: a dead one is noticed by then."""

BARREN_STREAMS = 2
LEAST_SECONDS = 2.0
"""What a page may take when the time is up already: there is always at least one look."""

LATEST_SECONDS = 10.0
"""How long after its time a look may go on that has many pages to read."""


class Waiting:
    """The state of one wait.

    Args:
        pending: The query.
        options: How to wait.
        now: A monotonic clock in seconds.
    """

    def __init__(
        self, pending: InferPending, options: InferOptions, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.pending = pending
        self.streaming = True
        self.finished = False
        # Where the stream begins: after the query itself, or with the whole thread where that is not known.
        self.resumption = Resumption(since_clock=0, max_reconnects=0)
        if pending.sequence is not None:
            self.resumption.cursor = str(pending.sequence)
        self._trace = Trace(pending.correlation_id)
        self._now = now
        self._seconds = options.poll_timeout_ms / 1000
        self._interval = options.poll_interval_ms / 1000
        self._deadline = now() + self._seconds
        self._opened = 0.0
        self._alive = False
        self._barren = 0
        self._looked = False
        self._problem: SyncropelError | None = None
        self._page: dict[str, str | int] = {}

    def take(self, record: Record) -> InferEvent | None:
        """Return what a record tells about the query, or None."""
        event = self._trace.take(record)
        self.finished = self.finished or (event is not None and event.type == "folded")
        return event

    @property
    def remaining(self) -> float:
        """Seconds left, 0 when the time is up."""
        return max(0.0, self._deadline - self._now())

    def stream_until(self) -> float:
        """Note that a stream is opened; return the moment at which it is left, by the monotonic clock."""
        self._opened = self._now()
        self._alive = False
        patience = FIRST_STREAM_SECONDS if self._barren == 0 and not self._looked else STREAM_SECONDS
        return min(self._opened + patience, self._deadline)

    def heard(self) -> None:
        """Note a sign of life of the stream."""
        self._alive = self._looked = True
        self._barren = 0
        self._problem = None

    def stream_ended(self, error: SyncropelError) -> bool:
        """Note the end of a stream; return whether pages are to be read now."""
        self._barren += not self._alive
        if not self._alive:
            self._problem = error
        refused = getattr(error, "status", 0)
        if 400 <= refused < 500 and refused not in (408, 425, 429):
            self.streaming = False
        return not self._alive or self._now() - self._opened < FIRST_STREAM_SECONDS / 2

    def next_page(self) -> dict[str, str | int]:
        """Return where the next page begins, as parameters of the list."""
        return dict(self._page)

    def page_timeout(self, longest: float) -> float:
        """Return the seconds that one page may take."""
        return min(longest, max(self.remaining, LEAST_SECONDS))

    def page_read(self, page: Page[Record]) -> bool:
        """Note a page; return whether another one follows at once."""
        self._looked = True
        self._problem = None
        if self._barren >= BARREN_STREAMS:
            self.streaming = False
        if page.next_cursor is not None and page:
            self._page = {"cursor": page.next_cursor}
            return True
        return self._pages_by_clock(page)

    def _pages_by_clock(self, page: Sequence[Record]) -> bool:
        """Go on by clocks, on servers that have no cursors and cut their answers."""
        if "cursor" in self._page or len(page) < DEFAULT_PAGE or page[-1].sequence is not None:
            return False
        latest = max(record.clock for record in page)
        moved = latest > int(self._page.get("since", -1))
        self._page = {"since": latest}
        return moved

    def page_failed(self, error: SyncropelError) -> None:
        """Note that a page could not be read.

        Raises:
            ApiError: The caller may not read the thread, or not any more: waiting would not change that.
        """
        if isinstance(error, (AuthenticationError, PermissionDeniedError)):
            raise error
        self._looked = True
        self._problem = error

    @property
    def over(self) -> bool:
        """Whether the time is up, and there was at least one look."""
        return self._looked and self.remaining == 0.0

    @property
    def late(self) -> bool:
        """Whether even a look that began in time must end now."""
        return self._now() > self._deadline + LATEST_SECONDS

    def pause(self) -> float:
        """Return the seconds until the next look."""
        return min(self._interval, self.remaining)

    def timeout(self) -> InferTimeout:
        """Return the error that says that the time is up, and whether the server was there."""
        waited = f"no answer within {self._seconds:g} s on thread {self.pending.thread_id!r}"
        if self._problem is None:
            text = f"{waited}: the server is there, and the query goes on; infer_result waits further"
        else:
            text = f"{waited}: the server cannot be reached or read ({self._problem})"
        return InferTimeout(
            text, thread_id=self.pending.thread_id, correlation_id=self.pending.correlation_id
        )

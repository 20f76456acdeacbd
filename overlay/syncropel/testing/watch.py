"""Watch streams of the mock: frames read from the kernel, woken by its commits, ended by either side."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import httpx

from syncropel.kernel import wire
from syncropel.rules import limits

if TYPE_CHECKING:
    from syncropel.kernel.core import Kernel
    from syncropel.kernel.messages import Commit, Topic, WatchStart

    from .clock import FakeClock

PAGE_ROWS = 100
_SILENT = "mock: no frame fell due within the read timeout"


class Feed:
    """One reader's place on one thread: which frames it is due now, and how its stream ends.

    `take` never waits. Whoever reads waits for `wake`, which any thread may call.
    """

    def __init__(self, kernel: Kernel, start: WatchStart, clock: FakeClock, wake: Callable[[], None]) -> None:
        self.thread = start.thread
        self._kernel = kernel
        self._clock = clock
        self._wake = wake
        self._lock = threading.Lock()
        self._last_beat = clock.now()
        self._due: list[bytes] = []
        self._unread = 0
        self._live = False
        self._closed = False
        self._ended = False
        self._broken: Exception | None = None
        self._cursor = 0
        self._start = start
        if start.cursor_error is None:
            self._cursor = kernel.watch_start(start)
            self._due.append(wire.heartbeat_frame(self._cursor))
        else:
            # No heartbeat before it: to the published client that is progress, and it would hammer.
            self.end(wire.error_frame("invalid_cursor", start.cursor_error))

    def take(self) -> bytes | None:
        """Return the frames due now (none: empty), or None when the stream is over.

        Raises:
            Exception: What `cut` was given: the connection broke.
        """
        with self._lock:
            if self._broken is not None:
                raise self._broken
            if self._closed:
                return None
            due, self._due = self._due, []
            if self._ended:
                self._closed = not due
                return b"".join(due) if due else None
            return b"".join(due) + self._records() + self._heartbeat(bool(due))

    def _records(self) -> bytes:
        if self._live and self._unread > limits.WATCH_MAX_LAG:
            self._ended = True
            return wire.error_frame(
                "lagged", f"more than {limits.WATCH_MAX_LAG} records behind; resume by cursor"
            )
        rows = self._kernel.watch_page(self.thread, self._cursor, PAGE_ROWS, self._start)
        if rows:
            self._cursor = rows[-1]["sequence"]
            self._last_beat = self._clock.now()
        else:
            self._live, self._unread = True, 0
        return b"".join(wire.record_frame(row) for row in rows)

    def _heartbeat(self, beaten: bool) -> bytes:
        now = self._clock.now()
        if not beaten and now - self._last_beat < limits.WATCH_HEARTBEAT_SECONDS:
            return b""
        self._last_beat = now
        return b"" if beaten else wire.heartbeat_frame()

    def committed(self, records: int) -> None:
        """Note that `records` more wait on this thread, and wake the reader."""
        self._unread += records
        self._wake()

    def nudge(self) -> None:
        """Wake the reader: the clock moved."""
        self._wake()

    def end(self, last: bytes) -> None:
        """Send one last frame, then end the stream as a server does that closes in order."""
        with self._lock:
            self._due.append(last)
            self._ended = True
        self._wake()

    def cut(self, error: Exception) -> None:
        """Break the stream: the reader's next step raises `error`."""
        with self._lock:
            self._broken = error
        self._wake()

    def close(self) -> None:
        """End the stream from the reader's side; nothing more is sent."""
        with self._lock:
            self._closed = True
        self._wake()


class Told(Protocol):
    """One reader of what goes on in a kernel, as its hub knows it: a feed, or a socket."""

    @property
    def thread(self) -> Topic:
        """The thread whose records it hears of."""

    def committed(self, records: int) -> None:
        """Hear of records of the thread."""

    def nudge(self) -> None:
        """Hear that the clock moved."""

    def end(self, last: bytes) -> None:
        """End as when a daemon stops; watch streams send `last` before."""

    def cut(self, error: Exception) -> None:
        """Break: the reader's next step raises `error`."""


class Hub:
    """The open feeds of one kernel. It knows neither mock nor client, so that both can be collected."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._feeds: set[Told] = set()

    def add(self, feed: Told) -> None:
        """Keep a feed informed from now on."""
        with self._lock:
            self._feeds.add(feed)

    def remove(self, feed: Told) -> None:
        """Forget a feed; a feed unknown or forgotten before is no error."""
        with self._lock:
            self._feeds.discard(feed)

    def open(self) -> list[Told]:
        """Return the feeds that are open now."""
        with self._lock:
            return list(self._feeds)

    def committed(self, commits: Sequence[Commit]) -> None:
        """Tell every feed about the new records of its thread. Called from the store's writer."""
        counts = Counter(topic for commit in commits for topic in commit.topics)
        for feed in self.open():
            if feed.thread in counts:
                feed.committed(counts[feed.thread])

    def nudge(self) -> None:
        """Wake every reader: the clock moved."""
        for feed in self.open():
            feed.nudge()

    def end(self, last: bytes) -> None:
        """End every stream after one last frame."""
        for feed in self.open():
            feed.end(last)


class SyncWatchStream(httpx.SyncByteStream):
    """The body of a watch answer for a synchronous client; reading blocks until a frame is due.

    The request's read timeout bounds each wait in real seconds, as with a socket: nothing else can end one.
    """

    def __init__(
        self, kernel: Kernel, start: WatchStart, clock: FakeClock, hub: Hub, silence: float | None = None
    ) -> None:
        self._silence = silence
        self._event = threading.Event()
        self._hub = hub
        self._feed = Feed(kernel, start, clock, self._event.set)
        hub.add(self._feed)

    def __iter__(self) -> Iterator[bytes]:
        """Yield frames as they fall due, until the stream ends or is closed."""
        while True:
            # Cleared before looking: a commit between the look and the wait must still end the wait.
            self._event.clear()
            chunk = self._feed.take()
            if chunk is None:
                return
            if chunk:
                yield chunk
            elif not self._event.wait(self._silence):
                raise httpx.ReadTimeout(_SILENT)

    def close(self) -> None:
        """End the stream; a reader that waits in another thread stops at once."""
        self._hub.remove(self._feed)
        self._feed.close()


class AsyncWatchStream(httpx.AsyncByteStream):
    """The body of a watch answer for an asynchronous client; reading awaits the next frame (asyncio)."""

    def __init__(
        self, kernel: Kernel, start: WatchStart, clock: FakeClock, hub: Hub, silence: float | None = None
    ) -> None:
        self._silence = silence
        self._event = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._hub = hub
        self._feed = Feed(kernel, start, clock, self._wake)
        hub.add(self._feed)

    def _wake(self) -> None:
        # The loop of a reader that never closed its stream may be gone when the next record is stored.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._event.set)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield frames as they fall due, until the stream ends or is closed."""
        while True:
            self._event.clear()
            chunk = self._feed.take()
            if chunk is None:
                return
            if chunk:
                yield chunk
            else:
                try:
                    await asyncio.wait_for(self._event.wait(), self._silence)
                except asyncio.TimeoutError:
                    raise httpx.ReadTimeout(_SILENT) from None

    async def aclose(self) -> None:
        """End the stream; a task that waits on it stops at once."""
        self._hub.remove(self._feed)
        self._feed.close()

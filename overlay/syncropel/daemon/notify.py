"""Watch streams: who waits for which thread, and what each of them is sent.

The kernel never waits; the waiting is here. A watcher holds no queue, only the sequence it has reached and
an event: a commit sets the event, and the watcher reads the next page from the store again. So the memory of
a watcher is one page, however slow its reader is, and a commit costs one step per watcher of that thread.
Watchers that stand at the same place share one read and its bytes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from ..kernel.messages import Commit, Topic, WatchStart
from ..kernel.pages import WATCH_PAGE_BYTES
from ..kernel.wire import error_frame, heartbeat_frame, record_frame, shutdown_frame

_FIRST_PAGE = 16
_LARGEST_PAGE = 256
_logger = logging.getLogger("syncropel.daemon")

Write = Callable[[bytes], Awaitable[None]]
_Place = tuple[int, int, "WatchStart | None"]


class Source(Protocol):
    """What a watch stream reads: the kernel."""

    def watch_start(self, start: WatchStart, /) -> int:
        """Return the sequence after which the stream begins."""

    def watch_page(
        self, thread: Topic, after_sequence: int, limit: int, start: WatchStart | None = None, /
    ) -> Sequence[Mapping[str, Any]]:
        """Return the thread's next rows by sequence; of the replay only what `start` asks for.

        Fewer rows than `limit` are all there are, unless they hold `WATCH_PAGE_BYTES` of stored text.
        """

    def on_commit(self, callback: Callable[[Sequence[Commit]], None], /) -> Callable[[], None]:
        """Call `callback` after every durable transaction; the return value ends that."""


@dataclass(frozen=True)
class Page:
    """Rows as they go out.

    Attributes:
        sequences: The sequence of each row.
        frames: The bytes of all rows.
        full: Whether more rows may follow at once.
    """

    sequences: tuple[int, ...]
    frames: bytes
    full: bool


class Subscription:
    """One watcher's place.

    Attributes:
        cursor: The sequence up to which it was sent everything.
        pending: Announced commits of its thread behind the cursor.
        live: Whether it has reached the end once; before that it replays, and may take its time.
    """

    def __init__(self, start: WatchStart) -> None:
        self.start = start
        self.cursor = 0
        self.pending = 0
        self.live = False
        self.limit = _FIRST_PAGE
        self.event = asyncio.Event()
        self._counted = 0
        self._announced = 0
        self._uncounted = 0

    def begin(self, cursor: int) -> None:
        """Take the place behind `cursor`; what was announced before is not counted as pending."""
        self.cursor = cursor
        self.pending = 0
        # What the replay holds is not counted: a clock window may leave some of it out.
        self._uncounted = max(self._announced, self.start.head)

    def announce(self, sequence: int) -> None:
        """Count a commit of this thread and wake the watcher."""
        self._announced = sequence
        if sequence > self.cursor:
            self.pending += sequence > self._uncounted
            self._counted += sequence > self._uncounted
            self.event.set()

    @property
    def heard(self) -> tuple[int, int]:
        """What was announced so far: the last sequence, and how many were counted."""
        return self._announced, self._counted

    def reached(self, heard: tuple[int, int]) -> None:
        """Move behind all that was announced before a page was read that reached the end.

        What of it was not in the page is not for this reader to see, and keeps nobody waiting.
        """
        announced, counted = heard
        self.cursor = max(self.cursor, announced)
        self.pending = min(self.pending, self._counted - counted)

    def advance(self, page: Page) -> None:
        """Move behind a page that was read, and fit the next page's length to the size of these rows."""
        self.pending -= sum(self._uncounted < sequence <= self._announced for sequence in page.sequences)
        self.cursor = page.sequences[-1]
        if not self.pending:
            self.event.clear()
        fitting = WATCH_PAGE_BYTES * len(page.sequences) // len(page.frames)
        self.limit = max(1, min(_LARGEST_PAGE, self.limit * 2, fitting))

    async def wait(self, seconds: float) -> bool:
        """Wait to be woken; return False when nothing did so within `seconds`."""
        silent = False

        def beat() -> None:
            nonlocal silent
            silent = True
            self.event.set()

        timer = asyncio.get_running_loop().call_later(seconds, beat)
        try:
            await self.event.wait()
        finally:
            timer.cancel()
        return not silent


class Notifier:
    """Wakes watchers after commits and feeds them. Everything but `_committed` runs on the event loop.

    Args:
        source: The kernel.
        heartbeat_seconds: The longest silence on a stream.
        max_lag: Records by which a watcher that was live may fall behind before it is sent away.
    """

    def __init__(self, source: Source, *, heartbeat_seconds: float, max_lag: int) -> None:
        self._source = source
        self._heartbeat_seconds = heartbeat_seconds
        self._max_lag = max_lag
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watchers: dict[Topic, set[Subscription]] = {}
        self._reads: dict[Topic, dict[_Place, asyncio.Future[Page]]] = {}
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="syncropel-watch")
        self._closing = False
        self._stop_listening: Callable[[], None] = lambda: None

    @property
    def watchers(self) -> int:
        """How many streams are open."""
        return sum(map(len, self._watchers.values()))

    def open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to listen for commits; `loop` is the one that serves the streams."""
        self._loop = loop
        self._stop_listening = self._source.on_commit(self._committed)

    def close(self) -> None:
        """Tell every watcher that the daemon stops, and end their streams."""
        self._closing = True
        self._stop_listening()
        for watchers in self._watchers.values():
            for subscription in watchers:
                subscription.event.set()

    def release(self) -> None:
        """End the reading threads, after the last stream has ended."""
        self._pool.shutdown(cancel_futures=True)

    async def stream(self, start: WatchStart, write: Write) -> None:
        """Write the frames of one watch stream until the reader lags or the daemon stops.

        Args:
            start: What the reader asked for.
            write: Sends bytes; it may wait for the reader, and only this stream waits with it.
        """
        if start.cursor_error is not None:
            # No heartbeat before it: that would reset the reader's backoff and make it come back at once.
            await write(error_frame("invalid_cursor", start.cursor_error))
            return
        subscription = Subscription(start)
        watchers = self._watchers.setdefault(start.thread, set())
        watchers.add(subscription)
        try:
            await self._follow(subscription, start, write)
        except Exception:
            # The answer has begun, so its reader can only be told in the stream; the log has the reason.
            _logger.exception("a watch stream of thread %r failed", start.thread)
            await write(error_frame("internal", "the stream failed; reconnect to resume"))
        finally:
            watchers.discard(subscription)
            if not watchers and self._watchers.get(start.thread) is watchers:
                del self._watchers[start.thread]

    async def _follow(self, subscription: Subscription, start: WatchStart, write: Write) -> None:
        loop = asyncio.get_running_loop()
        subscription.begin(await loop.run_in_executor(self._pool, self._source.watch_start, start))
        await write(heartbeat_frame(subscription.cursor))
        # Of what was announced to a reader of a part, nobody knows how much is for it before it was read.
        behind = start.visibility.everything
        while not self._closing:
            if subscription.live and behind and subscription.pending > self._max_lag:
                await write(
                    error_frame("lagged", f"more than {self._max_lag} records behind; reconnect to resume")
                )
                return
            subscription.event.clear()
            heard = subscription.heard
            page = await self._page(subscription)
            if page.sequences:
                subscription.advance(page)
                await write(page.frames)
            behind = page.full or start.visibility.everything
            if page.full or self._closing:
                continue
            subscription.reached(heard)
            subscription.live = True
            if not await subscription.wait(self._heartbeat_seconds) and not self._closing:
                await write(heartbeat_frame())
        await write(shutdown_frame())

    async def _page(self, subscription: Subscription) -> Page:
        """Read the next page, or join the same read of another watcher."""
        start = subscription.start
        place = subscription.cursor
        thread, key = start.thread, (place, subscription.limit, start.filter_from(place))
        reads = self._reads.setdefault(thread, {})
        read = reads.get(key)
        if read is None:
            loop = asyncio.get_running_loop()
            read = reads[key] = loop.run_in_executor(self._pool, self._read, thread, *key)
            read.add_done_callback(lambda done: self._read_done(thread, key, done))
        # Shielded: the watcher that began the read may leave, the others still want it.
        return await asyncio.shield(read)

    def _read(self, thread: Topic, after: int, limit: int, start: WatchStart | None) -> Page:
        rows = self._source.watch_page(thread, after, limit, start)
        frames = b"".join(map(record_frame, rows))
        # A frame is never shorter than the text that is stored of its record.
        full = len(rows) == limit or len(frames) >= WATCH_PAGE_BYTES
        return Page(tuple(row["sequence"] for row in rows), frames, full)

    def _read_done(self, thread: Topic, key: _Place, done: asyncio.Future[Page]) -> None:
        reads = self._reads.get(thread)
        if reads is not None and reads.get(key) is done:
            del reads[key]
            if not reads:
                del self._reads[thread]
        if not done.cancelled():
            done.exception()  # Marks it as seen when every watcher has left meanwhile.

    def _committed(self, commits: Sequence[Commit]) -> None:
        """Pass commits on to the event loop; called in the writer's thread, so it must not wait."""
        if self._loop is not None and self._watchers:
            self._loop.call_soon_threadsafe(self._announce, commits)

    def _announce(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            for topic in commit.topics:
                # A read that began before this commit may not see it: nobody may join it any more.
                self._reads.pop(topic, None)
                for subscription in self._watchers.get(topic, ()):
                    subscription.announce(commit.sequence)

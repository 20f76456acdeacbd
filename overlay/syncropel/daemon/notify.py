"""Watch streams: who waits for which thread, and what each of them is sent.

The kernel never waits; the waiting is here. A watcher holds no queue, only the sequence it has reached and
an event: a commit sets the event, and the watcher reads the next page from the store again. So the memory of
a watcher is one page, however slow its reader is, and a commit costs one step per watcher of that thread.
Watchers that stand at the same place share one read and its bytes.

Most watchers stand at the end of their thread and have taken all that was written to them. They are not even
woken: whatever comes is read once, and its bytes are handed to all their connections, one after the other.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol, TypeVar

from ..kernel.messages import Commit, Topic, WatchStart
from ..kernel.pages import WATCH_PAGE_BYTES
from ..kernel.store.errors import StoreUnavailable
from ..kernel.wire import error_frame, heartbeat_frame, record_frame, shutdown_frame
from .subscription import LARGEST_PAGE, Page, Push, Subscription

# So many connections are handed a page before others have their turn on the event loop.
_AT_ONCE = 100
# How long a stream outlives a store that is away, and how often it looks for it.
_PATIENCE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0
T = TypeVar("T")
_logger = logging.getLogger("syncropel.daemon")

Write = Callable[[bytes], Awaitable[None]]
_Place = tuple[int, int, "WatchStart | None"]
_Group = list[tuple[Subscription, tuple[int, int]]]


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
        self._feeds: dict[Topic, asyncio.Task[None]] = {}
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="syncropel-watch")
        self._closing = False
        self._store_away = False
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

    async def stream(self, start: WatchStart, write: Write, push: Push | None = None) -> None:
        """Write the frames of one watch stream until the reader lags or the daemon stops.

        Args:
            start: What the reader asked for.
            write: Sends bytes; it may wait for the reader, and only this stream waits with it.
            push: Sends a chunk at once where nobody has to wait; None to do without.
        """
        if start.cursor_error is not None:
            # No heartbeat before it: that would reset the reader's backoff and make it come back at once.
            await write(error_frame("invalid_cursor", start.cursor_error))
            return
        subscription = Subscription(start, push)
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
        begin = partial(loop.run_in_executor, self._pool, self._source.watch_start, start)
        cursor = await self._patiently(subscription, begin, write)
        if cursor is not None:
            subscription.begin(cursor)
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
            page = await self._patiently(subscription, partial(self._page, subscription), write)
            if page is None:
                break
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

    async def _patiently(
        self, subscription: Subscription, read: Callable[[], Awaitable[T]], write: Write
    ) -> T | None:
        """Read, and wait for a store that is away, such as a database that restarts; None when we stop first.

        The stream keeps its place and its heartbeat meanwhile. After a minute its reader is better told.
        """
        loop = asyncio.get_running_loop()
        ends, beat, pause = loop.time() + _PATIENCE_SECONDS, loop.time(), _FIRST_PAUSE_SECONDS
        while not self._closing:
            try:
                return await read()
            except StoreUnavailable as error:
                if loop.time() > ends:
                    raise
                if not self._store_away:
                    _logger.warning("watchers wait for the store: %s", error)
                self._store_away = True
            if loop.time() - beat > self._heartbeat_seconds:
                beat = loop.time()
                await write(heartbeat_frame())
            await subscription.pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return None

    async def _page(self, subscription: Subscription) -> Page:
        """Read the next page, or join the same read of another watcher."""
        start, place = subscription.start, subscription.cursor
        return await self._shared(start.thread, (place, subscription.limit, start.filter_from(place)))

    async def _shared(self, thread: Topic, key: _Place) -> Page:
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
        self._store_away = False
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
                if topic in self._watchers and topic not in self._feeds:
                    self._feeds[topic] = asyncio.ensure_future(self._feed(topic))

    async def _feed(self, topic: Topic) -> None:
        """Push to the parked watchers of a topic until none of them is behind."""
        try:
            while groups := self._behind(topic):
                for (cursor, only), group in groups.items():
                    await self._feed_group(topic, (cursor, LARGEST_PAGE, only), group)
        finally:
            # Here and not in a callback: what is announced from now on needs a new one.
            del self._feeds[topic]

    def _behind(self, topic: Topic) -> dict[tuple[int, WatchStart | None], _Group]:
        groups: dict[tuple[int, WatchStart | None], _Group] = {}
        for subscription in self._watchers.get(topic, ()):
            if subscription.parked and subscription.behind:
                cursor = subscription.cursor
                group = groups.setdefault((cursor, subscription.start.filter_from(cursor)), [])
                group.append((subscription, subscription.heard))
        return groups

    async def _feed_group(self, topic: Topic, place: _Place, group: _Group) -> None:
        try:
            page = await self._shared(topic, place)
        except Exception:  # noqa: BLE001 - each meets it again when it reads for itself, and says so
            for subscription, _ in group:
                subscription.wake()
            return
        now = asyncio.get_running_loop().time()
        for number, (subscription, heard) in enumerate(group, 1):
            # Whoever is not where it was has read for itself meanwhile.
            if subscription.parked and subscription.cursor == place[0]:
                subscription.take(page, heard, now)
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)

"""One watcher's place, and the pages that are read for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from ..kernel.messages import WatchStart
from ..kernel.pages import WATCH_PAGE_BYTES

FIRST_PAGE = 16
LARGEST_PAGE = 256

Place = tuple[int, "WatchStart | None"]
Push = Callable[[bytes], bool]
"""Hands bytes to a connection at once; false when it has to wait, and the bytes are not taken."""


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

    @cached_property
    def chunk(self) -> bytes:
        """The frames as a chunk of an answer over HTTP, made once for all watchers."""
        return b"%x\r\n%b\r\n" % (len(self.frames), self.frames)


class Subscription:
    """One watcher's place.

    Attributes:
        cursor: The sequence up to which it was sent everything.
        pending: Announced commits of its thread behind the cursor.
        live: Whether it has reached the end once; before that it replays, and may take its time.
        parked: Whether it waits at the end of its thread, and what comes is pushed to it.
    """

    def __init__(self, start: WatchStart, push: Push | None = None) -> None:
        self.start = start
        self.parked = False
        self.cursor = 0
        self.pending = 0
        self.live = False
        self.limit = FIRST_PAGE
        self.event = asyncio.Event()
        self._push = push
        self._written = 0.0
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
        """Count a commit of this thread, and wake the watcher unless it is to be pushed to."""
        self._announced = sequence
        if sequence > self.cursor:
            self.pending += sequence > self._uncounted
            self._counted += sequence > self._uncounted
            if not self.parked:
                self.event.set()

    @property
    def behind(self) -> bool:
        """Whether something was announced that it was not sent."""
        return self._announced > self.cursor

    def wake(self) -> None:
        """Let the watcher look for itself."""
        self.parked = False
        self.event.set()

    def take(self, page: Page, heard: tuple[int, int], now: float) -> None:
        """Push a page that was read for its place, or wake the watcher where its connection has to wait.

        Args:
            page: The page.
            heard: What was announced before it was read.
            now: The loop's time.
        """
        if page.sequences:
            if self._push is None or not self._push(page.chunk):
                self.wake()
                return
            self._written = now
            self.advance(page)
        if not page.full:
            self.reached(heard)

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
        self.limit = max(1, min(LARGEST_PAGE, self.limit * 2, fitting))

    async def pause(self, seconds: float) -> None:
        """Wait for a while, or until woken."""
        timer = asyncio.get_running_loop().call_later(seconds, self.event.set)
        try:
            await self.event.wait()
        finally:
            timer.cancel()
        self.event.clear()

    async def wait(self, seconds: float) -> bool:
        """Wait to be woken; return False when nothing was written for `seconds`."""
        loop = asyncio.get_running_loop()
        self._written = loop.time()
        silent = False
        timer = loop.call_later(seconds, lambda: beat())

        def beat() -> None:
            nonlocal silent, timer
            rest = self._written + seconds - loop.time()
            if rest > 0:
                # A timer per push would cost more than the push.
                timer = loop.call_later(rest, beat)
                return
            silent = True
            self.event.set()

        self.parked = self._push is not None and not self.event.is_set()
        try:
            await self.event.wait()
        finally:
            self.parked = False
            timer.cancel()
        return not silent

# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Following a stream: event after event, over lost connections and restarts, from the last offset on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from syncropel._sync.store.carrier import SyncCarrier
from syncropel._sync.store.page import read_page
from syncropel.errors import ClosedError, SynapError, UsageError
from syncropel.transport.later import logger
from syncropel.transport.store_arguments import MAX_POLL_SECONDS
from syncropel.transport.store_follow import Backoff, OnGap, Start
from syncropel.transport.store_results import Event
from syncropel.transport.store_wire import is_passing

if TYPE_CHECKING:
    from syncropel._sync.store.stream import SyncStreams

PAGE = 100


class SyncFollow:
    """The events of a stream as they come. Leave the loop to end it.

    Attributes:
        name: The stream.
        subscriber: Who reads.
        next_offset: The offset that comes next; None before the first request.
    """

    def __init__(
        self,
        streams: SyncStreams,
        carrier: SyncCarrier,
        name: str,
        subscriber: str,
        start: Start,
        *,
        partition: int | None,
        on_gap: OnGap | None,
    ) -> None:
        self.name = name
        self.subscriber = subscriber
        self.next_offset: int | None = start if isinstance(start, int) else None
        self._streams = streams
        self._carrier = carrier
        self._start = start
        self._partition = partition
        self._on_gap = on_gap
        self._backoff = Backoff()
        self._last: Event | None = None
        # Offsets are of one generation; that of a stream made anew begins at 0 again.
        self._generation: int | None = None

    def __iter__(self) -> Iterator[Event]:
        return self._events()

    def commit(self, event: Event | int | None = None) -> int:
        """Keep the place: a follower of the same name that begins anew goes on from there.

        Args:
            event: The last event that is done, or the offset to go on from. Default: the last event that
                came.

        Returns:
            The offset that is kept.

        Raises:
            SynapError: The server refused it, or did not answer.
            UsageError: No event has come yet.
        """
        done = self._last if event is None else event
        if done is None:
            raise UsageError("no event has come yet: there is nothing to commit")
        return self._streams.commit(self.name, self.subscriber, done, generation=self._generation)

    def _events(self) -> Iterator[Event]:
        while True:
            for event in self._more():
                self._last = event
                self.next_offset = event.offset + 1
                yield event

    def _more(self) -> list[Event]:
        """Return what comes next; nothing when nothing came, or when asking failed for now."""
        try:
            if self.next_offset is None:
                self.next_offset = self._beginning()
            page = read_page(
                self._carrier,
                self.name,
                self.subscriber,
                self.next_offset,
                PAGE,
                partition=self._partition,
                wait=MAX_POLL_SECONDS,
                generation=self._generation,
            )
        except SynapError as error:
            self._failed(error)
            return []
        self._backoff.worked()
        self._generation = page.generation
        if not page.events:
            self.next_offset = page.next_offset
        return page.events

    def _beginning(self) -> int:
        if self._start in (None, "committed"):
            committed = self._streams.position(self.name, self.subscriber)
            if committed is not None:
                return committed
        stats = self._streams.stats(self.name)
        if self._start != "end":
            return int(stats.min_offset)
        # The last offset is 0 with one event and with none.
        return int(stats.max_offset) + (1 if stats.message_count or stats.max_offset else 0)

    def _failed(self, error: SynapError) -> None:
        """Wait, or move on to what is still kept.

        Raises:
            SynapError: It will not pass by itself.
            ClosedError: The client was closed.
        """
        if self._carrier.closed:
            raise ClosedError("this client is closed; make a new one") from error
        if error.code == "OFFSET_OUT_OF_RANGE" and self.next_offset is not None:
            try:
                self._skip(self.next_offset)
            except SynapError as again:  # the place is looked up when it is refused the next time
                error = again
            else:
                return
        if not is_passing(error):
            raise error
        delay = self._backoff.failed(error.retry_after)
        logger.warning("following %r failed, next attempt in %.1f s: %s", self.name, delay, error)
        self._carrier.pause(delay)

    def _skip(self, wanted: int) -> None:
        stats = self._streams.stats(self.name)
        earliest = int(stats.min_offset)
        self.next_offset, self._generation = earliest, None
        if self._on_gap is not None:
            self._on_gap(wanted, earliest)
        elif earliest < wanted:
            logger.warning("following %r: it was made anew, going on at offset %d", self.name, earliest)
        else:
            logger.warning(
                "following %r: events %d to %d were dropped before they were read",
                self.name,
                wanted,
                earliest - 1,
            )

# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Streams of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncropel._sync.store.carrier import SyncCarrier
from syncropel._sync.store.follow import SyncFollow
from syncropel._sync.store.page import read_page
from syncropel.transport.store_arguments import known, seconds, text, whole
from syncropel.transport.store_follow import OnGap, Start, check_start
from syncropel.transport.store_results import Event, Stats

Names = list[str]
Events = list[Event]


class SyncStreams:
    """Streams: events in their order, kept for a while and read from any offset."""

    def __init__(self, carrier: SyncCarrier) -> None:
        self._carrier = carrier

    def create(
        self,
        name: str,
        partitions: int | None = None,
        retention_hours: float | None = None,
        max_events: int | None = None,
        *,
        exist_ok: bool = False,
    ) -> bool:
        """Create a stream.

        Args:
            name: Its name.
            partitions: How many partitions. Default: 1.
            retention_hours: How long events are kept; 0 for ever. Default: 24.
            max_events: How many events are kept. Default: any number.
            exist_ok: Whether one that exists is left as it is instead of refused.

        Returns:
            Whether it is new.

        Raises:
            SynapError: There is one of this name (`status_code` 400, `code` `ROOM_EXISTS`).
            UsageError: An argument cannot be used.
        """
        members = {"room": text(name, "name")}
        members |= known(
            {"partitions": partitions, "retention_hours": retention_hours, "max_events": max_events}
        )
        answer = self._carrier.run("stream.get_or_create" if exist_ok else "stream.create", members, name)
        return bool(answer.get("created", True))

    def list(self) -> Names:
        """Return the names of the streams.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return [*(self._carrier.run("stream.list", {}))["rooms"]]

    def stats(self, name: str) -> Stats:
        """Return what a stream holds and did: `message_count`, `min_offset`, `generation` and so on.

        Raises:
            SynapError: There is no such stream (`code` `ROOM_NOT_FOUND`).
        """
        return Stats(self._carrier.run("stream.stats", {"room": text(name, "name")}, name))

    def publish(
        self,
        name: str,
        event: str,
        data: Any,
        partition_key: str | None = None,
        *,
        metadata: Mapping[str, str] | None = None,
    ) -> int:
        """Append an event. It is on disk when this returns.

        Args:
            name: The stream.
            event: What happened.
            data: Any JSON value.
            partition_key: Events of one key are in one partition. Default: the partitions take turns.
            metadata: Texts that travel with it.

        Returns:
            Its offset.

        Raises:
            SynapError: There is no such stream (`code` `ROOM_NOT_FOUND`).
            UsageError: An argument cannot be used.
        """
        members = {"room": text(name, "name"), "event": text(event, "event"), "data": data}
        members |= known({"partition_key": partition_key})
        members |= {} if metadata is None else {"metadata": dict(metadata)}
        return int((self._carrier.run("stream.publish", members, name))["offset"])

    def consume(
        self,
        name: str,
        subscriber: str,
        from_offset: int = 0,
        limit: int = 10,
        partition: int | None = None,
        *,
        wait: float = 0.0,
    ) -> Events:
        """Return the events from an offset on. Reading removes nothing.

        Args:
            name: The stream.
            subscriber: Who reads; it is counted, and nothing else follows from it.
            from_offset: The first offset.
            limit: The most events to return.
            partition: Only events of this partition. Default: of all.
            wait: Seconds to wait for an event when there is none.

        Raises:
            SynapError: There is no such stream, or the offset is kept no more (`code`
                `OFFSET_OUT_OF_RANGE`).
            UsageError: An argument cannot be used.
        """
        page = read_page(
            self._carrier,
            text(name, "name"),
            text(subscriber, "subscriber"),
            whole(from_offset, "from_offset", 0),
            whole(limit, "limit", 0),
            partition=partition,
            wait=seconds(wait, "wait"),
        )
        return page.events

    def commit(
        self, name: str, subscriber: str, offset: int | Event, *, generation: int | None = None
    ) -> int:
        """Keep the offset that a subscriber goes on from.

        Args:
            name: The stream.
            subscriber: Who reads.
            offset: The offset; or the last event that is done, which means the one after it.
            generation: The `generation` of the stream that it is of, as `stats` tells it: one that was made
                anew since refuses it. Default: it is not compared.

        Returns:
            The offset that is kept.

        Raises:
            SynapError: There is no such stream, or it has no such offset yet.
            UsageError: An argument cannot be used.
        """
        place = offset.offset + 1 if isinstance(offset, Event) else whole(offset, "offset", 0)
        members = {
            "room": text(name, "name"),
            "subscriber_id": text(subscriber, "subscriber"),
            "offset": place,
            **known({"generation": generation}),
        }
        return int((self._carrier.run("stream.commit", members, name))["committed"])

    def position(self, name: str, subscriber: str) -> int | None:
        """Return the offset that a subscriber committed, None when it never did.

        Raises:
            SynapError: There is no such stream (`code` `ROOM_NOT_FOUND`).
        """
        members = {"room": text(name, "name"), "subscriber_id": text(subscriber, "subscriber")}
        found = (self._carrier.run("stream.position", members, name))["offset"]
        return None if found is None else int(found)

    def delete(self, name: str) -> None:
        """Delete a stream with all of its events.

        Raises:
            SynapError: There is no such stream (`code` `ROOM_NOT_FOUND`).
        """
        self._carrier.run("stream.delete", {"room": text(name, "name")}, name)

    def follow(
        self,
        name: str,
        subscriber: str,
        from_offset: Start = None,
        *,
        partition: int | None = None,
        on_gap: OnGap | None = None,
    ) -> SyncFollow:
        """Return an iterator of events that waits for new ones and never ends by itself.

        Args:
            name: The stream.
            subscriber: Who reads; `commit` keeps its place.
            from_offset: The first offset; `"start"` for the earliest, `"end"` for what comes from now on,
                `"committed"` for where it committed. Default: where it committed, else the earliest.
            partition: Only events of this partition. Default: of all.
            on_gap: Called with the offset that was to come and the one that came instead, when events were
                dropped before they were read, or when the stream was deleted and made anew. Default: it is
                logged.

        Raises:
            UsageError: An argument cannot be used.
        """
        return SyncFollow(
            self,
            self._carrier,
            text(name, "name"),
            text(subscriber, "subscriber"),
            check_start(from_offset),
            partition=partition,
            on_gap=on_gap,
        )

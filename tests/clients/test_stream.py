"""Streams through the client, and following them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest

from syncropel import UsageError
from syncropel.daemon.local import LocalDaemon
from syncropel.store import Event, SynapClient, SynapError
from syncropel.testing import MockKernel
from tests.support.colours import Colour
from tests.support.stores import Store


@pytest.fixture
def store(colour: Colour, kernel: MockKernel) -> Store:
    """A client of a mock with the stream `news`."""
    made = Store(colour, transport=kernel.transport())
    made("stream.create", "news")
    return made


def test_what_is_published_is_consumed(store: Store) -> None:
    """Any JSON value comes back as it was published, from any offset on and no more than asked."""
    values: list[Any] = ["hi", None, 1.5, {"a": ["ü", 1]}, [], "", 2**53]
    offsets = [store("stream.publish", "news", f"e{number}", value) for number, value in enumerate(values)]
    assert offsets == list(range(7))
    events = store("stream.consume", "news", "me")
    assert [event.data for event in events] == values
    assert [event.event for event in events] == [f"e{number}" for number in range(7)]
    assert [event.offset for event in store("stream.consume", "news", "me", from_offset=2, limit=3)] == [
        2,
        3,
        4,
    ]
    assert store("stream.consume", "news", "me", from_offset=7) == []
    assert store("stream.consume", "news", "me", limit=0) == []


def test_managing(store: Store) -> None:
    """Streams are created once unless that is allowed, listed, measured and deleted; others are refused."""
    assert store("stream.create", "parted", partitions=4, retention_hours=1, max_events=10) is True
    assert store.refused("stream.create", "news") == (400, "ROOM_EXISTS")
    assert store("stream.create", "news", exist_ok=True) is False
    assert store("stream.list") == ["news", "parted"]
    stats = store("stream.stats", "parted")
    assert (stats["partitions"], stats.retention_hours, stats.message_count) == (4, 1, 0)
    store("stream.delete", "parted")
    for name, arguments in (("stats", ()), ("consume", ("me",)), ("delete", ()), ("publish", ("e", 1))):
        assert store.refused(f"stream.{name}", "parted", *arguments) == (400, "ROOM_NOT_FOUND")


def test_partitions(store: Store) -> None:
    """Events of one key are in one partition, in their order."""
    store("stream.create", "parted", partitions=3)
    for number in range(12):
        store("stream.publish", "parted", "e", number, partition_key=f"key {number % 4}")
    events = store("stream.consume", "parted", "me", limit=100)
    for number in range(4):
        of_key = [event for event in events if event.data % 4 == number]
        assert len({event.partition for event in of_key}) == 1
        found = store("stream.consume", "parted", "me", limit=100, partition=of_key[0].partition)
        assert [event for event in found if event.data % 4 == number] == of_key


def test_following(store: Store) -> None:
    """A follower begins where it committed, at the beginning, at the end or where it is told."""
    for number in range(5):
        store("stream.publish", "news", "e", number)
    follow = store.method("stream.follow")
    first = follow("news", "me")
    assert [event.data for event in store.first(3, first)] == [0, 1, 2]
    assert store._colour.call(first.commit) == store("stream.position", "news", "me") == 3
    assert [event.data for event in store.first(1, follow("news", "me"))] == [3]
    assert [event.data for event in store.first(1, follow("news", "me", "start"))] == [0]
    assert [event.data for event in store.first(1, follow("news", "me", 4))] == [4]
    assert store("stream.position", "news", "somebody") is None
    assert store("stream.commit", "news", "me", store("stream.consume", "news", "me", 4)[0]) == 5
    end = follow("news", "me", "end")
    store("stream.publish", "news", "e", 5)
    assert [event.data for event in store.first(1, follow("news", "me", "committed"))] == [5]
    threading.Timer(0.05, publish_on_mock, (store, 6)).start()
    assert [event.data for event in store.first(1, end)] == [6]


def publish_on_mock(store: Store, value: int) -> None:
    """Publish from another thread."""
    other = SynapClient("http://mock", transport=store.client._carrier.transport)
    other.stream.publish("news", "e", value)


def test_a_gap_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who falls behind hears of it, and goes on with what is kept even if the server is away when asked."""
    ask, away = store.client.stream.stats, [SynapError("away", status_code=503, code="STORE_UNAVAILABLE")]

    def stats(name: str) -> Any:
        if follow.next_offset == 0 and away:
            raise away.pop()
        return ask(name)

    store("stream.create", "short", max_events=2)
    for number in range(10):
        store("stream.publish", "short", "e", number)
    gaps: list[tuple[int, int]] = []
    earliest = store("stream.stats", "short").min_offset
    assert earliest > 0
    follow = store.method("stream.follow")("short", "me", 0, on_gap=lambda *gap: gaps.append(gap))
    monkeypatch.setattr(store.client.stream, "stats", stats)
    (event,) = store.first(1, follow)
    assert (gaps, away) == ([(0, earliest)], [])
    assert event.offset == earliest
    assert store.refused("stream.consume", "short", "me", from_offset=0) == (400, "OFFSET_OUT_OF_RANGE")


def test_a_stream_made_anew_is_followed_from_its_beginning(store: Store) -> None:
    """Who follows a stream that is deleted and made anew hears of it, and misses nothing of the new one."""
    for number in range(3):
        store("stream.publish", "news", "e", number)
    gaps: list[tuple[int, int]] = []
    follow = store.method("stream.follow")("news", "me", on_gap=lambda *gap: gaps.append(gap))
    assert [event.data for event in store.first(3, follow)] == [0, 1, 2]
    store("stream.delete", "news")
    store("stream.create", "news")
    # Committed in the new stream, the old offset would pass over what comes first there.
    with pytest.raises(SynapError, match="made anew"):
        store._colour.call(follow.commit)
    for number in range(5):
        store("stream.publish", "news", "e", 10 + number)
    assert [event.data for event in store.first(5, follow)] == [10, 11, 12, 13, 14]
    assert gaps == [(3, 0)]
    assert store._colour.call(follow.commit) == 5


def test_who_follows_a_quiet_partition_is_not_left_behind(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events of other partitions that are dropped are no gap for the follower of one that has none."""
    for colour in ("_async", "_sync"):
        monkeypatch.setattr(f"syncropel.{colour}.store.follow.MAX_POLL_SECONDS", 0.01)
    store("stream.create", "parted", partitions=2, max_events=3)
    ours, other = (next(key for key in "abcdefgh" if crc32(key.encode()) % 2 == place) for place in (0, 1))
    gaps: list[tuple[int, int]] = []
    follow = store.method("stream.follow")("parted", "me", partition=0, on_gap=lambda *gap: gaps.append(gap))
    for _ in range(4):
        for number in range(2):
            store("stream.publish", "parted", "e", number, partition_key=other)
        assert store._colour.call(follow._more) == []
    store("stream.publish", "parted", "e", "last", partition_key=ours)
    assert ([event.data for event in store.first(1, follow)], gaps) == (["last"], [])


def test_following_goes_on_after_a_restart(colour: Colour, tmp_path: Path) -> None:
    """A follower whose daemon stops and comes back misses nothing and repeats nothing."""
    url = f"sqlite:///{tmp_path}/store.db"
    with LocalDaemon(store=url) as daemon:
        store = Store(colour, daemon.url)
        store("stream.create", "news")
        for number in range(3):
            store("stream.publish", "news", "e", number)
        port = int(daemon.url.rpartition(":")[2])
        follow = store.method("stream.follow")("news", "me")
        seen: list[Event] = store.first(3, follow)

    def again() -> None:
        with LocalDaemon(store=url, port=port) as back, SynapClient(back.url) as client:
            client.stream.publish("news", "e", 3)
            finished.wait(20)

    finished = threading.Event()
    thread = threading.Thread(target=again)
    thread.start()
    seen += store.first(1, follow)
    finished.set()
    thread.join()
    assert [event.data for event in seen] == [0, 1, 2, 3]


def test_mistakes(store: Store) -> None:
    """A caller's mistake is a `UsageError` before anything is sent."""
    for start in (-1, "middle", 1.5):
        with pytest.raises(UsageError):
            store.method("stream.follow")("news", "me", start)
    for arguments in (("news", "", 1), ("", "e", 1), ("news", "e", {1})):
        with pytest.raises(UsageError):
            store("stream.publish", *arguments)
    with pytest.raises(UsageError):
        store("stream.consume", "news", "me", from_offset=-1)
    with pytest.raises(UsageError):
        store._colour.call(store.method("stream.follow")("news", "me").commit)

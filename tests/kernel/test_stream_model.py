"""A stream and its model under the same random course of events: offsets, order, partitions, retention."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .store_support import Failed, run, run_all
from .support import DURABLE, Caller, FakeTime, build_kernel, open_store

NAMES = itertools.count()
KEYS = st.sampled_from([None, None, "a", "b", "ключ"])
VALUES = st.sampled_from([None, "hi", 1.0, {"b": 1, "a": [True, "é"]}, [], ""])
EVENTS = st.lists(st.tuples(KEYS, VALUES), min_size=1, max_size=8)
STEPS = st.one_of(
    st.tuples(st.just("publish"), EVENTS),
    st.tuples(st.just("publish"), EVENTS),
    st.tuples(
        st.just("read"), st.none() | st.integers(0, 40), st.integers(0, 6), st.none() | st.integers(0, 3)
    ),
    st.tuples(st.just("read"), st.none() | st.integers(0, 40), st.integers(0, 6), st.none()),
    st.tuples(st.just("commit"), st.sampled_from("ab"), st.integers(0, 40)),
    st.tuples(st.just("wait"), st.sampled_from([1800, 3600, 5400])),
    st.tuples(st.just("sweep")),
)


@dataclass
class Model:
    """A stream as it should be: every event that was ever published."""

    partitions: int
    hours: float
    most: int | None
    events: list[tuple[Any, int, int]] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    readers: set[str] = field(default_factory=set)

    def first(self, now: int) -> int:
        """Return the earliest offset that is kept."""
        count = len(self.events)
        least = 0 if self.most is None else max(0, count - self.most)
        if self.hours:
            old = [at + self.hours * 3_600_000 <= now for _, _, at in self.events]
            least = max(least, sum(old))
        return least


class Course:
    """One stream of a kernel beside its model."""

    def __init__(self, ask: Caller, clock: FakeTime, model: Model) -> None:
        self.ask, self.clock, self.model = ask, clock, model
        self.room = f"r{next(NAMES)}"
        made = {"partitions": model.partitions, "retention_hours": model.hours, "max_events": model.most}
        run(ask, "stream.create", room=self.room, **made)

    @property
    def now(self) -> int:
        """The time, unix milliseconds."""
        return int(self.clock.now * 1000)

    def step(self, name: str, *rest: Any) -> None:
        """Take one step, and compare what the stream says of itself after it."""
        getattr(self, name)(*rest)
        model, first = self.model, self.model.first(self.now)
        shown = run(self.ask, "stream.stats", room=self.room)
        expected = {
            "message_count": len(model.events) - first,
            "min_offset": first,
            "max_offset": max(len(model.events) - 1, 0),
            "subscriber_count": len(model.readers | set(model.positions)),
            "total_published": len(model.events),
            "partitions": model.partitions,
            "retention_hours": model.hours,
        }
        assert {key: shown[key] for key in expected} == expected

    def publish(self, events: list[tuple[str | None, Any]]) -> None:
        """Publish some events in one request."""
        commands = [
            ("stream.publish", {"room": self.room, "event": "e", "data": data, "partition_key": key})
            for key, data in events
        ]
        for (key, data), outcome in zip(events, run_all(self.ask, commands), strict=True):
            offset = len(self.model.events)
            partition = (offset if key is None else crc32(key.encode())) % self.model.partitions
            assert outcome["payload"] == {"offset": offset, "room": self.room, "partition": partition}
            self.model.events.append((data, partition, self.now))

    def read(self, start: int | None, limit: int, partition: int | None) -> None:
        """Read a page."""
        first = self.model.first(self.now)
        begin = first if start is None else start
        asked = {"room": self.room, "subscriber_id": "c", "from_offset": start, "limit": limit}
        if begin < first:
            with pytest.raises(Failed, match=f"{begin} out of range; earliest retained offset is {first}$"):
                run(self.ask, "stream.consume", **asked, partition=partition)
            return
        page = run(self.ask, "stream.consume", **asked, partition=partition)
        self.model.readers.add("c")
        expected = [
            (offset, data, at // 1000, where)
            for offset, (data, where, at) in enumerate(self.model.events)
            if offset >= begin and partition in (None, where)
        ][:limit]
        shown = [
            (each["offset"], json.loads(bytes(each["data"])), each["timestamp"], each["partition"])
            for each in page["events"]
        ]
        # Whole numbers stay apart from fractions, and members in the order in which they were given.
        assert json.dumps(shown) == json.dumps(expected)
        # Where nothing of a partition is left, its reader goes on at the end.
        end = begin if partition is None or not limit else max(begin, len(self.model.events))
        assert page["next_offset"] == (expected[-1][0] + 1 if expected else end)

    def commit(self, subscriber: str, offset: int) -> None:
        """Commit an offset, and read it back."""
        asked = {"room": self.room, "subscriber_id": subscriber}
        if offset > len(self.model.events):
            with pytest.raises(Failed, match="out of range"):
                run(self.ask, "stream.commit", **asked, offset=offset)
        else:
            run(self.ask, "stream.commit", **asked, offset=offset)
            self.model.positions[subscriber] = offset
        known = self.model.positions.get(subscriber)
        assert run(self.ask, "stream.position", **asked) == {"offset": known}

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.clock.now += seconds

    def sweep(self) -> None:
        """Sweep until nothing is left to do; only what is kept is in the table then."""
        while self.ask.kernel.sweep(3):
            pass
        sql = "SELECT count(*) FROM events e JOIN streams s ON s.id = e.stream WHERE s.name = ?"
        kept = self.ask.kernel.read(lambda transaction: transaction.execute(sql, (self.room,)))[0][0]
        assert kept == len(self.model.events) - self.model.first(self.now)


@pytest.fixture(scope="module", params=DURABLE)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Caller, FakeTime]]:
    """Give a kernel for all courses: each has a stream of its own."""
    with open_store(request.param, tmp_path_factory.mktemp("streams")) as store:
        clock = FakeTime()
        yield Caller(build_kernel(store, clock)), clock


@given(
    st.builds(Model, st.integers(1, 4), st.sampled_from([0, 0.5, 1, 24]), st.sampled_from([None, 1, 5])),
    st.lists(STEPS, min_size=8, max_size=20),
)
@settings(max_examples=settings().max_examples // 4)
def test_a_stream_does_what_its_model_does(
    place: tuple[Caller, FakeTime], model: Model, steps: list[tuple[Any, ...]]
) -> None:
    """After any course, swept or not, the same events are at the same offsets, times and partitions."""
    fresh = Model(model.partitions, model.hours, model.most)
    course = Course(*place, fresh)
    for step in steps:
        course.step(*step)
    course.read(fresh.first(course.now), 1000, None)
    course.sweep()

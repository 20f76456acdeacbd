"""Streams beside their model: routes, refusals, waiting, deletion, plans."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Again
from syncropel.kernel.readers import Readers
from syncropel.kernel.services import stream_events
from syncropel.kernel.store.memory import MemoryStore
from syncropel.rules import limits

from .store_support import Failed, answered, plans_of, run, run_all
from .support import Caller, FakeTime, build_kernel


def test_routes_say_what_published_clients_read(ask: Caller) -> None:
    """Each route answers with the members and the statuses that the protocol has, with a body or without."""
    assert ask.send("POST", "/stream/news").body == {"success": True, "room": "news"}
    assert ask.post("/stream/news", {}).body["error"] == "Invalid request: Room 'news' already exists"
    assert ask.send("PUT", "/stream/news").body == {"success": True, "room": "news", "created": False}
    reply = ask.send("PUT", "/stream/more", b'{"partitions":3}', {"content-type": "application/json"})
    assert reply.body == {"success": True, "room": "more", "created": True}
    sent = ask.post("/stream/news/publish", {"event": "user.signup", "data": "hi", "metadata": {"a": "b"}})
    assert sent.body == {"offset": 0, "room": "news", "partition": 0}
    page = ask.get("/stream/news/consume/u", from_offset=0, limit=10).body
    assert page["next_offset"] == 1
    assert page["events"] == [
        {
            "id": page["events"][0]["id"],
            "offset": 0,
            "room": "news",
            "event": "user.signup",
            "data": [34, 104, 105, 34],
            "timestamp": 1_700_000_000,
            "metadata": {"a": "b"},
            "partition": 0,
        }
    ]
    assert ask.get("/stream/news/consume/u", from_offset=7).body == {
        "events": [],
        "next_offset": 7,
        "generation": page["generation"],
    }
    stats = ask.get("/stream/news/stats").body
    assert (stats["total_consumed"], stats["subscriber_count"], stats["retention_hours"]) == (1, 1, 24)
    assert ask.get("/stream/list").body == {"rooms": ["more", "news"], "count": 2}
    assert ask.send("DELETE", "/stream/news").body == {"success": True, "room": "news"}
    gone = ask.send("DELETE", "/stream/news")
    assert (gone.status, gone.body["error"]) == (400, "Invalid request: Room 'news' not found")


@pytest.mark.parametrize(
    ("command", "payload", "code"),
    [
        ("stream.create", {"room": "a\0"}, "INVALID_NAME"),
        ("stream.create", {"room": "news"}, "ROOM_EXISTS"),
        ("stream.create", {"room": "a", "partitions": 1025}, "INVALID_COMMAND"),
        ("stream.create", {"room": "a", "retention_hours": -1}, "INVALID_COMMAND"),
        ("stream.create", {"room": "a", "max_events": 0}, "INVALID_COMMAND"),
        ("stream.publish", {"room": "a", "event": "e", "data": 1}, "ROOM_NOT_FOUND"),
        ("stream.publish", {"room": "news", "event": "e"}, "INVALID_COMMAND"),
        ("stream.publish", {"room": "news", "event": "", "data": 1}, "INVALID_NAME"),
        ("stream.publish", {"room": "news", "event": "e", "data": "x" * 2**20}, "VALUE_TOO_LARGE"),
        ("stream.publish", {"room": "news", "event": "e", "data": 1, "partition_key": "k" * 1025}, None),
        ("stream.consume", {"room": "a", "subscriber_id": "s"}, "ROOM_NOT_FOUND"),
        ("stream.consume", {"room": "news"}, "INVALID_COMMAND"),
        ("stream.consume", {"room": "news", "subscriber_id": "s", "from_offset": -1}, "INVALID_COMMAND"),
        ("stream.consume", {"room": "news", "subscriber_id": "s", "limit": "5"}, "INVALID_COMMAND"),
        ("stream.commit", {"room": "news", "subscriber_id": "s", "offset": 1}, "OFFSET_OUT_OF_RANGE"),
        ("stream.delete", {"room": "a"}, "ROOM_NOT_FOUND"),
        ("stream.stats", {"room": "a"}, "ROOM_NOT_FOUND"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    command: str, payload: dict[str, Any], code: str | None
) -> None:
    """Each mistake has its code, and the streams are as they were."""
    ask = Caller(build_kernel(MemoryStore()))
    run(ask, "stream.create", room="news")
    before = run(ask, "stream.stats", room="news"), run(ask, "stream.list")
    with pytest.raises(Failed) as failed:
        run(ask, command, **payload)
    assert failed.value.code == (code or "INVALID_COMMAND")
    assert (run(ask, "stream.stats", room="news"), run(ask, "stream.list")) == before


def test_whoever_would_wait_is_told_what_for(kernel: Kernel, ask: Caller, clock: FakeTime) -> None:
    """An empty page names the topic that the next events signal, once for all of one commit."""
    told: list[Any] = []
    kernel.store.on_signal(lambda signals: told.extend(tuple(each) for each in signals))
    run(ask, "stream.create", room="news")
    asked = {"room": "news", "subscriber_id": "s", "from_offset": 0, "wait_secs": 5}
    envelope = {"command": "stream.consume", "request_id": "r", "payload": asked}
    waiting = ask.post("/api/v1/command", envelope)
    assert waiting.again == Again("stream:default:news", clock.now + 5)
    assert waiting.body["payload"] == {"events": [], "next_offset": 0, "generation": clock.now * 1000}
    run_all(ask, [("stream.publish", {"room": "news", "event": "e", "data": n}) for n in range(3)])
    assert told == [("stream:default:news", b"")]
    assert ask.post("/api/v1/command", envelope).again is None
    assert ask.get("/stream/news/consume/s", from_offset=9, limit=0, wait_secs=5).again is None


def test_a_stream_made_anew_begins_anew(kernel: Kernel, ask: Caller) -> None:
    """Deletion takes events and positions; the next of the name has a larger generation and begins at 0."""
    run(ask, "stream.create", room="news")
    run_all(ask, [("stream.publish", {"room": "news", "event": "e", "data": n}) for n in range(25)])
    run(ask, "stream.commit", room="news", subscriber_id="s", offset=3)
    before = run(ask, "stream.stats", room="news")["generation"]
    # What is appended in the transaction that deletes goes along.
    last = ("stream.publish", {"room": "news", "event": "e", "data": 25})
    run_all(ask, [last, ("stream.delete", {"room": "news"})])
    run(ask, "stream.create", room="news", partitions=2)
    after = run(ask, "stream.stats", room="news")
    assert run(ask, "stream.position", room="news", subscriber_id="s") == {"offset": None}
    of_old = {"room": "news", "subscriber_id": "s", "generation": before}
    for command, place in (("stream.consume", "from_offset"), ("stream.commit", "offset")):
        with pytest.raises(Failed, match="was made anew") as refused:
            run(ask, command, **of_old, **{place: 0})
        assert refused.value.code == "OFFSET_OUT_OF_RANGE"
        run(ask, command, **{**of_old, "generation": after["generation"], place: 0})
    assert ask.get("/stream/news/consume/s", generation=before).status == 400
    assert (after["message_count"], after["partitions"], after["subscriber_count"]) == (0, 2, 0)
    assert after["generation"] > before
    assert run(ask, "stream.publish", room="news", event="e", data=1)["offset"] == 0
    assert kernel.sweep(10)
    while kernel.sweep(10):
        pass
    left = kernel.read(
        lambda transaction: [
            transaction.execute(f"SELECT count(*) FROM {table}")[0][0]
            for table in ("events", "stream_positions", "streams")
        ]
    )
    assert left == [1, 1, 1]


def test_times_never_go_back_along_the_offsets(ask: Caller, clock: FakeTime) -> None:
    """An event that is published under a clock that runs behind is as old as the one before it."""
    run(ask, "stream.create", room="news", retention_hours=1)
    run(ask, "stream.publish", room="news", event="e", data=1)
    clock.now -= 600
    run(ask, "stream.publish", room="news", event="e", data=2)
    page = run(ask, "stream.consume", room="news", subscriber_id="s", from_offset=0)
    assert len({each["timestamp"] for each in page["events"]}) == 1


def test_a_page_ends_before_it_is_too_large(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of large events ends early, and reading on from `next_offset` gives the rest."""
    monkeypatch.setattr(stream_events, "PAGE_BYTES", 4096)
    run(ask, "stream.create", room="news")
    large = [("stream.publish", {"room": "news", "event": "e", "data": "x" * 1000})] * 6
    run_all(ask, large)
    offset, sizes = 0, []
    while offset < 6:
        page = run(ask, "stream.consume", room="news", subscriber_id="s", from_offset=offset)
        offset = page["next_offset"]
        sizes.append(len(page["events"]))
    assert sizes == [4, 2]
    # Bytes count, not characters, and metadata counts as well.
    run(ask, "stream.create", room="more")
    small = {"room": "more", "event": "e", "data": "é" * 400, "metadata": {"m": "é" * 400}}
    run_all(ask, [("stream.publish", small)] * 6)
    assert len(run(ask, "stream.consume", room="more", subscriber_id="s")["events"]) == 2
    monkeypatch.setattr(limits, "MAX_PAGE_BYTES", 3000)
    with pytest.raises(Failed, match="ask for less"):
        run(ask, "stream.consume", room="more", subscriber_id="s")
    # What surrounds the data of many small events counts as well.
    run(ask, "stream.create", room="tiny")
    run_all(ask, [("stream.publish", {"room": "tiny", "event": "e", "data": 1})] * 5)
    pages = run_all(ask, [("stream.consume", {"room": "tiny", "subscriber_id": "s"})] * 3)
    assert [each["success"] for each in pages] == [True, True, False]
    with pytest.raises(Failed, match="'data' and 'metadata' have"):
        run(ask, "stream.publish", **{**small, "metadata": {"m": "x" * limits.MAX_VALUE_BYTES}})


@pytest.mark.parametrize(
    ("command", "payload", "index"),
    [
        ("publish", {"event": "e", "data": 1}, "SEARCH events USING PRIMARY KEY (stream=?)"),
        ("consume", {"from_offset": 1}, "SEARCH events USING PRIMARY KEY (stream=? AND position>?)"),
        ("consume", {"partition": 0}, "events_partition (stream=? AND partition=? AND position>?)"),
        ("stats", {}, "COVERING INDEX events_age (stream=? AND published_at>?)"),
        ("position", {}, "SEARCH stream_positions USING PRIMARY KEY (stream=? AND subscriber=?)"),
    ],
)
def test_no_command_reads_events_without_an_index(command: str, payload: dict[str, Any], index: str) -> None:
    """Every statement about events goes through an index, and none of them sorts."""
    store = MemoryStore()
    ask = Caller(build_kernel(store))
    run(ask, "stream.create", room="news", max_events=2)
    run_all(ask, [("stream.publish", {"room": "news", "event": "e", "data": 1})] * 3)
    asked = {"room": "news", "subscriber_id": "s", **payload}
    plans = plans_of(store, lambda: answered(ask, f"stream.{command}", asked))
    assert index in plans
    assert "SCAN" not in plans
    assert "TEMP B-TREE" not in plans


def test_counting_readers_costs_few_statements() -> None:
    """Whoever only read counts beside who committed, and a thousand of them are not asked for one by one."""
    store = MemoryStore()
    kernel, seen = build_kernel(store), list[str]()
    ask = Caller(kernel)
    run(ask, "stream.create", room="news")
    run_all(ask, [("stream.consume", {"room": "news", "subscriber_id": f"r{each}"}) for each in range(1000)])
    for name in ("r1", "r999", "other"):
        run(ask, "stream.commit", room="news", subscriber_id=name, offset=0)
    store._connection.set_trace_callback(seen.append)
    assert run(ask, "stream.stats", room="news")["subscriber_count"] == 1001
    assert len(seen) < 10
    kernel.close()


def test_what_is_known_of_readers_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many streams and names are remembered and no more; the stream that was read first is forgotten."""
    monkeypatch.setattr("syncropel.kernel.readers._REMEMBERED", 3)
    readers = Readers()
    for stream in (1, 2, 3, 4):
        for name in "ab":
            readers.note(stream, name, 5)
    assert readers.of(1) == (frozenset(), 0)
    assert readers.of(2) == (frozenset("a"), 10)
    assert readers.of(4).events == 10
    assert sum(len(readers.of(stream).names) for stream in (1, 2, 3, 4)) == 3

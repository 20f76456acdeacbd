"""Scenarios of streams: both ways to ask, offsets, partitions, positions, what is kept, following."""

from __future__ import annotations

import asyncio
from typing import Any

from .place import Place
from .registry import scenario


@scenario
def stream_offsets(place: Place) -> Any:
    """Events have offsets in the order of publishing, are read from any of them, and stay."""
    steps = [place.command("stream.create", room="offsets"), place.command("stream.create", room="offsets")]
    for value in ("hi", None, {"a": [1.5]}):
        steps.append(
            place.command("stream.publish", room="offsets", event="e", data=value, metadata={"k": "v"})
        )
    read = {"room": "offsets", "subscriber_id": "me"}
    steps += [place.command("stream.consume", **read, from_offset=start, limit=2) for start in (0, 2, 3)]
    steps += [place.command("stream.consume", **read, limit=0), place.command("stream.consume", **read)]
    steps += [place.command("stream.consume", **read, from_offset=3, wait_secs=0.02)]
    steps += [place.command("stream.stats", room="offsets"), place.command("stream.list")]
    steps += [place.command("stream.get_or_create", room=room) for room in ("offsets", "offsets 2")]
    return [*steps, place.command("stream.delete", room="offsets 2")]


@scenario
def stream_partitions(place: Place) -> Any:
    """A key chooses the partition, and without one they take turns; a partition can be read alone."""
    place.command("stream.create", room="parted", partitions=3, retention_hours=0)
    placed = [
        place.command("stream.publish", room="parted", event="e", data=number, partition_key=key)
        for number, key in enumerate(("a", "b", "a", None, None, None, "b"))
    ]
    read = {"room": "parted", "subscriber_id": "me"}
    parts = [place.command("stream.consume", **read, partition=number)["events"] for number in range(3)]
    assert sum(map(len, parts)) == 7
    return [placed, [[event["offset"] for event in part] for part in parts]]


@scenario
def stream_positions(place: Place) -> Any:
    """A subscriber's place is kept where it said, per subscriber, and not past the end."""
    place.command("stream.create", room="places")
    place.command("stream.publish", room="places", event="e", data=1)
    here = {"room": "places", "subscriber_id": "me"}
    return [
        place.command("stream.position", **here),
        place.command("stream.commit", **here, offset=1),
        place.command("stream.position", **here),
        place.command("stream.commit", **here, offset=2),
        place.command("stream.position", room="places", subscriber_id="you"),
    ]


@scenario
def stream_keeps_the_latest(place: Place) -> Any:
    """Of a stream with a bound the earliest events go, and asking for them says which one is the earliest."""
    place.command("stream.create", room="bounded", max_events=3)
    for number in range(8):
        place.command("stream.publish", room="bounded", event="e", data=number)
    first = place.command("stream.stats", room="bounded")["min_offset"]
    assert first == 5
    read = {"room": "bounded", "subscriber_id": "me"}
    return [
        place.command("stream.consume", **read, from_offset=0),
        place.command("stream.consume", **read, from_offset=5),
    ]


@scenario
def stream_routes(place: Place) -> Any:
    """Every route of a stream answers as its command does, with real statuses."""
    return [
        place.route("POST", "/stream/routes", {"partitions": 2}),
        place.route("POST", "/stream/routes"),
        place.route("PUT", "/stream/routes", {}),
        place.route("PUT", "/stream/routes 2"),
        place.route("POST", "/stream/routes/publish", {"event": "e", "data": "x"}),
        place.route("POST", "/stream/routes/publish", {"event": "e"}),
        place.route("POST", "/stream/none/publish", {"event": "e", "data": 1}),
        place.route("GET", "/stream/routes/consume/me", from_offset=0, limit=5),
        place.route("GET", "/stream/routes/consume/me", from_offset="zero"),
        place.route("GET", "/stream/none/consume/me"),
        place.route("GET", "/stream/routes/stats"),
        place.route("GET", "/stream/list"),
        place.route("DELETE", "/stream/routes 2"),
        place.route("DELETE", "/stream/routes 2"),
    ]


@scenario
def stream_refusals(place: Place) -> Any:
    """Names, events and settings that cannot be used are refused with their codes."""
    return [
        [place.command("stream.create", room=name) for name in ("", "r" * 257, "a\tb")],
        place.command("stream.create", room="wrong", partitions=0),
        place.command("stream.create", room="wrong", retention_hours=-1),
        place.command("stream.publish", room="wrong", event="e", data=1),
        place.command("stream.publish", room="places", event="", data=1),
        place.command("stream.publish", room="places", event="e"),
        place.command("stream.publish", room="places", event="e", data="x" * 2**20),
        place.command("stream.consume", room="places", subscriber_id="me", from_offset=-1),
        place.command("stream.stats", room="wrong"),
    ]


@scenario
def stream_following(place: Place) -> Any:
    """Followers of both clients read on from where they committed, and wait for what comes."""

    async def asynchronous() -> list[Any]:
        seen = []
        async with place.async_store() as client:
            follow = client.stream.follow("followed", "me")
            async for event in follow:
                seen.append(event.data)
                if event.data == 2:
                    await client.stream.publish("followed", "e", 3)
                if event.data == 3:
                    return [seen, await follow.commit()]
        raise AssertionError("the follower ended by itself")

    with place.store() as client:
        client.stream.create("followed", exist_ok=True)
        for number in range(3):
            client.stream.publish("followed", "e", number)
        events = client.stream.consume("followed", "me", limit=2)
        committed = client.stream.commit("followed", "me", events[0])
        seen = asyncio.run(asynchronous())
        client.stream.publish("followed", "e", 4)
        for event in client.stream.follow("followed", "me"):
            client.stream.delete("followed")
            return [committed, seen, event.data, event.offset]
    raise AssertionError("the follower ended by itself")

"""Scenarios of topics: both ways to ask, patterns, registered subscribers, listening, refusals."""

from __future__ import annotations

import asyncio
from typing import Any

from .place import Place
from .registry import scenario


@scenario
def pubsub_registered(place: Place) -> Any:
    """Registered subscribers are counted once for what fits their topics, until they are taken off."""
    steps = [
        place.command("pubsub.subscribe", topics=["news.*", "news.sport", "all.#"], subscriber_id="one"),
        place.command("pubsub.subscribe", topics=["news.sport"], subscriber_id="two"),
        place.command("pubsub.subscribe", topics=["made.up"]),
    ]
    topics = ("news.sport", "news.art", "news", "all", "all.of.it", "made.up", "nothing")
    matched = [
        place.command("pubsub.publish", topic=topic, payload=1)["subscribers_matched"] for topic in topics
    ]
    steps += [place.command("pubsub.topics"), place.command("pubsub.info", topic="news.sport")]
    steps += [
        place.command("pubsub.unsubscribe", subscriber_id="one", topics=["news.*"]),
        place.command("pubsub.unsubscribe", subscriber_id="one"),
        place.command("pubsub.unsubscribe", subscriber_id="one"),
        place.command("pubsub.publish", topic="news.art", data={"x": 1}, metadata={"k": "v"}),
    ]
    steps[2]["subscriber_id"] = "<made up>"
    return [steps, matched, place.command("pubsub.unsubscribe", subscriber_id="two")]


@scenario
def pubsub_routes(place: Place) -> Any:
    """Every route answers as its command does, with real statuses; the one of WebSockets wants one."""
    return [
        place.route("POST", "/pubsub/subscribe", {"topics": ["routes.a"], "subscriber_id": "r"}),
        place.route("POST", "/pubsub/routes.a/publish", {"payload": "x", "metadata": {"k": "v"}}),
        place.route("POST", "/pubsub/routes.a/publish", {}),
        place.route("GET", "/pubsub/routes.a/info"),
        place.route("GET", "/pubsub/never/info"),
        place.route("GET", "/pubsub/topics"),
        place.route("POST", "/pubsub/unsubscribe", {"subscriber_id": "r"}),
        place.route("GET", "/pubsub/stats"),
        place.route("POST", "/pubsub/subscribe", {"topics": ["#.a"]}),
        place.route("POST", "/pubsub/subscribe", {"topics": []}),
        place.route("GET", "/pubsub/ws", topics="a"),
        place.route("GET", "/pubsub/ws"),
        place.route("GET", "/pubsub/ws", topics="a.#.b"),
    ]


@scenario
def pubsub_refusals(place: Place) -> Any:
    """Topics and patterns that cannot be used are refused with their codes."""
    return [
        [place.command("pubsub.publish", topic=topic, payload=1) for topic in ("", "t" * 257, 5)],
        [place.command("pubsub.subscribe", topics=[pattern]) for pattern in ("a.#.b", "#.#", "")],
        place.command("pubsub.subscribe", topics=[]),
        place.command("pubsub.subscribe", topics=[f"t{number}" for number in range(101)]),
        place.command("pubsub.publish", topic="a"),
        place.command("pubsub.publish", topic="a", payload="x" * 2**20, metadata={"k": "v" * 100}),
        place.command("pubsub.publish", topic="a", payload=1, metadata={"k": 1}),
        place.command("pubsub.info", topic="never.told"),
        place.command("pubsub.unsubscribe"),
    ]


@scenario
def pubsub_listening(place: Place) -> Any:
    """Listeners of both clients are told what fits, in order, from the beginning of their block on."""

    async def asynchronous() -> list[Any]:
        async with place.async_store() as client, client.pubsub.subscribe(["talk.*", "end"]) as messages:
            matched = [
                await client.pubsub.publish(topic, {"to": topic}) for topic in ("talk.a", "talk", "talk.b")
            ]
            await client.pubsub.publish("end", None)
            seen = []
            async for message in messages:
                if message.topic == "end":
                    return [matched, seen]
                seen.append([message.topic, message.message])
        raise AssertionError("the listener ended by itself")

    with place.store() as client, client.pubsub.subscribe(["talk.#", "end"]) as messages:
        both = asyncio.run(asynchronous())
        heard = []
        for message in messages:
            if message.topic == "end":
                return [both, heard]
            heard.append(message.topic)
    raise AssertionError("the listener ended by itself")

"""Scenarios of queues: both ways to ask, order, delivery, dead letters, refusals, workers."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from .place import Place
from .registry import scenario

NOBODY = "00000000-0000-4000-8000-000000000000"


def take(place: Place, queue: str, consumer: str = "w") -> dict[str, Any]:
    """Return a message with its true id."""
    given = {"queue": queue, "consumer_id": consumer}
    seen = place.post("/api/v1/command", {"command": "queue.consume", "payload": given})
    found: dict[str, Any] = seen.body["payload"]["message"]
    return found


@scenario
def queue_order_and_settings(place: Place) -> Any:
    """The highest priority comes first, then what was published first, also after it was given back."""
    steps = [
        place.command("queue.create", name="order", config={"max_depth": 5, "ack_deadline_secs": 900}),
        place.command("queue.create", name="order", max_depth=1),
    ]
    for text, priority in (("a", 1), ("b", 9), ("c", None), ("d", 9), ("e", 77)):
        given = {"queue": "order", "payload": text, "encoding": "text", "priority": priority}
        steps.append(place.command("queue.publish", **given))
    steps.append(place.command("queue.publish", queue="order", payload=[1]))
    first = take(place, "order")
    steps.append(place.command("queue.nack", queue="order", message_id=first["id"]))
    taken = [take(place, "order") for _ in range(5)]
    order = [(bytes(each["payload"]).decode(), each["priority"], each["retry_count"]) for each in taken]
    assert [text for text, _, _ in order] == ["b", "d", "e", "c", "a"]
    steps.append(place.command("queue.consume", queue="order", consumer_id="w"))
    steps.append(place.command("queue.stats", queue="order"))
    return [steps, order, place.command("queue.delete", queue="order"), place.command("queue.list")]


@scenario
def queue_deliveries(place: Place) -> Any:
    """A delivery is resolved once, by whom it was handed to when that is said, and may be had for longer."""
    place.command("queue.create", name="jobs", ack_deadline_secs=900, default_max_retries=1)
    place.command("queue.publish", queue="jobs", payload=[1], headers={"a": "b"})
    held = {"queue": "jobs", "message_id": take(place, "jobs")["id"]}
    steps = [
        place.command("queue.ack", **held, consumer_id="somebody"),
        place.command("queue.ack", **held, delivery=3),
        place.command("queue.extend", **held, seconds=60, consumer_id="w", delivery=0),
        place.command("queue.ack", **held, consumer_id="w", delivery=0),
        place.command("queue.ack", **held),
        place.command("queue.nack", **held),
        place.command("queue.extend", **held, seconds=5),
    ]
    return [*steps, place.command("queue.stats", queue="jobs")]


@scenario
def queue_dead_letters(place: Place) -> Any:
    """What is given up is listed page by page with its reason, and put back or dropped."""
    place.command("queue.create", name="dead", ack_deadline_secs=900, default_max_retries=0)
    for number in range(3):
        place.command("queue.publish", queue="dead", payload=[number])
        place.command("queue.nack", queue="dead", message_id=take(place, "dead")["id"], requeue=number > 0)
    page = place.command("queue.dead_letters", queue="dead", limit=2)
    rest = place.command(
        "queue.dead_letters", queue="dead", limit=2, cursor=page["cursor"], encoding="base64"
    )
    wrong = place.command("queue.dead_letters", queue="dead", cursor="nonsense")
    back = place.command("queue.redrive", queue="dead", message_ids=[NOBODY])
    every = place.command("queue.redrive", queue="dead")
    purged = [
        place.command("queue.purge", queue="dead"),
        place.command("queue.purge", queue="dead", dead=True),
    ]
    assert [row["payload"] for row in page["messages"]] == [[0], [1]]
    page["cursor"] = "<cursor>"
    return [page, rest, wrong, back, every, purged]


@scenario
def queue_routes(place: Place) -> Any:
    """Every route of a queue answers as its command does, with real statuses."""
    text = base64.b64encode(b"two").decode()
    steps = [
        place.route("POST", "/queue/routes", {"max_depth": 2, "ack_deadline_secs": 900}),
        place.route("POST", "/queue/routes/publish", {"payload": [1, 2]}),
        place.route("POST", "/queue/routes/publish", {"payload": text, "encoding": "base64", "priority": 0}),
        place.route("POST", "/queue/routes/publish", {"payload": [3]}),
        place.route("POST", "/queue/routes/publish", {"payload": [256]}),
        place.route("POST", "/queue/none/publish", {"payload": []}),
    ]
    held = place.get("/queue/routes/consume/me").body
    named = {"message_id": held["message_id"]}
    steps += [
        place.route("POST", "/queue/routes/extend", {**named, "seconds": 60}),
        place.route("POST", "/queue/routes/nack", {**named, "requeue": False}),
        place.route("POST", "/queue/routes/ack", named),
        place.route("GET", "/queue/routes/dead-letters", encoding="base64"),
        place.route("POST", "/queue/routes/redrive", {}),
        place.route("GET", "/queue/routes/stats"),
        place.route("GET", "/queue/list"),
        place.route("POST", "/queue/routes/purge", dead="true"),
        place.route("POST", "/queue/routes/purge"),
        place.route("GET", "/queue/routes/consume/me", wait_secs=0.02),
        place.route("GET", "/queue/none/stats"),
        place.route("DELETE", "/queue/routes"),
        place.route("DELETE", "/queue/routes"),
    ]
    assert held["payload"] == [1, 2]
    return steps


@scenario
def queue_refusals(place: Place) -> Any:
    """Names, payloads and members that cannot be used are refused with their codes; nothing is half done."""
    place.command("queue.create", name="refusals")
    return [
        [place.command("queue.create", name=name) for name in ("", "q" * 257, "a\nb", 5)],
        place.command("queue.create", name="zero", max_depth=0),
        place.command("queue.publish", queue="refusals", payload="no", encoding="base64"),
        place.command("queue.publish", queue="refusals", payload=[1.5]),
        place.command("queue.publish", queue="refusals"),
        place.command("queue.publish", queue="refusals", payload=[1], headers={"a": 1}),
        place.command("queue.publish", queue="refusals", payload="x" * (2**20 + 1), encoding="text"),
        place.command("queue.consume", queue="refusals"),
        place.command("queue.extend", queue="refusals", message_id=NOBODY, seconds=-1),
        place.command("queue.ack", queue="nowhere", message_id=NOBODY),
        place.route("POST", "/queue/%00", {}),
        place.route("GET", "/queue/refusals/consume/me", wait_secs="soon"),
        place.command("queue.stats", queue="refusals"),
        place.command("queue.delete", queue="refusals"),
    ]


@scenario
def queue_workers(place: Place) -> Any:
    """Workers of both clients see to every message, once where nothing fails, and give back what fails."""

    async def asynchronous() -> list[Any]:
        async with place.async_store() as client:
            await asyncio.gather(*(client.queue.publish("work", str(number)) for number in range(20)))
            worker = client.queue.worker("work", concurrency=4)
            done: list[str] = []

            async def handle(message: Any) -> None:
                done.append(message.text)
                if len(done) == 20:
                    worker.stop()

            await worker.run(handle)
            stats = await client.queue.stats("work")
            return [sorted(done, key=int), stats.acked, stats.depth, stats.in_flight]

    with place.store() as client:
        client.queue.create("work", max_retries=0)
        seen = asyncio.run(asynchronous())
        client.queue.publish("work", b"fails")
        worker = client.queue.worker("work")

        def fail(_message: Any) -> None:
            worker.stop()
            raise ZeroDivisionError

        worker.run(fail, on_error=lambda message, error: seen.append(message.text))
        dead = [(each.payload.decode(), each.reason) for each in client.queue.dead_letters("work")]
        return [seen, dead, client.queue.delete("work")]

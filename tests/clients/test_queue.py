"""Queues through the client, and workers on them."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest

from syncropel import SynapError, UsageError
from syncropel._async.store import worker as async_worker
from syncropel._async.store.hold import AsyncHold
from syncropel._sync.store import worker as sync_worker
from syncropel.daemon.local import LocalDaemon
from syncropel.store import Message, SynapClient
from syncropel.testing import MockKernel
from tests.support.colours import Colour
from tests.support.gates import until
from tests.support.servers import answer, scripted, silence
from tests.support.stores import Store


@pytest.fixture(scope="module")
def daemon() -> Iterator[str]:
    """The address of a daemon with an empty store."""
    with LocalDaemon(store="memory:") as running:
        yield running.url


@pytest.fixture
def store(colour: Colour, kernel: MockKernel) -> Store:
    """A client of a mock with the queue `jobs`."""
    made = Store(colour, transport=kernel.transport())
    made("queue.create", "jobs", ack_deadline_secs=30, max_retries=1)
    return made


def texts(store: Store, consumer: str = "w") -> list[str]:
    """Return the texts of all messages that can be taken, taking them."""
    found = []
    while (message := store("queue.consume", "jobs", consumer)) is not None:
        found.append(message.text)
    return found


def test_what_is_published_is_consumed(store: Store) -> None:
    """Bytes, text and JSON arrive as bytes, the highest priority first, then in the order of publishing."""
    store("queue.publish", "jobs", b"\x00\xff", priority=1)
    store("queue.publish", "jobs", "text", priority=1)
    message_id = store("queue.publish", "jobs", {"a": 1}, priority=9, max_retries=7, headers={"x": "y"})
    first = store("queue.consume", "jobs", "w")
    assert (first.message_id, first.json(), first.headers) == (message_id, {"a": 1}, {"x": "y"})
    assert (first.priority, first.retry_count, first.max_retries) == (9, 0, 7)
    assert [store("queue.consume", "jobs", "w").payload for _ in range(2)] == [b"\x00\xff", b"text"]
    assert store("queue.consume", "jobs", "w") is None
    assert store("queue.consume", "nothing", "w") is None


def test_managing(store: Store) -> None:
    """Queues are made once, listed, measured, emptied and deleted; a full one refuses."""
    store("queue.create", "jobs", max_depth=1)
    store("queue.create", "small", max_depth=1, prefetch_limit=1, priority=3)
    assert store("queue.list") == ["jobs", "small"]
    store("queue.publish", "small", b"1")
    assert store.refused("queue.publish", "small", b"2") == (507, "QUEUE_FULL")
    assert store("queue.stats", "small")["depth"] == store("queue.stats", "small").depth == 1
    assert store("queue.purge", "small") == 1
    assert store("queue.delete", "small") is True
    assert store("queue.delete", "small") is False
    assert store.refused("queue.stats", "small") == (404, "QUEUE_NOT_FOUND")
    assert store.refused("queue.publish", "small", b"") == (404, "QUEUE_NOT_FOUND")


def test_resolving(store: Store, kernel: MockKernel) -> None:
    """A message stands for its very delivery: one that ran out is neither acknowledged nor given back."""
    store("queue.publish", "jobs", b"1")
    message = store("queue.consume", "jobs", "first")
    assert store("queue.extend", "jobs", message, 60) == pytest.approx(kernel.clock() + 60)
    kernel.clock.advance(59)
    assert store("queue.consume", "jobs", "second") is None
    kernel.clock.advance(2)
    again = store("queue.consume", "jobs", "second")
    assert (again.message_id, again.retry_count) == (message.message_id, 1)
    for late in ("queue.ack", "queue.nack"):
        assert store.refused(late, "jobs", message) == (404, "MESSAGE_NOT_FOUND")
    assert store.refused("queue.extend", "jobs", message, 5) == (404, "MESSAGE_NOT_FOUND")
    store("queue.ack", "jobs", again.message_id)
    assert store.refused("queue.ack", "jobs", again) == (404, "MESSAGE_NOT_FOUND")


def test_giving_up(store: Store) -> None:
    """What is given back too often, or given up, is a dead letter with its reason, until it is put back."""
    store("queue.publish", "jobs", b"often")
    for _ in range(2):
        store("queue.nack", "jobs", store("queue.consume", "jobs", "w"))
    for number in range(120):
        store("queue.publish", "jobs", str(number))
        store("queue.nack", "jobs", store("queue.consume", "jobs", "w"), requeue=False)
    dead = store.every("queue.dead_letters", "jobs")
    assert [each.payload for each in dead] == [b"often", *(str(number).encode() for number in range(120))]
    assert {each.reason for each in dead[1:]} == {"rejected"}
    assert dead[0].reason == "max_retries exceeded"
    assert store("queue.redrive", "jobs", [dead[0], dead[1].message_id]) == 2
    assert texts(store) == ["often", "0"]
    assert store("queue.purge", "jobs", dead=True) == 119
    assert store("queue.redrive", "jobs") == 0


def test_waiting(daemon: str, colour: Colour) -> None:
    """Whoever waits is handed what is published meanwhile, and nothing when nothing is."""
    store, publisher = Store(colour, daemon), SynapClient(daemon)
    store("queue.create", "waiting")
    before = time.monotonic()
    assert store("queue.consume", "waiting", "w", wait=0.2) is None
    assert 0.19 < time.monotonic() - before < 5
    thread = threading.Timer(0.1, publisher.queue.publish, ("waiting", b"now"))
    thread.start()
    assert store("queue.consume", "waiting", "w", wait=20).payload == b"now"
    thread.join()
    publisher.close()


def test_a_loop_acknowledges_what_it_has_left_behind(store: Store) -> None:
    """Asking for the next message says that the last one is done; leaving the loop gives it back."""
    for number in range(4):
        store("queue.publish", "jobs", str(number))
    worker = store.method("queue.worker")("jobs")
    taken = store.first(3, worker)
    assert [message.text for message in taken] == ["0", "1", "2"]
    stats = store("queue.stats", "jobs")
    assert (stats.acked, stats.nacked, stats.in_flight, stats.depth) == (2, 1, 0, 2)
    assert texts(store) == ["2", "3"]


@pytest.mark.parametrize("fails", [False, True])
def test_the_end_of_a_block_tells(store: Store, colour: Colour, fails: bool) -> None:
    """Inside `with`, the message in hand is done when the block ends well, and given back when it raises."""
    store("queue.publish", "jobs", b"1")

    def sync() -> None:
        with store.client.queue.worker("jobs") as messages:
            for _ in messages:
                if fails:
                    raise ZeroDivisionError
                break

    async def asynchronous() -> None:
        async with store.client.queue.worker("jobs") as messages:
            async for _ in messages:
                if fails:
                    raise ZeroDivisionError
                break

    try:
        colour.call(asynchronous if colour.name == "async" else sync)
    except ZeroDivisionError:
        assert fails
    stats = store("queue.stats", "jobs")
    assert (stats.acked, stats.nacked, stats.in_flight) == ((0, 1, 0) if fails else (1, 0, 0))


def test_run(store: Store) -> None:
    """`run` acknowledges what its function returns for, and gives back what it raises for."""
    for number in range(20):
        store("queue.publish", "jobs", str(number))
    worker = store.method("queue.worker")("jobs", concurrency=3)
    failed: list[tuple[str, str]] = []
    done: list[str] = []

    def handle(message: Message) -> None:
        if message.text == "7":
            raise ZeroDivisionError("seven")
        done.append(message.text)
        if len(done) == 19:
            worker.stop()

    store._colour.call(worker.run, handle, on_error=lambda m, e: failed.append((m.text, str(e))))
    assert sorted(done, key=int) == [str(number) for number in range(20) if number != 7]
    assert set(failed) == {("7", "seven")}
    stats = store("queue.stats", "jobs")
    assert (stats.acked, stats.in_flight) == (19, 0)
    assert stats.depth + stats.dead == 1
    assert stats.nacked == len(failed)


def test_long_work_is_not_handed_out_again(daemon: str, colour: Colour) -> None:
    """While a message is worked on its deadline moves on: nobody else is handed it, however long it takes."""
    store, other = Store(colour, daemon), SynapClient(daemon)
    name = f"long-{colour.name}"
    store("queue.create", name, ack_deadline_secs=0.8)
    store("queue.publish", name, b"1")
    worker = store.method("queue.worker")(name)
    stolen = []

    def watch() -> None:
        end = time.monotonic() + 1.7
        while time.monotonic() < end and not stolen:
            stolen.extend(filter(None, [other.queue.consume(name, "thief", wait=0.1)]))

    async def handle_async(_message: Message) -> None:
        import asyncio

        await asyncio.to_thread(watch)
        worker.stop()

    def handle(_message: Message) -> None:
        watch()
        worker.stop()

    store._colour.call(worker.run, handle_async if colour.name == "async" else handle)
    other.close()
    assert stolen == []
    assert store("queue.stats", name).acked == 1


def test_sigterm_ends_a_worker_after_the_message_in_hand(store: Store) -> None:
    """SIGTERM lets the message in hand be finished and acknowledged, and is passed on; no more are taken."""
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        mine = signal.getsignal(signal.SIGTERM)
        for number in range(3):
            store("queue.publish", "jobs", str(number))
        done: list[str] = []

        def handle(message: Message) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            done.append(message.text)

        store._colour.call(store.method("queue.worker")("jobs").run, handle)
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (done, heard) == (["0"], [signal.SIGTERM])
    stats = store("queue.stats", "jobs")
    assert (stats.acked, stats.depth, stats.in_flight) == (1, 2, 0)


def test_closing_a_client_gives_back_what_its_workers_hold(colour: Colour, kernel: MockKernel) -> None:
    """A client that is closed in the middle of a loop leaves nothing in flight."""
    store = Store(colour, transport=kernel.transport())
    other = Store(colour, transport=kernel.transport())
    store("queue.create", "jobs")
    store("queue.publish", "jobs", b"1")
    worker = store.method("queue.worker")("jobs")
    kept: Any = worker.__aiter__() if colour.name == "async" else iter(worker)
    step = kept.__anext__ if colour.name == "async" else kept.__next__
    assert colour.call(step).payload == b"1"
    colour.call(store.client.close)
    assert other("queue.stats", "jobs").depth == 1
    if colour.name == "async":
        colour.call(kept.aclose)


def test_a_worker_outlives_failures_of_the_server(store: Store, kernel: MockKernel) -> None:
    """A worker goes on after failures that pass, and asks again for what it was not told; others end it."""
    for number in range(3):
        store("queue.publish", "jobs", str(number))
    kernel.fail_next(503)
    worker = store.method("queue.worker")("jobs")
    done: list[str] = []

    def handle(message: Message) -> None:
        done.append(message.text)
        kernel.fail_next(503)
        if len(done) == 3:
            worker.stop()

    store._colour.call(worker.run, handle)
    assert done == ["0", "1", "2"]
    assert store("queue.stats", "jobs").acked == 3
    kernel.fail_next(403)
    with pytest.raises(SynapError) as refused:
        store._colour.call(store.method("queue.worker")("jobs").run, handle)
    assert refused.value.status_code == 403


def test_a_worker_outlives_a_server_that_is_silent(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that ran out of time, as in a network that was cut, is asked again like one that failed."""
    for module in (async_worker, sync_worker):
        monkeypatch.setattr(module, "POLL_SECONDS", 0.05)
    row = {"id": "m", "payload": [49], "priority": 5, "retry_count": 0, "max_retries": 3}
    given = answer(200, json={"success": True, "payload": {"message": row}})
    with scripted(silence(), given, silence(), answer(200, json={"success": True, "payload": {}})) as server:
        store = Store(colour, server.url, timeout=0.1)
        worker = store.method("queue.worker")("jobs")
        colour.call(worker.run, lambda _message: worker.stop())
        assert [request.json()["command"] for request in server.requests] == [
            *["queue.consume"] * 2, *["queue.ack"] * 2,
        ]  # fmt: skip
        colour.call(store.client.close)


def test_closing_does_not_wait_for_a_silent_server(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many messages are in hand, a client that is closed tries for a while in all, not for each."""
    for module in (async_worker, sync_worker):
        monkeypatch.setattr(module, "RESOLVE_SECONDS", 0.1)
    with scripted(silence()) as server:
        store = Store(colour, server.url, timeout=0.05)
        worker = store.method("queue.worker")("jobs", extend=False)
        for number in range(50):
            colour.call(worker._hold.take, Message("jobs", str(number), b"", 5, 0, 3, {}, None, "w"))
        colour.call(store.client.close)
        assert 1 <= len(server.requests) < 10
        assert worker._hold.messages == []


def test_the_deadlines_of_all_messages_in_hand_move() -> None:
    """Of several taken at once none is left to a server's wrong clock while its settings are asked."""
    extended = set()

    class Queues:
        async def stats(self, _queue: str) -> dict[str, float]:
            await asyncio.wait_for(both.wait(), 10)
            return {"ack_deadline_secs": 0.3}

        async def extend(self, _queue: str, message: Message, _seconds: float) -> None:
            extended.add(message.message_id)

    async def run() -> None:
        hold = AsyncHold(cast(Any, Queues()), "jobs", moves=True)
        messages = [Message("jobs", name, b"", 5, 0, 3, {}, time.time() + 3600, "w") for name in "ab"]
        taken = [asyncio.ensure_future(hold.take(message)) for message in messages]
        await asyncio.sleep(0)
        both.set()
        await asyncio.gather(*taken)
        await until(lambda: extended == {"a", "b"})
        hold.stop()

    both = asyncio.Event()
    asyncio.run(run())


def test_mistakes(store: Store) -> None:
    """A caller's mistake is a `UsageError` before anything is sent."""
    for arguments in (("", b""), ("jobs", {1})):
        with pytest.raises(UsageError):
            store("queue.publish", *arguments)
    with pytest.raises(UsageError):
        store("queue.consume", "jobs", "w", wait=-1)
    with pytest.raises(UsageError):
        store.method("queue.worker")("jobs", concurrency=0)
    with pytest.raises(UsageError):
        store.first(1, store.method("queue.worker")("jobs", concurrency=2))

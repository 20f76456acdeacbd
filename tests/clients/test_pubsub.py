"""Topics through the client."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import websockets.sync.server

from syncropel import ClosedError, MissingExtraError, SynapError, UsageError
from syncropel._async.store import topics as async_topics
from syncropel._async.store.topics import AsyncTopics
from syncropel._sync.store import topics as sync_topics
from syncropel.daemon.local import LocalDaemon
from syncropel.rules.tokens import token_id
from syncropel.store import AsyncSynapClient, SynapClient, TopicMessage
from syncropel.testing import MockKernel
from syncropel.transport.store_follow import Backoff
from tests.support.colours import Colour
from tests.support.gates import until, until_sync
from tests.support.stores import Store


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """A daemon with an empty store."""
    with LocalDaemon(store="memory:") as running:
        yield running


@pytest.fixture(params=["mock", "daemon"])
def store(request: pytest.FixtureRequest, colour: Colour, daemon: LocalDaemon, kernel: MockKernel) -> Store:
    """A client of a mock, and of a daemon."""
    if request.param == "mock":
        return Store(colour, transport=kernel.transport())
    return Store(colour, daemon.url)


@contextlib.contextmanager
def publishing(client: SynapClient, topic: str) -> Iterator[None]:
    """Publish to a topic again and again while the block runs."""
    stop = threading.Event()

    def publish() -> None:
        while not stop.wait(0.02):
            client.pubsub.publish(topic, "told")

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def heard(store: Store, topics: list[str], told: list[tuple[str, Any]]) -> list[TopicMessage]:
    """Publish while listening, and return what was heard up to the message that ends it."""

    def sync() -> list[TopicMessage]:
        found = []
        with store.client.pubsub.subscribe(topics) as messages:
            for topic, message in [*told, ("the.end", None)]:
                store.client.pubsub.publish(topic, message, metadata={"n": "1"})
            for message in messages:
                if message.topic == "the.end":
                    return found
                found.append(message)
        raise AssertionError("the subscription ended by itself")

    async def asynchronous() -> list[TopicMessage]:
        found = []
        async with store.client.pubsub.subscribe(topics) as messages:
            for topic, message in [*told, ("the.end", None)]:
                await store.client.pubsub.publish(topic, message, metadata={"n": "1"})
            async for message in messages:
                if message.topic == "the.end":
                    return found
                found.append(message)
        raise AssertionError("the subscription ended by itself")

    result: list[TopicMessage] = store._colour.call(asynchronous if store._colour.name == "async" else sync)
    return result


def test_whoever_listens_is_told(store: Store) -> None:
    """From the beginning of the block on every message that fits comes, in order, and no other."""
    told = [("a.b", {"x": [1]}), ("a", "no"), ("a.c", None), ("a.b.c", "no"), ("z.y.x", "ü"), ("z", 5)]
    found = heard(store, ["a.*", "z.#", "the.end"], told)
    assert [(each.topic, each.message) for each in found] == [
        ("a.b", {"x": [1]}),
        ("a.c", None),
        ("z.y.x", "ü"),
        ("z", 5),
    ]
    assert {each.metadata["n"] for each in found} == {"1"}
    assert len({each.message_id for each in found}) == 4
    assert all(each.timestamp > 0 for each in found)


def test_asking_about_topics(store: Store) -> None:
    """Listening to a topic by name makes it known, with how many messages there were."""
    name = f"named.{store._colour.name}"
    heard(store, [name, "the.end"], [(name, 1), (name, 2)])
    assert name in store("pubsub.topics")
    assert store("pubsub.info", name).message_count == 2
    assert store("pubsub.stats").messages_published >= 2
    assert store.refused("pubsub.info", "never") == (400, "TOPIC_NOT_FOUND")
    assert store.refused("pubsub.publish", "t" * 300, 1) == (400, "TOPIC_INVALID")


def test_refusals_end_it(store: Store) -> None:
    """A pattern that is none ends the loop with what the server says, and is not tried again."""
    with pytest.raises(SynapError) as refused:
        store.first(1, store.method("pubsub.subscribe")(["a.#.b"]))
    assert (refused.value.status_code, refused.value.code) == (400, "TOPIC_INVALID")
    with pytest.raises(UsageError):
        store.method("pubsub.subscribe")([])
    with pytest.raises(UsageError):
        store.method("pubsub.subscribe")("topic")


def test_the_synchronous_client_has_both_loops(daemon: LocalDaemon) -> None:
    """What `subscribe` of the synchronous client returns can be gone through with `async for`, too."""

    async def first() -> TopicMessage:
        async for message in client.pubsub.subscribe(["both.*"]):
            return message
        raise AssertionError("the subscription ended by itself")

    with SynapClient(daemon.url) as client, publishing(client, "both.loops"):
        assert asyncio.run(first()).message == "told"
        assert next(iter(client.pubsub.subscribe(["both.*"]))).message == "told"


def test_a_lost_connection_is_made_again() -> None:
    """After a restart of the daemon the loop goes on, and says that there was a gap."""
    gaps: list[Exception] = []

    async def session(first: LocalDaemon, again: LocalDaemon) -> list[Any]:
        client = AsyncSynapClient(first.url)
        async with client.pubsub.subscribe(["a"], on_gap=gaps.append) as messages:
            await client.pubsub.publish("a", 1)
            iterator = messages.__aiter__()
            seen = [(await anext(iterator)).message]
            # On other threads: a daemon that stops waits for its listeners, which live on this loop.
            await asyncio.to_thread(first.__exit__, None, None, None)
            coming = asyncio.ensure_future(anext(iterator))
            await asyncio.to_thread(again.__enter__)
            while not coming.done():
                await client.pubsub.publish("a", 2)
                await asyncio.wait([coming], timeout=0.02)
            seen.append(coming.result().message)
        await client.close()
        return seen

    with contextlib.ExitStack() as stack:
        first = LocalDaemon(store="memory:").__enter__()
        again = LocalDaemon(store="memory:", port=int(first.url.rpartition(":")[2]))
        stack.callback(again.__exit__, None, None, None)
        assert asyncio.run(session(first, again)) == [1, 2]
    assert len(gaps) == 1


@contextlib.contextmanager
def mute(welcome: bool) -> Iterator[tuple[str, list[Any], list[Any]]]:
    """A server whose WebSockets say nothing but a welcome; with those that were made and ended."""
    opened: list[Any] = []
    ended: list[Any] = []

    def handle(connection: Any) -> None:
        opened.append(connection)
        if welcome:
            connection.send('{"type": "connected"}')
        collections.deque(connection, maxlen=0)
        ended.append(connection)

    with websockets.sync.server.serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}", opened, ended
        server.shutdown()
        thread.join()


def test_a_server_that_does_not_welcome(colour: Colour) -> None:
    """A connection on which nothing is said is given up in the time allowed, and closed."""
    with mute(welcome=False) as (url, opened, ended):
        store = Store(colour, url, timeout=0.2)
        with pytest.raises(SynapError, match="said nothing"):
            store.first(1, store.method("pubsub.subscribe")(["a"], max_reconnects=0))
        until_sync(lambda: len(opened) == len(ended) == 1)


def test_entering_that_is_cancelled_leaves_no_connection() -> None:
    """Whoever gives up before the welcome leaves nobody behind who listens."""

    async def run(url: str, opened: list[Any]) -> None:
        async with AsyncSynapClient(url) as client:
            entering = asyncio.ensure_future(client.pubsub.subscribe(["a"]).__aenter__())
            await until(lambda: opened)
            entering.cancel()
            with pytest.raises(asyncio.CancelledError):
                await entering

    with mute(welcome=False) as (url, opened, ended):
        asyncio.run(run(url, opened))
        until_sync(lambda: len(ended) == 1)


@pytest.mark.parametrize("ends", ["client", "subscription"])
@pytest.mark.parametrize("listens", [True, False], ids=["listening", "waiting"])
def test_closing_ends_the_loop(ends: str, listens: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing it, or its client, ends a loop that waits in another thread, even between two connections."""
    monkeypatch.setattr(sync_topics, "Backoff", lambda **_: Backoff(60, 60, lambda _, most: most))
    told: list[str] = []

    def listen() -> None:
        try:
            collections.deque(messages, maxlen=0)
            told.append("ended")
        except ClosedError:
            told.append("closed")

    with mute(welcome=True) as (url, opened, ended), SynapClient(url) as client:
        messages = client.pubsub.subscribe(["a"])
        thread = threading.Thread(target=listen)
        thread.start()
        until_sync(lambda: opened)
        if not listens:
            opened[0].close()
            until_sync(lambda: ended)
        (client if ends == "client" else messages).close()
        thread.join(10)
    assert told == ["closed" if ends == "client" else "ended"]


@pytest.mark.parametrize("moment", ["connecting", "listening", "waiting"])
def test_closing_ends_the_loop_of_a_task(moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same on an event loop, also while the connection is made."""
    monkeypatch.setattr(async_topics, "Backoff", lambda **_: Backoff(60, 60, lambda _, most: most))

    async def listen(messages: AsyncTopics) -> str:
        async for _ in messages:
            pass
        return "ended"

    async def run(url: str, opened: list[Any], ended: list[Any]) -> None:
        async with AsyncSynapClient(url) as client:
            messages = client.pubsub.subscribe(["a"])
            listening = asyncio.ensure_future(listen(messages))
            await asyncio.sleep(0)
            if moment != "connecting":
                await until(lambda: opened and messages._socket)
            if moment == "waiting":
                await asyncio.to_thread(opened[0].close)
                await until(lambda: ended and messages._socket is None)
            await messages.aclose()
            assert await asyncio.wait_for(listening, 10) == "ended"

    with mute(welcome=True) as (url, opened, ended):
        asyncio.run(run(url, opened, ended))


def test_a_revoked_token_ends_it() -> None:
    """A subscription whose token is revoked ends with an error: nobody listens on an old token."""
    with LocalDaemon(store="memory:", auth=True) as daemon, contextlib.ExitStack() as stack:
        token = daemon.kernel.mint(("pubsub:read",))
        client = stack.enter_context(SynapClient(daemon.url, api_key=token))
        admin = stack.enter_context(SynapClient(daemon.url, api_key=daemon.token))
        listening = iter(stack.enter_context(client.pubsub.subscribe(["a"])))
        assert admin.pubsub.publish("a", 1) == 1
        assert next(listening).message == 1
        bearer = {"authorization": f"Bearer {daemon.token}"}
        httpx.delete(f"{daemon.url}/v1/tokens/{token_id(token)}", headers=bearer, trust_env=False)
        # Whether a token still holds is asked before something is told.
        with publishing(admin, "a"), pytest.raises(SynapError, match="the token is not valid any more"):
            collections.deque(listening, maxlen=0)
        with pytest.raises(SynapError) as refused:
            next(iter(client.pubsub.subscribe(["a"])))
        assert refused.value.status_code == 401


def test_without_the_library(monkeypatch: pytest.MonkeyPatch, daemon: LocalDaemon) -> None:
    """Where the extra is missing, listening says what to install; telling needs nothing."""
    monkeypatch.setitem(sys.modules, "websockets.sync.client", None)
    with SynapClient(daemon.url) as client:
        assert client.pubsub.publish("a", 1) == 0
        with pytest.raises(MissingExtraError, match=r"syncropel\[store\]"):
            next(iter(client.pubsub.subscribe(["a"])))

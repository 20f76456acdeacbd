"""Messages for who subscribes now: commands, routes, whom one reaches, what may wait, who is sent away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.hub import Hub
from syncropel.kernel.messages import SocketStart
from syncropel.kernel.refusals import Refusal
from syncropel.kernel.services.pubsub import welcome
from syncropel.kernel.store.base import Store
from syncropel.kernel.store.memory import MemoryStore
from syncropel.kernel.store.signals import Signal, merged
from syncropel.kernel.subscriber import Subscriber
from syncropel.kernel.wakeups import Wakeups
from syncropel.rules import limits

from .access_support import Holder, guarded
from .store_support import Failed, run, run_all
from .support import Caller, FakeTime


class Reader:
    """Reads what a kernel's hub has for a subscriber, as a shell does."""

    def __init__(self, hub: Hub, *topics: str, space: str = "default") -> None:
        self.hub = hub
        self.woken = 0
        self.subscriber = hub.subscribe(space, topics, 1_700_000_000.5, wake=self._wake)

    def _wake(self, _subscriber: Subscriber) -> None:
        self.woken += 1

    def read(self) -> list[Any]:
        """Return every message that waits, decoded."""
        texts: list[Any] = []
        while taken := self.hub.take(self.subscriber):
            texts += [json.loads(message.text) for message in taken]
        return texts


@pytest.fixture
def hub() -> Hub:
    """A hub of one process, whose messages come back to it."""
    store = MemoryStore()
    made = Hub(store.broadcast)
    store.on_signal(made.signalled)
    return made


def test_a_message_reaches_who_subscribes_once(kernel: Kernel, ask: Caller, clock: FakeTime) -> None:
    """Overlapping patterns give one message, others give none; the message holds what was published."""
    reader, other = Reader(kernel.hub, "orders.*", "orders.#"), Reader(kernel.hub, "order")
    given = {"topic": "orders.new", "payload": {"n": [1, "é"]}, "metadata": {"from": "shop"}}
    told = run(ask, "pubsub.publish", **given)
    assert told == {"message_id": told["message_id"], "topic": "orders.new", "subscribers_matched": 1}
    assert reader.read() == [
        {"type": "message", "message_id": told["message_id"], **given, "timestamp": int(clock())}
    ]
    assert other.read() == []
    assert (reader.woken, other.woken) == (1, 0)
    assert run(ask, "pubsub.publish", topic="orders.new", data=None)["subscribers_matched"] == 1
    assert reader.read()[0]["payload"] is None


def test_commands_and_routes_answer_alike(ask: Caller) -> None:
    """What the commands say of subscribers and topics, the routes say with the same words."""
    named = {"subscriber_id": "sub-1", "topics": ["a.b", "a.*"], "subscription_count": 2}
    assert run(ask, "pubsub.subscribe", topics=["a.b", "a.*"], subscriber_id="sub-1") == named
    more = ask.post("/pubsub/subscribe", {"topics": ["c"], "subscriber_id": "sub-1"})
    assert more.body == {"subscriber_id": "sub-1", "topics": ["c"], "subscription_count": 3}
    assert ask.post("/pubsub/a.b/publish", {"payload": 1}).body["subscribers_matched"] == 1
    info = {"topic": "a.b", "subscriber_count": 1, "message_count": 1, "created_at": 1_700_000_000}
    assert ask.get("/pubsub/a.b/info").body == run(ask, "pubsub.info", topic="a.b") == info
    assert ask.get("/pubsub/topics").body == run(ask, "pubsub.topics") == {"topics": ["a.b", "c"], "count": 2}
    stats = run(ask, "pubsub.stats")
    assert (
        ask.get("/pubsub/stats").body
        == stats
        == {
            "total_topics": 2,
            "total_subscribers": 1,
            "total_wildcard_subscriptions": 1,
            "messages_published": 1,
            "messages_delivered": 1,
            "slow_consumers_dropped": 0,
        }
    )
    assert run(ask, "pubsub.unsubscribe", subscriber_id="sub-1", topics=["c", "never"]) == {"unsubscribed": 1}
    assert ask.post("/pubsub/unsubscribe", {"subscriber_id": "sub-1"}).body == {"unsubscribed": 2}
    assert run(ask, "pubsub.unsubscribe", subscriber_id="sub-1") == {"unsubscribed": 0}
    # A topic stays listed after its last subscriber.
    assert run(ask, "pubsub.topics")["count"] == 2


def test_what_is_wrong_is_refused_by_name(ask: Caller) -> None:
    """Bad topics, patterns, members and sizes each have a code, and change nothing."""
    big = "x" * limits.MAX_VALUE_BYTES
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("pubsub.publish", {"topic": "", "payload": 1}, "TOPIC_INVALID"),
        ("pubsub.publish", {"topic": "é" * 129, "payload": 1}, "TOPIC_INVALID"),
        ("pubsub.publish", {"topic": "a"}, "INVALID_COMMAND"),
        ("pubsub.publish", {"topic": 1, "payload": 1}, "INVALID_COMMAND"),
        ("pubsub.publish", {"topic": "a", "payload": big}, "VALUE_TOO_LARGE"),
        ("pubsub.publish", {"topic": "a", "payload": 1, "metadata": {"a": 1}}, "INVALID_COMMAND"),
        ("pubsub.subscribe", {"topics": []}, "INVALID_COMMAND"),
        ("pubsub.subscribe", {"topics": ["a", 1]}, "INVALID_COMMAND"),
        ("pubsub.subscribe", {"topics": ["a", "#.b"]}, "TOPIC_INVALID"),
        ("pubsub.subscribe", {"topics": ["a"] * (limits.MAX_SUBSCRIPTIONS + 1)}, "INVALID_COMMAND"),
        ("pubsub.subscribe", {"topics": ["a"], "subscriber_id": "\n"}, "INVALID_NAME"),
        ("pubsub.unsubscribe", {}, "INVALID_COMMAND"),
        ("pubsub.info", {"topic": "nobody"}, "TOPIC_NOT_FOUND"),
    ]
    outcomes = run_all(ask, [(command, payload) for command, payload, _ in wrong])
    assert [outcome.get("error_code") for outcome in outcomes] == [code for *_, code in wrong]
    assert sum(run(ask, "pubsub.stats").values()) == 0
    assert outcomes[0]["error"] == "Invalid value: Topic cannot be empty"
    with pytest.raises(Failed, match=r"Invalid request: Topic 'nobody' not found"):
        run(ask, "pubsub.info", topic="nobody")
    assert run(ask, "pubsub.publish", topic="a", payload=big[:-2])["subscribers_matched"] == 0
    named = [f"t{number}" for number in range(limits.MAX_SUBSCRIPTIONS)]
    run(ask, "pubsub.subscribe", topics=named, subscriber_id="s")
    with pytest.raises(Failed, match="can have 100 topics"):
        run(ask, "pubsub.subscribe", topics=["one.more"], subscriber_id="s")


def test_a_socket_is_for_who_asks_for_one(ask: Caller) -> None:
    """Only a request that upgrades becomes a WebSocket, and its topics are checked like any others."""
    upgrade = {"upgrade": "WebSocket", "connection": "keep-alive, Upgrade"}
    reply = ask.send("GET", "/pubsub/ws?topics=a,b.%23,a", b"", upgrade)
    assert (reply.status, reply.socket) == (101, SocketStart("default", ("a", "b.#")))
    for headers in ({}, {"upgrade": "websocket"}, {**upgrade, "upgrade": "h2c"}):
        refused = ask.send("GET", "/pubsub/ws?topics=a", b"", headers)
        assert (refused.status, refused.body["error_code"]) == (426, "UPGRADE_REQUIRED")
    for query in ("", "?topics=", "?topics=%23.a", "?topics=" + ",".join(map(str, range(101)))):
        refused = ask.send("GET", f"/pubsub/ws{query}", b"", upgrade)
        assert (refused.status, refused.body["error_code"], refused.socket) == (400, "TOPIC_INVALID", None)


def test_namespaces_and_scopes_keep_apart(store: Store, clock: FakeTime) -> None:
    """A message stays in the namespace of its publisher, and each scope opens its own half."""
    kernel = guarded(store, clock)
    here = Holder(kernel, kernel.mint(["pubsub:write"], namespace="here"))
    there = Holder(kernel, kernel.mint(["pubsub:read"], namespace="there"))
    readers = [Reader(kernel.hub, "#", space=space) for space in ("here", "there", "default")]
    assert here.post("/pubsub/a/publish", {"payload": 1}).body["subscribers_matched"] == 1
    assert [len(reader.read()) for reader in readers] == [1, 0, 0]
    assert here.get("/pubsub/stats").body["error_code"] == "SCOPE_FORBIDDEN"
    assert there.post("/pubsub/a/publish", {"payload": 1}).status == 403
    assert there.post("/pubsub/subscribe", {"topics": ["x"], "subscriber_id": "s"}).status == 200
    assert there.get("/pubsub/topics").body["topics"] == ["x"]
    assert Holder(kernel).get("/pubsub/ws?topics=a").status == 401
    kernel.close()


def test_a_reader_can_change_its_topics_by_its_name(hub: Hub) -> None:
    """What is subscribed to under a reader's name is told to it; its end ends all of it."""
    reader = Reader(hub, "a")
    assert json.loads(welcome(reader.subscriber)) == {
        "type": "connected",
        "subscriber_id": reader.subscriber.id,
        "topics": ["a"],
        "subscription_count": 1,
    }
    assert hub.subscribe("default", ["b"], 0, subscriber_id=reader.subscriber.id) is reader.subscriber
    assert hub.unsubscribe("default", reader.subscriber.id, ["a"]) == 1
    assert [hub.publish("default", topic, b"0") for topic in "ab"] == [0, 1]
    assert reader.read() == [0]
    hub.unsubscribe("default", reader.subscriber.id)
    assert hub.publish("default", "b", b"0") == 0
    assert hub.stats("default")["total_subscribers"] == 1
    hub.leave(reader.subscriber)
    hub.leave(reader.subscriber)
    assert hub.stats("default")["total_subscribers"] == 0


def test_who_does_not_read_is_sent_away(hub: Hub) -> None:
    """One message more than may wait ends a subscriber and what waits for it, and touches no other."""
    slow, quick = Reader(hub, "a"), Reader(hub, "a")
    for number in range(limits.PUBSUB_BUFFER):
        hub.publish("default", "a", b"%d" % number)
    assert quick.read() == list(range(limits.PUBSUB_BUFFER))
    assert quick.woken == 1
    assert not slow.subscriber.dropped
    assert hub.publish("default", "a", b"0") == 2
    assert slow.subscriber.dropped
    assert slow.read() == []
    assert slow.woken == 2
    assert hub.publish("default", "a", b"0") == 1
    assert not quick.subscriber.dropped
    assert hub.stats("default")["slow_consumers_dropped"] == 1


def test_what_waits_has_a_bound_in_bytes(hub: Hub) -> None:
    """Large messages send one subscriber away at its limit, and the slowest of many at everybody's."""
    text = b"7" * limits.MAX_VALUE_BYTES
    one = Reader(hub, "one")
    for _ in range(9):
        hub.publish("default", "one", text)
    assert one.subscriber.dropped
    many = [Reader(hub, "many", f"only.{number}") for number in range(40)]
    hub.publish("default", "only.7", text)
    for _ in range(7):
        hub.publish("default", "many", text)
    gone = [reader.subscriber.dropped for reader in many]
    assert gone[7]
    assert 4 <= sum(gone) < 40
    assert sum(len(hub.take(reader.subscriber)) for reader in many for _ in range(9)) == 7 * (40 - sum(gone))
    assert hub._waiting_bytes == 0


def test_subscribers_have_a_limit(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than the limit is refused, and welcome as soon as another has left."""
    monkeypatch.setattr(limits, "MAX_SUBSCRIBERS", 2)
    first, second = Reader(hub, "a"), Reader(hub, "a")
    with pytest.raises(Refusal) as refused:
        hub.subscribe("elsewhere", ["a"], 0)
    assert (refused.value.code, refused.value.headers) == ("SUBSCRIBERS_FULL", {"retry-after": "1"})
    hub.leave(first.subscriber)
    monkeypatch.setattr(limits, "MAX_ALL_SUBSCRIPTIONS", 7)
    Reader(hub, "a", "a.*")
    with pytest.raises(Refusal, match="7 topics are subscribed to already"):
        hub.subscribe("default", ["b"], 0, subscriber_id=second.subscriber.id)
    hub.unsubscribe("default", second.subscriber.id)
    assert hub.subscribe("default", ["b"], 0, subscriber_id=second.subscriber.id).topics == {"b": None}


def test_who_is_read_by_nobody_makes_room(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are only registered keep nobody out: the oldest of them go, whosever they are."""
    monkeypatch.setattr(limits, "MAX_SUBSCRIBERS", 3)
    reader = Reader(hub, "a")
    for number in range(5):
        hub.subscribe("elsewhere", ["a"], 0, subscriber_id=f"s{number}")
    assert hub.stats("elsewhere")["total_subscribers"] == 2
    assert hub.unsubscribe("elsewhere", "s2") == 0
    late = Reader(hub, "a")
    assert [hub.unsubscribe("elsewhere", f"s{number}") for number in (3, 4)] == [0, 1]
    monkeypatch.setattr(limits, "MAX_ALL_SUBSCRIPTIONS", 8)
    hub.subscribe("elsewhere", ["a", "b.*"], 0, subscriber_id="s")
    with pytest.raises(Refusal, match="8 topics are subscribed to already"):
        hub.subscribe("elsewhere", ["c"], 0, subscriber_id="s")
    assert Reader.read(reader) == Reader.read(late) == []
    hub.leave(reader.subscriber)
    hub.publish("default", "a", b"1")
    Reader(hub, "a", "c.*")
    assert (hub.stats("elsewhere")["total_subscribers"], late.read()) == (0, [1])


def test_listed_topics_have_a_bound(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics of the past make room for new ones; those with a subscriber stay."""
    monkeypatch.setattr("syncropel.kernel.hub._LISTED_TOPICS", 3)
    Reader(hub, "kept")
    for number in range(5):
        hub.subscribe("default", [f"t{number}"], 0, subscriber_id="s")
        hub.unsubscribe("default", "s")
    assert hub.topics("default") == ["kept", "t3", "t4"]


def test_signals_go_out_with_the_commit(store: Store) -> None:
    """What durable work signals is told once and in order; work that fails tells nobody anything."""
    heard: list[Signal] = []
    stop = store.on_signal(heard.extend)

    def fails(transaction: Any) -> None:
        transaction.signal("queue:d:never")
        raise ValueError

    with pytest.raises(ValueError):
        store.write(fails)
    store.write(lambda transaction: transaction.signal("queue:d:a", b"1"))
    store.broadcast("pub:d:b", bytes(range(256)))
    assert heard == [Signal("queue:d:a", b"1"), Signal("pub:d:b", bytes(range(256)))]
    stop()
    stop()
    store.broadcast("pub:d:b")
    assert len(heard) == 2


def test_wake_ups_are_merged_and_messages_are_not() -> None:
    """Of one group, the wake-ups of a topic are one, which wakes as many as all of them, or everybody."""
    told = [
        Signal("queue:d:a", b"1"),
        Signal("pub:d:m", b"1"),
        Signal("stream:d:s"),
        Signal("queue:d:a", b"2"),
    ]
    told += [Signal("pub:d:m", b"1"), Signal("stream:d:s", b"4")]
    once = [Signal("queue:d:a", b"3"), Signal("pub:d:m", b"1"), Signal("stream:d:s"), Signal("pub:d:m", b"1")]
    assert merged(told) == once
    assert merged(told[:1]) == told[:1]


def test_nobody_sleeps_through_a_signal() -> None:
    """A signal between the request and the wait is noticed, however many others came in between."""
    wakeups, woken = Wakeups(), []
    since = wakeups.serial
    wakeups.signal("a")
    assert not wakeups.wait("a", since, lambda: woken.append("a"))
    assert wakeups.wait("b", since, lambda: woken.append("b"))
    since = wakeups.serial
    wakeups.signal("c")
    for number in range(5000):
        wakeups.signal(f"other {number}")
    assert not wakeups.wait("c", since, lambda: woken.append("c"))
    assert wakeups.wait("c", wakeups.serial, lambda: woken.append("c"))
    wakeups.signal("b")
    wakeups.signal("b")
    assert woken == ["b"]
    since = wakeups.serial
    wakeups.signal_all()
    assert woken == ["b", "c"]
    assert not wakeups.wait("d", since, lambda: woken.append("d"))


def test_as_many_are_woken_as_there_is_something_for() -> None:
    """A counted signal wakes those who have waited longest; who leaves in its turn passes it on."""
    wakeups = Wakeups()
    woken: list[int] = []
    waiters = [(lambda number=number: woken.append(number)) for number in range(5)]
    for waiter in waiters:
        assert wakeups.wait("a", wakeups.serial, waiter)
    wakeups.signal("a", 2)
    assert woken == [0, 1]
    assert not wakeups.leave("a", waiters[0])
    assert wakeups.leave("a", waiters[2])
    wakeups.pass_on("a")
    assert woken == [0, 1, 3]
    wakeups.signal("a")
    wakeups.pass_on("a")
    assert woken == [0, 1, 3, 4]
    assert wakeups.waiting == 0

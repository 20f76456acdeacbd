"""Queues beside their model: routes, refusals, waiting, spaces, sweeps, plans."""

from __future__ import annotations

import base64
import json
import tracemalloc
from typing import Any

import pytest

from syncropel.kernel.access.caller import Caller as Identity
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Again, Request
from syncropel.kernel.services import queue_dead
from syncropel.kernel.store.memory import MemoryStore
from syncropel.rules import limits

from .store_support import Failed, answered, plans_of, run, run_all
from .support import Caller, FakeTime, build_kernel


def heard(kernel: Kernel, told: list[Any]) -> list[Any]:
    """Let a list hear of every signal of a kernel's store."""
    kernel.store.on_signal(lambda signals: told.extend(tuple(each) for each in signals))
    return told


def test_routes_say_what_published_clients_read(ask: Caller) -> None:
    """Each route answers with the members, the statuses and the nulls that the protocol has."""
    assert ask.post("/queue/jobs", {"max_depth": 2, "default_priority": 7}).body == {
        "success": True,
        "queue": "jobs",
    }
    assert ask.get("/queue/list").body == {"queues": ["jobs"]}
    sent = ask.post("/queue/jobs/publish", {"payload": [72, 105], "headers": {"a": "b"}})
    message_id = sent.body["message_id"]
    taken = ask.get("/queue/jobs/consume/w")
    assert taken.body == {
        "message_id": message_id,
        "payload": [72, 105],
        "priority": 7,
        "retry_count": 0,
        "max_retries": limits.MAX_RETRIES,
        "headers": {"a": "b"},
        "deadline": 1_700_000_030_000,
    }
    assert set(ask.get("/queue/jobs/consume/w").body.values()) == {None}
    assert set(ask.get("/queue/nowhere/consume/w").body.values()) == {None}
    assert ask.post("/queue/jobs/extend", {"message_id": message_id, "seconds": 60}).body == {
        "deadline": 1_700_000_060_000
    }
    assert ask.post("/queue/jobs/nack", {"message_id": message_id}).body == {"success": True}
    assert ask.get("/queue/jobs/consume/w").body["retry_count"] == 1
    given_up = {"message_id": message_id, "requeue": False}
    assert ask.post("/queue/jobs/nack", given_up).body == {"success": True}
    dead = ask.get("/queue/jobs/dead-letters", encoding="base64").body
    assert [(each["id"], each["payload"], each["reason"]) for each in dead["messages"]] == [
        (message_id, base64.b64encode(b"Hi").decode(), "rejected")
    ]
    assert ask.post("/queue/jobs/redrive", {"message_ids": [message_id]}).body["redriven"] == 1
    assert ask.send("POST", "/queue/jobs/purge").body == {"success": True, "purged": 1}
    assert ask.send("POST", "/queue/jobs/purge?dead=true").body == {"success": True, "purged": 0}
    gone = ask.post("/queue/jobs/ack", {"message_id": message_id})
    assert (gone.status, gone.body["error"]) == (404, f"Message not found: {message_id}")
    assert ask.send("DELETE", "/queue/jobs").body == {"success": True, "deleted": True}
    assert ask.send("DELETE", "/queue/jobs").body == {"success": True, "deleted": False}
    assert ask.get("/queue/jobs/stats").status == 404


@pytest.mark.parametrize(
    ("command", "payload", "code"),
    [
        ("queue.create", {"name": ""}, "INVALID_NAME"),
        ("queue.create", {"name": "a\nb"}, "INVALID_NAME"),
        ("queue.create", {"name": "é" * 129}, "INVALID_NAME"),
        ("queue.create", {"name": "q", "max_depth": 0}, "INVALID_COMMAND"),
        ("queue.create", {"name": "q", "config": {"ack_deadline_secs": 0}}, "INVALID_COMMAND"),
        ("queue.create", {"name": "q", "config": {"ack_deadline_secs": 43_201}}, "INVALID_COMMAND"),
        ("queue.create", {"name": "q", "config": []}, "INVALID_COMMAND"),
        ("queue.create", {}, "INVALID_COMMAND"),
        ("queue.publish", {"queue": "q", "payload": [1]}, "QUEUE_NOT_FOUND"),
        ("queue.publish", {"queue": "jobs"}, "INVALID_COMMAND"),
        ("queue.publish", {"queue": "jobs", "payload": [256]}, "INVALID_COMMAND"),
        ("queue.publish", {"queue": "jobs", "payload": [True]}, "INVALID_COMMAND"),
        ("queue.publish", {"queue": "jobs", "payload": "=", "encoding": "base64"}, "INVALID_COMMAND"),
        ("queue.publish", {"queue": "jobs", "payload": [], "priority": -1}, "INVALID_COMMAND"),
        ("queue.publish", {"queue": "jobs", "payload": [], "headers": {"a": 1}}, "INVALID_COMMAND"),
        ("queue.publish", {"queue": "jobs", "payload": "x" * (2**20 + 1)}, "VALUE_TOO_LARGE"),
        ("queue.consume", {"queue": "jobs"}, "INVALID_COMMAND"),
        ("queue.consume", {"queue": "jobs", "consumer_id": "w", "wait_secs": 26}, "INVALID_COMMAND"),
        ("queue.ack", {"queue": "jobs", "message_id": "x"}, "MESSAGE_NOT_FOUND"),
        ("queue.ack", {"queue": "jobs", "message_id": 7}, "INVALID_COMMAND"),
        ("queue.ack", {"queue": "q", "message_id": "x"}, "QUEUE_NOT_FOUND"),
        ("queue.extend", {"queue": "jobs", "message_id": "x", "seconds": 0}, "INVALID_COMMAND"),
        ("queue.dead_letters", {"queue": "jobs", "cursor": "x"}, "INVALID_COMMAND"),
        ("queue.redrive", {"queue": "jobs", "message_ids": [1]}, "INVALID_COMMAND"),
        ("queue.stats", {"queue": "q"}, "QUEUE_NOT_FOUND"),
    ],
)
def test_what_is_wrong_is_refused_and_changes_nothing(
    plain: Caller, command: str, payload: dict[str, Any], code: str
) -> None:
    """Each mistake has its code, and the queue is as it was."""
    before = run(plain, "queue.stats", queue="jobs"), run(plain, "queue.list")
    with pytest.raises(Failed) as failed:
        run(plain, command, **payload)
    assert failed.value.code == code
    assert (run(plain, "queue.stats", queue="jobs"), run(plain, "queue.list")) == before


@pytest.fixture
def plain() -> Caller:
    """Give a caller of a kernel in memory that has one queue."""
    ask = Caller(build_kernel(MemoryStore()))
    run(ask, "queue.create", name="jobs")
    return ask


def test_settings_stand_in_either_place_and_the_first_creation_counts(plain: Caller) -> None:
    """Settings under `config` and beside the name are both taken; an existing queue keeps what it has."""
    run(plain, "queue.create", name="a", config={"max_depth": 3}, ack_deadline_secs=1.5)
    run(plain, "queue.create", name="a", max_depth=9)
    stats = run(plain, "queue.stats", queue="a")
    assert (stats["max_depth"], stats["ack_deadline_secs"]) == (3, 1.5)


def test_a_full_queue_refuses_one_and_takes_the_next(plain: Caller) -> None:
    """In one request, what is too much is refused by itself; what comes after a consume fits again."""
    run(plain, "queue.create", name="small", max_depth=1)
    publish = ("queue.publish", {"queue": "small", "payload": "x"})
    consume = ("queue.consume", {"queue": "small", "consumer_id": "w"})
    outcomes = run_all(plain, [publish, publish, consume, publish])
    assert [each["success"] for each in outcomes] == [True, False, True, True]
    assert (outcomes[1]["code"], outcomes[1]["error_code"]) == (507, "QUEUE_FULL")
    assert outcomes[1]["error"] == "Queue is full: small"


def test_spaces_never_meet(kernel: Kernel, ask: Caller) -> None:
    """A queue of one namespace is nowhere for another, its messages and ids included."""
    run(ask, "queue.create", name="jobs")
    message_id = run(ask, "queue.publish", queue="jobs", payload="x")["message_id"]
    run(ask, "queue.consume", queue="jobs", consumer_id="w")
    other = Identity(scopes=frozenset({"queue:read", "queue:write"}), namespace="ops")

    def command(name: str, payload: dict[str, Any]) -> Any:
        body = b'{"command":"%s","request_id":"r","payload":%s}' % (name.encode(), _json(payload))
        return kernel.handle(Request("POST", "/api/v1/command", {}, body), caller=other).body

    assert command("queue.list", {})["payload"] == {"queues": []}
    assert command("queue.delete", {"queue": "jobs"})["payload"] == {"deleted": False}
    assert command("queue.create", {"name": "jobs"})["success"]
    assert command("queue.ack", {"queue": "jobs", "message_id": message_id})["code"] == 404
    assert command("queue.consume", {"queue": "jobs", "consumer_id": "w"})["payload"] == {"message": None}
    assert run(ask, "queue.ack", queue="jobs", message_id=message_id) == {"success": True}


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_whoever_would_wait_is_told_what_for(kernel: Kernel, ask: Caller, clock: FakeTime) -> None:
    """An empty answer names the topic that publishing, giving back, lapsing and redriving signal."""
    run(ask, "queue.create", name="jobs", ack_deadline_secs=1, default_max_retries=9)
    told = heard(kernel, [])
    topic = "queue:default:jobs"
    body = {"queue": "jobs", "consumer_id": "w", "wait_secs": 2.5}
    envelope = {"command": "queue.consume", "request_id": "r", "payload": body}
    waiting = ask.post("/api/v1/command", envelope)
    assert waiting.again == Again(topic, clock.now + 2.5)
    assert waiting.body["payload"] == {"message": None}
    assert ask.get("/queue/jobs/consume/w", wait_secs=1).again == Again(topic, clock.now + 1)
    publish = ("queue.publish", {"queue": "jobs", "payload": "x"})
    run_all(ask, [publish, publish, publish])
    assert told == [(topic, b"3")]
    assert ask.post("/api/v1/command", envelope).again is None
    message_id = run(ask, "queue.consume", queue="jobs", consumer_id="w")["message"]["id"]
    run(ask, "queue.nack", queue="jobs", message_id=message_id)
    assert told[1:] == [(topic, b"1")]
    clock.now += 1
    kernel.sweep()
    assert told[2:] == [(topic, b"1")]


def test_a_consumer_that_holds_enough_is_woken_by_its_own_ack(plain: Caller) -> None:
    """Under a prefetch limit an ack wakes everybody who waits, because it may be theirs to take now."""
    told = heard(plain.kernel, [])
    run(plain, "queue.create", name="a", prefetch_limit=1)
    run_all(plain, [("queue.publish", {"queue": "a", "payload": "x"})] * 2)
    first = run(plain, "queue.consume", queue="a", consumer_id="w")["message"]["id"]
    assert answered(plain, "queue.consume", {"queue": "a", "consumer_id": "w"})["payload"]["message"] is None
    assert run(plain, "queue.consume", queue="a", consumer_id="v")["message"] is not None
    run(plain, "queue.publish", queue="a", payload="y")
    told.clear()
    run(plain, "queue.ack", queue="a", message_id=first)
    assert told == [("queue:default:a", b"")]
    assert run(plain, "queue.consume", queue="a", consumer_id="w")["message"] is not None


def test_a_deleted_queue_is_gone_at_once_and_freed_by_the_sweep(kernel: Kernel, ask: Caller) -> None:
    """Messages of a deleted queue are nowhere, the name can be used again, and slices of sweeps free them."""
    run(ask, "queue.create", name="jobs")
    run_all(ask, [("queue.publish", {"queue": "jobs", "payload": "x"})] * 25)
    taken = run(ask, "queue.consume", queue="jobs", consumer_id="w")["message"]["id"]
    assert run(ask, "queue.delete", name="jobs") == {"deleted": True}
    run(ask, "queue.create", name="jobs")
    assert run(ask, "queue.stats", queue="jobs")["depth"] == 0
    with pytest.raises(Failed, match="Message not found"):
        run(ask, "queue.ack", queue="jobs", message_id=taken)
    assert run(ask, "queue.list") == {"queues": ["jobs"]}

    def left() -> Any:
        return kernel.read(lambda transaction: transaction.execute("SELECT count(*) FROM messages"))[0][0]

    assert left() == 25
    assert kernel.sweep(10)
    assert left() == 15
    while kernel.sweep(10):
        pass
    assert left() == 0
    queues = kernel.read(lambda transaction: transaction.execute("SELECT name FROM queues"))
    assert queues == [("jobs",)]


@pytest.mark.parametrize(
    ("command", "payload"),
    [
        ("queue.publish", {"payload": "x"}),
        ("queue.consume", {"consumer_id": "w"}),
        ("queue.ack", {"message_id": "x"}),
        ("queue.stats", {}),
        ("queue.dead_letters", {}),
        ("queue.redrive", {}),
        ("queue.purge", {}),
    ],
)
def test_no_command_reads_messages_without_an_index(command: str, payload: dict[str, Any]) -> None:
    """Every statement about messages goes through an index, and none of them sorts."""
    store = MemoryStore()
    ask = Caller(build_kernel(store))
    run(ask, "queue.create", name="jobs", prefetch_limit=5)
    run_all(ask, [("queue.publish", {"queue": "jobs", "payload": "x", "max_retries": 0})] * 3)
    taken = run(ask, "queue.consume", queue="jobs", consumer_id="w")["message"]["id"]
    run(ask, "queue.nack", queue="jobs", message_id=taken)
    run(ask, "queue.consume", queue="jobs", consumer_id="w")
    plans = plans_of(store, lambda: answered(ask, command, {"queue": "jobs", **payload}))
    assert "messages" in plans or command == "queue.publish"
    assert "SCAN m" not in plans
    assert "TEMP B-TREE" not in plans


@pytest.mark.parametrize(
    "query", ["wait_secs=nan", "wait_secs=1_0", "wait_secs=inf", "wait_secs=-1", "encoding=x"]
)
def test_a_wrong_parameter_is_refused_by_its_name(plain: Caller, query: str) -> None:
    """Each is 400, names the parameter, and takes nothing from the queue."""
    run(plain, "queue.publish", queue="jobs", payload="x")
    reply = plain.send("GET", f"/queue/jobs/consume/w?{query}")
    assert (reply.status, reply.body["error_code"]) == (400, "INVALID_PARAMETER")
    assert f"'{query.partition('=')[0]}'" in reply.body["error"]
    assert run(plain, "queue.stats", queue="jobs")["depth"] == 1


def test_one_answer_holds_so_much_and_hands_out_no_more(
    plain: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages that do not fit into the answer of a request stay in the queue, and the answer says so."""
    monkeypatch.setattr(limits, "MAX_PAGE_BYTES", 1000)
    run_all(plain, [("queue.publish", {"queue": "jobs", "payload": "x" * 400})] * 4)
    taken = run_all(plain, [("queue.consume", {"queue": "jobs", "consumer_id": "w"})] * 3)
    assert [each["payload"]["message"] is not None for each in taken] == [True, True, False]
    assert taken[2]["payload"] == {"message": None, "more": True}
    stats = run(plain, "queue.stats", queue="jobs")
    assert (stats["depth"], stats["in_flight"]) == (2, 2)


def test_headers_count_as_the_payload_does(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message is bounded with its headers, and so is an answer that holds several of them."""
    run(ask, "queue.create", name="jobs", default_max_retries=0)
    sized = {"queue": "jobs", "payload": "x", "headers": {"h": "x" * limits.MAX_VALUE_BYTES}}
    with pytest.raises(Failed, match="'payload' and 'headers' have") as refused:
        run(ask, "queue.publish", **sized)
    assert refused.value.code == "VALUE_TOO_LARGE"
    monkeypatch.setattr(limits, "MAX_PAGE_BYTES", 1000)
    run_all(ask, [("queue.publish", {**sized, "headers": {"h": "é" * 200}})] * 4)
    for left in (2, 0):
        taken = run_all(ask, [("queue.consume", {"queue": "jobs", "consumer_id": "w"})] * 3)
        handed = [each["payload"]["message"]["id"] for each in taken if each["payload"]["message"]]
        assert (len(handed), run(ask, "queue.stats", queue="jobs")["depth"]) == (2, left)
        for each in handed:
            run(ask, "queue.nack", queue="jobs", message_id=each)
    with pytest.raises(Failed, match="ask for less"):
        run(ask, "queue.dead_letters", queue="jobs")
    monkeypatch.setattr(queue_dead, "PAGE_BYTES", 500)
    monkeypatch.setattr(limits, "MAX_PAGE_BYTES", 1500)
    first = run(ask, "queue.dead_letters", queue="jobs")
    rest = run(ask, "queue.dead_letters", queue="jobs", cursor=first["cursor"])
    assert (len(first["messages"]), len(rest["messages"]), rest["cursor"]) == (2, 2, None)


def test_a_page_of_dead_letters_is_not_fetched_whole_before_it_is_measured(
    ask: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many large dead letters only those of the page come into memory, on every engine."""
    run(ask, "queue.create", name="jobs", default_max_retries=0, ack_deadline_secs=1000)
    for _ in range(20):
        run(ask, "queue.publish", queue="jobs", payload="x" * 200_000)
        message = run(ask, "queue.consume", queue="jobs", consumer_id="w", encoding="base64")["message"]
        run(ask, "queue.nack", queue="jobs", message_id=message["id"])
    monkeypatch.setattr(queue_dead, "PAGE_BYTES", 250_000)
    tracemalloc.start()
    page = run(ask, "queue.dead_letters", queue="jobs", limit=1000, encoding="base64")
    assert (len(page["messages"]), tracemalloc.get_traced_memory()[1] < 2_000_000) == (1, True)
    tracemalloc.stop()

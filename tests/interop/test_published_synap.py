"""The published `synap-sdk` works against our daemon over HTTP, call by call, as that client understands it.

Its facts: it sends everything as a command, parses texts as JSON where it can, leaves the data of events as
lists of bytes, and knows an error by `success` alone. It runs in an environment of its own, which needs
Python 3.11.
"""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from syncropel.daemon.local import LocalDaemon
from syncropel.rules.scopes import STORE_SCOPES

HERE = Path(__file__).parent
# The first run installs the package.
pytestmark = pytest.mark.timeout(300)


class Is:
    """Equal to whatever fulfils a condition, and shown by its name."""

    def __init__(self, name: str, condition: Callable[[Any], bool]) -> None:
        self._name = name
        self._condition = condition

    def __eq__(self, other: object) -> bool:
        return self._condition(other)

    def __hash__(self) -> int:
        return hash(self._name)

    def __repr__(self) -> str:
        return f"<{self._name}>"


class Refused(NamedTuple):
    """A command's refusal: what the envelope says of it."""

    text: Any
    code: int
    error_code: str


class Row(NamedTuple):
    """A call, the command that it sends, the payload of our answer, and what the client returns."""

    name: str
    arguments: list[Any]
    named: dict[str, Any]
    command: str | None
    answer: Any
    result: Any = None


def octets(text: str) -> list[int]:
    """Return a text as the list of bytes that the wire has for it."""
    return list(text.encode())


def delivery(payload: Any, text: str, priority: int, retries: int = 0) -> tuple[Any, Any]:
    """Return a delivered message as it is answered, and as the client has it."""
    common = {"id": ID, "priority": priority, "max_retries": 3}
    answer = {**common, "payload": octets(text), "retry_count": retries, "headers": {}, "deadline": WHOLE}
    return {"message": answer}, {**common, "payload": payload, "retries": retries, "timestamp": 0}


def event(offset: int, name: str, text: str) -> tuple[Any, Any]:
    """Return an event as it is answered, and as the client has it."""
    seen = {"offset": offset, "room": "notes", "event": name, "data": octets(text), "timestamp": WHOLE}
    return {**seen, "id": ID, "metadata": {}, "partition": 0}, seen


ID = Is("a UUID", lambda value: str(uuid.UUID(value)) == value)
WHOLE = Is("a whole number above 0", lambda value: type(value) is int and value > 0)
NOT_IN_FLIGHT = Refused(
    Is("Message not found: <id>", lambda text: text.startswith("Message not found: ")),
    404,
    "MESSAGE_NOT_FOUND",
)
DONE = {"success": True}
HELLO = {"$bytes": octets("Hello")}
FIRST, FIRST_SEEN = delivery("Hi", "Hi", 7)
AGAIN, AGAIN_SEEN = delivery("Hi", "Hi", 7, retries=1)
OBJECT, OBJECT_SEEN = delivery({"a": 1}, '{"a": 1}', 5)
NONE = {"events": [], "next_offset": 5, "generation": WHOLE}
SIGNUP, SIGNUP_SEEN = event(0, "user.signup", '"New user registered"')
OTHER, OTHER_SEEN = event(1, "é", '{"b":[1,null],"a":"ü"}')
LAST = {**NONE, "events": [OTHER], "next_offset": 2}
KV_STATS = {
    "total_keys": 3,
    "total_memory_bytes": WHOLE,
    "operations": {"gets": 4, "sets": 6, "dels": 2, "hits": 3, "misses": 1},
    "hit_rate": 0.75,
}
COUNTS = {"depth": 1, "consumers": 1, "published": 2, "consumed": 2, "acked": 0, "nacked": 1}
QUEUE_STATS = {
    **COUNTS,
    "dead_lettered": 0,
    "in_flight": 1,
    "dead": 0,
    "max_depth": 2,
    "ack_deadline_secs": 30,
    "prefetch_limit": 0,
    "default_max_retries": 3,
    "default_priority": 5,
}
ROOM_STATS = {
    "name": "notes",
    "message_count": 2,
    "min_offset": 0,
    "max_offset": 1,
    "dropped": 0,
    "subscriber_count": 1,
    "total_published": 2,
    "total_consumed": 3,
    "created_at": WHOLE,
    "generation": WHOLE,
    "partitions": 1,
    "retention_hours": 24,
    "max_events": None,
}
TOPIC_STATS = {
    "total_topics": 1,
    "total_subscribers": 1,
    "total_wildcard_subscriptions": 1,
    "messages_published": 2,
    "messages_delivered": 1,
    "slow_consumers_dropped": 0,
}
PAIRS = [{"key": "a", "value": "v1"}, {"key": "b", "value": 2}]

CALLS = [
    Row("kv.set", ["user:1", "John Doe"], {"ttl": 3600}, "kv.set", DONE),
    Row("kv.get", ["user:1"], {}, "kv.get", "John Doe", "John Doe"),
    Row("kv.set", ["j", {"a": 1}], {}, "kv.set", DONE),
    Row("kv.get", ["j"], {}, "kv.get", '{"a": 1}', {"a": 1}),
    Row("kv.set", ["n", "42"], {}, "kv.set", DONE),
    Row("kv.get", ["n"], {}, "kv.get", "42", 42),
    Row("kv.get", ["absent"], {}, "kv.get", None),
    Row("kv.delete", ["n"], {}, "kv.del", {"deleted": True}),
    Row("kv.delete", ["n"], {}, "kv.del", {"deleted": False}),
    Row("kv.exists", ["n"], {}, "kv.exists", {"exists": False}, False),
    Row("kv.exists", ["j"], {}, "kv.exists", {"exists": True}, True),
    Row("kv.incr", ["count"], {}, "kv.incr", {"value": 1}, 1),
    Row("kv.incr", ["count", 5], {}, "kv.incr", {"value": 6}, 6),
    Row("kv.decr", ["count", 3], {}, "kv.decr", {"value": 3}, 3),
    Row("kv.scan", ["user:"], {"limit": 10}, "kv.keys", {"keys": ["user:1"], "count": 1}, ["user:1"]),
    Row(
        "kv.scan",
        [""],
        {"limit": 2},
        "kv.keys",
        {"keys": ["count", "j", "user:1"], "count": 3},
        ["count", "j"],
    ),
    Row("kv.stats", [], {}, "kv.stats", KV_STATS, KV_STATS),
    Row(
        *("kv.incr", ["j"], {}, "kv.incr"),
        Refused("Invalid value: Value is not a valid integer", 400, "NOT_AN_INTEGER"),
    ),
    Row("queue.create_queue", ["jobs"], {"max_size": 2, "message_ttl": 30}, "queue.create", DONE),
    Row("queue.create_queue", ["plain"], {}, "queue.create", DONE),
    Row("queue.create_queue", ["plain"], {}, "queue.create", DONE),
    Row("queue.publish", ["jobs", {"a": 1}], {}, "queue.publish", {"message_id": ID}, ID),
    Row(
        "queue.publish",
        ["jobs", "Hi"],
        {"priority": 7, "max_retries": 3},
        "queue.publish",
        {"message_id": ID},
        ID,
    ),
    Row(
        "queue.publish",
        ["jobs", HELLO],
        {},
        "queue.publish",
        Refused("Queue is full: jobs", 507, "QUEUE_FULL"),
    ),
    Row("queue.consume", ["jobs", "worker-1"], {}, "queue.consume", FIRST, FIRST_SEEN),
    Row("queue.nack", ["jobs", "$id"], {}, "queue.nack", DONE),
    Row("queue.consume", ["jobs", "worker-1"], {}, "queue.consume", AGAIN, AGAIN_SEEN),
    Row("queue.stats", ["jobs"], {}, "queue.stats", QUEUE_STATS, QUEUE_STATS),
    Row("queue.ack", ["jobs", "$id"], {}, "queue.ack", DONE),
    Row("queue.ack", ["jobs", "$id"], {}, "queue.ack", NOT_IN_FLIGHT),
    Row("queue.nack", ["jobs", "$id"], {}, "queue.nack", NOT_IN_FLIGHT),
    Row("queue.consume", ["jobs", "worker-2"], {}, "queue.consume", OBJECT, OBJECT_SEEN),
    Row("queue.consume", ["jobs", "worker-2"], {}, "queue.consume", {"message": None}),
    Row("queue.consume", ["absent", "worker-2"], {}, "queue.consume", {"message": None}),
    Row(
        *("queue.publish", ["absent", "Hi"], {}, "queue.publish"),
        Refused("Queue not found: absent", 404, "QUEUE_NOT_FOUND"),
    ),
    Row("queue.list", [], {}, "queue.list", {"queues": ["jobs", "plain"]}, ["jobs", "plain"]),
    Row("queue.delete_queue", ["plain"], {}, "queue.delete", {"deleted": True}),
    Row("queue.delete_queue", ["plain"], {}, "queue.delete", {"deleted": False}),
    Row("stream.create_room", ["notes"], {}, "stream.create", {"success": True, "room": "notes"}),
    Row(
        *("stream.create_room", ["notes"], {}, "stream.create"),
        Refused("Invalid request: Room 'notes' already exists", 400, "ROOM_EXISTS"),
    ),
    Row(
        *("stream.get_or_create_room", ["n2"], {"max_events": 10}, "stream.get_or_create"),
        *({"success": True, "room": "n2", "created": True}, True),
    ),
    Row(
        *("stream.get_or_create_room", ["n2"], {}, "stream.get_or_create"),
        *({"success": True, "room": "n2", "created": False}, False),
    ),
    Row(
        *("stream.publish", ["notes", "user.signup", "New user registered"], {}, "stream.publish"),
        *({"offset": 0, "room": "notes", "partition": 0}, 0),
    ),
    Row(
        *("stream.publish", ["notes", "é", {"b": [1, None], "a": "ü"}], {}, "stream.publish"),
        *({"offset": 1, "room": "notes", "partition": 0}, 1),
    ),
    Row(
        *("stream.read", ["notes"], {"offset": 0, "limit": 1}, "stream.consume"),
        *({**LAST, "events": [SIGNUP, OTHER]}, [SIGNUP_SEEN, OTHER_SEEN]),
    ),
    Row("stream.read", ["notes"], {"offset": 1}, "stream.consume", LAST, [OTHER_SEEN]),
    Row("stream.read", ["notes"], {"offset": 5}, "stream.consume", NONE, []),
    Row(
        *("stream.read", ["absent"], {}, "stream.consume"),
        Refused("Invalid request: Room 'absent' not found", 400, "ROOM_NOT_FOUND"),
    ),
    Row("stream.stats", ["notes"], {}, "stream.stats", ROOM_STATS, ROOM_STATS),
    Row("stream.list_rooms", [], {}, "stream.list", {"rooms": ["n2", "notes"], "count": 2}, ["n2", "notes"]),
    Row("stream.delete_room", ["n2"], {}, "stream.delete", {"success": True, "deleted": "n2"}),
    Row(
        *("stream.delete_room", ["n2"], {}, "stream.delete"),
        Refused("Invalid request: Room 'n2' not found", 400, "ROOM_NOT_FOUND"),
    ),
    Row(
        *("pubsub.subscribe_topics", ["sub-1", ["notes.*", "news"]], {}, "pubsub.subscribe"),
        {"subscriber_id": "sub-1", "topics": ["notes.*", "news"], "subscription_count": 2},
    ),
    Row(
        *("pubsub.publish", ["notes.email", "New order received"], {}, "pubsub.publish"),
        *({"message_id": ID, "topic": "notes.email", "subscribers_matched": 1}, 1),
    ),
    Row(
        *("pubsub.publish", ["other", {"a": 1}], {}, "pubsub.publish"),
        *({"message_id": ID, "topic": "other", "subscribers_matched": 0}, 0),
    ),
    Row("pubsub.list_topics", [], {}, "pubsub.topics", {"topics": ["news"], "count": 1}, ["news"]),
    Row("pubsub.stats", [], {}, "pubsub.stats", TOPIC_STATS, TOPIC_STATS),
    Row("pubsub.unsubscribe_topics", ["sub-1", ["notes.*"]], {}, "pubsub.unsubscribe", {"unsubscribed": 1}),
    Row(
        *("pubsub.observe", [["notes.#"], "sub-9"], {}, "pubsub.subscribe"),
        *({"subscriber_id": "sub-9", "topics": ["notes.#"], "subscription_count": 1}, []),
    ),
    Row("send_command", ["kv.mset", {"pairs": PAIRS}], {}, "kv.mset", DONE, DONE),
    Row(
        *("send_command", ["kv.mget", {"keys": ["a", "absent", "b", "a"]}], {}, "kv.mget"),
        *[{"values": ["v1", None, 2, "v1"]}] * 2,
    ),
    Row("send_command", ["kv.expire", {"key": "a", "ttl": 60}], {}, "kv.expire", *[{"result": True}] * 2),
    Row("send_command", ["kv.ttl", {"key": "a"}], {}, "kv.ttl", *[{"ttl": 59, "ttl_ms": WHOLE}] * 2),
    Row("send_command", ["kv.persist", {"key": "a"}], {}, "kv.persist", *[{"result": True}] * 2),
    Row("send_command", ["kv.ttl", {"key": "a"}], {}, "kv.ttl", *[{"ttl": None}] * 2),
    Row(
        "send_command",
        ["kv.ttl", {"key": "x"}],
        {},
        "kv.ttl",
        Refused("Key not found: x", 404, "KEY_NOT_FOUND"),
    ),
    Row("send_command", ["kv.mdel", {"keys": ["a", "x"]}], {}, "kv.mdel", *[{"deleted": 1}] * 2),
    Row("send_command", ["kv.dbsize"], {}, "kv.dbsize", *[{"size": 4}] * 2),
    Row("send_command", ["queue.purge", {"queue": "jobs"}], {}, "queue.purge", *[{"purged": 0}] * 2),
    Row(
        *("send_command", ["queue.nack", {"queue": "jobs", "message_id": "$id", "requeue": False}], {}),
        *("queue.nack", *[DONE] * 2),
    ),
    Row(
        *("send_command", ["kv.get"], {}, "kv.get"),
        Refused("Invalid request: Missing 'key' field", 400, "INVALID_COMMAND"),
    ),
    Row(
        *("send_command", ["no.such"], {}, "no.such"),
        Refused("Unknown command: no.such", 400, "UNKNOWN_COMMAND"),
    ),
    # Without a command: the client sends none.
    Row("kv.set", ["b", HELLO], {}, None, "TypeError", "Object of type bytes is not JSON serializable"),
    Row(
        *("kv.watch", ["user:*"], {}, None, "SynapException"),
        "kv.watch requires the synap:// transport; over HTTP use the /kv/ws WebSocket endpoint",
    ),
]
ASK: list[Any] = ["kv.get", ["user:1"], {}]
WELL: list[Any] = ["health", [], {}]


@pytest.fixture(scope="module")
def seen(synap_python: Path) -> dict[str, Any]:
    """What the published client made of a daemon with authentication: session by session, call by call."""
    with LocalDaemon(auth=True) as daemon:
        token = daemon.kernel.mint(scopes=STORE_SCOPES)
        reader = daemon.kernel.mint(scopes=("kv:read",))
        sessions = {
            "bearer": (
                {"auth_token": token},
                [*(list(row[:3]) for row in CALLS), WELL, ["execute", ["a", "b"], {}]],
            ),
            "basic": ({"username": "anybody", "password": token}, [ASK]),
            "reader": ({"auth_token": reader}, [ASK, ["kv.set", ["user:1", "x"], {}]]),
            "wrong": ({"auth_token": "wrong"}, [ASK, WELL]),
            "wrong basic": ({"username": "anybody", "password": "wrong"}, [ASK]),
            "nobody": ({}, [ASK]),
            "lost": ({"base_url": f"{daemon.url}/elsewhere"}, [ASK, WELL]),
            "refused": ({"base_url": "http://127.0.0.1:1"}, [ASK, WELL]),
        }
        asked = [
            {"config": {"base_url": daemon.url, **config}, "calls": calls}
            for config, calls in sessions.values()
        ]
        done = subprocess.run(
            [str(synap_python), "-I", str(HERE / "synap_client.py")],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=100,
        )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return {"version": said["version"], **dict(zip(sessions, said["sessions"], strict=True))}


def expected(row: Row) -> dict[str, Any]:
    """Return what the driver has to tell of a row, apart from the request that was sent."""
    if row.command is None:
        return {"answers": [], "error": [row.answer, row.result]}
    envelope = {"success": True, "payload": row.answer, "error": None}
    outcome: dict[str, Any] = {"result": row.result}
    if isinstance(row.answer, Refused):
        text, code, error_code = row.answer
        envelope = {"success": False, "payload": None, "error": text, "code": code, "error_code": error_code}
        outcome = {"error": ["SynapException", Is(f"Server Error: {text}", lambda said: said[14:] == text)]}
    if row.name == "pubsub.observe":
        outcome = {"items": row.result}
    return {"answers": [[200, envelope]], **outcome}


def test_every_call(seen: dict[str, Any]) -> None:
    """Each call sends its command, is answered as the protocol says, and gives what the client promises."""
    assert seen["version"] == "1.4.0"
    for number, (row, said) in enumerate(zip(CALLS, seen["bearer"], strict=False)):
        sent = said.pop("sent")
        assert [request["command"] for request in sent] == ([row.command] if row.command else [])
        for _, envelope in said["answers"]:
            envelope.pop("hint", None)
        assert (number, row.name, said) == (number, row.name, expected(row))


def test_what_is_no_command(seen: dict[str, Any]) -> None:
    """Health is an object that says ok; the legacy path of `execute` is not there."""
    health, execute = seen["bearer"][len(CALLS) :]
    assert health["result"]["status"] == "ok"
    assert execute["error"] == ["SynapException", "HTTP Error (404): Request failed with status 404"]


def error(said: dict[str, Any]) -> tuple[int | None, str]:
    """Return the status of the only answer, None where there was none, and the client's error text."""
    return (said["answers"][0][0] if said["answers"] else None), said["error"][1]


def test_credentials(seen: dict[str, Any]) -> None:
    """A token is taken as Bearer and as the password of Basic; a wrong, missing or poor one says so."""
    assert seen["basic"][0]["result"] == "John Doe"
    read, written = seen["reader"]
    assert read["result"] == "John Doe"
    poor = "Server Error: this needs the scope kv:write; the token has kv:read"
    assert error(written) == (403, poor)
    asked, health = seen["wrong"]
    assert error(asked) == (401, "Server Error: the token is not known here")
    assert health["result"]["status"] == "ok"
    assert error(seen["wrong basic"][0]) == error(asked)
    status, text = error(seen["nobody"][0])
    assert (status, text[:34]) == (401, "Server Error: this needs a token: ")


def test_no_daemon_there(seen: dict[str, Any]) -> None:
    """A wrong path and a refused connection are the client's errors for them."""
    asked, health = seen["lost"]
    assert error(asked) == (404, "HTTP Error (404): Request failed with status 404")
    assert error(health)[1].startswith("Network Error: Health check failed: ")
    asked, health = seen["refused"]
    assert error(asked) == (None, "Network Error: All connection attempts failed")
    assert error(health) == (None, "Network Error: Health check failed: All connection attempts failed")

"""The command route: its envelope, batches, credentials, and how what goes wrong is told."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from syncropel.kernel import commands
from syncropel.kernel.arguments import Arguments
from syncropel.kernel.core import Kernel
from syncropel.kernel.family import Command
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.operations import Call, Context
from syncropel.kernel.refusals import Refusal
from syncropel.kernel.store.base import Transaction
from syncropel.kernel.store.memory import MemoryStore
from syncropel.rules import limits
from syncropel.rules.error_codes import ERROR_CODES

from .access_support import Holder, administrator, guarded, refusal
from .store_support import run, run_all
from .support import Caller, FakeTime, build_kernel
from .test_pubsub import Reader

GET = {"command": "kv.get", "request_id": "r", "payload": {"key": "k"}}


def test_the_envelope_is_answered_as_the_published_clients_read_it(ask: Caller) -> None:
    """Four members and status 200, come success or failure; the request id comes back, or one is made up."""
    done = ask.post("/api/v1/command", GET)
    assert (done.status, list(done.body.items())) == (
        200,
        [("success", True), ("request_id", "r"), ("payload", None), ("error", None)],
    )
    unknown = ask.post("/api/v1/command", {"command": "kv.nonsense", "request_id": "", "payload": None})
    assert unknown.status == 200
    assert unknown.body == {
        "success": False,
        "request_id": "",
        "payload": None,
        "error": "Unknown command: kv.nonsense",
        "code": 400,
        "error_code": "UNKNOWN_COMMAND",
        "hint": ERROR_CODES["UNKNOWN_COMMAND"].remedy,
    }
    first = ask.post("/api/v1/command", {"command": "kv.dbsize", "payload": {}, "other": 1}).body[
        "request_id"
    ]
    assert first
    assert first != ask.post("/api/v1/command", {"command": "kv.dbsize", "payload": {}}).body["request_id"]


def test_a_request_that_holds_no_command_has_a_status(ask: Caller) -> None:
    """No JSON, no envelope, too much, another media type: real statuses, and `success` false."""
    kinds = {"content-type": "text/plain"}
    for status, code, reply in (
        (400, "INVALID_JSON", ask.send("POST", "/api/v1/command", b"{")),
        (422, "INVALID_FIELD", ask.post("/api/v1/command", [])),
        (422, "INVALID_FIELD", ask.post("/api/v1/command", {"payload": {}})),
        (422, "INVALID_FIELD", ask.post("/api/v1/command", {"command": "kv.dbsize"})),
        (422, "INVALID_FIELD", ask.post("/api/v1/command", {**GET, "command": 5})),
        (422, "INVALID_FIELD", ask.post("/api/v1/command", {**GET, "request_id": 5})),
        (413, "BODY_TOO_LARGE", ask.send("POST", "/api/v1/command", b" " * (limits.MAX_COMMAND_BYTES + 1))),
        (415, "UNSUPPORTED_MEDIA_TYPE", ask.send("POST", "/api/v1/command", b"{}", kinds)),
    ):
        assert (reply.status, reply.body["success"], reply.body["code"]) == (status, False, status)
        assert (reply.body["error_code"], bool(reply.body["error"])) == (code, True)
    assert ask.get("/api/v1/command").status == 405
    assert ask.post("/api/v1/command", GET).body["success"]


def test_a_batch_is_answered_in_order(ask: Caller) -> None:
    """Each command sees those before it; a refused one refuses nothing else, whatever is wrong with it."""
    batch: list[Any] = [
        {"command": "kv.set", "payload": {"key": "a", "value": "1"}},
        {"command": "kv.incr", "payload": {"key": "a"}},
        {"command": "kv.get", "payload": {"key": "a"}},
        {"command": "kv.incr", "payload": {"key": "a", "amount": "x"}},
        {"command": "batch", "payload": {"commands": []}},
        "kv.get",
        {"command": "kv.del", "payload": {"key": "a"}},
        {"command": "kv.dbsize"},
    ]
    body = {"command": "batch", "request_id": "b", "payload": {"commands": batch}}
    reply = ask.post("/api/v1/command", body).body
    assert (reply["success"], reply["request_id"]) == (True, "b")
    results = reply["payload"]["results"]
    assert [each["payload"] for each in results] == [
        {"success": True},
        {"value": 2},
        "2",
        None,
        None,
        None,
        {"deleted": True},
        {"size": 0},
    ]
    assert [each.get("error_code") for each in results[3:6]] == [
        "INVALID_COMMAND",
        "UNKNOWN_COMMAND",
        "INVALID_COMMAND",
    ]
    assert run_all(ask, []) == []
    many = [{"command": "kv.dbsize"}] * (limits.MAX_COMMANDS + 1)
    assert ask.post("/api/v1/command", {**body, "payload": {"commands": many}}).body["code"] == 400


def test_a_batch_that_breaks_leaves_nothing(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that is refused after it wrote takes its whole request along, and nobody else's."""

    def late(_context: Context, _call: Call, _arguments: Arguments) -> Any:
        def work(transaction: Transaction) -> Any:
            transaction.execute("INSERT INTO kv (space, key, content) VALUES ('default', 'late', ?)", (b"x",))
            raise Refusal("QUEUE_FULL", "Queue is full: late")

        return work

    monkeypatch.setitem(commands.COMMANDS, "test.late", Command(late, "kv:write", writes=True))
    ask, told = Caller(kernel), Reader(kernel.hub, "#")
    entries = [
        {"command": "kv.set", "payload": {"key": "a", "value": "1"}},
        {"command": "pubsub.publish", "payload": {"topic": "t", "payload": "a is set"}},
        {"command": "test.late"},
    ]
    requests = [
        {"command": "batch", "request_id": "both", "payload": {"commands": entries}},
        {"command": "test.late", "request_id": "one", "payload": {}},
        {"command": "kv.set", "request_id": "good", "payload": {"key": "b", "value": "1"}},
    ]
    futures = [
        kernel.submit(Request("POST", "/api/v1/command", {}, json.dumps(request).encode()))
        for request in requests
    ]
    both, one, good = (future.result(30) for future in futures)
    for reply, given in ((both, "both"), (one, "one")):
        assert (reply.status, reply.body["request_id"], reply.body["code"]) == (200, given, 507)
        assert reply.body["error"] == "Queue is full: late"
    assert good.body["success"]
    assert run(ask, "kv.keys")["keys"] == ["b"]
    assert run(ask, "kv.dbsize") == {"size": 1}
    assert told.read() == []


def test_who_is_told_by_a_batch_finds_what_it_wrote(kernel: Kernel) -> None:
    """Messages of a batch are told with its commit, in their order, and counted once."""
    ask, heard = Caller(kernel), Reader(kernel.hub, "t")
    done: list[str] = []
    kernel.store.on_signal(lambda signals: done.extend(topic for topic, _ in signals))
    outcomes = run_all(
        ask,
        [
            ("queue.create", {"name": "q"}),
            ("pubsub.publish", {"topic": "t", "payload": 1}),
            ("queue.publish", {"queue": "q", "payload": "x"}),
            ("pubsub.publish", {"topic": "", "payload": 1}),
            ("pubsub.publish", {"topic": "t", "payload": 2}),
        ],
    )
    assert [each["payload"]["subscribers_matched"] for each in (outcomes[1], outcomes[4])] == [1, 1]
    assert outcomes[3]["error_code"] == "TOPIC_INVALID"
    assert [each["payload"] for each in heard.read()] == [1, 2]
    # The queue's own signal is one of the transaction, and so are these.
    assert sorted(done) == ["pub:default:t", "pub:default:t", "queue:default:q"]
    assert run(ask, "pubsub.stats")["messages_published"] == 2


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_every_form_of_credentials_is_taken(clock: FakeTime) -> None:
    """Bearer, `x-api-key`, Basic with the token as password or as user, `?api_key=` where it may stand."""
    admin = administrator(guarded(MemoryStore(), clock))
    token = admin.as_new(scopes=["kv:read"]).token or ""
    kernel = admin.kernel

    def ask(headers: dict[str, str], query: str = "", target: str = "/api/v1/command") -> Reply:
        method, body = ("POST", json.dumps(GET).encode()) if "command" in target else ("GET", b"")
        return kernel.handle(Request(method, f"{target}{query}", headers, body))

    for headers, query in (
        ({"authorization": f"Bearer {token}"}, ""),
        ({"x-api-key": token}, ""),
        ({"authorization": _basic("anybody", token)}, ""),
        ({"authorization": _basic(token, "")}, ""),
        ({"authorization": _basic("proxy", "password"), "x-api-key": token}, ""),
        ({}, f"?api_key={token.replace('_', '%5f')}"),
    ):
        assert ask(headers, query).body["success"], headers
        assert ask(headers, query, "/kv/stats").status == 200
    for headers, query in (
        ({}, ""),
        ({}, "?api_key="),
        ({}, "?api_key=x"),
        ({"authorization": "Basic !"}, ""),
        ({"authorization": "Basic"}, ""),
        ({"authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()}, ""),
        ({"authorization": _basic("root", "root")}, ""),
        ({"authorization": "Bearer x"}, f"?api_key={token}"),
    ):
        for reply in (ask(headers, query), ask(headers, query, "/kv/stats")):
            assert refusal(reply) == (401, "AUTH_REQUIRED"), headers
            assert reply.body["code"] == 401
            assert reply.headers["www-authenticate"] == "Bearer"
    # A token in an address ends up in logs and histories: only where published clients put it.
    assert ask({}, f"?api_key={token}", "/v1/tokens").status == 401
    refused = Holder(kernel, token).post("/api/v1/command", {**GET, "command": "kv.incr"})
    assert (refusal(refused), refused.body["success"]) == ((403, "SCOPE_FORBIDDEN"), False)


def test_a_store_that_is_away_is_told_with_its_status() -> None:
    """When nothing can be written or read, commands and routes answer 503 in the form of the family."""
    kernel = build_kernel(MemoryStore())
    kernel.close()
    ask = Caller(kernel)
    for reply in (
        ask.post("/api/v1/command", GET),
        ask.post("/api/v1/command", {**GET, "command": "kv.incr"}),
        ask.get("/kv/get/k"),
    ):
        assert (reply.status, reply.body["error_code"]) == (503, "STORE_UNAVAILABLE")
        assert reply.headers["retry-after"] == "1"


def test_the_guess_which_commands_write_is_right_for_plain_requests(kernel: Kernel) -> None:
    """A shell is told to queue what writes, and may be told so of what cannot be recognized."""

    def writes(body: str) -> bool:
        return kernel.is_write(Request("POST", "/api/v1/command", {}, body.encode()))

    for name, command in commands.COMMANDS.items():
        assert writes(json.dumps({"command": name, "payload": {}})) is command.writes
    assert writes('{"command": "kv.g\\u0065t"}')
    assert writes("{")
    assert not writes('{"payload":{},"command":"kv.get"}')

"""Keys: forms of values, listings, limits, spaces, the REST routes, and what is cleared away."""

from __future__ import annotations

import base64
import json
import random
import re
import threading
import tracemalloc
from fnmatch import fnmatchcase
from typing import Any

import pytest

from syncropel.kernel.access.caller import Caller as Who
from syncropel.kernel.arguments import Arguments
from syncropel.kernel.commands import COMMANDS
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request
from syncropel.kernel.operations import Call
from syncropel.kernel.services import kv_shelf
from syncropel.kernel.services.kv_sweep import SWEEP
from syncropel.kernel.store.base import Store
from syncropel.kernel.store.memory import MemoryStore
from syncropel.rules import limits

from .store_support import Failed, run, run_all
from .support import Caller, FakeTime, build_kernel, in_path

BINARY = bytes(range(256))


def refused(ask: Caller, command: str, /, **payload: Any) -> tuple[str, str]:
    """Return the code and the text of a refusal."""
    with pytest.raises(Failed) as caught:
        run(ask, command, **payload)
    return caught.value.code, str(caught.value)


def test_values_come_back_as_they_went_in(ask: Caller) -> None:
    """A string is itself, another JSON value its compact text, base64 its bytes, in each form asked for."""
    run(ask, "kv.set", key="text", value='"quoted" é')
    run(ask, "kv.set", key="json", value={"b": [1, 2.5, None], "a": "é"})
    run(ask, "kv.set", key="bytes", value=base64.b64encode(BINARY).decode(), encoding="base64")
    run(ask, "kv.mset", pairs=[{"key": "number", "value": "42"}, ["pair", True]])
    assert run(ask, "kv.get", key="text") == '"quoted" é'
    assert run(ask, "kv.get", key="json") == '{"b":[1,2.5,null],"a":"é"}'
    assert run(ask, "kv.get", key="bytes") == "<binary data: 256 bytes>"
    assert run(ask, "kv.get", key="bytes", type="bytes") == list(BINARY)
    assert base64.b64decode(run(ask, "kv.get", key="bytes", type="base64")) == BINARY
    asked = ["number", "text", "json", "none", "pair", "number"]
    values = run(ask, "kv.mget", keys=asked)["values"]
    assert values == [42, '"quoted" é', {"b": [1, 2.5, None], "a": "é"}, None, True, 42]
    assert run(ask, "kv.mget", keys=["number", "pair"], type="string")["values"] == ["42", "true"]


def test_many_keys_of_every_sort_are_written_together(ask: Caller, clock: FakeTime) -> None:
    """Keys with an end and without, of text and of bytes, new and known, in one request, are all kept."""
    binary = base64.b64encode(BINARY).decode()
    for turn in ("first", "second"):
        sets: list[dict[str, Any]] = [
            {"key": "stays", "value": turn},
            {"key": "ends", "value": turn, "ttl": 5},
            {"key": "bytes", "value": binary, "encoding": "base64", "ttl": 2**40},
            {"key": "empty", "value": ""},
            {"key": "é\1", "value": f"\0\1{turn}"},
        ]
        run_all(ask, [("kv.set", each) for each in sets])
        values = run(ask, "kv.mget", keys=["stays", "ends", "empty", "é\1"], type="string")["values"]
        assert values == [turn, turn, "", f"\0\1{turn}"]
        assert run(ask, "kv.get", key="bytes", type="base64") == binary
        ends = [run(ask, "kv.ttl", key=key)["ttl"] for key in ("stays", "ends", "bytes")]
        assert ends == [None, 5, 2**40]


def test_routes_do_what_the_commands_do(ask: Caller, clock: FakeTime) -> None:
    """`/kv/...` sets with every condition, reads in every form, deletes, counts, refuses with statuses."""
    key = "a/b é%"
    first = ask.post("/kv/set", {"key": key, "value": "1", "nx": True, "get": True, "ttl": 5})
    assert first.body == {"success": True, "key": key, "written": True}
    again = ask.post("/kv/set", {"key": key, "value": "2", "nx": True, "get": True})
    assert again.body == {"success": True, "key": key, "written": False, "old_value": 1}
    kept = ask.post("/kv/set", {"key": key, "value": "3", "xx": True, "keepttl": True})
    assert kept.body["written"]
    assert ask.get(f"/kv/get/{in_path(key)}").body == "3"
    assert ask.get(f"/kv/get/{in_path(key)}?type=bytes").body == [51]
    clock.now += 5
    assert ask.get(f"/kv/get/{in_path(key)}").body == {"error": "Key not found"}
    expiry = {"type": "unix_milliseconds", "value": int(clock.now * 1000) + 1500}
    ask.post("/kv/set", {"key": "k", "value": "v", "expiry": expiry, "ttl": 1})
    assert run(ask, "kv.ttl", key="k") == {"ttl": 1, "ttl_ms": 1500}
    assert ask.get("/kv/stats").body["total_keys"] == 1
    assert ask.send("DELETE", "/kv/del/k").body == {"deleted": True, "key": "k"}
    assert ask.send("DELETE", "/kv/del/k").body == {"deleted": False, "key": "k"}
    for status, code, reply in (
        (422, "INVALID_FIELD", ask.post("/kv/set", {"key": 1, "value": "v"})),
        (422, "INVALID_FIELD", ask.post("/kv/set", ["key"])),
        (400, "INVALID_KEY", ask.post("/kv/set", {"key": "", "value": "v"})),
        (400, "INVALID_TTL", ask.post("/kv/set", {"key": "k", "value": "v", "ttl": -1})),
        (400, "INVALID_JSON", ask.send("POST", "/kv/set", b"{")),
        (400, "INVALID_PARAMETER", ask.get("/kv/get/k?type=x")),
        (413, "VALUE_TOO_LARGE", ask.post("/kv/set", {"key": "k", "value": "x" * 2**20 + "x"})),
        (413, "BODY_TOO_LARGE", ask.send("POST", "/kv/set", b" " * (limits.MAX_COMMAND_BYTES + 1))),
    ):
        assert (reply.status, reply.body["code"], reply.body["error_code"]) == (status, status, code)
    assert ask.get("/kv/get/k").body == {"error": "Key not found"}


def test_what_is_wrong_changes_nothing(ask: Caller) -> None:
    """Each wrong member of a command has its code and its text, and the key stays as it was."""
    run(ask, "kv.set", key="k", value="9" * 19)
    wrong: list[tuple[str, str, dict[str, Any]]] = [
        ("INVALID_COMMAND", "Invalid request: Missing 'value' field", {"key": "k"}),
        ("INVALID_COMMAND", "Invalid request: Missing 'key' field", {"value": "v"}),
        ("INVALID_COMMAND", "Invalid request: 'key' must be a string", {"key": 5, "value": "v"}),
        (
            "INVALID_COMMAND",
            "Invalid request: 'nx' must be true or false",
            {"key": "k", "value": "", "nx": 1},
        ),
        ("INVALID_COMMAND", "'nx' and 'xx'", {"key": "k", "value": "v", "nx": True, "xx": True}),
        ("INVALID_COMMAND", "'value' must be base64", {"key": "k", "value": "é", "encoding": "base64"}),
        ("INVALID_COMMAND", "'expiry' must be an object", {"key": "k", "value": "v", "expiry": 5}),
        ("INVALID_COMMAND", "must be one of", {"key": "k", "value": "", "expiry": {"type": "s", "value": 1}}),
        ("INVALID_KEY", "Invalid key: it is longer", {"key": "é" * 513, "value": "v"}),
        ("INVALID_KEY", "U+0000", {"key": "a\0", "value": "v"}),
        ("VALUE_TOO_LARGE", "there can be 1048576", {"key": "k", "value": "x" * 2**20 + "x"}),
        *(
            ("INVALID_TTL", "Invalid TTL", {"key": "k", "value": "v", "ttl": ttl})
            for ttl in (-1, 1.5, True, "5")
        ),
        ("INVALID_TTL", "too far", {"key": "k", "value": "v", "ttl": 2**53}),
    ]
    for code, text, payload in wrong:
        found, said = refused(ask, "kv.set", **payload)
        assert (found, text in said) == (code, True), (payload, found, said)
    for amount in (1.0, "1", True, 2**63):
        assert refused(ask, "kv.incr", key="new", amount=amount)[0] == "INVALID_COMMAND"
    assert refused(ask, "kv.incr", key="k") == (
        "NOT_AN_INTEGER",
        "Invalid value: Value is not a valid integer",
    )
    assert refused(ask, "kv.cas", key="k", expected="x", value="y")[1].startswith(
        "CAS failed - expected: x, act"
    )
    many = ["k"] * (limits.MAX_KEYS + 1)
    assert (
        refused(ask, "kv.mget", keys=many)[0] == refused(ask, "kv.mset", pairs=many)[0] == "INVALID_COMMAND"
    )
    assert refused(ask, "kv.scan", limit=limits.MAX_KEYS + 1)[0] == "INVALID_COMMAND"
    # Without a time it would have kept for ever what was to end.
    assert refused(ask, "kv.expire", key="k", ttl=None)[1] == "Invalid request: Missing 'ttl' field"
    assert run(ask, "kv.keys") == {"keys": ["k"], "count": 1}
    assert run(ask, "kv.get", key="k") == "9" * 19


PATTERNS = ["*", "a*", "*b", "a?", "[ab]*", "[!a]*", "[^a]*", "a[0-9]b*", "[]]*", "x", "?[*]", "a*b*"]


def pages(ask: Caller, **asked: Any) -> list[str]:
    """Return what all pages of a scan have."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = run(ask, "kv.scan", cursor=cursor, **asked)
        assert page["count"] == len(page["keys"]) <= asked["limit"]
        found, cursor = found + page["keys"], page["cursor"]
    return found


def test_patterns_find_what_they_fit(ask: Caller) -> None:
    """`kv.keys` and the pages of `kv.scan` give exactly the keys that fit, in the order of code points."""
    letters = random.Random(3)
    made = {"".join(letters.choices("ab05]*x\U0001f600\uffff", k=letters.randint(1, 4))) for _ in range(80)}
    run(ask, "kv.mset", pairs=[{"key": key, "value": ""} for key in sorted(made)])
    for pattern in PATTERNS:
        fitting = sorted(key for key in made if fnmatchcase(key, pattern.replace("[^", "[!")))
        assert run(ask, "kv.keys", pattern=pattern)["keys"] == fitting
        assert pages(ask, pattern=pattern, limit=7) == fitting
    assert pages(ask, prefix="a", limit=3) == sorted(key for key in made if key.startswith("a"))
    assert pages(ask, prefix="ab", pattern="a*", limit=3) == sorted(
        key for key in made if key.startswith("ab")
    )
    assert pages(ask, prefix="b", pattern="a*", limit=3) == []
    for pattern in ("", "[a", "[]", "[!]", "x" * 1025):
        assert refused(ask, "kv.keys", pattern=pattern)[0] == "INVALID_PATTERN"
    assert refused(ask, "kv.scan", cursor="no")[0] == "INVALID_COMMAND"
    # Nothing is tried again and again, however many stars there are.
    assert run(ask, "kv.keys", pattern="*" * 50 + "a*a*a*a*a*a*a*a*!")["keys"] == []


def test_spaces_never_meet(kernel: Kernel) -> None:
    """The same key of two namespaces is two keys, in every command, and scopes are asked for one by one."""

    def send(namespace: str, *scopes: str, **command: Any) -> Any:
        who = Who(scopes=frozenset(scopes or ("kv:read", "kv:write")), namespace=namespace)
        body = json.dumps({"request_id": "r", **command}).encode()
        return kernel.handle(Request("POST", "/api/v1/command", {}, body), caller=who)

    mine = {"command": "kv.set", "payload": {"key": "k", "value": "mine"}}
    assert send("team/a", **mine).body["success"]
    assert send("team", command="kv.get", payload={"key": "k"}).body["payload"] is None
    assert send("team", command="kv.dbsize", payload={}).body["payload"] == {"size": 0}
    assert send("default", command="kv.keys", payload={}).body["payload"]["keys"] == []
    assert send("team", command="kv.del", payload={"key": "k"}).body["payload"] == {"deleted": False}
    assert send("team/a", command="kv.get", payload={"key": "k"}).body["payload"] == "mine"
    refusal = send("team/a", "kv:read", **mine)
    assert (refusal.status, refusal.body["error_code"]) == (403, "SCOPE_FORBIDDEN")
    seen = send("team/a", "kv:write", command="kv.set", payload={"key": "k", "value": "x", "get": True})
    assert (seen.status, seen.body["error_code"]) == (403, "SCOPE_FORBIDDEN")
    blind = send("team/a", "kv:write", command="kv.cas", payload={"key": "k", "expected": "x", "value": "y"})
    assert "mine" not in blind.body["error"]
    batch = {"commands": [mine, {"command": "kv.get", "payload": {"key": "k"}}]}
    outcomes = send("team/a", "kv:read", command="batch", payload=batch).body["payload"]["results"]
    assert [outcome["success"] for outcome in outcomes] == [False, True]
    assert outcomes[0]["error_code"] == "SCOPE_FORBIDDEN"


def test_neighbours_of_a_group_keep_to_their_spaces(store: Store, kernel: Kernel, clock: FakeTime) -> None:
    """Commands that are carried out together, of several namespaces and one key, see their own alone."""
    bulks = [
        COMMANDS["kv.incr"].run(
            kernel._context, Call(now=clock.now, caller=Who(namespace=space)), Arguments({"key": "n"})
        )
        for space in ("a", "b", "a", "c", "c", "a")
    ]
    results = store.write(lambda transaction: bulks[0].run(transaction, [bulk.item for bulk in bulks]))
    assert [result["value"] for result in results] == [1, 1, 2, 1, 2, 3]
    stored = store.read(lambda tx: tx.execute("SELECT space, content FROM kv ORDER BY space"))
    assert stored == [("a", b"3"), ("b", b"1"), ("c", b"2")]


def test_counters_are_atomic(kernel: Kernel) -> None:
    """Counts of several threads at once are all there, and of those who swap a value one wins each time."""
    won: list[int] = []

    def count(number: int) -> None:
        ask = Caller(kernel)
        for turn in range(10):
            run(ask, "kv.incr", key="n", amount=number)
            run_all(ask, [("kv.incr", {"key": "n"}), ("kv.decr", {"key": "n"})])
            cas = {"key": f"c{turn}", "expected": None, "value": str(number)}
            won.extend(outcome["success"] for outcome in run_all(ask, [("kv.cas", cas)]))

    threads = [threading.Thread(target=count, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ask = Caller(kernel)
    assert run(ask, "kv.get", key="n") == str(10 * (0 + 1 + 2 + 3))
    assert sum(won) == 10
    assert run(ask, "kv.dbsize") == {"size": 11}


def test_what_is_over_is_cleared_away(store: Store, kernel: Kernel, clock: FakeTime) -> None:
    """Expired keys are gone for every reader at once; the sweep gives their room back, a slice at a time."""
    ask = Caller(kernel)
    pairs = [{"key": f"k{number:03d}", "value": "v" * number} for number in range(50)]
    run(ask, "kv.mset", pairs=pairs, ttl=1)
    run(ask, "kv.set", key="stays", value="v")

    def rows() -> int:
        return int(store.read(lambda transaction: transaction.execute("SELECT count(*) FROM kv")[0][0]))

    assert not kernel.sweep()
    assert rows() == 51
    clock.now += 1
    assert run(ask, "kv.keys")["keys"] == ["stays"]
    assert (run(ask, "kv.dbsize")["size"], rows()) == (1, 51)
    # One that is set again is a new one.
    run(ask, "kv.set", key="k000", value="new")
    assert kernel.sweep(30)
    assert rows() == 21
    assert not kernel.sweep(30)
    assert rows() == 2
    stats = run(ask, "kv.stats")
    assert (stats["total_keys"], stats["total_memory_bytes"]) == (2, len("staysv") + len("k000new"))
    assert not store.read(lambda transaction: SWEEP.due(transaction, int(clock.now * 1000)))


def test_answers_have_a_bound(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one request reads is at most so many bytes: commands beyond it are refused, the rest answered."""
    monkeypatch.setattr(limits, "MAX_PAGE_BYTES", 5_000)
    for number in range(3):
        run(ask, "kv.set", key=f"k{number}", value="x" * 1000)
    keys = [f"k{number % 3}" for number in range(6)]
    assert refused(ask, "kv.mget", keys=keys)[0] == "VALUE_TOO_LARGE"
    assert len(run(ask, "kv.mget", keys=keys[1:])["values"]) == 5
    outcomes = run_all(ask, [*(("kv.get", {"key": key}) for key in keys), ("kv.exists", {"key": "k0"})])
    assert [outcome["success"] for outcome in outcomes] == [*[True] * 5, False, True]
    for number in range(3):
        run(ask, "queue.create", name=f"{number}" * 250)
        run(ask, "stream.create", room=f"{number}" * 250)
        run(ask, "pubsub.subscribe", topics=[f"{number}" * 250])
    run(ask, "kv.mset", pairs=[[f"{number}" * 700, ""] for number in range(3)])
    for listing in ("kv.keys", "kv.scan", "queue.list", "stream.list", "pubsub.topics"):
        outcomes = run_all(ask, [(listing, {})] * 20)
        listed = sum(outcome["success"] for outcome in outcomes)
        assert listed == (2 if listing.startswith("kv.") else 6), listing
        assert {outcome.get("error_code") for outcome in outcomes} == {None, "VALUE_TOO_LARGE"}


def test_searching_for_keys_has_a_bound(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """The searches of a request look at so many keys together, far fewer where others wait to write."""
    run(ask, "kv.mset", pairs=[[f"k{number:03d}", ""] for number in range(100)])
    monkeypatch.setattr(limits, "MAX_ROWS_SCANNED", 250)
    monkeypatch.setattr("syncropel.kernel.operations.ROWS_AMONG_WRITES", 120)
    search, write = ("kv.keys", {"pattern": "*9"}), ("kv.exists", {"key": "k"})
    for other, ends in ((write, [10, 10, 5, 0]), (("kv.del", {"key": "k"}), [10, 2, 0, 0])):
        found = [each["payload"] for each in run_all(ask, [*[search] * 4, other])[:4]]
        assert [each["count"] for each in found] == ends
        assert [each.get("truncated", False) for each in found] == [count < 10 for count in ends]
        pages = [
            each["payload"] for each in run_all(ask, [*[search] * 4, ("kv.scan", {"prefix": "k"}), other])
        ]
        assert (pages[4]["keys"], pages[4]["cursor"]) == ([], base64.b64encode(b"k").decode())
        assert run(ask, "kv.scan", prefix="k", cursor=pages[4]["cursor"])["keys"][0] == "k000"


def test_what_has_no_room_in_an_answer_is_not_in_memory_either(
    ask: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small request for many large values is answered within the bound, and writes nothing beyond it."""
    keys = [f"k{number:02d}" for number in range(30)]
    for key in keys:
        run(ask, "kv.set", key=key, value="x" * 200_000)
    monkeypatch.setattr(limits, "MAX_PAGE_BYTES", 400_000)
    tracemalloc.start()
    many = [refused(ask, "kv.mget", keys=keys)[0]]
    many += [each.get("error_code", "") for each in run_all(ask, [("kv.get", {"key": key}) for key in keys])]
    swaps = [("kv.set", {"key": key, "value": "new", "get": True}) for key in keys]
    swapped = run_all(ask, swaps)
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    tracemalloc.stop()
    assert many == ["VALUE_TOO_LARGE", "", "", *["VALUE_TOO_LARGE"] * 28]
    assert [each["success"] for each in swapped] == [True] * 2 + [False] * 28
    assert run(ask, "kv.stats")["total_memory_bytes"] == 30 * 3 + 2 * 3 + 28 * 200_000


def test_what_is_written_in_one_request_is_not_held_until_its_end(
    ask: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many short commands that make large values write them as they go, and all of it counts."""
    monkeypatch.setattr(kv_shelf, "_HELD", 1_000_000)
    keys = [f"k{number:02d}" for number in range(30)]
    run(ask, "kv.set", key="k", value="x" * 200_000, ttl=9)
    copies = [("key.copy", {"source": "k", "destination": key}) for key in keys]
    tracemalloc.start()
    outcomes = run_all(ask, [*copies, *(("kv.append", {"key": key, "value": "y"}) for key in keys)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcomes[-1]["payload"] == {"length": 200_001}
    assert run(ask, "kv.stats")["total_memory_bytes"] == 200_001 + 30 * 200_004
    assert run(ask, "kv.ttl", key=keys[-1]) == {"ttl": 9, "ttl_ms": 9000}
    # A driver may hold the parameters of statements that are on their way.
    assert peak < 8_000_000


def test_who_may_only_write_is_told_no_value(kernel: Kernel) -> None:
    """Storing a value and reading the one before needs both scopes."""
    who = Who(scopes=frozenset({"kv:write"}), namespace="default")
    body = {"command": "kv.getset", "request_id": "r", "payload": {"key": "k", "value": "v"}}
    reply = kernel.handle(Request("POST", "/api/v1/command", {}, json.dumps(body).encode()), caller=who)
    assert (reply.status, reply.body["error_code"]) == (403, "SCOPE_FORBIDDEN")


def test_no_statement_reads_what_it_need_not(clock: FakeTime) -> None:
    """Reading, writing, listing and sweeping keys use the primary key or the index of ends, at any size."""
    store = MemoryStore()
    kernel = build_kernel(store, clock)
    seen: list[str] = []
    store._connection.set_trace_callback(seen.append)
    ask = Caller(kernel)
    members = {"key": "a", "value": "1", "ttl": 1, "keys": ["a", "b"], "prefix": "a"}
    for command in COMMANDS:
        if command.startswith("kv.") and command != "kv.cas":
            run_all(ask, [("kv.set", {"key": "a", "value": "1"}), (command, {**members, "pairs": []})])
    clock.now += 1
    run(ask, "kv.dbsize")
    kernel.sweep()
    store._connection.set_trace_callback(None)
    plans = set()
    for sql in seen:
        if re.match(r"(SELECT|UPDATE|DELETE)\b.* (kv|store_counts)\b", sql):
            values = [0] * sql.count("?")
            rows = store.read(
                lambda tx, sql=sql, values=values: tx.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            )  # type: ignore[misc]
            plans.add("; ".join(row[3] for row in rows))
    wanted = (
        "SEARCH kv USING PRIMARY KEY (space=? AND key=?)",
        "SEARCH kv USING PRIMARY KEY (space=? AND key>?)",
        "SEARCH kv USING INDEX kv_expiry (expires_at<?)",
        "SEARCH kv USING COVERING INDEX kv_expiry (expires_at<?)",
        "SEARCH store_counts USING PRIMARY KEY (space=?)",
    )
    assert plans == set(wanted)
    kernel.close()

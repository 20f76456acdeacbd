"""Scenarios of commands and of keys and values: both ways to ask, limits, refusals, batches, spaces."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from .place import Place
from .registry import scenario
from .scenarios_access import account, administrator, asking


@scenario
def kv_values(place: Place) -> Any:
    """Texts, bytes and other JSON are read back as they were written, by command and by route."""
    encoded = base64.b64encode(b"\xff\x00").decode()
    return [
        place.command("kv.set", key="kv text", value="ü", ttl=3600),
        place.command("kv.set", key="kv json", value={"a": [1, None]}),
        place.command("kv.set", key="kv bytes", value=encoded, encoding="base64"),
        [place.command("kv.get", key=f"kv {name}") for name in ("text", "json", "bytes", "none")],
        [place.command("kv.get", key="kv bytes", type=kind) for kind in ("bytes", "base64")],
        place.command("kv.mget", keys=["kv json", "kv none", "kv text"]),
        place.command("kv.mget", keys=["kv json", "kv text"], type="string"),
        place.route("POST", "/kv/set", {"key": "kv/route", "value": "x", "get": True}),
        place.route("POST", "/kv/set", {"key": "kv/route", "value": "y", "get": True, "xx": True}),
        place.route("POST", "/kv/set", {"key": "kv/route", "value": "z", "nx": True}),
        place.route("GET", "/kv/get/kv%2Froute"),
        place.route("GET", "/kv/get/kv%2Froute", type="bytes"),
        place.route("GET", "/kv/get/kv none"),
        [place.route("DELETE", "/kv/del/kv%2Froute") for _ in range(2)],
        place.route("GET", "/kv/stats")[0],
    ]


@scenario
def kv_life(place: Place) -> Any:
    """What has a time to live can be told it, given another one, and kept; 0 ends it at once."""
    place.command("kv.set", key="life", value="1")
    steps = [place.command("kv.ttl", key="life"), place.command("kv.expire", key="life", ttl=900)]
    assert 899 <= place.command("kv.ttl", key="life")["ttl"] <= 900
    steps += [place.command("kv.set", key="life", value="2", keepttl=True)]
    assert place.command("kv.ttl", key="life")["ttl"] is not None
    steps += [place.command("kv.persist", key="life"), place.command("kv.ttl", key="life")]
    expiry = {"type": "milliseconds", "value": 900_000}
    steps += [place.route("POST", "/kv/set", {"key": "life", "value": "3", "ttl": 1, "expiry": expiry})]
    assert 898 <= place.command("kv.ttl", key="life")["ttl"] <= 900
    steps += [place.command("kv.set", key="life", value="4", ttl=0), place.command("kv.exists", key="life")]
    steps += [place.command("kv.expire", key="life", ttl=5), place.command("kv.persist", key="life")]
    return [*steps, place.command("kv.ttl", key="life")]


@scenario
def kv_parts(place: Place) -> Any:
    """Parts of values and keys that change their names, by command and by route."""
    pair = [{"key": "part a", "value": "1"}, {"key": "part b", "value": "2"}]
    return [
        place.route("POST", "/kv/part%20a/append", {"value": "John Doe"}),
        place.route(
            "POST", "/kv/part%20a/setrange", {"offset": 5, "value": "U21pdGg=", "encoding": "base64"}
        ),
        place.route("GET", "/kv/part%20a/getrange", start=0, end=-1),
        place.route("GET", "/kv/part%20a/getrange", start=99, end=100),
        place.route("GET", "/kv/part%20a/getrange", start="x", end=100),
        place.route("GET", "/kv/part%20a/strlen"),
        place.route("POST", "/kv/part%20a/getset", {"value": "new"}),
        place.route("POST", "/kv/part%20none/getset", {"value": None}),
        place.route("POST", "/kv/msetnx", {"pairs": pair}),
        place.route("POST", "/kv/part%20a/append", {}),
        place.route("POST", "/kv/msetnx", {"pairs": [{"key": 1, "value": "1"}]}),
        place.command("kv.setrange", key="part a", offset=2**20, value="x"),
        place.command("kv.setrange", key="part a", offset=-1, value="x"),
        place.command("kv.append", key="part a", value="x" * (2**20 - 2)),
        place.command("kv.getset", key="part a", value="1", type="bytes"),
        place.command("kv.msetnx", pairs=[["part c", 1], ["part d", 2]]),
        place.command("key.rename", source="part c", destination="part d"),
        place.command("key.renamenx", source="part a", destination="part d"),
        place.command("key.copy", source="part d", destination="part a"),
        place.command("key.copy", source="part d", destination="part a", replace=True),
        place.command("key.rename", source="part c", destination="part c"),
        [place.command("key.type", key=f"part {name}") for name in "ac"],
        place.command("key.exists", key="part a"),
        place.command("kv.mget", keys=["part a", "part c", "part d"]),
    ]


@scenario
def kv_counters(place: Place) -> Any:
    """Counting begins at 0, keeps to 64 bits, and leaves alone what it cannot count."""
    place.command("kv.set", key="text", value="ten")
    place.command("kv.set", key="full", value=str(2**63 - 1))
    names = ("kv.incr", "kv.incrby", "kv.decr", "kv.decrby")
    return [
        [place.command(name, key="count", amount=amount) for name in names for amount in (5, -2)],
        place.command("kv.get", key="count"),
        place.command("kv.incr", key="text"),
        place.command("kv.incr", key="full"),
        place.command("kv.get", key="full"),
        place.command("kv.incr", key="count", amount="5"),
    ]


@scenario
def kv_lists(place: Place) -> Any:
    """Many keys are written, read, listed by prefix and by pattern, and deleted together."""
    pairs = [{"key": f"many:{number:02}", "value": number} for number in range(25)]
    first = place.command("kv.mset", pairs=pairs)
    pages, cursor = [], None
    while True:
        page = place.command("kv.scan", prefix="many:", limit=10, **({"cursor": cursor} if cursor else {}))
        pages.append(page["keys"])
        cursor = page["cursor"]
        if cursor is None:
            break
    assert [key for page in pages for key in page] == [pair["key"] for pair in pairs]
    found = place.command("kv.keys", pattern="many:[01]?")
    gone = place.command("kv.mdel", keys=[pair["key"] for pair in pairs[:20]] + ["many:none"])
    left = place.command("kv.scan", pattern="many:*")
    return [first, found, gone, left, place.command("kv.del", keys=["many:20", "many:21"])]


@scenario
def kv_compare_and_set(place: Place) -> Any:
    """A value is replaced only where the expected one stands, or none when none is expected."""
    return [
        place.command("kv.cas", key="cas", expected="1", value="2"),
        place.command("kv.cas", key="cas", expected=None, value="1"),
        place.command("kv.cas", key="cas", expected=None, value="3"),
        place.command("kv.cas", key="cas", expected="1", value="2"),
        place.command("kv.get", key="cas"),
    ]


@scenario
def kv_refusals(place: Place) -> Any:
    """Each sort of wrong key, value, pattern and member is refused with its code, on both ways."""
    large = "v" * (2**20 + 1)
    return [
        [place.command("kv.set", key=key, value="") for key in ("", "k" * 1025, "a\0b")],
        place.command("kv.set", key="large", value=large),
        [place.command("kv.set", key="ttl", value="", ttl=ttl) for ttl in (-1, "5")],
        place.command("kv.expire", key="ttl", ttl=-1),
        place.command("kv.keys", pattern="[a"),
        place.command("kv.get"),
        place.command("kv.mset", pairs=[{"value": 1}]),
        place.command("kv.mget", keys=["k"] * 1001),
        place.command("kv.nothing"),
        place.route("POST", "/kv/set", {"value": 1}),
        place.route("POST", "/kv/set", {"key": "", "value": 1}),
        place.route("POST", "/kv/set", {"key": "k", "value": 1, "ttl": -1})[0],
        place.route("POST", "/kv/set", {"key": "large", "value": large})[0],
        place.route("GET", "/kv/get/k", type="yaml"),
        place.command("kv.exists", key="large"),
    ]


@scenario
def command_envelopes(place: Place) -> Any:
    """An envelope that is none has a status of its own; what is in it does not."""
    wrong = (
        [],
        {},
        {"command": 1, "payload": {}},
        {"command": "kv.get"},
        {"command": "kv.get", "payload": []},
    )
    seen = [place.post("/api/v1/command", value).plain() for value in wrong]
    plain = {"command": "kv.dbsize", "payload": {}}
    assert place.post("/api/v1/command", plain).body["request_id"]
    broken = place.call("POST", "/api/v1/command", body=b'{"command"')
    typed = {"content-type": "text/plain"}
    other = place.call("POST", "/api/v1/command", content=b"{}", headers=typed)
    return [seen, broken.plain(), other.plain()]


@scenario
def command_batches(place: Place) -> Any:
    """A batch is carried out in order, each refusal in its place, and its reads see its earlier writes."""

    def batch(*commands: tuple[str, dict[str, Any]]) -> Any:
        return place.command(
            "batch", commands=[{"command": name, "payload": given} for name, given in commands]
        )

    mixed = batch(
        ("kv.set", {"key": "batch", "value": "1"}),
        ("kv.incr", {"key": "batch"}),
        ("kv.incr", {"key": "cas"}),
        ("kv.get", {}),
        ("nothing.at.all", {}),
        ("queue.stats", {"queue": "nowhere"}),
        ("batch", {"commands": []}),
        ("kv.get", {"key": "batch"}),
    )
    many = place.command("batch", commands=[{"command": "kv.dbsize"}] * 1001)
    return [mixed, batch(), many, place.command("batch"), place.command("batch", commands=["kv.get"])]


@scenario
def spaces_and_scopes(place: Place) -> Any:
    """Two namespaces never meet; each command asks for its own scope; a token travels in four ways."""
    admin = administrator(place)
    places, rows = [], []
    for name in ("kv-a", "kv-b"):
        admin.post("/v1/namespaces", {"id": name})
        holder, row = account(admin, name, namespace=name, scopes=["kv:read", "kv:write"])
        places.append(holder)
        rows.append(row)
    one, other = places
    token = rows[0]["api_key"]
    seen = [one.command("kv.set", key="mine", value="a"), other.command("kv.get", key="mine")]
    seen += [other.command("kv.dbsize"), one.command("kv.get", key="mine"), one.command("queue.list")]
    inside = one.command("batch", commands=[{"command": "queue.list"}, {"command": "kv.dbsize"}])
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()
    bare = asking(place)
    ways: list[dict[str, Any]] = [
        {"headers": {"authorization": f"Basic {basic}"}},
        {"headers": {"x-api-key": token}},
        {"params": {"api_key": token}},
        {"headers": {"authorization": "Basic nonsense"}},
        {},
    ]
    answers = [bare.call("GET", "/kv/get/mine", **way).plain() for way in ways]
    return [seen, inside, answers]


@scenario
def kv_clients(place: Place) -> Any:
    """Both clients set, count and list alike, alone and many at once."""

    async def asynchronous() -> list[Any]:
        async with place.async_store() as client:
            await asyncio.gather(*(client.kv.incr("together") for _ in range(40)))
            await client.kv.mset({f"client:{number}": number for number in range(5)})
            keys = [key async for key in client.kv.scan("client:")]
            return [await client.kv.get("together"), keys, await client.kv.mget(keys)]

    with place.store() as client:
        seen = [client.kv.set("client", b"\xff"), client.kv.get_bytes("client"), client.kv.delete("client")]
        seen[1] = seen[1] == b"\xff"
        return [seen, asyncio.run(asynchronous()), client.kv.decrby("together", 40)]

"""Keys and values through the client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncropel import UsageError
from syncropel.daemon.local import LocalDaemon
from syncropel.store import SynapClient
from syncropel.testing import MockKernel
from tests.support.colours import Colour
from tests.support.stores import Store


@pytest.fixture
def store(colour: Colour, kernel: MockKernel) -> Store:
    """A client of a mock."""
    return Store(colour, transport=kernel.transport())


@pytest.fixture(scope="module")
def daemon() -> Iterator[str]:
    """The address of a daemon with an empty store."""
    with LocalDaemon(store="memory:") as running:
        yield running.url


VALUES = st.one_of(
    st.text(max_size=20).filter(lambda text: text.isprintable()),
    st.binary(max_size=20),
    st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53), st.lists, max_leaves=4),
)


@settings(max_examples=60)
@given(value=VALUES)
def test_what_is_set_is_got(value: Any) -> None:
    """A text comes back as itself, bytes as the same bytes, anything else as its compact JSON text."""
    with MockKernel() as kernel, SynapClient("http://mock", transport=kernel.transport()) as client:
        client.kv.set("key", value)
        if isinstance(value, bytes):
            assert client.kv.get_bytes("key") == value
        else:
            text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
            assert client.kv.get("key") == text
            assert client.kv.mget(["key", "other"]) == [text, None]
            assert client.kv.get_bytes("key") == text.encode()


def test_being_there(store: Store) -> None:
    """A key is there from its first value on until it is deleted."""
    assert store("kv.get", "key") is None
    assert store("kv.get", "key", "instead") == "instead"
    assert store("kv.get_bytes", "key") is None
    assert store("kv.delete", "key") is False
    assert store("kv.set", "key", "") is True
    assert store("kv.get", "key", "instead") == ""
    assert store("kv.exists", "key") is True
    assert store("kv.delete", "key") is True
    assert store("kv.exists", "key") is False


def test_conditions(store: Store) -> None:
    """`nx` and `xx` say whether it was written, compare-and-set whether the value was the expected one."""
    assert store("kv.set", "key", "1", xx=True) is False
    assert store("kv.set", "key", "1", nx=True) is True
    assert store("kv.set", "key", "2", nx=True) is False
    assert store("kv.compare_and_set", "key", "2", "3") is False
    assert store("kv.compare_and_set", "key", "1", "3") is True
    assert store("kv.compare_and_set", "other", "1", "3") is False
    assert store("kv.compare_and_set", "other", None, "3", ttl=60) is True
    assert store("kv.mget", ["key", "other"]) == ["3", "3"]
    assert store("kv.ttl", "other") == 60.0


def test_values_as_they_were_stored(store: Store) -> None:
    """Several values come back as their bytes, also those that are no text, in the order asked."""
    store("kv.set", "logo", b"\xff\x00")
    store("kv.set", "text", "<binary data: 2 bytes>")
    wanted = ["text", "gone", "logo", "text"]
    text = b"<binary data: 2 bytes>"
    assert store("kv.mget_bytes", wanted) == [text, None, b"\xff\x00", text]


def test_values_as_they_were_stored_elsewhere(colour: Colour) -> None:
    """A server that gives several values as texts alone is asked for the bytes of one after the other."""

    def foreign(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if asked["command"] == "kv.mget":
            payload: Any = {"values": [None, None]}
        else:
            payload = {"a": [255, 0], "b": None}[asked["payload"]["key"]]
        return httpx.Response(200, json={"success": True, "payload": payload})

    store = Store(colour, transport=httpx.MockTransport(foreign))
    assert store("kv.mget_bytes", ["a", "b"]) == [b"\xff\x00", None]


def test_time_to_live(store: Store, kernel: MockKernel) -> None:
    """A key lives as long as it was told, to the millisecond, and what was said last counts."""
    store("kv.set", "key", "value", ttl=1.5)
    kernel.clock.advance(1.4)
    assert 0 < store("kv.ttl", "key") <= 0.1001
    kernel.clock.advance(0.11)
    assert store("kv.get", "key") is None
    assert store.refused("kv.ttl", "key") == (404, "KEY_NOT_FOUND")
    assert store("kv.expire", "key", 5) is False
    store("kv.mset", {"key": 1, "other": "2"}, ttl=5)
    assert store("kv.persist", "key") is True
    store("kv.set", "other", "3", keep_ttl=True)
    assert store("kv.ttl", "key") is None
    kernel.clock.advance(5)
    assert store("kv.mget", ["other", "key"]) == [None, "1"]
    assert store("kv.expire", "key", 0) is True
    assert store("kv.size") == 0


def test_counters(store: Store) -> None:
    """Counters begin at 0, are read as text, and refuse what is no number and what leaves 64 bits."""
    counted = [store("kv.incr", "n"), store("kv.incrby", "n", 5), store("kv.decr", "n")]
    assert [*counted, store("kv.decrby", "n", -3)] == [1, 6, 5, 8]
    assert store("kv.get", "n") == "8"
    store("kv.set", "text", "eight")
    assert store.refused("kv.incr", "text") == (400, "NOT_AN_INTEGER")
    store("kv.set", "n", str(2**63 - 1))
    assert store.refused("kv.incr", "n") == (400, "COUNTER_OVERFLOW")
    assert store("kv.get", "n") == str(2**63 - 1)


def test_parts_of_values(store: Store) -> None:
    """Values grow, are written over and read in part, change hands, and take their time to live along."""
    store("kv.set", "name", "John", ttl=100)
    assert store("kv.append", "name", b" Doe") == 8 == store("kv.strlen", "name")
    assert store("kv.setrange", "name", 5, "Smith") == 10
    assert [store("kv.getrange", "name", *places) for places in ((0, 3), (-5, -1), (50, 60))] == [
        "John",
        "Smith",
        None,
    ]
    store("kv.rename", "name", "other")
    assert (store("kv.exists", "name"), store("kv.ttl", "other") is None) == (False, False)
    assert store.refused("kv.rename", "name", "other") == (404, "KEY_NOT_FOUND")
    assert (store("kv.getset", "other", "new"), store("kv.ttl", "other")) == ("John Smith", None)
    assert store("kv.getset", "fresh", "new") is None
    assert store("kv.msetnx", {"a": 1, "other": 2}) is store("kv.exists", "a") is False
    assert store("kv.msetnx", {"a": 1, "b": 2}, ttl=5) is True


def test_listing(store: Store) -> None:
    """Scanning gives every key once and in order, over many pages; patterns choose among them."""
    names = [f"user:{number:04}" for number in range(2100)]
    for start in range(0, len(names), 700):
        store("kv.mset", [(name, "x") for name in names[start : start + 700]])
    store("kv.set", "other", "x")
    assert store.every("kv.scan", "user:") == names
    assert store.every("kv.scan", pattern="*:00[01]?") == names[:20]
    assert store("kv.keys", "user:000?") == names[:10]
    assert len(store("kv.keys")) == store("kv.size") == store("kv.stats").total_keys == 2101


WRONG: list[tuple[str, tuple[Any, ...]]] = [
    ("kv.set", ("", "value")),
    ("kv.set", (b"key", "value")),
    ("kv.set", ("key", {1, 2})),
    ("kv.set", ("key", float("nan"))),
    ("kv.set", ("key", "value", -1)),
    ("kv.get", ("\ud800",)),
    ("kv.incrby", ("key", 1.5)),
    ("kv.incrby", ("key", True)),
    ("kv.mget", ("key",)),
    ("kv.mget", ([],)),
    ("kv.mset", ([("key",)],)),
    ("kv.mset", ({},)),
]


@pytest.mark.parametrize(("name", "arguments"), WRONG)
def test_mistakes(store: Store, kernel: MockKernel, name: str, arguments: tuple[Any, ...]) -> None:
    """A caller's mistake is a `UsageError` that names the argument, and nothing is sent."""
    with pytest.raises(UsageError):
        store(name, *arguments)
    assert kernel.calls == []


def test_what_is_too_large(daemon: str, colour: Colour) -> None:
    """Over the limits a daemon refuses with status and code, and the connection goes on being used."""
    store = Store(colour, daemon)
    assert store.refused("kv.set", "k" * 1025, "value") == (400, "INVALID_KEY")
    assert store.refused("kv.set", "key", "v" * (2**20 + 1)) == (413, "VALUE_TOO_LARGE")
    assert store.refused("kv.set", "key", "v" * 9_000_000) == (413, "BODY_TOO_LARGE")
    assert store("kv.set", "k" * 1024, "v" * 2**20) is True
    assert len(store("kv.get", "k" * 1024)) == 2**20

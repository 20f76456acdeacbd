"""What the kernel's tests share: kernels over every store, and short ways to ask them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from syncropel.kernel.access.namespaces import Namespace, put_namespace
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.store.base import Store
from syncropel.kernel.store.memory import MemoryStore
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.rules.contract import load_openapi, load_routes

ACTOR = "did:example:test"
# In memory it is SQLite too: where only interpreters are compared, the file stands for both.
MEMORY = pytest.param("memory", marks=pytest.mark.twin)
POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
DURABLE = ("sqlite", POSTGRES)
STORES = (MEMORY, *DURABLE)


class FakeTime:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@contextlib.contextmanager
def open_store(name: str, folder: Path) -> Iterator[Store]:
    """Give a store by name for as long as a block runs, empty; the one in a file, in a folder."""
    with contextlib.ExitStack() as stack:
        if name == "postgres":
            from syncropel.kernel.store.postgres import PostgresStore

            from ..support.postgres import migrated_database

            store: Store = PostgresStore(stack.enter_context(migrated_database()))
        else:
            store = MemoryStore() if name == "memory" else SqliteStore(folder / "hub.db")
        stack.callback(store.close)
        yield store


def build_kernel(store: Store, now: FakeTime | None = None) -> Kernel:
    """Build a kernel that serves the whole contract."""
    return Kernel(store, routes=load_routes(), openapi=load_openapi(), version="1.2.3", now=now or FakeTime())


class Caller:
    """Asks a kernel, and checks on the way that a reply carries its request id."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def send(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Reply:
        """Send raw bytes."""
        reply = self.kernel.handle(Request(method, target, headers or {}, body))
        assert reply.headers["x-request-id"]
        if reply.status >= 400:
            assert reply.body["request_id"] == reply.headers["x-request-id"]
        json.dumps(reply.body, allow_nan=False)
        return reply

    def get(self, target: str, **params: Any) -> Reply:
        """GET a path with query parameters."""
        return self.send("GET", f"{target}?{urlencode(params)}" if params else target)

    def post(self, target: str, value: Any) -> Reply:
        """POST a JSON value."""
        return self.send("POST", target, json.dumps(value).encode(), {"content-type": "application/json"})

    def emit(self, **fields: Any) -> Reply:
        """POST a record, with defaults for what a test does not care about."""
        return self.post("/v1/records", record(**fields))

    def emit_all(self, records: list[dict[str, Any]]) -> None:
        """POST many records, in batches; each is new."""
        for start in range(0, len(records), 1000):
            batch = [record(**fields) for fields in records[start : start + 1000]]
            reply = self.post("/v1/records/batch", batch)
            assert reply.body["created"] == len(batch), reply.body

    def query(self, **request: Any) -> Reply:
        """POST a rich query."""
        return self.post("/v1/records/query", request)

    def found(self, **filters: Any) -> list[int]:
        """Return the sequences that match a filter."""
        reply = self.query(filter=filters.get("filter", filters), limit=1000)
        assert reply.status == 200, reply.body
        assert reply.body["matched_total"] == len(reply.body["data"])
        return [row["sequence"] for row in reply.body["data"]]


def register(kernel: Kernel, *names: str, active: bool = True, signed: bool = False) -> None:
    """Register namespaces, as an administrator would."""
    for name in names:
        space = Namespace(name, active, signed)
        kernel.store.write(lambda transaction, space=space: put_namespace(transaction, space))


def record(**fields: Any) -> dict[str, Any]:
    """Return a record to post."""
    value = {"act": "PUT", "actor": ACTOR, "body": {"kind": "test.unit.record"}, "clock": 0, "thread": "t"}
    return {**value, **fields}


def in_path(text: str) -> str:
    """Return a text as one path segment."""
    return quote(text, safe="")

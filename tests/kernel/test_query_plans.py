"""What SQLite does with our statements: promised indexes are used, promised reads never scan the table."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.store.engine import SqliteTransaction
from syncropel.kernel.store.memory import MemoryStore

from .support import Caller, build_kernel, record


class Recorder(MemoryStore):
    """A store that keeps the plan of every statement that reads."""

    def __init__(self) -> None:
        super().__init__()
        self.plans: list[str] = []
        self.connection: sqlite3.Connection = self._connection

    def read(self, work: Callable[[Any], Any]) -> Any:
        """Run work on a transaction that explains each statement first."""
        return work(Explaining(self.connection, self.plans))


class Explaining(SqliteTransaction):
    """Explains before it runs."""

    def __init__(self, connection: sqlite3.Connection, plans: list[str]) -> None:
        super().__init__(connection)
        self._plans = plans

    def execute(self, sql: str, params: Any = ()) -> list[tuple[Any, ...]]:
        """Keep the plan, then run the statement."""
        steps = super().execute(f"EXPLAIN QUERY PLAN {sql}", params)
        self._plans.append("\n".join(str(step[-1]) for step in steps))
        return super().execute(sql, params)

    def take(self, sql: str, params: Any, wanted: Callable[[tuple[Any, ...]], bool]) -> list[tuple[Any, ...]]:
        """Keep the plan, then run the statement."""
        self.execute(sql, params)
        return super().take(sql, params, wanted)


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Caller, Recorder]]:
    """Give a kernel with a few records on a recording store."""
    store = Recorder()
    kernel: Kernel = build_kernel(store)
    ask = Caller(kernel)
    for clock in range(3):
        body = {"kind": "a.b.c", "n": clock, "_refs": [{"id": f"i:{clock}", "kind": "@k"}]}
        assert ask.post("/v1/records", record(clock=clock, body=body)).status == 201
    yield ask, store
    kernel.close()


def plans_of(place: tuple[Caller, Recorder], run: Callable[[Caller], Any]) -> str:
    """Return the plans of the statements that a request runs."""
    ask, store = place
    store.plans.clear()
    reply = run(ask)
    assert reply.status == 200, reply.body
    assert store.plans
    return "\n".join(store.plans)


@pytest.mark.parametrize(
    ("target", "index"),
    [
        ("/v1/threads/t/records", "records_thread"),
        ("/v1/threads/t/records?since=1", "sqlite_autoindex_records_2 (thread=? AND clock>?)"),
        ("/v1/records?thread=t", "records_thread"),
        ("/v1/records?actor=did:example:test", "records_actor"),
        ("/v1/records?kind=a.b.c", "records_kind"),
        ("/v1/threads", "INTEGER PRIMARY KEY"),
        ("/v1/threads/t", "sqlite_autoindex_threads_1 (thread=?)"),
        ("/v1/threads/t/state", "PRIMARY KEY (thread=?)"),
        ("/v1/threads/t/participants", "PRIMARY KEY (thread=?)"),
        ("/v1/threads/t/project", "records_thread"),
        ("/health", "SEARCH records"),
    ],
)
def test_reads_use_their_index(place: tuple[Caller, Recorder], target: str, index: str) -> None:
    """Each list and each thread's facts come from an index."""
    plans = plans_of(place, lambda ask: ask.send("GET", target))
    assert index in plans
    assert "SCAN r" not in plans.replace("SCAN records USING", "")


@pytest.mark.parametrize(
    ("filter_", "index"),
    [
        ({"id": "x"}, "sqlite_autoindex_records_1 (id=?)"),
        ({"thread": "t"}, "(thread=?"),
        ({"actor": "a"}, "records_actor (actor=?)"),
        ({"actor": {"$in": ["a", "b"]}}, "records_actor (actor=?)"),
        ({"body.kind": "a.b.c"}, "records_kind (kind=?)"),
        ({"sequence": {"$gt": 1}}, "INTEGER PRIMARY KEY (rowid>?)"),
        ({"body._refs.id": "i:1"}, "SEARCH refs USING PRIMARY KEY (member=? AND value=?)"),
        ({"body._refs.kind": "@k"}, "SEARCH refs USING PRIMARY KEY (member=? AND value=?)"),
        ({"$and": [{"body.n": 1}, {"body.kind": "a.b.c"}]}, "records_kind (kind=?)"),
        ({"thread": "t", "clock": {"$gt": 1}}, "(thread=?"),
    ],
)
@pytest.mark.parametrize("aggregating", [False, True])
def test_indexed_filters_never_scan(
    place: tuple[Caller, Recorder], filter_: dict[str, Any], index: str, aggregating: bool
) -> None:
    """A filter on an indexed field reads its rows through the index, for page, count and groups."""
    more: dict[str, Any] = {"group_by": ["act"]} if aggregating else {"limit": 1, "explain": True}
    plans = plans_of(place, lambda ask: ask.query(filter=filter_, **more))
    assert index in plans
    assert "SCAN r\n" not in f"{plans}\n"


def test_page_of_an_unindexed_filter_is_the_one_that_scans(place: tuple[Caller, Recorder]) -> None:
    """The check above can fail: a filter on the body alone does scan, and the plan says so."""
    assert "SCAN r\n" in plans_of(place, lambda ask: ask.query(filter={"body.n": 1})) + "\n"


def test_watch_pages_use_their_index(place: tuple[Caller, Recorder]) -> None:
    """A watcher's next page is a range of the thread's index."""
    ask, store = place
    store.plans.clear()
    ask.kernel.watch_page("t", 1, 10)
    assert "records_thread (thread=? AND rowid>?)" in store.plans[0]
    assert "TEMP B-TREE" not in store.plans[0]


@pytest.mark.parametrize("sort", [{"sequence": 1}, {"sequence": -1}])
def test_pages_in_order_of_ingest_are_not_sorted(
    place: tuple[Caller, Recorder], sort: dict[str, int]
) -> None:
    """A page by an indexed field in the order of ingest reads only its own rows."""
    for filter_ in ({"body.kind": "a.b.c"}, {"actor": "a"}, {"thread": "t"}):
        plans = plans_of(place, lambda ask, f=filter_: ask.query(filter=f, sort=sort))  # type: ignore[misc]
        assert "TEMP B-TREE" not in plans, filter_

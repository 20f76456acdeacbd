"""The store in PostgreSQL: turns of writers, groups, snapshots, formats, and a database that goes away."""

from __future__ import annotations

import contextlib
import random
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from syncropel.kernel.store.errors import (
    StoreError,
    StoreForeign,
    StoreFormatTooNew,
    StoreUnavailable,
)
from syncropel.kernel.store.memory import MemoryStore

from .postgres_support import opened, session
from .support import Caller, build_kernel, in_path
from .test_store import add, count, grouped

if TYPE_CHECKING:
    from syncropel.kernel.store.postgres import PostgresStore


pytestmark = pytest.mark.postgres


@pytest.fixture
def empty() -> Iterator[str]:
    """Give the URL of a database with nothing in it."""
    from ..support.postgres import fresh_database

    with fresh_database() as url:
        yield url


def in_threads(*works: Any) -> None:
    """Run functions at the same time, and raise what one of them raised."""
    faults: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            work()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if faults:
        raise faults[0]


def test_no_reader_ever_sees_a_gap(database: str) -> None:
    """Two daemons write, and are refused; at every moment a reader sees sequences 1 to n, and no others."""
    with opened(database) as one, opened(database) as two, opened(database) as three:
        done = threading.Event()
        looks: list[tuple[int, int]] = []

        def write(store: PostgresStore, actor: str) -> None:
            ask = Caller(build_kernel(store))
            for clock in range(40):
                assert ask.emit(actor=actor, clock=clock, thread=f"t{clock % 3}").status == 201
                # The same clock again: a job of the group fails, and its number is given back.
                refused = ask.emit(actor=actor, clock=clock, thread=f"t{clock % 3}", body={"kind": "a.b.c"})
                assert refused.status == 400

        def look() -> None:
            while not done.is_set():
                seen = three.read(lambda tx: tx.execute("SELECT count(*), max(sequence) FROM records"))[0]
                looks.append((seen[0], seen[1] or 0))

        reader = threading.Thread(target=look)
        reader.start()
        names = [(store, f"did:example:{store.name}-{n}") for n, store in enumerate((one, two, one, two))]
        in_threads(*(lambda store=store, name=name: write(store, name) for store, name in names))
        done.set()
        reader.join(30)
        assert all(seen == newest for seen, newest in looks)
        assert looks == sorted(looks)
        rows = three.read(lambda tx: tx.execute("SELECT sequence FROM records ORDER BY sequence"))
        assert [row[0] for row in rows] == list(range(1, 161))


def test_failing_jobs_are_undone_alone(database: str) -> None:
    """In a group, a job that raises and one that the database refuses are undone; the others stay."""
    from psycopg.errors import UniqueViolation

    with opened(database) as store:
        one, two, three, four = grouped(store, [add(1), add(2, RuntimeError("no")), add(1), add(3)])
        assert (one.result(30), four.result(30)) == (1, 3)
        assert isinstance(two.exception(30), RuntimeError)
        assert isinstance(three.exception(30), UniqueViolation)
        assert count(store) == 2


def test_read_is_one_snapshot_and_cannot_write(database: str) -> None:
    """What is committed while a read runs does not show up in it, and a read that writes is refused."""
    with opened(database) as store:

        def work(transaction: Any) -> tuple[int, int]:
            sql = "SELECT count(*) FROM fulfilments"
            before = transaction.execute(sql)[0][0]
            store.write(add(1))
            return before, transaction.execute(sql)[0][0]

        assert store.read(work) == (0, 0)
        assert count(store) == 1
        with pytest.raises(StoreUnavailable, match="read-only"):
            store.read(add(2))
        assert count(store) == 1


def test_rows_that_nobody_wants_are_not_fetched(database: str) -> None:
    """A query is broken off where the caller says so, and the same snapshot answers the next one."""
    with opened(database) as store:

        def work(transaction: Any) -> tuple[list[int], int]:
            before = transaction.execute("SELECT count(*) FROM fulfilments")[0][0]
            store.write(add(1))
            many = "SELECT generate_series(1, ?), repeat('x', 1000)"
            taken = transaction.take(many, (50_000_000,), lambda row: row[0] < 100)
            return [row[0] for row in taken], transaction.execute("SELECT count(*) FROM fulfilments")[0][
                0
            ] - before

        assert store.read(work) == (list(range(1, 100)), 0)
        assert count(store) == 1


def test_daemons_that_start_at_once_migrate_once(empty: str) -> None:
    """Several stores opened on an empty database all open; the steps were applied once."""
    from syncropel.kernel.store.postgres_schema import MIGRATIONS

    stores: list[PostgresStore] = []
    with contextlib.ExitStack() as stack:
        in_threads(*[lambda: stores.append(stack.enter_context(opened(empty)))] * 4)
        assert len(stores) == 4
        with session(empty) as connection:
            applied = connection.execute("SELECT count(*), max(format) FROM syncropel_meta").fetchone()
            assert applied == (1, len(MIGRATIONS))
            assert connection.execute("SELECT count(*) FROM namespaces").fetchone() == (1,)


def test_newer_and_foreign_schemas_are_refused_by_name(empty: str) -> None:
    """A format from the future and another program's tables are left alone; another schema is open to us."""
    opened(empty).__enter__().close()
    with session(empty) as connection:
        connection.execute("UPDATE syncropel_meta SET format = 99")
        with pytest.raises(StoreFormatTooNew, match=r"'syncropel' has store format 99.*install a newer"):
            opened(empty).__enter__()
        connection.execute("CREATE SCHEMA theirs; CREATE TABLE theirs.things (x int)")
        with pytest.raises(StoreForeign, match=r"'theirs' holds tables of another program.*\?schema=NAME"):
            opened(empty, schema="theirs").__enter__()
        with opened(empty, schema="ours") as store:
            assert store.write(add(1)) == 1
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'theirs'").fetchall()
        assert tables == [("things",)]


def test_interrupted_migration_leaves_nothing(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails half-way is undone with its count, and the next opening applies it whole."""
    from syncropel.kernel.store import postgres_schema

    broken = ((*postgres_schema.MIGRATIONS[0], "CREATE NONSENSE"),)
    monkeypatch.setattr(postgres_schema, "MIGRATIONS", broken)
    with pytest.raises(StoreError):
        opened(empty).__enter__()
    monkeypatch.undo()
    with opened(empty) as store:
        assert store.write(add(1)) == 1


def test_what_belongs_to_a_thread_can_be_spread_by_it(database: str) -> None:
    """Every unique key of a table with a thread holds the thread; docs/citus.sql places every table once."""
    keys = """SELECT c.relname, array_agg(a.attname::text) FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE i.indisunique AND n.nspname = 'syncropel' GROUP BY c.relname, i.indexrelid"""
    with session(database) as connection:
        columns = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'syncropel'"
        of_threads = {row[0] for row in connection.execute(f"{columns} AND column_name = 'thread'")}
        tables = {row[0] for row in connection.execute(columns)}
        assert len(of_threads) > 8
        for table, key in connection.execute(keys).fetchall():
            assert table not in of_threads or "thread" in key, (table, key)
    text = (Path(__file__).parents[2] / "docs" / "citus.sql").read_text()
    spread = re.findall(r"create_distributed_table\('(\w+)', 'thread'", text)
    everywhere = re.findall(r"create_reference_table\('(\w+)'\)", text)
    left = re.findall(r"on the coordinator: ([\w, ]+)\.", text)[0].split(", ")
    own = {name for name in tables if not re.fullmatch(r"records_\d+", name)}
    assert sorted([*spread, *everywhere, *left]) == sorted(own)
    assert set(spread) == {name for name in of_threads if name in own}


def test_text_of_every_kind_is_kept_and_found(database: str) -> None:
    """U+0000, U+0001, long kinds and long references are answered as the store in memory answers them."""
    letters = random.Random(5)
    long = "".join(letters.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(20_000))
    bodies = [
        {"kind": f"a.b.{long}", "_refs": [{"id": long}]},
        {"kind": "a.b.\0", "x": "\1\0\1", "y\0": {"\1": ["\\u0000", "\\\0", "\0"]}, "_refs": {"id": "r\0"}},
        {"kind": "a.b.\1", "x": "\1\1", "z": '"\\\\u0001\\u0002'},
    ]
    threads = ["\0", "a\0b", "a\1b", "a\\u0000b"]
    asked: list[Any] = [
        *({"filter": {"body.kind": body["kind"]}} for body in bodies),
        {"filter": {"body._refs.id": {"$in": [long, "r\0"]}}},
        *({"filter": {"body.x": text}} for text in ("\1\0\1", "\1\1", "\1")),
        {"filter": {"body.x": {"$like": "_"}}},
        {"filter": {"body.x": {"$gt": "\1"}}},
        {"filter": {"thread": {"$like": "a_b"}}},
        {"filter": {"thread": {"$gte": "a\0"}}, "sort": {"thread": 1}},
        {"filter": {}, "sort": {"body.x": -1}},
        {"filter": {}, "group_by": ["body.x", "thread"], "aggregates": {"m": {"$max": "body.x"}}},
    ]

    def answers(store: Any) -> list[Any]:
        ask = Caller(build_kernel(store))
        for thread in threads:
            for clock, body in enumerate(bodies):
                assert ask.emit(thread=thread, clock=clock, body=body).status == 201
        for domain in (long, "short"):
            verdict = {"kind": "a.b.c", "verdict": "accept", "subject": "did:example:s", "domain": domain}
            assert ask.emit(thread="v", act="KNOW", clock=len(domain), body=verdict).status == 201
        found = [ask.query(**each).body for each in asked]
        found.append(ask.get("/v1/trust").body)
        return found + [ask.get(f"/v1/threads/{in_path(thread)}/records").body for thread in threads]

    with opened(database) as store:
        assert answers(store) == answers(MemoryStore())


def test_numbers_of_any_size_and_long_paths_are_answered_alike(database: str) -> None:
    """Integers beyond 64 bits, beyond doubles, and paths of many steps through arrays: as in memory."""
    numbers = [2**63 - 1, 2**64, 2**64 + 1, -(2**64), 10**400, -(10**400), 0.1, 1e-300, 5e-324, 3, -0.5]
    deep = [
        {"a": {"b": {"c": {"d": {"e": 1}}}}},
        {"a": {"b": {"c": [{"d": [[{"e": 1}], {"e": [2]}]}]}}},
        {"a": {"b": {"c": {"d": [{"e": [[]]}]}}}},
        {"a": [{"b": {"c": {"d": {"e": 3}}}}]},
    ]
    bodies = [*({"n": number} for number in numbers), *deep]
    path = "body.a.b.c.d.e"
    asked: list[Any] = [
        *({"filter": {"body.n": {word: number}}} for word in ("$gt", "$lte", "$eq") for number in numbers),
        {"filter": {}, "sort": {"body.n": 1}},
        {"filter": {path: {"$gte": 1}}},
        {"filter": {path: {"$in": [2, 3]}}},
        {"filter": {path: {"$exists": True}}},
        {"filter": {}, "sort": {path: -1}},
        {"filter": {}, "group_by": [path], "aggregates": {"n": {"$count": True}}},
        *(
            {"filter": {"sequence": {"$lte": top}}, "aggregates": {"x": {word: field}}}
            for top in (1, 3, 5, 6, 15)
            for word in ("$min", "$max", "$sum", "$avg")
            for field in ("body.n", path, "clock")
        ),
    ]

    def answers(store: Any) -> list[Any]:
        ask = Caller(build_kernel(store))
        ask.emit_all([{"clock": clock, "body": body} for clock, body in enumerate(bodies)])
        return [ask.query(**each).body for each in asked]

    with opened(database) as store:
        for request, ours, memory in zip(asked, answers(store), answers(MemoryStore()), strict=True):
            assert ours == memory, request


def test_without_the_driver_the_message_is_one_line() -> None:
    """Opening a PostgreSQL store without the extra says which extra is missing."""
    program = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from syncropel.daemon.opening import open_store\n"
        "from syncropel.daemon.settings import Settings\n"
        "from syncropel.daemon.errors import DaemonError\n"
        "try: open_store(Settings.resolve(store='postgresql://h/d', environ={}), '')\n"
        "except DaemonError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "a PostgreSQL store needs the 'postgres' extra: pip install 'syncropel[postgres]'\n"

"""The gate at which long work of other threads waits for the store's writer."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from syncropel.kernel.store.base import Transaction
from syncropel.kernel.store.engine import run_group
from syncropel.kernel.store.gate import Gate
from syncropel.kernel.store.sqlite import SqliteStore

SECONDS = 20


class Watched:
    """A connection that notes, with each statement, whether the gate was closed."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.seen: list[tuple[str, bool]] = []
        self.connection = sqlite3.connect(":memory:", isolation_level=None)

    def execute(self, sql: str, params: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Note the statement, and run it."""
        self.seen.append((f"{sql.split()[0]} of {sql.count(chr(63))}", self.gate.closed))
        return self.connection.execute(sql, params)

    @property
    def in_transaction(self) -> bool:
        """As the connection says."""
        return self.connection.in_transaction


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A connection with a gate."""
    made = Watched(Gate())
    yield made
    made.connection.close()


def test_the_gate_is_open_during_what_takes_long(watched: Watched) -> None:
    """Short statements run behind a closed gate; long inserts and the commit with it open."""
    gate = watched.gate
    watched.connection.execute("CREATE TABLE t (a)")

    def work(transaction: Transaction) -> None:
        transaction.execute("SELECT 1")
        transaction.execute_many("INSERT INTO t (a) VALUES (?)", [(number,) for number in range(130)])

    outcomes = run_group(watched, [(work, lambda *_: None)], gate).outcomes  # type: ignore[arg-type]
    assert outcomes == [(None, None)]
    assert watched.seen == [
        ("BEGIN of 0", True),
        ("SELECT of 0", True),
        ("INSERT of 128", False),
        ("INSERT of 2", True),
        ("COMMIT of 0", False),
    ]
    assert not gate.closed


def test_a_group_that_fails_leaves_the_gate_open(watched: Watched) -> None:
    """An error in a long insert undoes the group, and nobody waits at the gate for ever."""
    gate = watched.gate
    watched.connection.execute("CREATE TABLE t (a UNIQUE)")

    def work(transaction: Transaction) -> None:
        transaction.execute_many("INSERT INTO t (a) VALUES (?)", [(1,)] * 64)

    [(_, error)] = run_group(watched, [(work, lambda *_: None)], gate).outcomes  # type: ignore[arg-type]
    assert isinstance(error, sqlite3.IntegrityError)
    assert not gate.closed
    assert not watched.in_transaction


def test_who_gives_way_waits_for_the_writer() -> None:
    """`give_way` returns at once where the gate is open, and after the writer's Python where not."""
    gate, passed = Gate(), threading.Event()
    gate.give_way()

    def reader() -> None:
        while gate.closed:
            gate.give_way()
        passed.set()

    with gate:
        thread = threading.Thread(target=reader)
        thread.start()
        assert not passed.wait(0.05)
    assert passed.wait(SECONDS)
    thread.join(SECONDS)


def test_a_writer_that_hangs_holds_nobody_up(tmp_path: Path) -> None:
    """While a write waits for something, other threads are held up for a moment and go on."""
    store = SqliteStore(tmp_path / "records.db")
    writing, go_on = threading.Event(), threading.Event()

    def work(_: Transaction) -> None:
        writing.set()
        assert go_on.wait(SECONDS)

    try:
        written = store.submit(work)
        assert writing.wait(SECONDS)
        store.give_way()
        go_on.set()
        written.result(SECONDS)
    finally:
        go_on.set()
        store.close()

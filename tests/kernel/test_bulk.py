"""Bulk work: what is alike is done in one call, what fails fails alone, many rows go in or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request
from syncropel.kernel.store import writer
from syncropel.kernel.store.base import Bulk, Store, Transaction
from syncropel.kernel.store.engine import WIDTHS
from syncropel.kernel.store.errors import StoreFull
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.kernel.store.tables import PLACED_COLUMNS, RECORDS

from .batch_support import BATCH, LINES, lines, listened, post_lines
from .support import DURABLE, Caller, build_kernel, open_store, record
from .test_store import Gate

WIDE = WIDTHS[0]
NUMBERS = "SELECT sequence FROM fulfilments ORDER BY sequence"


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give each store that writes in groups, empty."""
    with open_store(request.param, tmp_path) as store:
        yield store


def numbers(store: Store) -> list[int]:
    """Return the numbers that were added."""
    return [row[0] for row in store.read(lambda transaction: transaction.execute(NUMBERS))]


class Adding:
    """Bulk work that adds numbers; 13 fails. It notes with which numbers it was called."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []

    def run(self, transaction: Transaction, items: Sequence[int]) -> list[int]:
        """Add the numbers."""
        self.calls.append(list(items))
        for number in items:
            transaction.execute(
                "INSERT INTO fulfilments (thread, sequence, id) VALUES ('t', ?, 'x')", (number,)
            )
        if 13 in items:
            raise RuntimeError("thirteen")
        return [number * 10 for number in items]

    def work(self, number: int, weight: int = 1) -> Bulk:
        """Return the work of adding one number."""
        return Bulk(self.run, number, weight)


def grouped(store: Store, works: list[Any]) -> list[Future[Any]]:
    """Queue works so that they are committed in one group."""
    gate = Gate()
    held = gate.close(store)
    futures = [store.submit(work) for work in works]
    gate.open()
    held.result(30)
    return futures


def test_neighbours_are_one_call(durable: Store) -> None:
    """Neighbours of one kind are one call, each gets its own result; other work between them parts them."""
    one, other = Adding(), Adding()
    between = lambda transaction: other.run(transaction, [3])  # noqa: E731
    works = [one.work(1), one.work(2), between, one.work(4), other.work(5), one.work(6), one.work(7)]
    results = [future.result(30) for future in grouped(durable, works)]
    assert results == [10, 20, [30], 40, 50, 60, 70]
    assert one.calls == [[1, 2], [4], [6, 7]]
    assert other.calls == [[3], [5]]
    assert numbers(durable) == list(range(1, 8))


def test_one_that_fails_fails_alone(durable: Store) -> None:
    """When a call fails, its items are tried one by one, and only the one at fault is undone."""
    adding = Adding()
    futures = grouped(durable, [adding.work(number) for number in (11, 12, 13, 14)])
    assert [future.result(30) for future in (*futures[:2], futures[3])] == [110, 120, 140]
    assert isinstance(futures[2].exception(30), RuntimeError)
    assert adding.calls == [[11, 12, 13, 14], [11], [12], [13], [14]]
    assert numbers(durable) == [11, 12, 14]


def test_group_is_bounded_by_its_weight(durable: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group ends with the work that makes it as heavy as it may be, so that none waits for many batches."""
    monkeypatch.setattr(writer, "GROUP_WEIGHT", 10)
    adding = Adding()
    weights = [4, 4, 4, 1, 9, 12, 1]
    for future in grouped(durable, [adding.work(*pair) for pair in enumerate(weights)]):
        future.result(30)
    assert adding.calls == [[0, 1, 2], [3, 4], [5], [6]]


def row(sequence: int, clock: int, body: str = "{}") -> tuple[Any, ...]:
    """Return the values of a record of a test's own."""
    plain = ("SCALAR", None, "default", "[]", body, None, None)
    return (sequence, 1, f"id {clock} {body}", "t", "a", "PUT", clock, *plain)


def stored(store: Store) -> list[tuple[Any, ...]]:
    """Return the sequences and clocks of all records."""
    sql = "SELECT sequence, clock FROM records ORDER BY sequence"
    return store.read(lambda transaction: transaction.execute(sql))


@pytest.mark.parametrize("count", [1, WIDE - 1, WIDE, WIDE + 1, 3 * WIDE])
def test_many_rows_at_once(store: Store, count: int) -> None:
    """However many rows are inserted together, all are there in order, and the next one follows them."""

    def work(transaction: Transaction) -> int:
        first = transaction.next_sequence()
        rows = [row(first + number, number) for number in range(count)]
        assert transaction.insert_many(RECORDS, PLACED_COLUMNS, rows)
        return transaction.next_sequence()

    assert store.write(work) == count + 1
    assert stored(store) == [(number + 1, number) for number in range(count)]


@pytest.mark.parametrize("place", [0, WIDE + 3, 2 * WIDE + 9])
def test_one_row_that_contradicts_keeps_all_out(store: Store, place: int) -> None:
    """One row that breaks a unique key, wherever it is, keeps the others out, and the transaction goes on."""

    def work(transaction: Transaction) -> list[Any]:
        assert transaction.insert_many(RECORDS, PLACED_COLUMNS, [row(1, 500)])
        rows = [row(number + 2, number) for number in range(2 * WIDE + 10)]
        rows[place] = row(rows[place][0], 500, '{"other":1}')
        inserted = transaction.insert_many(RECORDS, PLACED_COLUMNS, rows)
        again = transaction.insert_many(RECORDS, PLACED_COLUMNS, [row(2, 501)])
        return [inserted, again, transaction.next_sequence()]

    assert store.write(work) == [False, True, 3]
    assert stored(store) == [(1, 500), (2, 501)]


def test_an_atomic_batch_that_is_refused_undoes_nothing_else(durable: Store) -> None:
    """What shares a group with an atomic batch that is refused is stored and answered all the same."""
    kernel = build_kernel(durable)
    Caller(kernel).emit(clock=7, thread="taken")
    heard = listened(durable)
    whole = [record(clock=clock, thread="whole") for clock in range(6)]
    requests = [
        Request("POST", "/v1/records", {}, lines([record(clock=1)])),
        Request("POST", BATCH, {"content-type": LINES}, lines([record(clock=2), record(clock=3)])),
        Request(
            "POST",
            f"{BATCH}?atomic=true",
            {"content-type": LINES},
            lines([*whole, record(clock=7, thread="taken", body={"other": 1})]),
        ),
        Request("POST", BATCH, {"content-type": LINES}, lines([record(clock=4), record(clock=1)])),
    ]
    gate = Gate()
    held = gate.close(durable)
    waiting = [kernel.submit(request) for request in requests]
    gate.open()
    held.result(30)
    replies = [future.result(30) for future in waiting]
    assert [reply.status for reply in replies] == [201, 200, 400, 200]
    assert replies[2].body["code"] == "BATCH_REFUSED"
    assert [item["status"] for item in replies[3].body["data"]] == [201, 200]
    assert [commit.sequence for commit in heard] == [2, 3, 4, 5]
    assert [row["clock"] for row in Caller(kernel).get("/v1/threads/t/records").body["data"]] == [1, 2, 3, 4]


def test_a_full_store_keeps_nothing_of_a_batch(tmp_path: Path) -> None:
    """A batch that finds the store full is 507 and leaves nothing; one that fits is taken afterwards."""
    store = SqliteStore(tmp_path / "hub.db", max_bytes=600_000)
    kernel: Kernel = build_kernel(store)
    large = [record(clock=clock, body={"x": "y" * 2000}) for clock in range(900)]
    for query in ("", "?atomic=true"):
        reply = post_lines(kernel, lines(large), query)
        assert (reply.status, reply.body["code"]) == (507, "STORE_CEILING_REACHED")
        assert stored(store) == []
    assert post_lines(kernel, lines(large[:20])).body["created"] == 20
    with sqlite3.connect(tmp_path / "hub.db") as checked:
        assert checked.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    checked.close()
    store.close()


def test_a_statement_that_fails_is_no_contradiction(store: Store) -> None:
    """Only a broken key makes `insert_many` say no; any other fault is raised, and the work is undone."""

    def work(transaction: Transaction) -> bool:
        return transaction.insert_many(RECORDS, (*PLACED_COLUMNS[:-1], "nonsense"), [row(1, 1)])

    with pytest.raises(Exception, match="nonsense") as caught:
        store.write(work)
    assert not isinstance(caught.value, StoreFull)
    assert stored(store) == []

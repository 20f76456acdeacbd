"""The stores: groups of writes, isolation of jobs, listeners, closing."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from syncropel.kernel.messages import Commit
from syncropel.kernel.store.base import Store, Transaction
from syncropel.kernel.store.errors import StoreFull, StoreUnavailable
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.kernel.store.writer import GROUP_LIMIT

from .support import Caller, build_kernel

ADD = "INSERT INTO fulfilments (thread, sequence, id) VALUES (?, ?, 'x')"
COUNT = "SELECT count(*) FROM fulfilments"


def add(number: int, fail: BaseException | None = None) -> Any:
    """Return work that adds a row and then perhaps fails."""

    def work(transaction: Transaction) -> int:
        transaction.execute(ADD, ("t", number))
        transaction.note(Commit("t", number))
        if fail is not None:
            raise fail
        return number

    return work


def count(store: Store) -> int:
    """Return how many rows there are."""
    return int(store.read(lambda transaction: transaction.execute(COUNT))[0][0])


class Gate:
    """Holds the writer until everything is queued, so that it becomes one group."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._reached = threading.Event()

    def hold(self, _: Transaction) -> None:
        """Wait until the gate opens."""
        self._reached.set()
        assert self._open.wait(30)

    def close(self, store: Store) -> Future[None]:
        """Stop the writer in a group of its own."""
        held = store.submit(self.hold)
        assert self._reached.wait(30)
        return held

    def open(self) -> None:
        """Let the writer go on."""
        self._open.set()


def grouped(store: Store, works: list[Any]) -> list[Future[Any]]:
    """Queue works so that they are committed in one group."""
    gate = Gate()
    held = gate.close(store)
    futures = [store.submit(work) for work in works]
    gate.open()
    held.result(30)
    return futures


@pytest.fixture
def durable(tmp_path: Path) -> Any:
    """Give a store on a file."""
    store = SqliteStore(tmp_path / "hub.db")
    yield store
    store.close()


def test_failing_job_is_undone_alone(durable: SqliteStore) -> None:
    """In a group, what a failing job wrote is undone; the jobs before and after it stay."""
    heard: list[int] = []
    durable.listen(lambda commits: heard.extend(commit.sequence for commit in commits))
    one, two, three = grouped(durable, [add(1), add(2, RuntimeError("no")), add(3)])
    assert (one.result(30), three.result(30)) == (1, 3)
    with pytest.raises(RuntimeError, match="no"):
        two.result(30)
    assert heard == [1, 3]
    assert count(durable) == 2


def test_violated_constraint_fails_its_job_alone(durable: SqliteStore) -> None:
    """A statement that SQLite refuses fails its own job."""
    one, two, three = grouped(durable, [add(1), add(1), add(2)])
    assert (one.result(30), three.result(30)) == (1, 2)
    assert isinstance(two.exception(30), sqlite3.IntegrityError)


def test_group_shares_one_transaction(durable: SqliteStore) -> None:
    """Jobs that wait together are told together: the listener hears of them in one piece, in order."""
    pieces: list[list[int]] = []
    durable.listen(lambda commits: pieces.append([commit.sequence for commit in commits]))
    for future in grouped(durable, [add(number) for number in range(50)]):
        future.result(30)
    assert pieces == [list(range(50))]


def test_group_is_bounded(durable: SqliteStore) -> None:
    """However much is queued, one transaction takes at most GROUP_LIMIT jobs."""
    sizes: list[int] = []
    durable.listen(lambda commits: sizes.append(len(commits)))
    for future in grouped(durable, [add(number) for number in range(GROUP_LIMIT + 5)]):
        future.result(30)
    assert sizes == [GROUP_LIMIT, 5]


def test_listener_hears_before_the_caller(store: Store) -> None:
    """When a write has returned, every listener was told."""
    heard: list[Commit] = []
    store.listen(heard.extend)
    store.write(add(1))
    assert heard == [Commit("t", 1)]


def test_transaction_that_sqlite_gives_up_fails_every_job(durable: SqliteStore) -> None:
    """When the whole transaction is rolled back, none of its jobs is acknowledged, and the store goes on."""

    def give_up(transaction: Transaction) -> None:
        transaction.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    futures = grouped(durable, [add(1), give_up, add(2)])
    assert all(isinstance(future.exception(30), StoreFull) for future in futures)
    assert count(durable) == 0
    assert durable.write(add(3)) == 3


def test_read_is_one_snapshot(durable: SqliteStore) -> None:
    """What is committed while a read runs does not show up in it."""

    def work(transaction: Transaction) -> tuple[int, int]:
        before = transaction.execute(COUNT)[0][0]
        durable.write(add(1))
        return before, transaction.execute(COUNT)[0][0]

    assert durable.read(work) == (0, 0)
    assert count(durable) == 1


def test_readers_cannot_write(durable: SqliteStore) -> None:
    """A read that tries to write is refused by the connection."""
    with pytest.raises((sqlite3.OperationalError, StoreUnavailable)):
        durable.read(add(1))
    assert count(durable) == 0


def test_close_drains_what_is_queued(tmp_path: Path) -> None:
    """Closing finishes the queue, refuses what comes later, and may be repeated."""
    store = SqliteStore(tmp_path / "hub.db")
    gate = Gate()
    gate.close(store)
    futures = [store.submit(add(number)) for number in range(20)]
    closers = [threading.Thread(target=store.close) for _ in range(3)]
    for closer in closers:
        closer.start()
    gate.open()
    for closer in closers:
        closer.join(30)
    assert [future.result(0) for future in futures] == list(range(20))
    for refused in (lambda: store.write(add(99)), lambda: count(store)):
        with pytest.raises(StoreUnavailable):
            refused()
    reopened = SqliteStore(tmp_path / "hub.db")
    assert count(reopened) == 20
    reopened.close()


def test_closed_store_leaves_one_file_and_the_lock(tmp_path: Path) -> None:
    """After a clean close the log is copied back: the database is one file that can be copied."""
    store = SqliteStore(tmp_path / "hub.db")
    store.write(add(1))
    store.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hub.db", "hub.db.lock"]


def test_many_threads_write_and_read(store: Store) -> None:
    """Emits from many threads get every sequence once, without gaps, while others read."""
    ask = Caller(build_kernel(store))
    sequences: list[int] = []

    def emit(worker: int) -> None:
        for clock in range(25):
            receipt = ask.emit(actor=f"did:example:{worker}", clock=clock)
            sequences.append(receipt.body["sequence"])
            assert ask.get("/v1/threads/t/records", limit=5).status == 200

    workers = [threading.Thread(target=emit, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(sequences) == list(range(1, 201))


def test_pages_are_whole_while_others_write(store: Store) -> None:
    """Reading a thread page by page under concurrent writes gives sequences without a gap or a repetition."""
    ask = Caller(build_kernel(store))
    done = threading.Event()

    def write() -> None:
        for clock in range(300):
            ask.emit(clock=clock)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen: list[int] = []
    params: dict[str, Any] = {"limit": 7}
    while True:
        ended = done.is_set()
        body = ask.get("/v1/threads/t/records", **params).body
        seen += [row["sequence"] for row in body["data"]]
        if body["next_cursor"]:
            params["cursor"] = body["next_cursor"]
        elif ended:
            break
        else:
            # The last page so far: ask for it again from the same cursor, and drop what it gave.
            seen = seen[: len(seen) - len(body["data"])]
    writer.join(30)
    assert seen == list(range(1, 301))

"""Listeners of two stores on one database hear of every record once, in order, whoever wrote it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Commit
from tests.support.daemons import wait_for

from .inference_support import query_body
from .support import Caller, build_kernel

pytestmark = pytest.mark.postgres


class Heard:
    """What one listener was told."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self._came = threading.Condition()

    def __call__(self, commits: Sequence[Commit]) -> None:
        """Take what is told."""
        with self._came:
            self.commits += commits
            self._came.notify_all()

    def until(self, count: int, seconds: float = 20.0) -> list[int]:
        """Wait until so many were told, and return their sequences."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.commits) >= count, seconds), len(self.commits)
            return [commit.sequence for commit in self.commits]


@pytest.fixture
def kernel_of(database: str) -> Iterator[Callable[[], Kernel]]:
    """Give a function that opens one more kernel on the database."""
    from syncropel.kernel.store.postgres import PostgresStore

    with ExitStack() as stack:

        def opened() -> Kernel:
            kernel = build_kernel(PostgresStore(database))
            stack.callback(kernel.close)
            return kernel

        yield opened


def emit(kernel: Kernel, thread: str, count: int) -> None:
    """Emit records on a thread."""
    ask = Caller(kernel)
    for clock in range(count):
        assert ask.emit(thread=thread, clock=clock).status == 201


def statement(database: str, sql: str) -> int:
    """Run a statement in the database and return how many rows it gave or changed."""
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        return connection.execute(sql.encode()).rowcount


def test_each_is_told_once_and_in_order(kernel_of: Callable[[], Kernel], database: str) -> None:
    """Two daemons write at once, and in the middle both lose the connection on which they listen."""
    kernels = [kernel_of(), kernel_of()]
    heard = [Heard(), Heard()]
    for kernel, listener in zip(kernels, heard, strict=True):
        kernel.on_commit(listener)
    threads = [
        threading.Thread(target=emit, args=(kernels[number % 2], f"t{number}", 60)) for number in range(4)
    ]
    for thread in threads:
        thread.start()
    heard[0].until(80)
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    assert statement(database, f"{ended} AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'") == 2
    for thread in threads:
        thread.join()
    expected = list(range(1, 241))
    assert [listener.until(240) for listener in heard] == [expected, expected]
    assert heard[0].commits == heard[1].commits


def test_others_hear_of_it_at_once(kernel_of: Callable[[], Kernel]) -> None:
    """A group announces itself: nobody waits for the look that is taken once a second."""
    here, there = kernel_of(), kernel_of()
    heard = Heard()
    there.on_commit(heard)
    delays = []
    for clock in range(9):
        began = time.monotonic()
        assert Caller(here).emit(clock=clock).status == 201
        heard.until(clock + 1)
        delays.append(time.monotonic() - began)
    assert sorted(delays)[4] < 0.3


def test_an_announcement_that_is_lost_costs_a_moment(kernel_of: Callable[[], Kernel]) -> None:
    """A listener to which nobody announces anything finds the records all the same."""
    from syncropel.kernel.store.postgres import PostgresStore
    from syncropel.kernel.store.postgres_listen import Herald
    from syncropel.kernel.store.postgres_signals import PostgresSignals

    kernel = kernel_of()
    store = kernel.store
    assert isinstance(store, PostgresStore)
    opened: list[Any] = []

    def connect() -> Any:
        opened.append(store._connector.open())
        return opened[-1]

    signals = PostgresSignals(store._connector.patiently, "a schema that is never used", store.read)
    herald = Herald(connect, "a channel that is never used", store.read, signals, catch_up_seconds=0.1)
    heard = Heard()
    herald.add(heard)
    herald.start(0)
    try:
        emit(kernel, "t", 3)
        assert heard.until(3) == [1, 2, 3]
        # Three looks that found something nobody had announced: the connection counts as dead from then on,
        # and is opened anew while records go on to arrive.
        for clock in range(3, 6):
            assert Caller(kernel).emit(thread="t", clock=clock).status == 201
            heard.until(clock + 1)
        wait_for(lambda: len(opened) > 1, "a new connection")
    finally:
        herald.close()
    assert all(connection.closed for connection in opened)
    assert [commit.sequence for commit in heard.commits] == [1, 2, 3, 4, 5, 6]


def test_queries_and_calls_are_told_to_others(kernel_of: Callable[[], Kernel]) -> None:
    """Of another daemon's records, too, listeners hear which queries they concern and whom they call."""
    from syncropel.kernel.evaluation import QueryEvaluator
    from syncropel.kernel.executor import Executor

    here, there = kernel_of(), kernel_of()
    told: dict[str, Heard] = {"here": Heard(), "there": Heard()}
    here.on_commit(told["here"])
    there.on_commit(told["there"])
    ask = Caller(here)
    responder = {"did": "did:sync:system:a", "kind": "system"}
    assert ask.post("/v1/actors", responder).status == 201
    query = ask.emit(act="INTEND", thread="q", body=query_body()).body["id"]
    executor = Executor(here, QueryEvaluator())
    (call,) = executor.advance(query).pending
    count = here.last_sequence()
    told["there"].until(count)
    assert told["there"].commits == told["here"].commits
    assert told["there"].commits[0].queries == (query,)
    assert (call.responder.did, (query,)) in [each[:1:-1] for each in told["there"].commits]


@pytest.fixture
def claimed(kernel_of: Callable[[], Kernel]) -> Callable[[str, float], Any]:
    """Give a function that returns the claims of a daemon; the database holds 40 open queries."""
    kernel = kernel_of()
    ask = Caller(kernel)
    for number in range(40):
        assert ask.emit(act="INTEND", thread=f"q{number}", body=query_body()).status == 201
    return partial(_claims, kernel)


def _claims(kernel: Kernel, owner: str, lease_seconds: float) -> Any:
    from syncropel.kernel.claims import Shared

    store = kernel.store
    assert isinstance(store, Shared)
    return store.claims(owner, lease_seconds)


def test_each_query_is_claimed_by_one(claimed: Callable[[str, float], Any], database: str) -> None:
    """Of daemons that take what is free, or was a dead one's, at the same moment none gets another's."""
    dead = claimed("dead", 60.0)
    dead.renew()
    assert len(dead.take(None, 20)) == 20
    statement(database, "DELETE FROM syncropel.carriers")
    taken: list[list[str]] = []
    barrier = threading.Barrier(4)

    def take(name: str) -> None:
        claims = claimed(name, 60.0)
        claims.renew()
        barrier.wait()
        for _ in range(8):
            taken.append(claims.take(None, 5))

    threads = [threading.Thread(target=take, args=(f"daemon {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = [query for some in taken for query in some]
    assert len(got) == len(set(got)) == 40


def test_claims_end_unless_they_are_renewed(claimed: Callable[[str, float], Any]) -> None:
    """Renewed they stay; when they have ended another takes them; what is given up is free at once."""
    short, other = claimed("short", 0.5), claimed("other", 60.0)
    assert [short.renew(), other.renew()] == [False, False]
    mine = short.take(None, 2)
    assert len(mine) == 2
    ends = time.monotonic() + 0.8
    wait_for(lambda: not short.renew() or time.monotonic() > ends, "more than the time of a lease")
    assert other.take(mine) == []
    rest = other.take(None, 100)
    assert len(rest) == 38
    taken = wait_for(lambda: other.take(None, 100), "the end of the lease")
    assert sorted(taken) == sorted(mine)
    assert short.take(None, 100) == [], "who is no carrier any more claims nothing"
    assert not short.renew()
    short.release(mine)
    assert short.take(mine) == [], "what is somebody else's cannot be given up"
    other.release(mine)
    assert sorted(short.take(mine)) == sorted(mine)
    other.end()
    assert sorted(short.take(None, 100)) == sorted(rest)


def test_a_query_that_is_being_written_is_passed_over(
    claimed: Callable[[str, float], Any], database: str
) -> None:
    """Claims wait for no transaction: what one holds at the moment is left for the next time."""
    import psycopg

    with psycopg.connect(database) as connection:
        locked = connection.execute(
            "SELECT id FROM syncropel.queries ORDER BY sequence LIMIT 1 FOR UPDATE"
        ).fetchall()[0][0]
        claims = claimed("daemon", 60.0)
        claims.renew()
        began = time.monotonic()
        taken = claims.take(None, 100)
        assert time.monotonic() - began < 5
    assert len(taken) == 39
    assert locked not in taken
    assert claims.take([locked]) == [locked]


def test_a_process_with_many_open_files_listens(kernel_of: Callable[[], Kernel]) -> None:
    """A daemon has more connections than some ways of waiting have numbers for, and hears all the same."""
    import resource
    import socket

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if hard != resource.RLIM_INFINITY else 4096, hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        while stack.enter_context(socket.socket()).fileno() < 1100:
            pass
        here, there = kernel_of(), kernel_of()
        heard = Heard()
        there.on_commit(heard)
        emit(here, "t", 2)
        assert heard.until(2, 5.0) == [1, 2]
        here.close()
        there.close()

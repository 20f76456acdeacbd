"""Stores on one database tell each other what happened: messages of any size, wake-ups, and nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.store.errors import StoreUnavailable
from syncropel.kernel.store.signals import ANYTHING, Signal
from tests.support.daemons import wait_for

from .store_support import run
from .support import Caller, build_kernel

pytestmark = pytest.mark.postgres
_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'LISTEN%'"
)


class Heard:
    """What one process was told."""

    def __init__(self, kernel: Kernel) -> None:
        self.signals: list[Signal] = []
        self._came = threading.Condition()
        kernel.store.on_signal(self)

    def __call__(self, signals: Sequence[Signal]) -> None:
        """Take what is told."""
        with self._came:
            self.signals += signals
            self._came.notify_all()

    def until(self, count: int) -> list[Signal]:
        """Wait until so many were told, and return them."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.signals) >= count, 20.0), self.signals
            return list(self.signals)


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


def test_messages_reach_the_subscribers_of_every_daemon(kernel_of: Callable[[], Kernel]) -> None:
    """Short ones, ones larger than a notification and any bytes arrive once and in order, here and there."""
    here, there = kernel_of(), kernel_of()
    told_here, told_there = Heard(here), Heard(there)
    large = "größe " * 50_000
    for topic, payload in (("a", 1), ("a", 1), ("b", large), ("a", 2), ("b", "\0\1\\\"'")):
        run(Caller(here), "pubsub.publish", topic=topic, payload=payload)
    here.store.broadcast("pub:default:bytes", bytes(range(256)))
    expected = told_here.until(6)
    assert [signal.topic[12:] for signal in expected] == ["a", "a", "b", "a", "b", "bytes"]
    assert len(expected[2].payload) > 300_000
    assert told_there.until(6) == expected
    run(Caller(there), "pubsub.publish", topic="back", payload=None)
    assert told_here.until(7)[6] == told_there.until(7)[6]
    assert (len(told_here.signals), len(told_there.signals)) == (7, 7)


def test_a_thousand_messages_keep_their_order(kernel_of: Callable[[], Kernel]) -> None:
    """What is published at once leaves together, and in the order in which it was published."""
    here, there = kernel_of(), kernel_of()
    told = Heard(there)
    sent = [Signal(f"pub:default:t{number % 7}", b"%d" % number * 50) for number in range(1000)]
    sent += [Signal("pub:default:same", b"x" * 1000)] * 100
    for signal in sent:
        here.store.broadcast(*signal)
    assert told.until(1100) == sent


def test_work_signals_every_daemon_with_its_commit(kernel_of: Callable[[], Kernel]) -> None:
    """Wake-ups of a group arrive as one for each topic, messages each, and nothing of work that failed."""
    here, there = kernel_of(), kernel_of()
    told_here, told_there = Heard(here), Heard(there)

    def work(transaction: Any) -> None:
        for payload in (b"1", b"2"):
            transaction.signal("queue:default:jobs", payload)
            transaction.signal("pub:default:m", b"x" * 9000)

    def fails(transaction: Any) -> None:
        work(transaction)
        raise ValueError

    with pytest.raises(ValueError):
        here.store.write(fails)
    here.store.write(work)
    expected = [
        Signal("queue:default:jobs", b"3"),
        *[Signal("pub:default:m", b"x" * 9000)] * 2,
    ]
    assert told_here.until(3) == told_there.until(3) == expected


def test_a_daemon_waits_for_what_another_one_takes(kernel_of: Callable[[], Kernel]) -> None:
    """A message that is put into a queue through one daemon wakes who waits for it at another."""
    here, there = kernel_of(), kernel_of()
    run(Caller(here), "queue.create", name="jobs")
    since, woken = there.hub.wakeups.serial, threading.Event()
    assert there.hub.wakeups.wait("queue:default:jobs", since, woken.set)
    run(Caller(here), "queue.publish", queue="jobs", payload="x")
    assert woken.wait(20.0)
    assert run(Caller(there), "queue.consume", queue="jobs", consumer_id="c")["message"]["payload"] == [120]


def test_after_a_lost_connection_messages_come_again(kernel_of: Callable[[], Kernel], database: str) -> None:
    """What is told while nobody listens is lost, later ones arrive, and whoever waits looks for itself."""
    import psycopg

    here, there = kernel_of(), kernel_of()
    told = Heard(there)
    here.store.broadcast("pub:default:a", b"first")
    told.until(1)
    woken = threading.Event()
    assert there.hub.wakeups.wait("queue:default:jobs", there.hub.wakeups.serial, woken.set)
    with psycopg.connect(database, autocommit=True) as connection:
        assert len(connection.execute(_SESSIONS).fetchall()) >= 2

        def arrived() -> bool:
            here.store.broadcast("pub:default:a", b"again")
            return len(told.signals) > 1

        wait_for(arrived, "a message after the connection was lost")
    assert told.signals[0] == Signal("pub:default:a", b"first")
    assert set(told.signals[1:]) <= {Signal("pub:default:a", b"again"), Signal(ANYTHING)}
    assert woken.wait(20.0)


def test_one_notice_that_is_lost_takes_no_other_along() -> None:
    """What cannot be understood or fetched wakes everybody, and what comes with it is told all the same."""
    from syncropel.kernel.store.postgres_signals import PostgresSignals, packed

    def away(*_arguments: Any) -> Any:
        raise StoreUnavailable("away")

    signals, told = PostgresSignals(away, "s", away), list[Signal]()
    signals.add(told.extend)
    last = Signal("queue:d:jobs", b"1")
    signals.heard(["a:1 #5", "a:2 nonsense", "a:3 #x", f"a:4 {next(packed([last]))}"])
    assert told == [Signal(ANYTHING)] * 3 + [last]


def test_large_messages_leave_nothing_behind(kernel_of: Callable[[], Kernel]) -> None:
    """What was kept for the others to fetch is cleared away by whoever tells the next large one."""
    here, there = kernel_of(), kernel_of()
    told = Heard(there)
    here.store.broadcast("pub:default:a", b"x" * 9000)
    told.until(1)

    def kept() -> int:
        rows = there.store.read(lambda transaction: transaction.execute("SELECT count(*) FROM signal_bodies"))
        return int(rows[0][0])

    assert kept() == 1
    there.store.write(
        lambda transaction: transaction.execute("UPDATE signal_bodies SET written_at = written_at - 60001")
    )
    here.store.broadcast("pub:default:a", b"y" * 9000)
    told.until(2)
    assert kept() == 1

"""Automatic clocks."""

from __future__ import annotations

import subprocess
import sys
import threading

from syncropel.transport.clock import ClockSource


def test_clocks_are_wall_clock_milliseconds() -> None:
    """The first clock of an actor on a thread is the time in milliseconds."""
    assert ClockSource(lambda: 1234.5678).next("a", "t") == 1234567


def test_clocks_increase_strictly() -> None:
    """Within one millisecond, and when the wall clock goes back, the next clock is one more."""
    times = iter([10.0, 10.0, 9.0, 10.002])
    source = ClockSource(lambda: next(times))
    assert [source.next("a", "t") for _ in range(4)] == [10000, 10001, 10002, 10003]


def test_pairs_do_not_disturb_each_other() -> None:
    """Every actor has its own clocks on every thread."""
    source = ClockSource(lambda: 5.0)
    assert [source.next(*pair) for pair in (("a", "t"), ("b", "t"), ("a", "u"))] == [5000] * 3


def test_after_a_refused_clock() -> None:
    """A fresh clock lies above the refused one, and later ones above the fresh one."""
    source = ClockSource(lambda: 5.0)
    first = source.next("a", "t")
    fresh = [source.after("a", "t", first + 100, attempt) for attempt in range(20)]
    assert fresh[0] > first + 100
    assert fresh == sorted(set(fresh))
    assert source.next("a", "t") > fresh[-1]


def test_memory_is_bounded() -> None:
    """Forgotten pairs share a floor, so that even they never go back."""
    source = ClockSource(lambda: 5.0, max_remembered=10)
    issued = {f"t{n}": [source.next("a", f"t{n}")] for n in range(100)}
    assert len(source._last) == 10
    for thread, clocks in issued.items():
        clocks.append(source.next("a", thread))
        assert clocks[1] > clocks[0]


def test_threads_get_different_clocks() -> None:
    """Eight threads that draw at once never get the same clock."""
    source = ClockSource(lambda: 5.0)
    drawn: list[list[int]] = [[] for _ in range(8)]

    def draw(into: list[int]) -> None:
        into.extend(source.next("a", "t") for _ in range(500))

    workers = [threading.Thread(target=draw, args=(into,)) for into in drawn]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    clocks = [clock for into in drawn for clock in into]
    assert len(set(clocks)) == len(clocks) == 4000


FORK = """
import os
from syncropel.transport.clock import CLOCKS
CLOCKS._lock.acquire()
child = os.fork()
if child == 0:
    os._exit(0 if CLOCKS.next("a", "forked") > 0 else 1)
print(os.waitpid(child, 0)[1])
"""


def test_a_forked_child_can_draw() -> None:
    """A child that was forked while the lock was held still gets clocks."""
    done = subprocess.run(
        [sys.executable, "-c", FORK], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "0"

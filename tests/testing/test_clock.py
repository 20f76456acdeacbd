"""The clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import UsageError
from syncropel.testing import FakeClock


def test_now_and_advance() -> None:
    """The clock begins with 2026, moves by what it is told, and tells the time in both units."""
    clock = FakeClock()
    assert clock() == clock.now() == 1_767_225_600.0
    assert clock.advance(1.5) == clock.now() == 1_767_225_601.5
    assert clock.now_ms() == 1_767_225_601_500
    assert FakeClock(5).now() == 5.0
    assert repr(FakeClock(5)) == "FakeClock(5.0)"


def test_never_backwards() -> None:
    """A negative step, and one that is no number, is refused and leaves the time as it is."""
    clock = FakeClock(10)
    for step in (-0.1, math.nan, math.inf):
        with pytest.raises(UsageError, match="only moves forward"):
            clock.advance(step)
    assert clock.now() == 10


@given(st.lists(st.floats(min_value=0, max_value=1e6)))
def test_time_never_decreases(steps: list[float]) -> None:
    """Whatever the steps, the time never decreases and each reading is what the step returned."""
    clock = FakeClock()
    before = clock.now()
    for step in steps:
        assert clock.advance(step) == clock.now() >= before
        before = clock.now()


def test_sleeping_is_moving() -> None:
    """The stand-ins for sleeping move the clock by the time asked for."""
    clock = FakeClock(0)
    clock.sleep(2)
    asyncio.run(clock.sleep_async(3))
    assert clock.now() == 5


def test_listeners() -> None:
    """Listeners are told of every move until they are taken off, which may be done twice."""
    clock = FakeClock(0)
    seen: list[float] = []
    remove = clock.on_advance(lambda: seen.append(clock.now()))
    clock.advance(1)
    clock.advance(1)
    remove()
    remove()
    clock.advance(1)
    assert seen == [1, 2]


def test_moves_of_many_threads_add_up() -> None:
    """Moves made by several threads at once are all counted."""
    clock = FakeClock(0)
    threads = [threading.Thread(target=lambda: [clock.advance(1) for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now() == 2000

"""Who leaves when: the decisions of a lane, without any waiting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.keys.identity import Identity
from syncropel.rules.records import build_record
from syncropel.transport import lanes
from syncropel.transport.batching import BatchLimits
from syncropel.transport.config import resolve
from syncropel.transport.delivery import Delivery
from syncropel.transport.lanes import MAX_FLIGHTS, Board, Seat

SETTINGS = resolve(endpoint="http://mock", identity=Identity.static("did:example:me"), environ={})


def delivery(thread: str = "t", text: str = "") -> Delivery:
    """Return a record to be sent."""
    draft = build_record(
        act="PUT", actor="did:example:me", kind="a.b.c", body={"x": text}, thread=thread, clock=1
    )
    return Delivery(draft, SETTINGS, 10.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the lane sees."""
    now = [100.0]
    monkeypatch.setattr(lanes.time, "monotonic", lambda: now[0])
    return now


@given(st.permutations(range(8)))
def test_they_leave_in_the_order_of_their_calls(order: list[int]) -> None:
    """In whichever order they come to wait, as after a failure, the oldest call leaves first."""
    board: Board[Seat] = Board()
    calls = [delivery() for _ in order]
    for place in order:
        board.queue(Seat(calls[place]))
    assert [seat.delivery for seat in board.board()] == calls
    assert board.idle


def test_a_request_is_waited_for(clock: list[float]) -> None:
    """While a request is under way nobody leaves; when it has come back, all do."""
    board: Board[Seat] = Board()
    flight = board.take_off((delivery(),))
    assert not board.free(delivery("other"))
    board.queue(Seat(delivery("other")))
    assert board.board() == []
    board.land(flight)
    assert len(board.board()) == 1


def test_one_that_takes_long_holds_up_its_threads(clock: list[float]) -> None:
    """After a while those of other threads may leave, one request at a time, and only so many of them."""
    board: Board[Seat] = Board()
    board.take_off((delivery("slow"),))
    clock[0] += board.patience + 0.001
    assert board.free(delivery("other"))
    assert not board.free(delivery("slow"))
    waiting = [Seat(delivery(thread)) for thread in ("slow", "other", "third")]
    for seat in waiting:
        board.queue(seat)
    assert board.board() == waiting[1:]
    board.take_off([seat.delivery for seat in waiting[1:]])
    board.queue(Seat(delivery("fourth")))
    assert board.board() == []
    for number in range(MAX_FLIGHTS - 2):
        clock[0] += 1
        board.take_off((delivery(f"more {number}"),))
    clock[0] += 1
    assert board.board() == []


def test_a_request_holds_what_the_server_takes(clock: list[float]) -> None:
    """Both limits end a request; a record that is too large for both goes by itself."""
    board: Board[Seat] = Board()
    board.limits = BatchLimits(3, 1000)
    for text in ("", "", "", "x" * 5000, "", "y" * 800):
        board.queue(Seat(delivery(text=text)))
    assert [len(board.board()) for _ in range(5)] == [3, 1, 1, 1, 0]


def test_who_leaves_the_row_is_not_sent(clock: list[float]) -> None:
    """One that waits no longer is taken out once; one that has left cannot be."""
    board: Board[Seat] = Board()
    first, second = Seat(delivery()), Seat(delivery())
    board.queue(first)
    board.queue(second)
    assert board.leave(first)
    assert not board.leave(first)
    assert board.board() == [second]
    assert not board.leave(second)

"""The pure policy of waiting for an answer: when to follow, when to read pages, when to stop."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.errors import NotFoundError, ServerError, TransportError
from syncropel.rules.infer.outcome import InferOptions, InferPending
from syncropel.rules.row import Record
from syncropel.transport.results import Page
from syncropel.transport.waiting import Waiting


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def waiting(seconds: float = 300.0, sequence: int | None = 7) -> tuple[Waiting, Time]:
    """Return a wait and its clock."""
    clock = Time()
    pending = InferPending("q", "th", sequence=sequence)
    return Waiting(pending, InferOptions(poll_timeout_ms=seconds * 1000), clock), clock


def rows(*clocks: int, sequence: int | None = None) -> Page[Record]:
    """Return a page of records with these clocks."""
    return Page(Record(id=str(clock), clock=clock, sequence=sequence) for clock in clocks)


def test_the_stream_begins_after_the_query() -> None:
    """A known sequence is the first cursor; without one the whole thread is asked for."""
    known, _ = waiting()
    assert known.resumption.headers()["last-event-id"] == "7"
    assert known.resumption.parameters() == {"since_clock": None}
    unknown, _ = waiting(sequence=None)
    assert "last-event-id" not in unknown.resumption.headers()
    assert unknown.resumption.parameters() == {"since_clock": 0}


def test_how_long_a_stream_is_read() -> None:
    """The first connection must show life within ten seconds, later ones last a minute, none past the end."""
    wait, clock = waiting(65)
    assert wait.stream_until() == 110
    clock.now = 110
    assert wait.stream_ended(TransportError("silence"))
    assert wait.stream_until() == 165
    clock.now = 130
    assert wait.stream_until() == 165
    assert wait.remaining == 35


def test_a_healthy_stream_is_renewed_without_a_look() -> None:
    """When a connection that showed life is over after its time, the next one follows at once."""
    wait, clock = waiting()
    wait.stream_until()
    wait.heard()
    clock.now += 60
    assert not wait.stream_ended(TransportError("its time is up"))
    assert wait.streaming


def test_a_stream_that_breaks_at_once_is_followed_by_a_look() -> None:
    """A connection that ends within moments is no reason to connect again without a pause."""
    wait, clock = waiting()
    wait.stream_until()
    wait.heard()
    clock.now += 1
    assert wait.stream_ended(TransportError("cut"))
    assert wait.pause() == 0.5


@pytest.mark.parametrize(("status", "streaming"), [(404, False), (405, False), (429, True), (408, True)])
def test_refusals_of_the_stream(status: int, streaming: bool) -> None:
    """A lasting refusal ends the following, a passing one does not."""
    wait, _ = waiting()
    wait.stream_until()
    assert wait.stream_ended(NotFoundError(status, "no"))
    assert wait.streaming is streaming


def test_a_stream_that_never_lives_is_given_up_when_pages_work() -> None:
    """Two lifeless connections are enough when pages can be read, none while the server is away."""
    wait, _ = waiting()
    for _ in range(5):
        wait.stream_until()
        wait.stream_ended(ServerError(503, "away"))
        wait.page_failed(ServerError(503, "away"))
    assert wait.streaming
    wait.page_read(rows(1))
    assert not wait.streaming


def test_pages_by_cursor() -> None:
    """The next page begins at the cursor of the last one, and stays there at the end."""
    wait, _ = waiting()
    assert wait.next_page() == {}
    page = rows(1, 2)
    page.next_cursor = "c"
    assert wait.page_read(page)
    assert wait.next_page() == {"cursor": "c"}
    assert not wait.page_read(rows(*range(200)))
    assert wait.next_page() == {"cursor": "c"}


def test_pages_by_clock_on_servers_without_cursors() -> None:
    """A full page without cursor and sequences is followed by one from its last clock, while that moves."""
    wait, _ = waiting()
    assert wait.page_read(rows(*range(100)))
    assert wait.next_page() == {"since": 99}
    assert not wait.page_read(rows(99))
    other, _ = waiting()
    assert not other.page_read(rows(*range(100), sequence=5))


@pytest.mark.parametrize("problem", [None, TransportError("refused")])
def test_the_end(problem: Any) -> None:
    """The wait is over when its time is up and it has looked; the error says how the server was."""
    wait, clock = waiting(1)
    clock.now += 2
    assert not wait.over
    assert wait.page_timeout(30) == 2
    if problem is None:
        wait.page_read(rows())
    else:
        wait.page_failed(problem)
    assert wait.over
    said = "the server is there" if problem is None else r"cannot be reached or read \(refused\)"
    with pytest.raises(TimeoutError, match=said):
        raise wait.timeout()
    assert not wait.late
    clock.now += 10
    assert wait.late

"""Watching: where a stream starts, its pages, and the news of commits."""

from __future__ import annotations

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Commit, Request, WatchStart

from .support import Caller


def start(kernel: Kernel, target: str, cursor: str | None = None) -> WatchStart:
    """Ask to watch and return where the stream starts."""
    headers = {} if cursor is None else {"last-event-id": cursor}
    reply = kernel.handle(Request("GET", target, headers))
    assert reply.status == 200
    assert reply.watch is not None
    return reply.watch


def delivered(kernel: Kernel, begin: WatchStart) -> list[int]:
    """Return the clocks that a stream delivers from its start on, two rows a page."""
    position, clocks = kernel.watch_start(begin), []
    while page := kernel.watch_page(begin.thread, position, 2, begin):
        clocks += [row["clock"] for row in page]
        position = page[-1]["sequence"]
    return clocks


@pytest.fixture
def filled(ask: Caller) -> Kernel:
    """Give a kernel with clocks 10, 5, 20, 15 on `t` and one record elsewhere."""
    for clock in (10, 5, 20):
        ask.emit(clock=clock, body={"c": clock})
    ask.emit(thread="u")
    ask.emit(clock=15, body={"c": 15})
    return ask.kernel


def test_without_a_start_only_news_come(filled: Kernel) -> None:
    """A plain watch delivers what is stored after it was asked for, and nothing older."""
    begin = start(filled, "/v1/threads/t/watch")
    Caller(filled).emit(clock=1, body={"new": 1})
    assert delivered(filled, begin) == [1]


@pytest.mark.parametrize(
    ("since", "expected"), [(0, [10, 5, 20, 15, 1]), (10, [10, 20, 15, 1]), (20, [20, 1]), (99, [1])]
)
def test_since_clock_filters_the_replay_and_no_news(filled: Kernel, since: int, expected: list[int]) -> None:
    """Stored records with an older clock are left out; whatever arrives later comes, whatever its clock."""
    begin = start(filled, f"/v1/threads/t/watch?since_clock={since}")
    Caller(filled).emit(clock=1, body={"new": 1})
    assert delivered(filled, begin) == expected


def test_cursor_replays_what_follows_it(filled: Kernel) -> None:
    """Last-Event-ID is the sequence of the last delivered record, and wins over since_clock."""
    assert delivered(filled, start(filled, "/v1/threads/t/watch", "1")) == [5, 20, 15]
    assert delivered(filled, start(filled, "/v1/threads/t/watch?since_clock=20", "1")) == [5, 20, 15]
    assert delivered(filled, start(filled, "/v1/threads/t/watch", "0")) == [10, 5, 20, 15]
    assert delivered(filled, start(filled, "/v1/threads/t/watch", "5")) == []


@pytest.mark.parametrize("cursor", ["x", "-1", "6", "1.5", "9" * 30, "١"])
def test_foreign_cursor_is_reported(filled: Kernel, cursor: str) -> None:
    """A cursor that this store cannot have given is an error of the stream, not of the request."""
    begin = start(filled, "/v1/threads/t/watch", cursor)
    assert begin.cursor_error is not None
    assert cursor[:40] in begin.cursor_error


def test_unknown_thread_can_be_watched(kernel: Kernel) -> None:
    """A thread may be watched before anyone writes to it."""
    begin = start(kernel, "/v1/threads/later/watch")
    Caller(kernel).emit(thread="later")
    assert delivered(kernel, begin) == [0]


def test_wrong_since_clock_is_refused(ask: Caller) -> None:
    """since_clock must be a clock."""
    assert ask.get("/v1/threads/t/watch", since_clock="x").body["code"] == "INVALID_PARAMETER"


def test_page_without_a_thread_has_them_all(filled: Kernel) -> None:
    """A shell can read every thread in the order of ingest."""
    assert [row["thread"] for row in filled.watch_page(None, 1, 10)] == ["t", "t", "u", "t"]


def test_commits_are_told_in_order_and_once(ask: Caller) -> None:
    """A listener hears of each new record before its emit is answered, and of no re-post or refusal."""
    heard: list[Commit] = []
    remove = ask.kernel.on_commit(heard.extend)
    ask.emit()
    assert heard == [Commit("t", 1)]
    ask.emit()
    ask.emit(body={})
    ask.emit(thread="u")
    remove()
    remove()
    ask.emit(thread="v")
    assert heard == [Commit("t", 1), Commit("u", 2)]
    assert ask.kernel.last_sequence() == 3


def test_failing_listener_harms_nobody(ask: Caller, caplog: pytest.LogCaptureFixture) -> None:
    """What a listener raises is logged; the record stays and the other listeners hear of it."""
    heard: list[Commit] = []

    def fail(_: object) -> None:
        raise RuntimeError("listener")

    ask.kernel.on_commit(fail)
    ask.kernel.on_commit(heard.extend)
    assert ask.emit().status == 201
    assert len(heard) == 1
    assert "listener" in caplog.text


def test_submit_answers_through_a_future(ask: Caller) -> None:
    """Writes and refusals complete a future that never fails."""
    good = ask.kernel.submit(Request("POST", "/v1/records", {}, b"{}"))
    assert good.result(10).body["code"] == "INVALID_RECORD"
    assert ask.kernel.submit(Request("GET", "/health")).result(10).status == 200


def test_a_page_ends_with_the_row_that_makes_it_large(ask: Caller) -> None:
    """Whatever the limit of rows, a page holds little more than its size in bytes; the next one goes on."""
    for clock in range(12):
        text = "x" * (900_000 if clock % 4 == 3 else 100)
        assert ask.emit(thread="large", clock=clock, body={"kind": "a.b.c", "text": text}).status == 201
    pages, position = [], 0
    while page := ask.kernel.watch_page("large", position, 256):
        pages.append([row["clock"] for row in page])
        position = page[-1]["sequence"]
    assert pages == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]

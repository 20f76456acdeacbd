"""Pages are bounded in text as well as in rows, and following their cursors loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from syncropel.kernel.pages import Room
from syncropel.rules import limits

from .support import Caller

COUNT = 20


@pytest.fixture
def filled(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """Emit more records than a page can hold; pages and bodies are a thousandth of what they may be."""
    monkeypatch.setattr(limits, "MAX_PAGE_BYTES", limits.MAX_PAGE_BYTES // 1024)
    for clock in range(COUNT):
        body = {"kind": "a.b.c", "n": clock % 3, "text": "x" * (limits.MAX_BODY_BYTES // 1024 - 100)}
        assert ask.emit(clock=clock, body=body).status == 201
    return ask


def size_of(page: list[dict[str, Any]]) -> int:
    """Return about how many bytes of stored bodies a page holds."""
    return sum(len(row["body"]["text"]) for row in page)


def listed(target: str) -> Callable[[Caller, str | None], Any]:
    """Return a function that asks for a page of a list."""

    def ask_for(ask: Caller, cursor: str | None) -> Any:
        params = {"limit": 1000} | ({} if cursor is None else {"cursor": cursor})
        return ask.get(target, **({"thread": "t"} if target == "/v1/records" else {}), **params)

    return ask_for


def queried(**request: Any) -> Callable[[Caller, str | None], Any]:
    """Return a function that asks for a page of a rich query."""
    return lambda ask, cursor: ask.query(limit=1000, cursor=cursor, **request)


def test_a_page_ends_before_it_holds_too_much_and_the_next_one_goes_on(filled: Caller) -> None:
    """Every list and query ends early on large bodies, says so, and its cursors lead through every record."""
    ask = filled
    up = list(range(1, COUNT + 1))
    by_n = sorted(up, key=lambda sequence: ((sequence - 1) % 3, sequence))
    questions = [
        (listed("/v1/records"), up),
        (listed("/v1/threads/t/records"), up),
        (queried(filter={"act": "PUT"}), up),
        (queried(sort={"sequence": -1}), up[::-1]),
        (queried(sort={"body.n": 1}), by_n),
        (queried(sort={"body.n": -1}, select=["body.text"]), by_n[::-1]),
    ]
    for question, expected in questions:
        seen: list[str] = []
        cursor = None
        pages = 0
        while pages == 0 or cursor is not None:
            reply = question(ask, cursor)
            assert reply.status == 200, reply.body
            cursor = reply.body["next_cursor"]
            assert 0 < size_of(reply.body["data"]) <= limits.MAX_PAGE_BYTES
            if "capped" in reply.body:
                assert reply.body["capped"] is (cursor is not None)
                assert reply.body["matched_total"] == COUNT
            seen += [row["id"] for row in reply.body["data"]]
            pages += 1
        ids = {row["sequence"]: row["id"] for row in queried_all(ask)}
        assert seen == [ids[sequence] for sequence in expected]
        assert pages == 2


def queried_all(ask: Caller) -> list[dict[str, Any]]:
    """Return the sequence and id of every record."""
    rows: list[dict[str, Any]] = []
    for offset in (0, COUNT // 2):
        reply = ask.query(select=["sequence"], limit=COUNT // 2, offset=offset)
        rows += reply.body["data"]
    return rows


def test_a_projection_of_large_bodies_is_bounded(filled: Caller) -> None:
    """A projection shows the newest records that fit into a page, ascending."""
    messages = filled.get("/v1/threads/t/project", format="messages").body["messages"]
    clocks = [message["clock"] for message in messages]
    assert 1 < len(clocks) < COUNT
    assert clocks == list(range(COUNT - len(clocks), COUNT))


def test_rows_behind_a_full_page_are_not_fetched(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies behind the end of a page is not even read from the database."""
    for clock in range(50):
        assert ask.emit(clock=clock, body={"kind": "a.b.c", "text": "x" * 100}).status == 201
    monkeypatch.setattr(limits, "MAX_PAGE_BYTES", 1000)
    measured = 0
    takes = Room.takes

    def counted(room: Room, values: tuple[Any, ...]) -> bool:
        nonlocal measured
        measured += 1
        return takes(room, values)

    monkeypatch.setattr(Room, "takes", counted)
    page = ask.get("/v1/threads/t/records", limit=50).body
    assert len(page["data"]) == measured - 1 < 10
    assert page["next_cursor"] is not None


def test_room_counts_bytes_not_characters() -> None:
    """A body outside ASCII counts as the bytes that it takes on disk; parents count too."""
    room = Room(10)
    row: tuple[Any, ...] = (1, "id", "PUT", "a", "é" * 10, 0, "SCALAR", "[]")
    assert room.takes(row)
    assert room.size == limits.MAX_PAGE_BYTES - 22
    room.size = 21
    assert not room.takes(row)
    assert room.refused

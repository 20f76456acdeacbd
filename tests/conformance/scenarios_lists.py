"""Scenarios of lists: filters, pages, clock windows, and their refusals."""

from __future__ import annotations

from typing import Any

from .place import ALICE, BOB, Place, at
from .registry import scenario


def _fill(
    place: Place, thread: str, count: int, *, actor: str = ALICE, kind: str = "a.b.c", first: int = 0
) -> None:
    for clock in range(first, first + count):
        body = {"kind": kind, "n": clock}
        assert place.emit(thread=thread, actor=actor, clock=clock, body=body).status == 201


def _walk(place: Place, path: str, **params: Any) -> list[list[Any]]:
    """Follow `next_cursor` to the end and return the ids of each page."""
    pages, cursor = [], None
    while True:
        seen = place.get(path, **params, **({"cursor": cursor} if cursor else {}))
        assert seen.status == 200, seen
        pages.append(seen.ids)
        cursor = seen.body["next_cursor"]
        if cursor is None:
            return pages
        assert len(pages) < 1000


@scenario
def list_filters(place: Place) -> Any:
    """Thread, actor and kind select rows, alone and together."""
    _fill(place, "list 1", 3)
    _fill(place, "list 1", 2, actor=BOB, kind="x.y.z")
    _fill(place, "list 2", 2, actor=BOB)
    seen = {
        "thread": place.get("/v1/records", thread="list 1"),
        "thread and actor": place.get("/v1/records", thread="list 1", actor=BOB),
        "thread and kind": place.get("/v1/records", thread="list 1", kind="x.y.z"),
        "kind": place.get("/v1/records", kind="x.y.z"),
        "all three": place.get("/v1/records", thread="list 2", actor=BOB, kind="a.b.c"),
        "no match": place.get("/v1/records", thread="list 2", actor=ALICE),
        "unknown thread": place.get("/v1/records", thread="nowhere"),
    }
    counts = {name: len(each.body["data"]) for name, each in seen.items()}
    assert counts == {
        "thread": 5,
        "thread and actor": 2,
        "thread and kind": 2,
        "kind": 2,
        "all three": 2,
        "no match": 0,
        "unknown thread": 0,
    }
    assert all(each.body["object"] == "list" for each in seen.values())
    return {name: each.plain() for name, each in seen.items()}


@scenario
def list_without_filter(place: Place) -> Any:
    """A list of records needs a filter; a limit or a cursor alone is none, an unknown parameter is none."""
    seen = [
        place.get("/v1/records"),
        place.get("/v1/records", limit=5),
        place.get("/v1/records", colour="red"),
    ]
    assert {(each.status, each.code) for each in seen} == {(400, "MISSING_FILTER")}
    return [each.plain() for each in seen]


@scenario
def list_unknown_parameters_ignored(place: Place) -> Any:
    """Unknown query parameters are ignored."""
    seen = place.get("/v1/records", thread="list 1", colour="red", where="x")
    assert len(seen.body["data"]) == 5
    return seen.plain()


@scenario
def list_bad_parameters(place: Place) -> Any:
    """A parameter of a wrong type or range is refused with its name."""
    wrong = [
        ("limit", "abc"),
        ("limit", "-1"),
        ("limit", "1.5"),
        ("limit", "1001"),
        ("limit", ""),
        ("limit", "9" * 30),
        ("since", "x"),
        ("since", "-1"),
        ("since_clock", "x"),
        ("after_clock", "1e3"),
        ("after_clock", str(2**63)),
        ("since_clock", "\u0663"),
    ]
    seen = {}
    for path in ("/v1/records", "/v1/threads/t/records"):
        for name, value in wrong:
            answer = place.get(path, thread="t", **{name: value})
            assert (answer.status, answer.code) == (400, "INVALID_PARAMETER"), (path, name, value, answer)
            assert name in answer.body["message"]
            seen[f"{path} {name}={value}"] = answer.plain()
    return seen


@scenario
def list_pages(place: Place) -> Any:
    """Pages follow one another by cursor without gap or repeat, and the last one says so."""
    _fill(place, "pages", 10)
    by_thread = _walk(place, "/v1/threads/pages/records", limit=4)
    by_filter = _walk(place, "/v1/records", thread="pages", limit=3)
    exact = _walk(place, "/v1/records", thread="pages", limit=5)
    assert [len(page) for page in by_thread] == [4, 4, 2]
    assert [len(page) for page in by_filter] == [3, 3, 3, 1]
    flat = [row for page in by_thread for row in page]
    assert flat == [row for page in by_filter for row in page] == [row for page in exact for row in page]
    assert len(set(flat)) == 10
    return [by_thread, by_filter, exact]


@scenario
def list_limits(place: Place) -> Any:
    """No limit means 100 rows, a limit of 0 none, 1000 is the largest."""
    _fill(place, "long", 120)
    plain = place.get("/v1/threads/long/records")
    none = place.get("/v1/threads/long/records", limit=0)
    large = place.get("/v1/threads/long/records", limit=1000)
    assert [len(each.body["data"]) for each in (plain, none, large)] == [100, 0, 120]
    assert plain.body["next_cursor"] is not None
    assert large.body["next_cursor"] is None
    return [plain.ids, none.plain(), len(large.ids), plain.body["next_cursor"]]


@scenario
def list_clock_windows(place: Place) -> Any:
    """`since` and `since_clock` include the clock, `after_clock` does not; a window is filter enough."""
    seen = {
        "since": place.get("/v1/threads/pages/records", since=7),
        "since_clock": place.get("/v1/threads/pages/records", since_clock=7),
        "after_clock": place.get("/v1/threads/pages/records", after_clock=7),
        "list since": place.get("/v1/records", thread="pages", since=8),
        "both": place.get("/v1/threads/pages/records", since_clock=2, after_clock=7),
        "window alone": place.get("/v1/records", since_clock=2**62),
        "after alone": place.get("/v1/records", after_clock=2**62),
    }
    clocks = {name: [row["clock"] for row in each.body["data"]] for name, each in seen.items()}
    assert clocks["since"] == clocks["since_clock"] == [7, 8, 9]
    assert clocks["after_clock"] == clocks["both"] == [8, 9]
    assert clocks["list since"] == [8, 9]
    return {name: each.plain() for name, each in seen.items()}


@scenario
def list_bad_cursors(place: Place) -> Any:
    """A cursor that the daemon did not give is refused, everywhere a cursor is taken."""
    seen = {}
    for path in ("/v1/records?thread=pages", "/v1/threads/pages/records?x=1", "/v1/threads?x=1"):
        for cursor in ("rubbish", "!!", "%00", "-5", "AAAA"):
            answer = place.call("GET", f"{path}&cursor={cursor}")
            assert answer.status == 400, (path, cursor, answer)
            seen[f"{path}&cursor={cursor}"] = answer.plain()
    return seen


@scenario
def list_new_rows_between_pages(place: Place) -> Any:
    """A record stored while somebody pages comes on a later page; nothing is skipped or repeated."""
    _fill(place, "moving", 4)
    first = place.get("/v1/threads/moving/records", limit=3)
    _fill(place, "moving", 2, first=4)
    second = place.get("/v1/threads/moving/records", limit=3, cursor=first.body["next_cursor"])
    clocks = [row["clock"] for seen in (first, second) for row in seen.body["data"]]
    assert clocks == [0, 1, 2, 3, 4, 5]
    return [first.plain(), second.plain()]


@scenario
def thread_lists(place: Place) -> Any:
    """Threads are listed with their summaries, a page at a time."""
    pages = _walk(place, "/v1/threads", limit=5)
    names = [name for page in pages for name in page]
    assert len(names) == len(set(names))
    assert {"pages", "music.library", "list 1"} <= set(names)
    one = place.get(at("list 1"))
    assert one.status == 200
    listed = next(row for row in place.get("/v1/threads", limit=1000).body["data"] if row["id"] == "list 1")
    assert listed["record_count"] == one.body["record_count"] == 5
    return [pages, one.plain(), listed]

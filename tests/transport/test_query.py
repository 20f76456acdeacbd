"""How a query reaches the server, and how pages are stitched together."""

from __future__ import annotations

from typing import Any

from syncropel.rules.row import Record
from syncropel.transport.query import Collector, query_filter
from syncropel.transport.results import Page


def test_the_filter_holds_what_the_server_can_judge() -> None:
    """Kind, actor, since and plain equalities go to the server; a user's own condition joins them."""
    made = query_filter(
        kind="a.b.c",
        actor="did:x",
        since=5,
        where={"body.n": 3, "body.deep.x": "y", "act": "PUT"},
        filter={"body.z": {"$gt": 1}},
    )
    assert made == {
        "$and": [
            {"body.kind": "a.b.c", "actor": "did:x", "clock": {"$gte": 5}},
            {"body.n": 3},
            {"body.deep.x": "y"},
            {"act": "PUT"},
            {"body.z": {"$gt": 1}},
        ]
    }


def test_what_means_something_else_there_stays_here() -> None:
    """None, objects, lists and odd paths are judged by the client alone."""
    where: dict[str, Any] = {
        "body.a": None,
        "body.b": {},
        "body.c": [],
        "body": 1,
        "body.ä": 1,
        "sequence": 1,
        "x": 1,
    }
    assert query_filter(kind="a.b.c", actor=None, since=None, where=where, filter=None) == {
        "body.kind": "a.b.c"
    }


def _page(*names: str, cursor: str | None = None) -> Page[Record]:
    return Page([Record(id=name, body={"n": name}) for name in names], next_cursor=cursor)


def test_pages_are_gathered_up_to_the_limit() -> None:
    """Each page asks for no more than is missing, so that no row is lost behind the cursor."""
    collector = Collector(2500)
    assert collector.parameters() == {"limit": 1000, "cursor": None}
    collector.take(_page(*(str(n) for n in range(1000)), cursor="a"))
    assert collector.parameters() == {"limit": 1000, "cursor": "a"}
    collector.take(_page(*(str(n) for n in range(1000)), cursor="b"))
    assert collector.parameters() == {"limit": 500, "cursor": "b"}
    collector.take(_page(*(str(n) for n in range(500)), cursor="c"))
    assert not collector.wants_more
    assert len(collector.page()) == 2500
    assert collector.page().next_cursor == "c"


def test_rows_that_fail_where_are_replaced_by_later_ones() -> None:
    """A limit counts matches, so rows that do not match make the collector ask for more."""
    collector = Collector(2, {"body.n": "x"})
    collector.take(_page("y", "x", cursor="a"))
    assert collector.wants_more
    assert collector.parameters() == {"limit": 1, "cursor": "a"}
    collector.take(_page("x", cursor="b"))
    assert not collector.wants_more
    assert [record.id for record in collector.page()] == ["x", "x"]


def test_a_server_that_sends_a_cursor_for_ever_is_not_followed() -> None:
    """An empty page ends the gathering, whatever its cursor says."""
    collector = Collector(10)
    collector.take(_page(cursor="again"))
    assert not collector.wants_more


def test_without_a_limit_one_page_is_taken() -> None:
    """None leaves the page to the server, and its cursor to the caller."""
    collector = Collector(None)
    assert collector.parameters() == {"limit": None, "cursor": None}
    collector.take(_page("x", cursor="a"))
    assert not collector.wants_more
    assert collector.page().next_cursor == "a"

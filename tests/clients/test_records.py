"""Reading records: pages, queries that cannot miss, and the difference between empty and failed."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from syncropel import ConflictError, DecodeError, NotFoundError, ServerError, TransportError
from syncropel.testing import MockKernel
from tests.clients.filling import fill
from tests.support.colours import Colour
from tests.support.servers import answer, drop, scripted


def test_records_work_by_attribute_and_by_key(colour: Colour, kernel: MockKernel) -> None:
    """Code for either spelling runs on what a read returns."""
    client = colour.client(transport=kernel.transport())
    fill(colour, client, 1)
    (record,) = colour.call(client.query_thread, "t")
    assert record.body["kind"] == record["body"]["kind"] == "a.b.c"
    assert record.get("act") == record.act == "PUT"
    assert record["parents"] == []


def test_a_limit_larger_than_a_page(colour: Colour, kernel: MockKernel) -> None:
    """A limit counts records, over as many pages as the server makes of it."""
    client = colour.client(transport=kernel.transport())
    fill(colour, client, 1100)
    assert len(colour.call(client.query_thread, "t")) == 100
    page = colour.call(client.query_thread, "t", limit=1050)
    assert [record.body["n"] for record in page] == list(range(1050))
    rest = colour.call(client.query_thread, "t", cursor=page.next_cursor)
    assert [record.body["n"] for record in rest] == list(range(1050, 1100))
    assert rest.next_cursor is None
    found = colour.collect(client.iter_records("t", page_size=300))
    assert [record.body["n"] for record in found] == list(range(1100))


def test_a_kind_is_found_behind_any_number_of_others(colour: Colour, kernel: MockKernel) -> None:
    """The server chooses before it counts, so a limit never hides a match."""
    client = colour.client(transport=kernel.transport())
    fill(colour, client, 150, kind="x.y.z")
    fill(colour, client, 2)
    assert len(colour.call(client.query, "a.b.c", limit=1)) == 1
    assert len(colour.call(client.query, kind="a.b.c")) == 2
    assert len(colour.call(client.query, thread="t", where={"body.kind": "a.b.c"}, limit=5)) == 2


def test_where_is_exact(colour: Colour, kernel: MockKernel) -> None:
    """A missing path equals None, arrays are not crossed, and the limit counts what matches."""
    client = colour.client(transport=kernel.transport())
    fill(colour, client, 3, tags=["a"])
    fill(colour, client, 3, tags="a", note="x")
    query = client.query
    assert len(colour.call(query, thread="t", where={"body.tags": "a"})) == 3
    assert len(colour.call(query, thread="t", where={"body.tags": ["a"]})) == 3
    assert len(colour.call(query, thread="t", where={"body.note": None})) == 3
    assert len(colour.call(query, thread="t", where={"body.note": None}, limit=2)) == 2
    assert len(colour.call(query, thread="t", where={"body.n": 1, "body.note": "x"})) == 1
    assert len(colour.call(query, thread="t", where={"body.n": True})) == 0


def test_query_by_everything(colour: Colour, kernel: MockKernel) -> None:
    """Kind, actor, thread, since and a condition hold together."""
    client = colour.client(transport=kernel.transport())
    for clock in range(5):
        colour.call(client.emit, "PUT", "a.b.c", {"n": clock}, "t", clock=clock)
    did = client.identity.actor_did
    assert [r.clock for r in colour.call(client.query, actor=did, since=3)] == [3, 4]
    found = colour.call(client.query, "a.b.c", did, "t", 1, 100, None, filter={"body.n": {"$lt": 3}})
    assert [r.clock for r in found] == [1, 2]
    assert colour.call(client.query, thread="nobody") == []
    assert [r.clock for r in colour.call(client.query_thread, "t", 100, 4)] == [4]


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("query", {}, ValueError),
        ("query", {"filter": {}}, ValueError),
        ("query", {"kind": ""}, ValueError),
        ("query", {"kind": 5}, TypeError),
        ("query", {"thread": "t", "limit": -1}, ValueError),
        ("query", {"thread": "t", "limit": "5"}, TypeError),
        ("query", {"thread": "t", "since": "yesterday"}, TypeError),
        ("query", {"thread": "t", "where": [1]}, TypeError),
        ("query", {"thread": "t", "filter": "x"}, TypeError),
        ("query", {"thread": "t", "filter": {"body.x": float("nan")}}, ValueError),
        ("query_thread", {"thread": None}, TypeError),
        ("rich_query", {"filter": []}, TypeError),
        ("search", {"query": "x", "k": 0}, ValueError),
        ("record", {"record_id": ""}, ValueError),
        ("thread_state", {"thread": ""}, ValueError),
        ("participants", {"thread": ""}, ValueError),
        ("threads", {"limit": 1.5}, TypeError),
        ("health", {"timeout": -1}, ValueError),
    ],
)
def test_mistakes_raise(colour: Colour, name: str, arguments: dict[str, Any], error: type[Exception]) -> None:
    """The caller's mistakes raise before anything is sent."""
    with scripted(answer(200, "{}")) as server:
        client = colour.client(endpoint=server.url)
        with pytest.raises(error):
            colour.call(getattr(client, name), **arguments)
    assert server.requests == []


def test_rich_query_shows_what_the_server_said(colour: Colour, kernel: MockKernel) -> None:
    """Capped pages, totals, cursors, plans and groups are there by key and by attribute."""
    client = colour.client(transport=kernel.transport())
    fill(colour, client, 5)
    first = colour.call(client.rich_query, {"body.kind": "a.b.c"}, "t", {"clock": -1}, 2, explain=True)
    assert first.ok
    assert [record.body["n"] for record in first.records] == [4, 3]
    assert (first.capped, first.matched_total) == (True, 5)
    assert first["matched_total"] == 5
    assert first.plan is not None
    again = colour.call(
        client.rich_query, {"body.kind": "a.b.c"}, "t", {"clock": -1}, 2, cursor=first.next_cursor
    )
    assert [record.body["n"] for record in again.records] == [2, 1]
    counted = colour.call(client.rich_query, {}, group_by=["thread"], aggregates={"many": {"$count": True}})
    assert counted.records == []
    assert counted.groups[0]["key"] == {"thread": "t"}


def test_a_refused_query_says_why(colour: Colour, kernel: MockKernel) -> None:
    """A query that the server does not understand is empty, not ok, and carries the server's words."""
    client = colour.client(transport=kernel.transport())
    result = colour.call(client.rich_query, {"body.x": {"$nope": 1}})
    assert result == {"records": []}
    assert result.error.code == "INVALID_QUERY"
    assert result.error.request_id


def test_one_record(colour: Colour, kernel: MockKernel) -> None:
    """A record is read by its id; one that is not there is None, and `last_error` tells which None it is."""
    client = colour.client(transport=kernel.transport())
    emitted = colour.call(client.emit, "PUT", "a.b.c", {}, "t")
    record = colour.call(client.record, emitted.record_id)
    assert record.id == emitted.record_id
    assert client.last_error is None
    assert colour.call(client.record, "0" * 64) is None
    assert isinstance(client.last_error, NotFoundError)
    kernel.fail_next_get()
    assert colour.call(client.record, emitted.record_id) is None
    assert isinstance(client.last_error, TransportError)
    assert colour.call(client.record, emitted.record_id) is not None
    assert client.last_error is None


def test_search_without_an_embedder(colour: Colour, kernel: MockKernel) -> None:
    """A server without an embedder says so, and the result is marked."""
    client = colour.client(transport=kernel.transport())
    found = colour.call(client.search, "anything", k=3)
    assert found == {"embedder": None, "k": 3, "hits": [], "disabled": True}
    assert found.disabled
    assert not found.ok


ROW = {"object": "record", "id": "r", "body": {}, "clock": 1}


def _list(count: int, cursor: str | None) -> dict[str, Any]:
    return {"object": "list", "data": [ROW] * count, "next_cursor": cursor}


def test_an_iterator_never_ends_without_a_word(colour: Colour) -> None:
    """A page that fails raises from the iterator, after the records that came before it."""
    pages = answer(200, json=_list(2, "c")), answer(500, "boom")
    with scripted(*pages) as server:
        client = colour.client(endpoint=server.url)
        with pytest.raises(ServerError, match="boom"):
            colour.collect(client.iter_records("t"))
        assert "cursor=c" in server.requests[1].target
    with scripted(*pages) as server:
        client = colour.client(endpoint=server.url)
        assert len(colour.collect(client.iter_records("t"), 2)) == 2


def test_a_page_that_fails_midway_keeps_what_came(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """A read over several pages returns what it has, says that it is not all, and where to go on."""
    with scripted(answer(200, json=_list(1000, "c")), drop()) as server:
        client = colour.client(endpoint=server.url)
        page = colour.call(client.query_thread, "t", limit=1500)
    assert len(page) == 1000
    assert not page.ok
    assert page.next_cursor == "c"
    assert client.last_error is page.error
    assert any(entry.levelno == logging.WARNING for entry in caplog.records)


READS = {
    "query_thread": ("t",),
    "query": ("a.b.c",),
    "rich_query": ({},),
    "search": ("x",),
    "record": ("r",),
    "threads": (),
    "thread_state": ("t",),
    "participants": ("t",),
    "health": (),
}
STRANGE = {
    "html": b"<html>",
    "nothing": b"",
    "a list": b"[1, 2]",
    "a string": b'"x"',
    "null data": b'{"object": "list", "data": null}',
    "wrong rows": b'{"object": "list", "data": [5, null, "x"]}',
    "deep": b"[" * 50_000,
    "no utf-8": b'{"a": "\xff"}',
    "a huge number": b'{"data": ' + b"9" * 10_000 + b"}",
    "an empty object": b"{}",
}


@pytest.mark.parametrize("what", STRANGE)
@pytest.mark.parametrize("read", READS)
def test_no_answer_surprises_a_read(colour: Colour, read: str, what: str) -> None:
    """Whatever a 200 holds, a read returns: its value, or its empty one with a `DecodeError`."""
    with scripted(answer(200, STRANGE[what])) as server:
        client = colour.client(endpoint=server.url)
        value = colour.call(getattr(client, read), *READS[read])
    if client.last_error is not None:
        assert isinstance(client.last_error, DecodeError)
        assert not value or not value.ok
    assert len(server.requests) == 1


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("status", [302, 409, 500, 520])
def test_reads_are_not_retried(colour: Colour, read: str, status: int) -> None:
    """One request, whatever the status; the reason is an error of its own class."""
    with scripted(answer(status, "no")) as server:
        client = colour.client(endpoint=server.url)
        value = colour.call(getattr(client, read), *READS[read])
    assert not value or not value.ok
    assert len(server.requests) == 1
    assert client.last_error.status == status
    assert isinstance(
        client.last_error, {409: ConflictError, 500: ServerError, 520: ServerError}.get(status, Exception)
    )

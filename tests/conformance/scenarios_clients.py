"""Scenarios of both clients: what their methods return must not depend on what stands behind them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from syncropel import Client, Ref

from .place import ALICE, BOB, Place, masked
from .registry import scenario

HIDDEN = {"id": "<id>", "clock": "<clock>", "record_id": "<id>", "since": "<time>", "effective_at": "<time>"}


def _run(place: Place, body: Callable[[Client], Awaitable[Any]], **options: Any) -> Any:
    async def inside() -> Any:
        async with place.client(**options) as client:
            return await body(client)

    return asyncio.run(inside())


def _result(result: Any, *, hide: bool = False) -> dict[str, Any]:
    plain = {name: value for name, value in dict(result).items() if name not in ("request_id", "expected_id")}
    if plain["error"]:
        # The text quotes the answer, which holds the request's id.
        plain["error"] = plain["error"][:40]
    return {**plain, **({"record_id": "<id>", "clock": "<clock>"} if hide else {})}


def _rows(records: Any) -> list[Any]:
    return masked([record.to_row() for record in records])


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: HIDDEN.get(name, _hidden(member)) for name, member in value.items()}
    if isinstance(value, list):
        return [_hidden(member) for member in value]
    return value


@scenario
def client_emit_three_ways(place: Place) -> Any:
    """`emit`, `emit_sync` and the synchronous client send the same record: one is stored, all get its id."""
    arguments: dict[str, Any] = {
        "act": "PUT",
        "kind": "music.catalog.track",
        "body": {"title": "Glow", "artists": ["Zonke"]},
        "refs": [Ref.music_track(isrc="USJI19810404")],
        "thread": "client emit",
        "clock": 1,
    }

    async def body(client: Client) -> list[Any]:
        return [await client.emit(**arguments), client.emit_sync(**arguments)]

    results = _run(place, body)
    with place.sync_client() as client:
        results.append(client.emit(**arguments))
    assert [result.success for result in results] == [True] * 3
    assert [result.created for result in results] == [True, False, False]
    assert len({result.record_id for result in results}) == 1
    assert place.get("/v1/threads/client%20emit/records").ids == [results[0].record_id]
    return [_result(result) for result in results]


@scenario
def client_emit_refused(place: Place) -> Any:
    """A refusal is a result with the server's code, not an exception, and is not tried again."""
    with place.sync_client() as client:
        client.emit("PUT", "a.b.c", {"n": 1}, "client refused", clock=3)
        refused = client.emit("PUT", "a.b.c", {"n": 2}, "client refused", clock=3)
        large = client.emit("PUT", "a.b.c", {"x": "x" * 1_100_000}, "client refused", clock=4)
    assert (refused.success, refused.status, refused.code, refused.retried) == (
        False,
        400,
        "INGEST_FAILED",
        0,
    )
    assert "DuplicateClock" in refused.error
    assert (large.success, large.status, large.code) == (False, 413, "BODY_TOO_LARGE")
    return [_result(refused), _result(large)]


@scenario
def client_emits_many(place: Place) -> Any:
    """Many records in one request: an outcome for each, in order; a refusal concerns one record."""
    items = [
        {"act": "PUT", "kind": "a.b.c", "body": {"n": n}, "thread": f"client many {n % 2}", "clock": n}
        for n in (0, 1, 2, 3, 2)
    ]
    items[4]["body"] = {"n": "another with that clock"}

    async def body(client: Client) -> list[Any]:
        first = [result async for result in client.emit_many(items)]
        return [first, [result async for result in client.emit_many(items[:3], chunk=2)]]

    answers = _run(place, body)
    with place.sync_client() as client:
        answers.append(list(client.emit_many(items[3:])))
        return [[_result(result) for result in results] for results in answers]


@scenario
def client_automatic_clocks(place: Place) -> Any:
    """Parallel emits without a clock all succeed: no two of one actor on one thread collide."""

    async def body(client: Client) -> list[Any]:
        return await asyncio.gather(
            *(client.emit("PUT", "a.b.c", {"n": number}, "client clocks") for number in range(20))
        )

    results = _run(place, body)
    assert [result.success for result in results] == [True] * 20
    clocks = [row["clock"] for row in place.get("/v1/threads/client%20clocks/records").body["data"]]
    assert len(set(clocks)) == 20
    return [_result(result, hide=True) for result in results]


@scenario
def client_reserved_kinds(place: Place) -> Any:
    """The five helpers store the bodies that the protocol fixes."""
    told = "f" * 64

    async def body(client: Client) -> list[Any]:
        thread = "client reserved"
        return [
            await client.emit_correction(
                corrects=[told], revised_fields={"title": "Glow (Remastered)"}, reason="update", thread=thread
            ),
            await client.emit_erasure(erases=[told], reason="GDPR request", thread=thread),
            await client.emit_alias(
                old_kind="music.song", new_kind="music.catalog.track", reason="grammar", thread=thread
            ),
            await client.emit_scope_transfer(
                scope="music", from_publisher=ALICE, to_publisher=BOB, reason="sold", thread=thread
            ),
            await client.emit_scope_claim(scope="music", governance_policy={"type": "open"}, thread=thread),
        ]

    results = _run(place, body)
    assert all(results), results
    rows = place.get("/v1/threads/client%20reserved/records").body["data"]
    kinds = ["core.correction", "core.erasure", "core.alias", "core.scope_transfer", "core.scope_claim"]
    assert [row["body"]["kind"] for row in rows] == kinds
    return [_hidden(masked(rows)), [_result(result, hide=True) for result in results]]


@scenario
def client_intend_and_fulfill(place: Place) -> Any:
    """A thread opened by `intend` is closed by `fulfill`, as its state tells."""
    with place.sync_client() as client:
        opened = client.intend("Deploy", thread="client intend", clock=0)
        before = client.thread_state("client intend")
        closed = client.fulfill("client intend", "done", fulfills=opened.record_id, clock=1)
        after = client.thread_state("client intend")
        fresh = client.intend("Another")
    assert (before.status, after.status) == ("open", "closed")
    assert after.fulfilled_by == [closed.record_id]
    assert fresh.success
    assert len(fresh.thread) == 67
    return [_result(opened), _result(closed), before.to_dict(), after.to_dict()]


@scenario
def client_reads_records(place: Place) -> Any:
    """Thread reads and queries give the same records to both clients, by attribute and by key."""

    async def body(client: Client) -> list[Any]:
        return [
            await client.query_thread("pages", 4, 2),
            await client.query(thread="pages", since=7),
            await client.query(kind="q.r.song", where={"body.title": "Glow"}),
            await client.query(kind="x.y.z", limit=1),
            await client.query(actor=BOB, filter={"act": "CALL"}),
            await client.query_thread("never seen"),
        ]

    pages = _run(place, body)
    with place.sync_client() as client:
        same = [
            client.query_thread("pages", 4, 2),
            client.query(thread="pages", since=7),
            client.query(kind="q.r.song", where={"body.title": "Glow"}),
            client.query(kind="x.y.z", limit=1),
            client.query(actor=BOB, filter={"act": "CALL"}),
            client.query_thread("never seen"),
        ]
    assert [page.ok for page in pages] == [True] * 6
    assert [len(page) for page in pages] == [4, 3, 1, 1, 1, 0]
    assert [_rows(page) for page in pages] == [_rows(page) for page in same]
    record = pages[2][0]
    assert record.body["title"] == record["body"]["title"] == "Glow"
    assert record.get("act") == record.act == "KNOW"
    return [_rows(page) for page in pages]


@scenario
def client_iterates_everything(place: Place) -> Any:
    """Iterating does not stop at a page: records and threads, whatever the page size."""

    async def body(client: Client) -> list[Any]:
        records = [record.clock async for record in client.iter_records("long", page_size=50)]
        threads = [summary.id async for summary in client.iter_threads(page_size=3)]
        return [records, threads]

    records, threads = _run(place, body)
    assert records == list(range(120))
    assert len(threads) == len(set(threads))
    with place.sync_client() as client:
        assert [record.clock for record in client.iter_records("long", page_size=7)] == records
        assert [summary.id for summary in client.threads(limit=5)] == threads[:5]
        assert len(client.query_thread("long", limit=110)) == 110
    # Threads that clients named at random are named otherwise on every back end.
    return [records, [name for name in threads if not re.fullmatch("th_(?!0{64})[0-9a-f]{64}", name)]]


@scenario
def client_one_record(place: Place) -> Any:
    """A record is fetched by its id; a missing one is None with the reason in `last_error`."""
    id_ = place.get("/v1/threads/pages/records", limit=1).ids[0]
    with place.sync_client() as client:
        found = client.record(id_)
        assert client.last_error is None
        missing = client.record("0" * 64)
        reason = client.last_error
    assert found.id == id_
    assert missing is None
    assert (type(reason).__name__, reason.code) == ("NotFoundError", "RECORD_NOT_FOUND")
    return [_rows([found]), reason.status, reason.code, reason.message]


@scenario
def client_rich_query(place: Place) -> Any:
    """The rich query gives rows, the count of all matches, the plan and groups to both clients."""

    async def body(client: Client) -> list[Any]:
        return [
            await client.rich_query(
                {"act": "KNOW"}, thread="query", sort={"clock": -1}, limit=1, explain=True
            ),
            await client.rich_query({}, thread="query", group_by=["act"], aggregates={"n": {"$count": True}}),
            await client.rich_query({"nonsense": 1}),
        ]

    rows, groups, wrong = _run(place, body)
    assert [record.clock for record in rows.records] == [2]
    assert (rows.matched_total, rows.capped) == (2, True)
    assert rows.plan is not None
    assert [group["aggregates"]["n"] for group in groups.groups] == [1, 1, 2, 1, 1]
    assert (wrong.ok, wrong.error.code, wrong.records) == (False, "INVALID_QUERY", [])
    return [_rows(rows.records), rows.matched_total, groups.groups, wrong.error.message]


@scenario
def client_search_and_health(place: Place) -> Any:
    """Search is disabled and says so; health is an object that says ok."""
    with place.sync_client() as client:
        search = client.search("love", 3)
        health = client.health()
    assert (search.disabled, search.hits, search["embedder"], search.k) == (True, [], None, 3)
    assert health["status"] == "ok"
    return [dict(search), search.error.code, sorted(health)]


@scenario
def client_judged_by(place: Place) -> Any:
    """`judged_by` given to `emit` is read back with the record."""
    with place.sync_client() as client:
        result = client.emit("KNOW", "a.b.c", {}, "client judged", clock=0, judged_by="j" * 64)
        record = client.record(result.record_id)
    assert record.judged_by == "j" * 64
    return _rows([record])


@scenario
def client_thread_names(place: Place) -> Any:
    """The clients percent-encode thread names, so that any of them reads back what it emitted."""
    seen = []
    with place.sync_client() as client:
        for number, name in enumerate(("c 1/x?y#z", "..", "日本語", "100%/%2F", "a+b&c", "//")):
            assert client.emit("PUT", "a.b.c", {"n": number}, name, clock=number).success, name
            page = client.query_thread(name)
            assert {record.thread for record in page} == {name}
            assert page[-1].body["n"] == number
            assert client.thread_state(name).id == name
            seen.append(_rows(page))
    return seen


@scenario
def client_participants(place: Place) -> Any:
    """The participants of a thread are told to both clients alike."""
    with place.sync_client() as client:
        page = client.participants("cancel 2")
        assert page.ok
        assert len(page) == 2
        assert [ALICE in str(page[0]), BOB in str(page[1])] == [True, True]
        return [str(row) for row in page]


@scenario
def client_subscribes(place: Place) -> Any:
    """A subscription replays from a clock, then gives live records; its cursor follows."""

    async def body(client: Client) -> Any:
        got: list[Any] = []
        arrived = asyncio.Event()

        def callback(record: Any) -> None:
            got.append(record)
            arrived.set()

        async def until(count: int) -> None:
            while len(got) < count:
                arrived.clear()
                await asyncio.wait_for(arrived.wait(), 20)

        await client.emit("PUT", "a.b.c", {"n": 0}, "client watch", clock=0)
        await client.emit("PUT", "a.b.c", {"n": 1}, "client watch", clock=1)
        subscription = client.subscribe("client watch", callback, since_clock=1)
        await until(1)
        await client.emit("PUT", "a.b.c", {"n": 2}, "client watch", clock=2)
        await until(2)
        cursor = subscription.cursor
        closing = subscription.close()
        if closing is not None:
            await closing
        return [_rows(got), cursor, subscription.closed]

    rows, cursor, closed = _run(place, body)
    assert [row["body"]["n"] for row in rows] == [1, 2]
    assert closed
    return [rows, cursor]

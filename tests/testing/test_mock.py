"""The mock: what it keeps, how it is asked, and where it is kinder than the published one."""

from __future__ import annotations

import asyncio
import gc
import inspect
import weakref
from typing import Any

import httpx
import pytest

from syncropel import Client, Identity, Ref, SyncClient
from syncropel.testing import FakeClock, MockKernel

ME = "did:example:test"


def client(kernel: MockKernel, **options: Any) -> SyncClient:
    """Return a synchronous client of the mock."""
    arguments = {"endpoint": "mock://", "identity": Identity.static(ME), "backoff_ms": 0, **options}
    return SyncClient(transport=kernel.transport(), **arguments)


def fill(kernel: MockKernel) -> None:
    """Store three records on two threads by two actors."""
    one = client(kernel)
    one.emit("PUT", "a.b.c", {"n": 1}, "t", clock=1, refs=[Ref.music_track(isrc="USJI19810404")])
    one.emit("PUT", "x.y.z", {"n": 2}, "t", clock=2, refs=[Ref.ops_incident(pagerduty="ABC123")])
    client(kernel, identity=Identity.static("did:example:other")).emit("DO", "a.b.c", {"n": 3}, "u", clock=1)


def test_records_in_order_of_arrival() -> None:
    """`records` and `threads` hold what was stored, in order, by attribute and by key."""
    kernel = MockKernel()
    assert (kernel.records, kernel.threads, kernel.count()) == ([], {}, 0)
    fill(kernel)
    assert [record.body["n"] for record in kernel.records] == [1, 2, 3]
    assert [record["body"]["n"] for record in kernel] == [1, 2, 3]
    assert {name: len(records) for name, records in kernel.threads.items()} == {"t": 2, "u": 1}
    first = kernel.records[0]
    assert first["actor"] == first.actor == first.get("actor") == ME
    assert first["parents"] == []
    assert first.sequence == 1
    assert (kernel.count(), len(kernel), bool(MockKernel())) == (3, 3, True)


def test_lookups() -> None:
    """Records are found by thread, kind, actor and reference; nothing found is an empty list."""
    kernel = MockKernel()
    fill(kernel)

    def numbers(records: list[Any]) -> list[int]:
        return [record.body["n"] for record in records]

    assert numbers(kernel.records_in("t")) == numbers(kernel.records_for_thread("t")) == [1, 2]
    assert numbers(kernel.records_by_kind("a.b.c")) == [1, 3]
    assert numbers(kernel.records_by_actor("did:example:other")) == [3]
    assert numbers(kernel.records_by_ref("@music.track", "isrc:USJI19810404")) == [1]
    assert numbers(kernel.records_by_ref("@ops.incident", "isrc:USJI19810404")) == []
    assert kernel.records_in("no") == kernel.records_by_kind("n.o.ne") == kernel.records_by_actor("no") == []
    assert kernel.last().body["n"] == 3


def test_lookups_take_odd_bodies() -> None:
    """A body whose `_refs` or `kind` is not what clients write breaks no lookup."""
    kernel = MockKernel()
    http = httpx.Client(transport=kernel.transport(), base_url="http://mock")
    for clock, body in enumerate(({"_refs": 5}, {"_refs": ["x", {}]}, {"kind": 7}, {})):
        row = {"act": "PUT", "actor": "a", "body": body, "clock": clock, "thread": "t"}
        assert http.post("/v1/records", json=row).status_code == 201
    assert kernel.records_by_ref("@music.track", "x") == []
    assert kernel.records_by_kind("a.b.c") == []
    assert kernel.count() == 4


def test_changes_of_a_list_stay_outside() -> None:
    """The lists handed out are copies: changing one changes nothing in the mock."""
    kernel = MockKernel()
    fill(kernel)
    kernel.records.clear()
    kernel.records_in("t").clear()
    assert kernel.count() == 3


def test_last_of_nothing() -> None:
    """`last` of an empty mock says that nothing was stored."""
    with pytest.raises(LookupError, match="no record was stored"):
        MockKernel().last()


def test_clear() -> None:
    """`clear` forgets records, calls and planned failures; sequences begin again."""
    kernel = MockKernel()
    fill(kernel)
    kernel.fail_next_post()
    kernel.clear()
    assert (kernel.records, kernel.calls, kernel.faults.pending()) == ([], [], 0)
    fill(kernel)
    assert [record.sequence for record in kernel.records] == [1, 2, 3]


def test_more_records_than_a_page() -> None:
    """`records` holds every record, however many there are, and follows those that come later."""
    kernel = MockKernel()
    one = client(kernel)
    for clock in range(1001):
        one.emit("PUT", "a.b.c", {}, "t", clock=clock)
    assert [record.clock for record in kernel.records] == list(range(1001))
    one.emit("PUT", "a.b.c", {}, "t", clock=1001)
    assert kernel.last().clock == 1001


def test_identical_post_is_stored_once() -> None:
    """The same record emitted twice succeeds twice with one id and is stored once, as in the daemon."""
    kernel = MockKernel()
    one = client(kernel)
    results = [one.emit("PUT", "a.b.c", {"x": 1.0}, "t", clock=1) for _ in range(2)]
    assert [result.success for result in results] == [True, True]
    assert results[0].record_id == results[1].record_id
    assert kernel.count() == 1


def test_duplicate_and_lower_clocks() -> None:
    """A clock taken by another record is refused; a lower one and one of another thread are accepted."""
    kernel = MockKernel()
    one = client(kernel)
    one.emit("PUT", "a.b.c", {"x": 1}, "t", clock=1)
    refused = one.emit("PUT", "a.b.c", {"x": 2}, "t", clock=1)
    assert (refused.success, refused.record_id, refused.clock, refused.retried) == (False, None, None, 0)
    assert refused.error.startswith("HTTP 400: ")
    assert f"DuplicateClock: thread=t actor={ME} clock=1" in refused.error
    assert one.emit("PUT", "a.b.c", {"x": 2}, "t", clock=0).success
    assert one.emit("PUT", "a.b.c", {"x": 2}, "t2", clock=1).success


def test_routes_that_the_published_mock_lacks() -> None:
    """Records by id, threads, limits and `since` are answered as by a daemon."""
    kernel = MockKernel()
    fill(kernel)
    one = client(kernel)
    assert one.record(kernel.records[0].id).body["n"] == 1
    assert [summary.id for summary in one.threads()] == ["t", "u"]
    assert len(one.query_thread("t", limit=1)) == 1
    assert [record.clock for record in one.query_thread("t", since=2)] == [2]
    http = httpx.Client(transport=kernel.transport(), base_url="http://mock")
    assert http.get("/v1/records", params={"thread": "t", "limit": "abc"}).status_code == 400


def test_one_transport_for_both_kinds_of_client() -> None:
    """`transport()` is one object that synchronous and asynchronous clients share, of httpx and of ours."""
    kernel = MockKernel()
    assert kernel.transport() is kernel.transport()

    async def body() -> None:
        async with httpx.AsyncClient(transport=kernel.transport(), base_url="http://mock") as http:
            assert (await http.get("/health")).json()["status"] == "ok"
        async with Client("mock://", transport=kernel.transport()) as mine:
            assert (await mine.emit("PUT", "a.b.c", {}, "t", clock=1)).success
            assert mine.emit_sync("PUT", "a.b.c", {}, "t", clock=2).success

    asyncio.run(body())
    with httpx.Client(transport=kernel.transport(), base_url="http://mock") as http:
        assert len(http.get("/v1/threads/t/records").json()["data"]) == 2
    assert kernel.count() == 2, "closing a client leaves the mock as it is"


def test_calls() -> None:
    """`calls` tells what reached the mock, with the operation and the status."""
    kernel = MockKernel()
    one = client(kernel)
    one.emit("PUT", "a.b.c", {}, "t 1", clock=1)
    one.query_thread("t 1", limit=5)
    httpx.Client(transport=kernel.transport(), base_url="http://mock").get("/nowhere")
    operations = [(call.method, call.operation, call.status) for call in kernel.calls]
    assert operations == [
        ("POST", "emitRecord", 201),
        ("GET", "listThreadRecords", 200),
        ("GET", None, 404),
    ]
    assert kernel.calls[1].target.startswith("/v1/threads/t%201/records")


def test_time_is_the_clock() -> None:
    """Records are dated by the fake clock, which stands still until it is moved."""
    clock = FakeClock()
    kernel = MockKernel(clock=clock)
    one = client(kernel)
    one.emit("PUT", "a.b.c", {}, "t", clock=1)
    clock.advance(3600)
    one.emit("PUT", "a.b.c", {}, "t", clock=2)
    first, second = (record["created_at"] for record in kernel.records)
    assert (first, second) == (1_767_225_600, 1_767_229_200)


def test_latency_passes_on_the_clock() -> None:
    """A mock's latency moves the fake clock at every call and never waits."""
    kernel = MockKernel(latency=2.5)
    start = kernel.clock.now()
    client(kernel).emit("PUT", "a.b.c", {}, "t", clock=1)
    client(kernel).health()
    assert kernel.clock.now() == start + 5.0


def test_mock_is_collected_without_closing() -> None:
    """A mock that nobody holds any more goes away, though it was never closed."""
    clock = FakeClock()
    kernel = MockKernel(clock=clock)
    fill(kernel)
    gone = weakref.ref(kernel)
    del kernel
    gc.collect()
    assert gone() is None
    assert clock._listeners == []


def test_close_twice_and_afterwards() -> None:
    """Closing twice is fine; a call after it is refused with 503 instead of breaking the test."""
    with MockKernel() as kernel:
        fill(kernel)
    kernel.close()
    result = client(kernel, max_retries=0).emit("PUT", "a.b.c", {}, "t", clock=9)
    assert (result.success, result.status, result.code) == (False, 503, "STORE_UNAVAILABLE")


def test_the_seeds_sync_code_runs_in_a_running_loop() -> None:
    """`emit_sync` works inside a coroutine too, where many test suites live."""
    kernel = MockKernel()

    async def body() -> bool:
        mine = Client("mock://", transport=kernel.transport())
        result = mine.emit_sync("PUT", "a.b.c", {}, "t")
        mine.close()
        return bool(result.success)

    assert asyncio.run(body())


def test_names_that_others_publish() -> None:
    """Every member that the published mock has is here, under the same name."""
    members = (
        "records threads records_in records_by_kind records_by_actor count clear fail_next_post fail_next_get"
    )
    assert all(hasattr(MockKernel, name) for name in members.split())
    assert inspect.signature(MockKernel.fail_next_post).parameters["n"].default == 1
    assert inspect.signature(MockKernel.fail_next_get).parameters["n"].default == 1


def test_repr_says_what_it_holds() -> None:
    """The mock's text counts records and watchers, for a failing test's output."""
    kernel = MockKernel()
    fill(kernel)
    assert repr(kernel) == "MockKernel(3 records, 0 watchers)"

"""`emit_many`: chunks, order, bounded memory, an outcome for each, and errors in their place."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncropel import Client, EmitResult, EmitSummary, Identity, KindError, UsageError
from syncropel.rules.records import build_record
from syncropel.testing import MockKernel
from tests.support.colours import DID, Colour
from tests.support.gates import MANIFEST, MANY, ONE, Gate, until, until_sync

SPAN = 2
"""Chunks that may be alive: one under way, one being built."""


def item(n: int, **more: Any) -> dict[str, Any]:
    """Return one item."""
    return {"act": "PUT", "kind": "a.b.c", "body": {"n": n}, "thread": f"t{n % 3}", **more}


class Counted:
    """Items without an end, counted as they are taken."""

    def __init__(self, make: Callable[[int], dict[str, Any]] = item) -> None:
        self.taken = 0
        self._make = make

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            self.taken += 1
            yield self._make(self.taken - 1)


def refusing(path: str, status: int) -> Callable[[httpx.Request], httpx.Response | None]:
    """Return answers that refuse one path."""
    return lambda request: (
        httpx.Response(status, text="<html>", request=request) if request.url.path == path else None
    )


def test_every_item_has_its_outcome_in_order(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """Records travel in chunks, are stored in their order, and are told in their order with their ids."""
    seen: list[EmitResult] = []
    progress: list[EmitSummary] = []
    client = colour.client(transport=gate, on_emit=seen.append)
    items = (item(n) for n in range(450))
    results = colour.collect(client.emit_many(items, chunk=100, on_progress=progress.append))
    assert [row.body["n"] for row in kernel.records] == list(range(450))
    assert [result.record_id for result in results] == [row.id for row in kernel.records]
    assert seen == results
    assert gate.paths() == [MANIFEST] + [MANY] * 5
    assert [told.total for told in progress] == [100, 200, 300, 400, 450]
    assert (progress[-1].created, progress[-1].ok) == (450, True)
    assert client.stats.acknowledged == 450


def test_an_endless_generator_takes_bounded_memory(colour: Colour, gate: Gate) -> None:
    """No more is taken from the items than the chunk under way and the next one, however long it goes on."""
    client = colour.client(transport=gate)
    items = Counted()
    results = colour.collect(client.emit_many(items, chunk=50), 400)
    assert len(results) == 400
    assert items.taken <= 400 + SPAN * 50


def test_the_next_chunk_is_built_while_one_is_under_way(colour: Colour, gate: Gate) -> None:
    """The items of the next chunk are taken before the answer to the one before has come."""
    client = colour.client(transport=gate)
    items = Counted()
    gate.holds = lambda request: request.url.path == MANY
    gate.shut()
    if colour.name == "async":

        async def run() -> None:
            results = client.emit_many(items, chunk=50)
            first = asyncio.ensure_future(anext_of(results))
            await until(lambda: items.taken == 100)
            assert not first.done()
            gate.open()
            assert (await first).success
            await results.aclose()

        colour.call(run)
    else:
        results = client.emit_many(items, chunk=50)
        first = threading.Thread(target=next, args=(results,))
        first.start()
        until_sync(lambda: items.taken == 100)
        assert first.is_alive()
        gate.open()
        first.join(10)
        results.close()


async def anext_of(results: AsyncIterator[EmitResult]) -> EmitResult:
    """Return the next result (`anext` came with Python 3.10, and gives no coroutine there)."""
    return await results.__anext__()


def test_a_mistake_is_raised_in_its_place(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """What comes before a bad item is delivered and told; then its own error says which item it was."""
    client = colour.client(transport=gate)
    items = [item(n) for n in range(7)] + [item(7, kind="nonsense")] + [item(8)]
    told: list[EmitResult] = []
    with pytest.raises(KindError, match=r"items\[7\]: 'nonsense' is not a kind"):
        colour.call(gather, colour, client.emit_many(items, chunk=3), told)
    assert [result.success for result in told] == [True] * 7
    assert kernel.count() == 7


def gather(colour: Colour, results: Any, into: list[EmitResult]) -> Any:
    """Put results into a list as they come."""
    if colour.name == "async":

        async def run() -> None:
            async for result in results:
                into.append(result)

        return run()
    into.extend(results)
    return None


def test_mistakes_can_be_reported(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """With `on_error="report"` a bad item is a failed outcome in its place, and the others go in."""
    client = colour.client(transport=gate)
    bad = [item(1, kind="nonsense"), 5, {"act": "PUT"}, item(1, other=1), item(2, body={"x": object()})]
    items = [item(0), *bad, item(9)]
    results = colour.collect(client.emit_many(items, on_error="report"))
    assert [result.success for result in results] == [True, *[False] * 5, True]
    assert [str(result.error).split(":")[0] for result in results[1:6]] == [
        "KindError",
        "UsageTypeError",
        "UsageError",
        "UsageError",
        "UsageTypeError",
    ]
    assert results[1].kind == "nonsense"
    assert kernel.count() == 2


def test_what_the_items_raise_comes_after_what_they_gave(colour: Colour, kernel: MockKernel) -> None:
    """An iterable that breaks loses nothing: what it gave before is delivered and told first."""
    client = colour.client(transport=kernel.transport())

    def broken() -> Iterator[dict[str, Any]]:
        yield from (item(n) for n in range(5))
        raise LookupError("the file ends here")

    told: list[EmitResult] = []
    with pytest.raises(LookupError, match="ends here"):
        colour.call(gather, colour, client.emit_many(broken(), chunk=2), told)
    assert len(told) == kernel.count() == 5


def test_a_refusal_concerns_one_record(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """A record that the server refuses is told as by `emit`; those beside it are stored."""
    client = colour.client(transport=gate)
    assert colour.call(client.emit, **item(0, clock=5)).success
    alone = colour.call(client.emit, **item(3, clock=5))
    items = [item(0, clock=5), item(3, clock=5), item(6, clock=6)]
    results = colour.collect(client.emit_many(items))
    assert [result.created for result in results] == [False, None, True]
    told = results[1]
    assert (told.status, told.code, told.hint) == (alone.status, alone.code, alone.hint)
    assert "DuplicateClock" in told.error
    (failed,) = colour.call(client.emit_all, items).failures
    assert failed.expected_id == told.expected_id == alone.expected_id


def test_a_lost_answer_doubles_nothing(colour: Colour, kernel: MockKernel) -> None:
    """A chunk whose answer is lost is sent again; what was stored is known, and the order is kept."""
    client = colour.client(transport=kernel.transport())
    kernel.fail_next(drop=True, operation="emitRecords", after_handling=True)
    kernel.fail_next(503, operation="emitRecords")
    results = colour.collect(client.emit_many([item(n) for n in range(30)], chunk=10))
    assert all(results)
    assert [result.retried for result in results] == [2] * 10 + [0] * 20
    assert [row.body["n"] for row in kernel.records] == list(range(30))
    assert not any(result.created for result in results[:10])


def test_nothing_is_raised_when_nobody_answers(colour: Colour) -> None:
    """Without a server every outcome says so, and counting them says how many."""
    client = colour.client(endpoint="http://127.0.0.1:1", max_retries=0)
    summary = colour.call(client.emit_all, [item(n) for n in range(20)], timeout=5.0)
    assert (summary.total, summary.failed, summary.ok) == (20, 20, False)
    assert len(summary.failures) == 10
    assert summary.failures[0].error.startswith("ConnectError")
    assert summary.failures[0].expected_id
    colour.call(client.close)
    (closed,) = colour.collect(client.emit_many([item(1)]))
    assert closed.error.startswith("ClosedError")


def test_the_time_of_a_chunk_begins_when_it_leaves(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """A chunk that was built long before its turn has all of its time."""

    def slowly(request: httpx.Request) -> None:
        if request.url.path == MANY:
            threading.Event().wait(0.3)

    gate.answer = slowly
    client = colour.client(transport=gate, max_retries=0)
    items = [item(n) for n in range(6)]
    assert colour.call(client.emit_all, items, chunk=2, timeout=0.5).ok


def test_what_is_not_delivered_goes_into_the_outbox(
    colour: Colour, kernel: MockKernel, gate: Gate, tmp_path: Path
) -> None:
    """While the server is away every record is kept, later chunks behind the first, in their order."""
    gate.answer = lambda request: httpx.Response(503, text="away", request=request)
    client = colour.client(transport=gate, max_retries=0, outbox=tmp_path / "outbox.db")
    results = colour.collect(client.emit_many([item(n) for n in range(90)], chunk=10))
    assert {(result.success, result.queued) for result in results} == {(False, True)}
    assert len({result.record_id for result in results}) == 90
    summary = colour.call(client.emit_all, [item(90)])
    assert (summary.queued, summary.failed, summary.ok) == (1, 0, False)
    gate.answer = lambda request: None
    assert colour.call(client.flush, 20.0)
    assert {result.record_id for result in results} < {row.id for row in kernel.records}
    assert kernel.count() == 91
    for thread in kernel.threads.values():
        assert [row.body["n"] for row in thread] == sorted(row.body["n"] for row in thread)


@pytest.mark.parametrize("path", [MANIFEST, MANY])
def test_servers_without_the_route_get_single_emits(
    colour: Colour, kernel: MockKernel, gate: Gate, path: str
) -> None:
    """A server that knows no batches, or only says so, gets every record alone and in order."""
    gate.answer = refusing(path, 404)
    client = colour.client(transport=gate)
    results = colour.collect(client.emit_many(item(n) for n in range(50)))
    assert all(results)
    assert [row.body["n"] for row in kernel.records] == list(range(50))
    assert gate.paths().count(ONE) == 50
    assert gate.paths().count(MANIFEST) == 1
    assert gate.paths().count(MANY) == (path == MANY)


def test_a_proxy_with_a_smaller_limit(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """Where something between refuses large requests, what it refused goes alone, the rest in less."""
    gate.answer = lambda request: (
        httpx.Response(413, text="<html>", request=request) if len(request.content) > 100_000 else None
    )
    client = colour.client(transport=gate)
    items = [item(n, body={"n": n, "text": "x" * 3000}) for n in range(200)]
    assert colour.call(client.emit_all, items, chunk=50).ok
    assert [row.body["n"] for row in kernel.records] == list(range(200))
    assert gate.paths().count(ONE) == 50
    assert gate.paths().count(MANY) > 4


def test_a_request_never_grows_too_large(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """Chunks end before a mebibyte, whatever the number of their records."""
    client = colour.client(transport=gate)
    items = [item(n, body={"n": n, "text": "x" * 200_000}) for n in range(20)]
    progress: list[EmitSummary] = []
    assert colour.call(client.emit_all, items, on_progress=progress.append).created == 20
    assert gate.paths().count(MANY) == 4
    assert [told.total for told in progress] == [5, 10, 15, 20]
    assert [row.body["n"] for row in kernel.records] == list(range(20))


def test_records_built_elsewhere_stay_as_they_are(colour: Colour, kernel: MockKernel) -> None:
    """A `Draft` keeps its actor and clock, also beside items of the other kind."""
    draft = build_record(act="KNOW", actor="did:x:y", kind="a.b.c", body={}, thread="t", clock=3)
    client = colour.client(transport=kernel.transport())
    results = colour.collect(client.emit_many([draft, item(0), draft]))
    assert [result.created for result in results] == [True, True, False]
    assert (kernel.records[0].actor, kernel.records[0].clock) == ("did:x:y", 3)


def test_a_live_source_is_not_kept_waiting(kernel: MockKernel) -> None:
    """From an asynchronous source a record leaves when nothing else comes, not when a chunk is full."""

    async def run() -> None:
        arriving: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        async def live() -> AsyncIterator[dict[str, Any]]:
            while (each := await arriving.get()) is not None:
                yield each

        async with Client("http://mock", Identity.static(DID), transport=kernel.transport()) as client:
            results = client.emit_many(live())
            for n in range(3):
                await arriving.put(item(n))
                assert (await asyncio.wait_for(anext_of(results), 10)).success
                assert kernel.count() == n + 1
            await arriving.put(None)
            assert [each async for each in results] == []

    asyncio.run(run())


def test_leaving_early_leaves_nothing_behind(gate: Gate) -> None:
    """A loop that is left, or cancelled while it waits, ends what was started for it."""

    async def run() -> None:
        async def endless() -> AsyncIterator[dict[str, Any]]:
            for n in itertools.count():
                yield item(n)

        async with Client("http://mock", Identity.static(DID), transport=gate) as client:
            results = client.emit_many(endless(), chunk=5)
            assert (await anext_of(results)).success
            await results.aclose()
            assert len(asyncio.all_tasks()) == 1
            gate.shut()
            waiting = asyncio.create_task(client.emit_all(endless(), chunk=5))
            await until(lambda: gate.paths()[-1] == MANY)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await until(lambda: len(asyncio.all_tasks()) == 1)

    asyncio.run(run())


def test_observers_are_called_where_the_loop_runs(kernel: MockKernel) -> None:
    """On the synchronous client `on_emit` and `on_progress` run on the thread that reads the outcomes."""
    from syncropel import SyncClient

    threads = set()
    note: Callable[[object], None] = lambda _: threads.add(threading.get_ident())  # noqa: E731
    with SyncClient(
        "http://mock", Identity.static(DID), transport=kernel.transport(), on_emit=note
    ) as client:
        list(client.emit_many([item(n) for n in range(10)], chunk=3, on_progress=note))
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize(
    "wrong",
    [
        {"chunk": 0},
        {"chunk": 1001},
        {"chunk": True},
        {"on_error": "ignore"},
        {"timeout": 0},
        {"on_progress": 1},
    ],
)
def test_wrong_arguments_are_refused_at_once(colour: Colour, wrong: dict[str, Any]) -> None:
    """An argument that cannot be used is refused by the call, before anything is read."""
    client = colour.client()
    items = Counted()
    with pytest.raises(UsageError):
        client.emit_many(items, **wrong)
    for nothing in (5, "abc", {"act": "PUT"}):
        with pytest.raises(TypeError, match="items must be an iterable"):
            client.emit_many(nothing)
    assert items.taken == 0
    assert colour.collect(client.emit_many([])) == []

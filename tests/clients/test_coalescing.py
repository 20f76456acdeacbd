"""Emits that wait while a request is under way leave together; each keeps its own outcome, time and order."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest

from syncropel import Client, EmitResult, Identity, SyncClient
from syncropel.testing import MockKernel
from syncropel.transport.batching import OURS
from syncropel.transport.clock import CLOCKS
from syncropel.transport.lanes import Board
from tests.clients.filling import put
from tests.support.colours import DID, Colour
from tests.support.crowds import by_threads, crowd, record, waiting
from tests.support.gates import MANIFEST, MANY, ONE, Gate, until, until_sync
from tests.support.servers import answer, scripted


def test_those_who_wait_leave_together(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """One request carries all who waited for another, in the order of their calls, each with its result."""
    client = colour.client(transport=gate)
    results = crowd(colour, client, gate, [record(n, f"t{n % 3}") for n in range(40)])
    assert gate.paths() == [ONE, MANIFEST, MANY]
    assert [sent["body"]["n"] for sent in gate.records()] == list(range(40))
    assert [result.record_id for result in results] == [row.id for row in kernel.records]
    assert {result.status for result in results} == {201}
    assert (client.stats.coalesced, client.stats.batches, client.stats.acknowledged) == (39, 1, 40)
    crowd(colour, client, gate, [record(n) for n in range(40, 43)])
    assert gate.paths()[3:] == [ONE, MANY]


def test_those_who_come_back_leave_together_again(gate: Gate) -> None:
    """Tasks that emit one record after the other fall into step: one request carries one of each."""

    async def run() -> None:
        async with Client("http://mock", Identity.static(DID), transport=gate) as client:

            async def work(worker: int) -> None:
                for n in range(6):
                    assert (await client.emit(**record(n, f"t{worker}"))).success

            await asyncio.gather(*(work(worker) for worker in range(10)))

    asyncio.run(run())
    assert gate.paths().count(MANY) <= 7
    assert gate.paths().count(ONE) <= 2


def test_a_lone_emit_goes_as_it_always_did(colour: Colour, gate: Gate) -> None:
    """One emit after the other is one plain request after the other; the server is asked nothing else."""
    client = colour.client(transport=gate)
    for n in range(5):
        assert put(colour, client, body={"n": n}).success
    assert gate.paths() == [ONE] * 5


def test_each_gets_the_refusal_it_would_get_alone(colour: Colour, kernel: MockKernel, gate: Gate) -> None:
    """In a batch one record is refused, in the same words as alone, and the others are stored."""
    client = colour.client(transport=gate)
    assert colour.call(client.emit, **record(0, clock=5)).success
    alone = colour.call(client.emit, **record(1, clock=5))
    calls = [record(9, "other"), record(2, clock=6), record(1, clock=5), record(3, clock=7)]
    results = crowd(colour, client, gate, calls)
    assert [result.success for result in results] == [True, True, False, True]
    refused = results[2]
    assert MANY in gate.paths()
    assert (refused.status, refused.code, refused.expected_id) == (400, alone.code, alone.expected_id)
    assert refused.hint == alone.hint
    assert "DuplicateClock" in refused.error
    assert refused.error[:60] == alone.error[:60]


def test_a_taken_clock_is_stepped_over(
    colour: Colour, kernel: MockKernel, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock made here that collides in a batch takes a fresh one, as alone; a given clock does not."""
    client = colour.client(transport=gate)
    taken = 99_000_000_000_000
    assert colour.call(client.emit, **record(0, colour.name, clock=taken)).success
    monkeypatch.setattr(CLOCKS, "_now", lambda: taken / 1000)
    results = crowd(colour, client, gate, [record(1), record(2, colour.name), record(3)])
    assert all(results)
    assert results[1].retried == 1
    assert results[1].clock > taken


def test_each_has_its_own_time(colour: Colour, gate: Gate, kernel: MockKernel) -> None:
    """One that waits gives up when its own time is up, is not sent then, and does not disturb the others."""
    client = colour.client(transport=gate)
    calls = [record(0), record(1, timeout=0.2), record(2)]
    gate.shut()
    if colour.name == "async":

        async def run() -> list[Any]:
            tasks = [asyncio.create_task(client.emit(**call)) for call in calls]
            await asyncio.wait({tasks[1]})
            gate.open()
            return await asyncio.gather(*tasks)

        results = colour.call(run)
    else:
        results = by_threads(client, gate, calls, lambda: until_sync(lambda: waiting(client) == 1))
    assert [result.success for result in results] == [True, False, True]
    assert results[1].error == "RequestTimeout: no complete answer within 0.2 s"
    assert [row.body["n"] for row in kernel.records] == [0, 2]


def test_who_is_cancelled_while_waiting_is_not_sent(gate: Gate, kernel: MockKernel) -> None:
    """A cancelled emit leaves the row, and the others go on."""

    async def run() -> None:
        async with Client("http://mock", Identity.static(DID), transport=gate) as client:
            gate.shut()
            tasks = [asyncio.create_task(client.emit(**record(n))) for n in range(4)]
            await until(lambda: waiting(client) == 3)
            tasks[2].cancel()
            gate.open()
            done = await asyncio.gather(*tasks, return_exceptions=True)
            assert [isinstance(each, EmitResult) for each in done] == [True, True, False, True]
            assert isinstance(done[2], asyncio.CancelledError)

    asyncio.run(run())
    assert [row.body["n"] for row in kernel.records] == [0, 1, 3]


def test_a_request_survives_a_cancelled_member(gate: Gate, kernel: MockKernel) -> None:
    """Cancelling one of those on a request under way, even all of them, does not end it."""

    async def run() -> None:
        async with Client("http://mock", Identity.static(DID), transport=gate) as client:
            gate.holds = lambda request: request.url.path == MANY
            gate.shut()
            first = asyncio.create_task(client.emit(**record(0)))
            tasks = [asyncio.create_task(client.emit(**record(n))) for n in range(1, 4)]
            await until(lambda: MANY in gate.paths())
            for task in tasks:
                task.cancel()
            await asyncio.gather(first, *tasks, return_exceptions=True)
            gate.open()
            await until(lambda: kernel.count() == 4)
            assert (await client.emit(**record(4))).success

    asyncio.run(run())


def test_an_interrupted_thread_leaves_its_work_to_another(gate: Gate, kernel: MockKernel) -> None:
    """When the thread that carries the records of all is interrupted, another one carries them."""
    from tests.support.colours import Colour as Sync

    colour = Sync()
    client = colour.client(transport=gate)
    interrupted = []

    def interrupt(request: httpx.Request) -> None:
        if request.url.path == MANY and not interrupted:
            interrupted.append(request)
            raise KeyboardInterrupt

    gate.answer = interrupt
    results = crowd(colour, client, gate, [record(n) for n in range(6)])
    colour.close()
    assert sorted(type(each).__name__ for each in results) == ["EmitResult"] * 5 + ["KeyboardInterrupt"]
    assert kernel.count() == 5


def test_what_takes_long_holds_up_its_own_thread_only(
    colour: Colour, gate: Gate, kernel: MockKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a request hangs, records of other threads leave without it; those of its own keep the order."""
    monkeypatch.setattr(Board, "patience", 0.02)
    client = colour.client(transport=gate)
    gate.holds = lambda request: b'"slow"' in request.content and b'"n":0' in request.content
    calls = [record(0, "slow"), record(1, "slow"), record(2, "quick"), record(3, "other")]
    gate.shut()
    if colour.name == "async":

        async def run() -> None:
            tasks = [asyncio.create_task(client.emit(**call)) for call in calls]
            await asyncio.gather(tasks[2], tasks[3])
            assert not tasks[1].done()
            assert [row.thread for row in kernel.records] == ["quick", "other"]
            gate.open()
            assert all(await asyncio.gather(*tasks))

        colour.call(run)
    else:
        threads = [threading.Thread(target=lambda call=call: client.emit(**call)) for call in calls]
        for thread in threads:
            thread.start()
            until_sync(lambda: gate.seen)
        threads[2].join(10)
        threads[3].join(10)
        assert sorted(row.thread for row in kernel.records) == ["other", "quick"]
        gate.open()
        for thread in threads:
            thread.join(10)
    assert [row.body["n"] for row in kernel.records_in("slow")] == [0, 1]


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_the_switch(colour: Colour, gate: Gate, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Switched off, every record is a request of its own, and nobody waits for another."""
    if how == "variable":
        monkeypatch.setenv("SYNCROPEL_COALESCE", "0")
        client = colour.client(transport=gate)
    else:
        client = colour.client(transport=gate, coalesce=False)
    gate.shut()
    if colour.name == "async":

        async def run() -> None:
            tasks = [asyncio.create_task(client.emit(**record(n))) for n in range(5)]
            await until(lambda: len(gate.seen) == 5)
            gate.open()
            assert all(await asyncio.gather(*tasks))

        colour.call(run)
    else:
        threads = [threading.Thread(target=lambda n=n: client.emit(**record(n))) for n in range(5)]
        for thread in threads:
            thread.start()
        until_sync(lambda: len(gate.seen) == 5)
        gate.open()
        for thread in threads:
            thread.join(10)
    assert gate.paths() == [ONE] * 5


def test_large_records_do_not_make_a_batch_too_large(colour: Colour, gate: Gate, kernel: MockKernel) -> None:
    """What waits leaves in as many requests as it takes, none of them over the limit."""
    client = colour.client(transport=gate)
    calls = [record(n, body={"n": n, "text": "x" * 400_000}) for n in range(6)]
    assert all(crowd(colour, client, gate, calls))
    sizes = [sum(len(str(each)) for each in records) for path, records in gate.seen if path == MANY]
    assert sizes
    assert max(sizes) < OURS.bytes
    assert [row.body["n"] for row in kernel.records] == list(range(6))


def test_many_threads_of_many_loops(kernel: MockKernel) -> None:
    """Tasks of several loops and threads of one client emit at once: nothing is lost, mixed up or stuck."""
    gate = Gate(kernel)
    client = Client("http://mock", Identity.static(DID), transport=gate)
    results: list[EmitResult] = []

    def on_a_loop(name: str) -> None:
        async def lane(worker: int) -> None:
            for n in range(8):
                results.append(await client.emit(**record(n, f"{name}.{worker}")))

        async def run() -> None:
            await asyncio.gather(*(lane(worker) for worker in range(6)))

        asyncio.run(run())

    def on_a_thread(name: str) -> None:
        for n in range(12):
            results.append(client.emit_sync(**record(n, name)))

    threads = [threading.Thread(target=on_a_loop, args=(f"loop{n}",)) for n in range(2)]
    threads += [threading.Thread(target=on_a_thread, args=(f"thread{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    client.close()
    assert all(results)
    assert len({result.record_id for result in results}) == kernel.count() == 2 * 48 + 72
    for rows in kernel.threads.values():
        assert [row.body["n"] for row in rows] == list(range(len(rows)))
    assert client.stats.coalesced > 0


def test_a_forked_child_waits_for_nobody(gate: Gate, kernel: MockKernel) -> None:
    """A lane that another process left behind is not waited in, even by records of its thread."""
    with SyncClient("http://mock", Identity.static(DID), transport=gate) as client:
        gate.holds = lambda request: b'"n":0' in request.content
        gate.shut()
        parent = threading.Thread(target=lambda: client.emit(**record(0)))
        parent.start()
        until_sync(lambda: gate.seen)
        client._lanes[None].pid = -1  # as after a fork
        assert client.emit(**record(1)).success
        assert parent.is_alive()
        gate.open()
        parent.join(20)
    assert [row.body["n"] for row in kernel.records] == [1, 0]


def test_over_real_sockets(colour: Colour) -> None:
    """A server that knows nothing of batches and answers everything alike gets single emits."""
    with scripted(answer(201, json={"clock": 1})) as server:
        client = colour.client(endpoint=server.url)
        if colour.name == "async":

            async def run() -> list[EmitResult]:
                return await asyncio.gather(*(client.emit(**record(n)) for n in range(20)))

            results = colour.call(run)
        else:
            results = []
            threads = [
                threading.Thread(target=lambda n=n: results.append(client.emit(**record(n))))
                for n in range(20)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
        assert len(results) == 20
        assert all(results)
        assert {request.target for request in server.requests} <= {ONE, MANIFEST}

"""Clients with an outbox: what could not be delivered is kept, and delivered later, once and in order."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from syncropel import Client, EmitResult, Identity, Outbox, SyncClient, UsageError
from syncropel.testing import MockKernel
from tests.support.colours import DID, Colour
from tests.support.daemons import wait_for
from tests.support.outboxes import draft, entry
from tests.support.servers import answer, scripted

KIND = "test.outbox.entry"
ROOT = Path(__file__).parents[2]


def numbers(kernel: MockKernel, thread: str = "t") -> list[Any]:
    """Return what the records of a thread carry, in the order in which they arrived."""
    return [
        record.body["n"] for record in sorted(kernel.records_in(thread), key=lambda one: one.sequence or 0)
    ]


def put(colour: Colour, client: Any, number: int, thread: str = "t", **options: Any) -> EmitResult:
    """Emit a record with a number."""
    result: EmitResult = colour.call(client.emit, "PUT", KIND, {"n": number}, thread, **options)
    return result


@pytest.fixture
def box(tmp_path: Path) -> Any:
    """An outbox of the test's own, so that clients do not close it."""
    with Outbox(tmp_path / "outbox.db") as made:
        yield made


def offline(colour: Colour, box: Any, **options: Any) -> Any:
    """Return a client that reaches nobody."""
    return colour.client(endpoint="http://127.0.0.1:9", outbox=box, max_retries=0, **options)


def online(colour: Colour, kernel: MockKernel, box: Any, **options: Any) -> Any:
    """Return a client of the same endpoint that reaches a kernel."""
    options.setdefault("max_retries", 0)
    return colour.client(endpoint="http://127.0.0.1:9", transport=kernel.transport(), outbox=box, **options)


def test_what_is_not_delivered_is_queued(colour: Colour, box: Outbox) -> None:
    """The result of an emit that reached nobody has the record's id and says that the record is kept."""
    client = offline(colour, box)
    result = put(colour, client, 1)
    assert (result.success, bool(result), result.queued) == (False, False, True)
    assert result.record_id == result.expected_id
    assert result.error is not None
    assert result.error.startswith("ConnectError")
    assert pickle.loads(pickle.dumps(result)) == result
    stats = client.stats
    assert (stats.emitted, stats.queued, stats.failed, stats.waiting) == (1, 1, 0, 1)


def test_another_client_delivers_what_was_left(colour: Colour, kernel: MockKernel, tmp_path: Path) -> None:
    """What one client left in the file is delivered by the next one on the same file, in order, once."""
    path = tmp_path / "outbox.db"
    first = offline(colour, path)
    sent = [put(colour, first, n) for n in range(5)]
    colour.call(first.close)
    told: list[EmitResult] = []
    second = online(colour, kernel, path, on_emit=told.append)
    flushed = colour.call(second.flush)
    assert (flushed.delivered, flushed.dead, flushed.waiting, flushed.error) == (5, 0, 0, None)
    assert bool(flushed)
    assert numbers(kernel) == list(range(5))
    assert [record.id for record in kernel.records] == [result.record_id for result in sent]
    assert [(one.success, one.record_id) for one in told] == [(True, one.record_id) for one in sent]
    assert (second.stats.delivered_later, second.stats.waiting) == (5, 0)


def test_emits_queue_behind_their_thread(colour: Colour, kernel: MockKernel, box: Outbox) -> None:
    """While records of a thread wait, later ones of it wait behind them; other threads are sent at once."""
    client = online(colour, kernel, box)
    box.put(entry(0, "t", endpoint="http://127.0.0.1:9")).result(10)
    box.take("http://127.0.0.1:9", DID, "somebody else")
    behind = put(colour, client, 1, "t")
    assert (behind.queued, behind.error) == (True, None)
    assert put(colour, client, 1, "other").success
    box.settle("somebody else")
    assert colour.call(client.flush).waiting == 0
    assert numbers(kernel) == [0, 1]
    assert put(colour, client, 2, "t").success


def test_the_background_delivers_as_soon_as_it_can(colour: Colour, kernel: MockKernel, box: Outbox) -> None:
    """Without anybody asking, what waits is delivered soon after the server answers again."""
    client = online(colour, kernel, box)
    kernel.fail_next(status=503, method="POST", times=2)
    assert put(colour, client, 1).queued
    assert put(colour, client, 2).queued

    async def pause() -> None:
        await asyncio.sleep(0.05)

    def delivered() -> bool:
        if colour.name == "async":
            colour.call(pause)
        return numbers(kernel) == [1, 2] and client.stats.delivered_later == 2

    wait_for(delivered, "the delivery in the background")
    assert client.stats.waiting == 0


def test_a_refusal_is_not_queued(colour: Colour, kernel: MockKernel, box: Outbox) -> None:
    """What the server refuses at once is told at once, and kept nowhere."""
    client = online(colour, kernel, box)
    assert put(colour, client, 1, clock=7).success
    result = put(colour, client, 2, clock=7)
    assert (result.success, result.queued, result.code) == (False, False, "INGEST_FAILED")
    assert box.totals()[:2] == (0, 0)
    assert client.stats.failed == 1


def test_a_late_refusal_becomes_a_dead_letter(colour: Colour, kernel: MockKernel, box: Outbox) -> None:
    """A record that turns out to be refused makes way for the next one, and its reason is kept and told."""
    first = offline(colour, box)
    for n, clock in ((1, 7), (2, 7), (3, 8)):
        assert put(colour, first, n, clock=clock).queued
    told: list[EmitResult] = []
    client = online(colour, kernel, box, on_emit=told.append)
    flushed = colour.call(client.flush)
    assert (flushed.delivered, flushed.dead, flushed.waiting) == (2, 1, 0)
    assert numbers(kernel) == [1, 3]
    assert [(one.success, one.code) for one in told] == [(True, None), (False, "INGEST_FAILED"), (True, None)]
    assert (client.stats.dead, box.totals().dead) == (1, 1)


def test_a_server_without_batches_gets_them_one_by_one(colour: Colour, box: Outbox) -> None:
    """Without the batch route the same records are posted singly, in order, and judged singly."""
    with scripted(
        answer(404),
        answer(201, json={"id": draft(0, "t0").id}),
        answer(400, json={"code": "INVALID_RECORD", "message": "no"}),
        answer(201, json={"id": draft(2, "t2").id}),
    ) as server:
        client = colour.client(endpoint=server.url, outbox=box, max_retries=0)
        for n in range(3):
            box.put(entry(n, f"t{n}", endpoint=server.url)).result(10)
        flushed = colour.call(client.flush)
        assert (flushed.delivered, flushed.dead, flushed.waiting) == (2, 1, 0)
        assert [one.target for one in server.requests[1:]] == ["/v1/records"] * 3
        assert [one.json()["clock"] for one in server.requests[1:]] == [0, 1, 2]
        colour.call(client.close)


def test_a_record_that_breaks_the_server_holds_up_its_own_thread_alone(colour: Colour, box: Outbox) -> None:
    """A record that is answered by 500 every time waits, and the others are delivered past it."""
    with scripted(
        answer(404), answer(500), answer(201, json={"id": draft(3, "good").id}), answer(500)
    ) as server:
        for n, thread in ((1, "bad"), (2, "bad"), (3, "good")):
            box.put(entry(n, thread, endpoint=server.url)).result(10)
        client = colour.client(endpoint=server.url, outbox=box, max_retries=0)
        flushed = colour.call(client.flush, 0.2)
        assert (flushed.delivered, flushed.waiting) == (1, 2)
        assert flushed.error.startswith("HTTP 500")
        assert [one.json()["clock"] for one in server.requests[1:3]] == [1, 3]
        colour.call(client.close)


def test_a_page_that_answers_200_to_everything_is_no_server(colour: Colour, box: Outbox) -> None:
    """An answer that is no receipt (a hotel's login page) leaves the record in the outbox."""
    with scripted(answer(200, "<html>welcome, please log in</html>")) as server:
        box.put(entry(1, endpoint=server.url)).result(10)
        client = colour.client(endpoint=server.url, outbox=box, max_retries=0)
        flushed = colour.call(client.flush, 0.2)
        assert (flushed.delivered, flushed.waiting) == (0, 1)
        assert "no receipt" in flushed.error
        colour.call(client.close)


def test_a_changed_payload_is_never_posted(colour: Colour, kernel: MockKernel, box: Outbox) -> None:
    """A row whose bytes are not the record it names becomes a dead letter instead of another record."""
    box.put(entry(1, endpoint="http://127.0.0.1:9")._replace(payload=draft(2).payload)).result(10)
    client = online(colour, kernel, box)
    flushed = colour.call(client.flush)
    assert (flushed.delivered, flushed.dead) == (0, 1)
    assert len(kernel) == 0


def test_what_others_keep_is_left_to_them(colour: Colour, kernel: MockKernel, box: Outbox) -> None:
    """A client delivers its own identity's records of its own endpoint, and no others."""
    box.put(entry(1, endpoint="http://127.0.0.1:9", sender="did:example:somebody")).result(10)
    box.put(entry(2, endpoint="http://elsewhere")).result(10)
    client = online(colour, kernel, box)
    assert colour.call(client.flush) == (0, 0, 0, None)
    assert client.stats.waiting == 2
    assert len(kernel) == 0


def test_a_full_outbox_says_so(colour: Colour, tmp_path: Path) -> None:
    """What does not fit fails as without an outbox, and the error says why it was not kept."""
    with Outbox(tmp_path / "o.db", max_records=1) as box:
        client = offline(colour, box)
        assert put(colour, client, 1).queued
        result = put(colour, client, 2, "other")
        assert (result.queued, result.record_id) == (False, None)
        assert "not kept: the outbox" in (result.error or "")
        assert "is full" in (result.error or "")
        later = put(colour, client, 3)
        assert (later.queued, later.code) == (False, "OUTBOX_FULL")
        assert client.stats.failed == 2


def test_many_records_are_kept_and_delivered_in_order(
    colour: Colour, kernel: MockKernel, tmp_path: Path
) -> None:
    """What `emit_many` could not deliver is kept, and what follows of a thread waits behind it."""
    path = tmp_path / "o.db"
    items = [
        {"act": "PUT", "kind": KIND, "body": {"n": n}, "thread": f"t{n % 3}", "clock": n} for n in range(300)
    ]
    first = colour.client(endpoint="http://127.0.0.1:9", outbox=path, max_retries=0)
    results = colour.collect(first.emit_many(items, chunk=100))
    assert all(result.queued and result.record_id for result in results)
    assert [result.clock for result in results] == list(range(300))
    assert (first.stats.queued, first.stats.waiting) == (300, 300)
    colour.call(first.close)
    second = online(colour, kernel, path)
    assert colour.call(second.flush).waiting == 0
    for k in range(3):
        assert numbers(kernel, f"t{k}") == list(range(k, 300, 3))


def test_emit_nowait_returns_at_once_with_the_id(colour: Colour, kernel: MockKernel, box: Outbox) -> None:
    """The record is kept, its id known, and it is delivered in the background or by `flush`, in order."""
    client = online(colour, kernel, box)
    results = [colour.call(client.emit_nowait, "PUT", KIND, {"n": n}, "t") for n in range(20)]
    assert all(result.queued and result.record_id and result.error is None for result in results)
    assert colour.call(client.flush).waiting == 0
    assert numbers(kernel) == list(range(20))
    assert {record.id for record in kernel.records} == {result.record_id for result in results}
    assert client.stats.emitted == 20


def test_emit_nowait_does_not_wait_on_a_loop(kernel: MockKernel, box: Outbox) -> None:
    """On a loop the result is there before the record is written; awaiting it tells whether it was kept."""

    async def run() -> None:
        async with online_async(kernel, box) as client:
            first = client.emit_nowait("PUT", KIND, {"n": 1}, "t")
            assert first.queued
            assert pickle.loads(pickle.dumps(first)).record_id == first.record_id
            written = await first  # type: ignore[misc]
            assert written.queued
            assert written.record_id == first.record_id
            for n in range(2, 50):
                client.emit_nowait("PUT", KIND, {"n": n}, "t")
            assert (await client.flush()).waiting == 0
        assert numbers(kernel) == list(range(1, 50))

    asyncio.run(run())


def online_async(kernel: MockKernel, box: Any) -> Client:
    """Return an asynchronous client that reaches a kernel."""
    return Client(
        "http://127.0.0.1:9", Identity.static(DID), transport=kernel.transport(), outbox=box, max_retries=0
    )


def test_emit_nowait_without_a_loop_or_an_outbox(kernel: MockKernel, box: Outbox) -> None:
    """The dual client keeps from a plain thread too; a client without an outbox says what it needs."""
    client = online_async(kernel, box)
    assert client.emit_nowait("PUT", KIND, {"n": 1}, "t").queued
    client.close()
    assert numbers(kernel) == [1], "closing delivers"
    with SyncClient("http://127.0.0.1:9") as bare, pytest.raises(UsageError, match="needs an outbox"):
        bare.emit_nowait("PUT", KIND, {"n": 1}, "t")


def test_closing_delivers_what_it_can(colour: Colour, kernel: MockKernel, box: Outbox) -> None:
    """A closing client delivers what waits; one that reaches nobody ends soon and leaves it in the file."""
    client = online(colour, kernel, box)
    colour.call(client.emit_nowait, "PUT", KIND, {"n": 1}, "t")
    colour.call(client.close)
    assert numbers(kernel) == [1]
    away = offline(colour, box)
    colour.call(away.emit_nowait, "PUT", KIND, {"n": 2}, "t")
    colour.call(away.close)
    assert box.totals().waiting == 1


def test_an_emit_after_closing_is_kept(colour: Colour, kernel: MockKernel, tmp_path: Path) -> None:
    """A record that comes too late for the client is not lost: the next one delivers it."""
    client = online(colour, kernel, tmp_path / "o.db")
    colour.call(client.close)
    late = put(colour, client, 1)
    assert (late.queued, "ClosedError" in (late.error or "")) == (True, True)
    assert colour.call(online(colour, kernel, tmp_path / "o.db").flush).delivered == 1


def test_a_change_of_keys_never_waits(colour: Colour, box: Outbox) -> None:
    """A rotation that is not delivered fails: the client must know by which key it signs."""
    client = offline(colour, box)
    result = colour.call(
        client.emit, "LEARN", "core.key_rotation", {"old_key": "a", "new_key": "b"}, f"identity:{DID}"
    )
    assert (result.success, result.queued) == (False, False)


def test_clients_on_one_file_deliver_each_record_once(kernel: MockKernel, tmp_path: Path) -> None:
    """Several clients that empty one file at the same time deliver everything once, in order per thread."""
    path = tmp_path / "o.db"
    with Outbox(path) as box:
        for n in range(300):
            box.put(entry(n, f"t{n % 7}", endpoint="http://127.0.0.1:9")).result(10)
    posted: list[str] = []

    def deliver() -> None:
        client = SyncClient(
            "http://127.0.0.1:9",
            Identity.static(DID),
            transport=kernel.transport(),
            outbox=path,
            on_emit=lambda result: posted.append(str(result.record_id)),
        )
        assert client.flush(30).waiting == 0
        client.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(posted) == len(set(posted)) == len(kernel) == 300
    for k in range(7):
        assert numbers(kernel, f"t{k}") == list(range(k, 300, 7))


def test_what_is_left_at_exit_stays_in_the_file(tmp_path: Path) -> None:
    """A program that ends right after `emit_nowait`, on a loop and without waiting, leaves every record."""
    path = tmp_path / "o.db"
    script = f"""
import asyncio
from syncropel import Client
async def main():
    client = Client("http://127.0.0.1:9", outbox={str(path)!r}, max_retries=0)
    for n in range(50):
        client.emit_nowait("PUT", {KIND!r}, {{"n": n}}, "t")
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT, timeout=60, env=os.environ)
    with Outbox(path) as box:
        assert box.totals().waiting == 50


def test_the_environment_gives_an_outbox(
    kernel: MockKernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`SYNCROPEL_OUTBOX` is used where the client is given none, and `outbox=False` wins over it."""
    monkeypatch.setenv("SYNCROPEL_OUTBOX", str(tmp_path / "env.db"))
    with SyncClient("http://127.0.0.1:9", transport=kernel.transport()) as client:
        assert client.outbox is not None
        assert client.outbox.path == tmp_path / "env.db"
    with SyncClient("http://127.0.0.1:9", transport=kernel.transport(), outbox=False) as client:
        assert client.outbox is None
        assert client.flush() == (0, 0, 0, None)
        assert client.stats.emitted == 0

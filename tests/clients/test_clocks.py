"""Emit: automatic clocks, collisions, many threads and tasks."""

from __future__ import annotations

import asyncio
import threading

from syncropel import Client, EmitResult, Identity, SyncClient
from syncropel.testing import MockKernel
from tests.clients.filling import put
from tests.support.colours import DID, Colour
from tests.support.servers import answer, scripted

DUPLICATE = {
    "object": "error",
    "code": "INGEST_FAILED",
    "message": "DuplicateClock: thread=t actor=a clock=1",
}


def test_an_automatic_clock_that_collides_takes_a_fresh_one(colour: Colour) -> None:
    """`DuplicateClock` on a clock of ours is mended by another clock, even without retries."""
    with scripted(
        answer(400, json=DUPLICATE), answer(400, json=DUPLICATE), answer(201, json={"id": "r"})
    ) as server:
        result = put(colour, colour.client(endpoint=server.url, max_retries=0))
    assert result.success
    assert result.retried == 2
    clocks = [request.json()["clock"] for request in server.requests]
    assert clocks == sorted(set(clocks))


def test_collisions_without_end_are_given_up(colour: Colour) -> None:
    """A store that refuses every clock is not asked for ever."""
    with scripted(answer(400, json=DUPLICATE)) as server:
        result = put(colour, colour.client(endpoint=server.url))
    assert (result.success, result.code) == (False, "INGEST_FAILED")
    assert len(server.requests) == 9


def test_a_clock_of_the_caller_never_changes(colour: Colour) -> None:
    """`DuplicateClock` on the caller's clock is the caller's to know."""
    with scripted(answer(400, json=DUPLICATE)) as server:
        result = put(colour, colour.client(endpoint=server.url), clock=5)
    assert not result.success
    assert [request.json()["clock"] for request in server.requests] == [5]


def test_many_clients_of_one_actor_do_not_collide() -> None:
    """Threads with clients of their own emit as one actor on one thread, and every record is stored."""
    results: list[EmitResult] = []
    with MockKernel() as kernel:

        def work() -> None:
            with SyncClient(
                endpoint="mock://", identity=Identity.static(DID), transport=kernel.transport()
            ) as client:
                results.extend(client.emit("PUT", "a.b.c", {"n": n}, "t") for n in range(25))

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert all(result.success and result.retried == 0 for result in results)
        assert kernel.count() == 200


def test_many_tasks_of_one_client() -> None:
    """A hundred tasks emit at once through one client over real sockets."""

    async def main() -> list[EmitResult]:
        async with Client(endpoint=server.url, identity=Identity.static(DID)) as client:
            return await asyncio.gather(*(client.emit("PUT", "a.b.c", {"n": n}, "t") for n in range(100)))

    with scripted(answer(201, json={"id": "r"})) as server:
        results = asyncio.run(main())
    assert all(results)
    posts = [request for request in server.requests if request.method == "POST"]
    assert len({request.json()["clock"] for request in posts}) == len(posts) == 100


def test_many_threads_share_one_sync_client() -> None:
    """One SyncClient serves many threads over real sockets."""
    with scripted(answer(201, json={"id": "r"})) as server, SyncClient(endpoint=server.url) as client:
        results: list[EmitResult] = []

        def work() -> None:
            results.extend(client.emit("PUT", "a.b.c", {}, "t") for _ in range(20))

        workers = [threading.Thread(target=work) for _ in range(8)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert len(results) == 160
    assert all(results)

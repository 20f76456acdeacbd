"""Requests that wait for a message, and the thread that clears away what is over."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from syncropel.daemon.local import LocalDaemon
from syncropel.daemon.long_polls import LongPolls
from syncropel.daemon.sweeper import Sweeper
from syncropel.kernel.messages import Again, Reply
from syncropel.kernel.store.errors import StoreUnavailable
from syncropel.kernel.wakeups import Wakeups
from syncropel.rules import limits
from tests.support.daemons import wait_for
from tests.support.sockets import JSON_HEADERS, Connection, split_answer

JOBS = "queue:default:jobs"


@pytest.fixture
def local() -> Iterator[LocalDaemon]:
    """A daemon on a thread with a store in memory, and a queue."""
    with LocalDaemon() as running:
        command(running, "queue.create", name="jobs", config={"ack_deadline_secs": 1})
        yield running


def command(daemon: LocalDaemon, name: str, /, **payload: Any) -> Any:
    """Give a command on a connection of its own and return its payload."""
    with Connection(daemon.url) as connection:
        return give(connection, name, **payload)


def give(connection: Connection, name: str, /, **payload: Any) -> Any:
    """Give a command and return its payload."""
    body = json.dumps({"command": name, "request_id": "r", "payload": payload}).encode()
    answer = connection.request("POST", "/api/v1/command", body, JSON_HEADERS)
    assert answer.body["success"], answer.body
    return answer.body["payload"]


def consume(daemon: LocalDaemon, seconds: float) -> Any:
    """Wait for a message of the queue; None when there is none."""
    return command(daemon, "queue.consume", queue="jobs", consumer_id="c", wait_secs=seconds)["message"]


def waiting(daemon: LocalDaemon, count: int) -> None:
    """Wait until so many requests wait."""
    wait_for(lambda: daemon.kernel.hub.wakeups.waiting == count, f"{count} requests that wait")


def test_a_wait_ends_in_time_with_nothing(local: LocalDaemon) -> None:
    """Where nothing comes, the answer says so when it is time, and the connection stays."""
    with Connection(local.url) as connection:
        began = time.monotonic()
        assert give(connection, "queue.consume", queue="jobs", consumer_id="c", wait_secs=1) == {
            "message": None
        }
        assert 0.9 < time.monotonic() - began < 5
        assert give(connection, "queue.publish", queue="jobs", payload="x")["message_id"]
        began = time.monotonic()
        target = "/queue/jobs/consume/c?wait_secs=20"
        assert connection.get(target).body["payload"] == [120]
        assert time.monotonic() - began < 5
    assert local.kernel.hub.wakeups.waiting == 0


def test_a_command_in_chunks_waits_like_any_other(local: LocalDaemon) -> None:
    """A body whose length nobody said is no large one when it is there: it gives up its place, and waits."""
    asked = {"queue": "jobs", "consumer_id": "c", "wait_secs": 20}
    body = json.dumps({"command": "queue.consume", "request_id": "r", "payload": asked}).encode()
    head = "POST /api/v1/command HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
    head += "content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    host, port = local.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head.encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        waiting(local, 1)
        app = local._server._engine._app  # type: ignore[union-attr]
        assert app._places._value == limits.MAX_LARGE_BODIES
        command(local, "queue.publish", queue="jobs", payload="x")
        answer = split_answer(connection.makefile("rb").read())
    assert answer.body["payload"]["message"]["payload"] == [120]


def test_a_message_wakes_one_of_those_who_wait(local: LocalDaemon) -> None:
    """Each message goes at once to one request; the others wait on, and no thread does."""
    with ThreadPoolExecutor(40) as pool:
        answers = [pool.submit(consume, local, 20) for _ in range(40)]
        waiting(local, 40)
        # Answered by the few threads that read: none of them waits.
        with Connection(local.url) as connection:
            assert connection.get("/health").status == 200
        began = time.monotonic()
        published = [command(local, "queue.publish", queue="jobs", payload="x")["message_id"]]
        wait_for(lambda: sum(answer.done() for answer in answers) == 1, "one answer")
        assert time.monotonic() - began < 5
        waiting(local, 39)
        entries = [{"command": "queue.publish", "payload": {"queue": "jobs", "payload": "x"}}] * 39
        results = command(local, "batch", commands=entries)["results"]
        published += [result["payload"]["message_id"] for result in results]
        assert sorted(answer.result(20)["id"] for answer in answers) == sorted(published)


def test_who_leaves_takes_nothing(local: LocalDaemon) -> None:
    """A client that goes away while it waits is forgotten at once; what comes then is for the next one."""
    host, port = local.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as gone:
        gone.sendall(b"GET /queue/jobs/consume/gone?wait_secs=20 HTTP/1.1\r\nhost: localhost\r\n\r\n")
        waiting(local, 1)
    waiting(local, 0)
    command(local, "queue.publish", queue="jobs", payload="x")
    assert consume(local, 0)["retry_count"] == 0


def test_who_is_refused_at_its_turn_passes_it_on() -> None:
    """A request that is woken and then refused, or that fails, leaves what came to the next one."""

    async def run() -> list[Any]:
        wakeups, done = Wakeups(), [Reply(401, None), KeyError("bug"), Reply(200, "taken")]
        polls = LongPolls(wakeups, time.time)

        async def ask() -> tuple[Reply, bytes]:
            outcome = done.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome, b""

        async def receive() -> Any:
            await asyncio.Event().wait()

        again = Again("queue:d:jobs", time.time() + 20)
        waits = [asyncio.ensure_future(polls.follow(again, 0, ask, receive)) for _ in range(3)]
        while wakeups.waiting < 3:
            await asyncio.sleep(0)
        wakeups.signal(again.topic, 1)
        return await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 10)

    first, second, third = asyncio.run(run())
    assert (first[0].status, type(second), third[0].body) == (401, KeyError, "taken")


def test_a_daemon_that_stops_answers_who_waits() -> None:
    """Nobody is kept until the end of a wait, and nobody loses the answer."""
    local = LocalDaemon()
    with local, ThreadPoolExecutor(3) as pool:
        command(local, "queue.create", name="jobs")
        answers: list[Future[Any]] = [pool.submit(consume, local, 20) for _ in range(3)]
        waiting(local, 3)
        began = time.monotonic()
        local.stop()
        assert [answer.result(20) for answer in answers] == [None] * 3
        assert time.monotonic() - began < 5


def test_what_is_overdue_comes_back_to_who_waits(local: LocalDaemon) -> None:
    """A delivery whose deadline passes is handed to a request that waits, though nobody publishes."""
    command(local, "queue.publish", queue="jobs", payload="x")
    command(local, "kv.set", key="k", value="v", ttl=1)
    first = consume(local, 0)
    again = consume(local, 10)
    assert (again["id"], first["retry_count"], again["retry_count"]) == (first["id"], 0, 1)

    def rows() -> int:
        found = local.kernel.store.read(lambda transaction: transaction.execute("SELECT count(*) FROM kv"))
        return int(found[0][0])

    # No read asked for the key: its row went by itself.
    wait_for(lambda: rows() == 0, "the end of a key")


def test_sweeping_goes_on_after_trouble(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """A store that is away is noted once, a fault each time, and the next slice comes all the same."""
    monkeypatch.setattr("syncropel.daemon.sweeper._AFTER_TROUBLE_SECONDS", 0.01)
    outcomes: list[Any] = [True, StoreUnavailable("away"), StoreUnavailable("away"), KeyError("bug"), False]
    over = threading.Event()

    def sweep() -> bool:
        outcome = outcomes.pop(0) if outcomes else over.set()
        if isinstance(outcome, Exception):
            raise outcome
        return bool(outcome)

    with caplog.at_level(logging.WARNING, "syncropel.daemon"):
        sweeper = Sweeper(sweep, pause_seconds=0.01)
        sweeper.start()
        assert over.wait(20)
        sweeper.close()
        sweeper.close()
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    Sweeper(sweep).close()

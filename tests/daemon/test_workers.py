"""The workers of the daemon: waiting costs nothing, calls are bounded, a store that fails is waited for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from syncropel.daemon.workers import Workers
from syncropel.kernel.calls import CallReply, PendingCall, answered
from syncropel.kernel.core import Kernel
from syncropel.kernel.evaluation import QueryEvaluator
from syncropel.kernel.executor import Executor
from syncropel.kernel.messages import Request
from syncropel.kernel.store.errors import StoreUnavailable
from syncropel.kernel.store.memory import MemoryStore
from syncropel.kernel.wire import encode_json
from syncropel.rules.contract import load_openapi, load_routes

from .inference_support import query_body


class Responders:
    """Answers every call, after `wait`, and counts how many run at once."""

    def __init__(self, wait: Callable[[], Any] = lambda: asyncio.sleep(0)) -> None:
        self.wait = wait
        self.running = 0
        self.most = 0
        self.cancelled = 0
        self.calls: list[str] = []

    async def call(self, pending: PendingCall, /) -> CallReply:
        """Answer."""
        self.calls.append(pending.call_id)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return answered({"answer": 1})

    async def close(self) -> None:
        """Do nothing."""


class Place:
    """A kernel with workers on this loop."""

    def __init__(self, responders: Responders, **options: Any) -> None:
        self.kernel = Kernel(MemoryStore(), routes=load_routes(), openapi=load_openapi(), version="1")
        self.executor = Executor(self.kernel, QueryEvaluator())
        self.workers = Workers(self.kernel, self.executor, responders, **options)

    def post(self, path: str, value: Any) -> Any:
        """POST a JSON value."""
        headers = {"content-type": "application/json"}
        reply = self.kernel.handle(Request("POST", path, headers, encode_json(value)))
        assert reply.status in (200, 201), reply.body
        return reply.body

    def register(self, *dids: str) -> None:
        """Register responders that nobody checks."""
        for did in dids:
            self.post("/v1/actors", {"did": did, "kind": "system"})

    def ask(self, thread: str, **changes: Any) -> None:
        """Emit a query."""
        body = query_body(**changes)
        self.post(
            "/v1/records", {"act": "INTEND", "actor": "did:x", "thread": thread, "clock": 0, "body": body}
        )

    def ended(self) -> int:
        """Return how many queries have ended."""
        rows = self.kernel.store.read(
            lambda transaction: transaction.execute("SELECT count(*) FROM queries WHERE finished IS NOT NULL")
        )
        return int(rows[0][0])


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for a condition, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


def test_calls_are_bounded() -> None:
    """No more calls run at once than are allowed, and all of them are made once."""

    async def scenario() -> None:
        responders = Responders(lambda: asyncio.sleep(0.01))
        place = Place(responders, running=4)
        place.register("a", "b", "c")
        place.workers.open(asyncio.get_running_loop())
        for number in range(20):
            place.ask(f"q{number}")
        await until(lambda: place.ended() == 20)
        assert responders.most == 4
        assert len(responders.calls) == len(set(responders.calls)) == 60
        await until(lambda: place.workers.open_queries == 0)
        await place.workers.close()

    asyncio.run(scenario())


def test_waiting_costs_nothing() -> None:
    """While every open query waits, the workers use no processor time worth the name."""

    async def scenario() -> None:
        place = Place(Responders(lambda: asyncio.sleep(3600)))
        place.register("a", "b", "c")
        place.workers.open(asyncio.get_running_loop())
        for number in range(50):
            place.ask(f"q{number}")
        await until(lambda: place.workers.open_queries == 50)
        await until(lambda: not any(course.task for course in place.workers._courses.values()))
        before = time.process_time()
        await asyncio.sleep(1.0)
        assert time.process_time() - before < 0.1
        await place.workers.close()

    asyncio.run(scenario())


def test_a_query_that_has_ended_stops_its_calls() -> None:
    """At the deadline the calls that are still running are given up."""

    async def scenario() -> None:
        responders = Responders(lambda: asyncio.sleep(3600))
        place = Place(responders)
        place.register("a", "b")
        place.workers.open(asyncio.get_running_loop())
        place.ask("q", side_effects={"max_latency_secs": 0.2})
        await until(lambda: place.ended() == 1)
        await until(lambda: responders.cancelled == 2 and responders.running == 0)
        await place.workers.close()

    asyncio.run(scenario())


def test_what_was_left_is_taken_up() -> None:
    """Workers that close leave their queries open, and those that open on the store carry them on."""

    async def scenario() -> None:
        place = Place(Responders(lambda: asyncio.sleep(3600)))
        place.register("a")
        place.workers.open(asyncio.get_running_loop())
        place.ask("q")
        await until(lambda: place.workers.open_queries == 1)
        await place.workers.close()
        assert place.ended() == 0
        later = Workers(place.kernel, place.executor, Responders())
        later.open(asyncio.get_running_loop())
        await until(lambda: place.ended() == 1)
        await later.close()

    asyncio.run(scenario())


def test_a_call_that_must_not_be_made_twice_is_not_made_again() -> None:
    """Where the query is not idempotent, a call that was out when the process ended fails in the next one."""

    async def scenario() -> None:
        place = Place(Responders(lambda: asyncio.sleep(3600)))
        place.register("a")
        place.workers.open(asyncio.get_running_loop())
        place.ask("q", side_effects={"idempotent": False})
        await until(lambda: place.workers.open_queries == 1)
        await until(lambda: len(place.kernel.watch_page("q", 0, 10)) == 2)
        await place.workers.close()
        responders = Responders()
        later = Workers(place.kernel, place.executor, responders)
        later.open(asyncio.get_running_loop())
        await until(lambda: place.ended() == 1)
        assert responders.calls == []
        reply, end = (row["body"] for row in place.kernel.watch_page("q", 0, 10)[2:])
        assert (reply["error"]["code"], end["code"]) == ("interrupted", "quorum_not_met")
        place.ask("r", side_effects={"idempotent": False})
        await until(lambda: place.ended() == 2)
        assert len(responders.calls) == 1
        await later.close()

    asyncio.run(scenario())


def test_a_call_that_a_fault_dropped_is_not_made_twice() -> None:
    """A query that the daemon dropped by its own fault goes on with its next record, its calls do not."""

    async def scenario() -> None:
        responders = Responders(lambda: asyncio.sleep(3600))
        place = Place(responders)
        place.register("a")
        place.workers.open(asyncio.get_running_loop())
        place.ask("q", side_effects={"idempotent": False})
        await until(lambda: len(responders.calls) == 1)
        (query, *_), advance = place.executor.open_queries(), place.executor.advance

        def failing(query_id: str) -> Any:
            place.executor.advance = advance  # type: ignore[method-assign]
            raise RuntimeError(query_id)

        place.executor.advance = failing  # type: ignore[method-assign]
        place.workers._touch([(query, 100)])
        await until(lambda: place.workers.open_queries == 0)
        place.workers._touch([(query, 101)])
        await until(lambda: place.ended() == 1)
        assert len(responders.calls) == 1
        await place.workers.close()

    asyncio.run(scenario())


def test_a_store_that_fails_is_waited_for() -> None:
    """While the store cannot be used a query waits, and goes on when it can."""

    async def scenario() -> None:
        place = Place(Responders())
        place.register("a")
        failures = 2
        advance = place.executor.advance
        lock = threading.Lock()

        def failing(query_id: str) -> Any:
            nonlocal failures
            with lock:
                if failures:
                    failures -= 1
                    raise StoreUnavailable("busy")
            return advance(query_id)

        place.executor.advance = failing  # type: ignore[method-assign]
        place.workers.open(asyncio.get_running_loop())
        place.ask("q")
        await until(lambda: place.ended() == 1)
        assert failures == 0
        await place.workers.close()

    asyncio.run(scenario())


def test_a_reply_that_the_store_refuses_is_given_again() -> None:
    """A reply is not lost, and its call is not made again, when the store fails as it is written."""

    async def scenario() -> None:
        responders = Responders()
        place = Place(responders)
        place.register("a", "b")
        failures = 2
        replies = place.executor.replies

        def failing(given: Any) -> None:
            nonlocal failures
            if given and failures:
                failures -= 1
                raise StoreUnavailable("busy")
            replies(given)

        place.executor.replies = failing  # type: ignore[method-assign]
        place.workers.open(asyncio.get_running_loop())
        place.ask("q")
        await until(lambda: place.ended() == 1)
        assert failures == 0
        assert len(responders.calls) == 2
        await place.workers.close()

    asyncio.run(scenario())


def test_what_was_said_is_stored_while_the_workers_close() -> None:
    """An answer that arrived before the workers were told to stop is on disk when they have."""

    async def scenario() -> None:
        place = Place(Responders())
        place.register("a")
        begun, go_on = threading.Event(), threading.Event()
        advance = place.executor.advance

        def slow(query_id: str) -> Any:
            carried = advance(query_id)
            if not begun.is_set():
                begun.set()
                assert go_on.wait(20)
            return carried

        place.executor.advance = slow  # type: ignore[method-assign]
        place.workers.open(asyncio.get_running_loop())
        place.ask("q")
        await until(begun.is_set)
        (course,) = place.workers._courses.values()
        (call,) = place.executor.advance(place.executor.open_queries()[0]).pending
        course.replies.append((call, answered({"answer": 1})))
        closing = asyncio.ensure_future(place.workers.close())
        await asyncio.sleep(0)
        go_on.set()
        await closing
        kinds = [row["act"] for row in place.kernel.watch_page("q", 0, 10)]
        assert kinds[:3] == ["INTEND", "CALL", "DO"]

    asyncio.run(scenario())

"""Asking and waiting: `infer`, `infer_result` and their failures, over both colours."""

from __future__ import annotations

import asyncio
import json
import pickle
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from syncropel import (
    Client,
    InferFailed,
    InferNotSent,
    InferOptions,
    InferPending,
    InferResult,
    InferTimeout,
    ValidationError,
)
from syncropel.daemon.local import LocalDaemon
from tests.support.cases import load_cases
from tests.support.colours import Colour
from tests.support.inference import REQUEST, Engine, quiet_mock, register_nobody, soon

CASES = {case["id"]: case for case in load_cases("infer")}
NOW = InferOptions(wait=False)
PATIENT = InferOptions(poll_interval_ms=60_000)
"""Whoever polls with these waits a minute, so that what comes sooner came over the stream."""


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """A daemon with an empty store; each query has a thread of its own."""
    with LocalDaemon(store="memory:") as running:
        register_nobody(endpoint=running.url)
        yield running


def test_wait_false_comes_back_at_once(colour: Colour) -> None:
    """The query is stored as one INTEND without `_v`, and what comes back names it by key and attribute."""
    expected = CASES["infer-023"]["expect"]
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    pending = colour.call(client.infer, REQUEST, InferOptions(wait=False, thread="fixed"))
    (stored,) = kernel.records_by_kind("infer.query.v1")
    assert isinstance(pending, InferPending)
    assert (pending.thread_id, pending["pending"]) == (expected["thread_id"], expected["pending"])
    assert (pending.correlation_id == stored.id) is expected["correlation_is_record_id"]
    assert stored.act == expected["stored_act"]
    assert ("_v" in stored.body) is expected["stored_body_has__v"]
    assert stored.body["input"] == {"inline": {"goal": "Which way?"}}
    assert pickle.loads(pickle.dumps(pending)).to_dict() == pending.to_dict()


def test_the_answer_comes_over_the_stream(colour: Colour, daemon: LocalDaemon) -> None:
    """An answer that is written while the client waits is there at once, not with the next poll."""
    client = colour.client(endpoint=daemon.url)
    pending = colour.call(client.infer, REQUEST, NOW)
    engine = Engine(pending, endpoint=daemon.url)
    soon(lambda: engine.answer({"way": "left"}, trust_summary={"mean": 0.5}, tally={"left": 1.0}))
    started = time.monotonic()
    result = colour.call(client.infer_result, pending, PATIENT)
    assert time.monotonic() - started < 10
    assert isinstance(result, InferResult)
    assert result.answer == result["answer"] == {"way": "left"}
    assert result.trust_summary["mean"] == result.trust_summary.mean == 0.5
    assert result.tally == result["tally"] == result.extra["tally"] == {"left": 1.0}
    assert result.thread_id == pending.thread_id
    assert json.loads(json.dumps(result.to_dict()))["answer"] == {"way": "left"}


def test_an_answer_before_the_waiting_is_found(colour: Colour, daemon: LocalDaemon) -> None:
    """What was answered before anybody waited is replayed; another process needs the two ids alone."""
    client = colour.client(endpoint=daemon.url)
    pending = colour.call(client.infer, REQUEST, NOW)
    Engine(pending, endpoint=daemon.url).answer("right")
    named = {"correlation_id": pending.correlation_id, "thread_id": pending.thread_id}
    for given in (pending, named, InferPending(pending.correlation_id, pending.thread_id)):
        other = colour.client(endpoint=daemon.url)
        assert colour.call(other.infer_result, given, PATIENT).answer == "right"


def test_both_published_forms(colour: Colour) -> None:
    """The documents' form of an answer is read as well: flat members beside `_provenance`."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    pending = colour.call(client.infer, REQUEST, NOW)
    body = {
        "verdict": "left",
        "confidence": 0.9,
        "_provenance": [{"responder_did": "did:example:a", "response_record_id": "r", "weight": 0.7}],
        "_chosen_response": "r",
        "fold": {"cold_start_warning": True},
    }
    Engine(pending, transport=kernel.transport()).write("KNOW", "inference.answer.v1", body)
    result = colour.call(client.infer_result, pending)
    assert result.answer == {"verdict": "left"}
    assert (result.chosen_response_id, result.provenance[0].weight) == ("r", 0.7)
    assert (result.answer_kind, result.fold) == ("inference.answer.v1", {"cold_start_warning": True})


def test_a_failure_raises_with_all_that_is_known(colour: Colour, daemon: LocalDaemon) -> None:
    """`infer.error.v1` ends the waiting with its code, message, details and partial responses."""
    client = colour.client(endpoint=daemon.url)
    pending = colour.call(client.infer, REQUEST, NOW)
    soon(lambda: Engine(pending, endpoint=daemon.url).fail(details={"valid": 1}, partial_responses=["r1"]))
    with pytest.raises(InferFailed, match="quorum_not_met: 1 of 2") as caught:
        colour.call(client.infer_result, pending, PATIENT)
    error = caught.value
    assert isinstance(error, RuntimeError)
    assert (error.code, error.message, error.details) == ("quorum_not_met", "1 of 2", {"valid": 1})
    assert error.partial_responses == ("r1",)
    assert (error.thread_id, error.correlation_id) == (pending.thread_id, pending.correlation_id)


def test_answers_of_other_queries_are_passed_over(colour: Colour) -> None:
    """Two queries on one thread each get their own answer."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    first, second = (colour.call(client.infer, REQUEST, InferOptions(False, thread="t")) for _ in "ab")
    Engine(second, transport=kernel.transport()).answer("second")
    Engine(first, transport=kernel.transport()).answer("first")
    assert colour.call(client.infer_result, first).answer == "first"
    assert colour.call(client.infer_result, second).answer == "second"


def test_polling_where_the_thread_cannot_be_followed(colour: Colour) -> None:
    """A server without the stream is asked page by page, and an answer behind many records is found."""
    kernel = quiet_mock()
    kernel.fail_next(404, operation="watchThread", times=50)
    client = colour.client(transport=kernel.transport())
    pending = colour.call(client.infer, REQUEST, NOW)
    engine = Engine(pending, transport=kernel.transport())
    engine.noise(1100)
    soon(engine.answer)
    result = colour.call(client.infer_result, pending, InferOptions(poll_interval_ms=20))
    assert result.answer == "left"
    streams = [call for call in kernel.calls if call.operation == "watchThread"]
    assert len(streams) == 1


class OldServer:
    """A server without stream and cursors, whose lists end after 100 rows, as the published ones do."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        if request.method == "POST":
            row = {**json.loads(request.content), "id": f"r{len(self.rows)}"}
            self.rows.append(row)
            return httpx.Response(200, json=row)
        if request.url.path.endswith("/watch"):
            return httpx.Response(405, json={"code": "METHOD_NOT_ALLOWED", "message": "no"})
        since = int(request.url.params.get("since", request.url.params.get("since_clock", 0)))
        rows = [row for row in self.rows if row["clock"] >= since]
        return httpx.Response(200, json={"object": "list", "data": rows[:100]})


def test_a_page_of_a_hundred_is_not_the_end(colour: Colour) -> None:
    """On a server that cuts its lists at 100 rows and has no cursors, the answer behind them is found."""
    server = OldServer()
    client = colour.client(transport=httpx.MockTransport(server))
    pending = colour.call(client.infer, REQUEST, InferOptions(wait=False, thread="t"))
    clock = server.rows[0]["clock"]
    noise = {"act": "LEARN", "actor": "a", "thread": "t", "body": {"kind": "a.b.c"}, "parents": []}
    server.rows += [{**noise, "id": f"n{n}", "clock": clock + 1 + n} for n in range(350)]
    body = {"kind": "infer.result.v1", "fulfills": pending.correlation_id, "answer": 1}
    server.rows.append({**noise, "act": "KNOW", "id": "k", "clock": clock + 1000, "body": body})
    assert colour.call(client.infer_result, pending, InferOptions(poll_timeout_ms=5000)).answer == 1


def test_time_out_with_the_server_there(colour: Colour, daemon: LocalDaemon) -> None:
    """When nobody answers, the error names thread and query, and says that the server is there."""
    client = colour.client(endpoint=daemon.url)
    pending = colour.call(client.infer, REQUEST, NOW)
    started = time.monotonic()
    with pytest.raises(InferTimeout, match="the server is there") as caught:
        colour.call(client.infer_result, pending, InferOptions(poll_timeout_ms=300))
    assert 0.25 < time.monotonic() - started < 5
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.thread_id == pending.thread_id
    assert caught.value.correlation_id == pending.correlation_id


def test_time_out_over_a_transport_of_the_user_s(colour: Colour) -> None:
    """Heartbeats do not keep a wait alive whose time is up, even where only silences can be bounded."""
    made = {"async": httpx.AsyncHTTPTransport, "sync": httpx.HTTPTransport}[colour.name]
    with LocalDaemon(heartbeat_seconds=0.1) as daemon:
        register_nobody(endpoint=daemon.url)
        client = colour.client(endpoint=daemon.url, transport=made())
        pending = colour.call(client.infer, REQUEST, NOW)
        started = time.monotonic()
        with pytest.raises(InferTimeout, match="the server is there"):
            colour.call(client.infer_result, pending, InferOptions(poll_timeout_ms=1500))
        assert 1.4 < time.monotonic() - started < 8
        Engine(pending, endpoint=daemon.url).answer()
        assert colour.call(client.infer_result, pending).answer == "left"
        colour.call(client.close)


def test_time_out_on_the_mock(colour: Colour) -> None:
    """The mock's stream lets a waiting client go when its time is up, in either colour."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    pending = colour.call(client.infer, REQUEST, NOW)
    with pytest.raises(InferTimeout, match="the server is there"):
        colour.call(client.infer_result, pending, InferOptions(poll_timeout_ms=200))
    assert kernel.hub.open() == []


def test_time_out_with_the_server_away(colour: Colour) -> None:
    """A server that is gone is told apart from an answer that is not there yet."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    pending = colour.call(client.infer, REQUEST, NOW)
    kernel.fail_next_get(1000)
    with pytest.raises(InferTimeout, match=r"cannot be reached or read \(.*ConnectError"):
        colour.call(client.infer_result, pending, InferOptions(poll_interval_ms=20, poll_timeout_ms=200))


def test_a_stream_that_breaks_is_taken_up_again(colour: Colour) -> None:
    """Cut streams and a server that comes back lose no answer."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    pending = colour.call(client.infer, REQUEST, NOW)

    def upset() -> None:
        kernel.fail_next_get(3)
        kernel.cut_watches()
        Engine(pending, transport=kernel.transport()).answer()

    soon(upset, 0.2)
    assert colour.call(client.infer_result, pending, InferOptions(poll_interval_ms=30)).answer == "left"


@pytest.mark.parametrize("case", ["infer-025", "infer-026"])
def test_a_query_is_never_sent_twice(colour: Colour, case: str) -> None:
    """A refused or undelivered query raises at once, and the server sees it once."""
    kernel = quiet_mock()
    kernel.fail_next(**({"drop": True} if case == "infer-025" else {"status": 503}), operation="emitRecord")
    client = colour.client(transport=kernel.transport(), max_retries=5)
    with pytest.raises(InferNotSent) as caught:
        colour.call(client.infer, REQUEST)
    assert isinstance(caught.value, RuntimeError)
    assert CASES[case]["expect"]["raises"] == "RuntimeError"
    assert len(kernel.calls) == CASES[case]["expect"].get("http_calls", 1)
    assert caught.value.__cause__ is not None


def test_a_clock_that_is_taken_is_no_refusal(colour: Colour) -> None:
    """When another record holds the clock, the query goes out under a fresh one."""
    kernel = quiet_mock()
    refusal = {"code": "INGEST_FAILED", "message": "DuplicateClock: taken"}
    kernel.fail_next(400, operation="emitRecord", body=refusal)
    client = colour.client(transport=kernel.transport())
    pending = colour.call(client.infer, REQUEST, NOW)
    assert [call.status for call in kernel.calls] == [400, 201]
    assert [record.id for record in kernel.records_by_kind("infer.query.v1")] == [pending.correlation_id]


@pytest.mark.parametrize(
    ("change", "error", "path"),
    [
        ({"responders": []}, ValueError, r"\$\.responders"),
        ({"responders": [{"kind": "robot"}]}, ValidationError, r"\$\.responders\[0\]\.kind"),
        ({"fold": {"function": "median"}}, ValidationError, r"\$\.fold\.function"),
        ({"fold": {}}, ValueError, r"\$\.fold"),
        ({"input": "goal"}, TypeError, r"\$\.input"),
        ({"dial": 2}, ValidationError, r"\$\.dial"),
        ({"input": {"inline": object()}}, TypeError, r"\$\.input\.inline"),
    ],
)
def test_shape_errors_come_before_any_request(
    colour: Colour, change: dict[str, Any], error: type[Exception], path: str
) -> None:
    """A wrong request raises with the JSON path, and nothing is sent."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    with pytest.raises(error, match=path):
        colour.call(client.infer, {**REQUEST, **change})
    with pytest.raises(error, match=path):
        colour.collect(client.infer_stream({**REQUEST, **change}))
    assert kernel.calls == []


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"poll_interval_ms": -1}, ValueError),
        ({"poll_timeout_ms": "5"}, TypeError),
        ({"poll_timeout_ms": float("nan")}, ValueError),
        ({"wait": 1}, TypeError),
        ({"thread": ""}, ValueError),
        ({"thread": 5}, TypeError),
    ],
)
def test_options_are_checked(options: dict[str, Any], error: type[Exception]) -> None:
    """Options that make no sense raise where they are built."""
    with pytest.raises(error, match=next(iter(options))):
        InferOptions(**options)


def test_arguments_are_checked(colour: Colour) -> None:
    """A dict in the place of options, and a query that is not named, raise at once."""
    client = colour.client(transport=quiet_mock().transport())
    with pytest.raises(TypeError, match="InferOptions"):
        colour.call(client.infer, REQUEST, {"wait": False})
    with pytest.raises(TypeError, match="pending"):
        colour.call(client.infer_result, "id")
    with pytest.raises(ValueError, match="thread_id"):
        colour.call(client.infer_result, {"correlation_id": "x"})


def test_cancelling_leaks_nothing(daemon: LocalDaemon) -> None:
    """A cancelled wait ends at once, and its stream is closed on both sides."""

    async def run() -> None:
        async with Client(endpoint=daemon.url) as client:
            before = daemon.watchers
            task = asyncio.create_task(client.infer(REQUEST))
            deadline = time.monotonic() + 10
            while daemon.watchers == before and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            while daemon.watchers > before and time.monotonic() < deadline:
                await asyncio.sleep(0.01)
            assert daemon.watchers == before
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(run())


def test_many_waits_at_once(daemon: LocalDaemon) -> None:
    """Two hundred queries wait on one client, and each gets its own answer."""

    async def run() -> list[Any]:
        async with Client(endpoint=daemon.url) as client:
            asked = [await client.infer(REQUEST, NOW) for _ in range(200)]
            waits = [asyncio.create_task(client.infer_result(pending)) for pending in asked]
            writer = asyncio.get_running_loop().run_in_executor(None, answer_all, asked)
            found = [(await wait).answer for wait in waits]
            await writer
            return found

    def answer_all(asked: list[InferPending]) -> None:
        for number, pending in enumerate(asked):
            Engine(pending, endpoint=daemon.url).answer(number)

    assert asyncio.run(run()) == list(range(200))

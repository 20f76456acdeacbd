"""Emit: retries, clocks, observers, validation; real sockets where the wire matters."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from syncropel import Client, EmitResult, Identity, Ref, SyncClient, ValidationError, schemas
from syncropel.rules.records import build_record
from syncropel.testing import MockKernel
from tests.support.colours import DID, Colour
from tests.support.servers import Exchange, answer, drop, scripted

DUPLICATE = {
    "object": "error",
    "code": "INGEST_FAILED",
    "message": "DuplicateClock: thread=t actor=a clock=1",
}


class Pauses:
    """Takes the place of waiting, and remembers how long it would have been."""

    def __init__(self, colour: Colour, client: Any) -> None:
        self.seconds: list[float] = []

        def pause(seconds: float) -> None:
            if seconds:
                self.seconds.append(seconds)

        async def pause_async(seconds: float) -> None:
            pause(seconds)

        client._sender.pause = pause_async if colour.name == "async" else pause


def put(colour: Colour, client: Any, **arguments: Any) -> EmitResult:
    """Emit a small record."""
    named = {"act": "PUT", "kind": "a.b.c", "body": {"x": 1}, "thread": "t", **arguments}
    result: EmitResult = colour.call(client.emit, **named)
    return result


def test_positional_and_keyword_are_the_same(colour: Colour) -> None:
    """The eight arguments may be given by place, in the documented order."""
    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport())
        refs = [Ref.music_track(isrc="X")]
        first = colour.call(client.emit, "PUT", "a.b.c", {"x": 1}, "t", refs, ["p"], "VOID", 7, judged_by="j")
        assert first.success
        (row,) = kernel.records
        assert row.act == "PUT"
        assert row.body == {"x": 1, "kind": "a.b.c", "_v": 1, "_refs": refs}
        assert (row.parents, row.data_type, row.clock, row.judged_by) == (("p",), "VOID", 7, "j")
        assert first.record_id == first.expected_id == row.id
        assert first.clock == 7


def test_an_identical_record_is_stored_once(colour: Colour) -> None:
    """Emitting the same record again succeeds with the same id, and tells that it is not new."""
    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport())
        first, second = (put(colour, client, clock=1) for _ in range(2))
        assert first.record_id == second.record_id
        assert (first.created, second.created) == (True, False)
        assert kernel.count() == 1


def test_the_body_is_not_changed(colour: Colour) -> None:
    """The caller's body and references stay as they were."""
    body: dict[str, Any] = {"x": {"y": [1]}, "_refs": []}
    refs = [Ref.music_track(isrc="X")]
    with MockKernel() as kernel:
        put(colour, colour.client(transport=kernel.transport()), body=body, refs=refs)
    assert body == {"x": {"y": [1]}, "_refs": []}
    assert refs == [Ref.music_track(isrc="X")]


def test_a_record_built_elsewhere_is_sent_as_it_is(colour: Colour) -> None:
    """`emit_draft` keeps the record's own actor and clock."""
    draft = build_record(act="KNOW", actor="did:x:y", kind="a.b.c", body={}, thread="t", clock=3)
    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport())
        result = colour.call(client.emit_draft, draft)
        assert result.record_id == draft.id
        assert (kernel.records[0].actor, kernel.records[0].clock) == ("did:x:y", 3)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds(colour: Colour, status: int) -> None:
    """The server's own time is waited for."""
    with scripted(answer(status, headers={"retry-after": "3"}), answer(201, json={"id": "r"})) as server:
        client = colour.client(endpoint=server.url)
        pauses = Pauses(colour, client)
        result = put(colour, client)
    assert result.success
    assert result.retried == 1
    assert pauses.seconds == [3.0]


def test_retry_after_as_a_date(colour: Colour) -> None:
    """A date is waited for as long as it is away."""
    when = formatdate(time.time() + 5, usegmt=True)
    with scripted(answer(429, headers={"retry-after": when}), answer(201, json={"id": "r"})) as server:
        client = colour.client(endpoint=server.url)
        pauses = Pauses(colour, client)
        assert put(colour, client).success
    assert 3.0 < pauses.seconds[0] <= 5.0


@pytest.mark.parametrize("options", [{"max_wait": 10.0}, {"timeout": 10.0}])
def test_a_wait_that_is_too_long_is_not_begun(colour: Colour, options: dict[str, Any]) -> None:
    """A server that asks for more than is allowed is not waited for, and not asked again."""
    with scripted(answer(503, headers={"retry-after": "20"})) as server:
        client = colour.client(endpoint=server.url, **options)
        pauses = Pauses(colour, client)
        result = put(colour, client)
    assert (result.success, result.retried, result.status) == (False, 0, 503)
    assert pauses.seconds == []
    assert len(server.requests) == 1


def test_the_timeout_of_one_call(colour: Colour) -> None:
    """A call's own timeout goes before the client's, and must be a positive number."""
    with scripted(answer(503, headers={"retry-after": "2"})) as server:
        client = colour.client(endpoint=server.url, timeout=60.0)
        assert put(colour, client, timeout=1.0).retried == 0
        with pytest.raises(ValueError, match="timeout"):
            put(colour, client, timeout=0)
    assert len(server.requests) == 1


def test_a_retried_record_is_the_same_record(colour: Colour) -> None:
    """Every attempt posts the same bytes, so a store that took the first knows the second."""
    with scripted(drop(), answer(503), answer(201, json={"id": "r"})) as server:
        result = put(colour, colour.client(endpoint=server.url))
    assert result.success
    assert result.retried == 2
    assert len({request.body for request in server.requests}) == 1


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
    assert len({request.json()["clock"] for request in server.requests}) == 100


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


def test_on_emit_sees_every_outcome(colour: Colour) -> None:
    """The observer is told of successes, refusals, broken connections and a closed client, once each."""
    seen: list[EmitResult] = []
    with scripted(answer(201, json={"id": "r"}), answer(400, "no"), drop()) as server:
        client = colour.client(endpoint=server.url, on_emit=seen.append, max_retries=0)
        results = [put(colour, client) for _ in range(3)]
        colour.call(client.close)
        results.append(put(colour, client))
        with pytest.raises(ValueError):
            put(colour, client, kind="nonsense")
    assert seen == results
    assert [result.success for result in seen] == [True, False, False, False]


def test_what_on_emit_raises_is_logged(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """An observer that fails does not turn a stored record into an error."""

    def observer(result: EmitResult) -> None:
        raise LookupError("mine")

    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport(), on_emit=observer)
        assert put(colour, client).success
    (entry,) = [entry for entry in caplog.records if entry.levelno >= logging.ERROR]
    assert entry.name == "syncropel"
    assert "LookupError: mine" in entry.getMessage()


def test_on_emit_must_be_a_plain_callable(colour: Colour) -> None:
    """A coroutine function would never be awaited, so it is refused."""

    async def observer(result: EmitResult) -> None:
        raise AssertionError

    for wrong in (observer, 5):
        with pytest.raises(TypeError):
            colour.make(on_emit=wrong)


def test_a_closed_client_fails_open(colour: Colour) -> None:
    """Emit and reads on a closed client say so, and send nothing."""
    with scripted(answer(201, json={"id": "r"})) as server:
        client = colour.client(endpoint=server.url)
        assert put(colour, client).success
        colour.call(client.close)
        result = put(colour, client)
        page = colour.call(client.query_thread, "t")
        assert client.closed
    assert result.error == "ClosedError: this client is closed; make a new one"
    assert "closed" in str(page.error)
    assert len(server.requests) == 1


def test_validation_before_sending(colour: Colour) -> None:
    """`validate=True` refuses a body that breaks its schema, with every violation, and sends nothing."""
    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport())
        bad = {"corrects": [], "revised_fields": {}, "reason": 5}
        with pytest.raises(ValidationError) as caught:
            put(colour, client, kind="core.correction", body=bad, validate=True)
        assert len(caught.value.violations) >= 3
        assert kernel.count() == 0
        assert put(colour, client, kind="core.correction", body=bad).success


def test_validation_for_the_whole_client(colour: Colour) -> None:
    """A client-wide setting checks every kind that has a schema, and one call may be excepted."""
    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport(), validate=True)
        with pytest.raises(ValidationError):
            put(colour, client, kind="core.correction")
        assert put(colour, client, kind="core.correction", validate=False).success
        assert put(colour, client).success


def test_a_kind_of_ones_own(colour: Colour) -> None:
    """A registered schema is applied; asking for a check of a kind without one is a mistake."""
    schemas.register("tests.emit.own", {"type": "object", "required": ["title"]})
    client = colour.client(transport=httpx.MockTransport(lambda request: httpx.Response(201)))
    with pytest.raises(ValidationError, match="title"):
        client.validate("tests.emit.own", {})
    client.validate("tests.emit.own", {"title": "x"})
    with pytest.raises(ValueError, match="schema"):
        put(colour, client, kind="tests.emit.none", validate=True)


def test_intend_opens_a_new_thread(colour: Colour) -> None:
    """Without a thread a fresh one is minted, told in the result, and different every time."""
    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport())
        first, second = (colour.call(client.intend, "Deploy") for _ in range(2))
        assert first.thread != second.thread
        assert first.thread.startswith("th_")
        assert len(first.thread) == 67
        done = colour.call(client.fulfill, first.thread, "Deployed", fulfills=first.record_id)
        assert done.success
        state = colour.call(client.thread_state, first.thread)
        assert state.status == "closed"


def test_a_server_that_names_records_otherwise(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """The server's id is reported beside the expected one, and the difference is logged once."""
    with scripted(answer(201, json={"id": "other", "clock": 1})) as server:
        client = colour.client(endpoint=server.url)
        results = [put(colour, client) for _ in range(3)]
    assert all(result.record_id == "other" != result.expected_id for result in results)
    assert caplog.text.count("said once") == 1


def test_the_token_goes_to_the_endpoint_alone(colour: Colour) -> None:
    """Every request of ours carries the token; the host that a redirect names never sees any request."""
    with scripted(answer(201, json={"id": "r"})) as elsewhere:
        moved = answer(307, headers={"location": elsewhere.url + "/v1/records"})
        with scripted(moved) as server:
            client = colour.client(endpoint=server.url, api_key="spl_token")
            put(colour, client)
            colour.call(client.query_thread, "t")
            colour.call(client.health)
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer spl_token"] * 3
    assert elsewhere.requests == []


def test_an_echoed_token_is_told_nobody(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """A server that echoes the token does not get it into results, errors, logs or `repr`."""
    caplog.set_level(logging.DEBUG)
    body = json.dumps({"code": "AUTH_REQUIRED", "message": "bad token s3cret-token"})
    with scripted(answer(401, body)) as server:
        client = colour.client(endpoint=server.url, api_key="s3cret-token")
        result = put(colour, client)
        page = colour.call(client.query_thread, "t")
        record = colour.call(client.record, "r")
    assert record is None
    texts = [
        repr(result),
        str(page.error),
        repr(page.error),
        repr(page.error.body),
        repr(client),
        repr(client._settings),
    ]
    texts += [str(client.last_error), caplog.text]
    assert not [text for text in texts if "s3cret" in text]


def test_headers_of_a_request(colour: Colour) -> None:
    """A request says who sends it, under an id of its own, and names nothing that must not be there."""
    with scripted(answer(201, json={"id": "r"})) as server:
        client = colour.client(endpoint=server.url + "/prefix/")
        put(colour, client)
        put(colour, client)
    first, second = server.requests
    assert first.target == "/prefix/v1/records"
    assert first.headers["user-agent"].startswith("syncropel-python/")
    assert first.headers["content-type"] == "application/json"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert "authorization" not in first.headers
    assert server.connections == 1


def test_emit_sync_shares_a_connection() -> None:
    """`emit_sync` of a `Client` keeps one connection over its calls, and closing it is a plain call."""
    with scripted(answer(201, json={"id": "r", "clock": 1})) as server:
        client = Client(endpoint=server.url, identity=Identity.static(DID))
        results = [client.emit_sync("PUT", "a.b.c", {"n": n}, "t") for n in range(5)]
        client.close()
    assert all(results)
    assert server.connections == 1
    assert (
        client.emit_sync("PUT", "a.b.c", {}, "t").error
        == "ClosedError: this client is closed; make a new one"
    )


@pytest.mark.parametrize("thread", [".", "..", "a/../b", "%2e", "ü/?#&=+ \n", "\t"])
def test_thread_names_reach_the_server_unchanged(colour: Colour, thread: str) -> None:
    """A thread may have any name; what a URL would read into it does not happen."""
    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport())
        put(colour, client, thread="a b")
        assert put(colour, client, thread=thread).success
        page = colour.call(client.query_thread, thread)
        assert [record.thread for record in page] == [thread]


def test_a_late_answer_is_waited_for(colour: Colour) -> None:
    """The client waits for an answer that comes late but within its time."""

    def late(exchange: Exchange) -> bool:
        exchange.stopping.wait(0.2)
        return exchange.send(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}")

    with scripted(late) as server:
        assert put(colour, colour.client(endpoint=server.url)).success

"""Emit: what is sent, who is told, what is checked before."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from syncropel import Client, EmitResult, Identity, Ref, ValidationError, schemas
from syncropel.rules.records import build_record
from syncropel.testing import MockKernel
from tests.clients.filling import put
from tests.support.colours import DID, Colour
from tests.support.servers import answer, drop, scripted


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

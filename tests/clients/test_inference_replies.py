"""Following, answering and judging: `infer_stream`, `inbound`, `respond`, the services; in both colours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from syncropel import (
    ConflictError,
    Identity,
    InferEvent,
    InferFailed,
    InferOptions,
    NotFoundError,
    Record,
)
from syncropel.daemon.local import LocalDaemon
from tests.support.colours import DID, Colour
from tests.support.inference import REQUEST, Engine, quiet_mock

NOW = InferOptions(wait=False)
ALICE = "did:example:alice"


@pytest.fixture(scope="module")
def daemon() -> Iterator[LocalDaemon]:
    """A daemon with an empty store; each test uses DIDs of its own."""
    with LocalDaemon(store="memory:") as running:
        yield running


def asked(colour: Colour) -> tuple[Any, Any, Engine]:
    """Return a client, a query that nobody answers by himself, and who writes about it."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport(), identity=Identity.static(ALICE))
    pending = colour.call(client.infer, REQUEST, NOW)
    return client, pending, Engine(pending, transport=kernel.transport())


def test_the_stream_tells_every_step(colour: Colour) -> None:
    """Calls, replies of every sort, stages and the answer come in order, each once, and nothing else."""
    client, pending, engine = asked(colour)
    calls = [engine.call(f"did:example:{name}") for name in "abcd"]
    engine.write("DO", "infer.accept.v1", {"eta_seconds": 5}, "did:example:a", parents=[calls[0]])
    engine.write("DO", "infer.decline.v1", {"reason": "other"}, "did:example:b", parents=[calls[1]])
    engine.write("DO", "infer.failure.v1", {"error": {"code": "x"}}, "did:example:c", parents=[calls[2]])
    engine.write("DO", "inference.answer.v1", {"answer": 1}, "did:example:d", parents=[calls[3]])
    engine.write("LEARN", "infer.orchestration.waterfall", {"stage": 0})
    engine.write("LEARN", "test.cli.noise", {"correlation_id": "another"})
    engine.answer()
    events = [e for e in colour.collect(client.infer_stream(pending)) if e.responder != REQUEST_DID]
    assert all(isinstance(event, InferEvent) for event in events)
    told = [(event.type, event.responder, event.call_id) for event in events]
    assert told == [
        *(("dispatched", f"did:example:{name}", call) for name, call in zip("abcd", calls, strict=True)),
        ("accepted", "did:example:a", calls[0]),
        ("declined", "did:example:b", calls[1]),
        ("failed", "did:example:c", calls[2]),
        ("answered", "did:example:d", calls[3]),
        ("stage", None, None),
        ("folded", None, None),
    ]
    assert events[-1].result.answer == "left"


REQUEST_DID = REQUEST["responders"][0]["did"]


def test_the_stream_raises_a_failure(colour: Colour) -> None:
    """The stream of a query that failed ends with the failure, after the steps before it."""
    client, pending, engine = asked(colour)
    engine.fail("fold_failed")
    with pytest.raises(InferFailed, match="fold_failed"):
        colour.collect(client.infer_stream(pending))


def test_the_stream_asks_by_itself(colour: Colour) -> None:
    """Given a request, the stream asks first; leaving it early closes the connection."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    (event,) = colour.collect(client.infer_stream(REQUEST), 1)
    assert (event.type, event.responder) == ("dispatched", REQUEST_DID)
    assert kernel.hub.open() == []


def call_for(engine: Engine, did: str) -> Record:
    """Return a CALL to this responder, which no server needs to hold."""
    shape = {"answer_shape": {"kind": "core.summary.v1"}, "responder_did": did}
    correlated = {"kind": "infer.call.v1", "correlation_id": engine.pending.correlation_id, **shape}
    return Record(id="c" * 64, act="CALL", actor="e", body=correlated, thread=engine.pending.thread_id)


def test_replies(colour: Colour) -> None:
    """An answer, a promise and a refusal are DO records on the call's thread that name call and query."""
    client, pending, engine = asked(colour)
    call = call_for(engine, ALICE)
    colour.call(client.respond, call, {"text": "x"}, confidence=0.5, rationale="so", cost_usd=0.1)
    colour.call(client.accept, call, 30)
    colour.call(client.decline, call, "overbooked", note="tomorrow")
    page = colour.call(client.query, actor=ALICE, thread=pending.thread_id)
    rows = [record for record in page if record.act == "DO"]
    assert all(record.parents == (call.id,) for record in rows)
    common = {"correlation_id": pending.correlation_id}
    assert [record.body for record in rows] == [
        {
            **common,
            "kind": "core.summary.v1",
            "answer": {"text": "x"},
            "confidence": 0.5,
            "rationale": "so",
            "cost_usd": 0.1,
        },
        {**common, "kind": "infer.accept.v1", "eta_seconds": 30},
        {**common, "kind": "infer.decline.v1", "reason": "overbooked", "note": "tomorrow"},
    ]


def test_replies_that_nobody_would_see_raise(colour: Colour) -> None:
    """A reply to somebody else's call, to no call, or with numbers out of range is a mistake."""
    client, _, engine = asked(colour)
    call = call_for(engine, ALICE)
    with pytest.raises(ValueError, match="the call is for 'did:example:bob'"):
        colour.call(client.respond, call_for(engine, "did:example:bob"), 1)
    with pytest.raises(ValueError, match="CALL record"):
        colour.call(client.respond, Record(act="DO"), 1)
    with pytest.raises(TypeError, match="CALL record"):
        colour.call(client.accept, "id", 1)
    with pytest.raises(ValueError, match="confidence"):
        colour.call(client.respond, call, 1, confidence=2)
    with pytest.raises(ValueError, match="eta_seconds"):
        colour.call(client.accept, call, -1)
    with pytest.raises(ValueError, match="reason"):
        colour.call(client.decline, call, "tired")


def test_an_actor_answers_a_query(colour: Colour, daemon: LocalDaemon) -> None:
    """A registered actor reads its open calls, answers one, and the daemon folds the answer."""
    did = f"did:example:human-{colour.name}"
    client = colour.client(endpoint=daemon.url, identity=Identity.static(did))
    actor = colour.call(client.register_actor, did, "actor", domains=["ways"])
    assert (actor.did, actor.kind, actor.domains) == (did, "actor", ["ways"])
    assert did in [each.did for each in colour.call(client.actors, "actor")]
    pending = colour.call(client.infer, {**REQUEST, "responders": [{"did": did}]}, NOW)
    (call,) = colour.collect(client.inbound(), 1)
    assert call.body["correlation_id"] == pending.correlation_id
    assert colour.call(client.respond, call, "left", confidence=0.8)
    result = colour.call(client.infer_result, pending)
    assert result.answer == "left"
    assert result.provenance[0].responder_did == did
    assert result.know_record_id


def test_trust_from_verdicts(colour: Colour, daemon: LocalDaemon) -> None:
    """Verdicts of others on a response make its author's trust; those on oneself do not count."""
    did = f"did:example:judged-{colour.name}"
    worker = colour.client(endpoint=daemon.url, identity=Identity.static(did))
    judge = colour.client(endpoint=daemon.url)
    colour.call(worker.register_actor, did, "actor")
    pending = colour.call(judge.infer, {**REQUEST, "responders": [{"did": did}]}, NOW)
    (call,) = colour.collect(worker.inbound(), 1)
    colour.call(worker.respond, call, 1)
    result = colour.call(judge.infer_result, pending)
    assert colour.call(judge.verdict, result, "accept", domain="ways", reason="I looked")
    assert colour.call(worker.verdict, result.chosen_response_id, "accept", domain="ways", thread="mine")
    (standing,) = colour.call(judge.trust, did)
    assert (standing.domain, standing.samples, round(standing.score, 4)) == ("ways", 1, 0.2065)
    assert len(colour.call(judge.trust, did, judged_by=DID)) == 1
    assert colour.call(judge.trust, did, judged_by=did) == []
    assert colour.call(judge.trust, did, "another") == []


def test_verdicts_are_checked(colour: Colour) -> None:
    """Another word than accept or reject, an id without a thread, and nothing at all raise."""
    client, _, _ = asked(colour)
    with pytest.raises(ValueError, match="verdict must be"):
        colour.call(client.verdict, "id", "great", thread="t")
    with pytest.raises(ValueError, match="thread="):
        colour.call(client.verdict, "id", "accept")
    with pytest.raises(ValueError, match="about"):
        colour.call(client.verdict, {}, "accept")
    with pytest.raises(ValueError, match="domain"):
        colour.call(client.verdict, "id", "accept", domain="", thread="t")


def test_decisions(colour: Colour, daemon: LocalDaemon) -> None:
    """What awaits an actor's decision is listed until somebody decides, once."""
    client = colour.client(endpoint=daemon.url)
    body = {"summary": f"Deploy {colour.name}?", "awaits": "actor_decision", "options": ["approve", "reject"]}
    request = colour.call(client.emit, "KNOW", "ops.deploy.request", body, f"t.{colour.name}")
    waiting = colour.call(client.decisions)
    assert [(each.id, each.summary) for each in waiting] == [(request.record_id, body["summary"])]
    decision = colour.call(client.decide, request.record_id, "approve", reason="fine")
    assert (decision.request_id, decision.decision) == (request.record_id, "approve")
    assert colour.call(client.record, decision.id).actor == DID
    assert colour.call(client.decisions) == []
    with pytest.raises(ConflictError):
        colour.call(client.decide, request.record_id, "reject")
    with pytest.raises(NotFoundError):
        colour.call(client.decide, "0" * 64, "approve")


def test_reads_of_the_services_fail_open(colour: Colour) -> None:
    """When the server cannot be reached, lists are empty and say why; writes raise."""
    kernel = quiet_mock()
    client = colour.client(transport=kernel.transport())
    for method in (client.actors, client.trust, client.decisions):
        kernel.fail_next(503)
        page = colour.call(method)
        assert (page, page.ok) == ([], False)
    assert not colour.call(client.actors, "robot").ok
    kernel.fail_next(503)
    with pytest.raises(Exception, match="503"):
        colour.call(client.register_actor, "did:example:x", "actor")

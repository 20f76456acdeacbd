"""Scripted responders: the daemon's executor on the fake clock, with nobody to wait for."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel import Identity, SyncClient
from syncropel.errors import UsageError
from syncropel.testing import MockKernel


def ask(mock: MockKernel, *responders: dict[str, Any], thread: str = "q", **changes: Any) -> None:
    """Emit a query through a client."""
    body = {
        "input": {"inline": {"goal": "2 + 2"}},
        "answer_shape": {"kind": "inference.answer.v1"},
        "responders": list(responders) or [{"kind": "any"}],
        "fold": {"function": "consensus"},
        **changes,
    }
    identity = Identity.static("did:example:test")
    with SyncClient(endpoint="http://mock", identity=identity, transport=mock.transport()) as client:
        assert client.emit("INTEND", "infer.query.v1", body, thread).success


def end(mock: MockKernel, thread: str = "q") -> Any:
    """Return the body of the record that ended a thread's query, or None while it is open."""
    ends = [r.body for r in mock.records_in(thread) if r.act == "KNOW"]
    assert len(ends) <= 1
    return ends[0] if ends else None


def test_an_answer_is_there_at_once() -> None:
    """A query to a responder without a delay has ended when its emit returns."""
    mock = MockKernel()
    assert mock.answer_inference(answer=4) == "did:sync:system:mock"
    ask(mock)
    assert end(mock)["answer"] == 4


def test_an_answer_may_depend_on_the_call() -> None:
    """A function is given the call, and a whole body is written as it is."""
    mock = MockKernel()
    mock.answer_inference("did:sync:llm:a", answer=lambda call: call.input["goal"] + "!")
    mock.answer_inference("did:sync:llm:b", body={"answer": "2 + 2!", "confidence": 0.7}, cost_usd=0.25)
    ask(mock)
    assert (end(mock)["answer"], end(mock)["cost_actual_usd"]) == ("2 + 2!", 0.25)
    assert mock.records_by_actor("did:sync:llm:b")[0].body["confidence"] == 0.7


def test_delays_pass_on_the_clock_in_order() -> None:
    """However far the clock jumps, replies and deadlines happen at their own moments."""
    mock = MockKernel()
    mock.answer_inference("did:sync:system:late", answer="late", delay=50)
    mock.answer_inference("did:sync:system:soon", answer="soon", delay=5)
    ask(mock, side_effects={"max_latency_secs": 20})
    assert end(mock) is None
    mock.clock.advance(1000)
    assert end(mock)["answer"] == "soon"
    assert end(mock)["latency_ms"] == 20_000
    assert [r.actor for r in mock.records if r.act == "DO"] == ["did:sync:system:soon"]


def test_refusals_and_failures() -> None:
    """A refusal, a failure and an unreachable responder end a query with the codes of the daemon."""
    mock = MockKernel()
    mock.answer_inference("did:sync:system:a", decline="overbooked")
    mock.answer_inference("did:sync:system:b", fail="broken")
    mock.answer_inference("did:sync:system:c", fail="responder_unavailable")
    ask(mock, {"did": "did:sync:system:a"}, {"did": "did:sync:system:b"})
    assert end(mock)["code"] == "quorum_not_met"
    ask(mock, {"did": "did:sync:system:c"}, thread="c")
    assert end(mock, "c")["code"] == "responder_unavailable"
    ask(mock, {"did": "did:sync:system:nobody"}, thread="n")
    assert end(mock, "n")["code"] == "no_candidates"


def test_scripts_are_used_in_order() -> None:
    """What is for some calls comes first and is used up; of the rest the last one counts."""
    mock = MockKernel()
    mock.answer_inference(answer="old")
    mock.answer_inference(answer="first", times=1)
    mock.answer_inference(answer="new")
    for thread in "abc":
        ask(mock, thread=thread)
    assert [end(mock, thread)["answer"] for thread in "abc"] == ["first", "new", "new"]


def test_a_predicate_stands_for_a_responder() -> None:
    """A predicate registers a responder that it would let in."""
    mock = MockKernel()
    predicate = {"kind": "llm", "model": "~sonnet", "domain": "code", "capability": "review"}
    did = mock.answer_inference(predicate, answer=True)
    ask(mock, predicate)
    assert end(mock)["provenance"][0]["responder_did"] == did == "did:sync:llm:sonnet"


@pytest.mark.parametrize("said", [{}, {"answer": 1, "fail": "x"}, {"answer": 1, "kind": "robot"}])
def test_a_script_that_cannot_be(said: dict[str, Any]) -> None:
    """Nothing to say, two things to say, or a responder that cannot be registered is the caller's mistake."""
    with pytest.raises(UsageError):
        MockKernel().answer_inference(**said)


def test_forgetting_forgets_responders() -> None:
    """After `clear` the mock has no responders and no open queries."""
    mock = MockKernel()
    mock.answer_inference(answer=1, delay=5)
    ask(mock)
    mock.clear()
    mock.clock.advance(10)
    assert mock.count() == 0
    ask(mock)
    assert end(mock)["code"] == "no_candidates"

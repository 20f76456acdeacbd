"""A person's approval over both stores: it waits in the queue of decisions, and the query goes on with it."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.kernel.calls import answered
from syncropel.kernel.evaluation import QueryEvaluator
from syncropel.kernel.executor import Executor

from .inference_support import Hub, did, query_body
from .support import Caller, FakeTime
from .test_inference_crashes import DyingStore, Killed

RISKY = {"dial": 0.9, "side_effects": {"reversible": False}}


@pytest.fixture
def hub(ask: Caller, clock: FakeTime) -> Hub:
    """Give a kernel with an executor and one responder."""
    hub = Hub(ask, clock)
    hub.register("a")
    return hub


def waiting(hub: Hub) -> list[dict[str, Any]]:
    """Return what awaits a decision."""
    data: list[dict[str, Any]] = hub.ask.get("/v1/decisions").body["data"]
    return data


def test_a_query_waits_for_its_approval(hub: Hub) -> None:
    """The question is in the queue; a decision there wakes the query, whose call is then made."""
    told: list[str] = []
    hub.ask.kernel.on_commit(lambda commits: told.extend(query for each in commits for query in each.queries))
    query = hub.query(query_body(**RISKY))
    first = hub.advance(query)
    assert (first.pending, first.finished) == ((), False)
    assert first.wake_at == hub.clock() + 300
    (asked,) = waiting(hub)
    assert (asked["thread"], asked["options"]) == ("q", ["approve", "reject"])
    assert did("a") in asked["summary"]
    told.clear()
    decided = hub.ask.post(f"/v1/decisions/{asked['id']}/decide", {"decision": "approve"})
    assert decided.status == 200
    assert (told, waiting(hub)) == ([query], [])
    (call,) = hub.advance(query).pending
    hub.answer(call, 4)
    assert hub.advance(query).finished
    assert hub.end()["answer"] == 4
    assert hub.kinds() == [
        "infer.query.v1",
        "infer.approval.v1",
        "core.decision.v1",
        "infer.call.v1",
        "inference.answer.v1",
        "infer.result.v1",
    ]


def test_a_rejection_ends_it(hub: Hub) -> None:
    """Nobody is called, and the error has the reason."""
    query = hub.query(query_body(**RISKY))
    hub.advance(query)
    (asked,) = waiting(hub)
    said = {"decision": "reject", "reason": "not on a Friday"}
    assert hub.ask.post(f"/v1/aitl/{asked['id']}/decide", said).status == 200
    assert hub.advance(query).finished
    assert hub.end()["code"] == "responder_unavailable"
    assert hub.end()["details"]["reason"] == "not on a Friday"
    assert "infer.call.v1" not in hub.kinds()


def test_a_responder_does_not_approve_itself(hub: Hub) -> None:
    """What a query may do is not for a program to say that answers queries; a registered person may."""
    hub.register("anna", kind="actor")
    query = hub.query(query_body({"did": did("a")}, **RISKY))
    hub.advance(query)
    (asked,) = waiting(hub)
    for name, kind, open_still in (("a", "system", True), ("anna", "actor", False)):
        body = {"kind": "core.decision.v1", "decision": "approve", "fulfills": asked["id"]}
        reply = hub.ask.emit(
            act="DO", thread="q", clock=50, actor=did(name, kind), body=body, parents=[asked["id"]]
        )
        assert reply.status == 201
        assert bool(waiting(hub)) is open_still
        assert bool(hub.advance(query).pending) is not open_still


def test_the_end_of_a_query_takes_its_question_back(hub: Hub) -> None:
    """After the deadline nobody is asked any more."""
    query = hub.query(query_body(**RISKY))
    hub.advance(query)
    (asked,) = waiting(hub)
    hub.clock.now += 400
    assert hub.advance(query).finished
    assert hub.end()["code"] == "latency_timeout"
    assert waiting(hub) == []
    late = hub.ask.post(f"/v1/decisions/{asked['id']}/decide", {"decision": "approve"})
    assert late.body["code"] == "DECISION_RESOLVED"


def test_a_death_after_every_write(hub: Hub) -> None:
    """Over any number of deaths the question is asked once, and its answer counts."""
    query = hub.query(query_body(**RISKY))
    store = DyingStore(hub.ask.kernel.store)
    finished = False
    while not finished:
        executor = Executor(hub.ask.kernel, QueryEvaluator(hub.clock))
        executor._store = store  # type: ignore[assignment]
        try:
            advance = executor.advance(query)
            finished = advance.finished
            for call in advance.pending:
                executor.reply(call, answered({"answer": 4}))
            for asked in waiting(hub):
                hub.ask.post(f"/v1/decisions/{asked['id']}/decide", {"decision": "approve"})
        except Killed:
            assert store.deaths < 20
    assert store.deaths == 4
    kinds = hub.kinds()
    assert len(kinds) == len(set(kinds)) == 6
    assert hub.end()["answer"] == 4


def test_an_answer_that_awaits_a_decision_joins_the_queue(hub: Hub) -> None:
    """What the chosen response awaits, the result awaits: people find it among the decisions."""
    query = hub.query(query_body(fold={"function": "best_of"}))
    (call,) = hub.advance(query).pending
    hub.answer(call, "deploy", awaits="actor_decision")
    assert hub.advance(query).finished
    assert hub.end()["awaits"] == "actor_decision"
    (asked,) = waiting(hub)
    assert asked["id"] == hub.rows()[-1]["id"]
    assert hub.ask.post(f"/v1/decisions/{asked['id']}/decide", {"decision": "approve"}).status == 200
    assert waiting(hub) == []

"""A person's approval: asked for once per round, before any call, where effects cannot be undone."""

from __future__ import annotations

from typing import Any

import pytest

from .simulating import START, Body, Simulation, answer, candidate, query

A, B, C = "did:a", "did:b", "did:c"
IRREVERSIBLE = {"reversible": False}


def risky(**members: Any) -> Simulation:
    """Return an inference at a high dial whose effects cannot be undone."""
    body = query(**{"dial": 0.9, "side_effects": IRREVERSIBLE, **members})
    return Simulation(body, {candidate(A): answer("yes"), candidate(B): answer("yes")})


def begun(simulation: Simulation) -> Simulation:
    """Store the query, and carry it on until it waits."""
    simulation._append("did:example:asker", "INTEND", simulation.body, ())
    return carried(simulation)


def carried(simulation: Simulation) -> Simulation:
    """Carry an inference on until it waits or has ended."""
    while (decision := simulation.decide()).steps:
        simulation.take(decision)
    return simulation


def decide(simulation: Simulation, relation: str, **members: Any) -> Simulation:
    """Decide the newest question, and carry the inference on."""
    asked = questions(simulation)[-1]["id"]
    body = {"kind": "core.decision.v1", relation: asked, **members}
    simulation._append("did:example:person", "DO", body, (asked,))
    return carried(simulation)


def questions(simulation: Simulation) -> list[Body]:
    """Return the rows that ask a person."""
    return [row for row in simulation.rows if row["body"]["kind"] == "infer.approval.v1"]


def test_nobody_is_called_before_a_person_agreed() -> None:
    """The question names whom, at which dial and for how much; it is asked once, and waits."""
    simulation = begun(risky())
    (asked,) = questions(simulation)
    assert simulation.calls() == []
    body = asked["body"]
    assert (asked["act"], body["awaits"], body["options"]) == (
        "KNOW",
        "actor_decision",
        ["approve", "reject"],
    )
    assert (body["responders"], body["dial"], body["stage"]) == ([A, B], 0.9, 0)
    waiting = simulation.decide()
    assert not waiting.steps
    assert waiting.wake_at is not None
    assert waiting.wake_at > START + 290


def test_after_a_yes_the_calls_are_made() -> None:
    """The inference goes on as it would have without the question."""
    simulation = decide(begun(risky()), "fulfills", decision="approve")
    assert [row["body"]["responder_did"] for row in simulation.calls()] == [A, B]
    assert simulation.run()["answer"] == "yes"
    assert len(questions(simulation)) == 1


@pytest.mark.parametrize(
    ("relation", "said"),
    [("cancels", {"decision": "reject", "reason": "not today"}), ("fulfills", {"decision": "acknowledge"})],
)
def test_anything_else_is_no_approval(relation: str, said: dict[str, Any]) -> None:
    """A refusal ends the inference with its reason, and to have seen the question is not to agree."""
    simulation = decide(begun(risky()), relation, **said)
    final = simulation.rows[-1]["body"]
    assert (final["kind"], final["code"]) == ("infer.error.v1", "responder_unavailable")
    assert final["details"]["reason"] == said.get("reason", "")
    assert final["details"]["approval_record_id"] == questions(simulation)[0]["id"]
    assert simulation.calls() == []


def test_the_first_decision_counts() -> None:
    """A later refusal of what was approved changes nothing."""
    simulation = decide(begun(risky()), "fulfills", decision="approve")
    decide(simulation, "cancels", decision="reject")
    assert simulation.run()["answer"] == "yes"


def test_silence_ends_at_the_deadline() -> None:
    """Without a decision the query times out."""
    simulation = begun(risky())
    simulation.now = START + 400
    carried(simulation)
    assert simulation.rows[-1]["body"]["code"] == "latency_timeout"


@pytest.mark.parametrize(
    "members",
    [{"dial": 0.66}, {"side_effects": {}}, {"side_effects": {"reversible": True}, "dial": 1.0}],
)
def test_others_are_not_asked_about(members: dict[str, Any]) -> None:
    """Below 2/3, or where everything can be undone, calls are made at once."""
    simulation = begun(risky(**members))
    assert questions(simulation) == []
    assert len(simulation.calls()) == 2


def test_an_adaptive_dial_asks_when_it_creates() -> None:
    """The dial that a condition sets is the one that counts."""
    dial = {"replay_if": "False", "create_if": "True", "else": 0.5}
    assert len(questions(begun(risky(dial=dial)))) == 1
    assert questions(begun(risky(dial={**dial, "create_if": "False"}))) == []


def test_each_stage_asks_for_itself() -> None:
    """A retry at a high dial asks, the first attempt at a low one does not."""
    simulation = begun(
        risky(
            dial=0.2,
            orchestration={
                "pattern": "retry_on_low_confidence",
                "threshold_expression": "attempt < 2",
                "retry_dial": 0.9,
            },
        )
    )
    assert questions(simulation) == []
    for row in simulation.calls():
        body = {"kind": "inference.answer.v1", "answer": "?", "correlation_id": row["parents"][0]}
        simulation._append(row["body"]["responder_did"], "DO", body, (row["id"],))
    carried(simulation)
    (asked,) = questions(simulation)
    assert asked["body"]["stage"] == 1
    decide(simulation, "fulfills", decision="approve")
    assert simulation.run()["answer"] in ("?", "yes")


def test_a_pair_is_asked_about_one_by_one() -> None:
    """The primary and the verifier are called together, and only when both were approved."""
    orchestration = {"pattern": "verify", "primary": [{"did": A}], "verifier": {"did": B}}
    simulation = begun(risky(orchestration=orchestration))
    assert [each["body"]["role"] for each in questions(simulation)] == ["primary"]
    decide(simulation, "fulfills", decision="approve")
    assert [each["body"]["role"] for each in questions(simulation)] == ["primary", "verifier"]
    assert simulation.calls() == []
    decide(simulation, "fulfills", decision="approve")
    assert len(simulation.calls()) == 2
    assert simulation.run()["answer"] == "yes"


def test_only_those_that_were_approved_are_called() -> None:
    """Who was registered after the question is not called, and who is gone is missed."""
    simulation = begun(risky())
    simulation.pool = {candidate(A): answer("yes"), candidate(C): answer("no")}
    decide(simulation, "fulfills", decision="approve")
    assert [row["body"]["responder_did"] for row in simulation.calls()] == [A]
    nobody = begun(risky())
    nobody.pool = {candidate(C): answer("no")}
    decide(nobody, "fulfills", decision="approve")
    assert nobody.rows[-1]["body"]["code"] == "responder_unavailable"


@pytest.mark.parametrize("kept", range(1, 7))
def test_every_prefix_goes_on_to_the_same_thread(kept: int) -> None:
    """Whatever survived a crash, nothing is asked twice and nothing is called that was not approved."""
    whole = decide(begun(risky()), "fulfills", decision="approve")
    whole.run()
    resumed = whole.after_a_crash(kept)
    if kept < 3:
        carried(resumed)
        decide(resumed, "fulfills", decision="approve")
    resumed.run()
    assert [row["body"]["kind"] for row in resumed.rows] == [row["body"]["kind"] for row in whole.rows]

"""Every pattern, interrupted after every transaction: what is stored is enough to go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from syncropel.kernel.calls import answered
from syncropel.kernel.evaluation import QueryEvaluator
from syncropel.kernel.executor import Executor

from .inference_support import Hub, did, query_body
from .support import Caller, FakeTime

A, B, C = did("a"), did("b"), did("c")


def named(*dids: str) -> list[dict[str, str]]:
    """Return predicates for some responders."""
    return [{"did": each} for each in dids]


PATTERNS: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
    "single_shot": ("x", {A: "x", B: "x", C: "y"}, {"pattern": "single_shot"}),
    "verify": (
        "third",
        {A: "first", B: {"another": [1]}, C: "third"},
        {"pattern": "verify", "primary": named(A), "verifier": {"did": B}, "tiebreaker": {"did": C}},
    ),
    "waterfall": (
        "good",
        {A: "bad", B: "worse", C: "good"},
        {
            "pattern": "waterfall",
            "stages": [{"responders": named(each)} for each in (A, B, C)],
            "accept_expression": "fold.answer == 'good'",
        },
    ),
    "retry_on_low_confidence": (
        "x",
        {A: "x", B: "x", C: "x"},
        {"pattern": "retry_on_low_confidence", "threshold_expression": "attempt < 3", "max_attempts": 5},
    ),
    "escalate": (
        "high",
        {A: "low", B: "middle", C: "high"},
        {
            "pattern": "escalate",
            "tiers": [{"responders": named(each)} for each in (A, B, C)],
            "escalation_expression": "fold.answer != 'high'",
        },
    ),
    "ensemble_with_audit": (
        "x",
        {A: "x", B: "x", C: {"approved": True}},
        {"pattern": "ensemble_with_audit", "primary_responders": named(A, B), "auditor": {"did": C}},
    ),
}


class Killed(BaseException):
    """The process died: nobody who was waiting for the write learns that it is durable."""


class DyingStore:
    """A store whose process dies right after each write."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.deaths = 0

    def read(self, work: Callable[[Any], Any]) -> Any:
        """Read as the store does."""
        return self._store.read(work)

    def write(self, work: Callable[[Any], Any]) -> Any:
        """Write durably, and die."""
        self._store.write(work)
        self.deaths += 1
        raise Killed


def carry_on(hub: Hub, store: DyingStore, query: str, answers: dict[str, Any]) -> bool:
    """Live one life: a new executor carries the query on until the process dies or the query has ended."""
    executor = Executor(hub.ask.kernel, QueryEvaluator(hub.clock))
    executor._store = store  # type: ignore[assignment]
    try:
        while not (advance := executor.advance(query)).finished:
            for call in advance.pending:
                executor.reply(call, answered({"answer": answers[call.responder.did]}))
    except Killed:
        return False
    return True


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_death_after_every_write(ask: Caller, clock: FakeTime, pattern: str) -> None:
    """One end, each responder called once per stage, one reply to each call, however often it dies."""
    expected, answers, orchestration = PATTERNS[pattern]
    hub = Hub(ask, clock)
    hub.register("a", "b", "c")
    query = hub.query(query_body(*named(A, B, C), orchestration=orchestration))
    store = DyingStore(ask.kernel.store)
    while not carry_on(hub, store, query, answers):
        assert store.deaths < 100
    rows = hub.rows()
    writes = len({(row["act"], row["body"].get("stage"), row["actor"]) for row in rows}) - 1
    assert store.deaths >= min(writes, 4)
    ends = [row["body"] for row in rows if row["act"] == "KNOW"]
    assert [(end["kind"], end.get("answer")) for end in ends] == [("infer.result.v1", expected)]
    calls = [row for row in rows if row["act"] == "CALL"]
    places = Counter((row["body"]["responder_did"], row["body"]["stage"]) for row in calls)
    assert set(places.values()) == {1}
    replies = Counter(row["parents"][0] for row in rows if row["act"] == "DO")
    assert replies == Counter({row["id"]: 1 for row in calls})
    states = Counter(row["body"]["stage"] for row in rows if row["act"] == "LEARN")
    assert set(states.values()) <= {1}

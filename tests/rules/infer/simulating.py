"""A small deterministic world for the planner: a thread, responders with scripts, and a clock that jumps."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from syncropel.rules.canonical import canonical_json
from syncropel.rules.hashing import record_id
from syncropel.rules.infer.plan import ENGINE_DID, Candidate, Decision, World, decide_records

from .evaluating import PythonEvaluator

if TYPE_CHECKING:
    from typing import TypeAlias

START = 1_700_000_000.25
THREAD = "th_simulated"
SHAPE = "inference.answer.v1"

Body = dict[str, Any]


@dataclass(frozen=True)
class Act:
    """One thing that a responder does after a call: a body, so many seconds after it."""

    after: float
    body: Body


def answer(value: Any, after: float = 1.0, **more: Any) -> list[Act]:
    """Answer with a value."""
    return [Act(after, {"kind": SHAPE, "answer": value, **more})]


def decline(reason: str = "overbooked", after: float = 1.0, **more: Any) -> list[Act]:
    """Refuse."""
    return [Act(after, {"kind": "infer.decline.v1", "reason": reason, **more})]


def fail(code: str = "answer_invalid", after: float = 1.0, **more: Any) -> list[Act]:
    """Fail with a code."""
    return [Act(after, {"kind": "infer.failure.v1", "error": {"code": code, "message": "no"}, **more})]


def accept(eta: float, then: Sequence[Act], after: float = 0.5) -> list[Act]:
    """Ask for time, then act."""
    return [Act(after, {"kind": "infer.accept.v1", "eta_seconds": eta}), *then]


SILENCE: list[Act] = []

Script: TypeAlias = "list[Act] | Callable[[Body], list[Act]]"


def query(**members: Any) -> Body:
    """Return the body of a query, with a consensus of any responders unless told otherwise."""
    return {
        "kind": "infer.query.v1",
        "input": {"inline": {"goal": "g"}},
        "answer_shape": {"kind": SHAPE},
        "responders": [{"kind": "any"}],
        "fold": {"function": "consensus"},
        **members,
    }


def candidate(did: str, kind: str = "llm", **members: Any) -> Candidate:
    """Return a candidate that nothing speaks against."""
    return Candidate(did=did, kind=kind, **{"trust": 0.8, **members})


@dataclass
class Simulation:
    """One query from its INTEND to its last KNOW.

    Attributes:
        body: The query's body.
        pool: The candidates, each with what its responder does when it is called.
        rows: The rows of the thread.
        times: The exact time of each row; stores keep whole seconds only.
        now: The time.
    """

    body: Body
    pool: Mapping[Candidate, Script]
    world: World | None = None
    evaluator: PythonEvaluator = field(default_factory=PythonEvaluator)
    rows: list[Body] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    now: float = START

    def run(self, limit: int = 1000) -> Body:
        """Play until the last record is there; return its body."""
        if not self.rows:
            self._append("did:example:asker", "INTEND", self.body, ())
        for _ in range(limit):
            decision = self.decide()
            if decision.steps:
                self.take(decision)
            elif decision.finished:
                final: Body = self.rows[-1]["body"]
                return final
            else:
                self._wait(decision.wake_at)
        raise AssertionError("the planner does not come to an end")

    def decide(self) -> Decision:
        """Ask the planner."""
        return decide_records(self.rows[0], self.rows, list(self.pool), self.now, self.evaluator, self.world)

    def take(self, decision: Decision) -> None:
        """Append the records that the planner asks for."""
        for step in decision.steps:
            self._append(ENGINE_DID, step.act, step.body, step.parents)

    def calls(self) -> list[Body]:
        """Return the rows of the CALLs."""
        return [row for row in self.rows if row["act"] == "CALL"]

    def states(self) -> list[Body]:
        """Return the bodies of the state records."""
        return [row["body"] for row in self.rows if row["act"] == "LEARN"]

    def after_a_crash(self, kept: int, late: float = 0.0) -> Simulation:
        """Return a simulation of the first rows alone, so many seconds after the last of them."""
        return Simulation(
            self.body,
            self.pool,
            self.world,
            self.evaluator,
            list(self.rows[:kept]),
            list(self.times[:kept]),
            self.times[kept - 1] + late,
        )

    def _wait(self, wake_at: float | None) -> None:
        """Jump to the next reply or to the moment at which the planner wants to be asked again."""
        due = self._due()
        if due and (wake_at is None or due[0][0] <= wake_at):
            at, _, did, call_id, body = heapq.heappop(due)
            self.now = max(self.now, at)
            self._append(did, "DO", {"correlation_id": self.rows[0]["id"], **body}, (call_id,))
        elif wake_at is not None:
            assert wake_at > self.now, "the planner wants to be woken in the past"
            self.now = wake_at
        else:
            raise AssertionError("the planner waits for nothing")

    def _due(self) -> list[tuple[float, int, str, str, Body]]:
        """Return what responders have still to do, from the calls on the thread."""
        due: list[tuple[float, int, str, str, Body]] = []
        scripts = {each.did: script for each, script in self.pool.items()}
        for row, at in zip(self.rows, self.times, strict=True):
            if row["act"] != "CALL":
                continue
            script = scripts[row["body"]["responder_did"]]
            acts = script(row["body"]) if callable(script) else script
            done = sum(each["act"] == "DO" and row["id"] in each["parents"] for each in self.rows)
            due.extend(
                (at + act.after, len(due), row["body"]["responder_did"], row["id"], act.body)
                for act in acts[done:]
            )
        heapq.heapify(due)
        return due

    def _append(self, actor: str, act: str, body: Body, parents: Sequence[str]) -> None:
        row: Body = {
            "act": act,
            "actor": actor,
            # As a store gives it back: whole floats have become integers.
            "body": json.loads(canonical_json(body)),
            "clock": len(self.rows) + 1,
            "data_type": "SCALAR",
            "parents": sorted(parents),
            "thread": THREAD,
        }
        row["id"] = record_id(row)
        row["created_at"] = int(self.now)
        self.rows.append(row)
        self.times.append(self.now)


def simulate(body: Body, pool: Mapping[Candidate, Script], **more: Any) -> tuple[Body, Simulation]:
    """Play one query to its end; return the last record's body and the simulation."""
    simulation = Simulation(body, pool, **more)
    return simulation.run(), simulation

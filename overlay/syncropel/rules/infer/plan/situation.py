"""Everything that one decision depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...schemas import SchemaRegistry
from ..candidate import Candidate
from ..expressions import Evaluator, ExpressionError
from ..query import Query
from ..vocabulary import ERROR_KIND
from .progress import Progress
from .steps import Decision, EmitError, EmitState, Problem

READY = "ready"
WAITING = "waiting"
UNUSABLE = "unusable"


@dataclass(frozen=True)
class QueryInput:
    """The question itself, once `record_id` and `ref` are looked up.

    Attributes:
        state: `ready`; `waiting` while a nested query has no answer yet; `unusable` when there never will be
            one.
        value: The question, when it is ready.
        reason: Why it is unusable: a record that is not there, nesting beyond the limit, a loop.
    """

    state: str = READY
    value: Any = None
    reason: str = ""


@dataclass(frozen=True)
class World:
    """What the planner is told about its surroundings.

    Attributes:
        input: The question; None to call with the query's own `input` (its inline value where it has one).
        max_cost_usd: The namespace's cap on the cost of one query; None for no cap.
        registry: The schemas for `answer_shape.schema_ref`; None for those of this process.
    """

    input: QueryInput | None = None
    max_cost_usd: float | None = None
    registry: SchemaRegistry | None = None


@dataclass(frozen=True)
class Situation:
    """One decision's whole input: the query, its records so far, who could answer, and the time."""

    query: Query
    progress: Progress
    candidates: Sequence[Candidate]
    now: float
    evaluator: Evaluator
    world: World = field(default_factory=World)

    @property
    def question(self) -> QueryInput:
        """The question to ask."""
        if self.world.input is not None:
            return self.world.input
        return QueryInput(value=self.query.input.get("inline", dict(self.query.input)))

    @property
    def cap_usd(self) -> float | None:
        """The most that this query may cost: the lower of its own limit and the namespace's."""
        caps = [self.query.side_effects.max_cost_usd, self.world.max_cost_usd]
        given = [cap for cap in caps if cap is not None]
        return min(given) if given else None

    @property
    def allowed_secs(self) -> float | None:
        """The query's `max_latency_secs`, or None when it has none."""
        return self.query.side_effects.max_latency_secs

    @property
    def deadline(self) -> float:
        """Unix time after which no further stage begins."""
        return self.progress.deadline(self.allowed_secs, self.now)

    def first_open_stage(self, count: int) -> int:
        """Return the first of `count` stages whose state is not recorded, or the last one."""
        open_stages = (stage for stage in range(count) if stage not in self.progress.states)
        return next(open_stages, count - 1)

    def fail(self, problem: Problem) -> Decision:
        """Return the decision that ends the inference without an answer."""
        arrived = self.progress.responses()
        body = {
            "kind": ERROR_KIND,
            "correlation_id": self.progress.query_id,
            "fulfills": self.progress.query_id,
            "code": problem.code,
            "message": problem.message,
            "details": problem.details,
            "partial_responses": [each.id for each in arrived],
            "cost_charged_but_failed_usd": self.progress.spent_usd(),
            "metadata": dict(self.query.metadata),
        }
        parents = (self.progress.query_id, *(each.id for each in arrived))
        return Decision((EmitError("KNOW", body, parents),), finished=True)

    def remember(self, pattern: str, stage: int, **known: Any) -> Decision:
        """Return the decision that keeps the state of a stage."""
        body = {
            "kind": f"infer.orchestration.{pattern}.state.v1",
            "correlation_id": self.progress.query_id,
            "stage": stage,
            **known,
        }
        parents = tuple(call.reply.record_id for call in self.progress.stage(stage) if call.reply is not None)
        return Decision((EmitState("LEARN", body, (self.progress.query_id, *parents)),))


def expression_problem(code: str, error: ExpressionError, path: str | None = None) -> Problem:
    """Return the failure that an expression causes, with its text and the position of the fault."""
    details: dict[str, Any] = {
        "expression": error.expression,
        "position": error.position,
        "reason": error.reason,
    }
    if path is not None:
        details["path"] = path
    return Problem(code, str(error) if path is None else f"{path}: {error}", details)

"""What the planner asks for: records to append, and when to ask again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ENGINE_DID = "did:sync:system:engine"
"""The author of every record that the planner asks for."""

CODES = (
    "invalid_query",
    "no_candidates",
    "no_relevant_candidates",
    "cost_budget_exceeded",
    "responder_unavailable",
    "latency_timeout",
    "quorum_not_met",
    "fold_failed",
    "answer_shape_mismatch",
    "obligation_conflict",
)
"""The ten ways in which an inference fails, in the order of the pipeline's steps."""


@dataclass(frozen=True)
class Step:
    """One record for the engine to append to the query's thread.

    Attributes:
        act: The record's act.
        body: The record's body; the same situation always gives the same body.
        parents: Ids of the records that it follows from.
    """

    act: str
    body: dict[str, Any]
    parents: tuple[str, ...]


@dataclass(frozen=True)
class EmitCall(Step):
    """A CALL of one responder (`infer.call.v1`); the record's id is what the reply names as its parent."""

    @property
    def responder_did(self) -> str:
        """The DID of the responder to call."""
        return str(self.body["responder_did"])


@dataclass(frozen=True)
class EmitApproval(Step):
    """A KNOW that asks a person whether calls may be made (`infer.approval.v1`)."""


@dataclass(frozen=True)
class EmitState(Step):
    """A LEARN that keeps where a pattern stands (`infer.orchestration.<pattern>.state.v1`)."""


@dataclass(frozen=True)
class EmitResult(Step):
    """The KNOW that ends an inference with an answer (`infer.result.v1`)."""


@dataclass(frozen=True)
class EmitError(Step):
    """The KNOW that ends an inference without one (`infer.error.v1`)."""

    @property
    def code(self) -> str:
        """Which of `CODES` it is."""
        return str(self.body["code"])


@dataclass(frozen=True)
class Problem:
    """Why a round, or the whole inference, comes to no answer.

    Attributes:
        code: One of `CODES`.
        message: The failure, for people.
        details: What else is known.
    """

    code: str
    message: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Decision:
    """What to do now.

    Attributes:
        steps: Records to append, in order, in one transaction; then fold the progress again and decide again,
            until there are none.
        wake_at: Unix time at which to decide again even if no record arrives, or None.
        finished: True when the last record of the inference is among the steps, or is there already.
    """

    steps: tuple[Step, ...] = ()
    wake_at: float | None = None
    finished: bool = False

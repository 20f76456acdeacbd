# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

from __future__ import annotations

from enum import Enum


class InferErrorV1Code(str, Enum):
    """An open enumeration: a value that is not listed becomes a member of its own, equal to its text"""

    ANSWER_SHAPE_MISMATCH = "answer_shape_mismatch"
    COST_BUDGET_EXCEEDED = "cost_budget_exceeded"
    FOLD_FAILED = "fold_failed"
    INVALID_QUERY = "invalid_query"
    LATENCY_TIMEOUT = "latency_timeout"
    NO_CANDIDATES = "no_candidates"
    NO_RELEVANT_CANDIDATES = "no_relevant_candidates"
    OBLIGATION_CONFLICT = "obligation_conflict"
    QUORUM_NOT_MET = "quorum_not_met"
    RESPONDER_UNAVAILABLE = "responder_unavailable"

    @classmethod
    def _missing_(cls, value: object) -> InferErrorV1Code | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    def __str__(self) -> str:
        return str(self.value)

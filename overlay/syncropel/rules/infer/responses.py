"""A response: one valid DO record of a responder, with what is known about the responder."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..canonical import canonical_json

_ENVELOPE = frozenset(
    {
        "kind",
        "_v",
        "correlation_id",
        "fulfills",
        "cancels",
        "awaits",
        "confidence",
        "rationale",
        "cost_usd",
        "match_level",
        "namespace",
    }
)


def answer_of(body: Mapping[str, Any]) -> Any:
    """Return the answer in a responder's body, which is what folds compare.

    It is the member `answer` where there is one, else the body without what only describes it: its kind and
    version, its namespace, correlation, obligations, confidence, rationale and cost, and every member whose
    name begins with an underscore. (The sources contradict each other about two bodies that differ in
    `confidence` alone; under this rule they agree.)
    """
    if "answer" in body:
        return body["answer"]
    return {name: value for name, value in body.items() if not (name in _ENVELOPE or name.startswith("_"))}


def confidence_of(body: Mapping[str, Any], default: float) -> float:
    """Return the confidence that a body states (`confidence` or `_confidence`), or the default."""
    for name in ("confidence", "_confidence"):
        value = body.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return default


@dataclass(frozen=True)
class Response:
    """One valid response.

    Attributes:
        id: The id of the DO record.
        clock: Its clock.
        actor: The DID of the responder.
        trust: The responder's trust when it was called, 0 to 1.
        body: The body of the record.
        recency: Factor of the default weight, 0 to 1.
        pattern_confidence: Factor of the default weight, 0 to 1.
        cost_usd: What the call cost, in US dollars.
        match_level: How exactly earlier work matched, or None.
    """

    id: str
    clock: int
    actor: str
    trust: float
    body: Mapping[str, Any] = field(hash=False)
    recency: float = 1.0
    pattern_confidence: float = 1.0
    cost_usd: float = 0.0
    match_level: str | None = None

    @cached_property
    def answer(self) -> Any:
        """The answer, as `answer_of` finds it."""
        return answer_of(self.body)

    @cached_property
    def key(self) -> str:
        """The canonical JSON of the answer: equal keys are equal answers."""
        return canonical_json(self.answer)

    def view(self) -> dict[str, Any]:
        """Return what an expression sees as `response`."""
        return {
            "id": self.id,
            "clock": self.clock,
            "actor": self.actor,
            "trust": float(self.trust),
            "recency": float(self.recency),
            "pattern_confidence": float(self.pattern_confidence),
            "confidence": confidence_of(self.body, 0.0),
            "cost_usd": float(self.cost_usd),
            "match_level": self.match_level,
            "answer": self.answer,
            "body": dict(self.body),
        }


def canonical_order(responses: Iterable[Response]) -> list[Response]:
    """Return the responses by clock, then by id: the order in which every fold sees them."""
    return sorted(responses, key=lambda each: (each.clock, each.id))

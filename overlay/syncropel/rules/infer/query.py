"""The query of an inference, checked and with every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import UsageError, ValidationError
from ..schemas import SchemaRegistry, default_registry
from .folds import Fold
from .orchestration import InvalidQuery, Orchestration
from .relevance import Predicate, Relevance
from .vocabulary import QUERY_KIND

__all__ = [
    "AnswerShape",
    "InvalidQuery",
    "MAX_SECONDS",
    "Query",
    "SideEffects",
]

MAX_SECONDS = 10 * 366 * 86400.0
"""No deadline lies further away than ten years, so that every time stays an ordinary number."""


@dataclass(frozen=True)
class AnswerShape:
    """What an answer must look like.

    Attributes:
        kind: The kind of the answer's body.
        required_fields: Dotted paths that must lead somewhere.
        schema_ref: A kind whose schema the answer must fit, or None.
    """

    kind: str
    required_fields: tuple[str, ...] = ()
    schema_ref: str | None = None

    def to_value(self) -> dict[str, Any]:
        """Return it as the JSON object that a CALL carries."""
        value: dict[str, Any] = {"kind": self.kind}
        if self.required_fields:
            value["required_fields"] = list(self.required_fields)
        if self.schema_ref is not None:
            value["schema_ref"] = self.schema_ref
        return value


@dataclass(frozen=True)
class SideEffects:
    """What an inference may do and cost.

    Attributes:
        max_cost_usd: The most that all calls together may cost; None for the namespace's cap.
        max_latency_secs: How long it may take; None for the default of the responders' kinds.
        obligation_resolution: What holds when answers contradict each other about obligations.
        reversible: Whether everything it does can be undone.
        idempotent: Whether doing it twice is like doing it once.
    """

    max_cost_usd: float | None = None
    max_latency_secs: float | None = None
    obligation_resolution: str = "last_writer_wins"
    reversible: bool = True
    idempotent: bool = True


@dataclass(frozen=True)
class Query:
    """One query.

    Attributes:
        input: Exactly one of `inline`, `record_id` and `ref`.
        answer_shape: What the answer must look like.
        responders: Who may answer.
        fold: How several answers become one.
        orchestration: The course of the inference.
        dial: A number from 0 to 1, or the three members of an adaptive dial.
        relevance: How candidates are chosen.
        side_effects: What it may do and cost.
        metadata: Carried into the answer untouched.
    """

    input: Mapping[str, Any]
    answer_shape: AnswerShape
    responders: tuple[Predicate, ...]
    fold: Fold
    orchestration: Orchestration = field(default_factory=Orchestration)
    dial: float | Mapping[str, Any] = 0.5
    relevance: Relevance = field(default_factory=Relevance)
    side_effects: SideEffects = field(default_factory=SideEffects)
    metadata: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def from_body(body: Any, *, registry: SchemaRegistry | None = None) -> Query:
        """Check the body of an INTEND and fill in the defaults.

        Raises:
            InvalidQuery: It is no query that can be carried out; the path names the first fault.
        """
        _judge(body, registry or default_registry())
        responders = tuple(Predicate.from_value(each) for each in body["responders"])
        orchestration = body.get("orchestration", {"pattern": "single_shot"})
        shape = body["answer_shape"]
        return Query(
            input=body["input"],
            answer_shape=AnswerShape(
                shape["kind"], tuple(shape.get("required_fields", ())), shape.get("schema_ref")
            ),
            responders=responders,
            fold=Fold(**_known(Fold, body["fold"])),
            orchestration=Orchestration.from_value(orchestration, responders),
            dial=body.get("dial", 0.5),
            relevance=Relevance(**_known(Relevance, body.get("relevance", {}))),
            side_effects=_side_effects(body.get("side_effects", {})),
            metadata=body.get("metadata", {}),
        )

    def predicates(self) -> dict[str, Predicate]:
        """Return every predicate of the query by its JSON path."""
        found = {f"$.responders[{i}]": each for i, each in enumerate(self.responders)}
        found.update(self.orchestration.predicates())
        return found


def _judge(body: Any, registry: SchemaRegistry) -> None:
    if not isinstance(body, dict):
        raise InvalidQuery("$", f"a query is a JSON object, not {type(body).__name__}")
    if body.get("kind") != QUERY_KIND:
        raise InvalidQuery("$.kind", f"must be {QUERY_KIND!r}")
    try:
        registry.validate(QUERY_KIND, body)
    except ValidationError as error:
        first = error.violations[0]
        raise InvalidQuery(first.path, first.message) from error
    except UsageError as error:
        raise InvalidQuery("$", str(error)) from error


def _known(cls: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in value.items() if name in cls.__dataclass_fields__}


def _side_effects(value: Mapping[str, Any]) -> SideEffects:
    known = _known(SideEffects, value)
    if "max_latency_secs" in known:
        known["max_latency_secs"] = min(float(known["max_latency_secs"]), MAX_SECONDS)
    return SideEffects(**known)

"""The six courses that an inference can take, checked and with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import UsageError
from .relevance import Predicate

Predicates = tuple[Predicate, ...]

PATTERNS = (
    "single_shot",
    "verify",
    "waterfall",
    "retry_on_low_confidence",
    "escalate",
    "ensemble_with_audit",
)
DEFAULT_AGREEMENT = 0.85
DEFAULT_ATTEMPTS = 3
MAX_ATTEMPTS = 100
"""More attempts or stages than this are refused: each one is a round of calls."""


class InvalidQuery(UsageError):
    """A query that cannot be carried out.

    Attributes:
        path: JSON path of the fault in the query's body.
        reason: What is wrong there, for people.
        details: What else is known: the expression and the position of a fault inside one.
    """

    def __init__(self, path: str, reason: str, details: Mapping[str, Any] | None = None) -> None:
        self.path = path
        self.reason = reason
        self.details = dict(details or {})
        super().__init__(f"{path}: {reason}")


@dataclass(frozen=True)
class Orchestration:
    """The course of an inference; members that the pattern does not use stay as they are.

    Attributes:
        pattern: One of `PATTERNS`.
        stages: Who may answer, stage by stage: one stage for `single_shot`, `verify` (the primary), retry and
            audit; one per stage of a waterfall and per tier of an escalation.
        verifier: For `verify`: who answers beside the primary.
        tiebreaker: For `verify`: who decides when the two differ; None for nobody.
        agreement_threshold: For `verify`: a number, or an expression.
        condition: The pattern's own expression (`accept_expression`, `threshold_expression`,
            `escalation_expression`, `audit_expression`), or None for the default.
        max_attempts: For `retry_on_low_confidence`.
        retry_dial: For `retry_on_low_confidence`: the dial from the second attempt on; None for the query's.
        auditor: For `ensemble_with_audit`.
    """

    pattern: str = "single_shot"
    stages: tuple[Predicates, ...] = ()
    verifier: Predicate | None = None
    tiebreaker: Predicate | None = None
    agreement_threshold: float | str = DEFAULT_AGREEMENT
    condition: str | None = None
    max_attempts: int = DEFAULT_ATTEMPTS
    retry_dial: float | Mapping[str, Any] | None = None
    auditor: Predicate | None = None

    @staticmethod
    def from_value(value: Mapping[str, Any], responders: Predicates) -> Orchestration:
        """Build it from its JSON object, which fits the contract's schema.

        Args:
            value: The member `orchestration` of a query.
            responders: The query's own predicates, used where the pattern names nobody else.

        Raises:
            InvalidQuery: The pattern misses a member that it cannot do without, or asks for too many rounds.
        """
        pattern = value["pattern"]
        if pattern == "verify":
            return _verify(value, responders)
        if pattern in ("waterfall", "escalate"):
            return _cascade(value)
        if pattern == "retry_on_low_confidence":
            attempts = int(value.get("max_attempts", DEFAULT_ATTEMPTS))
            _limited("$.orchestration.max_attempts", attempts)
            return Orchestration(
                pattern,
                (responders,),
                condition=value.get("threshold_expression"),
                max_attempts=attempts,
                retry_dial=value.get("retry_dial"),
            )
        if pattern == "ensemble_with_audit":
            return Orchestration(
                pattern,
                (_predicates(value.get("primary_responders")) or responders,),
                auditor=_needed(value, "auditor"),
                condition=value.get("audit_expression"),
            )
        return Orchestration(pattern, (responders,))

    def predicates(self) -> dict[str, Predicate]:
        """Return the predicates that are the pattern's own, by JSON path."""
        found: dict[str, Predicate] = {}
        for name in ("verifier", "tiebreaker", "auditor"):
            predicate = getattr(self, name)
            if predicate is not None:
                found[f"$.orchestration.{name}"] = predicate
        path = {
            "verify": "$.orchestration.primary",
            "ensemble_with_audit": "$.orchestration.primary_responders",
            "waterfall": "$.orchestration.stages[{}].responders",
            "escalate": "$.orchestration.tiers[{}].responders",
        }.get(self.pattern)
        if path is not None:
            for stage, predicates in enumerate(self.stages):
                found.update({f"{path.format(stage)}[{i}]": each for i, each in enumerate(predicates)})
        return found


def _verify(value: Mapping[str, Any], responders: Predicates) -> Orchestration:
    tiebreaker = value.get("tiebreaker")
    return Orchestration(
        "verify",
        (_predicates(value.get("primary")) or responders,),
        verifier=_needed(value, "verifier"),
        tiebreaker=None if tiebreaker is None else Predicate.from_value(tiebreaker),
        agreement_threshold=value.get("agreement_threshold", DEFAULT_AGREEMENT),
    )


def _cascade(value: Mapping[str, Any]) -> Orchestration:
    pattern = value["pattern"]
    name, condition = {
        "waterfall": ("stages", "accept_expression"),
        "escalate": ("tiers", "escalation_expression"),
    }[pattern]
    if not value.get(name):
        raise InvalidQuery(f"$.orchestration.{name}", f"the pattern {pattern!r} needs it")
    _limited(f"$.orchestration.{name}", len(value[name]))
    stages = tuple(_predicates(stage["responders"]) for stage in value[name])
    return Orchestration(pattern, stages, condition=value.get(condition))


def _limited(path: str, count: int) -> None:
    if count > MAX_ATTEMPTS:
        raise InvalidQuery(path, f"at most {MAX_ATTEMPTS} rounds, not {count}")


def _predicates(values: Any) -> Predicates:
    return tuple(Predicate.from_value(each) for each in values or ())


def _needed(value: Mapping[str, Any], name: str) -> Predicate:
    if name not in value:
        raise InvalidQuery(f"$.orchestration.{name}", f"the pattern {value['pattern']!r} needs it")
    return Predicate.from_value(value[name])

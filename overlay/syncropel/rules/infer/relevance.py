"""Who is asked: hard predicates first, then a score, a threshold and the best `top_k`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .candidate import Candidate
from .expressions import Evaluator, truth

TRUST_FLOOR = 0.05
"""No weight and no score counts a trust below this, so that newcomers can begin."""

LEVELS = ("L0", "L1", "L2", "L3")
"""Match levels from exact to the same intent."""

PREDICATE_NAMES = frozenset({"candidate"})
"""The variables of a predicate's expression."""


def score(trust: float, pattern_match: float, recency: float, semantic_sim: float) -> float:
    """Return the heuristic relevance of a candidate; every input is between 0 and 1."""
    return 0.35 * max(trust, TRUST_FLOOR) + 0.25 * pattern_match + 0.15 * recency + 0.25 * semantic_sim


@dataclass(frozen=True)
class Relevance:
    """How candidates are chosen.

    Attributes:
        threshold: The least score.
        top_k: How many stay.
        model: `heuristic` or `current`; both stand for the one score there is.
    """

    threshold: float = 0.5
    top_k: int = 3
    model: str = "current"


@dataclass(frozen=True)
class Predicate:
    """Who may answer: every member that is not None must hold (the entries of a list are alternatives)."""

    kind: str | None = None
    model: str | None = None
    did: str | None = None
    domain: str | None = None
    capability: str | None = None
    trust_gte: float | None = None
    trust_lt: float | None = None
    budget_usd: float | None = None
    latency_secs: float | None = None
    match_level_gte: str | None = None
    age_days_lt: float | None = None
    available: bool | None = None
    expression: str | None = None

    @staticmethod
    def from_value(value: Mapping[str, Any]) -> Predicate:
        """Build a predicate from its JSON object; members that no rule knows are passed over."""
        known = Predicate.__dataclass_fields__
        return Predicate(**{name: member for name, member in value.items() if name in known})

    def matches(self, candidate: Candidate, evaluator: Evaluator) -> bool:
        """Tell whether a candidate may answer.

        Raises:
            ExpressionError: The expression has no truth value for this candidate.
        """
        if not all(self._conditions(candidate)):
            return False
        if self.expression is None:
            return True
        return truth(evaluator, self.expression, {"candidate": candidate.view(self.domain)})

    def _conditions(self, candidate: Candidate) -> Iterable[bool]:
        trust = candidate.trust_in(self.domain)
        yield self.kind in (None, "any", candidate.kind)
        yield self.did in (None, candidate.did)
        yield self.model is None or _model_fits(self.model, candidate.model)
        yield self.domain is None or not candidate.domains or self.domain in candidate.domains
        yield self.capability is None or self.capability in candidate.capabilities
        yield self.trust_gte is None or trust >= self.trust_gte
        yield self.trust_lt is None or trust < self.trust_lt
        yield self.budget_usd is None or candidate.cost_estimate_usd <= self.budget_usd
        yield self.latency_secs is None or candidate.delay_s <= self.latency_secs
        yield self.match_level_gte is None or level_at_least(candidate.match_level, self.match_level_gte)
        yield self.age_days_lt is None or (
            candidate.age_days is not None and candidate.age_days < self.age_days_lt
        )
        yield self.available in (None, candidate.available)


def _model_fits(wanted: str, model: str) -> bool:
    if not wanted.startswith("~"):
        return wanted == model
    family = re.escape(wanted[1:].casefold())
    return re.search(rf"(?<![a-z0-9]){family}(?![a-z0-9])", model.casefold()) is not None


def level_at_least(level: str | None, wanted: str) -> bool:
    """Tell whether a match is at least as exact as wanted; `L0` is the most exact, None is no match."""
    return level in LEVELS and LEVELS.index(level) <= LEVELS.index(wanted)


@dataclass(frozen=True)
class Chosen:
    """A candidate that passed the predicates.

    Attributes:
        candidate: The candidate.
        trust: Its trust in the domain of the predicate that let it in.
        score: Its relevance.
    """

    candidate: Candidate
    trust: float
    score: float


def admitted(
    candidates: Iterable[Candidate], predicates: Sequence[Predicate], evaluator: Evaluator
) -> list[Chosen]:
    """Return the candidates that at least one predicate lets in, each once, in order of their DIDs.

    Raises:
        ExpressionError: A predicate's expression has no truth value for a candidate.
    """
    found: dict[str, Chosen] = {}
    for candidate in sorted(candidates, key=lambda each: each.did):
        for predicate in predicates:
            if candidate.did not in found and predicate.matches(candidate, evaluator):
                trust = candidate.trust_in(predicate.domain)
                found[candidate.did] = Chosen(candidate, trust, _score_of(candidate, trust))
    return list(found.values())


def _score_of(candidate: Candidate, trust: float) -> float:
    return score(trust, candidate.pattern_match, candidate.recency, candidate.semantic_sim)


def select(chosen: Iterable[Chosen], relevance: Relevance) -> list[Chosen]:
    """Return the candidates at or over the threshold, the best `top_k` of them, best first.

    Equal scores are ordered by trust, then price, then DID, so that a choice can be repeated.
    """
    fit = [each for each in chosen if each.score >= relevance.threshold]
    fit.sort(
        key=lambda each: (-each.score, -each.trust, each.candidate.cost_estimate_usd, each.candidate.did)
    )
    return fit[: relevance.top_k]

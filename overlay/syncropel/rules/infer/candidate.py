"""A candidate: one registered responder as the planner sees it at the moment of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_LATENCY_SECS: dict[str, float] = {
    "pattern": 10.0,
    "system": 60.0,
    "llm": 300.0,
    "actor": 7 * 86400.0,
}
"""How long a responder of each kind may take when the query does not say."""

QUERY_LATENCY_SECS = 300.0
"""How long a query may take when it does not say and calls no actor."""


@dataclass(frozen=True)
class Candidate:
    """One responder that could be called.

    A feature of relevance that is not known stays 1.0: what nobody measured is not held against anyone.

    Attributes:
        did: Its DID.
        kind: `actor`, `llm`, `pattern` or `system`.
        model: The model's name; empty when it has none.
        capabilities: What it can do; a predicate's `capability` must be among them.
        domains: The domains it serves; none for all.
        cost_estimate_usd: What a call of this query's input is expected to cost, in US dollars.
        delay_s: How long it typically takes, in seconds.
        available: Whether it can be called now.
        trust: Its trust over all domains, 0 to 1.
        trust_by_domain: Its trust by domain.
        match_level: For pattern responders the exactness of the best match, `L0` to `L3`; None for others.
        age_days: Age of what it knows (the matched answer, the registration), in days; None when unknown.
        pattern_match: Feature of relevance, 0 to 1.
        recency: Feature of relevance and factor of the default weight, 0 to 1.
        semantic_sim: Feature of relevance, 0 to 1.
        pattern_confidence: Factor of the default weight, 0 to 1.
        extra: Whatever else predicates' expressions may ask about it.
    """

    did: str
    kind: str
    model: str = ""
    capabilities: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    cost_estimate_usd: float = 0.0
    delay_s: float = 0.0
    available: bool = True
    trust: float = 0.0
    trust_by_domain: Mapping[str, float] = field(default_factory=dict, hash=False)
    match_level: str | None = None
    age_days: float | None = None
    pattern_match: float = 1.0
    recency: float = 1.0
    semantic_sim: float = 1.0
    pattern_confidence: float = 1.0
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def trust_in(self, domain: str | None) -> float:
        """Return its trust in a domain, or over all domains for None; 0 where nobody judged it."""
        return self.trust if domain is None else self.trust_by_domain.get(domain, 0.0)

    def latency_secs(self, allowed: float | None) -> float:
        """Return how long a query may wait for it.

        Args:
            allowed: The query's own `max_latency_secs`, or None when it has none.
        """
        if allowed is not None:
            return allowed
        return max(QUERY_LATENCY_SECS, DEFAULT_LATENCY_SECS.get(self.kind, QUERY_LATENCY_SECS))

    def view(self, domain: str | None = None) -> dict[str, Any]:
        """Return what an expression sees as `candidate`: plain JSON values only.

        Measures are floats always: expression languages do not multiply an integer by a fraction.
        """
        return {
            **self.extra,
            "did": self.did,
            "kind": self.kind,
            "model": self.model,
            "capabilities": sorted(self.capabilities),
            "domains": sorted(self.domains),
            "cost_estimate_usd": float(self.cost_estimate_usd),
            "typical_response_delay_s": float(self.delay_s),
            "available": self.available,
            "trust": float(self.trust_in(domain)),
            "match_level": self.match_level,
            "age_days": None if self.age_days is None else float(self.age_days),
            "recency": float(self.recency),
        }

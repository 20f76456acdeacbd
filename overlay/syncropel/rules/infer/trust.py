"""Trust: what verdicts say about an actor in a domain, by the Wilson lower bound on decayed counts.

Only verdicts count: KNOW records whose `verdict` is `accept` or `reject`, written by somebody else than the
actor they judge. An older model with a prior of 7 in 10 and a half-life of 30 days is not built.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Z = 1.96
"""The bound holds with 95 % confidence."""

HALF_LIFE_DAYS = 90.0
GENERAL = "general"
"""The domain of a verdict that names none."""

_DAY = 86400.0


def wilson_lower_bound(successes: float, total: float) -> float:
    """Return the lower end of the Wilson score interval; 0 without evidence.

    Args:
        successes: Accepted, between 0 and `total`; fractions come from decay.
        total: Accepted and rejected.
    """
    if total <= 0:
        return 0.0
    share = min(max(successes / total, 0.0), 1.0)
    square = Z * Z
    # The published formula with both sides times n: evidence decayed to almost nothing divides nothing.
    spread = Z * math.sqrt(share * (1 - share) * total + square / 4)
    bound = (share * total + square / 2 - spread) / (total + square)
    return min(max(bound, 0.0), 1.0)


def decay_weight(age_days: float, half_life: float = HALF_LIFE_DAYS) -> float:
    """Return how much evidence of this age counts: 1 when new (or from the future), 1/2 after a half-life."""
    return float(0.5 ** (max(age_days, 0.0) / half_life))


@dataclass(frozen=True)
class Verdict:
    """One judgement of one piece of work.

    Attributes:
        subject: The DID of the actor judged.
        domain: The field of the work.
        evaluator: The DID of who judged.
        accepted: Whether the work was accepted.
        at: When, in Unix seconds.
        record_id: The id of the record.
    """

    subject: str
    domain: str
    evaluator: str
    accepted: bool
    at: float
    record_id: str = ""

    @staticmethod
    def from_row(
        row: Mapping[str, Any], author_of: Callable[[str], str | None] = lambda _id: None
    ) -> Verdict | None:
        """Read a verdict from a record's row; None when it is none, or judges its own author.

        Who is judged: `body.subject`, else `body.judged_by` (which names the worker there), else the author
        of the record in `body.fulfills`, else the author of the first parent.

        Args:
            row: The row.
            author_of: Returns the author of a record by id, or None when it is not known.
        """
        body = row.get("body")
        if row.get("act") != "KNOW" or not isinstance(body, Mapping):
            return None
        if body.get("verdict") not in ("accept", "reject"):
            return None
        evaluator = str(row.get("actor", ""))
        subject = _subject(row, body, author_of)
        if subject is None or subject == evaluator:
            return None
        at = row.get("created_at")
        return Verdict(
            subject=subject,
            domain=_text(body.get("domain")) or GENERAL,
            evaluator=evaluator,
            accepted=body["verdict"] == "accept",
            at=float(at) if isinstance(at, (int, float)) else 0.0,
            record_id=str(row.get("id", "")),
        )


def _subject(
    row: Mapping[str, Any], body: Mapping[str, Any], author_of: Callable[[str], str | None]
) -> str | None:
    named = _text(body.get("subject")) or _text(body.get("judged_by"))
    if named is not None:
        return named
    fulfills = body.get("fulfills")
    first = fulfills[0] if isinstance(fulfills, list) and fulfills else fulfills
    parents = row.get("parents") or ()
    judged = _text(first) or (_text(parents[0]) if parents else None)
    return None if judged is None else author_of(judged)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


@dataclass(frozen=True)
class Standing:
    """What is known about an actor.

    Attributes:
        actor: The DID.
        domain: The domain, or None for all of them together.
        judged_by: The evaluator whose verdicts count, or None for everybody's.
        score: The trust, 0 to 1.
        accepted: How many verdicts accept.
        rejected: How many reject.
        evidence: The decayed number of verdicts that the score rests on.
        last_at: When the newest verdict was written, in Unix seconds; None without any.
    """

    actor: str
    domain: str | None
    judged_by: str | None
    score: float
    accepted: int
    rejected: int
    evidence: float
    last_at: float | None

    @property
    def samples(self) -> int:
        """How many verdicts count."""
        return self.accepted + self.rejected


def standing(
    verdicts: Iterable[Verdict],
    actor: str,
    now: float,
    *,
    domain: str | None = None,
    judged_by: str | None = None,
) -> Standing:
    """Return the standing of one actor.

    Args:
        verdicts: Any verdicts; those about others are passed over.
        actor: The DID.
        now: Unix time at which the evidence is weighed.
        domain: Only this domain; None for all of them together.
        judged_by: Only verdicts of this evaluator; None for everybody's.
    """
    counted = [
        each
        for each in verdicts
        if each.subject == actor
        and each.evaluator != actor
        and domain in (None, each.domain)
        and judged_by in (None, each.evaluator)
    ]
    weights = [(decay_weight((now - each.at) / _DAY), each.accepted) for each in counted]
    total = math.fsum(weight for weight, _ in weights)
    successes = math.fsum(weight for weight, accepted in weights if accepted)
    accepted = sum(each.accepted for each in counted)
    return Standing(
        actor=actor,
        domain=domain,
        judged_by=judged_by,
        score=wilson_lower_bound(successes, total),
        accepted=accepted,
        rejected=len(counted) - accepted,
        evidence=total,
        last_at=max((each.at for each in counted), default=None),
    )


def standings(verdicts: Iterable[Verdict], now: float) -> list[Standing]:
    """Return the standing of every actor in every domain that has a verdict, in order of both."""
    grouped: dict[tuple[str, str], list[Verdict]] = {}
    for each in verdicts:
        grouped.setdefault((each.subject, each.domain), []).append(each)
    return [standing(group, actor, now, domain=domain) for (actor, domain), group in sorted(grouped.items())]

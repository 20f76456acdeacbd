"""Evidence of trust: verdicts folded into sums at ingest, standings read from the sums.

What a verdict is, and whom it judges, is a rule of `rules.infer.trust`; here it is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from ..rules import limits
from ..rules.infer.trust import HALF_LIFE_DAYS, Verdict, wilson_lower_bound
from .store.base import Transaction

# Weights grow by a power of two per half-life from here on: a double holds them for 250 years.
_ORIGIN = 1_700_000_000.0
_HALF_LIFE = HALF_LIFE_DAYS * 86400.0
MAX_DOMAIN_BYTES = 512
"""The longest domain that is counted: subject, domain and evaluator are a key, which databases bound."""

_ADD = """INSERT INTO verdicts (subject, domain, evaluator, samples, successes, weight, accepted)
    VALUES (?, ?, ?, 1, ?, ?, ?)
    ON CONFLICT (subject, domain, evaluator) DO UPDATE SET
        samples = verdicts.samples + 1,
        successes = verdicts.successes + excluded.successes,
        weight = verdicts.weight + excluded.weight,
        accepted = verdicts.accepted + excluded.accepted"""


class Standing(NamedTuple):
    """What an actor is trusted with in one domain.

    Attributes:
        actor: Its DID.
        domain: The domain.
        score: Lower bound of the Wilson interval on the decayed counts, 0 to 1.
        samples: How many verdicts of others there are.
        successes: How many of them accepted.
    """

    actor: str
    domain: str
    score: float
    samples: int
    successes: int


def note_verdict(transaction: Transaction, wire: Mapping[str, Any], now: float) -> None:
    """Count the verdict in a KNOW record, if there is one and it is about somebody else's work."""

    def author_of(record_id: str) -> str | None:
        rows = transaction.execute("SELECT actor FROM records WHERE id = ?", (record_id,))
        return str(rows[0][0]) if rows else None

    verdict = Verdict.from_row(wire, author_of)
    if verdict is None or _bytes(verdict.subject) > limits.MAX_TEXT_BYTES:
        return  # no actor has such a name
    if _bytes(verdict.domain) > MAX_DOMAIN_BYTES:
        return
    weight = _weight(now)
    sums = (1, weight, weight) if verdict.accepted else (0, weight, 0.0)
    transaction.execute(_ADD, (verdict.subject, verdict.domain, verdict.evaluator, *sums))


def _bytes(text: str) -> int:
    return len(text.encode())


def _weight(moment: float) -> float:
    return float(2.0 ** ((moment - _ORIGIN) / _HALF_LIFE))


def standings(
    transaction: Transaction,
    now: float,
    *,
    actor: str | None = None,
    domain: str | None = None,
    evaluator: str | None = None,
    limit: int = -1,
    offset: int = 0,
) -> list[Standing]:
    """Return what actors are trusted with, in the order of actor and domain.

    Args:
        transaction: Where to read.
        now: The time to which evidence has decayed, unix seconds.
        actor: Only this actor.
        domain: Only this domain.
        evaluator: Only by the verdicts of this actor.
        limit: The most rows; -1 for all.
        offset: How many rows to pass over.
    """
    given = {"subject": actor, "domain": domain, "evaluator": evaluator}
    wanted = {name: value for name, value in given.items() if value is not None}
    where = " AND ".join(f"{name} = ?" for name in wanted) or "1 = 1"
    rows = transaction.execute(
        "SELECT subject, domain, sum(samples), sum(successes), sum(weight), sum(accepted) FROM verdicts"  # noqa: S608 - names of this package
        f" WHERE {where} GROUP BY subject, domain ORDER BY subject, domain LIMIT ? OFFSET ?",
        (*wanted.values(), limit, offset),
    )
    scale = _weight(now)
    return [
        Standing(subject, field, wilson_lower_bound(accepted / scale, weight / scale), samples, successes)
        for subject, field, samples, successes, weight, accepted in rows
    ]


class Trust(NamedTuple):
    """What a responder is trusted with.

    Attributes:
        overall: Over all domains together, 0 to 1.
        by_domain: In each domain where somebody judged it.
    """

    overall: float
    by_domain: dict[str, float]


UNKNOWN = Trust(0.0, {})
"""The trust of whom nobody judged."""


def trust_of_responders(transaction: Transaction, now: float) -> dict[str, Trust]:
    """Return the trust of every registered responder that somebody judged, by its DID."""
    rows = transaction.execute(
        "SELECT subject, domain, sum(weight), sum(accepted) FROM verdicts"
        " WHERE subject IN (SELECT did FROM actors) GROUP BY subject, domain ORDER BY subject, domain"
    )
    scale = _weight(now)
    found = {}
    for subject, group in groupby(rows, key=itemgetter(0)):
        sums = [(domain, weight / scale, accepted / scale) for _, domain, weight, accepted in group]
        by_domain = {domain: wilson_lower_bound(accepted, weight) for domain, weight, accepted in sums}
        whole = wilson_lower_bound(sum(each[2] for each in sums), sum(each[1] for each in sums))
        found[subject] = Trust(whole, by_domain)
    return found

"""The registry of responders: rows of the store, and what the planner sees of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, overload

from ..rules import limits
from ..rules.canonical import canonical_json
from ..rules.infer.candidate import Candidate
from .access.visibility import EVERYTHING, Visibility
from .calls import Responder
from .refusals import Refusal
from .store.base import Transaction
from .verdicts import UNKNOWN, Trust, trust_of_responders

KINDS = ("actor", "llm", "pattern", "system")
API, CONFIG, BUILTIN = "api", "config", "builtin"
_APART = ("object", "did", "kind", "source", "registered_at")
_COLUMNS = "did, kind, registration, source, registered_at"


class Estimate(NamedTuple):
    """What a shell knows about a responder and one question, beyond the registration.

    Attributes:
        available: Whether it can be called now.
        cost_usd: What the call is expected to cost; None for the registered estimate.
        match_level: How exactly earlier work matches, `L0` to `L3`; None when nothing matches.
        age_days: How old the matched work is.
    """

    available: bool = True
    cost_usd: float | None = None
    match_level: str | None = None
    age_days: float | None = None


Estimator = Callable[[Transaction, Responder, Any, Mapping[str, Any], Visibility], "Estimate | None"]
"""Judges a responder for a question, an answer shape and what the asker may see; None: it has no answer."""


def all_responders(transaction: Transaction, kind: str | None = None) -> list[Responder]:
    """Return every responder, or those of one kind, in the order of their DIDs."""
    rows = transaction.execute(f"SELECT {_COLUMNS} FROM actors ORDER BY did")  # noqa: S608 - names of this module
    return [_responder(row) for row in rows if kind in (None, row[1])]


def find(transaction: Transaction, did: str) -> Responder | None:
    """Return one responder, or None when nobody is registered under the DID."""
    rows = transaction.execute(f"SELECT {_COLUMNS} FROM actors WHERE did = ?", (did,))  # noqa: S608 - names of this module
    return _responder(rows[0]) if rows else None


def named(transaction: Transaction, dids: Sequence[str]) -> dict[str, Responder]:
    """Return those of some responders that are registered, by their DIDs."""
    rows = transaction.execute(
        f"SELECT {_COLUMNS} FROM actors WHERE did IN (SELECT value FROM json_each(?))",  # noqa: S608 - names of this module
        (canonical_json(list(dids)),),
    )
    return {row[0]: _responder(row) for row in rows}


def put(transaction: Transaction, responder: Responder) -> bool:
    """Store a registration and tell whether the DID is new.

    Raises:
        Refusal: `INVALID_ACTOR` when the registry is full.
    """
    known = transaction.execute("SELECT 1 FROM actors WHERE did = ?", (responder.did,))
    if not known and transaction.execute("SELECT count(*) FROM actors")[0][0] >= limits.MAX_ACTORS:
        raise Refusal(
            "INVALID_ACTOR", f"$.did: the registry holds {limits.MAX_ACTORS} responders and no more"
        )
    kept = {name: value for name, value in wire_row(responder).items() if name not in _APART}
    transaction.execute(
        "INSERT INTO actors (did, kind, registration, source, registered_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (did) DO UPDATE SET kind = excluded.kind, registration = excluded.registration,"
        " source = excluded.source, registered_at = excluded.registered_at",
        (
            responder.did,
            responder.kind,
            canonical_json(kept),
            responder.source,
            responder.registered_at,
        ),
    )
    return not known


def replace_sources(transaction: Transaction, responders: Iterable[Responder]) -> None:
    """Put what configuration and package say in the place of what they said when the store was last open."""
    transaction.execute("DELETE FROM actors WHERE source IN (?, ?)", (CONFIG, BUILTIN))
    for responder in responders:
        put(transaction, responder)


def _responder(row: tuple[Any, ...]) -> Responder:
    did, kind, registration, source, registered_at = row
    kept = json.loads(registration)
    kept["capabilities"] = tuple(kept["capabilities"])
    kept["domains"] = tuple(kept["domains"])
    return Responder(did=did, kind=kind, source=source, registered_at=registered_at, **kept)


def wire_row(responder: Responder) -> dict[str, Any]:
    """Return a responder as the API shows it."""
    row = asdict(responder)
    row["capabilities"], row["domains"] = list(responder.capabilities), list(responder.domains)
    return {"object": "actor", **row, "config": dict(responder.config)}


def candidates(
    transaction: Transaction,
    now: float,
    question: Any,
    shape: Mapping[str, Any],
    estimate: Estimator | None,
    reach: Visibility = EVERYTHING,
) -> list[Candidate]:
    """Return every responder as the planner sees it, with its trust as of now.

    Args:
        transaction: Where to read.
        now: The time, unix seconds.
        question: The resolved input of the query.
        shape: The query's `answer_shape`.
        estimate: What the shell knows; None when it knows nothing more.
        reach: What the asker may see.
    """
    found = []
    trusts = trust_of_responders(transaction, now)
    for responder in all_responders(transaction):
        known: Estimate | None = Estimate()
        if estimate is not None:
            known = estimate(transaction, responder, question, shape, reach)
        if known is not None:
            found.append(_candidate(responder, known, trusts.get(responder.did, UNKNOWN), now))
    return found


class Candidates(Sequence[Candidate]):
    """Every responder as the planner sees it, read when the planner first asks for one of them.

    Most decisions are about calls that are made already, and choose nobody.

    Args:
        read: Reads them; called at most once, and only while the transaction it reads in lasts.
    """

    def __init__(self, read: Callable[[], list[Candidate]]) -> None:
        self._read = read
        self._found: list[Candidate] | None = None

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all())

    @overload
    def __getitem__(self, index: int) -> Candidate: ...

    @overload
    def __getitem__(self, index: slice) -> list[Candidate]: ...

    def __getitem__(self, index: int | slice) -> Candidate | list[Candidate]:
        """Return one of them, or some."""
        return self._all()[index]

    def __iter__(self) -> Iterator[Candidate]:
        """Go through them."""
        return iter(self._all())

    def _all(self) -> list[Candidate]:
        if self._found is None:
            self._found = self._read()
        return self._found


def _candidate(responder: Responder, known: Estimate, trust: Trust, now: float) -> Candidate:
    cost = responder.cost_estimate_usd if known.cost_usd is None else known.cost_usd
    return Candidate(
        did=responder.did,
        kind=responder.kind,
        model=responder.model,
        capabilities=frozenset(responder.capabilities),
        domains=frozenset(responder.domains),
        cost_estimate_usd=cost,
        delay_s=responder.typical_response_delay_s,
        available=responder.available and known.available,
        trust=trust.overall,
        trust_by_domain=trust.by_domain,
        match_level=known.match_level,
        age_days=max(now - responder.registered_at, 0.0) / 86400
        if known.age_days is None
        else known.age_days,
    )

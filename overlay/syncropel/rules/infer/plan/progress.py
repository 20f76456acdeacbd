"""Where an inference stands, folded from the records of its thread and from nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ... import limits
from ..candidate import DEFAULT_LATENCY_SECS, QUERY_LATENCY_SECS
from ..query import MAX_SECONDS
from ..responses import Response, canonical_order
from ..vocabulary import ACCEPT_KIND, APPROVAL_KIND, CALL_KIND, ERROR_KIND, RESULT_KIND, reply_state
from .steps import ENGINE_DID

UNAVAILABLE = "responder_unavailable"
"""`error.code` of a failure that means: the responder was never reached."""

_MAX_COST_USD = 1e9
_MAX_MS = 1e15
MAX_DEPTH = limits.MAX_JSON_DEPTH - 4
"""Levels of a question or a reply: records leave room for the members that calls and results put around."""


@dataclass(frozen=True)
class Reply:
    """What ended a call.

    Attributes:
        outcome: `answered`, `declined` or `failed`.
        record_id: The id of the DO record.
        clock: Its clock.
        created_at: When the store took it, in Unix seconds.
        body: Its body.
    """

    outcome: str
    record_id: str
    clock: int
    created_at: float
    body: Mapping[str, Any]

    @property
    def cost_usd(self) -> float:
        """What the call cost; 0 when the reply does not say, or says nonsense."""
        return _amount(self.body.get("cost_usd"), _MAX_COST_USD)

    @property
    def unavailable(self) -> bool:
        """Whether the responder was never reached."""
        error = self.body.get("error")
        return self.outcome == "failed" and isinstance(error, Mapping) and error.get("code") == UNAVAILABLE


@dataclass(frozen=True)
class Call:
    """One CALL and what came of it.

    Attributes:
        id: The id of the CALL record.
        body: Its body.
        created_at: When the store took it, in Unix seconds.
        reply: What ended it, or None while nothing did.
        eta_seconds: How much longer its responder asked to be waited for.
    """

    id: str
    body: Mapping[str, Any]
    created_at: float
    reply: Reply | None = None
    eta_seconds: float = 0.0

    @property
    def did(self) -> str:
        """The DID of the responder."""
        return str(self.body.get("responder_did", ""))

    @property
    def stage(self) -> int:
        """The stage, tier or attempt it belongs to."""
        return _whole(self.body.get("stage"))

    @property
    def stage_size(self) -> int:
        """How many calls its stage has, as the first decision about the stage had it."""
        return _whole(self.body.get("stage_size"))

    @property
    def deadline(self) -> float:
        """Unix time at which nobody waits for it any more."""
        return _amount(self.body.get("deadline_ms"), _MAX_MS) / 1000 + self.eta_seconds

    def is_open(self, now: float) -> bool:
        """Tell whether a reply is still waited for."""
        return self.reply is None and now < self.deadline

    def response(self) -> Response | None:
        """Return its answer as folds take it, or None when it was not answered."""
        if self.reply is None or self.reply.outcome != "answered":
            return None
        level = self.reply.body.get("match_level", self.body.get("match_level"))
        return Response(
            id=self.reply.record_id,
            clock=self.reply.clock,
            actor=self.did,
            trust=_amount(self.body.get("trust_at_dispatch"), 1.0),
            body=self.reply.body,
            recency=_amount(self.body.get("recency", 1.0), 1.0),
            pattern_confidence=_amount(self.body.get("pattern_confidence", 1.0), 1.0),
            cost_usd=self.reply.cost_usd,
            match_level=level if isinstance(level, str) else None,
        )


@dataclass(frozen=True)
class Approval:
    """One question to a person, whether calls may be made, and what was decided.

    Attributes:
        id: The id of the KNOW that asks.
        responders: The DIDs of those to be called.
        approved: What was decided; None while nothing is.
        decided_by: The id of the DO that decided.
        reason: What it gave as a reason.
    """

    id: str
    responders: tuple[str, ...]
    approved: bool | None = None
    decided_by: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Progress:
    """Where an inference stands.

    Attributes:
        query_id: The id of the INTEND record, which is the correlation id of everything that follows.
        created_at: When the store took the query, in Unix seconds.
        calls: The CALLs, in order of arrival.
        states: Bodies of the state records by stage, tier or attempt; the first of each counts.
        approvals: What a person was asked, by stage and role; the first of each counts.
        finished: The KNOW row that ended the inference, or None.
    """

    query_id: str
    created_at: float
    calls: tuple[Call, ...] = ()
    states: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    approvals: Mapping[tuple[int, str], Approval] = field(default_factory=dict)
    finished: Mapping[str, Any] | None = None

    @staticmethod
    def from_records(query_row: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> Progress:
        """Fold the rows of a thread, in order of arrival.

        A row counts when it is the engine's and carries the query's correlation id, or when it is a DO by the
        responder of one of the query's CALLs that names the CALL as a parent (or, without any parent, the
        correlation id). The first answer, refusal or failure of a call ends it; later ones are not seen.

        Args:
            query_row: The row of the INTEND.
            rows: Rows of its thread; others on it are passed over.
        """
        folder = _Folder(str(query_row["id"]))
        for row in rows:
            folder.take(row)
        return Progress(
            query_id=folder.query_id,
            created_at=_seconds(query_row),
            calls=tuple(folder.calls.values()),
            states=folder.states,
            approvals=folder.approvals,
            finished=folder.finished,
        )

    def stage(self, number: int) -> tuple[Call, ...]:
        """Return the calls of one stage, tier or attempt."""
        return tuple(call for call in self.calls if call.stage == number)

    def open_calls(self, now: float) -> tuple[Call, ...]:
        """Return the calls that still wait for a reply."""
        return tuple(call for call in self.calls if call.is_open(now))

    def responses(self) -> list[Response]:
        """Return every valid response, in canonical order."""
        found = [call.response() for call in self.calls]
        return canonical_order(each for each in found if each is not None)

    def started_at(self, now: float) -> float:
        """Return when the inference began, in Unix seconds.

        Stores keep whole seconds, so within the first second the moment of the first decision counts; every
        CALL carries it from then on.
        """
        for call in self.calls:
            started = call.body.get("started_ms")
            if started is not None:
                return _amount(started, _MAX_MS) / 1000
        return max(self.created_at, min(now, self.created_at + 1.0))

    def deadline(self, allowed: float | None, now: float) -> float:
        """Return the Unix time after which no further stage begins.

        Args:
            allowed: The query's `max_latency_secs`, or None when it has none.
            now: The time of the decision.
        """
        if allowed is None:
            kinds = (str(call.body.get("responder_kind")) for call in self.calls)
            allowed = max([QUERY_LATENCY_SECS, *(DEFAULT_LATENCY_SECS.get(kind, 0.0) for kind in kinds)])
        return self.started_at(now) + allowed + max([0.0, *(call.eta_seconds for call in self.calls)])

    def spent_usd(self) -> float:
        """Return what all replies so far cost, whatever came of them."""
        return math.fsum(call.reply.cost_usd for call in self.calls if call.reply is not None)

    def pending_usd(self) -> float:
        """Return what the calls without a reply are expected to cost."""
        estimates = (call.body.get("cost_estimate_usd") for call in self.calls if call.reply is None)
        return math.fsum(_amount(each, _MAX_COST_USD) for each in estimates)

    def wasted_usd(self) -> float:
        """Return what the refusals and failures cost."""
        return math.fsum(
            call.reply.cost_usd for call in self.calls if call.reply and call.reply.outcome != "answered"
        )


class _Folder:
    """One pass over the rows of a thread."""

    def __init__(self, query_id: str) -> None:
        self.query_id = query_id
        self.calls: dict[str, Call] = {}
        self.states: dict[int, Mapping[str, Any]] = {}
        self.approvals: dict[tuple[int, str], Approval] = {}
        self.finished: Mapping[str, Any] | None = None

    def take(self, row: Mapping[str, Any]) -> None:
        body = row["body"]
        if not isinstance(body, Mapping) or self.finished is not None:
            return
        if row["act"] == "DO":
            self._take_decision(row, body)
            self._take_reply(row, body)
        elif row["actor"] == ENGINE_DID and body.get("correlation_id") == self.query_id:
            self._take_own(row, body)

    def _take_own(self, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        kind = str(body.get("kind"))
        if row["act"] == "CALL" and kind == CALL_KIND:
            self.calls.setdefault(row["id"], Call(row["id"], body, _seconds(row)))
        elif row["act"] == "LEARN" and kind.startswith("infer.orchestration."):
            self.states.setdefault(_whole(body.get("stage")), body)
        elif row["act"] == "KNOW" and kind in (RESULT_KIND, ERROR_KIND):
            self.finished = row
        elif row["act"] == "KNOW" and kind == APPROVAL_KIND:
            place = (_whole(body.get("stage")), str(body.get("role", "")))
            self.approvals.setdefault(place, Approval(row["id"], tuple(body.get("responders", ()))))

    def _take_decision(self, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        for place, approval in self.approvals.items():
            fulfilled, cancelled = (_names(body.get(name), approval.id) for name in ("fulfills", "cancels"))
            if approval.approved is None and (fulfilled or cancelled):
                reason = body.get("reason")
                self.approvals[place] = replace(
                    approval,
                    # Only a plain yes is one: an acknowledgement is not.
                    approved=not cancelled and body.get("decision", "approve") == "approve",
                    decided_by=row["id"],
                    reason=reason if isinstance(reason, str) else "",
                )

    def _take_reply(self, row: Mapping[str, Any], body: Mapping[str, Any]) -> None:
        call = self._call_of(row, body)
        if call is None or call.reply is not None:
            return
        if body.get("kind") == ACCEPT_KIND:
            eta = _amount(body.get("eta_seconds"), MAX_SECONDS)
            self.calls[call.id] = replace(call, eta_seconds=max(call.eta_seconds, eta))
            return
        outcome = "failed" if deeper_than(body, MAX_DEPTH) else reply_state(body)
        reply = Reply(outcome, str(row["id"]), int(row["clock"]), _seconds(row), body)
        self.calls[call.id] = replace(call, reply=reply)

    def _call_of(self, row: Mapping[str, Any], body: Mapping[str, Any]) -> Call | None:
        parents = row.get("parents") or ()
        named = [self.calls[parent] for parent in parents if parent in self.calls]
        if not parents and body.get("correlation_id") == self.query_id:
            named = [call for call in self.calls.values() if call.reply is None]
        # Only the responder itself answers: anyone may write to the thread.
        return next((call for call in named if call.did == row["actor"]), None)


def _names(value: Any, record_id: str) -> bool:
    return record_id in value if isinstance(value, list) else value == record_id


def deeper_than(value: Any, levels: int) -> bool:
    """Tell whether a JSON value has more levels of objects and arrays than that."""
    layer = [value] if isinstance(value, (Mapping, list)) else []
    for _ in range(levels):
        members = (each.values() if isinstance(each, Mapping) else each for each in layer)
        layer = [member for each in members for member in each if isinstance(member, (Mapping, list))]
        if not layer:
            return False
    return bool(layer)


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _seconds(row: Mapping[str, Any]) -> float:
    value = row.get("created_at")
    return float(value) if isinstance(value, (int, float)) else 0.0


def _amount(value: Any, ceiling: float) -> float:
    """Return a number between 0 and the ceiling; what is no number counts as 0."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return 0.0
    return float(min(max(value, 0), ceiling))

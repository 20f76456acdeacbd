"""A call as those who carry it out see it, and the reply they bring back: plain values for every shell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..rules.infer.vocabulary import ACCEPT_KIND, DECLINE_KIND, FAILURE_KIND
from .access.visibility import EVERYTHING, Visibility


@dataclass(frozen=True)
class Responder:
    """One registered responder.

    Attributes:
        did: Its DID; replies are written in its name.
        kind: `actor`, `llm`, `pattern` or `system`.
        model: The model that is asked; empty when it has none.
        display_name: Its name for people; empty when it has none.
        capabilities: What it can do.
        domains: The domains it serves; empty for all.
        cost_estimate_usd: What a call is expected to cost, in US dollars.
        typical_response_delay_s: How long it typically takes, in seconds.
        available: Whether it takes calls now.
        config: How it is reached, as its kind needs it (`command`, `url`, `base_url`, `api_key_env`, ...).
        source: Who registered it: `api`, `config` or `builtin`.
        registered_at: When, unix seconds.
    """

    did: str
    kind: str
    model: str = ""
    display_name: str = ""
    capabilities: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    cost_estimate_usd: float = 0.0
    typical_response_delay_s: float = 0.0
    available: bool = True
    config: Mapping[str, Any] = field(default_factory=dict)
    source: str = "api"
    registered_at: int = 0


@dataclass(frozen=True)
class PendingCall:
    """A CALL on disk that nobody has answered yet.

    Attributes:
        call_id: The id of the CALL record; the reply names it as its parent.
        correlation_id: The id of the query's INTEND record.
        thread: The thread of both.
        namespace: The namespace of the query.
        responder: Who is called.
        input: The question: the query's `input` with a record or a reference resolved where that is possible.
        answer_shape: What the answer must look like: `kind`, `required_fields`, `schema_ref`.
        deadline: When the answer is due, unix seconds.
        dial: The dial of this round, 0 (replay) to 1 (create).
        stage: The stage, tier or attempt that the call belongs to.
        body: The whole body of the CALL record.
        reach: What whoever asked may see; a responder inside the process answers from no more.
        sequence: The place of the CALL record in the store; 0 when it is not known.
    """

    call_id: str
    correlation_id: str
    thread: str
    namespace: str
    responder: Responder
    input: Any
    answer_shape: Mapping[str, Any]
    deadline: float
    dial: float = 0.5
    stage: int = 0
    body: Mapping[str, Any] = field(default_factory=dict)
    reach: Visibility = EVERYTHING
    sequence: int = 0

    @property
    def repeatable(self) -> bool:
        """Whether the call may be made again when nobody knows whether it was made."""
        return self.body.get("idempotent") is not False


@dataclass(frozen=True)
class CallReply:
    """What a responder says to a call: the members of its DO record's body.

    Build one with `answered`, `failed`, `declined` or `accepted`. The engine adds `correlation_id`, and the
    kind of an answer.
    """

    body: Mapping[str, Any]


def answered(body: Mapping[str, Any], *, cost_usd: float = 0.0) -> CallReply:
    """Return an answer.

    Args:
        body: The members of the answer's body: `answer`, or the answer's own members; `confidence`,
            `rationale`, `match_level`, `fulfills`, `cancels`, `awaits` where there are any.
        cost_usd: What the call cost.
    """
    return CallReply({**body, "cost_usd": cost_usd} if cost_usd else dict(body))


def failed(code: str, message: str, *, cost_usd: float = 0.0) -> CallReply:
    """Return a failure: the responder could not answer; `cost_usd` was charged all the same."""
    return CallReply(
        {"kind": FAILURE_KIND, "error": {"code": code, "message": message}, "cost_usd": cost_usd}
    )


def declined(reason: str, message: str = "") -> CallReply:
    """Return a refusal: `out_of_domain`, `overbooked`, `conflict_of_interest` or `other`."""
    body = {"kind": DECLINE_KIND, "reason": reason}
    return CallReply({**body, "message": message} if message else body)


def accepted(eta_seconds: float) -> CallReply:
    """Return an acknowledgement that extends the wait; the answer is still to come."""
    return CallReply({"kind": ACCEPT_KIND, "eta_seconds": eta_seconds})

"""Who can be asked, what they are trusted with, and what waits for a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from syncropel._async.core import AsyncCore
from syncropel.errors import SyncropelError
from syncropel.rules.limits import DEFAULT_PAGE
from syncropel.transport import inference, operations
from syncropel.transport.clock import CLOCKS, MAX_FRESH_CLOCKS
from syncropel.transport.convert import Answer, is_duplicate_clock, parsed, single_record
from syncropel.transport.decisions import decision_draft
from syncropel.transport.operations import Call, given
from syncropel.transport.query import check_limit, check_text
from syncropel.transport.results import Page

if TYPE_CHECKING:
    from syncropel_generated.models.actor import Actor
    from syncropel_generated.models.decision import Decision
    from syncropel_generated.models.decision_request import DecisionRequest
    from syncropel_generated.models.trust_standing import TrustStanding


class AsyncInference(AsyncCore):
    """The part of the client for responders, trust and decisions.

    Its reads fail open as those of records do; registering and deciding raise.
    """

    async def actors(self, kind: str | None = None, *, timeout: float | None = None) -> Page[Actor]:
        """Return the responders that can be asked.

        Args:
            kind: Only `actor`, `llm`, `pattern` or `system`.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            A list of responders; its `ok` tells "none" from "failed".
        """
        call = inference.list_actors_call(kind)
        from syncropel_generated.models.actor_list import ActorList

        return await self._listed("actors", call, inference.parse_actors, ActorList, timeout)

    async def register_actor(
        self,
        did: str,
        kind: str,
        *,
        model: str | None = None,
        display_name: str | None = None,
        capabilities: Iterable[str] | None = None,
        domains: Iterable[str] | None = None,
        cost_estimate_usd: float | None = None,
        typical_response_delay_s: float | None = None,
        available: bool | None = None,
        config: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Actor:
        """Register a responder, or change one: the same DID again replaces what was there.

        Args:
            did: Its DID.
            kind: `actor`, `llm`, `pattern` or `system`.
            model: The model that is asked.
            display_name: Its name for people.
            capabilities: What it can do.
            domains: The domains it serves. Default: all.
            cost_estimate_usd: What a call is expected to cost, in US dollars.
            typical_response_delay_s: How long it typically takes, in seconds.
            available: Whether it takes calls now.
            config: How it is reached, by its kind. Secrets stay in the daemon's environment.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The registration as the server keeps it.

        Raises:
            ApiError: The server refused it.
            TransportError: No usable answer arrived.
            UsageError: The DID or the kind is empty.
        """
        fields: dict[str, Any] = {
            "did": check_text(did, "did"),
            "kind": check_text(kind, "kind"),
            "model": model,
            "display_name": display_name,
            "capabilities": None if capabilities is None else list(capabilities),
            "domains": None if domains is None else list(domains),
            "cost_estimate_usd": cost_estimate_usd,
            "typical_response_delay_s": typical_response_delay_s,
            "available": available,
            "config": None if config is None else dict(config),
        }
        call = inference.register_actor_call(fields)
        from syncropel_generated.models.actor import Actor

        return await self._asked(call, lambda answer: parsed(inference.parse_actor, answer, Actor), timeout)

    async def trust(
        self,
        actor: str | None = None,
        domain: str | None = None,
        *,
        judged_by: str | None = None,
        limit: int | None = DEFAULT_PAGE,
        cursor: str | None = None,
        timeout: float | None = None,
    ) -> Page[TrustStanding]:
        """Return what actors are trusted with, from the verdicts of others.

        Args:
            actor: Only this actor.
            domain: Only this domain.
            judged_by: Only the verdicts of this actor.
            limit: Rows at most.
            cursor: `next_cursor` of the page before.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            A list of standings, each with `actor`, `domain`, `score` and `samples`; its `ok` tells "none"
            from "failed".

        Raises:
            UsageError: The limit is negative or no whole number.
        """
        call = inference.list_trust_call(
            actor=actor, domain=domain, judged_by=judged_by, limit=check_limit(limit), cursor=cursor
        )
        from syncropel_generated.models.trust_list import TrustList

        return await self._listed("trust", call, inference.parse_trust, TrustList, timeout)

    async def decisions(
        self, limit: int | None = DEFAULT_PAGE, cursor: str | None = None, *, timeout: float | None = None
    ) -> Page[DecisionRequest]:
        """Return what waits for a decision, the oldest first.

        Args:
            limit: Rows at most.
            cursor: `next_cursor` of the page before.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            A list of requests, each with `id`, `summary` and `options`; its `ok` tells "none" from "failed".

        Raises:
            UsageError: The limit is negative or no whole number.
        """
        call = inference.list_decisions_call(limit=check_limit(limit), cursor=cursor)
        from syncropel_generated.models.decision_list import DecisionList

        return await self._listed("decisions", call, inference.parse_decisions, DecisionList, timeout)

    async def decide(
        self,
        request_id: str,
        decision: str,
        *,
        reason: str | None = None,
        provided_value: Any = None,
        becomes_policy: Any = None,
        timeout: float | None = None,
    ) -> Decision:
        """Decide, in the name of the client's DID.

        Args:
            request_id: The id of the record that awaits the decision.
            decision: The id of one of its options, or `approve`, `reject`, `provide` or `acknowledge`.
            reason: Why.
            provided_value: The value, for `provide`.
            becomes_policy: The policy that the decision becomes.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The decision as it was stored.

        Raises:
            NotFoundError: No record of this id awaits a decision.
            ConflictError: It was decided before.
            ApiError: The server refused for another reason.
            TransportError: No usable answer arrived.
            UsageError: An argument is empty.
        """
        check_text(request_id, "request_id")
        said = {"reason": reason, "provided_value": provided_value, "becomes_policy": becomes_policy}
        fields = given({"decision": check_text(decision, "decision"), **said})
        identity = self._settings.identity
        if identity.signs:
            return await self._decide_signed(request_id, fields, timeout)
        call = inference.decide_call(request_id, **fields, actor=identity.actor_did)
        return await self._asked(call, _decision, timeout)

    async def _decide_signed(
        self, request_id: str, fields: dict[str, Any], timeout: float | None
    ) -> Decision:
        """Decide by a record that is built and signed here. Only a clock that another holds is replaced."""
        identity = self._settings.identity
        actor = identity.actor_did
        request = await self._asked(operations.get_record_call(request_id), single_record, timeout)
        clock = CLOCKS.next(actor, request.thread)
        for attempt in range(MAX_FRESH_CLOCKS + 1):
            sig = decision_draft(identity, request, fields, clock).wire["sig"]
            call = inference.decide_call(request_id, **fields, actor=actor, clock=clock, sig=sig)
            last = attempt == MAX_FRESH_CLOCKS
            decided = await self._asked(call, _decision if last else _decision_unless_taken, timeout)
            if decided is not None:
                return decided
            clock = CLOCKS.after(actor, request.thread, clock, attempt)
        raise AssertionError("the last attempt returns or raises")

    async def _listed(
        self,
        what: str,
        call: Call,
        parse: Callable[[Any], Any],
        model: type[Any],
        timeout: float | None,
    ) -> Page[Any]:
        try:
            listed = parsed(parse, await self._request(call, timeout), model)
            cursor = getattr(listed, "next_cursor", None)
            return self._read_well(Page(listed.data, next_cursor=cursor if isinstance(cursor, str) else None))
        except SyncropelError as error:
            return Page(error=self._read_failed(what, error))


def _decision(answer: Answer) -> Decision:
    from syncropel_generated.models.decision import Decision

    return parsed(inference.parse_decision, answer, Decision)


def _decision_unless_taken(answer: Answer) -> Decision | None:
    """Return the decision, or None when another record of the actor has its clock."""
    return None if is_duplicate_clock(answer) else _decision(answer)

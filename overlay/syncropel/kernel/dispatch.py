"""From a request to a prepared operation: routing, who asks, parameters, media type, body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..rules.scopes import ADMIN
from .access.authenticate import API_KEY_HEADER
from .access.caller import LOCAL, NOBODY, Caller
from .access.gate import Gate
from .bodies import read_json
from .messages import Reply, Request
from .operations import Answer, Call, Context, Operation
from .refusals import Refusal
from .routing import Match, Router, parse_query
from .store.base import Task


class Prepared(NamedTuple):
    """An operation that has accepted its input: an answer, or work still to be done."""

    outcome: Reply | Task[Answer] | Task[Reply]
    writes: bool
    changes_access: bool = False


class _Served(NamedTuple):
    """An operation, the scope that its route needs, and whether a request for it is shown to the gate."""

    operation: Operation
    scope: str
    judged: bool


class Dispatcher:
    """Prepares requests.

    Args:
        router: Knows the contract's routes.
        operations: The operations of this kernel by operationId. A route without one is as good as absent.
        gate: Tells who asks, and keeps out who may not.
    """

    def __init__(self, router: Router, operations: Mapping[str, Operation], gate: Gate) -> None:
        self._router = router
        self._gate = gate
        # Whoever comes through an open door is nobody, unless all doors are open.
        self._unjudged = NOBODY if gate.required else LOCAL
        self._served: dict[str, _Served] = {}
        for name, operation in operations.items():
            # A route that says nothing about its scope is kept shut.
            scope = router.scopes.get(name, ADMIN)
            self._served[name] = _Served(operation, scope, gate.judges(scope, operation.names_caller))

    def operation(self, request: Request) -> Operation:
        """Return the operation that a request names.

        Raises:
            Refusal: There is no such route, or not with this method.
        """
        return self._route(request)[1].operation

    def form(self, request: Request) -> Callable[[Refusal, Request, str], Reply] | None:
        """Return what makes the answers of refusals for a request, None for the one error envelope."""
        try:
            return self.operation(request).refused
        except Refusal:
            return None

    def prepare(
        self, request: Request, context: Context, now: float, caller: Caller | None = None
    ) -> Prepared:
        """Route a request, find out who asks, decode and check it.

        Args:
            request: The request.
            context: The kernel it came to.
            now: The time, unix seconds.
            caller: Who asks, when that is known already; None to find it out.

        Raises:
            Refusal: The request is refused before the store is asked.
        """
        match, (operation, scope, judged) = self._route(request)
        if caller is None:
            caller = self._gate.admit(scope, _proofs(operation, request), now) if judged else self._unjudged
        body = None
        if operation.has_body:
            if len(request.body) > operation.body_limit.size:
                raise operation.body_limit.refusal()
            body = (operation.read_body or read_json)(request)
        query = parse_query(request.target.partition("?")[2])
        call = Call(match.path, query, request.headers, body, now, caller, asked=request.asked)
        # An operation that only guesses hands out `Bulk` when it writes, which says it all.
        return Prepared(operation.handler(context, call), operation.writes is True, operation.changes_access)

    def screen(self, request: Request, now: float) -> None:
        """Judge the head of a request: whoever may not come in need not send a body.

        A large request then counts twice against its token's rate.

        Raises:
            Refusal: As `prepare`, for what can be known before the body.
        """
        _, (operation, scope, judged) = self._route(request)
        if judged:
            self._gate.admit(scope, _proofs(operation, request), now)

    def settled(self, request: Request) -> bool:
        """Tell whether `prepare` finds out who asks without asking the store."""
        try:
            _, (operation, _, judged) = self._route(request)
            return not judged or self._gate.settled(_proofs(operation, request))
        except Refusal:
            return True

    def _route(self, request: Request) -> tuple[Match, _Served]:
        path = request.target.partition("?")[0]
        match = self._router.match(request.method, path)
        served = self._served.get(match.operation_id)
        if served is None:
            raise Refusal("ROUTE_NOT_FOUND", f"{path} is not served here", hint="see /v1/capabilities")
        return match, served


def _proofs(operation: Operation, request: Request) -> Mapping[str, str]:
    """Return the headers, with the token of the query among them where it may stand there."""
    headers, query = request.headers, request.target.partition("?")[2]
    if not operation.query_key or "api_key=" not in query or "authorization" in headers:
        return headers
    given = parse_query(query).get("api_key")
    return {**headers, API_KEY_HEADER: given} if given else headers

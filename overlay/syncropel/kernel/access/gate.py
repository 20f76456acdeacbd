"""The gate in front of every operation: who asks, may they, and how often."""

from __future__ import annotations

from collections.abc import Mapping

from ...rules.scopes import ANY, OPEN, SELF
from .authenticate import Authenticator
from .caller import LOCAL, NOBODY, Caller
from .limiter import Limiter
from .refusing import claim_denied, forbidden
from .settings import AccessSettings

CLAIM_HEADER = "x-syncropel-actor"


class Gate:
    """Lets callers through to operations.

    Args:
        settings: What the shell decided.
        authenticator: Tells who calls.
    """

    def __init__(self, settings: AccessSettings, authenticator: Authenticator) -> None:
        self.required = settings.required
        self._authenticator = authenticator
        self._limiter = Limiter(settings.requests_per_second, settings.burst)

    def judges(self, scope: str, names_caller: bool) -> bool:
        """Tell whether requests for an operation have to be shown to `admit`, which costs time."""
        if scope == OPEN:
            return self.required and names_caller
        return self.required or scope in (ANY, SELF)

    def admit(self, scope: str, headers: Mapping[str, str], now: float) -> Caller:
        """Return the caller of a request for an operation that needs a scope.

        Raises:
            Refusal: `AUTH_REQUIRED`, `SCOPE_FORBIDDEN`, `RATE_LIMITED` or `DID_CLAIM_DENIED`.
        """
        if not self.required:
            return self._authenticator.known(headers) or LOCAL
        if scope == OPEN:
            return self._authenticator.known(headers) or NOBODY
        caller = self._authenticator.caller(headers)
        if not caller.may(scope):
            raise forbidden(caller, scope)
        self._limiter.take(caller.token_id or caller.did or "", now)
        claimed = headers.get(CLAIM_HEADER)
        if claimed is not None and not caller.may_act_as(claimed):
            raise claim_denied(caller, claimed)
        return caller

    def settled(self, headers: Mapping[str, str]) -> bool:
        """Tell whether `admit` would answer without asking the store."""
        return self._authenticator.settled(headers)

    def forget(self) -> None:
        """Rely on nothing that was read before this moment."""
        self._authenticator.forget()

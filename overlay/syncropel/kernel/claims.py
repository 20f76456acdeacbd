"""Which of the open queries one process carries on, when several work on one store.

Decisions need no claim: what is appended is checked against what it was decided from. Calls do, or every
process would make each of them. So whoever carries a query on holds a claim to it, which ends by itself
unless it is renewed: the queries of a process that died are taken up by another one.

Claims never wait for the writers of records, and never keep them waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol, runtime_checkable

LEASE_SECONDS = 15.0
"""How long a claim lasts without being renewed: the longest that the queries of a dead process lie still."""


class Claims(Protocol):
    """The claims of one process. They begin with `renew`, and end together unless it is called again in time.

    Each method raises `StoreUnavailable` when the store cannot be asked: what it would have done may be done.

    Attributes:
        lease_seconds: How long they last unless they are renewed, by the clock of the store.
    """

    lease_seconds: float

    def renew(self) -> bool:
        """Let all claims begin anew; False when they had ended, and nothing is held any more."""
        ...

    def take(self, among: Sequence[str] | None = None, limit: int = 100) -> list[str]:
        """Claim open queries that nobody holds, oldest first, and return their ids.

        Args:
            among: The only queries wanted; None for whatever is free, that of the dead included.
            limit: Most queries.
        """
        ...

    def release(self, held: Collection[str]) -> None:
        """Give claims up to queries that have ended."""
        ...

    def end(self) -> None:
        """Give everything up, so that nobody has to wait for the end of a lease."""
        ...


@runtime_checkable
class Shared(Protocol):
    """A store that several processes work on at once."""

    def claims(self, owner: str, lease_seconds: float) -> Claims:
        """Return the claims of a process, none at first.

        Args:
            owner: What to call the process.
            lease_seconds: How long its claims last unless they are renewed.
        """
        ...

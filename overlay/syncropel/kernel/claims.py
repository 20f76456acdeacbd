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
    """The claims of one process.

    Attributes:
        lease_seconds: How long one lasts unless it is renewed, by the clock of the store.
    """

    lease_seconds: float

    def take(self, among: Sequence[str] | None = None, limit: int = 100) -> list[str]:
        """Claim open queries that nobody holds, oldest first, and return their ids.

        Args:
            among: The only queries wanted; None for whatever is free.
            limit: Most queries.

        Raises:
            StoreUnavailable: The store cannot be asked; nothing is known to be claimed.
        """
        ...

    def renew(self, held: Collection[str]) -> set[str]:
        """Let claims begin anew and return those queries that are still held: the others are somebody else's.

        Raises:
            StoreUnavailable: The store cannot be asked.
        """
        ...

    def release(self, held: Collection[str]) -> None:
        """Give claims up, so that nobody has to wait for their end.

        Raises:
            StoreUnavailable: The store cannot be asked; they end by themselves.
        """
        ...


@runtime_checkable
class Shared(Protocol):
    """A store that several processes work on at once."""

    def claims(self, owner: str, lease_seconds: float) -> Claims:
        """Return the claims of a process.

        Args:
            owner: A name that no other process has, now or ever.
            lease_seconds: How long a claim lasts unless it is renewed.
        """
        ...

"""One change of the contract, and the direction in which a schema travels."""

from __future__ import annotations

from enum import Flag
from typing import NamedTuple


class Direction(Flag):
    """Who is touched by a schema: callers that send it, callers that read it, or both."""

    SENDS = 1
    READS = 2


SENDS = Direction.SENDS
READS = Direction.READS
BOTH = Direction.SENDS | Direction.READS


class Change(NamedTuple):
    """One change.

    Attributes:
        where: The operation or the schema, and the place in it.
        what: What happened, in words that follow `where`.
        breaking: Whether existing callers can fail because of it.
    """

    where: str
    what: str
    breaking: bool

    def __str__(self) -> str:
        return f"{self.where} {self.what}"

    def as_dict(self) -> dict[str, str | bool]:
        """Return it as plain values for JSON."""
        return {"where": self.where, "what": self.what, "breaking": self.breaking}

"""Sending many records that are built already: counted, and stopped when no daemon answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import SyncropelError, TransportError
from .exits import line_of_emit

if TYPE_CHECKING:
    from .. import SyncClient
    from ..rules.records import Draft
    from ..transport.results import EmitResult

_KEPT_REFUSALS = 5


@dataclass
class Summary:
    """What became of an import.

    Attributes:
        new: Records that the daemon had not seen before.
        known: Records that it held already.
        refused: Records that it refused.
        refusals: The first few reasons, each with the id of its record.
        seconds: How long it took.
    """

    new: int = 0
    known: int = 0
    refused: int = 0
    refusals: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def sent(self) -> int:
        """How many records were answered."""
        return self.new + self.known + self.refused

    @property
    def rate(self) -> str:
        """How many records a second, as a phrase to put behind a time."""
        return f", {self.sent / self.seconds:,.0f}/s" if self.seconds > 0 else ""

    def count(self, result: EmitResult) -> None:
        """Add one outcome.

        Raises:
            TransportError: No answer came, after all retries, or one that is no verdict on the record: the
                store is full, say, or away.
            SyncropelError: The answer is none of a daemon: neither a receipt nor a refusal with a code.
        """
        if result.success and result.record_id is not None:
            self.new += result.created is True
            self.known += result.created is not True
            return
        if result.status is None:
            raise TransportError(f"the daemon went away: {result.error}; run the import again to go on")
        if _is_about_all(result.status):
            raise TransportError(
                f"the daemon takes nothing now: {result.error}; run the import again to go on"
            )
        if result.success or result.code is None:
            raise SyncropelError(line_of_emit(result))
        self.refused += 1
        if len(self.refusals) < _KEPT_REFUSALS:
            self.refusals.append(f"{(result.expected_id or '')[:12]}: {result.error}")

    def to_json(self) -> dict[str, Any]:
        """Return the counts as a JSON object."""
        return {**vars(self), "seconds": round(self.seconds, 3)}


def _is_about_all(status: int) -> bool:
    """Tell whether an answer is about the daemon and not about the one record."""
    from ..transport.outbox_choice import is_kept
    from ..transport.outbox_policy import is_about_all

    return is_kept(status) and is_about_all(status)


def send_all(
    client: SyncClient, drafts: Iterable[Draft], advance: Callable[[int], None], summary: Summary
) -> None:
    """Send records, many in one request, and count the outcomes.

    Args:
        client: An open client.
        drafts: The records; the next ones are made while some are under way.
        advance: Called with 1 after each outcome.
        summary: Where the outcomes are counted, also of what was sent before an error.

    Raises:
        TransportError: The daemon cannot be reached. What was stored stays stored.
        SyncropelError: What answers is no daemon.
        Exception: What making the records raised, after those before it were sent.
    """
    began = time.monotonic()
    try:
        with closing(client.emit_many(drafts)) as results:
            for result in results:
                summary.count(result)
                advance(1)
    finally:
        summary.seconds = time.monotonic() - began

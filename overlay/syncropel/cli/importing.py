"""Sending many records that are built already: some at a time, counted, stopped when no daemon answers."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import TransportError

if TYPE_CHECKING:
    from .. import Client
    from ..rules.records import Draft
    from ..transport.results import EmitResult

WINDOW = 4
_BATCH = 64
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

    def count(self, draft: Draft, result: EmitResult) -> None:
        """Add one outcome.

        Raises:
            TransportError: No answer came, after all retries.
        """
        if result.success:
            self.new += result.created is True
            self.known += result.created is not True
            return
        if result.status is None:
            raise TransportError(f"the daemon went away: {result.error}; run the import again to go on")
        self.refused += 1
        if len(self.refusals) < _KEPT_REFUSALS:
            self.refusals.append(f"{draft.id[:12]}: {result.error}")

    def to_json(self) -> dict[str, Any]:
        """Return the counts as a JSON object."""
        return {**vars(self), "seconds": round(self.seconds, 3)}


async def send_all(
    client: Client, drafts: Iterator[Draft], advance: Callable[[int], None], window: int = WINDOW
) -> Summary:
    """Send records, `window` of them at a time, and count the outcomes.

    Args:
        client: An open client.
        drafts: The records; taken a batch at a time in a thread of its own, because making them may wait for
        a program.
        advance: Called with 1 after each answer.
        window: How many are under way at once.

    Raises:
        TransportError: The daemon cannot be reached. What was stored stays stored.
    """
    summary = Summary()
    began = time.monotonic()
    waiting: asyncio.Queue[Draft | None] = asyncio.Queue(maxsize=2 * _BATCH)

    async def produce() -> None:
        while batch := await asyncio.to_thread(lambda: list(itertools.islice(drafts, _BATCH))):
            for draft in batch:
                await waiting.put(draft)
        for _ in range(window):
            await waiting.put(None)

    async def deliver() -> None:
        while (draft := await waiting.get()) is not None:
            summary.count(draft, await client.emit_draft(draft))
            advance(1)

    await _all_or_none([produce(), *(deliver() for _ in range(window))])
    summary.seconds = time.monotonic() - began
    return summary


async def _all_or_none(works: list[Any]) -> None:
    """Run coroutines together; when one fails, end the others before its error goes on."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

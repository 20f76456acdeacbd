"""Emitting many records: chunk after chunk, the next one built while one is under way."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any

from syncropel._async.emit import AsyncEmit
from syncropel.transport.batching import cut, receipts_of
from syncropel.transport.config import call_timeout
from syncropel.transport.delivery import Delivery, Outcome, report, share_wait
from syncropel.transport.many import (
    SINGLY,
    Chunk,
    Chunks,
    Mistake,
    Tally,
    draft_of,
)
from syncropel.transport.results import EmitResult
from syncropel.transport.sources_async import AsyncAhead, AsyncItems, AsyncSource

if TYPE_CHECKING:
    from syncropel.transport.reports import EmitSummary, OnProgress


class AsyncMany(AsyncEmit):
    """The part of the client that emits many records at a time."""

    def emit_many(
        self,
        items: AsyncItems,
        *,
        chunk: int | None = None,
        on_progress: OnProgress | None = None,
        on_error: str = "raise",
        timeout: float | None = None,
    ) -> AsyncGenerator[EmitResult, None]:
        """Emit records as they are read, many in one request, and go through the outcomes in their order.

        Nothing is sent before the first outcome is asked for. Memory stays bounded however many items come:
        the chunk that is under way and the next one are held, no more. Each record is checked, retried and
        reported as by `emit`; what the server refuses does not hold up the others. A chunk leaves when it
        is full, or when the items come slowly. Where the server takes no batches, records go one by one.

        Leaving the loop early gives up what is under way: it may be stored or not.

        Args:
            items: An iterable; each item is a dict with the arguments of `emit` (`act`, `kind`, `body`,
                `thread`, and the optional ones but `timeout`) or a record of `build_record`. For the
                asynchronous client it may be asynchronous too; one that blocks, blocks the event loop.
            chunk: Records of one request at most, 1 to 1,000. Default: 1,000; also never more than 1 MiB,
                nor than the server takes.
            on_progress: Called with an `EmitSummary` after each chunk. What it raises is logged.
            on_error: What becomes of an item that is no record: `raise` it, or `report` it as a failed
                outcome in its place.
            timeout: Seconds for each chunk (each record, where they go one by one), retries included.
                Default: the client's setting.

        Yields:
            One outcome for each item.

        Raises:
            UsageError: An argument cannot be used; or an item is no record: its kind of error, naming the
                item's place, after everything before it was delivered and told. What the iterable itself
                raises comes at that moment, too.
        """
        return self._many(*self._plan(items, chunk, on_progress, on_error, timeout))

    async def emit_all(
        self,
        items: AsyncItems,
        *,
        chunk: int | None = None,
        on_progress: OnProgress | None = None,
        on_error: str = "raise",
        timeout: float | None = None,
    ) -> EmitSummary:
        """Emit records as `emit_many` does, and count the outcomes.

        Args:
            items: As for `emit_many`.
            chunk: As for `emit_many`.
            on_progress: As for `emit_many`.
            on_error: As for `emit_many`.
            timeout: As for `emit_many`.

        Returns:
            The counts, and the outcomes of the first ten that failed; its `ok` says whether all went in.

        Raises:
            UsageError: As for `emit_many`.
        """
        source, chunks, tally = self._plan(items, chunk, on_progress, on_error, timeout)
        async for _ in self._many(source, chunks, tally):
            pass
        return tally.summary()

    def _plan(
        self,
        items: AsyncItems,
        chunk: int | None,
        on_progress: OnProgress | None,
        on_error: str,
        timeout: float | None,
    ) -> tuple[AsyncSource, Chunks, Tally]:
        allowed = call_timeout(timeout, self._settings)

        def make(item: Any) -> Delivery:
            draft, automatic = draft_of(item, self._drafted)
            return Delivery(draft, self._settings, allowed, automatic=automatic)

        return AsyncSource(items), Chunks(chunk, on_error, make), Tally(on_progress)

    async def _many(
        self, source: AsyncSource, chunks: Chunks, tally: Tally
    ) -> AsyncGenerator[EmitResult, None]:
        ahead = AsyncAhead()
        tally.begin()
        chunk = Chunk()
        try:
            while True:
                following = await self._read(source, chunks, ahead)
                await ahead.join()
                # Where all of it is stored, nothing can hold back the next one: that leaves at once.
                stored = chunk.stored
                results = [] if stored else await self._outcomes(chunk)
                following.without(await self._behind_all(following.crew))
                if following.crew:
                    ahead.start(self._carry, following, source.ring)
                    await ahead.begun()
                if stored:
                    results = await self._outcomes(chunk)
                if results:
                    tally.add(results)
                for result in results:
                    yield result
                chunk = following
                if not chunk.entries and (source.ended or chunks.error is not None):
                    break
        finally:
            await ahead.drop()
            await source.aclose()
        error = chunks.error or source.error
        if error is not None:
            raise error

    async def _read(self, source: AsyncSource, chunks: Chunks, ahead: AsyncAhead) -> Chunk:
        """Build a chunk: a full one, or what there is when the items come slowly."""
        limits = await self._batch_limits()
        chunks.begin(limits or SINGLY)
        while chunks.wanted and not source.ended:
            items = await source.some(chunks.wanted, chunks.empty or ahead.busy)
            chunks.add(items)
            if not items or source.slow:
                break
        return chunks.close(limits)

    async def _outcomes(self, chunk: Chunk) -> list[EmitResult]:
        """Return what the caller is told about the entries of a chunk that was carried, in their order."""
        chunk.take()
        ended = []
        for entry in chunk.entries:
            if isinstance(entry, Mistake):
                report(self._on_emit, entry.told)
            elif entry.told is None:
                result = entry.result
                ended.append((entry, entry.failure("it was not sent") if result is None else result))
        for (delivery, _), told in zip(ended, await self._settled_all(ended), strict=True):
            delivery.told = told
        return [entry.told for entry in chunk.entries if entry.told is not None]

    async def _carry(self, chunk: Chunk) -> None:
        """Deliver a chunk; what has to be sent again goes together, after a wait."""
        content = chunk.begin(await self._batch_limits())
        crew, wait = chunk.crew, 0.0
        if content is not None:
            outcome = await self._post_batch(content, crew[0].deadline, crew[0].timeout)
            chunk.receipts = receipts_of(outcome, len(crew))
            if chunk.receipts is not None:
                return  # they are looked at while the next chunk is under way
            share_wait(crew)
            wait = await self._taken(crew, self._each_of(outcome, len(crew), len(content)))
            crew = await self._left(crew, wait)
        while crew:
            wait = await self._carry_once(crew)
            crew = await self._left(crew, wait)

    async def _left(self, crew: list[Delivery], wait: float) -> list[Delivery]:
        """Return what has to be sent again, after the wait."""
        left = [delivery for delivery in crew if delivery.result is None]
        await self._sender.pause(wait if left else 0.0)
        return left

    async def _carry_once(self, crew: list[Delivery]) -> float:
        limits = await self._batch_limits()
        if limits is None or len(crew) == 1:
            await self._one_by_one(crew)
            return 0.0
        waits = [0.0]
        for part in cut([len(delivery.draft.payload) for delivery in crew], limits):
            waits.append(await self._taken(crew[part], await self._together(crew[part])))
        return max(waits)

    async def _taken(self, crew: Sequence[Delivery], outcomes: Sequence[Outcome | None]) -> float:
        """Give each record what became of it; who has to be sent alone is. Return the seconds to wait."""
        waits, alone = [0.0], []
        for delivery, outcome in zip(crew, outcomes, strict=True):
            if outcome is None:
                alone.append(delivery)
            else:
                waits.append(delivery.take(outcome))
        await self._one_by_one(alone)
        return max(waits)

    async def _one_by_one(self, crew: Sequence[Delivery]) -> None:
        for delivery in crew:
            delivery.begin()
            while delivery.result is None:
                await self._sender.pause(delivery.take(await self._alone(delivery)))

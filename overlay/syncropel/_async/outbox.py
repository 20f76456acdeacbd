"""The part of the client that keeps what cannot be delivered now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from syncropel._async.emit import AsyncEmit
from syncropel.errors import UsageError
from syncropel.rules.records import Draft
from syncropel.transport.config import call_timeout
from syncropel.transport.deadline import deadline_in
from syncropel.transport.delivery import Delivery, report
from syncropel.transport.outbox_choice import FlushResult, is_keepable, is_kept
from syncropel.transport.results import EmitResult
from syncropel.transport.signing import signed
from syncropel.transport.stats import Stats

if TYPE_CHECKING:
    from syncropel._async.courier import AsyncCourier
    from syncropel.transport.outbox import Outbox


class AsyncOutbox(AsyncEmit):
    """The part of the client that keeps what cannot be delivered now."""

    _courier: AsyncCourier | None = None

    def emit_nowait(
        self,
        act: str,
        kind: str,
        body: dict[str, Any],
        thread: str,
        refs: Sequence[dict[str, str]] | None = None,
        parents: Sequence[str] | None = None,
        data_type: str = "SCALAR",
        clock: int | None = None,
        *,
        judged_by: str | None = None,
        validate: bool | None = None,
    ) -> EmitResult:
        """Put one record into the outbox and return at once with its id; it is delivered in the background.

        The record is on disk when this returns, on the synchronous client; on the asynchronous one a thread
        is writing it then, and awaiting the result waits for that. What is left when the program ends stays
        in the file, for the next one with the same outbox or for `spl outbox flush`.

        Args:
            act: As for `emit`.
            kind: As for `emit`.
            body: As for `emit`.
            thread: As for `emit`.
            refs: As for `emit`.
            parents: As for `emit`.
            data_type: As for `emit`.
            clock: As for `emit`; a clock made here that turns out to be taken makes the record a dead letter,
                because its id was given away already.
            judged_by: As for `emit`.
            validate: As for `emit`.

        Returns:
            The result, `queued` with the content id as `record_id`; not queued when the outbox is full or
            cannot be written, which `error` and `code` tell.

        Raises:
            UsageError: The client has no outbox, or as for `emit`.
        """
        if self._courier is None:
            raise UsageError("emit_nowait needs an outbox: Client(outbox=True), a path, or SYNCROPEL_OUTBOX")
        draft, _ = self._drafted(
            act, kind, body, thread, refs, parents, data_type, clock, judged_by=judged_by, validate=validate
        )
        return self._courier.keep_soon(signed(draft, self._settings.identity))

    async def flush(self, timeout: float | None = None, *, everybody: bool = False) -> FlushResult:
        """Deliver what this client's outbox holds for its endpoint, now.

        Args:
            timeout: Seconds to go on for. Default: the client's setting.
            everybody: Other identities' records too, with this client's token: those it may not write become
                dead letters.

        Returns:
            What it came to; True when nothing waits any more. Never raises for what the network does.
        """
        allowed = call_timeout(timeout, self._settings)
        if self._courier is None:
            return FlushResult(0, 0, 0, None)
        return await self._courier.flush(deadline_in(allowed), everybody=everybody)

    @property
    def stats(self) -> Stats:
        """What this client has done so far, in numbers: a snapshot.

        Raises:
            OutboxError: The outbox's file cannot be read.
        """
        outbox = self.outbox
        if outbox is None:
            return self._counters.snapshot()
        return self._counters.snapshot(waiting=outbox.totals().waiting, dropped=outbox.dropped)

    @property
    def outbox(self) -> Outbox | None:
        """The outbox of this client, or None."""
        return None if self._courier is None else self._courier.outbox

    def _use_outbox(self, outbox: Outbox | None, *, owned: bool) -> None:
        if outbox is not None:
            # Only now: most clients have none.
            from syncropel._async.courier import AsyncCourier

            self._courier = AsyncCourier(self, outbox, owned=owned)

    async def _behind(self, draft: Draft) -> EmitResult | None:
        courier = self._courier
        if courier is None or not is_keepable(draft.wire) or not courier.is_behind(draft):
            return None
        return await courier.kept(courier.put(draft), draft)

    async def _settled(self, draft: Draft, result: EmitResult) -> EmitResult:
        courier = self._courier
        if courier is None or not self._keeps(draft, result):
            return self._told(result)
        return await courier.kept(courier.put(draft), draft, result)

    async def _behind_all(self, crew: Sequence[Delivery]) -> list[EmitResult | None]:
        courier = self._courier
        if courier is None:
            return [None] * len(crew)
        # All are put before any is waited for: they share a write. One that is put holds back those after it.
        threads: set[str] = set()
        places = []
        for draft in [delivery.draft for delivery in crew]:
            thread = draft.wire["thread"]
            behind = is_keepable(draft.wire) and (thread in threads or courier.is_behind(draft))
            threads |= {thread} if behind else set()
            places.append((draft, courier.put(draft) if behind else None))
        return [None if place is None else await courier.kept(place, draft) for draft, place in places]

    async def _settled_all(self, crew: Sequence[tuple[Delivery, EmitResult]]) -> list[EmitResult]:
        courier = self._courier
        if courier is None:
            return [self._told(result) for _, result in crew]
        places = [
            courier.put(each.draft) if self._keeps(each.draft, result) else None for each, result in crew
        ]
        return [
            self._told(result) if place is None else await courier.kept(place, each.draft, result)
            for (each, result), place in zip(crew, places, strict=True)
        ]

    def _keeps(self, draft: Draft, result: EmitResult) -> bool:
        """Say whether a record with this outcome goes into the outbox."""
        if result.success or not is_kept(result.status):
            return False
        return self._settings.problem is None and is_keepable(draft.wire)

    def _told(self, result: EmitResult) -> EmitResult:
        """Count how an emit ended, tell `on_emit`, and return the result."""
        ending = "acknowledged" if result.success else "queued" if result.queued else "failed"
        self._counters.add("emitted", ending)
        return report(self._on_emit, result)

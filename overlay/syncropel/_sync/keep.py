# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The part of the client that keeps what cannot be delivered now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncropel._sync.batch import SyncBatch
from syncropel.rules.records import Draft
from syncropel.transport.delivery import Delivery, report
from syncropel.transport.outbox_choice import is_keepable, is_kept
from syncropel.transport.results import EmitResult

if TYPE_CHECKING:
    from syncropel._sync.courier import SyncCourier
    from syncropel.transport.outbox import Outbox


class SyncKeep(SyncBatch):
    """The part of the client through which every delivery begins and ends: what waits, and what is kept."""

    _courier: SyncCourier | None = None

    def _use_outbox(self, outbox: Outbox | None, *, owned: bool) -> None:
        if outbox is not None:
            # Only now: most clients have none.
            from syncropel._sync.courier import SyncCourier

            self._courier = SyncCourier(self, outbox, owned=owned)

    def _behind(self, draft: Draft) -> EmitResult | None:
        """Return the result of a record that has to wait behind others, or None: then it is sent now.

        Called once for every record, signed already, before its first attempt.
        """
        courier = self._courier
        if courier is None or not is_keepable(draft.wire) or not courier.is_behind(draft):
            return None
        return courier.kept(courier.put(draft), draft)

    def _settled(self, draft: Draft, result: EmitResult) -> EmitResult:
        """Take the outcome of a delivery, and return what the caller is told.

        Called once at the end of every delivery, whichever way the record travelled.

        Args:
            draft: The record as it was last sent: signed, and with the clock that was last tried.
            result: The outcome.
        """
        courier = self._courier
        if courier is None or not self._keeps(draft, result):
            return self._told(result)
        return courier.kept(courier.put(draft), draft, result)

    def _behind_all(self, crew: Sequence[Delivery]) -> list[EmitResult | None]:
        """Do for the records of a chunk what `_behind` does for one, in their order."""
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
        return [None if place is None else courier.kept(place, draft) for draft, place in places]

    def _settled_all(self, crew: Sequence[tuple[Delivery, EmitResult]]) -> list[EmitResult]:
        """Do for the records of a chunk what `_settled` does for one, in their order."""
        courier = self._courier
        if courier is None:
            return self._all_told([result for _, result in crew])
        places = [
            courier.put(each.draft) if self._keeps(each.draft, result) else None for each, result in crew
        ]
        return [
            self._told(result) if place is None else courier.kept(place, each.draft, result)
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

    def _all_told(self, results: list[EmitResult]) -> list[EmitResult]:
        """Do what `_told` does for each; where all are stored they are counted in one go."""
        if not all(result.success for result in results):
            return [self._told(result) for result in results]
        self._counters.add("emitted", "acknowledged", count=len(results))
        return results if self._on_emit is None else [report(self._on_emit, result) for result in results]

# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""The part of the client that is the outbox to its user: putting in, delivering now, counting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from syncropel._sync.emit import SyncEmit
from syncropel.errors import UsageError
from syncropel.transport.config import call_timeout
from syncropel.transport.deadline import deadline_in
from syncropel.transport.outbox_choice import FlushResult
from syncropel.transport.results import EmitResult
from syncropel.transport.signing import signed

if TYPE_CHECKING:
    from syncropel.transport.outbox import Outbox
    from syncropel.transport.reports import Stats


class SyncOutbox(SyncEmit):
    """The part of the client that is the outbox to its user."""

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

    def flush(self, timeout: float | None = None, *, everybody: bool = False) -> FlushResult:
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
        return self._courier.flush(deadline_in(allowed), everybody=everybody)

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

# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Records that travel together: one request for several of them, where the server takes it."""

from __future__ import annotations

import os
from collections.abc import Sequence

from syncropel._sync.core import SyncCore
from syncropel._sync.send import SyncSender
from syncropel.errors import ClosedError
from syncropel.transport.batching import MANIFEST_SECONDS, OURS, BatchLimits, joined, outcomes_of
from syncropel.transport.deadline import deadline_in
from syncropel.transport.delivery import Delivery, Outcome, share_wait
from syncropel.transport.failures import Undelivered
from syncropel.transport.lanes_sync import SyncLane
from syncropel.transport.operations import CAPABILITIES, EMIT_RECORD, EMIT_RECORDS, NDJSON_TYPE, Call


class SyncBatch(SyncCore):
    """The part of the client that sends records, one or several in a request."""

    def _attempt(self, delivery: Delivery) -> Outcome:
        """Send a record once, together with others that wait where that is possible."""
        if not (self._settings.coalesce and self._support.possible):
            return self._alone(delivery)
        outcome = self._lane().send(delivery, self)
        return self._alone(delivery) if outcome is None else outcome

    def _lane(self) -> SyncLane[Delivery, Outcome]:
        """Return the lane of the running event loop."""
        home = None
        lane = self._lanes.get(home)
        if lane is None or lane.pid != os.getpid():
            for other in [other for other in list(self._lanes) if other is not None]:
                self._lanes.pop(other, None)
            lane = self._lanes[home] = SyncLane()
        lane.limits = self._support.limits or OURS
        return lane

    def _alone(self, delivery: Delivery) -> Outcome:
        """Send a record once; what goes wrong is an outcome too."""
        content = delivery.draft.payload
        return self._sent(self._sender, EMIT_RECORD, delivery.deadline, delivery.timeout, content)

    def _coalesced(self, crew: Sequence[Delivery]) -> list[Outcome | None]:
        """Send the records of several callers once, in one request."""
        outcomes = self._together(crew)
        self._counters.add("coalesced", count=len(crew) - outcomes.count(None))
        return outcomes

    def _together(self, crew: Sequence[Delivery]) -> list[Outcome | None]:
        """Send several records once, in one request; None where one has to be sent alone."""
        if self._batch_limits() is None:
            return [None] * len(crew)
        share_wait(crew)
        longest = max(crew, key=lambda delivery: delivery.deadline)
        payloads = [delivery.draft.payload for delivery in crew]
        return self._post_together(payloads, longest.deadline, longest.timeout)

    def _batch_limits(self, sender: SyncSender | None = None) -> BatchLimits | None:
        """Return what one request may hold; None where records go one by one. The server is asked once.

        Args:
            sender: Through which the question goes. Default: the client's.
        """
        support = self._support
        if support.unknown:
            seconds = min(MANIFEST_SECONDS, self._settings.timeout)
            answer = self._sent(sender or self._sender, CAPABILITIES, deadline_in(seconds), seconds)
            support.learn(answer)
        return support.limits

    def _post_together(
        self,
        payloads: Sequence[bytes],
        deadline: float,
        timeout: float,
        sender: SyncSender | None = None,
    ) -> list[Outcome | None]:
        """Send records in one request, once.

        Args:
            payloads: What is posted of each, no more than `_batch_limits` allows.
            deadline: When to give up, by `time.monotonic`.
            timeout: Seconds the caller allowed, for the message.
            sender: Through which it goes. Default: the client's.

        Returns:
            What became of each, in order; None where it has to be sent alone.
        """
        content = joined(payloads)
        outcome = self._post_batch(content, deadline, timeout, sender)
        return self._each_of(outcome, len(payloads), len(content))

    def _post_batch(
        self, content: bytes, deadline: float, timeout: float, sender: SyncSender | None = None
    ) -> Outcome:
        """Send a batch once. Arguments as above; returns what the request came to."""
        self._counters.add("batches")
        return self._sent(sender or self._sender, EMIT_RECORDS, deadline, timeout, content, NDJSON_TYPE)

    def _each_of(self, outcome: Outcome, count: int, size: int) -> list[Outcome | None]:
        """Return what became of each record of a batch of so many bytes, and learn from it."""
        outcomes = outcomes_of(outcome, count)
        if None in outcomes:
            self._support.refused(outcome, size)
        return outcomes

    def _sent(
        self,
        sender: SyncSender,
        call: Call,
        deadline: float,
        timeout: float,
        content: bytes | None = None,
        content_type: bytes = b"application/json",
    ) -> Outcome:
        try:
            request = self._prepare(call, content=content, content_type=content_type)
            return sender.attempt(request, deadline, timeout)
        except (Undelivered, ClosedError) as error:
            return error

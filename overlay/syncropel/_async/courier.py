"""Delivers what waits in an outbox: in the background, when asked to flush, and when the client closes."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from syncropel._async.send import AsyncSender
from syncropel.errors import SyncropelError
from syncropel.rules.records import Draft
from syncropel.transport.batching import cut
from syncropel.transport.deadline import deadline_in
from syncropel.transport.delivery import Outcome, report
from syncropel.transport.keeping import Bell
from syncropel.transport.keeping_async import AsyncKeeping
from syncropel.transport.operations import EMIT_RECORD
from syncropel.transport.outbox import Outbox
from syncropel.transport.outbox_choice import FlushResult
from syncropel.transport.outbox_ledger import Ledger, Round, is_alone
from syncropel.transport.outbox_policy import (
    CHUNK_SECONDS,
    FULL,
    LOOK_AGAIN_SECONDS,
    SINGLES,
    UNUSABLE,
    WATCH_SECONDS,
    backoff,
)
from syncropel.transport.outbox_results import entry_of, kept, not_kept, queued
from syncropel.transport.outbox_rows import Waiting
from syncropel.transport.results import EmitResult
from syncropel.transport.workers import AsyncComputer, AsyncWorker

if TYPE_CHECKING:
    from concurrent.futures import Future

    from syncropel._async.keep import AsyncKeep

logger = logging.getLogger("syncropel")


class AsyncCourier:
    """Keeps and delivers for one client. Its records are those of the identity it was made with.

    Args:
        client: Whose settings, requests and counters serve.
        outbox: Where records wait.
        owned: Whether closing this closes the outbox.
    """

    def __init__(self, client: AsyncKeep, outbox: Outbox, *, owned: bool) -> None:
        self.outbox = outbox
        self.open = True
        self.closing_seconds = outbox.flush_on_close
        self._client = client
        self._owned = owned
        self._lane = (client._settings.endpoint, client._settings.identity.actor_did)
        self._looked = False
        self._bell: Bell[AsyncWorker] = Bell()
        given = client._sender.given
        transport = None if given is None else given.transport
        # Of its own: what waits is still delivered while the client closes, and takes nobody's place.
        self._sender = AsyncSender(client._settings, transport, max_connections=2, owns_transport=False)

    def is_behind(self, draft: Draft) -> bool:
        """Say whether records of its thread wait, so that a record has to wait behind them."""
        try:
            if not self._looked and self.outbox.waits(*self._lane):
                self._ring()
            self._looked = True
            return self.outbox.holds(*self._lane, draft.wire["thread"])
        except SyncropelError as error:
            # Without its file the outbox keeps nothing, and holds nothing up either.
            logger.warning("the outbox cannot be asked: %s", error)
            return False

    def keep_soon(self, draft: Draft) -> EmitResult:
        """Begin to keep a record that was not sent."""
        # Put before anything is awaited: the file's thread has it when this returns.
        result = queued(draft)
        return AsyncKeeping.queued(result, self.kept(self.put(draft), draft, result))

    def put(self, draft: Draft) -> Future[bool]:
        """Begin to keep a record; its place is certain once the future is done."""
        return self.outbox.put(entry_of(draft, *self._lane))

    async def kept(self, place: Future[bool], draft: Draft, known: EmitResult | None = None) -> EmitResult:
        """Wait until a record has its place, and tell what came of it.

        Args:
            place: What `put` returned.
            draft: The record.
            known: Why it could not be delivered; None when it was not sent (or what is said of it then).
        """
        result = queued(draft) if known is None else known
        try:
            placed = await AsyncKeeping.wait(place)
        except SyncropelError as error:
            return self._client._told(not_kept(result, str(error), UNUSABLE))
        if not placed:
            return self._client._told(not_kept(result, await self._fullness(), FULL))
        told = self._client._told(result if result.queued else kept(draft, result))
        self._ring()
        return told

    async def _fullness(self) -> str:
        text = f"the outbox {str(self.outbox.path)!r} is full"
        try:
            totals = await AsyncComputer.run(self.outbox.totals)
        except SyncropelError:
            return text
        return f"{text} ({totals.waiting:,} waiting, {totals.dead:,} refused: spl outbox list)"

    async def flush(self, deadline: float, *, once: bool = False, everybody: bool = False) -> FlushResult:
        """Deliver until nothing waits or the time is up; with `once`, until the first failure."""
        lane = (self._lane[0], None) if everybody else self._lane
        delivered = dead = failures = 0
        why = None
        try:
            await AsyncKeeping.wait(self.outbox.settled())
            while True:
                done = await self._round(lane, deadline, eager=True)
                delivered, dead = delivered + done.delivered, dead + done.dead
                why = done.failure or ("another process is delivering them" if not done.taken else why)
                if not await AsyncComputer.run(self.outbox.waits, *lane):
                    break
                failures = failures + 1 if done.failure else 0
                wait = backoff(failures, done.retry_after) if failures else WATCH_SECONDS * (not done.taken)
                if (failures and once) or time.monotonic() + wait >= deadline:
                    break
                await self._sender.pause(wait)
            left = await AsyncComputer.run(self.outbox.count, *lane)
        except SyncropelError as error:
            return FlushResult(delivered, dead, None, str(error))
        return FlushResult(delivered, dead, left, why if left else None)

    def has_waiting(self) -> bool:
        """Say whether anything waits, as far as the file can be asked."""
        try:
            return self.outbox.waits(*self._lane)
        except SyncropelError:
            return False

    def abandon(self) -> None:
        """Close without waiting; what waits stays in the file."""
        if self.open:
            self.open = False
            self._bell.stop()
            self._sender.abandon()
            if self._owned:
                self.outbox.close()

    async def aclose(self) -> None:
        """Stop delivering in the background, deliver what can be delivered soon, and close."""
        if not self.open:
            return
        self.open = False
        deadline = deadline_in(self.closing_seconds)
        worker = self._bell.stop()
        if worker is not None:
            await worker.join(self.closing_seconds)
        if self.closing_seconds > 0:
            await AsyncKeeping.wait(self.outbox.settled())
            if self.has_waiting():
                await self.flush(deadline, once=True)
        await self._sender.aclose()
        if self._owned:
            await AsyncComputer.run(self.outbox.close)

    def _ring(self) -> None:
        if self.open:
            self._bell.ring(self._start_worker)

    def _start_worker(self) -> AsyncWorker:
        worker = AsyncWorker()
        worker.start(lambda: self._work(worker), "syncropel-outbox")
        return worker

    async def _work(self, worker: AsyncWorker) -> None:
        """Deliver until nothing waits any more."""
        failures = 0
        while not worker.stopping:
            heard = self._bell.heard()
            try:
                done = await self._round(self._lane, deadline_in(CHUNK_SECONDS))
                idle = not done.taken and not await AsyncComputer.run(self.outbox.waits, *self._lane)
            except SyncropelError as error:
                done, idle = Round(failure=str(error), stopped=True), False
            if idle and self._bell.leaves(heard):
                return
            failures = failures + 1 if done.stopped else 0
            if done.stopped:
                logger.debug("the outbox waits: %s", done.failure)
                await worker.pause(backoff(failures, done.retry_after))
            elif not done.taken:
                # Others deliver what waits, or it rests after a failure of its own.
                await worker.pause(LOOK_AGAIN_SECONDS)

    async def _round(self, lane: tuple[str, str | None], deadline: float, *, eager: bool = False) -> Round:
        """Take a chunk, deliver it, and note what came of it."""
        client, owner = self._client, self.outbox.new_owner()
        ledger = Ledger((), ())
        try:
            taken = await AsyncComputer.finish(self.outbox.take, *lane, owner, eager=eager)
            if not taken:
                return Round()
            ledger = Ledger(taken, client._settings.credential.secrets)
            await self._deliver(ledger, deadline)
        except BaseException:
            # Cancelled, most often. What is known is noted, and the rest is free for others at once.
            self.outbox.settle(owner, *ledger.notes)
            raise
        await AsyncComputer.finish(self.outbox.settle, owner, *ledger.notes)
        client._counters.add("delivered_later", count=len(ledger.delivered))
        client._counters.add("dead", count=len(ledger.refused))
        for result in ledger.results:
            report(client._on_emit, result)
        return ledger.round

    async def _deliver(self, ledger: Ledger, deadline: float) -> None:
        client, rows = self._client, ledger.sound
        limits = await client._batch_limits(self._sender) if len(rows) > 1 else None
        alone: list[Waiting] = list(rows) if limits is None else []
        for part in [] if limits is None else cut([len(row.entry.payload) for row in rows], limits):
            group = [row for row in rows[part] if ledger.is_due(row)]
            if time.monotonic() >= deadline:
                break
            if not group:
                continue
            until, allowed = self._until(deadline)
            payloads = [row.entry.payload for row in group]
            outcomes = await client._post_together(payloads, until, allowed, self._sender)
            for row, outcome in zip(group, outcomes, strict=True):
                if outcome is None or is_alone(outcome, len(group)):
                    alone.append(row)
                else:
                    ledger.take(row, outcome)
        for row in alone[:SINGLES]:
            if ledger.is_due(row) and time.monotonic() < deadline:
                ledger.take(row, await self._post(row, deadline))

    async def _post(self, row: Waiting, deadline: float) -> Outcome:
        until, allowed = self._until(deadline)
        return await self._client._sent(self._sender, EMIT_RECORD, until, allowed, row.entry.payload)

    def _until(self, deadline: float) -> tuple[float, float]:
        allowed = min(self._client._settings.timeout, CHUNK_SECONDS)
        return min(deadline, deadline_in(allowed)), allowed

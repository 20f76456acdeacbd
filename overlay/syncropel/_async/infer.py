"""Asking: the query is posted once, then its thread is followed until the answer is there."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, overload

from syncropel._async.core import AsyncCore
from syncropel._async.emit import new_thread
from syncropel._async.feed import AsyncFeed, Watchers
from syncropel.errors import (
    ClosedError,
    InferFailed,
    InferNotSent,
    SyncropelError,
    UsageError,
    UsageTypeError,
)
from syncropel.rules.limits import MAX_PAGE
from syncropel.rules.records import Draft, check_record
from syncropel.transport import operations
from syncropel.transport.clock import CLOCKS, MAX_FRESH_CLOCKS
from syncropel.transport.convert import Answer, api_error, checked, is_duplicate_clock, record_page
from syncropel.transport.deadline import Allowance
from syncropel.transport.reconnect import HEARTBEAT_TIMEOUT, Lost
from syncropel.transport.redaction import redact_error
from syncropel.transport.signing import signed
from syncropel.transport.workers import AsyncWorker

if TYPE_CHECKING:
    from syncropel.rules.infer.events import InferEvent
    from syncropel.rules.infer.outcome import InferOptions, InferPending, InferResult
    from syncropel.transport.waiting import Waiting


class AsyncInfer(AsyncCore):
    """The part of the client that asks.

    Asking fails hard, unlike emitting: what cannot be answered raises.
    """

    @overload
    async def infer(self, request: dict[str, Any], options: None = None) -> InferResult: ...

    @overload
    async def infer(self, request: dict[str, Any], options: InferOptions) -> InferResult | InferPending: ...

    async def infer(
        self, request: dict[str, Any], options: InferOptions | None = None
    ) -> InferResult | InferPending:
        """Ask, and wait for the answer.

        Args:
            request: `input` (`{"goal": "..."}`, or `inline`, `record_id`, `ref`), `responders`, `fold`, and
                what else a query may have: `answer_shape`, `orchestration`, `dial`, `relevance`,
                `side_effects`, `metadata`.
            options: How to wait. Default: on a new thread, for five minutes.

        Returns:
            The answer; with `InferOptions(wait=False)` an `InferPending` as soon as the query is stored.

        Raises:
            UsageError: The request breaks the shape of a query (a `ValueError`, or a `TypeError` too for a
                wrong type); nothing was sent, and the message has the JSON path.
            InferNotSent: The query was refused, or no server was reached; it is never sent twice.
            InferFailed: The query came to no answer; `code` says why.
            InferTimeout: The time ran out; `infer_result` can go on waiting.
        """
        from syncropel.rules.infer.request import build_query_body

        chosen = _checked(options)
        pending = await self._ask(build_query_body(request), chosen)
        return await self.infer_result(pending, chosen) if chosen.wait else pending

    async def infer_result(
        self, pending: InferPending | Mapping[str, Any], options: InferOptions | None = None
    ) -> InferResult:
        """Wait for the answer of a query that was asked before, by whichever process.

        Args:
            pending: What `infer` returned, or a mapping with its `correlation_id` and `thread_id`.
            options: How to wait; `wait` and `thread` do not count here.

        Returns:
            The answer.

        Raises:
            InferFailed: The query came to no answer.
            InferTimeout: The time ran out; the message says whether the server was there.
            AuthenticationError, PermissionDeniedError: This client may not read the thread, or not any more.
            UsageError: The query is not named.
        """
        from syncropel.transport.waiting import Waiting

        async with aclosing(self._follow(Waiting(_named(pending), _checked(options)))) as events:
            async for event in events:
                if event.result is not None:
                    return event.result
        raise AssertionError("a wait ends with an answer or an error")

    async def infer_stream(
        self,
        request: dict[str, Any] | InferPending,
        options: InferOptions | None = None,
    ) -> AsyncIterator[InferEvent]:
        """Ask, and go through what happens until the answer is there.

        Args:
            request: A request as for `infer`, or an `InferPending` to follow what was asked before.
            options: As for `infer`; `wait` does not count here.

        Yields:
            An `InferEvent` for every call, reply and stage, the last one of type `folded` with the `result`.

        Raises:
            SyncropelError: As for `infer`.
        """
        from syncropel.rules.infer.outcome import InferPending
        from syncropel.rules.infer.request import build_query_body
        from syncropel.transport.waiting import Waiting

        chosen = _checked(options)
        if isinstance(request, InferPending):
            pending = request
        else:
            pending = await self._ask(build_query_body(request), chosen)
        async with aclosing(self._follow(Waiting(pending, chosen))) as events:
            async for event in events:
                yield event

    async def _ask(self, body: dict[str, Any], options: InferOptions) -> InferPending:
        """Post the query once. Only a clock that another record holds is replaced."""
        actor = self._settings.identity.actor_did
        thread = new_thread() if options.thread is None else options.thread
        clock = CLOCKS.next(actor, thread)
        # Not `build_record`: a query of the published clients has no `_v`.
        identity = self._settings.identity
        record = {"act": "INTEND", "actor": actor, "body": body, "thread": thread, "clock": clock}
        draft = signed(check_record(record), identity)
        answer = await self._post(draft)
        for attempt in range(MAX_FRESH_CLOCKS):
            if not is_duplicate_clock(answer):
                break
            fresh = CLOCKS.after(actor, thread, draft.wire["clock"], attempt)
            draft = signed(draft.with_clock(fresh), identity)
            answer = await self._post(draft)
        if not answer.ok:
            refusal = self._clean(api_error(answer))
            raise InferNotSent(f"the query was refused: {refusal}") from refusal
        return _pending(answer.json_or_none(), draft)

    async def _post(self, draft: Draft) -> Answer:
        try:
            return await self._request(operations.emit_record_call(draft.wire), None)
        except (ClosedError, UsageError):
            raise
        except SyncropelError as error:
            raise InferNotSent(
                f"no server took the query: {self._clean(error)} (if it arrived after all, it is record "
                f"{draft.id} on thread {draft.wire['thread']!r})"
            ) from error

    def _clean(self, error: SyncropelError) -> SyncropelError:
        """Return an error without the token, which a server may have echoed."""
        redact_error(error, *self._settings.credential.secrets)
        return error

    async def _follow(self, waiting: Waiting) -> AsyncGenerator[InferEvent, None]:
        while True:
            read_pages = True
            if waiting.streaming and waiting.remaining > 0:
                feed = AsyncAnswerFeed.of(self, waiting)
                try:
                    async with aclosing(feed.records()) as records:
                        async for record in records:
                            event = feed.told(record)
                            if event is not None:
                                yield event
                            if waiting.finished:
                                return
                except (ClosedError, UsageError, InferFailed):
                    raise
                except SyncropelError as error:
                    read_pages = waiting.stream_ended(self._clean(error))
            if read_pages:
                async with aclosing(self._pages(waiting)) as events:
                    async for event in events:
                        yield event
                        if waiting.finished:
                            return
            if waiting.over:
                raise waiting.timeout()
            if read_pages:
                await self._sender.pause(waiting.pause())

    async def _pages(self, waiting: Waiting) -> AsyncGenerator[InferEvent, None]:
        """Read what the thread holds, from where the last reading ended."""
        more = True
        while more:
            call = operations.list_thread_records_call(
                waiting.pending.thread_id, limit=MAX_PAGE, **waiting.next_page()
            )
            try:
                answer = await self._request(call, waiting.page_timeout(self._settings.timeout))
                page = record_page(checked(answer))
            except (ClosedError, UsageError):
                raise
            except SyncropelError as error:
                waiting.page_failed(self._clean(error))
                return
            more = waiting.page_read(page) and not waiting.late
            for record in page:
                event = waiting.take(record)
                if event is not None:
                    if event.error is not None:
                        raise event.error
                    yield event


class AsyncAnswerFeed(AsyncFeed):
    """One connection to the stream of a query's thread, left when its time is up."""

    _waiting: Waiting
    _until: float
    _granted: float
    _exact: bool

    @classmethod
    def of(cls, client: AsyncInfer, waiting: Waiting) -> AsyncAnswerFeed:
        """Return the feed of the next connection."""
        until = waiting.stream_until()
        allowed = Allowance.until(until)
        settings = client._settings
        feed = cls(
            client._prepare,
            client._streams,
            min(settings.timeout, allowed),
            waiting.pending.thread_id,
            waiting.resumption,
            Watchers(),
            AsyncWorker(),
            heartbeat_timeout=allowed,
            bearer=None,
            credential=settings.credential,
        )
        feed._waiting, feed._until, feed._granted = waiting, until, float(allowed)
        # Our own sockets leave at the moment itself; others only know how long one silence may last.
        feed._exact = client._streams.given is None
        return feed

    def told(self, record: Any) -> InferEvent | None:
        """Take a record.

        Raises:
            InferFailed: It says that the query came to no answer.
        """
        self._waiting.heard()
        event = self._waiting.take(record)
        if event is not None and event.error is not None:
            raise event.error
        return event

    async def tell(self, name: str, *_: object) -> None:
        """Take a sign of life, and leave when the next silence could last too long."""
        if name != "on_heartbeat":
            return
        self._waiting.heard()
        overshoot = time.monotonic() + (0.0 if self._exact else self._granted) - self._until
        if overshoot > (0.0 if self._exact else 1.0):
            raise Lost(HEARTBEAT_TIMEOUT, "the time of this connection is up")


def _checked(options: InferOptions | None) -> InferOptions:
    from syncropel.rules.infer.outcome import InferOptions

    if options is None:
        return InferOptions()
    if not isinstance(options, InferOptions):
        raise UsageTypeError(f"options must be an InferOptions, not {type(options).__name__}")
    return options


def _named(pending: InferPending | Mapping[str, Any]) -> InferPending:
    from syncropel.rules.infer.outcome import InferPending

    if isinstance(pending, InferPending):
        return pending
    if not isinstance(pending, Mapping):
        raise UsageTypeError(f"pending must be an InferPending or a mapping, not {type(pending).__name__}")
    for name in ("correlation_id", "thread_id"):
        if not isinstance(pending.get(name), str) or not pending[name]:
            raise UsageError(f"pending needs a text {name!r}")
    return InferPending(pending["correlation_id"], pending["thread_id"], sequence=pending.get("sequence"))


def _pending(row: Any, draft: Draft) -> InferPending:
    from syncropel.rules.infer.outcome import InferPending

    row = row if isinstance(row, dict) else {}
    given, thread, sequence = row.get("id"), row.get("thread"), row.get("sequence")
    return InferPending(
        correlation_id=given if isinstance(given, str) and given else draft.id,
        thread_id=thread if isinstance(thread, str) and thread else draft.wire["thread"],
        sequence=sequence if isinstance(sequence, int) and not isinstance(sequence, bool) else None,
    )

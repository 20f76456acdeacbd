"""Working through a queue: take, work, acknowledge; give back what failed; keep what takes long."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from syncropel._async.store.carrier import AsyncCarrier
from syncropel._async.store.hold import AsyncHold
from syncropel.errors import ClosedError, SynapError, UsageError
from syncropel.transport.crew import AsyncCrew
from syncropel.transport.later import inspect, logger
from syncropel.transport.stopping import Stopping
from syncropel.transport.store_arguments import delivery
from syncropel.transport.store_follow import Backoff
from syncropel.transport.store_results import Message, Told, message_of
from syncropel.transport.store_wire import is_passing

if TYPE_CHECKING:
    from syncropel._async.store.queue import AsyncQueues

RESOLVE_ATTEMPTS = 5
"""How often a message is acknowledged or given back again before it is left to its deadline."""

RESOLVE_SECONDS = 10.0
"""How long after the first attempt another one is begun: a server that is silent must not hold up an end."""

POLL_SECONDS = 2.0
"""How long one request waits for a message, and so how long a worker without work takes to stop."""

Self = TypeVar("Self", bound="AsyncQueueWorker")
Handler = Callable[[Message], Any]


class AsyncQueueWorker:
    """Messages of a queue, one after the other.

    As an iterator: asking for the next message says that the last one is done, and acknowledges it. Leaving
    the loop, by `break`, `return` or an exception, gives the message in hand back, because a loop cannot be
    seen to succeed; inside `with` the end of the block tells: without an exception the message is done.

    `run` calls a function for each message, and is exact: it returned, or it raised.

    Attributes:
        queue: The queue.
        consumer_id: Who takes the messages.
    """

    def __init__(
        self,
        queues: AsyncQueues,
        carrier: AsyncCarrier,
        queue: str,
        consumer_id: str,
        *,
        concurrency: int,
        extend: bool,
        handle_signals: bool,
    ) -> None:
        self.queue = queue
        self.consumer_id = consumer_id
        self._queues = queues
        self._carrier = carrier
        self._concurrency = concurrency
        self._handle_signals = handle_signals
        self._stopping = False
        self._within = False
        self._hold = AsyncHold(queues, queue, moves=extend)

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping

    def stop(self) -> None:
        """Take no more messages; those in hand are finished. From any thread, and from a signal handler."""
        self._stopping = True

    def __aiter__(self) -> AsyncIterator[Message]:
        if self._concurrency != 1:
            raise UsageError("a loop works on one message at a time: concurrency is for run()")
        return self._messages()

    async def __aenter__(self: Self) -> Self:
        self._within = True
        return self

    async def __aexit__(self, kind: object, *exception: object) -> None:
        self._within = False
        for message in self._hold.messages:
            await self._resolve(message, done=kind is None)
        self._hold.stop()

    async def run(
        self, handler: Handler, *, on_error: Callable[[Message, Exception], object] | None = None
    ) -> None:
        """Call a function for each message until the worker is told to stop.

        What it returns for is acknowledged; what it raises for is given back, and handed out again up to
        `max_retries` times.

        Args:
            handler: The function; it may return what can be awaited, where there is an event loop.
            on_error: Called with the message and what was raised. Default: it is logged.

        Raises:
            SynapError: The server refuses for good: no such scope, no valid token.
            ClosedError: The client was closed.
        """
        with Stopping(self.stop, self._handle_signals):
            try:
                await AsyncCrew.run(self._concurrency, lambda: self._labour(handler, on_error), self.stop)
            finally:
                self._hold.stop()

    async def release(self) -> None:
        """Stop, and give back every message in hand."""
        self.stop()
        until = time.monotonic() + RESOLVE_SECONDS
        for message in self._hold.messages:
            if time.monotonic() < until:
                await self._resolve(message, done=False, until=until)
            elif self._hold.drop(message):
                self._unresolved(message, TimeoutError("the server was silent for too long before"))
        self._hold.stop()

    async def _labour(
        self, handler: Handler, on_error: Callable[[Message, Exception], object] | None
    ) -> None:
        done: Message | None = None
        while (message := await self._next(done)) is not None:
            done = message
            try:
                result = handler(message)
                if inspect.isawaitable(result):
                    await AsyncCrew.settle(result)
            except Exception as error:  # the handler is the user's code and may raise anything
                done = None
                await self._resolve(message, done=False)
                if on_error is not None:
                    on_error(message, error)
                else:
                    logger.exception(
                        "the handler failed for message %s of %r", message.message_id, self.queue
                    )
            except BaseException:
                await self._resolve(message, done=False)
                raise

    async def _messages(self) -> AsyncGenerator[Message, None]:
        with Stopping(self.stop, self._handle_signals):
            message: Message | None = None
            try:
                while True:
                    message = await self._next(message)
                    if message is None:
                        return
                    yield message
            finally:
                if message is not None and not self._within:
                    await self._resolve(message, done=False)
                if not self._within:
                    self._hold.stop()

    async def _next(self, done: Message | None) -> Message | None:
        """Acknowledge a message and return the next one; None when the worker stops."""
        backoff = Backoff()
        if done is not None and self._stopping:
            await self._resolve(done, done=True)
        while not self._stopping:
            try:
                found = await self._exchange(done) if done is not None else await self._poll()
                done = None
            except SynapError as error:
                done = done if done is not None and self._hold.has(done) else None
                await self._failed(error, backoff)
                continue
            if found is not None:
                await self._hold.take(found)
                return found
        return None

    async def _poll(self) -> Message | None:
        return await self._queues.consume(self.queue, self.consumer_id, wait=POLL_SECONDS)

    async def _exchange(self, done: Message) -> Message | None:
        """Acknowledge one message and take the next one, in one request."""
        if not self._hold.has(done):
            return await self._poll()  # it was resolved meanwhile, or its deadline has passed
        asked = {"queue": self.queue, "consumer_id": self.consumer_id, "encoding": "base64"}
        said, given = await self._carrier.run_all(
            [("queue.ack", delivery(self.queue, done)), ("queue.consume", asked)], self.queue
        )
        found = None
        if given.error is None:
            found = message_of(self.queue, self.consumer_id, Told("queue.consume", given.payload)["message"])
        elif said.error is not None and is_passing(said.error):
            raise self._carrier.hidden(given.error)  # neither is known to be done: both are asked again
        if said.error is not None and is_passing(said.error):
            await self._resolve(done, done=True)
        elif self._hold.drop(done) and said.error is not None:
            self._unresolved(done, said.error)
        if given.error is not None:
            raise self._carrier.hidden(given.error)
        return found

    async def _resolve(self, message: Message, *, done: bool, until: float | None = None) -> None:
        """Acknowledge a message, or give it back; what cannot be said any more is logged.

        Args:
            message: The message.
            done: Whether it is done.
            until: When no other attempt is begun any more, by `time.monotonic`; several share it.
        """
        if not self._hold.drop(message):
            return
        backoff = Backoff()
        until = until or time.monotonic() + RESOLVE_SECONDS
        while True:
            try:
                if done:
                    await self._queues.ack(self.queue, message)
                else:
                    await self._queues.nack(self.queue, message)
            except SynapError as error:
                again = backoff.failures < RESOLVE_ATTEMPTS and time.monotonic() < until
                if again and is_passing(error):
                    await self._carrier.pause(backoff.failed(error.retry_after))
                    continue
                self._unresolved(message, error)
            except ClosedError as error:
                self._unresolved(message, error)
            return

    def _unresolved(self, message: Message, error: Exception) -> None:
        logger.warning(
            "message %s of %r could not be resolved and may be handed out again: %s",
            message.message_id,
            self.queue,
            error,
        )

    async def _failed(self, error: SynapError, backoff: Backoff) -> None:
        if self._carrier.closed:
            raise ClosedError("this client is closed; make a new one") from error
        if not is_passing(error):
            raise error
        delay = backoff.failed(error.retry_after)
        logger.warning("taking messages of %r failed, next attempt in %.1f s: %s", self.queue, delay, error)
        await self._carrier.pause(delay)

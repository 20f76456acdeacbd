"""Listening to topics: message after message, over lost connections."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from syncropel.errors import ClosedError, SynapError
from syncropel.transport.homes import current_home
from syncropel.transport.later import logger
from syncropel.transport.store_follow import Backoff
from syncropel.transport.store_results import TopicMessage, topic_message_of
from syncropel.transport.store_wire import decoded, is_passing
from syncropel.transport.websocket import Listening, SocketLost
from syncropel.transport.websocket_async import AsyncSocket
from syncropel.transport.workers import AsyncWorker

Self = TypeVar("Self", bound="AsyncTopics")


class AsyncTopics:
    """The messages of some topics as they are published.

    Leaving the loop ends it; so does `close`, also from elsewhere, and with an error the end of the client.
    Inside `with` the connection stands from the beginning of the block on.

    Attributes:
        topics: What it listens to.
    """

    def __init__(
        self,
        listening: Listening,
        closed: Callable[[], bool],
        on_gap: Callable[[Exception], object] | None,
        max_reconnects: float,
    ) -> None:
        self.topics = listening.topics
        self._listening = listening
        self._client_closed = closed
        self._on_gap = on_gap
        self._max_reconnects = max_reconnects
        self._socket: AsyncSocket | None = None
        self._home: object = None
        self._worker = AsyncWorker()

    def __aiter__(self) -> AsyncIterator[TopicMessage]:
        return self._messages()

    async def __aenter__(self: Self) -> Self:
        try:
            if self._socket is None:
                self._socket = await self._open()
        except SocketLost as lost:
            raise lost.error from lost.error.__cause__
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End it. Closing twice is the same as once."""
        self._worker.stop()
        socket, self._socket = self._socket, None
        if socket is not None and self._home is current_home():  # on another loop nothing can be awaited here
            await socket.aclose()

    async def _messages(self) -> AsyncIterator[TopicMessage]:
        backoff = Backoff(base=0.5, longest=30.0)
        lost: Exception | None = None
        try:
            while not self._worker.stopping and not self._client_closed():
                try:
                    if self._socket is None:
                        self._socket = await self._open()
                        if self._worker.stopping:
                            continue
                    self._back(lost)
                    lost = None
                    async for text in self._socket:
                        backoff.worked()
                        message = topic_message_of(decoded(text))
                        if message is not None:
                            yield message
                except SocketLost as error:
                    lost = error
                    await self._again(error, backoff)
            if self._client_closed():
                raise ClosedError("this client is closed; make a new one")
        finally:
            await self.aclose()

    async def _open(self) -> AsyncSocket:
        self._home = current_home()
        return await AsyncSocket.open(self._listening)

    def _back(self, lost: Exception | None) -> None:
        """Say that there was a gap, when there was one."""
        if lost is not None and self._on_gap is not None:
            self._on_gap(lost)
        elif lost is not None:
            logger.warning("listening to %s again; what was told meanwhile is lost", ", ".join(self.topics))

    async def _again(self, lost: SocketLost, backoff: Backoff) -> None:
        """Wait before the next connection.

        Raises:
            SynapError: The server refuses for good, or there were too many attempts.
        """
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.aclose()
        if self._worker.stopping or self._client_closed():
            return
        error: SynapError = lost.error
        if not lost.passing or (error.status_code is not None and not is_passing(error)):
            raise error
        if backoff.failures >= self._max_reconnects:
            raise error
        delay = backoff.failed(error.retry_after)
        named = ", ".join(self.topics)
        logger.info("the connection to %s ended, next attempt in %.1f s: %s", named, delay, error)
        await self._worker.pause(delay)

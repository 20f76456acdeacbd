# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Listening to topics: message after message, over lost connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from syncropel.errors import ClosedError, SynapError
from syncropel.transport.later import logger
from syncropel.transport.store_follow import Backoff
from syncropel.transport.store_results import TopicMessage, topic_message_of
from syncropel.transport.store_wire import decoded, is_passing
from syncropel.transport.websocket import Listening, SocketLost
from syncropel.transport.websocket_sync import SyncSocket
from syncropel.transport.workers import SyncWorker

Self = TypeVar("Self", bound="SyncTopics")


class SyncTopics:
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
        self._socket: SyncSocket | None = None
        self._home: object = None
        self._worker = SyncWorker()

    def __iter__(self) -> Iterator[TopicMessage]:
        return self._messages()

    def __enter__(self: Self) -> Self:
        try:
            if self._socket is None:
                self._socket = self._open()
        except SocketLost as lost:
            raise lost.error from lost.error.__cause__
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End it. Closing twice is the same as once."""
        self._worker.stop()
        socket, self._socket = self._socket, None
        if socket is not None and self._home is None:  # on another loop nothing can be awaited here
            socket.close()

    def _messages(self) -> Iterator[TopicMessage]:
        backoff = Backoff(base=0.5, longest=30.0)
        lost: Exception | None = None
        try:
            while not self._worker.stopping and not self._client_closed():
                try:
                    if self._socket is None:
                        self._socket = self._open()
                        if self._worker.stopping:
                            continue
                    self._back(lost)
                    lost = None
                    for text in self._socket:
                        backoff.worked()
                        message = topic_message_of(decoded(text))
                        if message is not None:
                            yield message
                except SocketLost as error:
                    lost = error
                    self._again(error, backoff)
            if self._client_closed():
                raise ClosedError("this client is closed; make a new one")
        finally:
            self.close()

    def _open(self) -> SyncSocket:
        self._home = None
        return SyncSocket.open(self._listening)

    def _back(self, lost: Exception | None) -> None:
        """Say that there was a gap, when there was one."""
        if lost is not None and self._on_gap is not None:
            self._on_gap(lost)
        elif lost is not None:
            logger.warning("listening to %s again; what was told meanwhile is lost", ", ".join(self.topics))

    def _again(self, lost: SocketLost, backoff: Backoff) -> None:
        """Wait before the next connection.

        Raises:
            SynapError: The server refuses for good, or there were too many attempts.
        """
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.close()
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
        self._worker.pause(delay)

"""The messages that a worker has in hand, and their deadlines, which move on while they are worked on."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from syncropel.errors import ClosedError, SynapError
from syncropel.transport.later import logger
from syncropel.transport.store_results import Message
from syncropel.transport.workers import AsyncWorker

if TYPE_CHECKING:
    from syncropel._async.store.queue import AsyncQueues

LONGEST_LOOK_SECONDS = 0.5
"""How long a message may be in hand before its deadline is looked at."""

PART = 3.0
"""A deadline moves on when a third of it has passed."""


class AsyncHold:
    """What a worker has in hand.

    Args:
        queues: Where deadlines are moved.
        queue: The queue.
        moves: Whether they are moved at all.
    """

    def __init__(self, queues: AsyncQueues, queue: str, *, moves: bool) -> None:
        self._queues = queues
        self._queue = queue
        self._moves = moves
        self._lease: float | None = None
        # By id: a message is in hand once.
        self._held: dict[str, Message] = {}
        self._due: dict[str, float] = {}
        self._keeper: AsyncWorker | None = None
        self._lock = threading.Lock()

    @property
    def messages(self) -> list[Message]:
        """Those in hand."""
        return list(self._held.values())

    def has(self, message: Message) -> bool:
        """Tell whether this very delivery is in hand."""
        held = self._held.get(message.message_id)
        return held is not None and held.retry_count == message.retry_count

    async def take(self, message: Message) -> None:
        """Note a message that was handed out, and see to its deadline from now on."""
        taken = time.monotonic()
        self._held[message.message_id] = message
        if not self._moves:
            return
        if self._lease is None:
            await self._learn(message)
        if not self._lease:
            return
        with self._lock:  # several take messages at once, and one keeper serves them all
            self._due[message.message_id] = taken + self._lease / PART
            if self._keeper is None or self._keeper.ended:
                self._keeper = keeper = AsyncWorker()
                keeper.start(lambda: self._keep(keeper), f"deadlines of {self._queue}")

    def drop(self, message: Message) -> bool:
        """Forget a message; return whether it was still in hand."""
        if not self.has(message):
            return False
        del self._held[message.message_id]
        self._due.pop(message.message_id, None)
        return True

    def stop(self) -> None:
        """Move no more deadlines."""
        if self._keeper is not None:
            self._keeper.stop()
            self._keeper = None

    async def _learn(self, message: Message) -> None:
        """Find out how long a delivery may take: from the queue's settings, or this message's deadline."""
        if message.deadline is None:  # a server that does not say cannot be asked for more, either
            self._lease = 0.0
            return
        lease = max(0.1, message.deadline - time.time())
        try:
            told = (await self._queues.stats(self._queue)).get("ack_deadline_secs")
            if isinstance(told, int | float) and told > 0:
                lease = float(told)
        except SynapError as error:
            logger.debug("the settings of %r are not to be had: %s", self._queue, error)
        # Not before it is known: who takes a message meanwhile has to find out, too.
        self._lease = lease

    async def _keep(self, keeper: AsyncWorker) -> None:
        while not keeper.stopping:
            lease = self._lease or LONGEST_LOOK_SECONDS
            await keeper.pause(min(LONGEST_LOOK_SECONDS, lease / (2 * PART)))
            now = time.monotonic()
            for name in [name for name, due in list(self._due.items()) if due <= now]:
                message = self._held.get(name)
                if message is not None:
                    await self._move(message, lease)

    async def _move(self, message: Message, lease: float) -> None:
        try:
            await self._queues.extend(self._queue, message, lease)
        except SynapError as error:
            if error.code == "MESSAGE_NOT_FOUND":
                if self.drop(message):
                    logger.warning(
                        "message %s of %r ran out while it was worked on", message.message_id, self._queue
                    )
                return
            logger.warning("the deadline of message %s was not moved: %s", message.message_id, error)
            return
        except ClosedError:
            self.stop()
            return
        if self.has(message):
            self._due[message.message_id] = time.monotonic() + lease / PART

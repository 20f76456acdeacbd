"""One subscriber: what it subscribed to, and the messages that wait until it reads on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..rules import limits

_TAKEN_BYTES = 64 * 1024
# A burst of messages is there before anybody could have read it.
_BURST_MESSAGES, _BURST_BYTES = 16 * limits.PUBSUB_BUFFER, 4 * limits.PUBSUB_BUFFER_BYTES


class Message:
    """One message on its way, the same object for every subscriber.

    Attributes:
        text: The message as it goes out: JSON in UTF-8.
        packed: What a shell makes of it before it sends it, once for all; None until then.
    """

    __slots__ = ("packed", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.packed: bytes | None = None


class Subscriber:
    """A subscriber of one space. Everything but `dropped` and `reads` is its hub's, under its lock.

    Attributes:
        id: Its name, one of a kind in its space.
        space: Where it subscribes.
        topics: Its topics and patterns, in the order in which they were given.
        wake: Called when something waits for a subscriber that had nothing waiting, and when it is dropped;
            from any thread, and quick. None for one that is registered and read by nobody.
        dropped: Whether it was sent away, because it did not read.
        reads: Whether its reader takes whatever it is given, as far as its shell knows. What waits is then a
            burst that the shell has not come to, and more of it may wait than for one who stands still.
        waiting_bytes: How many bytes wait.
    """

    def __init__(self, id_: str, space: str, wake: Callable[[Subscriber], None] | None) -> None:
        self.id = id_
        self.space = space
        self.topics: dict[str, None] = {}
        self.wake = wake
        self.dropped = False
        self.reads = False
        self.waiting_bytes = 0
        self._waiting: deque[Message] = deque()

    def put(self, message: Message) -> bool:
        """Let a message wait; tells whether nothing was waiting before."""
        self._waiting.append(message)
        self.waiting_bytes += len(message.text)
        return len(self._waiting) == 1

    @property
    def full(self) -> bool:
        """Whether it has more waiting than anybody may."""
        if self.reads:
            return len(self._waiting) > _BURST_MESSAGES or self.waiting_bytes > _BURST_BYTES
        return len(self._waiting) > limits.PUBSUB_BUFFER or self.waiting_bytes > limits.PUBSUB_BUFFER_BYTES

    def pick(self) -> list[Message]:
        """Return the next messages, up to about 64 KiB of them."""
        taken: list[Message] = []
        size = 0
        while self._waiting and size < _TAKEN_BYTES:
            taken.append(self._waiting.popleft())
            size += len(taken[-1].text)
        self.waiting_bytes -= size
        return taken

    def clear(self) -> None:
        """Forget what waits."""
        self.waiting_bytes = 0
        self._waiting.clear()

"""A queue as it should be: a list of messages, looked through from the beginning every time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

READY, IN_FLIGHT, DEAD = range(3)


@dataclass
class Message:
    """One message of the model."""

    number: int
    priority: int
    max_retries: int
    payload: bytes
    id: str = ""
    state: int = READY
    retry_count: int = 0
    consumer: str | None = None
    deadline: int = 0
    reason: str | None = None
    dead_at: int = 0


@dataclass
class Model:
    """A queue with its settings; times are unix milliseconds."""

    max_depth: int
    deadline_ms: int
    max_retries: int
    priority: int
    prefetch: int
    messages: list[Message] = field(default_factory=list)
    published: int = 0
    consumed: int = 0
    acked: int = 0
    nacked: int = 0
    dead_lettered: int = 0

    def among(self, state: int) -> list[Message]:
        """Return the messages of a state, the oldest first."""
        return [each for each in self.messages if each.state == state]

    def lapse(self, now: int) -> None:
        """Take back what is overdue."""
        for each in self.among(IN_FLIGHT):
            if each.deadline <= now:
                self.give_back(each, each.deadline, "deadline exceeded")

    def give_back(self, message: Message, at: int, reason: str) -> None:
        """Return a delivery."""
        message.retry_count += 1
        message.consumer = None
        self.nacked += 1
        message.state = READY
        if reason == "rejected" or message.retry_count > message.max_retries:
            message.state, message.reason, message.dead_at = DEAD, reason, at
            self.dead_lettered += 1

    def publish(self, payload: bytes, priority: int | None, max_retries: int | None) -> str | None:
        """Append a message; returns a code of refusal."""
        if len(self.among(READY)) >= self.max_depth:
            return "QUEUE_FULL"
        self.published += 1
        shown = self.priority if priority is None else min(priority, 9)
        most = self.max_retries if max_retries is None else max_retries
        self.messages.append(Message(self.published, shown, most, payload))
        return None

    def consume(self, consumer: str, now: int) -> Message | None:
        """Hand out a message."""
        holding = sum(each.consumer == consumer for each in self.among(IN_FLIGHT))
        ready = self.among(READY)
        if not ready or (self.prefetch and holding >= self.prefetch):
            return None
        first = min(ready, key=lambda each: (-each.priority, each.number))
        first.state, first.consumer, first.deadline = IN_FLIGHT, consumer, now + self.deadline_ms
        self.consumed += 1
        return first

    def held(self, message_id: str, consumer: str | None, delivery: int | None) -> Message | None:
        """Return the message of a delivery, None when it is not in flight."""
        for each in self.among(IN_FLIGHT):
            if each.id == message_id:
                if consumer not in (None, each.consumer) or delivery not in (None, each.retry_count):
                    return None
                return each
        return None

    def stats(self) -> dict[str, Any]:
        """Return the figures that a queue shows."""
        in_flight = self.among(IN_FLIGHT)
        return {
            "depth": len(self.among(READY)),
            "consumers": len({each.consumer for each in in_flight}),
            "published": self.published,
            "consumed": self.consumed,
            "acked": self.acked,
            "nacked": self.nacked,
            "dead_lettered": self.dead_lettered,
            "in_flight": len(in_flight),
            "dead": len(self.among(DEAD)),
        }

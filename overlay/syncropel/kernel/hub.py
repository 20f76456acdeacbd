"""Where messages meet their subscribers, and waiting requests what they wait for; one for each process.

Messages are told at most once: to who listens now, from a buffer with a bound, and to nobody later. Those of
other processes that work on the same store come through its signals.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..rules import limits
from ..rules.topics import is_exact
from .refusals import Refusal
from .store.signals import ANYTHING, MESSAGES, Signal
from .subscriber import Message, Subscriber
from .topic_index import TopicIndex
from .wakeups import Wakeups

_ALL_WAITING_BYTES = 32 * limits.PUBSUB_BUFFER_BYTES
_LISTED_TOPICS = 10_000
Wake = Callable[[Subscriber], None]


class _Topic:
    """What is known of a topic that was subscribed to by its name."""

    __slots__ = ("created_at", "messages")

    def __init__(self, created_at: int) -> None:
        self.created_at = created_at
        self.messages = 0


class _Space:
    """The subscribers and topics of one space."""

    def __init__(self) -> None:
        self.index: TopicIndex[Subscriber] = TopicIndex()
        self.subscribers: dict[str, Subscriber] = {}
        self.topics: dict[str, _Topic] = {}
        self.published = self.delivered = self.dropped = 0

    def list_topic(self, topic: str, now: float) -> None:
        """Remember a topic; the oldest to which nobody subscribes makes room."""
        if topic in self.topics:
            return
        if len(self.topics) >= _LISTED_TOPICS:
            idle = next((each for each in self.topics if not self.index.holders(each)), None)
            if idle is not None:
                del self.topics[idle]
        self.topics[topic] = _Topic(int(now))


class Hub:
    """The subscribers of this process. Safe to use from any thread.

    Args:
        broadcast: Tells a topic and a payload to every process, this one included: `Store.broadcast`.

    Attributes:
        wakeups: Who waits for a topic of the store.
    """

    def __init__(self, broadcast: Callable[[str, bytes], None]) -> None:
        self._broadcast = broadcast
        self._lock = threading.Lock()
        self._spaces: dict[str, _Space] = {}
        self._subscribers = 0
        self._subscriptions = 0
        # Registered and read by nobody, the oldest first.
        self._idle: dict[Subscriber, None] = {}
        self._waiting_bytes = 0
        self.wakeups = Wakeups()

    def signalled(self, signals: Sequence[Signal]) -> None:
        """Hear what the store's processes tell each other."""
        for topic, payload in signals:
            if topic.startswith(MESSAGES):
                space, _, name = topic[len(MESSAGES) :].partition(":")
                self._deliver(space, name, payload)
            elif topic == ANYTHING:
                self.wakeups.signal_all()
            else:
                self.wakeups.signal(topic, int(payload) if payload.isdigit() else None)

    def publish(self, space: str, topic: str, text: bytes) -> int:
        """Tell a message to who subscribes to its topic, in every process.

        Args:
            space: Where.
            topic: Its topic, checked.
            text: The message as subscribers get it.

        Returns:
            How many subscribers of this process it is for.
        """
        matched = self.expect(space, topic)
        self._broadcast(signal_of(space, topic), text)
        return matched

    def expect(self, space: str, topic: str) -> int:
        """Count a message that is about to be told as `signal_of` says; returns as `publish`."""
        with self._lock:
            found = self._spaces.setdefault(space, _Space())
            found.published += 1
            return len(found.index.find(topic))

    def subscribe(
        self,
        space: str,
        patterns: Iterable[str],
        now: float,
        *,
        subscriber_id: str | None = None,
        wake: Wake | None = None,
    ) -> Subscriber:
        """Add a subscriber, or topics to one that is there.

        Args:
            space: Where.
            patterns: Topics and patterns, checked.
            now: The time, unix seconds.
            subscriber_id: Its name; None for one that nobody has.
            wake: As `Subscriber.wake`, for a new one; it ends with `leave`.

        Raises:
            Refusal: `TOPIC_INVALID` when it would have more topics than anybody may, `SUBSCRIBERS_FULL`.
        """
        with self._lock:
            found = self._spaces.setdefault(space, _Space())
            subscriber = None if subscriber_id is None else found.subscribers.get(subscriber_id)
            new = subscriber or Subscriber(subscriber_id or str(uuid.uuid4()), space, wake)
            added = [pattern for pattern in dict.fromkeys(patterns) if pattern not in new.topics]
            if len(new.topics) + len(added) > limits.MAX_SUBSCRIPTIONS:
                most = limits.MAX_SUBSCRIPTIONS
                raise Refusal("TOPIC_INVALID", f"Invalid value: A subscriber can have {most} topics")
            weight = sum(map(_weight, added))
            self._make_room(new, 0 if subscriber else 1, weight)
            if self._subscriptions + weight > limits.MAX_ALL_SUBSCRIPTIONS:
                raise _full(f"{limits.MAX_ALL_SUBSCRIPTIONS} topics are subscribed to")
            if subscriber is None:
                if self._subscribers >= limits.MAX_SUBSCRIBERS:
                    raise _full(f"{limits.MAX_SUBSCRIBERS} subscribers are registered")
                self._subscribers += 1
                found.subscribers[new.id] = new
                if wake is None:
                    self._idle[new] = None
            self._subscriptions += weight
            for pattern in added:
                new.topics[pattern] = None
                found.index.add(pattern, new)
                if is_exact(pattern):
                    found.list_topic(pattern, now)
            return new

    def unsubscribe(self, space: str, subscriber_id: str, patterns: Iterable[str] | None = None) -> int:
        """End subscriptions, all of a subscriber without `patterns`; returns how many there were."""
        with self._lock:
            found = self._spaces.get(space)
            subscriber = None if found is None else found.subscribers.get(subscriber_id)
            if found is None or subscriber is None:
                return 0
            wanted = subscriber.topics if patterns is None else dict.fromkeys(patterns)
            ended = [pattern for pattern in wanted if pattern in subscriber.topics]
            for pattern in ended:
                del subscriber.topics[pattern]
                found.index.remove(pattern, subscriber)
                self._subscriptions -= _weight(pattern)
            if not subscriber.topics and subscriber.wake is None:
                self._forget(found, subscriber)
            return len(ended)

    def take(self, subscriber: Subscriber) -> list[Message]:
        """Return what is next for a subscriber, oldest first; nothing when nothing waits."""
        with self._lock:
            before = subscriber.waiting_bytes
            taken = subscriber.pick()
            self._waiting_bytes += subscriber.waiting_bytes - before
            return taken

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a subscriber and its subscriptions. May be called again."""
        with self._lock:
            found = self._spaces[subscriber.space]
            if found.subscribers.get(subscriber.id) is subscriber:
                self._forget(found, subscriber)

    def topics(self, space: str) -> list[str]:
        """Return the topics that were subscribed to by name, sorted."""
        with self._lock:
            found = self._spaces.get(space)
            return [] if found is None else sorted(found.topics)

    def info(self, space: str, topic: str) -> dict[str, Any] | None:
        """Return what is known of one of those, None of any other."""
        with self._lock:
            found = self._spaces.get(space)
            known = None if found is None else found.topics.get(topic)
            if found is None or known is None:
                return None
            return {
                "topic": topic,
                "subscriber_count": found.index.holders(topic),
                "message_count": known.messages,
                "created_at": known.created_at,
            }

    def stats(self, space: str) -> dict[str, int]:
        """Return the counts of a space, of this process since it started."""
        with self._lock:
            found = self._spaces.get(space) or _Space()
            wild = (not is_exact(pattern) for each in found.subscribers.values() for pattern in each.topics)
            return {
                "total_topics": len(found.topics),
                "total_subscribers": len(found.subscribers),
                "total_wildcard_subscriptions": sum(wild),
                "messages_published": found.published,
                "messages_delivered": found.delivered,
                "slow_consumers_dropped": found.dropped,
            }

    def _make_room(self, wanted: Subscriber, subscribers: int, weight: int) -> None:
        """Forget who is read by nobody, the oldest first, as far as there is no room. The lock is held."""
        while (
            self._subscribers + subscribers > limits.MAX_SUBSCRIBERS
            or self._subscriptions + weight > limits.MAX_ALL_SUBSCRIPTIONS
        ):
            oldest = next((each for each in self._idle if each is not wanted), None)
            if oldest is None:
                return
            self._forget(self._spaces[oldest.space], oldest)

    def _deliver(self, space: str, topic: str, text: bytes) -> None:
        message = Message(text)
        woken: list[Subscriber] = []
        with self._lock:
            found = self._spaces.get(space)
            if found is None:
                return
            if (known := found.topics.get(topic)) is not None:
                known.messages += 1
            for subscriber in found.index.find(topic):
                found.delivered += 1
                if subscriber.wake is None:
                    continue
                self._waiting_bytes += len(text)
                if subscriber.put(message):
                    woken.append(subscriber)
                if subscriber.full:
                    woken.append(subscriber)
                    self._send_away(found, subscriber)
            while self._waiting_bytes > _ALL_WAITING_BYTES:
                woken.append(self._send_slowest_away())
        for subscriber in dict.fromkeys(woken):
            if subscriber.wake is not None:
                subscriber.wake(subscriber)

    def _send_slowest_away(self) -> Subscriber:
        everybody = (each for space in self._spaces.values() for each in space.subscribers.values())
        slowest = max(everybody, key=lambda each: each.waiting_bytes)
        self._send_away(self._spaces[slowest.space], slowest)
        return slowest

    def _send_away(self, found: _Space, subscriber: Subscriber) -> None:
        found.dropped += 1
        self._forget(found, subscriber)
        subscriber.dropped = True

    def _forget(self, found: _Space, subscriber: Subscriber) -> None:
        """Take a subscriber out. The lock is held."""
        for pattern in subscriber.topics:
            found.index.remove(pattern, subscriber)
            self._subscriptions -= _weight(pattern)
        subscriber.topics.clear()
        self._waiting_bytes -= subscriber.waiting_bytes
        subscriber.clear()
        del found.subscribers[subscriber.id]
        self._idle.pop(subscriber, None)
        self._subscribers -= 1


def signal_of(space: str, topic: str) -> str:
    """Return the topic of the store's signals by which a message of a space is told."""
    return f"{MESSAGES}{space}:{topic}"


def _full(what: str) -> Refusal:
    return Refusal("SUBSCRIBERS_FULL", f"Invalid request: {what} already", headers={"retry-after": "1"})


def _weight(pattern: str) -> int:
    """Return what a subscription costs: a pattern is compared with topics, a topic is looked up."""
    return 1 if is_exact(pattern) else 5

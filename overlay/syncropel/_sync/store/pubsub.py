# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Topics: telling whoever listens now, and listening."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from syncropel._sync.store.carrier import SyncCarrier
from syncropel._sync.store.topics import SyncTopics
from syncropel.transport.store_arguments import text, texts
from syncropel.transport.store_results import Stats
from syncropel.transport.websocket import Listening

Names = list[str]


class SyncPubSub:
    """Topics: a message reaches those who listen when it is published, at most once. Nothing is kept."""

    def __init__(self, carrier: SyncCarrier) -> None:
        self._carrier = carrier

    def publish(self, topic: str, message: Any, metadata: Mapping[str, str] | None = None) -> int:
        """Tell a message to whoever listens.

        Args:
            topic: The topic, its levels separated by dots.
            message: Any JSON value.
            metadata: Texts that travel with it.

        Returns:
            How many listeners of the answering daemon it is for.

        Raises:
            SynapError: The server refused it, or did not answer.
            UsageError: An argument cannot be used.
        """
        members = {"topic": text(topic, "topic"), "payload": message}
        members |= {} if metadata is None else {"metadata": dict(metadata)}
        answer = self._carrier.run("pubsub.publish", members, f"topic {topic}")
        return int(answer["subscribers_matched"])

    def subscribe(
        self,
        topics: Iterable[str],
        *,
        on_gap: Callable[[Exception], object] | None = None,
        max_reconnects: float = float("inf"),
    ) -> SyncTopics:
        """Return an iterator of the messages of some topics, that never ends by itself.

        The connection is made when the first message is asked for, or on entering a `with` block: from then
        on everything that is published is told. One that is lost is made again, after a random delay that
        grows; what is published meanwhile is not told: a gap that `on_gap` hears of. Somebody who reads too
        slowly is sent away, which is a gap, too.

        Args:
            topics: Topics, and patterns: `*` stands for one level or a part of it, `#` as the last level for
                any number of them.
            on_gap: Called with what ended the connection, when there is a new one. Default: it is logged.
            max_reconnects: Attempts in a row after the first one. Default: no bound.

        Raises:
            UsageError: An argument cannot be used, or the transport knows no WebSocket.
        """
        carrier = self._carrier
        listening = Listening(carrier.settings, carrier.transport, tuple(texts(topics, "topics")))
        found = SyncTopics(listening, lambda: carrier.closed, on_gap, max_reconnects)
        carrier.listening.add(found)
        return found

    def topics(self) -> Names:
        """Return the topics that were ever subscribed to by name, on the answering daemon.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return [*(self._carrier.run("pubsub.topics", {}))["topics"]]

    def info(self, topic: str) -> Stats:
        """Return what is known about one topic.

        Raises:
            SynapError: Nobody ever subscribed to it by name (`code` `TOPIC_NOT_FOUND`).
        """
        return Stats(self._carrier.run("pubsub.info", {"topic": text(topic, "topic")}))

    def stats(self) -> Stats:
        """Return the numbers of topics, subscribers and messages of the answering daemon.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return Stats(self._carrier.run("pubsub.stats", {}))

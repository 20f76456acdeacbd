# Derived from overlay/syncropel/_async by scripts/unasync. Do not edit: change that and run it.
"""Queues of messages."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from syncropel._sync.store.carrier import SyncCarrier
from syncropel._sync.store.worker import SyncQueueWorker
from syncropel.transport.store_arguments import (
    MAX_POLL_SECONDS,
    Payload,
    delivery,
    known,
    payload,
    seconds,
    text,
    texts,
    whole,
)
from syncropel.transport.store_results import DeadLetter, Message, Stats, dead_letter_of, message_of

if TYPE_CHECKING:
    from weakref import WeakSet

PAGE = 100
Names = list[str]


class SyncQueues:
    """Queues: a message is handed out until somebody acknowledges it."""

    def __init__(self, carrier: SyncCarrier, workers: WeakSet[SyncQueueWorker]) -> None:
        self._carrier = carrier
        self._workers = workers

    def create(
        self,
        name: str,
        max_depth: int | None = None,
        ack_deadline_secs: float | None = None,
        max_retries: int | None = None,
        priority: int | None = None,
        prefetch_limit: int | None = None,
    ) -> None:
        """Create a queue. One that exists stays as it is, with its settings and messages.

        Args:
            name: Its name.
            max_depth: How many messages may wait; one more is refused. Default: 100,000.
            ack_deadline_secs: Seconds a delivery may take. Default: 30.
            max_retries: How often a message is handed out again before it is given up. Default: 3.
            priority: The priority of messages that have none. Default: 5.
            prefetch_limit: How many messages one consumer may hold. Default: any number.

        Raises:
            SynapError: The server refused it, or did not answer.
            UsageError: An argument cannot be used.
        """
        config = known(
            {
                "max_depth": max_depth,
                "ack_deadline_secs": ack_deadline_secs,
                "default_max_retries": max_retries,
                "default_priority": priority,
                "prefetch_limit": prefetch_limit,
            }
        )
        members = {"name": text(name, "name"), **({"config": config} if config else {})}
        self._carrier.run("queue.create", members, name)

    def list(self) -> Names:
        """Return the names of the queues.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return [*(self._carrier.run("queue.list", {}))["queues"]]

    def stats(self, queue: str) -> Stats:
        """Return what a queue holds and did: `depth`, `in_flight`, `dead`, `published`, `acked` and so on.

        Raises:
            SynapError: There is no such queue (`status_code` 404).
        """
        return Stats(self._carrier.run("queue.stats", {"queue": text(queue, "queue")}, queue))

    def publish(
        self,
        queue: str,
        payload: Payload,  # noqa: A002, RUF100 - the word of the field
        priority: int | None = None,
        max_retries: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Put a message into a queue. It is on disk when this returns.

        Args:
            queue: The queue.
            payload: Bytes; a text is its UTF-8, any other JSON value its compact JSON.
            priority: 0 to 9, 9 first. Default: the queue's.
            max_retries: How often it is handed out again before it is given up. Default: the queue's.
            headers: Texts that travel with it.

        Returns:
            The id of the message.

        Raises:
            SynapError: There is no such queue (`status_code` 404), or it is full (507).
            UsageError: An argument cannot be used.
        """
        members: dict[str, Any] = {"queue": text(queue, "queue"), **carried(payload, ours=self._carrier.ours)}
        members |= known({"priority": priority, "max_retries": max_retries})
        members |= {} if headers is None else {"headers": dict(headers)}
        return str((self._carrier.run("queue.publish", members, queue))["message_id"])

    def consume(self, queue: str, consumer_id: str, wait: float = 0.0) -> Message | None:
        """Take the next message: the oldest of the highest priority. Acknowledge it when it is done.

        Args:
            queue: The queue.
            consumer_id: Who takes it.
            wait: Seconds to wait for one when there is none.

        Returns:
            The message; None when there is none, or no such queue.

        Raises:
            SynapError: The server refused it, or did not answer.
            UsageError: An argument cannot be used.
        """
        asked = {"queue": text(queue, "queue"), "consumer_id": text(consumer_id, "consumer_id")}
        end = time.monotonic() + seconds(wait, "wait")
        while True:
            asked_at = time.monotonic()
            step = min(MAX_POLL_SECONDS, max(0.0, end - asked_at))
            members = {**asked, "encoding": "base64", **({"wait_secs": step} if step else {})}
            answer = self._carrier.run("queue.consume", members, queue, wait=step)
            found = message_of(queue, consumer_id, answer["message"])
            if found is None and answer.get("more"):  # it had no room beside the answers of others
                continue
            if found is not None or time.monotonic() >= end:
                return found
            self._carrier.rest(asked_at, step, end)

    def ack(self, queue: str, message: str | Message) -> None:
        """Say that a message is done: it is never handed out again.

        Args:
            queue: The queue.
            message: The message, or its id. A message stands for this very delivery of it.

        Raises:
            SynapError: It is not in flight any more (`status_code` 404): its deadline has passed.
        """
        self._carrier.run("queue.ack", delivery(queue, message), queue)

    def nack(self, queue: str, message: str | Message, *, requeue: bool = True) -> None:
        """Give a message back, to be handed out again, or up.

        Args:
            queue: The queue.
            message: As for `ack`.
            requeue: Whether it goes back to its place in the queue; else it is a dead letter. It is one, too,
                when it was handed out `max_retries` times more than once.

        Raises:
            SynapError: It is not in flight any more (`status_code` 404).
        """
        self._carrier.run("queue.nack", {**delivery(queue, message), "requeue": bool(requeue)}, queue)

    def extend(self, queue: str, message: str | Message, seconds: float) -> float:
        """Have a message for so many seconds from now.

        Args:
            queue: The queue.
            message: As for `ack`.
            seconds: How long.

        Returns:
            The new deadline, in Unix seconds.

        Raises:
            SynapError: It is not in flight any more (`status_code` 404).
        """
        members = {**delivery(queue, message), "seconds": seconds}
        return float((self._carrier.run("queue.extend", members, queue))["deadline"]) / 1000

    def purge(self, queue: str, *, dead: bool = False) -> int:
        """Drop the messages that wait, or the dead letters; return how many. Those in flight stay.

        Raises:
            SynapError: There is no such queue (`status_code` 404).
        """
        members = {"queue": text(queue, "queue"), **({"dead": True} if dead else {})}
        return int((self._carrier.run("queue.purge", members, queue))["purged"])

    def delete(self, queue: str) -> bool:
        """Delete a queue with all of its messages; return whether it was there.

        Raises:
            SynapError: The server refused it, or did not answer.
        """
        return bool((self._carrier.run("queue.delete", {"queue": text(queue, "queue")}, queue))["deleted"])

    def dead_letters(self, queue: str) -> Iterator[DeadLetter]:
        """Go through the messages that were given up, the oldest first.

        Yields:
            The messages.

        Raises:
            SynapError: There is no such queue (`status_code` 404).
        """
        asked: dict[str, Any] = {"queue": text(queue, "queue"), "limit": PAGE, "encoding": "base64"}
        while True:
            answer = self._carrier.run("queue.dead_letters", asked, queue)
            for row in answer["messages"]:
                yield dead_letter_of(queue, row)
            if answer.get("cursor") is None:
                return
            asked["cursor"] = answer["cursor"]

    def redrive(self, queue: str, messages: Sequence[str | DeadLetter] | None = None) -> int:
        """Put dead letters back into their queue, as if they were new; return how many.

        Args:
            queue: The queue.
            messages: Which ones, or their ids. Default: all of them.

        Raises:
            SynapError: There is no such queue (`status_code` 404).
        """
        asked: dict[str, Any] = {"queue": text(queue, "queue")}
        if messages is not None:
            ids = [each.message_id if isinstance(each, DeadLetter) else each for each in messages]
            asked["message_ids"] = texts(ids, "messages")
            return int((self._carrier.run("queue.redrive", asked, queue))["redriven"])
        total = 0
        while True:
            answer = self._carrier.run("queue.redrive", asked, queue)
            total += int(answer["redriven"])
            if not answer["redriven"] or not answer.get("remaining"):
                return total

    def worker(
        self,
        queue: str,
        consumer_id: str | None = None,
        *,
        concurrency: int = 1,
        extend: bool = True,
        handle_signals: bool = True,
    ) -> SyncQueueWorker:
        """Return a worker: an iterator of messages that acknowledges each when the next one is asked for.

        Args:
            queue: The queue.
            consumer_id: Who takes the messages. Default: a name made up for this worker.
            concurrency: How many messages `run` works on at a time.
            extend: Whether the deadline of a message moves on while it is worked on.
            handle_signals: Whether SIGTERM ends it, after the message in hand, where signals can be taken.

        Raises:
            UsageError: An argument cannot be used.
        """
        name = f"worker-{uuid.uuid4()}" if consumer_id is None else text(consumer_id, "consumer_id")
        worker = SyncQueueWorker(
            self,
            self._carrier,
            text(queue, "queue"),
            name,
            concurrency=whole(concurrency, "concurrency", 1),
            extend=extend,
            handle_signals=handle_signals,
        )
        self._workers.add(worker)
        return worker


# Within the class `payload` is the word of an argument.
carried = payload

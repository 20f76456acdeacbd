"""What the calls of `syncropel.store` return: messages, events, statistics."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from syncropel.errors import DecodeError, SynapError


class Stats(dict[str, Any]):
    """Figures, by name: `stats["depth"]` and `stats.depth` are the same."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"the server told no {name!r}; it told {', '.join(self) or 'nothing'}"
            ) from None


class Message(NamedTuple):
    """A message that a queue handed out.

    Attributes:
        queue: The queue.
        message_id: Its id, the same at every delivery.
        payload: Its bytes.
        priority: 0 to 9, 9 first.
        retry_count: How often it was handed out before.
        max_retries: How often it is handed out again before it is given up.
        headers: What travels with it.
        deadline: When it is handed out again unless it is resolved, in Unix seconds; None when the server
            does not say.
        consumer_id: Who took it.
    """

    queue: str
    message_id: str
    payload: bytes
    priority: int
    retry_count: int
    max_retries: int
    headers: Mapping[str, str]
    deadline: float | None
    consumer_id: str

    @property
    def text(self) -> str:
        """The payload as text."""
        return self.payload.decode("utf-8")

    def json(self) -> Any:
        """Return the payload, which is JSON, decoded.

        Raises:
            ValueError: It is no JSON.
        """
        return json.loads(self.payload)


class DeadLetter(NamedTuple):
    """A message that was given up.

    Attributes:
        queue: The queue.
        message_id: Its id.
        payload: Its bytes.
        priority: 0 to 9.
        retry_count: How often it was tried again.
        max_retries: How often it could be.
        headers: What travels with it.
        reason: Why: `rejected`, `max_retries exceeded`, `deadline exceeded`.
        dead_at: When, in Unix seconds.
    """

    queue: str
    message_id: str
    payload: bytes
    priority: int
    retry_count: int
    max_retries: int
    headers: Mapping[str, str]
    reason: str
    dead_at: float


class Event(NamedTuple):
    """An event of a stream.

    Attributes:
        room: The stream.
        offset: Its place in it.
        event: What happened.
        data: What was published.
        timestamp: When, in Unix seconds.
        id: A UUID.
        partition: Its partition.
        metadata: What travels with it.
    """

    room: str
    offset: int
    event: str
    data: Any
    timestamp: int
    id: str
    partition: int
    metadata: Mapping[str, str]


class TopicMessage(NamedTuple):
    """A message of a topic.

    Attributes:
        topic: The topic.
        message: What was published.
        message_id: Its id.
        timestamp: When, in Unix seconds.
        metadata: What travels with it.
    """

    topic: str
    message: Any
    message_id: str
    timestamp: int
    metadata: Mapping[str, str]


def message_of(queue: str, consumer_id: str, row: Any) -> Message | None:
    """Return the message that an answer holds, None for none.

    Raises:
        SynapError: It is no message.
    """
    if row is None:
        return None
    try:
        deadline = row.get("deadline")
        return Message(
            queue,
            row["id"],
            payload_of(row["payload"]),
            row["priority"],
            row["retry_count"],
            row["max_retries"],
            row.get("headers") or {},
            None if deadline is None else deadline / 1000,
            consumer_id,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        unreadable(f"the answer holds no message: {type(error).__name__}: {error}")


def dead_letter_of(queue: str, row: Any) -> DeadLetter:
    """Return a dead letter.

    Raises:
        SynapError: It is none.
    """
    try:
        return DeadLetter(
            queue,
            row["id"],
            payload_of(row["payload"]),
            row["priority"],
            row["retry_count"],
            row["max_retries"],
            row.get("headers") or {},
            row["reason"],
            row["dead_at"] / 1000,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        unreadable(f"the answer holds no dead letter: {type(error).__name__}: {error}")


def event_of(row: Any) -> Event:
    """Return an event, its data decoded.

    Raises:
        SynapError: It is none.
    """
    try:
        data = row["data"]
        return Event(
            row["room"],
            row["offset"],
            row["event"],
            json.loads(payload_of(data)) if isinstance(data, list) else data,
            row["timestamp"],
            row["id"],
            row.get("partition", 0),
            row.get("metadata") or {},
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        unreadable(f"the answer holds no event: {type(error).__name__}: {error}")


def topic_message_of(frame: Any) -> TopicMessage | None:
    """Return the message of a frame; None for a frame that is none."""
    if not isinstance(frame, dict) or frame.get("type") != "message":
        return None
    return TopicMessage(
        frame.get("topic", ""),
        frame.get("payload"),
        frame.get("message_id", ""),
        frame.get("timestamp", 0),
        frame.get("metadata") or {},
    )


def payload_of(value: Any) -> bytes:
    """Return the bytes that a list of integers, or a text in base64, stands for.

    Raises:
        SynapError: It is neither.
    """
    try:
        if isinstance(value, str):
            return base64.b64decode(value, validate=True)
        if isinstance(value, list):  # of a number there would be so many zeros
            return bytes(value)
    except (TypeError, ValueError, OverflowError):
        pass
    return unreadable(f"the answer holds no bytes, but a JSON {type(value).__name__} that stands for none")


def unreadable(why: str) -> NoReturn:
    """Say that an answer is not what the protocol promises.

    Raises:
        SynapError: Always.
    """
    raise SynapError(why) from DecodeError(why)


class Told(dict[str, Any]):
    """What the server told of a command, by name; a name that it did not tell is an error of the call.

    Args:
        command: The command.
        payload: Its answer. Whatever is no object tells nothing.
    """

    def __init__(self, command: str, payload: Any) -> None:
        super().__init__(payload if isinstance(payload, dict) else {})
        self._command = command

    def __missing__(self, name: str) -> Any:
        unreadable(f"the answer to {self._command} lacks {name!r}")

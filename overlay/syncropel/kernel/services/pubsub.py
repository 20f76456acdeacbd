"""Publish and subscribe: messages for who listens now, at most once, and nothing kept.

A subscriber that is to be told anything reads `/pubsub/ws`. One that is only registered is counted among
those that a message is for; by its name, a reader's topics can be changed while it reads.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from ...errors import UsageError
from ...rules import limits
from ...rules.topics import check_pattern, check_topic
from ..arguments import Arguments, check_both
from ..family import Command, refused, rest, with_path
from ..hub import signal_of
from ..messages import Reply, SocketStart
from ..operations import Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Transaction, Work
from ..subscriber import Subscriber
from ..wire import encode_json
from .answers import holds, too_much

_READ, _WRITE = "pubsub:read", "pubsub:write"


def _publish(context: Context, call: Call, arguments: Arguments) -> Any:
    told, text = _message(call, arguments)
    return {**told, "subscribers_matched": context.hub.publish(call.caller.namespace, told["topic"], text)}


def _publish_with(context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Publish with the commit of a transaction: who is told finds what was written before it."""
    told, text = _message(call, arguments)
    space, topic = call.caller.namespace, told["topic"]

    def work(transaction: Transaction) -> Any:
        transaction.signal(signal_of(space, topic), text)
        return {**told, "subscribers_matched": context.hub.expect(space, topic)}

    return work


def _message(call: Call, arguments: Arguments) -> tuple[dict[str, Any], bytes]:
    """Return what a publisher is told of its message, and the message."""
    topic = _topic(arguments.text("topic"))
    payload = arguments.value("payload", "data", "message")
    metadata = arguments.texts("metadata")
    message_id = str(uuid.uuid4())
    text = message_text(message_id, topic, payload, metadata, int(call.now))
    return {"message_id": message_id, "topic": topic}, text


def message_text(
    message_id: str, topic: str, payload: Any, metadata: dict[str, str] | None, timestamp: int
) -> bytes:
    """Return a message as its subscribers get it.

    Raises:
        Refusal: `VALUE_TOO_LARGE` when payload and metadata are larger than a value may be.
    """
    given = encode_json(payload)
    beside = b"null" if metadata is None else encode_json(metadata)
    check_both(len(given), 0 if metadata is None else len(beside), "'payload' and 'metadata'")
    head = encode_json({"type": "message", "message_id": message_id, "topic": topic})
    members = (given, beside, timestamp)
    return head[:-1] + b',"payload":%b,"metadata":%b,"timestamp":%d}' % members


def _subscribe(context: Context, call: Call, arguments: Arguments) -> Any:
    topics = _patterns(arguments)
    if not topics:
        raise arguments.wrong("At least one topic required")
    name = arguments.name("subscriber_id", default=None)
    subscriber = context.hub.subscribe(call.caller.namespace, topics, call.now, subscriber_id=name)
    return {
        "subscriber_id": subscriber.id,
        "topics": topics,
        "subscription_count": len(subscriber.topics),
    }


def _unsubscribe(context: Context, call: Call, arguments: Arguments) -> Any:
    name = arguments.name("subscriber_id")
    topics = _patterns(arguments) if arguments.value("topics", default=None) is not None else None
    return {"unsubscribed": context.hub.unsubscribe(call.caller.namespace, name, topics)}


def _topics(context: Context, call: Call, _arguments: Arguments) -> Any:
    def work(_transaction: Transaction) -> Any:
        names = context.hub.topics(call.caller.namespace)
        return {"topics": names, "count": len(names)} if holds(call, names) else too_much()

    return work


def _info(context: Context, call: Call, arguments: Arguments) -> Any:
    topic = _topic(arguments.text("topic"))
    found = context.hub.info(call.caller.namespace, topic)
    if found is None:
        raise Refusal("TOPIC_NOT_FOUND", f"Invalid request: Topic '{topic}' not found")
    return found


def _stats(context: Context, call: Call, _arguments: Arguments) -> Any:
    return context.hub.stats(call.caller.namespace)


def _watch(_context: Context, call: Call) -> Reply:
    """Answer `GET /pubsub/ws`: the shell makes a WebSocket of it."""
    texts = [text for text in call.query.get("topics", "").split(",") if text]
    if not texts:
        raise Refusal("TOPIC_INVALID", "Invalid request: At least one topic required")
    topics = tuple(_checked(check_pattern, text) for text in dict.fromkeys(texts))
    if len(topics) > limits.MAX_SUBSCRIPTIONS:
        most = limits.MAX_SUBSCRIPTIONS
        raise Refusal("TOPIC_INVALID", f"Invalid value: A subscriber can have {most} topics")
    connection = call.headers.get("connection", "").lower().replace(" ", "").split(",")
    if call.headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in connection:
        raise Refusal(
            "UPGRADE_REQUIRED",
            "this route speaks WebSocket: connect with a WebSocket client",
            headers={"upgrade": "websocket", "connection": "upgrade"},
        )
    return Reply(101, None, socket=SocketStart(call.caller.namespace, topics))


def welcome(subscriber: Subscriber) -> bytes:
    """Return the first text of a WebSocket."""
    topics = list(subscriber.topics)
    members = {"subscriber_id": subscriber.id, "topics": topics, "subscription_count": len(topics)}
    return encode_json({"type": "connected", **members})


def _topic(text: str) -> str:
    return _checked(check_topic, text)


def _patterns(arguments: Arguments) -> Sequence[str]:
    given = arguments.sequence("topics", limits.MAX_SUBSCRIPTIONS)
    for index, each in enumerate(given):
        if not isinstance(each, str):
            raise arguments.wrong(f"'topics[{index}]' must be a string")
    return [_checked(check_pattern, each) for each in given]


def _checked(check: Any, text: str) -> str:
    try:
        checked: str = check(text)
    except UsageError as error:
        raise Refusal("TOPIC_INVALID", f"Invalid value: {error}") from None
    return checked


def _with_topic(call: Call) -> dict[str, Any]:
    return {"topic": call.path["topic"]}


def _nothing(_call: Call) -> dict[str, Any]:
    return {}


COMMANDS: dict[str, Command] = {
    "pubsub.publish": Command(_publish, _WRITE, beside=_publish_with),
    "pubsub.subscribe": Command(_subscribe, _READ),
    "pubsub.unsubscribe": Command(_unsubscribe, _READ),
    "pubsub.topics": Command(_topics, _READ),
    "pubsub.info": Command(_info, _READ),
    "pubsub.stats": Command(_stats, _READ),
}
OPERATIONS: dict[str, Operation] = {
    "pubsubPublish": rest(COMMANDS["pubsub.publish"], with_path("topic"), has_body=True),
    "pubsubSubscribe": rest(COMMANDS["pubsub.subscribe"], has_body=True),
    "pubsubUnsubscribe": rest(COMMANDS["pubsub.unsubscribe"], has_body=True),
    "pubsubTopics": rest(COMMANDS["pubsub.topics"], _nothing),
    "pubsubInfo": rest(COMMANDS["pubsub.info"], _with_topic),
    "pubsubStats": rest(COMMANDS["pubsub.stats"], _nothing),
    "pubsubWatch": Operation(_watch, refused=refused, query_key=True),
}

"""Queues: the commands `queue.*` and the routes below `/queue`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from ...rules import limits
from .. import cursors, parameters
from ..arguments import Arguments
from ..family import Command, Sweep, rest, with_path
from ..operations import Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Bulk, Transaction, Work
from . import queue_dead, queue_delivery, queue_state, queue_stats, queue_sweep
from .answers import holds, holds_rows, too_much
from .long_poll import empty, query_number, wait_until
from .queue_delivery import MAX_PRIORITY, Claim, Delivery, Outgoing
from .queue_desk import Done, Take, Unasked, serve
from .queue_state import Queue, Settings

Act = Callable[[Transaction, Queue, int], Any]
READ, WRITE = "queue:read", "queue:write"
_BYTES, _BASE64 = "bytes", "base64"
_MOST_RETRIES = 2**31 - 1
_MOST_DEPTH = 2**53


def create(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Create a queue; one that exists stays as it is."""
    name, space, now = arguments.name("name", "queue"), call.caller.namespace, call.now_ms
    settings = _settings(arguments)

    def work(transaction: Transaction) -> Any:
        queue_state.create(transaction, space, name, settings, now)
        return {"success": True}

    return work


def delete(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Delete a queue with every message in it, in flight or not."""
    name, space = arguments.name("queue", "name"), call.caller.namespace
    return lambda transaction: {"deleted": queue_state.delete(transaction, space, name)}


def publish(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Put a message into a queue, or refuse it when the queue is full."""
    now = call.now_ms
    priority = arguments.integer("priority", default=None, least=0)
    payload = arguments.payload("payload", "message")
    message = Outgoing(
        queue_delivery.message_id(now),
        payload,
        None if priority is None else min(priority, MAX_PRIORITY),
        arguments.integer("max_retries", default=None, least=0, most=_MOST_RETRIES),
        arguments.texts_beside("headers", len(payload), "'payload' and 'headers'"),
    )

    def act(transaction: Transaction, queue: Queue, now: int) -> Any:
        refusal = queue_delivery.publish(transaction, queue, message, now)
        return {"message_id": message.id} if refusal is None else refusal

    return _on_queue(call, arguments, act)


def consume(_context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Hand the next message to a consumer, or nothing, as from a queue that nobody has created."""
    name, consumer, space = arguments.name("queue"), arguments.name("consumer_id"), call.caller.namespace
    encoding = arguments.choice("encoding", (_BYTES, _BASE64))
    until = wait_until(call, arguments)

    def finish(delivery: Delivery | Unasked | None) -> Any:
        if delivery is None:
            return empty({"message": None}, queue_state.topic(space, name), until)
        if isinstance(delivery, Unasked):
            return {"message": None, "more": True}
        return {"message": _row(delivery, encoding)}

    return Bulk(serve, Take(space, name, consumer, call.now_ms, call.takes, finish))


def ack(_context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Acknowledge a delivery: its message is never handed out again."""
    name, claim = arguments.name("queue", "name"), _claim(arguments)
    return Bulk(serve, Done(call.caller.namespace, name, claim, call.now_ms))


def nack(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Give a delivery back, to be handed out again or to the dead letters."""
    claim, requeue = _claim(arguments), arguments.flag("requeue", True)

    def act(transaction: Transaction, queue: Queue, now: int) -> Any:
        refusal = queue_delivery.nack(transaction, queue, claim, now, requeue=requeue)
        return refusal or {"success": True}

    return _on_queue(call, arguments, act)


def extend(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Give a delivery more time, counted from now."""
    claim = _claim(arguments)
    seconds = arguments.number("seconds", most=limits.MAX_ACK_DEADLINE_SECONDS, open_end=True)

    def act(transaction: Transaction, queue: Queue, now: int) -> Any:
        deadline = queue_delivery.extend(transaction, queue, claim, now, _milliseconds(seconds))
        return deadline if isinstance(deadline, Refusal) else {"deadline": deadline}

    return _on_queue(call, arguments, act)


def stats(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Return the figures and settings of a queue."""
    name, space, now = arguments.name("queue"), call.caller.namespace, call.now_ms

    def work(transaction: Transaction) -> Any:
        queue = queue_state.look(transaction, space, name)
        return queue_state.absent(name) if queue is None else queue_stats.stats(transaction, queue, now)

    return work


def names(_context: Context, call: Call, _arguments: Arguments) -> Work[Any]:
    """Return the names of the queues."""
    space = call.caller.namespace

    def work(transaction: Transaction) -> Any:
        found = queue_stats.names(transaction, space)
        return {"queues": found} if holds(call, found) else too_much()

    return work


def purge(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Delete the ready messages of a queue, or its dead letters."""
    dead = arguments.flag("dead")

    def act(transaction: Transaction, queue: Queue, _now: int) -> Any:
        return {"purged": queue_dead.purge(transaction, queue, dead=dead)}

    return _on_queue(call, arguments, act)


def dead_letters(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Return a page of the messages that are handed out no more, and why."""
    encoding = arguments.choice("encoding", (_BYTES, _BASE64))
    limit = arguments.integer("limit", default=limits.DEFAULT_PAGE, least=1, most=limits.MAX_PAGE)
    cursor = arguments.text("cursor", default=None)

    def act(transaction: Transaction, queue: Queue, _now: int) -> Any:
        question = {"dead_letters": [queue.space, queue.name]}
        after = 0 if cursor is None else cursors.decode(question, cursor)
        if after is None:
            return arguments.wrong("'cursor' is not of this list")
        found, more = queue_dead.dead_letters(transaction, queue, after, limit)
        if not holds_rows(call, [each.size for each in found]):
            return too_much()
        messages = [
            {**_row(each, encoding), "reason": each.reason, "dead_at": each.dead_at} for each in found
        ]
        return {
            "messages": messages,
            "cursor": cursors.encode(question, found[-1].sequence) if more else None,
        }

    # Work that writes, because what is overdue for the last time is a dead letter before any sweep says so.
    return _on_queue(call, arguments, act)


def redrive(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Make dead letters ready again."""
    chosen = None
    if arguments.value("message_ids", default=None) is not None:
        chosen = arguments.sequence("message_ids", limits.MAX_REDRIVEN)
        if not all(isinstance(each, str) for each in chosen):
            raise arguments.wrong("'message_ids' must be an array of strings")

    def act(transaction: Transaction, queue: Queue, _now: int) -> Any:
        count = queue_dead.redrive(transaction, queue, chosen)
        return {"redriven": count, "remaining": queue.figures.dead}

    return _on_queue(call, arguments, act)


def _on_queue(call: Call, arguments: Arguments, act: Act) -> Work[Any]:
    """Return the work that changes a queue, or refuses when there is none of the name."""
    name, space, now = arguments.name("queue", "name"), call.caller.namespace, call.now_ms

    def work(transaction: Transaction) -> Any:
        queue = queue_state.hold(transaction, space, name, now)
        return queue_state.absent(name) if queue is None else act(transaction, queue, now)

    return work


def _settings(arguments: Arguments) -> Settings:
    """Read the settings of a queue: under `config`, or beside the name as published clients send them."""
    config = arguments.part("config")

    def source(name: str) -> Arguments:
        return config if config is not None and config.has(name) else arguments

    def setting(name: str, default: int, least: int, most: int) -> int:
        number: int = source(name).integer(name, default=default, least=least, most=most)
        return number

    most, default = limits.MAX_ACK_DEADLINE_SECONDS, limits.ACK_DEADLINE_SECONDS
    seconds = source("ack_deadline_secs").number("ack_deadline_secs", default, most=most, open_end=True)
    return Settings(
        max_depth=setting("max_depth", limits.MAX_QUEUE_DEPTH, 1, _MOST_DEPTH),
        ack_deadline_ms=_milliseconds(seconds),
        default_max_retries=setting("default_max_retries", limits.MAX_RETRIES, 0, _MOST_RETRIES),
        default_priority=min(
            setting("default_priority", limits.DEFAULT_PRIORITY, 0, _MOST_RETRIES), MAX_PRIORITY
        ),
        prefetch_limit=setting("prefetch_limit", 0, 0, _MOST_RETRIES),
    )


def _claim(arguments: Arguments) -> Claim:
    return Claim(
        arguments.text("message_id"),
        arguments.text("consumer_id", default=None),
        arguments.integer("delivery", default=None, least=0),
    )


def _row(message: Delivery | queue_dead.DeadLetter, encoding: str) -> dict[str, Any]:
    payload = message.payload
    row = {
        "id": message.id,
        "payload": base64.b64encode(payload).decode() if encoding == _BASE64 else list(payload),
        "priority": message.priority,
        "retry_count": message.retry_count,
        "max_retries": message.max_retries,
        "headers": message.headers,
    }
    if isinstance(message, Delivery):
        row["deadline"] = message.deadline
    return row


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


COMMANDS: dict[str, Command] = {
    "queue.create": Command(create, WRITE, writes=True),
    "queue.delete": Command(delete, WRITE, writes=True),
    "queue.publish": Command(publish, WRITE, writes=True),
    "queue.consume": Command(consume, READ, writes=True),
    "queue.ack": Command(ack, READ, writes=True),
    "queue.nack": Command(nack, READ, writes=True),
    "queue.extend": Command(extend, READ, writes=True),
    "queue.stats": Command(stats, READ),
    "queue.list": Command(names, READ),
    "queue.purge": Command(purge, WRITE, writes=True),
    "queue.dead_letters": Command(dead_letters, READ, writes=True),
    "queue.redrive": Command(redrive, WRITE, writes=True),
}


def _here(call: Call) -> Mapping[str, Any]:
    """Return the arguments of a route that names a queue: the body's, of the queue in the path."""
    return {**with_path()(call), "queue": call.path["name"]}


def _consumed(call: Call) -> Mapping[str, Any]:
    found = {"queue": call.path["name"], "consumer_id": call.path["consumer_id"]}
    found |= {name: call.query[name] for name in ("encoding",) if name in call.query}
    return {**found, "wait_secs": query_number(call.query.get("wait_secs"))}


def _purged(call: Call) -> Mapping[str, Any]:
    return {"queue": call.path["name"], "dead": parameters.flag(call.query, "dead")}


def _listed(call: Call) -> Mapping[str, Any]:
    found = {name: call.query[name] for name in ("encoding", "cursor") if name in call.query}
    return {**found, "queue": call.path["name"], "limit": query_number(call.query.get("limit"))}


_NOTHING = dict.fromkeys(
    ("message_id", "payload", "priority", "retry_count", "max_retries", "headers", "deadline")
)


def _message(_call: Call, payload: Any) -> Any:
    message = payload["message"]
    return _NOTHING if message is None else {"message_id": message.pop("id"), **message}


def _success(_call: Call, payload: Any) -> Any:
    return {"success": True, **payload}


def _success_of_queue(call: Call, payload: Any) -> Any:
    return {**payload, "queue": call.path["name"]}


OPERATIONS: dict[str, Operation] = {
    "queueCreate": rest(COMMANDS["queue.create"], with_path("name"), _success_of_queue, has_body=True),
    "queueDelete": rest(COMMANDS["queue.delete"], _here, _success),
    "queuePublish": rest(COMMANDS["queue.publish"], _here, has_body=True),
    "queueConsume": rest(COMMANDS["queue.consume"], _consumed, _message),
    "queueAck": rest(COMMANDS["queue.ack"], _here, has_body=True),
    "queueNack": rest(COMMANDS["queue.nack"], _here, has_body=True),
    "queueStats": rest(COMMANDS["queue.stats"], _here),
    "queueList": rest(COMMANDS["queue.list"], with_path()),
    "queuePurge": rest(COMMANDS["queue.purge"], _purged, _success),
    "queueExtend": rest(COMMANDS["queue.extend"], _here, has_body=True),
    "queueDeadLetters": rest(COMMANDS["queue.dead_letters"], _listed),
    "queueRedrive": rest(COMMANDS["queue.redrive"], _here, has_body=True),
}

SWEEPS = (Sweep(queue_sweep.due, queue_sweep.sweep),)

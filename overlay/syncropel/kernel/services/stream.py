"""Streams: events in order, kept for a while, read from any offset. The commands `stream.*` and `/stream`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ...rules import limits
from ..arguments import Arguments, check_size
from ..family import Command, Sweep, rest, with_path
from ..operations import Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Transaction, Work
from . import stream_events, stream_state, stream_sweep
from .answers import holds, holds_rows, too_much
from .long_poll import empty, query_number, wait_until
from .queue_delivery import message_id
from .stream_events import Event, Published
from .stream_state import HOUR, Stream

Act = Callable[[Transaction, Stream, int], Any]
READ, WRITE = "stream:read", "stream:write"
_DEFAULT_PAGE = 100
_MOST_EVENTS = 2**53


def create(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Create a stream, or refuse when there is one of the name."""
    name, make = arguments.name("room"), _making(call, arguments)

    def work(transaction: Transaction) -> Any:
        if make(transaction):
            return {"success": True, "room": name}
        return Refusal("ROOM_EXISTS", f"Invalid request: Room '{name}' already exists")

    return work


def ensure(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Create a stream; one that exists stays as it is."""
    name, make = arguments.name("room"), _making(call, arguments)
    return lambda transaction: {"success": True, "room": name, "created": make(transaction)}


def delete(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Delete a stream with its events and the positions of its subscribers."""
    name, space = arguments.name("room"), call.caller.namespace

    def work(transaction: Transaction) -> Any:
        gone = stream_state.delete(transaction, space, name)
        return {"success": True, "deleted": name} if gone else _no_room(name)

    return work


def publish(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Append an event."""
    data = json.dumps(arguments.value("data"), ensure_ascii=False, separators=(",", ":"))
    size = len(check_size(data.encode(), "data"))
    event = Published(
        message_id(call.now_ms),
        arguments.name("event", "event_type"),
        data,
        _partition_key(arguments),
        arguments.texts_beside("metadata", size, "'data' and 'metadata'"),
    )

    def act(transaction: Transaction, stream: Stream, now: int) -> Any:
        offset, partition = stream_events.publish(transaction, stream, event, now)
        return {"offset": offset, "room": stream.name, "partition": partition}

    return _on_stream(call, arguments, act)


def consume(context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Return events from an offset on, or wait for the next one."""
    subscriber = arguments.name("subscriber_id")
    start = arguments.integer("from_offset", default=None, least=0)
    limit = min(arguments.integer("limit", default=_DEFAULT_PAGE, least=0), limits.MAX_EVENTS_PAGE)
    partition = arguments.integer("partition", default=None, least=0, most=limits.MAX_PARTITIONS - 1)
    generation = _generation(arguments)
    until = wait_until(call, arguments)

    def act(transaction: Transaction, stream: Stream, now: int) -> Any:
        if generation not in (None, stream.generation):
            return _made_anew(stream)
        found = stream_events.read(transaction, stream, start, limit, partition, now)
        if isinstance(found, Refusal):
            return found
        if not holds_rows(call, [each.size for each in found]):
            return too_much()
        context.readers.note(stream.id, subscriber, len(found))
        if found:
            rows = [_row(stream, each) for each in found]
            return {"events": rows, "next_offset": found[-1].offset + 1, "generation": stream.generation}
        following = stream_state.earliest(transaction, stream, now) if start is None else start
        if partition is not None and limit:
            # Nothing up to the end is of this partition: whoever goes on there is not left behind.
            following = max(following, stream.next_offset)
        payload: dict[str, Any] = {"events": [], "next_offset": following, "generation": stream.generation}
        return empty(payload, stream_state.topic(stream.space, stream.name), until if limit else None)

    return _on_stream(call, arguments, act, reads=True)


def commit(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Remember the offset from which a subscriber goes on."""
    subscriber = arguments.name("subscriber_id")
    offset = arguments.integer("offset", least=0)
    generation = _generation(arguments)

    def act(transaction: Transaction, stream: Stream, now: int) -> Any:
        if generation not in (None, stream.generation):
            return _made_anew(stream)
        if offset > stream.next_offset:
            return Refusal(
                "OFFSET_OUT_OF_RANGE",
                f"Invalid request: Stream offset {offset} out of range; next offset is {stream.next_offset}",
            )
        stream_events.commit(transaction, stream, subscriber, offset, now)
        return {"committed": offset}

    return _on_stream(call, arguments, act)


def position(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Return the offset that a subscriber committed, null when it never did."""
    subscriber = arguments.name("subscriber_id")

    def act(transaction: Transaction, stream: Stream, _now: int) -> Any:
        return {"offset": stream_events.position(transaction, stream, subscriber)}

    return _on_stream(call, arguments, act, reads=True)


def stats(context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """Return what a stream holds and did."""

    def act(transaction: Transaction, stream: Stream, now: int) -> Any:
        first = stream_state.earliest(transaction, stream, now)
        seen, consumed = context.readers.of(stream.id)
        return {
            "name": stream.name,
            "message_count": stream.next_offset - first,
            "min_offset": first,
            "max_offset": max(stream.next_offset - 1, 0),
            "subscriber_count": stream_events.subscribers(transaction, stream, seen),
            "total_published": stream.next_offset,
            "total_consumed": consumed,
            "dropped": first,
            "created_at": stream.created_at,
            "generation": stream.generation,
            "partitions": stream.partitions,
            "retention_hours": _hours(stream.retention_ms),
            "max_events": stream.max_events,
        }

    return _on_stream(call, arguments, act, reads=True)


def names(_context: Context, call: Call, _arguments: Arguments) -> Work[Any]:
    """Return the names of the streams, sorted."""
    space = call.caller.namespace

    def work(transaction: Transaction) -> Any:
        rows = transaction.execute("SELECT name FROM streams WHERE space = ? ORDER BY name", (space,))
        found = [row[0] for row in rows]
        return {"rooms": found, "count": len(found)} if holds(call, found) else too_much()

    return work


def _on_stream(call: Call, arguments: Arguments, act: Act, *, reads: bool = False) -> Work[Any]:
    """Return the work on a stream, which refuses when there is none of the name."""
    name, space, now = arguments.name("room"), call.caller.namespace, call.now_ms
    find = stream_state.look if reads else stream_state.hold

    def work(transaction: Transaction) -> Any:
        stream = find(transaction, space, name)
        return _no_room(name) if stream is None else act(transaction, stream, now)

    return work


def _making(call: Call, arguments: Arguments) -> Callable[[Transaction], bool]:
    name, space, now = arguments.name("room"), call.caller.namespace, call.now_ms
    partitions = arguments.integer("partitions", default=1, least=1, most=limits.MAX_PARTITIONS)
    hours = arguments.number(
        "retention_hours", limits.STREAM_RETENTION_HOURS, most=limits.MAX_RETENTION_HOURS
    )
    max_events = arguments.integer("max_events", default=None, least=1, most=_MOST_EVENTS)

    def make(transaction: Transaction) -> bool:
        retention = max(1, round(hours * HOUR)) if hours else 0
        return stream_state.create(
            transaction,
            space,
            name,
            now,
            partitions=partitions,
            retention_ms=retention,
            max_events=max_events,
        )

    return make


def _generation(arguments: Arguments) -> int | None:
    found: int | None = arguments.integer("generation", default=None, least=0)
    return found


def _made_anew(stream: Stream) -> Refusal:
    return Refusal(
        "OFFSET_OUT_OF_RANGE",
        f"Invalid request: Stream '{stream.name}' was made anew; its generation is {stream.generation}",
    )


def _partition_key(arguments: Arguments) -> str | None:
    key: str | None = arguments.text("partition_key", default=None)
    if key is not None and len(key.encode()) > limits.MAX_KEY_BYTES:
        raise arguments.wrong(f"'partition_key' is longer than {limits.MAX_KEY_BYTES} bytes")
    return key


def _row(stream: Stream, event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "offset": event.offset,
        "room": stream.name,
        "event": event.event,
        "data": list(event.data.encode()),
        "timestamp": event.published_at // 1000,
        "metadata": event.metadata,
        "partition": event.partition,
    }


def _hours(milliseconds: int) -> int | float:
    whole, rest_of_it = divmod(milliseconds, HOUR)
    return milliseconds / HOUR if rest_of_it else whole


def _no_room(name: str) -> Refusal:
    return Refusal("ROOM_NOT_FOUND", f"Invalid request: Room '{name}' not found")


COMMANDS: dict[str, Command] = {
    "stream.create": Command(create, WRITE, writes=True),
    "stream.get_or_create": Command(ensure, WRITE, writes=True),
    "stream.delete": Command(delete, WRITE, writes=True),
    "stream.publish": Command(publish, WRITE, writes=True),
    "stream.consume": Command(consume, READ, slow=True),
    "stream.commit": Command(commit, READ, writes=True),
    "stream.position": Command(position, READ),
    "stream.stats": Command(stats, READ),
    "stream.list": Command(names, READ),
}


def _consumed(call: Call) -> Mapping[str, Any]:
    numbers = ("from_offset", "limit", "partition", "wait_secs", "generation")
    return {**call.path, **{name: query_number(call.query.get(name)) for name in numbers}}


def _deleted(call: Call, _payload: Any) -> Any:
    return {"success": True, "room": call.path["room"]}


_HERE = with_path("room")
OPERATIONS: dict[str, Operation] = {
    "streamCreate": rest(COMMANDS["stream.create"], _HERE, has_body=True, body_optional=True),
    "streamEnsure": rest(COMMANDS["stream.get_or_create"], _HERE, has_body=True, body_optional=True),
    "streamDelete": rest(COMMANDS["stream.delete"], _HERE, _deleted),
    "streamPublish": rest(COMMANDS["stream.publish"], _HERE, has_body=True),
    "streamConsume": rest(COMMANDS["stream.consume"], _consumed),
    "streamStats": rest(COMMANDS["stream.stats"], _HERE),
    "streamList": rest(COMMANDS["stream.list"], with_path()),
}

SWEEPS = (Sweep(stream_sweep.due, stream_sweep.sweep),)

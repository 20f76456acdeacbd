"""The tables of key-value, queues and streams, once for every engine: each names its own types.

Times are unix milliseconds. `space` is the namespace whose callers see a row. Rows of messages and events
carry the number of their queue or stream; such a number is never given twice, so that what a deleted one
leaves behind can be cleared away later.
"""

from __future__ import annotations

from typing import NamedTuple

STREAM_GENERATION = "stream_generation"
"""The counter that gives every stream a generation of its own, growing for ever."""


class Types(NamedTuple):
    """What an engine calls things.

    Attributes:
        text: Texts, compared by code point.
        number: Whole numbers of 64 bits.
        blob: Bytes.
        made: A primary key that the engine makes, which may come again after its row was deleted.
        once: A primary key that the engine makes, which never comes again.
        keyed: What stands behind a table whose rows are kept in the order of their primary key.
        changing: What stands behind a table whose rows change all the time.
        passing: What stands behind a table whose rows come, change, and go.
    """

    text: str
    number: str
    blob: str
    made: str
    once: str
    keyed: str = ""
    changing: str = ""
    passing: str = ""


def family_tables(types: Types) -> tuple[str, ...]:
    """Return the statements that make the tables."""
    return (*_kv(types), *_queues(types), *_streams(types))


def _kv(types: Types) -> tuple[str, ...]:
    text, number, blob = types.text, types.number, types.blob
    return (
        f"""CREATE TABLE kv (
            space {text} NOT NULL,
            key {text} NOT NULL,
            content {blob} NOT NULL,
            expires_at {number},
            PRIMARY KEY (space, key)
        ){types.keyed}""",
        "CREATE INDEX kv_expiry ON kv (expires_at) WHERE expires_at IS NOT NULL",
        # How many keys and bytes a space has, so that nobody has to count them.
        f"""CREATE TABLE store_counts (
            space {text} NOT NULL,
            name {text} NOT NULL,
            value {number} NOT NULL,
            PRIMARY KEY (space, name)
        ){types.keyed}{types.changing}""",
    )


def _queues(types: Types) -> tuple[str, ...]:
    text, number, blob = types.text, types.number, types.blob
    counted = ("ready", "in_flight", "dead", "published", "consumed", "acked", "nacked", "dead_lettered")
    counters = ", ".join(f"{name} {number} NOT NULL DEFAULT 0" for name in counted)
    return (
        f"""CREATE TABLE queues (
            id {types.once},
            space {text} NOT NULL,
            name {text} NOT NULL,
            max_depth {number} NOT NULL,
            ack_deadline_ms {number} NOT NULL,
            default_max_retries {number} NOT NULL,
            default_priority {number} NOT NULL,
            prefetch_limit {number} NOT NULL,
            created_at {number} NOT NULL,
            {counters},
            UNIQUE (space, name)
        ){types.changing}""",
        # `state` is 0 ready, 1 in flight, 2 dead. What was acknowledged has no row.
        f"""CREATE TABLE messages (
            sequence {types.made},
            queue {number} NOT NULL,
            id {text} NOT NULL UNIQUE,
            state {number} NOT NULL DEFAULT 0,
            priority {number} NOT NULL,
            payload {blob} NOT NULL,
            headers {text},
            retry_count {number} NOT NULL DEFAULT 0,
            max_retries {number} NOT NULL,
            published_at {number} NOT NULL,
            consumer {text},
            deadline {number},
            reason {text},
            dead_at {number}
        ){types.passing}""",
        "CREATE INDEX messages_ready ON messages (queue, priority DESC, sequence) WHERE state = 0",
        "CREATE INDEX messages_in_flight ON messages (queue, deadline) WHERE state = 1",
        # The second condition keeps it out of the way of queries that name no consumer.
        "CREATE INDEX messages_held ON messages (queue, consumer, deadline)"
        " WHERE state = 1 AND consumer IS NOT NULL",
        "CREATE INDEX messages_dead ON messages (queue, sequence) WHERE state = 2",
    )


def _streams(types: Types) -> tuple[str, ...]:
    text, number = types.text, types.number
    return (
        f"""CREATE TABLE streams (
            id {types.once},
            space {text} NOT NULL,
            name {text} NOT NULL,
            partitions {number} NOT NULL,
            retention_ms {number} NOT NULL,
            max_events {number},
            created_at {number} NOT NULL,
            generation {number} NOT NULL,
            next_offset {number} NOT NULL DEFAULT 0,
            min_offset {number} NOT NULL DEFAULT 0,
            UNIQUE (space, name)
        ){types.changing}""",
        f"INSERT INTO counters (name, value) VALUES ('{STREAM_GENERATION}', 0) ON CONFLICT DO NOTHING",  # noqa: S608 - of this module
        f"""CREATE TABLE events (
            stream {number} NOT NULL,
            position {number} NOT NULL,
            id {text} NOT NULL,
            event {text} NOT NULL,
            data {text} NOT NULL,
            partition {number} NOT NULL,
            published_at {number} NOT NULL,
            metadata {text},
            PRIMARY KEY (stream, position)
        ){types.keyed}""",
        "CREATE INDEX events_partition ON events (stream, partition, position)",
        "CREATE INDEX events_age ON events (stream, published_at, position)",
        f"""CREATE TABLE stream_positions (
            stream {number} NOT NULL,
            subscriber {text} NOT NULL,
            position {number} NOT NULL,
            seen_at {number} NOT NULL,
            PRIMARY KEY (stream, subscriber)
        ){types.keyed}{types.changing}""",
    )

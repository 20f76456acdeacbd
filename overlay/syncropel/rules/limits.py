"""Every limit in one place: the daemon enforces them, the documents are generated from them.

`LIMITS` lists them with their meaning; a test compares it with the constants of this module.
"""

from __future__ import annotations

MAX_BODY_BYTES = 1024 * 1024
MAX_BOOTSTRAP_BYTES = 64 * 1024
MAX_BATCH_RECORDS = 1000
MAX_BATCH_BYTES = 8 * 1024 * 1024
MAX_LARGE_BODIES = 16
MAX_JSON_DEPTH = 64
MAX_INTEGER_DIGITS = 1000
MAX_CLOCK = 2**63 - 1
MAX_TEXT_BYTES = 1024
MAX_PARENTS = 1000
DEFAULT_PAGE = 100
MAX_PAGE = 1000
MAX_PAGE_BYTES = 16 * 1024 * 1024
MAX_FILTER_CONDITIONS = 100
MAX_FILTER_DEPTH = 16
MAX_IN_VALUES = 500
MAX_GROUPS = 1000
MAX_GROUP_FIELDS = 4
MAX_AGGREGATES = 16
MAX_ROWS_SCANNED = 1_000_000
DEFAULT_SEARCH_HITS = 10
MAX_SEARCH_HITS = 100
WATCH_HEARTBEAT_SECONDS = 15
WATCH_MAX_LAG = 1000
WATCH_STALL_SECONDS = 30
SHUTDOWN_RETRY_MS = 1000
MAX_HEAD_BYTES = 64 * 1024
REQUEST_READ_SECONDS = 30
KEEP_ALIVE_SECONDS = 75
MAX_PIPELINED = 100
DRAIN_SECONDS = 10
MAX_ACTORS = 1000
MAX_QUERY_DEPTH = 8
MAX_RUNNING_CALLS = 64
TOKEN_REQUESTS_PER_SECOND = 1000
TOKEN_BURST = 2000
MAX_CONNECTIONS = 2000
MAX_SERVICE_ACCOUNTS = 10_000
MAX_TOKENS_PER_ACCOUNT = 100
MAX_ALLOWED_ACTORS = 100
MAX_NAMESPACES = 1000
MAX_NAMESPACE_DEPTH = 4
TOKEN_CACHE_SECONDS = 1
MAX_CLOCK_SKEW_SECONDS = 60
MAX_JWT_SECONDS = 3600
TLS_HANDSHAKE_SECONDS = 10
DID_DOCUMENT_BYTES = 64 * 1024
DID_DOCUMENT_SECONDS = 5
MAX_KEY_BYTES = 1024
MAX_VALUE_BYTES = 1024 * 1024
MAX_NAME_BYTES = 256
MAX_COMMAND_BYTES = 8 * 1024 * 1024
MAX_COMMANDS = 1000
MAX_KEYS = 1000
MAX_LISTED_KEYS = 10_000
MAX_QUEUE_DEPTH = 100_000
ACK_DEADLINE_SECONDS = 30
MAX_RETRIES = 3
DEFAULT_PRIORITY = 5
MAX_ACK_DEADLINE_SECONDS = 12 * 3600
MAX_REDRIVEN = 10_000
STREAM_RETENTION_HOURS = 24
MAX_RETENTION_HOURS = 10 * 365 * 24
MAX_EVENTS_PAGE = 1000
MAX_PARTITIONS = 1024
PUBSUB_BUFFER = 1024
PUBSUB_BUFFER_BYTES = 8 * 1024 * 1024
MAX_WAIT_SECONDS = 25
MAX_SUBSCRIPTIONS = 100
MAX_SUBSCRIBERS = 10_000
MAX_ALL_SUBSCRIPTIONS = 100_000
WEBSOCKET_MESSAGE_BYTES = 64 * 1024
WEBSOCKET_PING_SECONDS = 20

LIMITS: dict[str, tuple[str, str]] = {
    "MAX_BODY_BYTES": ("bytes", "A request body, and one record of a batch; more is 413 `BODY_TOO_LARGE`."),
    "MAX_BOOTSTRAP_BYTES": (
        "bytes",
        "The body that asks for the first account, which needs no token; more is 413 `BODY_TOO_LARGE`.",
    ),
    "MAX_BATCH_RECORDS": ("records", "Records of one batch; more is 413 `BATCH_TOO_LARGE`."),
    "MAX_BATCH_BYTES": ("bytes", "The body of a batch; more is 413 `BATCH_TOO_LARGE`."),
    "MAX_LARGE_BODIES": (
        "bodies",
        "Batches over 64 KiB that a daemon reads and stores at the same time; others wait their turn.",
    ),
    "MAX_JSON_DEPTH": (
        "levels",
        "Nesting of objects and arrays in a request body; more is 400 `INVALID_JSON`.",
    ),
    "MAX_INTEGER_DIGITS": ("digits", "An integer in a request body; more is 400 `INVALID_JSON`."),
    "MAX_CLOCK": ("", "The largest clock (a signed 64-bit integer); more is 400 `INVALID_RECORD`."),
    "MAX_TEXT_BYTES": (
        "bytes",
        "A thread name, an actor, a parent id in UTF-8; more is 400 `INVALID_RECORD`.",
    ),
    "MAX_PARENTS": ("ids", "Parents of one record; more is 400 `INVALID_RECORD`."),
    "DEFAULT_PAGE": ("rows", "A page when no `limit` is given."),
    "MAX_PAGE": ("rows", "The largest page; a rich query clamps to it, a list refuses more."),
    "MAX_PAGE_BYTES": (
        "bytes",
        "Stored bodies and parents of one page; a page that would hold more ends early.",
    ),
    "MAX_FILTER_CONDITIONS": ("conditions", "Comparisons in one filter; more is 400 `INVALID_QUERY`."),
    "MAX_FILTER_DEPTH": ("levels", "Nesting of `$and`, `$or`, `$not`; more is 400 `INVALID_QUERY`."),
    "MAX_IN_VALUES": ("values", "Values of one `$in` or `$nin`; more is 400 `INVALID_QUERY`."),
    "MAX_GROUPS": ("groups", "Groups of one aggregation; more is 422 `AGGREGATION_CAP_EXCEEDED`."),
    "MAX_GROUP_FIELDS": ("fields", "Fields in `group_by`; more is 422 `AGGREGATION_CAP_EXCEEDED`."),
    "MAX_AGGREGATES": ("aggregates", "Aggregates in one query; more is 422 `AGGREGATION_CAP_EXCEEDED`."),
    "MAX_ROWS_SCANNED": ("rows", "Rows one aggregation may read; more is 422 `AGGREGATION_CAP_EXCEEDED`."),
    "DEFAULT_SEARCH_HITS": ("hits", "Hits of a semantic search when no `k` is given."),
    "MAX_SEARCH_HITS": ("hits", "The largest `k`; more is clamped."),
    "WATCH_HEARTBEAT_SECONDS": ("seconds", "The longest silence on a watch stream."),
    "WATCH_MAX_LAG": (
        "records",
        "How far a live watcher may fall behind before it is sent away as `lagged`.",
    ),
    "WATCH_STALL_SECONDS": ("seconds", "How long a watcher may take none of the bytes sent to it."),
    "SHUTDOWN_RETRY_MS": (
        "milliseconds",
        "What `server_shutdown` asks a watcher to wait before it reconnects.",
    ),
    "MAX_HEAD_BYTES": ("bytes", "The request line and the headers; more is 400 `INVALID_REQUEST`."),
    "REQUEST_READ_SECONDS": ("seconds", "How long a client may take to send one whole request."),
    "KEEP_ALIVE_SECONDS": ("seconds", "How long an idle connection is kept open."),
    "MAX_PIPELINED": (
        "requests",
        "Requests that are sent behind one before its answer; with more, the connection ends after these.",
    ),
    "DRAIN_SECONDS": ("seconds", "How long a daemon that was told to stop lets requests finish."),
    "MAX_ACTORS": ("responders", "Registered responders; more is 400 `INVALID_ACTOR`."),
    "MAX_QUERY_DEPTH": (
        "queries",
        "Queries behind a query's `record_id`, one inside the other; more is `invalid_query`.",
    ),
    "MAX_RUNNING_CALLS": ("calls", "Calls of responders that the daemon carries out at once; others queue."),
    "TOKEN_REQUESTS_PER_SECOND": (
        "requests",
        "What one token may ask for per second (`spl serve --rate-limit`); more is 429 `RATE_LIMITED`.",
    ),
    "TOKEN_BURST": ("requests", "What one token may ask for at once, after a pause."),
    "MAX_CONNECTIONS": ("connections", "Open connections; one more is answered 503 `TOO_MANY_CONNECTIONS`."),
    "MAX_SERVICE_ACCOUNTS": ("accounts", "Service accounts of one store; more is 400 `INVALID_ACCESS`."),
    "MAX_TOKENS_PER_ACCOUNT": (
        "tokens",
        "Tokens of one service account that are in force; more is 400 `INVALID_ACCESS`.",
    ),
    "MAX_ALLOWED_ACTORS": ("actors", "Actors of one service account; more is 400 `INVALID_ACCESS`."),
    "MAX_NAMESPACES": ("namespaces", "Registered namespaces; more is 400 `INVALID_ACCESS`."),
    "MAX_NAMESPACE_DEPTH": ("segments", "The name of a namespace; more is 403 `NAMESPACE_REJECTED`."),
    "TOKEN_CACHE_SECONDS": (
        "seconds",
        "How long a token that another process revoked may still be taken.",
    ),
    "MAX_CLOCK_SKEW_SECONDS": ("seconds", "How far the clock of a token's issuer may differ."),
    "MAX_JWT_SECONDS": ("seconds", "How long a self-issued token may be valid."),
    "TLS_HANDSHAKE_SECONDS": ("seconds", "How long a client may take for the TLS handshake."),
    "DID_DOCUMENT_BYTES": ("bytes", "A DID document; the keys of a larger one are not read."),
    "DID_DOCUMENT_SECONDS": ("seconds", "How long the daemon tries to read a DID document."),
    "MAX_KEY_BYTES": ("bytes", "A key in UTF-8; more is 400 `INVALID_KEY`."),
    "MAX_VALUE_BYTES": (
        "bytes",
        "A value; a message's payload and headers, an event's data and metadata; more is 413"
        " `VALUE_TOO_LARGE`.",
    ),
    "MAX_NAME_BYTES": (
        "bytes",
        "The name of a queue, a stream, a consumer, a subscriber, an event; more is 400 `INVALID_NAME`."
        " A topic, too: 400 `TOPIC_INVALID`.",
    ),
    "MAX_COMMAND_BYTES": (
        "bytes",
        "The body of a command, and of every route that carries a value or a payload; more is 413"
        " `BODY_TOO_LARGE`.",
    ),
    "MAX_COMMANDS": ("commands", "Commands of one `batch`; more is 400 `INVALID_COMMAND`."),
    "MAX_KEYS": ("keys", "Keys of one command, and of a page of `kv.scan`; more is 400 `INVALID_COMMAND`."),
    "MAX_LISTED_KEYS": ("keys", "Keys that `kv.keys` lists; of more it says `truncated`."),
    "MAX_QUEUE_DEPTH": (
        "messages",
        "Ready messages of a queue that was created without a `max_depth`; one more is 507 `QUEUE_FULL`.",
    ),
    "ACK_DEADLINE_SECONDS": ("seconds", "How long a delivery may take to be acknowledged, by default."),
    "MAX_RETRIES": ("retries", "How often a message is handed out again, by default."),
    "DEFAULT_PRIORITY": ("", "The priority of a message, by default; 9 is the first, 0 the last."),
    "MAX_ACK_DEADLINE_SECONDS": (
        "seconds",
        "The longest deadline of a delivery, and the most it is extended by; more is 400 `INVALID_COMMAND`.",
    ),
    "MAX_REDRIVEN": ("messages", "Dead letters that one redrive makes ready; the rest needs another."),
    "STREAM_RETENTION_HOURS": ("hours", "How long a stream keeps its events, by default."),
    "MAX_RETENTION_HOURS": ("hours", "The longest retention of a stream but for ever, which is 0."),
    "MAX_EVENTS_PAGE": ("events", "The largest page of a stream; a larger `limit` is clamped to it."),
    "MAX_PARTITIONS": ("partitions", "Partitions of a stream; more is 400 `INVALID_COMMAND`."),
    "PUBSUB_BUFFER": (
        "messages",
        "What waits for one subscriber that stands still; with one more it is sent away."
        " For one that reads, 16 times as many may wait in a burst.",
    ),
    "PUBSUB_BUFFER_BYTES": (
        "bytes",
        "Likewise in bytes. When 32 times as many wait for all subscribers of a daemon, the slowest is sent"
        " away.",
    ),
    "MAX_WAIT_SECONDS": ("seconds", "How long one request may wait for a message or an event."),
    "MAX_SUBSCRIPTIONS": ("topics", "Topics and patterns of one subscriber; more is 400 `TOPIC_INVALID`."),
    "WEBSOCKET_MESSAGE_BYTES": (
        "bytes",
        "A message from the client of a WebSocket; more closes it with 1009.",
    ),
    "WEBSOCKET_PING_SECONDS": (
        "seconds",
        "How often a silent client of a WebSocket is asked for a sign of life; at the second time without one"
        " the connection is given up.",
    ),
    "MAX_ALL_SUBSCRIPTIONS": (
        "topics",
        "Topics of all subscribers of one daemon; a pattern counts as five. More is 503 `SUBSCRIBERS_FULL`.",
    ),
    "MAX_SUBSCRIBERS": ("subscribers", "Subscribers of one daemon; one more is 503 `SUBSCRIBERS_FULL`."),
}

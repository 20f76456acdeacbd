"""How the kernel's values become bytes: one encoding for every shell, so mock and daemon answer alike.

The watch stream has four event names and no other (`record.created`, `heartbeat`, `error`,
`server_shutdown`): the published client reads an unknown name as a record. Every frame has a data line,
because the same client drops a frame without one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from syncropel.rules import limits
from syncropel.rules.compiled_json import UNPROVEN, load, write_plainly

JSON_TYPE = "application/json"
EVENT_STREAM_TYPE = "text/event-stream; charset=utf-8"

# Whoever has a kernel reads and writes JSON all the time.
load()


def encode_json(value: Any) -> bytes:
    """Return the JSON bytes of a reply's body: UTF-8, no spaces, member order kept.

    Args:
        value: A value of the types that a decoded JSON text has.
    """
    quick = write_plainly(value)
    if quick is not UNPROVEN:
        return bytes(quick)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def frame(event: str, data: Mapping[str, Any], *, cursor: int | str | None = None) -> bytes:
    """Return one server-sent event, its cursor before its data."""
    head = f"event: {event}\n" if cursor is None else f"event: {event}\nid: {cursor}\n"
    return head.encode("ascii") + b"data: " + encode_json(data) + b"\n\n"


def record_frame(row: Mapping[str, Any]) -> bytes:
    """Return the frame that announces a stored record; its cursor is the record's ingest sequence.

    Args:
        row: A record row with `id` and `sequence`, as the kernel's watch page gives it.
    """
    return frame("record.created", {"id": row["id"], "record": row}, cursor=row["sequence"])


def heartbeat_frame(cursor: int | None = None) -> bytes:
    """Return the frame that only says the stream is alive.

    Args:
        cursor: Where the stream begins; given with the first heartbeat, so that a reader whose connection
            breaks before any record came resumes there and misses nothing.
    """
    return frame("heartbeat", {}, cursor=cursor)


def error_frame(code: str, message: str) -> bytes:
    """Return the frame after which the server ends the stream.

    Args:
        code: `lagged` or `invalid_cursor`, in lower case as the stream's readers expect.
        message: What happened, for people.
    """
    return frame("error", {"code": code, "message": message})


def shutdown_frame(retry_after_ms: int = limits.SHUTDOWN_RETRY_MS) -> bytes:
    """Return the frame that asks readers to come back after `retry_after_ms` milliseconds."""
    return frame("server_shutdown", {"retry_after_ms": retry_after_ms})

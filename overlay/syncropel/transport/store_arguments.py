"""Arguments of the calls of `syncropel.store`, checked before anything is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from syncropel.errors import UsageError, UsageTypeError
from syncropel.transport.store_results import Message

Payload = Any
"""Bytes, a text, or any other JSON value."""

MAX_POLL_SECONDS = 20.0
"""How long one request waits; a longer wait is several of them."""


def text(value: Any, name: str) -> str:
    """Return a text that must not be empty.

    Raises:
        UsageError: It is empty, or holds a lone surrogate (a `UsageTypeError` for another type).
    """
    if not isinstance(value, str):
        raise UsageTypeError(f"{name} must be a string, not {type(value).__name__}")
    if not value:
        raise UsageError(f"{name} must not be empty")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{name} holds a lone surrogate, which UTF-8 cannot carry") from None
    return value


def texts(values: Any, name: str) -> list[str]:
    """Return a list of such texts, of which there must be one.

    Raises:
        UsageError: There is none, or one of them cannot be used.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise UsageTypeError(f"{name} must be a list of strings, not {type(values).__name__}")
    found = [text(value, f"{name}[{index}]") for index, value in enumerate(values)]
    if not found:
        raise UsageError(f"{name} must not be empty")
    return found


def whole(value: Any, name: str, least: int | None = None) -> int:
    """Return a whole number.

    Raises:
        UsageError: It is less than it may be (a `UsageTypeError` for another type).
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise UsageTypeError(f"{name} must be a whole number, not {type(value).__name__}")
    if least is not None and value < least:
        raise UsageError(f"{name} must be {least} or more, not {value}")
    return value


def seconds(value: Any, name: str) -> float:
    """Return a number of seconds from 0 on.

    Raises:
        UsageError: It is negative or not finite (a `UsageTypeError` for another type).
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageTypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    if not 0 <= value < float("inf"):
        raise UsageError(f"{name} must be 0 or more, not {value!r}")
    return value


def lifetime(ttl: float | None) -> dict[str, Any]:
    """Return the members that say how long a value lives."""
    if ttl is None:
        return {}
    if seconds(ttl, "ttl") == int(ttl):
        return {"ttl": int(ttl)}
    return {"expiry": {"type": "milliseconds", "value": round(ttl * 1000)}}


def value(given: Any) -> dict[str, Any]:
    """Return the members that carry a value: text as it is, bytes exactly, anything else as JSON."""
    if not isinstance(given, bytes | bytearray | memoryview):
        return {"value": given}
    raw = bytes(given)
    try:
        return {"value": raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {"value": base64.b64encode(raw).decode("ascii"), "encoding": "base64"}


def payload(given: Payload, *, ours: bool) -> dict[str, Any]:
    """Return the members that carry the bytes of a message: in base64 to a server of ours, else as a list.

    Raises:
        UsageError: It cannot be JSON.
    """
    raw = content(given)
    if ours:
        return {"payload": base64.b64encode(raw).decode("ascii"), "encoding": "base64"}
    return {"payload": list(raw)}


def content(given: Payload) -> bytes:
    """Return the bytes of a message: its own, a text's in UTF-8, those of anything else's compact JSON.

    Raises:
        UsageError: It cannot be JSON.
    """
    if isinstance(given, bytes | bytearray | memoryview):
        return bytes(given)
    if isinstance(given, str):
        return given.encode()
    try:
        return json.dumps(given, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the message cannot be written as JSON: {error}") from error


def pairs(given: Any) -> list[tuple[str, Any]]:
    """Return keys and values, from a mapping or from pairs.

    Raises:
        UsageError: It is neither, or a key cannot be used.
    """
    rows: Sequence[Any] = list(given.items()) if isinstance(given, Mapping) else list(given)
    for index, row in enumerate(rows):
        if not isinstance(row, tuple | list) or len(row) != 2:
            raise UsageTypeError(f"pairs[{index}] must be a key and a value")
        text(row[0], f"pairs[{index}][0]")
    return [(row[0], row[1]) for row in rows]


def known(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are not None."""
    return {name: each for name, each in members.items() if each is not None}


def delivery(queue: str, message: str | Message) -> dict[str, Any]:
    """Return the members that name a delivery."""
    named: dict[str, Any] = {"queue": text(queue, "queue")}
    if not isinstance(message, Message):
        return {**named, "message_id": text(message, "message")}
    return {
        **named,
        "message_id": message.message_id,
        "consumer_id": message.consumer_id,
        "delivery": message.retry_count,
    }

"""Listing keys: by a prefix, by a pattern, page by page."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ...rules import limits
from ..arguments import Arguments
from ..operations import Call, Context
from ..refusals import Refusal
from ..store.base import Transaction, Work
from .answers import holds, too_much

_PAGE = 1000
_EXAMINED = 10_000
_SPECIAL = re.compile(r"[*?\[]")

Wanted = Callable[[str], Any]


class Listing(NamedTuple):
    """Some keys in their order.

    Attributes:
        keys: They.
        last: The last key that was looked at; None when there are no more.
    """

    keys: list[str]
    last: str | None


def scan(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """List a page of keys. One may be short, or empty, before the last one, which has no cursor."""
    prefix: str = arguments.text("prefix", default="")
    start, wanted = _pattern(arguments)
    if start.startswith(prefix):
        prefix = start
    elif not prefix.startswith(start):
        return lambda _: {"keys": [], "count": 0, "cursor": None}
    limit: int = arguments.integer("limit", default=limits.DEFAULT_PAGE, least=1, most=limits.MAX_KEYS)
    after = _after(arguments)

    def work(transaction: Transaction) -> Any:
        found = _list(transaction, call, prefix, wanted, after, limit, _EXAMINED)
        if not holds(call, found.keys):
            return too_much()
        cursor = None if found.last is None else base64.urlsafe_b64encode(found.last.encode()).decode()
        return {"keys": found.keys, "count": len(found.keys), "cursor": cursor}

    return work


def keys(_context: Context, call: Call, arguments: Arguments) -> Work[Any]:
    """List the keys that fit a pattern, as far as one answer goes."""
    prefix, wanted = _pattern(arguments)

    def work(transaction: Transaction) -> Any:
        most = limits.MAX_LISTED_KEYS
        found = _list(transaction, call, prefix, wanted, "", most, limits.MAX_ROWS_SCANNED)
        if not holds(call, found.keys):
            return too_much()
        answer: dict[str, Any] = {"keys": found.keys, "count": len(found.keys)}
        if found.last is not None:
            answer["truncated"] = True
        return answer

    return work


def _pattern(arguments: Arguments) -> tuple[str, Wanted]:
    """Return what every key of the pattern begins with, and what tells whether a key fits.

    Raises:
        Refusal: `INVALID_PATTERN`.
    """
    pattern: str = arguments.text("pattern", default="*")
    if not pattern or len(pattern.encode()) > limits.MAX_KEY_BYTES:
        raise Refusal("INVALID_PATTERN", f"Invalid value: a pattern has 1 to {limits.MAX_KEY_BYTES} bytes")
    first = _SPECIAL.search(pattern)
    prefix = pattern if first is None else pattern[: first.start()]
    if pattern == f"{prefix}*":
        return prefix, lambda _key: True
    _check_brackets(pattern)
    # Its expressions never go back over what `*` has passed: no pattern takes long.
    return prefix, re.compile(fnmatch.translate(pattern.replace("[^", "[!"))).match


def _check_brackets(pattern: str) -> None:
    place = pattern.find("[")
    while place >= 0:
        # A bracket that comes first in the class stands for itself.
        end = pattern.find("]", place + 2 + (pattern[place + 1 : place + 2] in ("!", "^")))
        if end < 0:
            raise Refusal("INVALID_PATTERN", f"Invalid value: '[' at {place} of the pattern is not closed")
        place = pattern.find("[", end)


def _after(arguments: Arguments) -> str:
    cursor: str | None = arguments.text("cursor", default=None)
    if not cursor:
        return ""
    try:
        return base64.urlsafe_b64decode(cursor.encode()).decode()
    except (binascii.Error, ValueError):
        raise arguments.wrong("'cursor' is not one of kv.scan") from None


def _list(
    transaction: Transaction,
    call: Call,
    prefix: str,
    wanted: Wanted,
    after: str,
    limit: int,
    examined: int,
) -> Listing:
    """Return keys behind one, until there are enough or too many were looked at, here or by the request."""
    found: list[str] = []
    # No key is empty: the first one at or behind the prefix begins.
    mark, place = (">", after) if after > prefix else (">=", prefix)
    while examined > 0 and call.rows > 0:
        page = min(_PAGE, examined, call.rows)
        rows = transaction.take(
            f"SELECT key, expires_at FROM kv WHERE space = ? AND key {mark} ? ORDER BY key LIMIT {page:d}",  # noqa: S608
            (call.caller.namespace, place),
            lambda row: row[0].startswith(prefix),
        )
        call.rows -= len(rows)
        for key, expires_at in rows:
            if len(found) == limit:
                return Listing(found, place)
            place = key
            if (expires_at is None or expires_at > call.now_ms) and wanted(key):
                found.append(key)
        if len(rows) < page:
            return Listing(found, None)
        mark, examined = ">", examined - page
    return Listing(found, place)

"""Key-value: the commands `kv.*` and the routes below `/kv`.

A space has its own keys. Times to live are kept as the moment of their end, to the millisecond. Counters are
decimal texts.
"""

from __future__ import annotations

import re
from typing import Any

from ...rules import limits
from ..access.refusing import forbidden
from ..arguments import Arguments
from ..family import Command, Sweep, rest
from ..operations import Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Bulk, Transaction, Work
from ..tally import DELS, GETS, HITS, MISSES, SETS
from . import kv_counts, kv_keys, kv_sweep
from .answers import too_much
from .kv_shelf import Errand, Shelf, run
from .kv_times import end_of_set, end_of_ttl
from .kv_values import FORMS, JSON, MANY_FORMS, content_of, shown

READ, WRITE = "kv:read", "kv:write"
_DECIMAL = re.compile(rb"-?[0-9]{1,19}\Z")
_LEAST, _MOST = -(2**63), 2**63 - 1
_SHOWN = 100


def errand(call: Call, apply: Any, *keys: str, reads: bool = False) -> Bulk:
    """Return the work of a command on keys of its caller's space, as an `Errand` tells it."""
    return Bulk(run, Errand(call.caller.namespace, apply, keys, reads))


def set_value(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give a key a value."""
    key, content = arguments.key(), content_of(arguments, "value")
    fresh, there = arguments.flag("nx"), arguments.flag("xx")
    keep, tell = arguments.flag("keepttl"), arguments.flag("get")
    if fresh and there:
        raise arguments.wrong("'nx' and 'xx' exclude each other")
    if tell:
        check_reader(call)
    now = call.now_ms
    expires_at = end_of_set(arguments, now)
    context.tally.of(call.caller.namespace)[SETS] += 1

    def apply(shelf: Shelf) -> Any:
        entry = shelf.find(key, now)
        store = not (fresh if entry is not None else there)
        if tell and entry is not None and not call.takes(entry.size):
            return too_much()
        old = shelf.content(key, entry) if tell and entry is not None else None
        if store:
            shelf.put(key, content, entry.expires_at if keep and entry is not None else expires_at)
        answer: dict[str, Any] = {"success": True}
        if fresh or there:
            answer["written"] = store
        if old is not None:
            answer["old_value"] = shown(old, JSON)
        return answer

    return errand(call, apply, key, reads=tell)


def get(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Read a value."""
    key, form, now = arguments.key(), arguments.choice("type", FORMS), call.now_ms

    def apply(shelf: Shelf) -> Any:
        found = value_of(context, call, shelf, key, now)
        return shown(found, form) if isinstance(found, bytes) else found

    return errand(call, apply, key, reads=True)


def get_many(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Read several values; `type` `json`, the usual one, gives what was stored as a JSON value as one."""
    keys, form, now = arguments.keys(), arguments.choice("type", MANY_FORMS), call.now_ms

    def apply(shelf: Shelf) -> Any:
        values: list[Any] = []
        for key in keys:
            found = value_of(context, call, shelf, key, now)
            if isinstance(found, Refusal):
                return found
            values.append(None if found is None else shown(found, form))
        return {"values": values}

    return errand(call, apply, *keys, reads=True)


def delete(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Take a key away, or several."""
    many = not arguments.has("key") and arguments.has("keys")
    keys, now = arguments.keys() if many else [arguments.key()], call.now_ms
    context.tally.of(call.caller.namespace)[DELS] += len(keys)

    def apply(shelf: Shelf) -> dict[str, Any]:
        deleted = 0
        for key in keys:
            deleted += shelf.find(key, now) is not None
            shelf.drop(key)
        return {"deleted": deleted if many else bool(deleted)}

    return errand(call, apply, *keys)


def delete_many(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Take several keys away."""
    return delete(context, call, Arguments({"keys": arguments.keys()}))


def exists(_context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Tell whether a key is there."""
    key, now = arguments.key(), call.now_ms
    return errand(call, lambda shelf: {"exists": shelf.find(key, now) is not None}, key)


def set_many(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give several keys their values, of which all become visible at once."""
    pairs = pairs_of(arguments)
    now = call.now_ms
    expires_at = end_of_ttl(arguments, now)
    context.tally.of(call.caller.namespace)[SETS] += len(pairs)

    def apply(shelf: Shelf) -> dict[str, Any]:
        for key, content in pairs.items():
            shelf.put(key, content, expires_at)
        return {"success": True}

    return errand(call, apply, *pairs)


def pairs_of(arguments: Arguments) -> dict[str, bytes]:
    """Return the values of `pairs` by their keys, the last one of each.

    Raises:
        Refusal: Something is wrong with one of them.
    """
    pairs: dict[str, bytes] = {}
    for index, pair in enumerate(arguments.sequence("pairs", limits.MAX_KEYS)):
        if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str):
            pair = {"key": pair[0], "value": pair[1]}
        if not isinstance(pair, dict) or "key" not in pair:
            raise arguments.wrong(f"Each pair must have 'key' (pairs[{index}])")
        members = arguments.within(pair)
        pairs[members.key()] = content_of(members, "value")
    return pairs


def compare_and_set(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give a key a value if it holds the expected one; null expects none."""
    key, content = arguments.key(), content_of(arguments, "value")
    expected = None if arguments.value("expected") is None else content_of(arguments, "expected")
    now = call.now_ms
    expires_at = end_of_ttl(arguments, now)
    tell = call.caller.may(READ)

    def apply(shelf: Shelf) -> Any:
        entry = shelf.find(key, now)
        actual = None if entry is None else shelf.content(key, entry)
        if actual != expected:
            told = _told(actual) if tell else "something else"
            return Refusal("CAS_FAILED", f"CAS failed - expected: {_told(expected)}, actual: {told}")
        shelf.put(key, content, expires_at)
        return {"success": True, "swapped": True}

    context.tally.of(call.caller.namespace)[SETS] += 1
    return errand(call, apply, key, reads=True)


def count_up(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Add to a counter; one that is not there begins at 0."""
    return _count(context, call, arguments, 1)


def count_down(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Take from a counter."""
    return _count(context, call, arguments, -1)


def _count(context: Context, call: Call, arguments: Arguments, sign: int) -> Bulk:
    key, now = arguments.key(), call.now_ms
    change = sign * arguments.integer("amount", "delta", default=1, least=_LEAST, most=_MOST)
    context.tally.of(call.caller.namespace)[SETS] += 1

    def apply(shelf: Shelf) -> Any:
        entry = shelf.find(key, now)
        content = b"0" if entry is None else shelf.content(key, entry)
        value = int(content) if _DECIMAL.match(content) else None
        if value is None or not _LEAST <= value <= _MOST:
            return Refusal("NOT_AN_INTEGER", "Invalid value: Value is not a valid integer")
        value += change
        if not _LEAST <= value <= _MOST:
            return Refusal("COUNTER_OVERFLOW", "Invalid value: Integer overflow on INCR/DECR")
        shelf.put(key, b"%d" % value, None if entry is None else entry.expires_at)
        return {"value": value}

    return errand(call, apply, key, reads=True)


def time_left(_context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Tell how long a key has left, in whole seconds rounded down, and in milliseconds."""
    key, now = arguments.key(), call.now_ms

    def apply(shelf: Shelf) -> Any:
        entry = shelf.find(key, now)
        if entry is None:
            return Refusal("KEY_NOT_FOUND", f"Key not found: {key}")
        if entry.expires_at is None:
            return {"ttl": None}
        left = entry.expires_at - now
        return {"ttl": left // 1000, "ttl_ms": left}

    return errand(call, apply, key)


def expire(_context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give a key a time to live."""
    key, now = arguments.key(), call.now_ms
    expires_at = end_of_ttl(arguments, now)
    if expires_at is None:
        raise arguments.wrong("Missing 'ttl' field")
    return _retimed(call, key, now, expires_at)


def persist(_context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Have a key stay."""
    return _retimed(call, arguments.key(), call.now_ms, None)


def _retimed(call: Call, key: str, now: int, expires_at: int | None) -> Bulk:
    def apply(shelf: Shelf) -> dict[str, Any]:
        entry = shelf.find(key, now)
        if entry is not None:
            shelf.retime(key, entry, expires_at)
        return {"result": entry is not None}

    return errand(call, apply, key)


def size(_context: Context, call: Call, _arguments: Arguments) -> Work[Any]:
    """Count the keys."""
    space, now = call.caller.namespace, call.now_ms
    return lambda transaction: {"size": kv_counts.totals(transaction, space, now)[0]}


def stats(context: Context, call: Call, _arguments: Arguments) -> Work[Any]:
    """Count keys and bytes, and what this process was asked for since it started."""
    space, now = call.caller.namespace, call.now_ms

    def work(transaction: Transaction) -> dict[str, Any]:
        keys, total = kv_counts.totals(transaction, space, now)
        counts = context.tally.of(space)
        names = {"gets": GETS, "sets": SETS, "dels": DELS, "hits": HITS, "misses": MISSES}
        asked = counts[HITS] + counts[MISSES]
        return {
            "total_keys": keys,
            "total_memory_bytes": total,
            "operations": {name: counts[place] for name, place in names.items()},
            "hit_rate": counts[HITS] / asked if asked else 0.0,
        }

    return work


def value_of(context: Context, call: Call, shelf: Shelf, key: str, now: int) -> bytes | Refusal | None:
    """Return the value that is to be given out, and count that it was asked for."""
    counts = context.tally.of(call.caller.namespace)
    counts[GETS] += 1
    entry = shelf.find(key, now)
    if entry is None:
        counts[MISSES] += 1
        return None
    counts[HITS] += 1
    if not call.takes(entry.size):
        return too_much()
    return shelf.content(key, entry) if entry.content is None else entry.content


def check_reader(call: Call) -> None:
    """Refuse who would be told a value and may only write.

    Raises:
        Refusal: `SCOPE_FORBIDDEN`.
    """
    if not call.caller.may(READ):
        raise forbidden(call.caller, READ)


def _told(content: bytes | None) -> str:
    if content is None:
        return "null"
    text = content.decode(errors="replace")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _set_shape(call: Call, payload: dict[str, Any]) -> dict[str, Any]:
    told = {"success": True, "key": call.body["key"], "written": payload.get("written", True)}
    return {**told, "old_value": payload["old_value"]} if "old_value" in payload else told


SET = Command(set_value, WRITE, writes=True)
GET = Command(get, READ)
DELETE = Command(delete, WRITE, writes=True)
STATS = Command(stats, READ)
COMMANDS: dict[str, Command] = {
    "kv.set": SET,
    "kv.get": GET,
    "kv.del": DELETE,
    "kv.delete": DELETE,
    "kv.exists": Command(exists, READ),
    "kv.incr": Command(count_up, WRITE, writes=True),
    "kv.incrby": Command(count_up, WRITE, writes=True),
    "kv.decr": Command(count_down, WRITE, writes=True),
    "kv.decrby": Command(count_down, WRITE, writes=True),
    "kv.mset": Command(set_many, WRITE, writes=True),
    "kv.mget": Command(get_many, READ, slow=True),
    "kv.mdel": Command(delete_many, WRITE, writes=True),
    "kv.cas": Command(compare_and_set, WRITE, writes=True),
    "kv.scan": Command(kv_keys.scan, READ, slow=True),
    "kv.keys": Command(kv_keys.keys, READ, slow=True),
    "kv.ttl": Command(time_left, READ),
    "kv.expire": Command(expire, WRITE, writes=True),
    "kv.persist": Command(persist, WRITE, writes=True),
    "kv.dbsize": Command(size, READ),
    "kv.stats": STATS,
}
OPERATIONS: dict[str, Operation] = {
    "kvSet": rest(SET, shape=_set_shape, has_body=True),
    "kvGet": rest(
        GET,
        lambda call: {**call.query, **call.path},
        lambda _, value: {"error": "Key not found"} if value is None else value,
    ),
    "kvDelete": rest(
        DELETE, lambda call: call.path, lambda call, payload: {**payload, "key": call.path["key"]}
    ),
    "kvStats": rest(STATS, lambda _: {}),
}
SWEEPS: tuple[Sweep, ...] = (kv_sweep.SWEEP,)

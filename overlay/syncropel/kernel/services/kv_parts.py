"""Parts of values, and values that change places: the other commands `kv.*`, and the commands `key.*`.

Offsets and lengths are in bytes. What is changed in part keeps its time to live; what is given a new value
loses it; what is renamed or copied takes it along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...rules import limits
from ..arguments import Arguments
from ..family import Command, rest, with_path
from ..operations import Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Bulk
from ..tally import SETS
from .kv import READ, WRITE, check_reader, errand, exists, pairs_of, value_of
from .kv_shelf import Entry, Shelf
from .kv_times import end_of_ttl
from .kv_values import FORMS, content_of, shown
from .long_poll import query_number

_LEAST, _MOST = -(2**63), 2**63 - 1
Change = Callable[[bytes], bytes]


def append(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Put something behind a value; a key that is not there begins empty."""
    added = content_of(arguments, "value")
    return _changed(context, call, arguments, lambda size: size + len(added), lambda content: content + added)


def set_range(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Write over a value from an offset on; zeros fill what is missing before it."""
    start: int = arguments.integer("offset", least=0)
    part = content_of(arguments, "value")
    end = start + len(part)

    def change(content: bytes) -> bytes:
        return content[:start].ljust(start, b"\0") + part + content[end:]

    return _changed(context, call, arguments, lambda size: max(size, end), change)


def _changed(
    context: Context, call: Call, arguments: Arguments, sized: Callable[[int], int], change: Change
) -> Bulk:
    key, now = arguments.key(), call.now_ms
    context.tally.of(call.caller.namespace)[SETS] += 1

    def apply(shelf: Shelf) -> Any:
        entry = shelf.find(key, now)
        length = sized(0 if entry is None else entry.size)
        if length > limits.MAX_VALUE_BYTES:
            most = limits.MAX_VALUE_BYTES
            text = f"Invalid request: the value would have {length} bytes; there can be {most}"
            return Refusal("VALUE_TOO_LARGE", text)
        content = b"" if entry is None else shelf.content(key, entry)
        shelf.put(key, change(content), None if entry is None else entry.expires_at)
        return {"length": length}

    return errand(call, apply, key, reads=True)


def get_range(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Read a value from one place to another, both included; negative ones count from its end."""
    key, form = arguments.key(), arguments.choice("type", FORMS)
    first: int = arguments.integer("start", least=_LEAST, most=_MOST)
    last: int = arguments.integer("end", least=_LEAST, most=_MOST)

    def apply(shelf: Shelf) -> Any:
        found = value_of(context, call, shelf, key, call.now_ms)
        if not isinstance(found, bytes):
            return found
        start = max(first + len(found), 0) if first < 0 else first
        part = found[start : max((last + len(found) if last < 0 else last) + 1, 0)]
        return shown(part, form) if part else None

    return errand(call, apply, key, reads=True)


def length(_context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Tell how many bytes a value has; 0 without one."""
    key, now = arguments.key(), call.now_ms

    def apply(shelf: Shelf) -> dict[str, int]:
        entry = shelf.find(key, now)
        return {"length": 0 if entry is None else entry.size}

    return errand(call, apply, key)


def get_and_set(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give a key a value, and tell the one before."""
    key, form, content = arguments.key(), arguments.choice("type", FORMS), content_of(arguments, "value")
    check_reader(call)
    context.tally.of(call.caller.namespace)[SETS] += 1

    def apply(shelf: Shelf) -> Any:
        found = value_of(context, call, shelf, key, call.now_ms)
        if isinstance(found, Refusal):
            return found
        shelf.put(key, content, None)
        return None if found is None else shown(found, form)

    return errand(call, apply, key, reads=True)


def set_many_new(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give several keys their values, unless one of them is there."""
    pairs, now = pairs_of(arguments), call.now_ms
    expires_at = end_of_ttl(arguments, now)
    context.tally.of(call.caller.namespace)[SETS] += len(pairs)

    def apply(shelf: Shelf) -> dict[str, bool]:
        if any(shelf.find(key, now) is not None for key in pairs):
            return {"success": False}
        for key, content in pairs.items():
            shelf.put(key, content, expires_at)
        return {"success": True}

    return errand(call, apply, *pairs)


def kind(_context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Tell what a key holds: a `string`, or `none`."""
    key, now = arguments.key(), call.now_ms

    def apply(shelf: Shelf) -> dict[str, str]:
        return {"key": key, "type": "none" if shelf.find(key, now) is None else "string"}

    return errand(call, apply, key)


def is_there(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Tell whether a key is there, and which."""
    asked = exists(context, call, arguments)
    key = arguments.key()
    return asked._replace(
        item=asked.item._replace(apply=lambda shelf: {"key": key, **asked.item.apply(shelf)})
    )


def rename(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give the entry of a key to another one, whatever that had."""
    return _moved(context, call, arguments, replaces=True, keeps=False)


def rename_new(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give the entry of a key to another one that is not there."""
    return _moved(context, call, arguments, replaces=False, keeps=False)


def copy(context: Context, call: Call, arguments: Arguments) -> Bulk:
    """Give another key what a key has; with `replace`, whatever that had."""
    return _moved(context, call, arguments, replaces=arguments.flag("replace"), keeps=True)


def _moved(context: Context, call: Call, arguments: Arguments, *, replaces: bool, keeps: bool) -> Bulk:
    source, destination, now = arguments.key("source"), arguments.key("destination"), call.now_ms
    context.tally.of(call.caller.namespace)[SETS] += 1
    answer = {"success": True, "source": source, "destination": destination}

    def apply(shelf: Shelf) -> Any:
        entry: Entry | None = shelf.find(source, now)
        if entry is None:
            return Refusal("KEY_NOT_FOUND", f"Key not found: {source}")
        if source == destination:
            return answer
        if not replaces and shelf.find(destination, now) is not None:
            return Refusal("KEY_EXISTS", "Invalid request: Destination key already exists")
        shelf.put(destination, shelf.content(source, entry), entry.expires_at)
        if not keeps:
            shelf.drop(source)
        return answer

    return errand(call, apply, source, destination, reads=True)


COMMANDS: dict[str, Command] = {
    "kv.append": Command(append, WRITE, writes=True),
    "kv.setrange": Command(set_range, WRITE, writes=True),
    "kv.getrange": Command(get_range, READ),
    "kv.strlen": Command(length, READ),
    "kv.getset": Command(get_and_set, WRITE, writes=True),
    "kv.msetnx": Command(set_many_new, WRITE, writes=True),
    "key.exists": Command(is_there, READ),
    "key.type": Command(kind, READ),
    "key.rename": Command(rename, WRITE, writes=True),
    "key.renamenx": Command(rename_new, WRITE, writes=True),
    "key.copy": Command(copy, WRITE, writes=True),
}


def _ranged(call: Call) -> Mapping[str, Any]:
    return {**call.path, **{name: query_number(call.query.get(name)) for name in ("start", "end")}}


_OF_KEY = with_path("key")
OPERATIONS: dict[str, Operation] = {
    "kvAppend": rest(COMMANDS["kv.append"], _OF_KEY, has_body=True),
    "kvSetRange": rest(COMMANDS["kv.setrange"], _OF_KEY, has_body=True),
    "kvGetRange": rest(COMMANDS["kv.getrange"], _ranged),
    "kvLength": rest(COMMANDS["kv.strlen"], _OF_KEY),
    "kvGetSet": rest(COMMANDS["kv.getset"], _OF_KEY, has_body=True),
    "kvSetNew": rest(COMMANDS["kv.msetnx"], has_body=True),
}

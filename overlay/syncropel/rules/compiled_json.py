"""A compiled JSON reader and writer, used where its answer is proven to be the strict one's.

The library (`orjson`, of the `daemon` extra) is used by processes that ask for it with `load`: loading it
takes longer than a short command reads JSON. It is quick and lenient: it keeps the last of two equal keys,
turns long integers into floats, writes NaN as `null`, and prints floats in its own way. So nothing here
trusts it:

- a text was read strictly when writing the value again gives the text back, byte for byte: a second key, a
  rounded integer, an escape that need not be, white space, all of them would be missing;
- a text was written as the standard library writes it when every number in it is an integer or a fraction of
  the one form that every encoder gives it (no exponent, not whole, not tiny), and when reading it gives the
  value again, if there is a `null` in it.

Whatever cannot be proven, and everything where the library is missing, is `UNPROVEN`: the caller takes the
slow way, which says what is wrong and where.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any, Final

from .late import imported

_library: ModuleType | None = None

sorted_writer: Callable[[Any], bytes] | None = None
"""Writes a value with its keys in the order of code points; None until `load` found the library.

Subclasses, dates and dataclasses raise. Tuples, enums and UUIDs are converted, and floats written in the
library's own way, so who calls it looks for them.
"""


class _Unproven:
    """The type of `UNPROVEN`, which no JSON value is."""


UNPROVEN: Final = _Unproven()
"""Stands for an answer that is not known; compare with `is`."""

# Digits become "0" and "1", what may stand before a number ",", what begins an exponent "e", everything else
# but a dot and a minus a blank. Ids such as "3e4f" and "0b1c-3e4f" have no comma before them then. A text
# such as "at 10:30.0" passes for a number, and only costs the slow way.
_CLASSES = {"0": "0", **dict.fromkeys("123456789", "1"), ".": ".", "-": "-"}
_CLASSES |= {**dict.fromkeys(":,[", ","), **dict.fromkeys("eE", "e")}
_SHAPE = bytes(ord(_CLASSES.get(chr(byte), " ")) for byte in range(256))
# What may follow the digits of a fraction or an exponent.
_POINTS = bytes(ord("e" if chr(byte) in ".eE" else " ") for byte in range(256))
_LARGE, _FEW = 16 * 1024, 1000
# With a fraction that does not end in a digit from 1 to 9; or with an exponent; or tiny.
_IRREGULAR = re.compile(rb",-?[01]+(?:\.(?![01]*1(?![01.e]))|e|(?<=[,-]0)\.000)")
_DIGITS = bytes(ord("0" if chr(byte) in "0123456789" else " ") for byte in range(256))
_LONG_INTEGER = b"0" * 19


_asked = 0
ENOUGH = 8
"""How often a process has to ask before loading the library pays."""


def load_when_it_pays() -> None:
    """Use the library from the time on when this process has asked often enough.

    Loading it takes longer than writing the only record of a short program without it.
    """
    global _asked
    if _asked <= ENOUGH:
        _asked += 1
        if _asked == ENOUGH:
            load()


def load() -> bool:
    """Use the library from now on, in the whole process; return False when it is not installed."""
    global _library, sorted_writer
    if _library is not None:
        return True
    try:
        library = imported("orjson")
    except ModuleNotFoundError:
        return False
    options = library.OPT_SORT_KEYS | library.OPT_PASSTHROUGH_SUBCLASS
    options |= library.OPT_PASSTHROUGH_DATACLASS | library.OPT_PASSTHROUGH_DATETIME
    sorted_writer = partial(library.dumps, option=options)
    _library = library
    return True


def read_strictly(data: bytes, max_depth: int) -> Any:
    """Return the value of a text that is proven to be strict JSON without white space, else `UNPROVEN`.

    Args:
        data: The text in UTF-8.
        max_depth: Levels of objects and arrays allowed.
    """
    return read_proven(data, max_depth)[0]


def read_proven(data: bytes, max_depth: int) -> tuple[Any, bool]:
    """Return what `read_strictly` does, and whether all keys of the text are in order."""
    if _library is None:
        return UNPROVEN, False
    try:
        value = _library.loads(data)
        # With fewer brackets it cannot be too deep.
        if data.count(b"[") + data.count(b"{") > max_depth and not _within(value, max_depth):
            return UNPROVEN, False
        if _library.dumps(value, option=_library.OPT_SORT_KEYS) == data:
            return value, True
        return value if _library.dumps(value) == data else UNPROVEN, False
    except (ValueError, TypeError):  # no JSON; too deep for the library
        return UNPROVEN, False


def _within(value: Any, levels: int) -> bool:
    """Tell whether a value has at most so many levels of objects and arrays.

    Level by level, because a call for each array costs more than reading it: a text may hold 500,000.
    """
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(levels):
        level = [
            each
            for outer in level
            for each in (outer.values() if outer.__class__ is dict else outer)
            if each.__class__ is list or each.__class__ is dict
        ]
        if not level:
            break
    return not level


def read_canonical(text: str) -> Any:
    """Return the value of a text that is canonical JSON already, such as a stored one, else `UNPROVEN`.

    Integers of more than 63 bits are the only thing in it that the library does not read exactly.
    """
    if _library is None or (
        len(text) >= len(_LONG_INTEGER) and _LONG_INTEGER in text.encode().translate(_DIGITS)
    ):
        return UNPROVEN
    return _library.loads(text)


def copied(value: Any) -> Any:
    """Return a deep copy of a value that `sorted_writer` wrote canonically, its keys in their order."""
    return UNPROVEN if _library is None else _library.loads(_library.dumps(value))


def read_leniently(data: bytes) -> Any:
    """Return the value of a JSON text that is taken as it comes: integers of 64 bits, the last of two keys.

    Raises:
        ValueError: It is no JSON.
    """
    return json.loads(data) if _library is None else _library.loads(data)


def write_plainly(value: Any) -> Any:
    """Return the bytes that `json.dumps` without spaces and escapes gives, or `UNPROVEN`."""
    if _library is None:
        return UNPROVEN
    try:
        data: bytes = _library.dumps(value)
    except TypeError:
        return UNPROVEN
    if has_irregular_number(data):
        return UNPROVEN
    # NaN and the infinities are written as null, and are not what is read back.
    return data if b"null" not in data or _library.loads(data) == value else UNPROVEN


def write_sorted(value: Any) -> bytes:
    """Return the canonical JSON of a value that `read_strictly` gave, of a text without irregular numbers."""
    if _library is None:
        raise RuntimeError("nothing was read strictly: the library is not loaded")
    data: bytes = _library.dumps(value, option=_library.OPT_SORT_KEYS)
    return data


def _is_of_integers(data: bytes) -> bool:
    """Tell whether no number has a fraction or an exponent, where that is seen soon.

    The bytes of a payload are a list of numbers, and to look at each took a second for some megabytes.
    """
    points = data.translate(_POINTS)
    place = -1
    for _ in range(_FEW):
        place = points.find(b"e", place + 1)
        if place < 0:
            return True
        if data[place - 1 : place].isdigit():
            return False
    return False


def has_irregular_number(data: bytes) -> bool:
    """Tell whether an object or an array may hold a number that not every encoder writes in the same way.

    False only when there is none; of any other value, true.

    Args:
        data: JSON without white space.
    """
    if data[:1] not in (b"{", b"["):
        return True
    if len(data) > _LARGE and _is_of_integers(data):
        return False
    return _IRREGULAR.search(data.translate(_SHAPE)) is not None

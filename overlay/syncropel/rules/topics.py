"""Topics of messages, and the patterns that subscribers give: levels joined by dots, compared as they are.

======================= ============================================
in a pattern            stands for
======================= ============================================
`*` alone in a level    exactly one level
`*` within a level      any characters of that one level
`#` as the last level   zero or more levels
======================= ============================================

A topic is any text; `*` and `#` mean something in patterns only.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from ..errors import UsageError
from . import limits

SEPARATOR, ANY, REST = ".", "*", "#"


def check_topic(value: Any) -> str:
    """Return a topic: 1 to 256 bytes of UTF-8 without control characters.

    Raises:
        UsageError: It is none.
    """
    if not isinstance(value, str):
        raise UsageError("Topic must be a string")
    if not value:
        raise UsageError("Topic cannot be empty")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise UsageError("Topic holds a lone surrogate, which UTF-8 cannot carry") from None
    if size > limits.MAX_NAME_BYTES:
        raise UsageError(f"Topic has {size} bytes; it may have {limits.MAX_NAME_BYTES}")
    if not value.isprintable() and any(unicodedata.category(character) == "Cc" for character in value):
        raise UsageError("Topic holds a control character")
    return value


def check_pattern(value: Any) -> str:
    """Return a pattern: a topic with wildcards, or without.

    Raises:
        UsageError: It is no topic, or its `#` is not its last level.
    """
    pattern = check_topic(value)
    if REST not in pattern:
        return pattern
    levels = pattern.split(SEPARATOR)
    if levels.count(REST) > 1:
        raise UsageError("Pattern can only contain one # wildcard")
    if any(REST in level for level in levels[:-1]):
        raise UsageError("# wildcard must be at the end of pattern")
    if levels[-1] != REST:
        raise UsageError("# wildcard must be a level of its own")
    return pattern


def is_exact(pattern: str) -> bool:
    """Tell whether a pattern has no wildcard: it stands for the topic of the same name."""
    return ANY not in pattern and REST not in pattern


def matches(pattern: list[str], topic: list[str]) -> bool:
    """Tell whether a pattern stands for a topic, both split at the dots."""
    if pattern[-1] == REST:
        if len(topic) < len(pattern) - 1:
            return False
        pattern = pattern[:-1]
    elif len(pattern) != len(topic):
        return False
    return all(map(_level_matches, pattern, topic))


def _level_matches(pattern: str, level: str) -> bool:
    if ANY not in pattern:
        return pattern == level
    first, *middle, last = pattern.split(ANY)
    if len(level) < len(first) + len(last) or not level.startswith(first) or not level.endswith(last):
        return False
    # Each piece at its first place: no pattern makes this go back, however many stars it has.
    place, end = len(first), len(level) - len(last)
    for piece in middle:
        found = level.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True

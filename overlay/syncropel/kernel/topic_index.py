"""From a topic to whoever subscribed to it, through the patterns that were given."""

from __future__ import annotations

from typing import Generic, TypeVar

from ..rules.topics import ANY, REST, SEPARATOR, is_exact, matches

T = TypeVar("T")
# Holders of all topics that were looked up and are remembered.
_REMEMBERED = 100_000


class _Entry(Generic[T]):
    """A pattern, and who holds it."""

    __slots__ = ("holders", "levels")

    def __init__(self, pattern: str) -> None:
        self.levels = pattern.split(SEPARATOR)
        self.holders: dict[T, None] = {}


class TopicIndex(Generic[T]):
    """Holders by pattern. Not safe to share between threads: its owner has a lock.

    Topics that are published to again and again are looked up once; any change forgets that. A holder's
    patterns are its owner's to know: none is given twice.
    """

    def __init__(self) -> None:
        self._exact: dict[str, _Entry[T]] = {}
        # By their first level, where that is no wildcard: most topics meet few patterns then.
        self._wild: dict[str | None, dict[str, _Entry[T]]] = {}
        self._found: dict[str, tuple[T, ...]] = {}
        self._size = 0

    def add(self, pattern: str, holder: T) -> None:
        """Let a holder have what a pattern stands for."""
        group = self._group(pattern)
        entry = group.get(pattern)
        if entry is None:
            entry = group[pattern] = _Entry(pattern)
        entry.holders[holder] = None
        self._forget()

    def remove(self, pattern: str, holder: T) -> None:
        """Take a pattern from its holder again."""
        group = self._group(pattern)
        holders = group[pattern].holders
        del holders[holder]
        if not holders:
            del group[pattern]
            if group is not self._exact and not group:
                del self._wild[_first(pattern)]
        self._forget()

    def holders(self, topic: str) -> int:
        """Return how many hold a topic by its own name."""
        entry = self._exact.get(topic)
        return 0 if entry is None else len(entry.holders)

    def find(self, topic: str) -> tuple[T, ...]:
        """Return everybody one of whose patterns stands for a topic, each once."""
        found = self._found.get(topic)
        if found is None:
            found = tuple(self._search(topic))
            self._size += 1 + len(found)
            if self._size > _REMEMBERED:
                self._found.clear()
                self._size = 1 + len(found)
            self._found[topic] = found
        return found

    def _search(self, topic: str) -> dict[T, None]:
        exact = self._exact.get(topic)
        found = {} if exact is None else dict(exact.holders)
        levels = topic.split(SEPARATOR)
        for first in (levels[0], None):
            for entry in self._wild.get(first, {}).values():
                if matches(entry.levels, levels):
                    found |= entry.holders
        return found

    def _forget(self) -> None:
        self._found.clear()
        self._size = 0

    def _group(self, pattern: str) -> dict[str, _Entry[T]]:
        if is_exact(pattern):
            return self._exact
        return self._wild.setdefault(_first(pattern), {})


def _first(pattern: str) -> str | None:
    first = pattern.partition(SEPARATOR)[0]
    return None if ANY in first or first == REST else first

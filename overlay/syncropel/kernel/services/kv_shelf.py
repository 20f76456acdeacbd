"""The keys that some commands are about: read together, changed in memory, written together.

However many commands wait, they cost few reads and writes, and each of them sees what those before it did. An
entry whose time is over is as good as absent, whether or not it was cleared away. Of large values the sizes
are read first, so that what an answer has no room for is never in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from ..store.base import Transaction
from ..store.portions import portions
from . import kv_counts

# Keys that are held in memory together: commands of one request can name hundreds of thousands.
_TOGETHER = 1000
_SMALL = 16 * 1024
"""Bytes of a value that is read with its entry, whoever needs it; a larger one is read by itself."""
_HELD = 8 * 1024 * 1024
"""Bytes of values that wait to be written; with more, they are."""

_IF_SMALL = f"CASE WHEN length(content) <= {_SMALL} THEN content END"


class Entry(NamedTuple):
    """What a key holds.

    Attributes:
        size: Bytes of the value.
        content: The value; None where it was not read, see `Shelf.content`.
        expires_at: When it ends, unix milliseconds; None for never.
    """

    size: int
    content: bytes | None
    expires_at: int | None = None


class Errand(NamedTuple):
    """What a command does with keys of a space.

    Attributes:
        space: The space.
        apply: Does it, and returns the payload or a `Refusal`.
        keys: The keys it looks at or changes.
        reads: Whether it needs their values.
    """

    space: str
    apply: Callable[[Shelf], Any]
    keys: Sequence[str]
    reads: bool = False


class Shelf:
    """The entries of some keys of one space.

    Args:
        stored: They as the store has them; None for what is absent there.
        fetch: Reads the value of a key that the store has.

    Attributes:
        changed: Whether any of them was changed.
        held: Bytes of the values that were given to them since they were written.
    """

    def __init__(self, stored: Mapping[str, Entry | None], fetch: Callable[[str], bytes]) -> None:
        self._stored = stored
        self._fetch = fetch
        self._entries = dict(stored)
        self._written: set[str] = set()
        self.changed = False
        self.held = 0

    def find(self, key: str, now: int) -> Entry | None:
        """Return the entry of a key at a time in unix milliseconds, None when there is none."""
        entry = self._entries[key]
        if entry is None or (entry.expires_at is not None and entry.expires_at <= now):
            return None
        return entry

    def content(self, key: str, entry: Entry) -> bytes:
        """Return the value of an entry that was found; it is not kept here when it had to be read."""
        return self._fetch(key) if entry.content is None else entry.content

    def put(self, key: str, content: bytes, expires_at: int | None) -> None:
        """Give a key a value."""
        self._entries[key] = Entry(len(content), content, expires_at)
        self.held += len(content)
        self._written.add(key)
        self.changed = True

    def retime(self, key: str, entry: Entry, expires_at: int | None) -> None:
        """Give the entry of a key another end."""
        self._entries[key] = entry._replace(expires_at=expires_at)
        self.changed = True

    def drop(self, key: str) -> None:
        """Take a key away."""
        self._entries[key] = None
        self.changed = True

    def flush(self, transaction: Transaction, space: str) -> None:
        """Write what has changed."""
        gone, put, retimed, keys, size = [], [], [], 0, 0
        for key, entry in self._entries.items():
            before = self._stored[key]
            if entry is before:
                continue
            if before is not None:
                keys, size = keys - 1, size - len(key.encode()) - before.size
            if entry is None:
                if before is not None:
                    gone.append(key)
                continue
            keys, size = keys + 1, size + len(key.encode()) + entry.size
            if key in self._written:
                put.append((space, key, entry.content, entry.expires_at))
            else:
                retimed.append((entry.expires_at, space, key))
        delete(transaction, space, gone)
        if put:
            transaction.execute_many(
                "INSERT INTO kv (space, key, content, expires_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (space, key) DO UPDATE SET content = excluded.content,"
                " expires_at = excluded.expires_at",
                put,
            )
        if retimed:
            transaction.execute_many("UPDATE kv SET expires_at = ? WHERE space = ? AND key = ?", retimed)
        kv_counts.add(transaction, space, keys, size)

    def forget(self) -> None:
        """Hold what was written no more: it is read again when somebody asks for it."""
        self._entries = {key: entry and entry._replace(content=None) for key, entry in self._entries.items()}
        self._stored, self._written = dict(self._entries), set()
        self.changed, self.held = False, 0


def run(transaction: Transaction, errands: Sequence[Errand]) -> list[Any]:
    """Run some errands in order; returns the result of each."""
    if len(errands) == 1:
        return _run_together(transaction, errands[0].space, errands)
    results: list[Any] = []
    for space, neighbours in groupby(errands, key=attrgetter("space")):
        for together in _portions(neighbours):
            results += _run_together(transaction, space, together)
    return results


def _portions(errands: Iterable[Errand]) -> Iterator[list[Errand]]:
    """Yield errands in their order, as many together as are about `_TOGETHER` keys, but at least one."""
    portion: list[Errand] = []
    count = 0
    for errand in errands:
        count += len(errand.keys)
        if portion and count > _TOGETHER:
            yield portion
            portion, count = [], len(errand.keys)
        portion.append(errand)
    yield portion


def _run_together(transaction: Transaction, space: str, errands: Sequence[Errand]) -> list[Any]:
    def fetch(key: str) -> bytes:
        sql = "SELECT content FROM kv WHERE space = ? AND key = ?"
        return bytes(transaction.execute(sql, (space, key))[0][0])

    shelf = Shelf(_read(transaction, space, errands), fetch)
    results = []
    for errand in errands:
        results.append(errand.apply(shelf))
        if shelf.held > _HELD:
            shelf.flush(transaction, space)
            shelf.forget()
    if shelf.changed:
        shelf.flush(transaction, space)
    return results


def delete(transaction: Transaction, space: str, keys: Sequence[str]) -> None:
    """Delete keys that are there."""
    for marks, asked in portions(keys):
        transaction.execute(f"DELETE FROM kv WHERE space = ? AND key IN ({marks})", (space, *asked))  # noqa: S608 - marks only


def _read(transaction: Transaction, space: str, errands: Sequence[Errand]) -> dict[str, Entry | None]:
    stored: dict[str, Entry | None] = {}
    values: dict[str, Entry | None] = {}
    for errand in errands:
        (values if errand.reads else stored).update(dict.fromkeys(errand.keys))
    for marks, asked in portions(list(values)):
        content = "content" if len(values) == 1 else _IF_SMALL
        sql = (
            f"SELECT key, length(content), {content}, expires_at FROM kv WHERE space = ? AND key IN ({marks})"  # noqa: S608
        )
        for key, size, found, expires_at in transaction.execute(sql, (space, *asked)):
            values[key] = Entry(size, found, expires_at)
    if not stored:
        return values
    # Of a value that nobody reads, the size is enough.
    for marks, asked in portions([key for key in stored if key not in values]):
        sql = f"SELECT key, length(content), expires_at FROM kv WHERE space = ? AND key IN ({marks})"  # noqa: S608
        for key, size, expires_at in transaction.execute(sql, (space, *asked)):
            stored[key] = Entry(size, None, expires_at)
    return {**stored, **values}

"""Whether what is counted of keys, queues and streams is what they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from .services.kv_counts import BYTES, KEYS
from .store.base import Transaction

_PAGE = 1000
Found = tuple[str, str]
"""Where something is wrong, and what."""


def services(transaction: Transaction) -> Iterator[Found]:
    """Yield what is wrong with the tables of the services."""
    yield from _keys(transaction)
    yield from _queues(transaction)
    yield from _streams(transaction)


def _keys(transaction: Transaction) -> Iterator[Found]:
    held: defaultdict[tuple[str, str], int] = defaultdict(int)
    space, key = "", ""
    while rows := transaction.execute(
        "SELECT space, key, length(content) FROM kv WHERE (space, key) > (?, ?) ORDER BY space, key LIMIT ?",
        (space, key, _PAGE),
    ):
        for space, key, size in rows:
            held[space, KEYS] += 1
            held[space, BYTES] += len(key.encode()) + size
    rows = transaction.execute("SELECT space, name, value FROM store_counts")
    counted = {(row[0], row[1]): row[2] for row in rows}
    for place in sorted(held.keys() | counted.keys()):
        if held[place] != counted.get(place, 0):
            yield f"keys of {place[0]}", f"{place[1]} is {counted.get(place, 0)} and should be {held[place]}"


def _queues(transaction: Transaction) -> Iterator[Found]:
    held: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for queue, state, count in transaction.execute(
        "SELECT queue, state, count(*) FROM messages GROUP BY queue, state"
    ):
        held[queue][state] = count
    rows = transaction.execute("SELECT id, space, name, ready, in_flight, dead FROM queues")
    for number, space, name, *counted in rows:
        # Of one that was deleted, the messages go bit by bit.
        if space and held[number] != counted:
            found = f"ready, in flight, dead are counted {counted} and should be {held[number]}"
            yield f"queue {name} of {space}", found
    for number in held.keys() - {row[0] for row in rows}:
        yield "messages", f"{sum(held[number])} of them belong to no queue"


def _streams(transaction: Transaction) -> Iterator[Found]:
    grouped = "SELECT stream, count(*), min(position), max(position) + 1 FROM events GROUP BY stream"
    held = {row[0]: row[1:] for row in transaction.execute(grouped)}
    rows = transaction.execute("SELECT id, space, name, min_offset, next_offset FROM streams")
    for number, space, name, first, end in rows:
        found = held.get(number, (0, end, end))
        if space and found != (end - first, first, end):
            yield (
                f"stream {name} of {space}",
                f"it has {found[0]} events from {found[1]} to {found[2]}, and should have those from"
                f" {first} to {end}",
            )
    for number in held.keys() - {row[0] for row in rows}:
        yield "events", f"{held[number][0]} of them belong to no stream"

"""What is kept beside the records, written once for a whole group of them: references, facts of threads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ..store.base import Transaction

_COUNT_THREAD = """INSERT INTO threads
    (first_sequence, thread, last_sequence, record_count, last_clock, namespace, status,
     opening_id, opened_by, mixed)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (thread) DO UPDATE SET
        last_sequence = excluded.last_sequence,
        record_count = threads.record_count + excluded.record_count,
        last_clock = CASE WHEN threads.last_clock > excluded.last_clock
            THEN threads.last_clock ELSE excluded.last_clock END,
        opening_id = coalesce(threads.opening_id, excluded.opening_id),
        opened_by = coalesce(threads.opened_by, excluded.opened_by),
        mixed = CASE WHEN excluded.mixed = 1 OR threads.namespace <> excluded.namespace
            THEN 1 ELSE threads.mixed END"""
_MOVE_THREAD = f"""{_COUNT_THREAD},
        status = CASE WHEN threads.status IN ('closed', 'cancelled')
            THEN threads.status ELSE excluded.status END"""
_UPSERT_PARTICIPANT = """INSERT INTO participants (thread, actor, record_count, first_sequence, last_clock)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (thread, actor) DO UPDATE SET
        record_count = participants.record_count + excluded.record_count,
        last_clock = CASE WHEN participants.last_clock > excluded.last_clock
            THEN participants.last_clock ELSE excluded.last_clock END"""
# Where the columns of `_COUNT_THREAD` are in its rows.
_LAST_SEQUENCE, _COUNT, _LAST_CLOCK, _NAMESPACE, _STATUS, _OPENING, _OPENED_BY, _MIXED = range(2, 10)
_INSERT_REF = "INSERT INTO refs (member, value, sequence, thread) VALUES (?, ?, ?, ?)"


class Fact(NamedTuple):
    """What one new record changes about its thread and its actor's part in it.

    Attributes:
        move: The status that the record moves an unfinished thread to; None for no move.
        opening_id: The record's id when it may open the thread, else None.
    """

    sequence: int
    thread: str
    actor: str
    clock: int
    namespace: str
    move: str | None
    opening_id: str | None


def write_facts(transaction: Transaction, facts: Sequence[Fact]) -> None:
    """Write what records changed, given in the order of their sequences: once per thread and participant.

    Of a batch they are plain tuples: to make a thousand of anything else costs as much as to write them.
    """
    if len(facts) == 1:
        _write_fact(transaction, facts[0])
        return
    threads: dict[str, list[Any]] = {}
    parts: dict[tuple[str, str], list[Any]] = {}
    for sequence, thread, actor, clock, namespace, move, opening_id in facts:
        part = parts.get((thread, actor))
        if part is None:
            parts[thread, actor] = [1, sequence, clock]
        else:
            part[0] += 1
            if clock > part[2]:
                part[2] = clock
        own = threads.get(thread)
        if own is None:
            threads[thread] = _begun(sequence, thread, actor, clock, namespace, move, opening_id)
            continue
        own[_LAST_SEQUENCE] = sequence
        own[_COUNT] += 1
        if clock > own[_LAST_CLOCK]:
            own[_LAST_CLOCK] = clock
        if namespace != own[_NAMESPACE]:
            own[_MIXED] = 1
        if move is not None:
            own[_STATUS] = move
        if opening_id is not None and own[_OPENING] is None:
            own[_OPENING], own[_OPENED_BY] = opening_id, actor
    _write_threads(transaction, threads.values())
    transaction.execute_many(_UPSERT_PARTICIPANT, [(*key, *part) for key, part in parts.items()])


def _write_threads(transaction: Transaction, rows: Iterable[list[Any]]) -> None:
    moved = [row for row in rows if row[_STATUS] is not None]
    if moved:
        transaction.execute_many(_MOVE_THREAD, moved)
    counted = [row for row in rows if row[_STATUS] is None]
    if counted:
        for row in counted:
            row[_STATUS] = "open"
        transaction.execute_many(_COUNT_THREAD, counted)


def _begun(
    sequence: int,
    thread: str,
    actor: str,
    clock: int,
    namespace: str,
    move: str | None,
    opening_id: str | None,
) -> list[Any]:
    """Return the row of a thread after one record; a status of None stands for no move."""
    opened_by = None if opening_id is None else actor
    return [sequence, thread, sequence, 1, clock, namespace, move, opening_id, opened_by, 0]


def _write_fact(transaction: Transaction, fact: Fact) -> None:
    """Write what one record changed, as `write_facts` does: most groups of a quiet daemon are one record."""
    sequence, thread, actor, clock = fact[:4]
    _write_threads(transaction, [_begun(*fact)])
    transaction.execute_many(_UPSERT_PARTICIPANT, [(thread, actor, 1, sequence, clock)])


def write_refs(transaction: Transaction, rows: Sequence[tuple[str, str, int, str]]) -> None:
    """Write references of records, each as member (`id`, `kind`), text, sequence, thread."""
    transaction.execute_many(_INSERT_REF, rows)

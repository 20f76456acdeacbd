"""What is kept beside the records, written once for a whole group of them: references, facts of threads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

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
    """Write what records changed, given in the order of their sequences: once per thread and participant."""
    if len(facts) == 1:
        _write_fact(transaction, facts[0])
        return
    threads: dict[str, list[Fact]] = {}
    parts: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        threads.setdefault(fact.thread, []).append(fact)
        parts.setdefault((fact.thread, fact.actor), []).append(fact)
    moved: dict[bool, list[tuple[object, ...]]] = {True: [], False: []}
    for own in threads.values():
        move = next((fact.move for fact in reversed(own) if fact.move is not None), None)
        moved[move is not None].append(_thread_row(own, move))
    for moves, statement in ((True, _MOVE_THREAD), (False, _COUNT_THREAD)):
        if moved[moves]:
            transaction.execute_many(statement, moved[moves])
    rows = [(*key, len(own), own[0].sequence, max(fact.clock for fact in own)) for key, own in parts.items()]
    transaction.execute_many(_UPSERT_PARTICIPANT, rows)


def _write_fact(transaction: Transaction, fact: Fact) -> None:
    """Write what one record changed, as `write_facts` does: most groups of a quiet daemon are one record."""
    sequence, thread, actor, clock, namespace, move, opening_id = fact
    opened_by = None if opening_id is None else actor
    row = (sequence, thread, sequence, 1, clock, namespace, move or "open", opening_id, opened_by, 0)
    transaction.execute_many(_COUNT_THREAD if move is None else _MOVE_THREAD, [row])
    transaction.execute_many(_UPSERT_PARTICIPANT, [(thread, actor, 1, sequence, clock)])


def write_refs(transaction: Transaction, lists: Sequence[list[tuple[str, str, int, str]]]) -> None:
    """Write the references of records: a list for each, of member (`id`, `kind`), text, sequence, thread."""
    transaction.execute_many(_INSERT_REF, [row for rows in lists for row in rows])


def _thread_row(facts: list[Fact], move: str | None) -> tuple[object, ...]:
    first = facts[0]
    opening = next((fact for fact in facts if fact.opening_id is not None), None)
    return (
        first.sequence,
        first.thread,
        facts[-1].sequence,
        len(facts),
        max(fact.clock for fact in facts),
        first.namespace,
        move or "open",
        opening.opening_id if opening else None,
        opening.actor if opening else None,
        int(len(facts) > 1 and any(fact.namespace != first.namespace for fact in facts)),
    )

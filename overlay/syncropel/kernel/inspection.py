"""Whether a store is what it says: every id computed again, every fact that is kept beside records as well.

Nothing is changed. All of it is read in one snapshot, thread by thread, in bounded memory.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..errors import UsageError
from ..rules.records import Draft, check_record
from .inspection_services import services
from .refusals import Refusal
from .services.ingest import Ready, make_ready, note_place
from .store.base import Transaction
from .store.engine import SqliteTransaction
from .store.schema import migrate

PAGE = 500
KEPT_PROBLEMS = 100

Progress = Callable[[int], None]


class Problem(NamedTuple):
    """One thing that is not as it should be.

    Attributes:
        check: Which check found it.
        where: The record, thread or table.
        what: What is wrong.
    """

    check: str
    where: str
    what: str


class Inspected:
    """What was looked at and what was found.

    Attributes:
        records: How many records there are.
        threads: How many threads.
        problems: The first `KEPT_PROBLEMS` of them.
        found: How many problems of each check, all of them counted.
    """

    def __init__(self) -> None:
        self.records = 0
        self.threads = 0
        self.problems: list[Problem] = []
        self.found: dict[str, int] = dict.fromkeys(CHECKS, 0)

    def add(self, check: str, where: str, what: str) -> None:
        """Count a problem, and keep it when it is one of the first."""
        self.found[check] += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(Problem(check, where, what))


CHECKS = {
    "ids": "every id is that of the stored content",
    "sequences": "sequences run from 1 without a gap",
    "threads": "the facts of every thread follow from its records",
    "references": "the index of references has what the bodies have",
    "inference": "queries, calls and decisions are records that are there",
    "signers": "whoever has signed a record is known to sign",
    "services": "what is counted of keys, queues and streams is what they hold",
}

_RECORD = "sequence, id, act, actor, body, clock, data_type, parents, thread, kind, namespace, judged_by, sig"
_THREAD = (
    "first_sequence, last_sequence, record_count, last_clock, namespace, status, opening_id, opened_by, mixed"
)
_PART = "actor, record_count, first_sequence, last_clock, reviewed"
# What is known of one thread, from the tables that hold it.
_FACTS = {
    "threads": f"SELECT {_THREAD} FROM threads WHERE thread = ?",  # noqa: S608 - names of this module
    "participants": f"SELECT {_PART} FROM participants WHERE thread = ? ORDER BY actor",  # noqa: S608
    "fulfilments": "SELECT sequence, id FROM fulfilments WHERE thread = ? ORDER BY sequence",
}


def inspect(transaction: Transaction, progress: Progress, *, shared: bool = False) -> Inspected:
    """Look at everything that is stored.

    Args:
        transaction: One snapshot of a store of the newest format.
        progress: Called with the number of records that were looked at since the last call.
        shared: Whether it is the store of several daemons, which keep the newest sequence in a table.
    """
    inspected = Inspected()
    _sequences(transaction, inspected)
    if shared:
        _head(transaction, inspected)
    _signers(transaction, inspected)
    scratch = _Scratch()
    references = 0
    with contextlib.closing(scratch):
        for thread in _names(transaction):
            inspected.threads += 1
            references += _thread(transaction, scratch, thread, inspected, progress)
    _totals(transaction, inspected, references, scratch.rows)
    _inference(transaction, inspected)
    try:
        for where, what in services(transaction):
            inspected.add("services", where, what)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        # A value of a kind that no version wrote.
        inspected.add("services", "tables", f"they cannot be read: {error}")
    return inspected


class _Scratch:
    """A place where the facts of one thread at a time are made again, by the rules that made them."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(self._connection, "scratch")
        self.rows = dict.fromkeys(_FACTS, 0)

    def close(self) -> None:
        self._connection.close()

    @contextlib.contextmanager
    def thread(self) -> Iterator[SqliteTransaction]:
        """Yield a transaction on empty tables."""
        self._connection.execute("BEGIN")
        try:
            yield SqliteTransaction(self._connection)
        finally:
            self._connection.execute("ROLLBACK")


def _sequences(transaction: Transaction, inspected: Inspected) -> None:
    count, first, last = transaction.execute("SELECT count(*), min(sequence), max(sequence) FROM records")[0]
    inspected.records = int(count)
    if count and (first, last) != (1, count):
        inspected.add("sequences", "records", f"{count} records have the sequences {first} to {last}")
    twice = transaction.execute("SELECT id FROM records GROUP BY id HAVING count(*) > 1 LIMIT 1")
    if twice:
        inspected.add("ids", f"record {twice[0][0]}", "it is stored more than once")


def _head(transaction: Transaction, inspected: Inspected) -> None:
    rows = transaction.execute("SELECT sequence FROM head")
    last = transaction.execute("SELECT coalesce(max(sequence), 0) FROM records")[0][0]
    if rows != [(last,)]:
        shown = ", ".join(str(row[0]) for row in rows) or "nothing"
        inspected.add("sequences", "head", f"it says {shown}, and the newest record has {last}")


def _signers(transaction: Transaction, inspected: Inspected) -> None:
    rows = transaction.execute(
        "SELECT DISTINCT actor FROM records WHERE sig IS NOT NULL AND actor NOT IN (SELECT did FROM signers)"
    )
    for (actor,) in rows:
        what = f"{actor} has signed, and records in that name without a signature would be taken"
        inspected.add("signers", "signers", what)


def _names(transaction: Transaction) -> Iterator[str]:
    name = ""
    while rows := transaction.execute(
        "SELECT thread FROM records WHERE thread > ? ORDER BY thread LIMIT 1", (name,)
    ):
        name = rows[0][0]
        yield name


def _thread(
    transaction: Transaction, scratch: _Scratch, thread: str, inspected: Inspected, progress: Progress
) -> int:
    """Look at one thread; return how many references its records have."""
    references = after = 0
    with scratch.thread() as made:
        while rows := transaction.execute(
            f"SELECT {_RECORD} FROM records WHERE thread = ? AND sequence > ? ORDER BY sequence LIMIT ?",  # noqa: S608
            (thread, after, PAGE),
        ):
            for row in rows:
                ready = _record(row, inspected)
                if ready is None:
                    continue
                references += len(ready.refs)
                _references(transaction, ready, row[0], inspected)
                note_place(made, ready, row[0])
            after = rows[-1][0]
            progress(len(rows))
        made.settle()
        for table, sql in _FACTS.items():
            wanted, kept = made.execute(sql, (thread,)), transaction.execute(sql, (thread,))
            scratch.rows[table] += len(kept)
            if list(map(tuple, wanted)) != list(map(tuple, kept)):
                what = (
                    f"{table} has {_first_of(kept, wanted)} where the records give {_first_of(wanted, kept)}"
                )
                inspected.add("threads", f"thread {thread!r}", what)
    return references


def _first_of(rows: list[tuple[Any, ...]], others: list[tuple[Any, ...]]) -> str:
    return str(next((tuple(row) for row in rows if row not in others), "nothing"))


def _record(row: tuple[Any, ...], inspected: Inspected) -> Ready | None:
    """Look at one stored record; return what follows from it, None when it cannot be read."""
    sequence, record_id, *_ = row
    where = f"record {record_id} (sequence {sequence})"
    try:
        ready = make_ready(_draft(row))
    except (Refusal, UsageError, ValueError, RecursionError) as error:
        inspected.add("ids", where, f"it cannot be read: {error}")
        return None
    if ready.id != record_id:
        inspected.add("ids", where, f"its content has the id {ready.id}")
    stored = dict(
        zip(("body", "parents", "kind", "namespace"), (row[4], row[7], row[9], row[10]), strict=True)
    )
    derived = {
        "body": ready.body_text,
        "parents": ready.parents_text,
        "kind": ready.kind,
        "namespace": ready.namespace,
    }
    for name, value in stored.items():
        if value != derived[name]:
            inspected.add("ids", where, f"its column {name} is not what its content gives")
    return ready


def _draft(row: tuple[Any, ...]) -> Draft:
    _, _, act, actor, body, clock, data_type, parents, thread, _, _, judged_by, sig = row
    wire = {
        "act": act,
        "actor": actor,
        "body": json.loads(body),
        "clock": clock,
        "data_type": data_type,
        "parents": json.loads(parents),
        "thread": thread,
    }
    if judged_by is not None:
        wire["judged_by"] = judged_by
    if sig is not None:
        wire["sig"] = json.loads(sig)
    return check_record(wire)


def _references(transaction: Transaction, ready: Ready, sequence: int, inspected: Inspected) -> None:
    for member, value in ready.refs:
        if not transaction.execute(
            "SELECT 1 FROM refs WHERE member = ? AND value = ? AND sequence = ?", (member, value, sequence)
        ):
            inspected.add("references", f"record {ready.id}", f"its {member} {value!r} is not in the index")


def _totals(transaction: Transaction, inspected: Inspected, references: int, facts: dict[str, int]) -> None:
    """Find what belongs to no record at all."""

    def total(table: str) -> int:
        return int(transaction.execute(f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 - of this module

    for table, count in facts.items():
        if total(table) != count:
            inspected.add("threads", table, f"it has {total(table)} rows, and {count} belong to threads")
    if total("refs") != references and not inspected.found["references"]:
        inspected.add("references", "refs", f"it has {total('refs')} rows, and records have {references}")


def _inference(transaction: Transaction, inspected: Inspected) -> None:
    for table in ("queries", "calls", "decisions"):
        rows = transaction.execute(
            f"SELECT t.id, t.sequence FROM {table} t LEFT JOIN records r"  # noqa: S608 - names of this module
            " ON r.sequence = t.sequence AND r.id = t.id WHERE r.id IS NULL LIMIT 3"
        )
        for record_id, sequence in rows:
            inspected.add("inference", table, f"there is no record {record_id} at sequence {sequence}")

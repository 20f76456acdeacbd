"""Insert what a daemon has stored once more, with SQLite alone, and print the rate.

Usage: sqlite_alone.py SOURCE TARGET AFTER SIZE

Takes the rows of SOURCE behind the sequence AFTER and inserts them into TARGET in groups of SIZE: the same
tables and indexes, the same settings, one durable transaction per group. The rows, and what they change about
their threads and actors, are computed before the clock starts: what is left is what SQLite needs.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from typing import Any

from syncropel.kernel.services.facts import Fact, write_facts
from syncropel.kernel.services.fold import opening_move
from syncropel.kernel.store.schema import migrate
from syncropel.kernel.store.sqlite import CHECKPOINT_PAGES

SOURCE, TARGET = sys.argv[1:3]
AFTER, SIZE = (int(word) for word in sys.argv[3:5])
Statements = list[tuple[str, list[Any]]]


class Recorder:
    """A transaction that keeps the statements it is given."""

    def __init__(self) -> None:
        self.statements: Statements = []

    def execute_many(self, sql: str, rows: list[Any]) -> None:
        """Keep a statement."""
        self.statements.append((sql, rows))


def rows_of(source: sqlite3.Connection, table: str, column: str) -> tuple[str, list[Any]]:
    """Return the insert of a table, and its rows behind AFTER."""
    cursor = source.execute(f"SELECT * FROM {table} WHERE {column} > ? ORDER BY {column}", (AFTER,))
    names = ", ".join(each[0] for each in cursor.description)
    marks = ", ".join("?" * len(cursor.description))
    return f"INSERT INTO {table} ({names}) VALUES ({marks})", cursor.fetchall()


def groups(source: sqlite3.Connection) -> list[Statements]:
    """Return the statements of each group."""
    insert, records = rows_of(source, "records", "sequence")
    insert_ref, refs = rows_of(source, "refs", "sequence")
    place, ref_place = (names_of(source, table).index("sequence") for table in ("records", "refs"))
    names = names_of(source, "records")
    found = []
    for start in range(0, len(records), SIZE):
        group = records[start : start + SIZE]
        first, last = group[0][place], group[-1][place]
        recorder = Recorder()
        facts = [fact_of(dict(zip(names, row, strict=True))) for row in group]
        write_facts(recorder, facts)  # type: ignore[arg-type]
        own = [row for row in refs if first <= row[ref_place] <= last]
        found.append([(insert, group), (insert_ref, own), *recorder.statements])
    return found


def names_of(source: sqlite3.Connection, table: str) -> list[str]:
    """Return the names of a table's columns."""
    return [each[0] for each in source.execute(f"SELECT * FROM {table} LIMIT 0").description]


def fact_of(row: dict[str, Any]) -> Fact:
    """Return what a record changes about its thread."""
    move, opens = opening_move(row["act"])
    opening = row["id"] if opens else None
    named = (row[name] for name in ("sequence", "thread", "actor", "clock", "namespace"))
    return Fact(*named, move, opening)


def main() -> None:
    source = sqlite3.connect(f"file:{SOURCE}?mode=ro", uri=True)
    prepared = groups(source)
    source.close()
    target = sqlite3.connect(TARGET, isolation_level=None)
    target.execute("PRAGMA journal_mode = WAL")
    target.execute("PRAGMA synchronous = FULL")
    target.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    target.execute("PRAGMA cache_size = -32000")
    migrate(target, TARGET)
    start = time.perf_counter()
    for statements in prepared:
        target.execute("BEGIN IMMEDIATE")
        for sql, rows in statements:
            target.executemany(sql, rows)
        target.execute("COMMIT")
    wall = time.perf_counter() - start
    count = sum(len(statements[0][1]) for statements in prepared)
    print(json.dumps({"rate": count / wall, "sent": count}))


main()

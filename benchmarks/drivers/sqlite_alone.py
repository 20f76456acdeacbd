"""Insert what a daemon has stored once more, with SQLite alone, and print the rate.

Usage: sqlite_alone.py SOURCE TARGET SIZE

For each sequence that it reads as a line, it takes the rows of SOURCE behind it and inserts them into
TARGET in groups of SIZE: the same tables and indexes, the same settings, one durable transaction per
group. The rows, and what they change about their threads and actors, are computed before the clock
starts: what is left is what SQLite needs. It keeps its connection between the lines as the daemon keeps
its own, so both have what they wrote before in their cache, and both copy their log back when it is
full.
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

SOURCE, TARGET, SIZE = sys.argv[1], sys.argv[2], int(sys.argv[3])
Statements = list[tuple[str, list[Any]]]


class Recorder:
    """A transaction that keeps the statements it is given."""

    def __init__(self) -> None:
        self.statements: Statements = []

    def execute_many(self, sql: str, rows: list[Any]) -> None:
        """Keep a statement."""
        self.statements.append((sql, rows))


def rows_of(source: sqlite3.Connection, table: str, column: str, after: int) -> tuple[str, list[Any]]:
    """Return the insert of a table, and its rows behind a sequence."""
    cursor = source.execute(f"SELECT * FROM {table} WHERE {column} > ? ORDER BY {column}", (after,))
    names = ", ".join(each[0] for each in cursor.description)
    marks = ", ".join("?" * len(cursor.description))
    return f"INSERT INTO {table} ({names}) VALUES ({marks})", cursor.fetchall()


def groups(source: sqlite3.Connection, after: int) -> list[Statements]:
    """Return the statements of each group of rows behind a sequence."""
    insert, records = rows_of(source, "records", "sequence", after)
    insert_ref, refs = rows_of(source, "refs", "sequence", after)
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


def insert(target: sqlite3.Connection, after: int) -> dict[str, float]:
    """Insert what is behind a sequence; return the rate, and how many records there were."""
    source = sqlite3.connect(f"file:{SOURCE}?mode=ro", uri=True)
    prepared = groups(source, after)
    source.close()
    start = time.perf_counter()
    for statements in prepared:
        target.execute("BEGIN IMMEDIATE")
        for sql, rows in statements:
            target.executemany(sql, rows)
        target.execute("COMMIT")
    wall = time.perf_counter() - start
    count = sum(len(statements[0][1]) for statements in prepared)
    return {"rate": count / wall, "sent": count}


def main() -> None:
    target = sqlite3.connect(TARGET, isolation_level=None)
    target.execute("PRAGMA journal_mode = WAL")
    target.execute("PRAGMA synchronous = FULL")
    target.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    target.execute("PRAGMA cache_size = -32000")
    migrate(target, TARGET)
    for line in sys.stdin:
        print(json.dumps(insert(target, int(line))), flush=True)


main()

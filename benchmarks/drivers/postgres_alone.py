"""Insert what a daemon has stored once more, with psycopg alone, and print the rate.

Usage: postgres_alone.py URL SOURCE-SCHEMA TARGET-SCHEMA AFTER SIZE

Takes the rows behind the sequence AFTER and inserts them in groups of SIZE: the same tables and indexes, one
durable transaction per group, `INSERT ... SELECT ... FROM unnest(...)` with psycopg's own lists for records
and references, `executemany` for what changes about threads and actors. Rows and lists are made before the
clock starts: what is left is what psycopg and PostgreSQL need.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import psycopg

from syncropel.kernel.services.facts import Fact, write_facts
from syncropel.kernel.services.fold import opening_move
from syncropel.kernel.store.postgres import PostgresStore
from syncropel.kernel.store.tables import PLACED_COLUMNS

URL, SOURCE, TARGET = sys.argv[1:4]
AFTER, SIZE = (int(word) for word in sys.argv[4:6])
REF_COLUMNS = ("member", "value", "sequence", "thread")
NUMBERS = ("sequence", "clock", "created_at")
Row = tuple[Any, ...]


class Recorder:
    """A transaction that keeps the statements it is given."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, list[Any]]] = []

    def execute_many(self, sql: str, rows: list[Any]) -> None:
        """Keep a statement, with psycopg's marks."""
        # Its flags are numbers here, and booleans to PostgreSQL.
        text = sql.replace("?", "%s").replace("CASE WHEN %s OR", "CASE WHEN %s::boolean OR")
        self.statements.append((text, rows))


def insert(table: str, columns: tuple[str, ...]) -> str:
    """Return the insert of many rows."""
    places = ", ".join(f"%s::{'bigint' if name in NUMBERS else 'text'}[]" for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({places})"


def facts_of(group: list[Row]) -> list[tuple[str, list[Any]]]:
    """Return what a group changes about threads and actors."""
    recorder = Recorder()
    facts = []
    for row in group:
        value = dict(zip(PLACED_COLUMNS, row, strict=True))
        move, opens = opening_move(value["act"])
        opening = value["id"] if opens else None
        own = (value["sequence"], value["thread"], value["actor"], value["clock"], value["namespace"])
        facts.append(Fact(*own, move, opening))
    write_facts(recorder, facts)  # type: ignore[arg-type]
    return recorder.statements


def main() -> None:
    PostgresStore(URL, schema=TARGET).close()
    connection = psycopg.connect(URL, autocommit=True)
    read = "SELECT {} FROM {}.{} WHERE sequence > %s ORDER BY sequence"
    records = connection.execute(
        read.format(", ".join(PLACED_COLUMNS), SOURCE, "records"), (AFTER,)
    ).fetchall()
    refs = connection.execute(read.format(", ".join(REF_COLUMNS), SOURCE, "refs"), (AFTER,)).fetchall()
    prepared = []
    for start in range(0, len(records), SIZE):
        group = records[start : start + SIZE]
        own = [row for row in refs if group[0][0] <= row[2] <= group[-1][0]]
        lists = [[list(values) for values in zip(*rows, strict=True)] for rows in (group, own)]
        prepared.append((lists, facts_of(group)))
    connection.execute(f"SET search_path TO {TARGET}")
    first, second = insert("records", PLACED_COLUMNS), insert("refs", REF_COLUMNS)
    begin = time.perf_counter()
    with connection.cursor() as cursor:
        for (rows, own), statements in prepared:
            with connection.transaction():
                cursor.execute(f"{first} ON CONFLICT DO NOTHING", rows, prepare=True)
                if own:
                    cursor.execute(second, own, prepare=True)
                for sql, changed in statements:
                    cursor.executemany(sql, changed)
    wall = time.perf_counter() - begin
    print(json.dumps({"rate": len(records) / wall, "sent": len(records)}))


main()

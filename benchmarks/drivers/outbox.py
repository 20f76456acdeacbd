"""Keep records one by one; print the median microseconds of one. Usage: outbox.py outbox|sqlite COUNT

The bare peer writes the same payloads into a table with a unique id and an index, each with a durable commit.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

from syncropel import Client, Identity, Outbox, SyncClient
from syncropel.rules.records import build_record

NOBODY = "http://127.0.0.1:9"
ME = Identity.static("did:example:bench")
KIND = "bench.outbox.entry"


def content(number: int) -> dict[str, object]:
    return {
        "n": number,
        "note": "a sentence of some length that brings the whole record to four hundred bytes" * 2,
    }


def timed(times: list[float]) -> float:
    return statistics.median(times) * 1e6


def kept(folder: Path, count: int) -> dict[str, float]:
    times = []
    with Outbox(folder / "sync.db", flush_on_close=0) as box:
        client = SyncClient(NOBODY, ME, outbox=box, max_retries=0)
        for number in range(count):
            start = time.perf_counter()
            client.emit_nowait("PUT", KIND, content(number), f"t{number % 10}")
            times.append(time.perf_counter() - start)
        client.close()
    return {"sync": timed(times)}


async def kept_on_a_loop(folder: Path, count: int) -> dict[str, float]:
    returned, awaited = [], []
    with Outbox(folder / "async.db", flush_on_close=0) as box:
        async with Client(NOBODY, ME, outbox=box, max_retries=0) as client:
            for number in range(count):
                start = time.perf_counter()
                result = client.emit_nowait("PUT", KIND, content(number), f"t{number % 10}")
                returned.append(time.perf_counter() - start)
                await result  # type: ignore[misc]
                awaited.append(time.perf_counter() - start)
    return {"returned": timed(returned), "awaited": timed(awaited)}


def alone(folder: Path, count: int) -> dict[str, float]:
    connection = sqlite3.connect(folder / "alone.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE kept (n INTEGER PRIMARY KEY, id TEXT UNIQUE, thread TEXT, payload BLOB)")
    connection.execute("CREATE INDEX by_thread ON kept (thread)")
    times = []
    for number in range(count):
        thread = f"t{number % 10}"
        draft = build_record(
            act="PUT", actor=ME.actor_did, kind=KIND, body=content(number), thread=thread, clock=number
        )
        start = time.perf_counter()
        connection.execute(
            "INSERT INTO kept (id, thread, payload) VALUES (?, ?, ?)", (draft.id, thread, draft.payload)
        )
        times.append(time.perf_counter() - start)
    connection.close()
    return {"commit": timed(times)}


def main() -> None:
    which, count = sys.argv[1], int(sys.argv[2])
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        if which == "sqlite":
            figures = alone(folder, count)
        else:
            figures = {**kept(folder, count), **asyncio.run(kept_on_a_loop(folder, count))}
    print(json.dumps(figures))


main()

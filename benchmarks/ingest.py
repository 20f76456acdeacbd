"""Durable ingest over 32 connections: the daemon against the least that could do the same write."""

from __future__ import annotations

import itertools
import sqlite3
import sys
import tempfile
from pathlib import Path

from _harness import (
    HERE,
    Figure,
    Scale,
    column,
    daemon_command,
    drive,
    free_port,
    paired,
    product_python,
    server,
)

TITLE = "Durable ingest, 32 connections"
PEER = "a bare ASGI prototype (`drivers/bare_daemon.py`): same table, same group commit, no checks"
GOAL = "at least 0.8 of the peer's rate"
CONNECTIONS = 32


def measure(scale: Scale) -> list[Figure]:
    """Servers stay on one processor and the load on the other; stored rows are compared with sent ones."""
    python, count = product_python(), scale.size(9600, 320)
    ports, numbers = (free_port(), free_port()), itertools.count()
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        files = [Path(folder) / "daemon.db", Path(folder) / "bare.db"]
        daemon = daemon_command(python, ports[0], f"sqlite:///{files[0]}")
        bare = [python, HERE / "drivers" / "bare_daemon.py", ports[1], files[1]]
        with (
            server(daemon, f"http://127.0.0.1:{ports[0]}/health", core=0),
            server(bare, f"http://127.0.0.1:{ports[1]}/health", core=0),
        ):
            mine, theirs = paired(
                scale.rounds,
                lambda: drive(
                    Path(sys.executable), "load.py", ports[0], CONNECTIONS, count, next(numbers), core=1
                ),
                lambda: drive(
                    Path(sys.executable), "load.py", ports[1], CONNECTIONS, count, next(numbers), core=1
                ),
            )
        for file in files:
            assert_stored(file, count * (scale.rounds + 1))
    return [
        Figure("ingest, 32 connections", column(mine, "rate"), column(theirs, "rate"), "records/s", ">= 0.8")
    ]


def assert_stored(file: Path, sent: int) -> None:
    """End the run unless a store holds as many records as were sent."""
    connection = sqlite3.connect(file)
    stored = connection.execute("SELECT count(*) FROM records").fetchone()[0]
    connection.close()
    if stored != sent:
        raise SystemExit(f"{file.name}: {sent} records were sent and {stored} are stored")

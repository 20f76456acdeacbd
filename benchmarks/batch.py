"""Ingest of batches: the daemon against SQLite alone, and against its own single emits."""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from _harness import (
    Figure,
    Scale,
    asked,
    column,
    daemon_command,
    drive,
    free_port,
    paired,
    product_python,
    server,
)
from ingest import assert_stored

TITLE = "Ingest of batches"
PEER = (
    "SQLite alone (`drivers/sqlite_alone.py`): the same rows into the same tables and indexes, one durable"
    " transaction per 1,000 records, by one process that keeps its connection, as the daemon does"
)
GOAL = "at least 0.75 of SQLite's rate, and 3 times the daemon's own rate of single emits"
SIZE = 1000
SINGLES = 32


def measure(scale: Scale) -> list[Figure]:
    """Two connections send batches of lines; what the daemon stored is then inserted once more by SQLite."""
    python, batches = product_python(), scale.size(20, 2)
    port, numbers = free_port(), itertools.count()
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        source, target = Path(folder) / "daemon.db", Path(folder) / "alone.db"
        stored = 0

        def daemon() -> Mapping[str, float]:
            return drive(Path(sys.executable), "batch_load.py", port, batches, SIZE, next(numbers))

        def beside(ask: Callable[[object], Mapping[str, float]]) -> Mapping[str, float]:
            nonlocal stored
            figures = ask(stored)
            stored += int(figures["sent"])
            return figures

        def single() -> Mapping[str, float]:
            count = scale.size(9600, 320)
            return drive(Path(sys.executable), "load.py", port, SINGLES, count, next(numbers))

        with server(daemon_command(python, port, f"sqlite:///{source}"), f"http://127.0.0.1:{port}/health"):
            with asked(python, "sqlite_alone.py", source, target, SIZE) as alone:
                mine, theirs = _one_after_the_other(scale.rounds, daemon, lambda: beside(alone))
            assert_stored(source, batches * SIZE * (scale.rounds + 1))
            again, singles = paired(scale.rounds, daemon, single)
    if stored != batches * SIZE * (scale.rounds + 1):
        raise SystemExit(f"SQLite alone inserted {stored} rows and not what the daemon stored")
    return [
        Figure("batches of 1,000", column(mine, "rate"), column(theirs, "rate"), "records/s", ">= 0.75"),
        Figure(
            "batches, against single emits over 32 connections",
            column(again, "rate"),
            column(singles, "rate"),
            "records/s",
            ">= 3.0",
        ),
    ]


def _one_after_the_other(
    rounds: int, first: Callable[[], Mapping[str, float]], second: Callable[[], Mapping[str, float]]
) -> tuple[list[Mapping[str, float]], list[Mapping[str, float]]]:
    """Run both in turn: the second takes the rows that the first has stored, so the order cannot change.

    The first round, on empty files, is not counted.
    """
    pairs = [(first(), second()) for _ in range(rounds + 1)][1:]
    return [mine for mine, _ in pairs], [theirs for _, theirs in pairs]

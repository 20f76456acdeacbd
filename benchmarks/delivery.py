"""Records to a real daemon with a durable store: one after another, 32 at a time, and 100,000 in one go."""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

from _harness import (
    Figure,
    Scale,
    column,
    core_python,
    daemon_command,
    drive,
    fast_python,
    free_port,
    paired,
    peer_python,
    product_python,
    server,
)

TITLE = "Delivery"
PEER = "the published `syncropel==0.7.0` on the same daemon; `emit_many` against its 32 concurrent emits"
GOAL = (
    "sequential 3 times the rate at a quarter of the CPU; 32 concurrent 15 times; 100,000 in one go 50 times"
)
WARM_UP = 10
ONE_BY_ONE = (("sequential", "sequential `emit_sync`"), ("awaited", "sequential `emit`"))
WAYS = (
    ("fast", "", (">= 3", "<= 0.25", ">= 15", ">= 50")),
    ("core", ", without the extra", (">= 1", "<= 1", ">= 10", ">= 30")),
)


def measure(scale: Scale) -> list[Figure]:
    """Sequential: all on one processor. Otherwise the daemon has one and the client the other."""
    pythons = {"fast": fast_python(), "core": core_python(), "peer": peer_python()}
    numbers, sent = itertools.count(1), 0
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    figures = []

    def one(who: str, mode: str, count: int, core: int) -> Callable[[], dict[str, float]]:
        def run() -> dict[str, float]:
            nonlocal sent
            found = drive(pythons[who], "delivery.py", url, count, next(numbers), mode, core=core)
            sent += count + WARM_UP
            return found

        return run

    few, some, lots = scale.size(400, 40), scale.size(640, 96), scale.size(100_000, 2000)
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        store = Path(folder) / "delivery.db"
        daemon = daemon_command(product_python(), port, f"sqlite:///{store}")
        with server(daemon, f"{url}/health", core=0):
            for who, what, goals in WAYS:
                for mode, name in ONE_BY_ONE:
                    mine, theirs = paired(scale.rounds, one(who, mode, few, 0), one("peer", mode, few, 0))
                    rates, costs = _columns(mine, theirs)
                    figures.append(Figure(f"{name}{what}", *rates, "records/s", goals[0]))
                    figures.append(Figure(f"{name}{what}, client CPU", *costs, "µs per record", goals[1]))
                mine, theirs = paired(
                    scale.rounds, one(who, "concurrent", some * 10, 1), one("peer", "concurrent", some, 1)
                )
                figures.append(
                    Figure(f"32 concurrent{what}", *_columns(mine, theirs)[0], "records/s", goals[2])
                )
                mine, theirs = paired(
                    scale.rounds, one(who, "many", lots, 1), one("peer", "concurrent", some, 1)
                )
                figures.append(
                    Figure(
                        f"{lots:,} by `emit_many`{what}", *_columns(mine, theirs)[0], "records/s", goals[3]
                    )
                )
        _assert_stored(store, sent)
    return figures


Rows = list[dict[str, float]]


def _columns(mine: Rows, theirs: Rows) -> tuple[list[list[float]], list[list[float]]]:
    rates = [column(rows, "rate") for rows in (mine, theirs)]
    costs = [[value * 1e6 for value in column(rows, "cpu")] for rows in (mine, theirs)]
    return rates, costs


def _assert_stored(file: Path, sent: int) -> None:
    connection = sqlite3.connect(file)
    stored = connection.execute("SELECT count(*) FROM records").fetchone()[0]
    connection.close()
    if stored != sent:
        raise SystemExit(f"{sent} records were sent and {stored} are stored")

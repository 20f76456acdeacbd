"""Keys and values over HTTP on a real daemon with a durable store: one after another, and 32 at a time."""

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
    product_python,
    server,
    synap_python,
)

TITLE = "Keys and values"
PEER = "the published `synap-sdk==1.4.0` over HTTP, on the same daemon"
GOAL = "sequential twice the rate on one processor; 32 concurrent 8 times on two"
WARM_UP = 10
WAYS = (
    ("", "fast", "async", (">= 2", ">= 8")),
    (", the synchronous client", "fast", "sync", (">= 2",)),
    (", without the extra", "core", "async", (">= 1", ">= 5")),
)


def measure(scale: Scale) -> list[Figure]:
    """Each key is set and read back. Sequential: all on one processor; otherwise each side has its own."""
    pythons = {"fast": fast_python(), "core": core_python(), "synap": synap_python()}
    numbers, written = itertools.count(1), 0
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    figures = []

    def run(python: str, client: str, mode: str, count: int) -> Callable[[], dict[str, float]]:
        def once() -> dict[str, float]:
            nonlocal written
            core = 0 if mode == "sequential" else 1
            found = drive(pythons[python], "store_kv.py", client, url, count, next(numbers), mode, core=core)
            written += count + WARM_UP
            return found

        return once

    few, many = scale.size(300, 40), scale.size(480, 96)
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        store = Path(folder) / "store.db"
        with server(daemon_command(product_python(), port, f"sqlite:///{store}"), f"{url}/health", core=0):
            for what, python, client, goals in WAYS:
                mine, theirs = paired(
                    scale.rounds,
                    run(python, client, "sequential", few),
                    run("synap", "synap", "sequential", few),
                )
                rates = [column(rows, "rate") for rows in (mine, theirs)]
                figures.append(Figure(f"sequential{what}", *rates, "commands/s", goals[0]))
                if len(goals) < 2:
                    continue
                mine, theirs = paired(
                    scale.rounds,
                    run(python, client, "concurrent", many * 8),
                    run("synap", "synap", "concurrent", many),
                )
                rates = [column(rows, "rate") for rows in (mine, theirs)]
                figures.append(Figure(f"32 concurrent{what}", *rates, "commands/s", goals[1]))
        assert_written(store, written)
    return figures


def assert_written(file: Path, written: int) -> None:
    """End the run unless a store holds as many keys as were written."""
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT count(*) FROM kv").fetchone()[0]
    connection.close()
    if found != written:
        raise SystemExit(f"{file.name}: {written} keys were written and {found} are there")

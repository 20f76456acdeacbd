"""A thousand watchers of one thread: how long a record takes to reach all of them, and what each costs."""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from _harness import Figure, Scale, column, daemon_command, drive, free_port, product_python, server

TITLE = "Watchers"
PEER = "fixed bounds; the same watchers beside a tenth more that read nothing"
GOAL = (
    "a record reaches each of 1,000 watchers within 50 ms (median), within 1.5 times that beside slow ones;"
    " 64 KB of memory per watcher at most"
)
WATCHERS = 1000
# One watcher in so many reads nothing.
SLOW = 10
RATE = 10
BOUND_MS = 50.0
BOUND_KB = 64.0


def measure(scale: Scale) -> list[Figure]:
    """The daemon stays on one processor, the watchers and the writer (10 records a second) on the other."""
    python, records = product_python(), scale.size(60, 5)
    watchers = scale.size(WATCHERS, 100)
    port, numbers = free_port(), itertools.count()
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        command = daemon_command(python, port, f"sqlite:///{Path(folder) / 'daemon.db'}")
        with server(command, f"http://127.0.0.1:{port}/health", core=0) as child:

            def watched(slow: int) -> Mapping[str, float]:
                before = resident(child.pid)
                thread = f"watched-{next(numbers)}"
                figures = drive(
                    Path(sys.executable),
                    "watchers.py",
                    *(port, watchers, records, thread, RATE, slow, child.pid),
                    core=1,
                )
                grown = (figures["resident"] - before) / (watchers + slow)
                return {**figures, "kilobytes": max(grown, 0.0)}

            watched(0)
            alone, beside = [], []
            for _ in range(scale.rounds):
                alone.append(watched(0))
                beside.append(watched(watchers // SLOW))
    rounds = len(alone)
    return [
        Figure("median, against 50 ms", column(alone, "median"), [BOUND_MS] * rounds, "ms", "<= 1.0"),
        Figure(
            "median beside a tenth more that read nothing",
            column(beside, "median"),
            column(alone, "median"),
            "ms",
            "<= 1.5",
        ),
        Figure(
            "memory per watcher, against 64 KB",
            column(beside, "kilobytes"),
            [BOUND_KB] * rounds,
            "KB",
            "<= 1.0",
        ),
    ]


def resident(process: int) -> float:
    """Return the resident memory of a process in kilobytes."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmRSS")))

"""What it costs to ask every caller for a token: in the kernel, and over HTTP."""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path

from _harness import (
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

TITLE = "Asking for tokens"
PEER = "the same requests with authentication off"
GOAL = "at most 30 microseconds more for a request; at least 0.9 of the rate of ingest"
BOUND_US = 30.0
CONNECTIONS = 32


def measure(scale: Scale) -> list[Figure]:
    """The kernel answers the same reads with and without a token; two daemons take the same emits."""
    python = product_python()
    requests, count = scale.size(20_000, 500), scale.size(9600, 320)
    checks = [drive(python, "token_check.py", requests, core=1) for _ in range(scale.rounds)]
    bound = [BOUND_US] * len(checks)
    guarded, free = _daemons(scale, python, count)
    return [
        Figure("token check, against 30 us", column(checks, "added"), bound, "us", "<= 1.0"),
        Figure("a read in the kernel", column(checks, "guarded"), column(checks, "open"), "us", "<= 3.0"),
        Figure(
            "ingest over HTTP, 32 connections",
            column(guarded, "rate"),
            column(free, "rate"),
            "records/s",
            ">= 0.9",
        ),
    ]


def _daemons(scale: Scale, python: Path, count: int) -> tuple[list, list]:
    """Load two daemons in turn, one of which asks for tokens."""
    ports, numbers = (free_port(), free_port()), itertools.count()
    load = Path(sys.executable)
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        stores = [f"sqlite:///{Path(folder) / name}" for name in ("guarded.db", "open.db")]
        token = drive(python, "mint.py", stores[0])["token"]
        guarded = [*daemon_command(python, ports[0], stores[0]), "--auth", "--rate-limit", 0]
        with (
            server(guarded, f"http://127.0.0.1:{ports[0]}/health", core=0),
            server(
                daemon_command(python, ports[1], stores[1]), f"http://127.0.0.1:{ports[1]}/health", core=0
            ),
        ):
            return paired(
                scale.rounds,
                lambda: drive(load, "load.py", ports[0], CONNECTIONS, count, next(numbers), 8, token, core=1),
                lambda: drive(load, "load.py", ports[1], CONNECTIONS, count, next(numbers), 8, core=1),
            )

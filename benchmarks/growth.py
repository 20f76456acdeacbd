"""Whether a read of one page and one emit cost the same in a small and in a large store."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from _harness import Figure, Scale, column, daemon_command, drive, free_port, paired, product_python, server

TITLE = "Growth"
PEER = "the same daemon on a store of 1,000 records"
GOAL = "the same cost at 1,000,000 records, within noise (at most 1.25)"
CONNECTIONS = 32


def measure(scale: Scale) -> list[Figure]:
    """Two daemons, one on a small and one on a large store, loaded over HTTP and then asked in turn."""
    python = product_python()
    sizes = (scale.size(1_000_000, 6_400), scale.size(1_000, 3_200) if scale.factor == 1 else 3_200)
    sizes = (sizes[0], max(sizes[1], 3_200))
    ports = (free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        commands = [
            daemon_command(python, port, f"sqlite:///{Path(folder) / name}")
            for port, name in zip(ports, ("large.db", "small.db"), strict=True)
        ]
        with (
            server(commands[0], f"http://127.0.0.1:{ports[0]}/health", core=0),
            server(commands[1], f"http://127.0.0.1:{ports[1]}/health", core=0),
        ):
            for port, size in zip(ports, sizes, strict=True):
                _load(port, size)
            calls, numbers = scale.size(200, 20), iter(range(10**6))
            mine, theirs = paired(
                scale.rounds,
                lambda: drive(
                    Path(sys.executable), "calls.py", ports[0], calls, next(numbers), "load-3", core=0
                ),
                lambda: drive(
                    Path(sys.executable), "calls.py", ports[1], calls, next(numbers), "load-3", core=0
                ),
            )
    return [
        Figure(
            f"{name} at {sizes[0]:,} records against {sizes[1]:,}",
            [value * 1e3 for value in column(mine, key)],
            [value * 1e3 for value in column(theirs, key)],
            "ms",
            "<= 1.25",
        )
        for key, name in (("read", "thread read of 100"), ("emit", "one durable emit"))
    ]


def _load(port: int, size: int) -> None:
    """Load in slices, so that the requests of one slice fit in memory."""
    slice_size = 64_000
    for number, start in enumerate(range(0, size, slice_size)):
        drive(
            Path(sys.executable),
            "load.py",
            port,
            CONNECTIONS,
            min(slice_size, size - start),
            number + 1,
            core=1,
        )

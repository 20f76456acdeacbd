"""What a growing store costs: a page, an emit, and the daemon's memory."""

from __future__ import annotations

import itertools
import subprocess
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
    progress,
    server,
)

TITLE = "Growth"
PEER = "the same daemon: on a small store for the times, after its first tenth of the records for its memory"
GOAL = "the same within noise (at most 1.25 in time, 1.1 in memory) at 1,000,000 records"
CONNECTIONS = 32


def measure(scale: Scale) -> list[Figure]:
    """Two daemons, one on a small and one on a large store, loaded over HTTP and then asked in turn.

    The first tenth of the large load fills the caches, so the memory after it is the peer of the later ones.
    """
    python = product_python()
    tenth, small = scale.size(100_000, 3_200) // 32 * 32, 3_200
    ports = (free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        commands = [
            daemon_command(python, port, f"sqlite:///{Path(folder) / name}")
            for port, name in zip(ports, ("large.db", "small.db"), strict=True)
        ]
        with (
            server(commands[0], f"http://127.0.0.1:{ports[0]}/health", core=0) as large,
            server(commands[1], f"http://127.0.0.1:{ports[1]}/health", core=0),
        ):
            _load(ports[1], small, 0)
            megabytes = []
            for number in range(10):
                _load(ports[0], tenth, number)
                megabytes.append(resident_megabytes(large))
                progress(f"{(number + 1) * tenth:,} records, {megabytes[-1]:.0f} MB")
            mine, theirs = _ask(scale, ports)
    names = (("read", "thread read of 100"), ("emit", "one durable emit"))
    figures = [
        Figure(
            f"{name} at {tenth * 10:,} records against {small:,}",
            [value * 1e3 for value in column(mine, key)],
            [value * 1e3 for value in column(theirs, key)],
            "ms",
            "<= 1.25",
        )
        for key, name in names
    ]
    memory = f"resident memory up to {tenth * 10:,} emits"
    return [*figures, Figure(memory, megabytes[1:], [megabytes[0]] * 9, "MB", "<= 1.1")]


def _ask(scale: Scale, ports: tuple[int, int]) -> tuple[list, list]:
    calls, numbers = scale.size(200, 20), itertools.count()
    here = Path(sys.executable)
    return paired(
        scale.rounds,
        lambda: drive(here, "calls.py", ports[0], calls, next(numbers), "load-3", core=0),
        lambda: drive(here, "calls.py", ports[1], calls, next(numbers), "load-3", core=0),
    )


def _load(port: int, size: int, number: int) -> None:
    drive(Path(sys.executable), "load.py", port, CONNECTIONS, size, number, core=1)


def resident_megabytes(child: subprocess.Popen[bytes]) -> float:
    """Return what a process has in memory."""
    lines = Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))

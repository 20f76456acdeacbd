"""From the start of a process to its first acknowledged record."""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

from _harness import (
    HERE,
    Figure,
    Scale,
    column,
    core_python,
    drive,
    fast_python,
    free_port,
    paired,
    peer_python,
    server,
)

TITLE = "Process start to first emit"
PEER = "the published `syncropel==0.7.0`"
GOAL = "at most 0.35 of the peer with the `fast` extra"


def measure(scale: Scale) -> list[Figure]:
    """Each emit is in a process of its own; the round that is not counted compiles the bytecode."""
    fast, core, peer = fast_python(), core_python(), peer_python()
    port, clocks = free_port(), itertools.count(1)
    url = f"http://127.0.0.1:{port}"
    figures = []

    def once(python: Path, colour: str) -> dict[str, float]:
        return drive(python, "start.py", time.monotonic(), url, next(clocks), colour, core=0)

    with server([sys.executable, HERE / "drivers" / "fixed_server.py", port], url, core=0):
        for python, what, goal in ((fast, "", "<= 0.35"), (core, ", without the extra", "<= 1.0")):
            for colour, name in (("sync", "`emit_sync`"), ("async", "`emit`")):
                mine, theirs = paired(
                    max(scale.rounds, 3) * 2 + 1,
                    lambda python=python, colour=colour: once(python, colour),
                    lambda colour=colour: once(peer, colour),
                )
                for key, label in (("wall", "time"), ("cpu", "CPU")):
                    milliseconds = [[value * 1e3 for value in column(rows, key)] for rows in (mine, theirs)]
                    figures.append(Figure(f"{name}{what}, {label}", *milliseconds, "ms", goal))
    return figures

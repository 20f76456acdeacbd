"""Messages through a queue on a real daemon with a durable store: published, taken and acknowledged."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

from _harness import (
    Figure,
    Scale,
    column,
    daemon_command,
    drive,
    fast_python,
    free_port,
    paired,
    product_python,
    server,
    synap_python,
)

TITLE = "Queues"
PEER = "a bound of 2,000 messages a second; the published `synap-sdk==1.4.0` on the same daemon"
GOAL = "2,000 messages a second with 32 workers; 8 times the published client; each message comes once"
BOUND = 2000.0


def measure(scale: Scale) -> list[Figure]:
    """The daemon has one processor and the client the other. The driver checks that nothing comes twice."""
    pythons = {"cycle": fast_python(), "worker": fast_python(), "synap": synap_python()}
    numbers = itertools.count(1)
    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def run(client: str, count: int) -> Callable[[], dict[str, float]]:
        return lambda: drive(pythons[client], "store_queue.py", client, url, count, next(numbers), core=1)

    many, few = scale.size(5000, 96), scale.size(320, 64)
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        daemon = daemon_command(product_python(), port, f"sqlite:///{Path(folder) / 'queues.db'}")
        with server(daemon, f"{url}/health", core=0):
            mine, theirs = paired(scale.rounds, run("cycle", many), run("synap", few))
            work, _ = paired(scale.rounds, run("worker", many), dict)
    cycles, works = column(mine, "rate"), column(work, "rate")
    bound, unit = [BOUND] * len(cycles), "messages/s"
    what = "published, taken and acknowledged by 32 tasks"
    return [
        Figure(f"{what}, against 2,000", cycles, bound, unit, ">= 1"),
        Figure(f"{what}, against the published client", cycles, column(theirs, "rate"), unit, ">= 8"),
        Figure("published by 32 tasks, done by `worker` with 32, against 2,000", works, bound, unit, ">= 1"),
    ]

"""From the moment an answer is stored to the moment `infer` returns it; a consensus from end to end."""

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
    peer_python,
    product_python,
    server,
)

TITLE = "Waiting for an answer"
PEER = "the published `syncropel==0.7.0`, which polls every 500 ms, on the same daemon"
GOAL = (
    "a hundredth of the peer's median, nineteen of twenty within 20 ms; a consensus of three within 15 ms, "
    "and no slower on a thread of 100,000 records; 200 queries that wait for three people each use at most "
    "1 % of a processor, and none is lost"
)
BOUND_MS = 20.0
CONSENSUS_MS = 15.0
WAITING_PERCENT = 1.0


def measure(scale: Scale) -> list[Figure]:
    """Both clients wait on one daemon with a store on disk, for answers written at random moments."""
    ours, peer = product_python(), peer_python()
    count, port = scale.size(20, 3), free_port()
    url = f"http://127.0.0.1:{port}"
    seeds = itertools.count()
    with tempfile.TemporaryDirectory() as folder:
        command = daemon_command(ours, port, f"sqlite:///{folder}/records.db")
        with server(command, f"{url}/health/ready") as daemon:
            mine, theirs = paired(
                scale.rounds,
                lambda: drive(ours, "infer.py", url, count, f"ours-{next(seeds)}"),
                lambda: drive(peer, "infer.py", url, count, f"peer-{next(seeds)}"),
            )
            large = scale.size(100_000, 3_200) // 32 * 32
            slow, agreed = _consensus(scale, ours, port, large)
            waiting = [_waiting(scale, ours, url, daemon.pid) for _ in range(min(scale.rounds, 3))]
    late = [BOUND_MS] * len(mine)
    bound = [CONSENSUS_MS] * len(agreed)
    return [
        Figure("median", column(mine, "median"), column(theirs, "median"), "ms", "<= 0.01"),
        Figure("95th percentile, against 20 ms", column(mine, "p95"), late, "ms", "<= 1.0"),
        Figure("consensus of three, against 15 ms", column(agreed, "median"), bound, "ms", "<= 1.0"),
        Figure(
            f"consensus on a thread of {large:,} records, against a new thread",
            column(slow, "median"),
            column(agreed, "median"),
            "ms",
            "<= 1.25",
        ),
        Figure(
            f"a processor's share while {scale.size(200, 10)} queries wait, against 1 %",
            waiting,
            [WAITING_PERCENT] * len(waiting),
            "%",
            "<= 1.0",
        ),
    ]


def _waiting(scale: Scale, python: Path, url: str, pid: int) -> float:
    return drive(python, "waiting.py", url, scale.size(200, 10), pid, scale.size(5, 2))["cpu"]


def _consensus(scale: Scale, python: Path, port: int, large: int) -> tuple[list, list]:
    """Ask on a thread of many records and on new threads, in turn."""
    asks, url = scale.size(100, 10), f"http://127.0.0.1:{port}"
    drive(Path(sys.executable), "load.py", port, 32, large, 0, 1)
    return paired(
        scale.rounds,
        lambda: drive(python, "consensus.py", url, asks, "load-0"),
        lambda: drive(python, "consensus.py", url, asks),
    )

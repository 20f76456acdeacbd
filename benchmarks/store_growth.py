"""What a million keys, messages and events cost every operation, and the daemon's memory."""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
import urllib.request
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
from growth import resident_megabytes

TITLE = "Growth of keys, queues and streams"
PEER = "the same daemon with 1,000 of each for the times; after its first tenth of the load for its memory"
GOAL = "at most twice the time, and 1.1 times the memory, at 1,000,000 of each"
SMALL = 1000


def measure(scale: Scale) -> list[Figure]:
    """Two daemons on one processor, filled over HTTP and then asked for every operation in turn."""
    python = product_python()
    tenth = scale.size(100_000, 2_000)
    ports = (free_port(), free_port())
    with tempfile.TemporaryDirectory(prefix="syncropel-bench-") as folder:
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        commands = [
            daemon_command(python, port, f"sqlite:///{Path(folder) / name}")
            for port, name in zip(ports, ("large.db", "small.db"), strict=True)
        ]
        with (
            server(commands[0], f"{urls[0]}/health", core=0) as large,
            server(commands[1], f"{urls[1]}/health", core=0),
        ):
            for url in urls:
                _command(url, "queue.create", {"name": "jobs", "config": {"max_depth": 10_000_000}})
                _command(url, "stream.create", {"room": "notes"})
            _load(ports[1], SMALL, 0)
            _fill_log(urls[1])
            megabytes = []
            for number in range(10):
                _load(ports[0], tenth, number * tenth)
                megabytes.append(resident_megabytes(large))
                progress(f"{(number + 1) * tenth:,} of each, {megabytes[-1]:.0f} MB")
            mine, theirs = _ask(scale, ports, tenth * 10)
    figures = [
        Figure(
            f"`{name}` at {tenth * 10:,}",
            [value * 1e3 for value in column(mine, name)],
            [value * 1e3 for value in column(theirs, name)],
            "ms",
            "<= 2",
        )
        for name in mine[0]
    ]
    memory = f"resident memory up to {tenth * 10:,} of each"
    return [*figures, Figure(memory, megabytes[1:], [megabytes[0]] * 9, "MB", "<= 1.1")]


def _ask(scale: Scale, ports: tuple[int, int], size: int) -> tuple[list, list]:
    calls, numbers, here = scale.size(60, 10), itertools.count(), Path(sys.executable)
    return paired(
        scale.rounds,
        lambda: drive(here, "store_calls.py", ports[0], calls, next(numbers), size, core=0),
        lambda: drive(here, "store_calls.py", ports[1], calls, next(numbers), SMALL, core=0),
    )


def _load(port: int, size: int, first: int) -> None:
    drive(Path(sys.executable), "store_load.py", port, size, first, core=1)


def _fill_log(url: str) -> None:
    """Make the write-ahead log as long as it gets: until then every commit makes it longer, too."""
    for number in range(100):
        _command(url, "kv.set", {"key": "large", "value": chr(97 + number % 26) * 2**20})
    _command(url, "kv.del", {"key": "large"})


def _command(url: str, name: str, payload: dict[str, object]) -> None:
    body = json.dumps({"command": name, "request_id": "bench", "payload": payload}).encode()
    request = urllib.request.Request(f"{url}/api/v1/command", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        if not json.load(answer)["success"]:
            raise SystemExit(f"{name} was refused")

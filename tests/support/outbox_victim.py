"""Lives of programs with an outbox, each ended by SIGKILL at some point.

    python -m tests.support.outbox_victim FOLDER

reads one line for each life on stdin, `PLACE SEED POINT`, and answers with what became of it. A life emits,
keeps and delivers records through a real client on the outbox of its place; the server is a file too. With a
POINT of 1 or more it kills itself at that instruction of SQLite's (or at that request, counted along); with 0
nobody dies; with -1 two lives at once are killed after a random time. What was promised to the caller is
noted in `acks` and what the server took in `server`, each by one write, which no SIGKILL can halve.

The lives are forked from a process that has one thread and everything imported: thousands take a minute.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any

import httpx

from syncropel import Identity, Outbox, SyncClient
from syncropel.rules.records import check_record
from syncropel.rules.strict_json import parse_json
from syncropel.transport import outbox_table

ENDPOINT = "http://server.test"
KIND = "test.outbox.life"
STEPS = 6


class Server(httpx.BaseTransport):
    """A server that keeps what it takes in a file, and is away now and then, before or after taking it."""

    def __init__(self, folder: Path, chance: random.Random, points: Points | None = None) -> None:
        self._file = os.open(folder / "server", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._chance = chance
        self._points = points or Points(0)
        self.away = 0.3

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Take records, or be away."""
        self._points.pass_one()
        if request.method == "GET":
            batch = self._chance.random() < 0.5
            return httpx.Response(200, json={"capabilities": {"batch": batch}})
        if self._chance.random() < self.away:
            raise httpx.ConnectError("nobody is there")
        lines = request.content.splitlines()
        rows = [{"status": 201, "id": check_record(parse_json(line)).id} for line in lines]
        os.write(self._file, b"".join(line + b"\n" for line in lines))
        self._points.pass_one()
        if self._chance.random() < self.away:
            raise httpx.ReadError("the answer is lost")
        if request.url.path.endswith("/batch"):
            return httpx.Response(200, json={"object": "list", "data": rows})
        return httpx.Response(201, json={"id": rows[0]["id"]})


class Points:
    """Counts the points at which a life may end, and ends it at one of them."""

    def __init__(self, last: int) -> None:
        self.passed = 0
        self._last = last

    def pass_one(self) -> int:
        """Pass a point."""
        self.passed += 1
        if self.passed == self._last:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0


def live(folder: Path, seed: int, points: Points) -> None:
    """Emit, keep and deliver a few records, noting every promise."""
    chance = random.Random(seed)
    acks = os.open(folder / "acks", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    server = Server(folder, chance, points)
    outbox = Outbox(folder / "outbox.db", flush_on_close=0.02)
    client = SyncClient(
        ENDPOINT, Identity.static("did:example:victim"), transport=server, outbox=outbox, max_retries=0
    )
    for step in range(STEPS):
        thread, body = f"t{chance.randrange(3)}", {"life": seed, "step": step}
        if chance.random() < 0.2:
            client.flush(0.01)
        emit = client.emit_nowait if chance.random() < 0.6 else client.emit
        result = emit("PUT", KIND, body, thread)
        if result.success or result.queued:
            os.write(acks, json.dumps([thread, seed, step, result.record_id]).encode() + b"\n")
    client.close()
    outbox.close()


def _child(folder: Path, seed: int, point: int, born: int | None = None) -> int:
    pid = os.fork()
    if pid:
        return pid
    if born is not None:
        os.write(born, b".")
    points = Points(point)
    if point > 0:
        plain = outbox_table.connect

        def connect(*given: Any, **named: Any) -> Any:
            connection = plain(*given, **named)
            connection.set_progress_handler(points.pass_one, 1)
            return connection

        outbox_table.connect = connect
    try:
        live(folder, seed, points)
        (folder / "passed").write_text(str(points.passed))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _killed_at_random(folder: Path, seed: int, longest: float) -> list[int]:
    chance = random.Random(seed)
    reading, writing = os.pipe()
    children = [_child(folder, 2 * seed, 0, writing), _child(folder, 2 * seed + 1, 0, writing)]
    for _ in children:
        os.read(reading, 1)  # however busy the machine is, its time begins when it lives
    os.close(reading)
    os.close(writing)
    statuses = []
    for child in children:
        time.sleep(chance.random() * longest)
        os.kill(child, signal.SIGKILL)
        statuses.append(os.waitpid(child, 0)[1])
    return statuses


def _rehearsal() -> float:
    """Live twice here, so that everything is imported; return how long a life takes, in seconds."""
    with tempfile.TemporaryDirectory() as scratch:
        for seed in (1, 2):
            begun = time.monotonic()
            live(Path(scratch), seed, Points(0))
        taken = time.monotonic() - begun
        while threading.active_count() > 1:  # only what has one thread may fork
            time.sleep(0.001)
    return taken


def main(folder: Path) -> None:
    """Live as often as stdin says."""
    longest = _rehearsal()
    for line in sys.stdin:
        place, seed, point = line.split()
        here = folder / place
        here.mkdir(exist_ok=True)
        if point == "-1":
            statuses = _killed_at_random(here, int(seed), longest)
        else:
            statuses = [os.waitpid(_child(here, int(seed), int(point)), 0)[1]]
        killed = sum(os.WIFSIGNALED(status) for status in statuses)
        failed = sum(os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0 for status in statuses)
        print(killed, failed, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

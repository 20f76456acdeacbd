"""The daemon's memory does not grow with what passes through it."""

from __future__ import annotations

import threading
from typing import Any

import psutil

from tests.support.daemons import Daemon
from tests.support.sockets import Connection, Watch, record

RECORDS = 400
ROUNDS = 5
ALLOWED_GROWTH = 4 * 1024 * 1024


def test_memory_is_flat_over_many_emits(daemon: Daemon) -> None:
    """Thousands of emits, reads and replays of stored records leave the process at its size.

    The records are the same in every round, so that the database and its page cache do not grow and a leak
    stands out: every round passes twice the allowed growth through the daemon.
    """
    body = {"kind": "test.record.large", "text": "x" * 4096}
    records = [record(body=body) for _ in range(RECORDS)]
    process = psutil.Process(daemon.process.pid)
    for _ in range(2):
        _one_round(daemon, records)
    before = process.memory_info().rss
    for _ in range(ROUNDS):
        _one_round(daemon, records)
    assert process.memory_info().rss - before < ALLOWED_GROWTH


def _one_round(daemon: Daemon, records: list[dict[str, Any]]) -> None:
    quarter = len(records) // 4
    writers = [
        threading.Thread(target=_emit, args=(daemon, records[place : place + quarter]))
        for place in range(0, len(records), quarter)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    for _ in range(3):
        with Watch(daemon.url, "th_test", after="0") as watch:
            assert len(watch.records(len(records))) == len(records)


def _emit(daemon: Daemon, records: list[dict[str, Any]]) -> None:
    with Connection(daemon.url) as connection:
        for value in records:
            assert connection.emit(value).status in {200, 201}
        assert connection.get("/v1/threads/th_test/records?limit=100").status == 200

"""The daemon's memory does not grow with what passes through it."""

from __future__ import annotations

import threading
from typing import Any

import psutil

from tests.support.daemons import Daemon
from tests.support.sockets import Connection, Watch, record

RECORDS = 400
ROUNDS = 5
ONE_ROUND = RECORDS * 4096


def test_memory_is_flat_over_many_emits(daemon: Daemon) -> None:
    """Thousands of emits, reads and replays of stored records leave the process at its size.

    The records are the same in every round, so that the database and its page cache do not grow. An allocator
    may take more in one round and another, but what leaks is kept in every one of them: the smallest growth
    of a round is compared with what a single copy of its records would take.
    """
    body = {"kind": "test.record.large", "text": "x" * 4096}
    records = [record(body=body) for _ in range(RECORDS)]
    process = psutil.Process(daemon.process.pid)
    for _ in range(2):
        _one_round(daemon, records)
    growths = []
    for _ in range(ROUNDS):
        before = process.memory_info().rss
        _one_round(daemon, records)
        growths.append(process.memory_info().rss - before)
    assert min(growths) < ONE_ROUND / 2, growths


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

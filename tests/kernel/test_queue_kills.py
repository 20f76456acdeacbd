"""Queues under fire: a process that is killed, and many who take from one queue at the same time."""

from __future__ import annotations

import contextlib
import json
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from syncropel.kernel.store.sqlite import SqliteStore

from .postgres_support import opened
from .store_support import run, run_all
from .support import Caller, build_kernel
from .test_store_file import run as start

WORKERS = 4
VICTIM = """
import sys, threading
from pathlib import Path
from tests.kernel.store_support import run
from tests.kernel.support import Caller, build_kernel
from syncropel.kernel.store.sqlite import SqliteStore

ask = Caller(build_kernel(SqliteStore(Path(sys.argv[1]))))
run(ask, "queue.create", name="jobs", max_depth=10**6)
lock = threading.Lock()

def say(what, message_id):
    with lock:
        print(what, message_id, flush=True)

def work(worker):
    while True:
        for _ in range(2):
            say("published", run(ask, "queue.publish", queue="jobs", payload=worker)["message_id"])
        message = run(ask, "queue.consume", queue="jobs", consumer_id=worker)["message"]
        say("taken", message["id"])
        say("acking", message["id"])
        run(ask, "queue.ack", queue="jobs", message_id=message["id"])
        say("acked", message["id"])

for number in range(8):
    threading.Thread(target=work, args=(str(number),), daemon=True).start()
threading.Event().wait()
"""


def test_kill_loses_no_message_and_brings_none_back(tmp_path: Path) -> None:
    """After SIGKILL every message is there unless it was acked, and what was acked never comes again."""
    process = start(VICTIM, str(tmp_path / "hub.db"))
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(200)]
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.wait(30)
    process.stdout.close()
    seen: dict[str, set[str]] = {"published": set(), "taken": set(), "acking": set(), "acked": set()}
    for line in said:
        if line.endswith("\n"):
            what, message_id = line.split()
            seen[what].add(message_id)

    store = SqliteStore(tmp_path / "hub.db")
    kernel = build_kernel(store)
    ask = Caller(kernel)
    rows = store.read(lambda transaction: transaction.execute("SELECT id, state FROM messages"))
    kept = {message_id for message_id, _ in rows}
    assert not kept & seen["acked"]
    assert seen["published"] - seen["acking"] <= kept
    assert seen["taken"] - seen["acking"] <= {message_id for message_id, state in rows if state == 1}
    stats = run(ask, "queue.stats", queue="jobs")
    states = Counter(state for _, state in rows)
    assert (stats["depth"], stats["in_flight"]) == (states[0], states[1])
    assert stats["published"] == stats["depth"] + stats["in_flight"] + stats["acked"]
    # Every message that is left is handed out once more, whoever held it.
    kernel.now.now += 31  # type: ignore[attr-defined]
    handed = []
    while (message := run(ask, "queue.consume", queue="jobs", consumer_id="w")["message"]) is not None:
        handed.append(message["id"])
    assert sorted(handed) == sorted(kept)
    kernel.close()


def drain(ask: Caller, worker: int, taken: list[str], failures: list[BaseException]) -> None:
    """Take and ack until nothing is there, by turns alone and together with others in one request."""
    try:
        while True:
            asked = {"queue": "jobs", "consumer_id": f"w{worker}"}
            outcomes = run_all(ask, [("queue.consume", asked)] * (1 + len(taken) % 3))
            found = [each["payload"]["message"] for each in outcomes]
            messages = [each["id"] for each in found if each is not None]
            if not messages:
                return
            taken += messages
            acks = [
                ("queue.ack", {"queue": "jobs", "message_id": each, "consumer_id": f"w{worker}"})
                for each in messages
            ]
            assert all(each["success"] for each in run_all(ask, acks))
    except BaseException as error:
        failures.append(error)
        raise


def consumed_by_many(callers: list[Caller], count: int) -> list[str]:
    """Publish and let everybody drain one queue, several threads for each caller; return what was taken."""
    run(callers[0], "queue.create", name="jobs")
    published = run_all(callers[0], [("queue.publish", {"queue": "jobs", "payload": "x"})] * count)
    taken: list[list[str]] = [[] for _ in range(WORKERS * len(callers))]
    failures: list[BaseException] = []
    threads = [
        threading.Thread(target=drain, args=(callers[number % len(callers)], number, mine, failures))
        for number, mine in enumerate(taken)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    together = [message_id for mine in taken for message_id in mine]
    assert sorted(together) == sorted(each["payload"]["message_id"] for each in published)
    for ask in callers:
        stats = run(ask, "queue.stats", queue="jobs")
        figures = [stats[name] for name in ("depth", "in_flight", "published", "consumed", "acked", "nacked")]
        assert figures == [0, 0, count, count, count, 0]
    return together


def test_threads_take_each_message_once(tmp_path: Path) -> None:
    """Eight threads on one store take every message exactly once, and the figures are exact."""
    with contextlib.closing(build_kernel(SqliteStore(tmp_path / "hub.db"))) as kernel:
        consumed_by_many([Caller(kernel), Caller(kernel)], 300)


@pytest.mark.postgres
def test_daemons_take_each_message_once(database: str) -> None:
    """The threads of two daemons on one database take every message exactly once."""
    with opened(database) as first, opened(database) as second:
        kernels = [build_kernel(first), build_kernel(second)]
        consumed_by_many([Caller(each) for each in kernels], 200)


@pytest.mark.postgres
def test_daemons_number_the_events_of_a_stream_together(database: str) -> None:
    """Events that two daemons publish at once have all offsets from 0 on, once each, and one order."""
    with opened(database) as first, opened(database) as second:
        callers = [Caller(build_kernel(each)) for each in (first, second)]
        run(callers[0], "stream.create", room="news")
        offsets: list[list[int]] = [[], []]

        def publish(number: int) -> None:
            for index in range(40):
                sent = run(callers[number], "stream.publish", room="news", event="e", data=[number, index])
                offsets[number].append(sent["offset"])

        threads = [threading.Thread(target=publish, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(offsets[0] + offsets[1]) == list(range(80))
        assert all(mine == sorted(mine) for mine in offsets)
        pages = [run(ask, "stream.consume", room="news", subscriber_id="s", limit=100) for ask in callers]
        assert pages[0] == pages[1]
        shown: list[Any] = [json.loads(bytes(each["data"])) for each in pages[0]["events"]]
        for number in (0, 1):
            assert [index for who, index in shown if who == number] == list(range(40))

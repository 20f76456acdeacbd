"""What the tests of batches share: posting them, and a store whose writes can be held back into one group."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Commit, Reply, Request
from syncropel.kernel.store.base import Done, Store, Task
from syncropel.kernel.store.engine import run_group
from syncropel.kernel.store.memory import MemoryStore
from syncropel.kernel.store.writer import Job, finish

BATCH = "/v1/records/batch"
LINES = "application/x-ndjson"


def lines(values: Iterable[Any]) -> bytes:
    """Return values as lines of JSON."""
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def post_lines(
    kernel: Kernel, body: bytes, query: str = "", *, asked: Collection[str] = (), **headers: str
) -> Reply:
    """POST a body of lines, after documents were asked for."""
    sent = {"content-type": LINES, **headers}
    return kernel.handle(Request("POST", f"{BATCH}{query}", sent, body, frozenset(asked)))


def post_array(kernel: Kernel, values: Any, query: str = "") -> Reply:
    """POST an array."""
    return kernel.handle(Request("POST", f"{BATCH}{query}", {}, json.dumps(values).encode()))


class HeldStore(MemoryStore):
    """A memory store whose writes can be held back and then made in one group."""

    def __init__(self) -> None:
        super().__init__()
        self._held: list[Job] | None = None

    def hold(self) -> None:
        """Keep every write from now on."""
        self._held = []

    def let_go(self) -> None:
        """Make the writes that were kept in one group, as a writer that was busy does."""
        jobs, self._held = self._held or [], None
        ran = run_group(self._connection, jobs)
        self._listeners.tell(ran.notes)
        finish(jobs, ran.outcomes)

    def enqueue(self, work: Task[Any], done: Done) -> None:
        """Keep a write, or make it at once."""
        if self._held is None:
            super().enqueue(work, done)
        else:
            self._held.append((work, done))


def listened(store: Store) -> list[Commit]:
    """Return a list that grows with every record that is told."""
    heard: list[Commit] = []
    store.listen(heard.extend)
    return heard


def content(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of a SQLite store."""

    def work(transaction: Any) -> dict[str, list[tuple[Any, ...]]]:
        tables = transaction.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {name: sorted(transaction.execute(f"SELECT * FROM {name}"), key=repr) for (name,) in tables}

    return store.read(work)

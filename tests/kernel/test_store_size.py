"""Cost against size: counted in SQLite's own instructions, so that the machine's mood does not matter."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request
from syncropel.kernel.store.memory import MemoryStore

from .support import Caller, build_kernel, record


def steps(store: MemoryStore, run: Callable[[], object]) -> int:
    """Return how many instructions SQLite ran."""
    counted = 0

    def count() -> int:
        nonlocal counted
        counted += 1
        return 0

    store._connection.set_progress_handler(count, 1)
    run()
    store._connection.set_progress_handler(None, 1)
    return counted


def load(kernel: Kernel, start: int, stop: int) -> None:
    """Emit records over a hundred threads and ten actors."""
    for number in range(start, stop):
        value = record(
            thread=f"t{number % 100}",
            actor=f"did:example:{number % 10}",
            clock=number,
            body={"kind": "a.b.c", "_refs": [{"kind": "@k", "id": f"i:{number}"}]},
        )
        reply = kernel.handle(Request("POST", "/v1/records", {}, json.dumps(value).encode()))
        assert reply.status == 201


def cost(kernel: Kernel, store: MemoryStore, clock: int) -> dict[str, int]:
    """Return the cost of one emit and of each read that must not depend on the size."""
    ask = Caller(kernel)
    old = record(thread="t1", actor="did:example:1", clock=1, body={"other": True})
    reads = {
        "records": "/v1/threads/t1/records?limit=10",
        "since": f"/v1/threads/t1/records?since={clock}",
        "kind": "/v1/records?kind=a.b.c&limit=10",
        "actor": "/v1/records?actor=did:example:1&limit=10",
        "state": "/v1/threads/t1/state",
        "threads": "/v1/threads?limit=10",
        "health": "/health",
    }
    costs = {name: steps(store, lambda target=target: ask.get(target)) for name, target in reads.items()}  # type: ignore[misc]
    costs["refs"] = steps(store, lambda: ask.query(filter={"body._refs.id": "i:5"}))
    costs["watch"] = steps(store, lambda: kernel.watch_page("t1", kernel.last_sequence() - 200, 1))
    costs["emit"] = steps(store, lambda: ask.emit(thread="t1", actor="did:example:1", clock=clock))
    costs["refused"] = steps(store, lambda: ask.post("/v1/records", old))
    return costs


@pytest.mark.timeout(300)
def test_emits_and_reads_cost_the_same_at_any_size() -> None:
    """An emit and a page of ten take as many instructions at twenty thousand records as at two thousand."""
    store = MemoryStore()
    kernel = build_kernel(store)
    load(kernel, 0, 2_000)
    small = cost(kernel, store, 10**9)
    load(kernel, 2_000, 20_000)
    large = cost(kernel, store, 10**9 + 1)
    kernel.close()
    assert small.keys() == large.keys()
    assert all(count > 0 for count in small.values())
    for name, count in small.items():
        assert abs(large[name] - count) <= count // 10, (name, count, large[name])

"""Emits that overlap: the first is held at a gate while the others come to wait, in their order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

from tests.support.colours import Colour
from tests.support.gates import Gate, until, until_sync

Calls = Sequence[dict[str, Any]]


def waiting(client: Any) -> int:
    """Return how many emits wait in the lanes of a client."""
    return sum(len(lane._waiting) for lane in client._lanes.values())


def record(n: int, thread: str = "t", **more: Any) -> dict[str, Any]:
    """Return the arguments of an emit."""
    return {"act": "PUT", "kind": "a.b.c", "body": {"n": n}, "thread": thread, **more}


def crowd(
    colour: Colour, client: Any, gate: Gate, calls: Calls, then: Callable[[], object] = lambda: None
) -> list[Any]:
    """Emit the first record, the others while it is held at the gate, in their order; then open it.

    Returns:
        What each came to, in order: a result, or what was raised.
    """
    gate.shut()
    if colour.name == "async":
        return list(colour.call(by_tasks, client, gate, calls, then))
    return by_threads(client, gate, calls, then)


async def by_tasks(client: Any, gate: Gate, calls: Calls, then: Callable[[], object]) -> list[Any]:
    """Do so as tasks of the running loop; `then` is called while all wait."""
    tasks = [asyncio.create_task(client.emit(**call)) for call in calls]
    await until(lambda: waiting(client) == len(calls) - 1)
    then()
    gate.open()
    return await asyncio.gather(*tasks, return_exceptions=True)


def by_threads(client: Any, gate: Gate, calls: Calls, then: Callable[[], object]) -> list[Any]:
    """Do so on threads; `then` is called while all wait."""
    before = len(gate.seen)
    results: list[Any] = [None] * len(calls)

    def work(index: int, call: dict[str, Any]) -> None:
        try:
            results[index] = client.emit(**call)
        except BaseException as error:
            results[index] = error

    threads = []
    for index, call in enumerate(calls):
        threads.append(threading.Thread(target=work, args=(index, call)))
        threads[-1].start()
        until_sync(lambda index=index: len(gate.seen) > before and waiting(client) == index)
    then()
    gate.open()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return results

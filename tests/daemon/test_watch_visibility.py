"""Streams of readers who see a part of a thread: that part, at once, and nothing about the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from syncropel.daemon.notify import Notifier
from syncropel.kernel.access.visibility import EVERYTHING, Visibility
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request, WatchStart
from syncropel.rules.canonical import canonical_bytes
from tests.kernel.support import record, register
from tests.support.calls import new_kernel

TEAM = Visibility(("team",))
LAG = 5


def emit(kernel: Kernel, clock: int, namespace: str) -> None:
    """Store a record on the thread."""
    value = record(thread="t", clock=clock, body={"kind": "a.b.c", "namespace": namespace})
    assert kernel.handle(Request("POST", "/v1/records", {}, canonical_bytes(value))).status == 201


def followed(
    scenario: Callable[[Kernel, Callable[[str], Awaitable[None]]], Awaitable[None]], seen: Visibility
) -> str:
    """Run a scenario beside a stream of the thread, and return everything that was written to the stream."""
    kernel = new_kernel()
    register(kernel, "team", "other")
    emit(kernel, 0, "other")
    written: list[bytes] = []

    async def run() -> None:
        notifier = Notifier(kernel, heartbeat_seconds=30, max_lag=LAG)
        notifier.open(asyncio.get_running_loop())
        changed = asyncio.Event()

        async def write(data: bytes) -> None:
            written.append(data)
            changed.set()

        async def until(text: str) -> None:
            while text.encode() not in b"".join(written):
                changed.clear()
                await asyncio.wait_for(changed.wait(), 10)

        start = WatchStart("t", 0, head=kernel.last_sequence(), visibility=seen)
        stream = asyncio.create_task(notifier.stream(start, write))
        await until("heartbeat")
        await scenario(kernel, until)
        notifier.close()
        await asyncio.wait_for(stream, 10)
        notifier.release()

    asyncio.run(run())
    kernel.close()
    return b"".join(written).decode()


def test_only_visible_records_come() -> None:
    """Of a thread with records of several namespaces, a reader gets those of his own, as they are stored."""

    async def scenario(kernel: Kernel, until: Callable[[str], Awaitable[None]]) -> None:
        for clock in range(1, 4):
            emit(kernel, 10 * clock, "other")
            emit(kernel, 10 * clock + 1, "team")
            await until(f'"clock":{10 * clock + 1},')

    text = followed(scenario, TEAM)
    assert text.count("record.created") == 3
    assert '"namespace":"other"' not in text
    assert followed(scenario, EVERYTHING).count("record.created") == 7


def test_what_is_not_seen_is_no_lag() -> None:
    """Any number of records out of reach leaves the stream as it is; the next visible one comes through."""

    async def scenario(kernel: Kernel, until: Callable[[str], Awaitable[None]]) -> None:
        for clock in range(1, 4 * LAG):
            emit(kernel, clock, "other")
            # The reader is woken for each; it must not add them up.
            await asyncio.sleep(0)
        emit(kernel, 100, "team")
        await until('"clock":100,')
        for clock in range(101, 101 + 4 * LAG):
            emit(kernel, clock, "other")
            await asyncio.sleep(0)
        emit(kernel, 200, "team")
        await until('"clock":200,')

    text = followed(scenario, TEAM)
    assert "lagged" not in text
    assert text.count("record.created") == 2

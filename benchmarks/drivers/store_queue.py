"""Publish, consume and acknowledge messages, and print the rate of messages and the client's CPU for each.

Usage: store_queue.py CLIENT URL COUNT FIRST

CLIENT is `cycle` (this package) or `synap` (the published `synap-sdk`): 32 tasks, and each publishes a
message, takes one and acknowledges it; or `worker`: 32 tasks publish while this package's `worker` with a
concurrency of 32 works. FIRST numbers the run, whose queue is used by no other. Each message has to come
once, and none may be left.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable

TASKS = 32
CLIENT, URL, COUNT, FIRST = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
QUEUE = f"jobs-{FIRST}"
PAYLOAD = '{"job": %d, "note": "a text of some length, so that the message is about a hundred bytes in all"}'
seen: Counter[str] = Counter()


async def spread(work: Callable[[int], Awaitable[object]]) -> None:
    """Do the work for each number in 32 tasks."""
    numbers = iter(range(COUNT))

    async def labour() -> None:
        for number in numbers:
            await work(number)

    await asyncio.gather(*(labour() for _ in range(TASKS)))


async def cycles(queue: object, identity: str) -> None:
    consumers = itertools.cycle([f"worker-{number}" for number in range(TASKS)])

    async def cycle(number: int) -> None:
        await queue.publish(QUEUE, PAYLOAD % number)
        # What is published before somebody asks is enough for everybody who asks.
        message = await queue.consume(QUEUE, next(consumers))
        found = getattr(message, identity)
        seen[found] += 1
        await queue.ack(QUEUE, found)

    await spread(cycle)


async def worked(queue: object) -> None:
    worker = queue.worker(QUEUE, concurrency=TASKS)

    def handle(message: object) -> None:
        seen[message.message_id] += 1
        if len(seen) == COUNT:
            worker.stop()

    await asyncio.gather(worker.run(handle), spread(lambda number: queue.publish(QUEUE, PAYLOAD % number)))


async def measured() -> dict:
    if CLIENT == "synap":
        from synap_sdk.client import SynapClient
        from synap_sdk.config import SynapConfig

        client = SynapClient(SynapConfig(URL))
        await client.queue.create_queue(QUEUE)
    else:
        from syncropel.store import AsyncSynapClient

        client = AsyncSynapClient(URL)
        await client.queue.create(QUEUE)
    async with client:
        wall, cpu = time.perf_counter(), time.process_time()
        if CLIENT == "worker":
            await worked(client.queue)
        else:
            await cycles(client.queue, "id" if CLIENT == "synap" else "message_id")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        stats = await client.queue.stats(QUEUE)
    done = [len(seen), sum(seen.values()), stats["acked"], COUNT - stats["depth"] - stats["in_flight"]]
    if done != [COUNT] * 4:
        raise SystemExit(f"of {COUNT} messages: {done} different, handed out, acknowledged, not left")
    return {"rate": COUNT / wall, "cpu": cpu / COUNT}


print(json.dumps(asyncio.run(measured())))

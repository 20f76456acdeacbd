"""Set and get keys, and print the rate of commands and the client's CPU for each.

Usage: store_kv.py CLIENT ADDRESS COUNT FIRST sequential|concurrent

CLIENT is `async` or `sync` (this package), `synap` (the published `synap-sdk`) or `redis` (redis-py). COUNT
keys are set, and each is read back and compared; FIRST numbers the run: its keys are used by no other.
`concurrent` does that in 32 tasks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator

TASKS = 32
WARM_UP = 10
CLIENT, ADDRESS, COUNT, FIRST = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
CONCURRENT = sys.argv[5] == "concurrent"


def key(number: int) -> str:
    return f"user:{FIRST}:{number}"


def value(number: int) -> str:
    return f"a value of {number}, of some length, which is about a hundred bytes: a name, a place, a mail"


def figures(wall: float, cpu: float, right: int) -> dict:
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if right != COUNT:
        raise SystemExit(f"only {right} of {COUNT} values were read back as they were set")
    return {"rate": 2 * COUNT / wall, "cpu": cpu / (2 * COUNT)}


def one_after_another(client: object) -> dict:
    def cycle(number: int) -> bool:
        client.set(key(number), value(number))
        return client.get(key(number)) == value(number)

    for number in range(WARM_UP):
        cycle(COUNT + number)
    wall, cpu = time.perf_counter(), time.process_time()
    return figures(wall, cpu, sum(map(cycle, range(COUNT))))


async def measured() -> dict:
    async with opened() as client:

        async def cycle(number: int) -> bool:
            await client.set(key(number), value(number))
            return await client.get(key(number)) == value(number)

        for number in range(WARM_UP):
            await cycle(COUNT + number)
        numbers = iter(range(COUNT))

        async def work() -> int:
            right = 0
            for number in numbers:
                right += await cycle(number)
            return right

        wall, cpu = time.perf_counter(), time.process_time()
        right = sum(await asyncio.gather(*(work() for _ in range(TASKS if CONCURRENT else 1))))
        return figures(wall, cpu, right)


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[object]:
    """What has `set` and `get`."""
    if CLIENT == "redis":
        from redis.asyncio import Redis

        async with Redis(host="127.0.0.1", port=int(ADDRESS), decode_responses=True) as redis:
            yield redis
    elif CLIENT == "synap":
        from synap_sdk.client import SynapClient as Published
        from synap_sdk.config import SynapConfig

        async with Published(SynapConfig(ADDRESS)) as published:
            yield published.kv
    else:
        from syncropel.store import AsyncSynapClient

        async with AsyncSynapClient(ADDRESS) as client:
            yield client.kv


def main() -> dict:
    if CLIENT == "sync":
        from syncropel.store import SynapClient

        with SynapClient(ADDRESS) as client:
            return one_after_another(client.kv)
    if CLIENT == "redis" and not CONCURRENT:
        from redis import Redis

        with Redis(host="127.0.0.1", port=int(ADDRESS), decode_responses=True) as redis:
            return one_after_another(redis)
    return asyncio.run(measured())


print(json.dumps(main()))

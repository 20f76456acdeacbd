"""Deliver records through `syncropel.Client`, and print the rate and the client's CPU for each.

Usage: delivery.py URL COUNT FIRST sequential|awaited|concurrent|many

FIRST numbers the run: its actor and its clocks are used by no other. `sequential` (`emit_sync`), `awaited`
(one `await client.emit` after the other) and `concurrent` work with this package and with the published one;
`many` is this package's `emit_many`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from syncropel import Client, Identity

TASKS = 32
WARM_UP = 10
URL, COUNT, FIRST, MODE = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
BODY = {
    "title": "Glow",
    "artists": ["Zonke", "Somebody Else"],
    "album": "Work of Heart",
    "year": 2015,
    "duration_seconds": 251.5,
    "labels": {"genre": "afro-soul", "mood": "calm", "language": "xh"},
    "note": "a sentence of some length that brings the body to about four hundred bytes in all",
}


def record(number: int) -> dict:
    return {
        "act": "PUT",
        "kind": "music.catalog.track",
        "body": {**BODY, "title": f"Glow {number}"},
        "thread": f"delivery-{number % 8}",
        "clock": number,
    }


def made() -> Client:
    return Client(endpoint=URL, identity=Identity.static(f"did:example:delivery-{FIRST}"))


def figures(wall: float, cpu: float, stored: int) -> dict:
    if stored != COUNT:
        raise SystemExit(f"only {stored} of {COUNT} records were acknowledged")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"rate": COUNT / wall, "cpu": cpu / COUNT}


def sequential() -> dict:
    client = made()
    for number in range(WARM_UP):
        client.emit_sync(**record(COUNT + number))
    wall, cpu = time.perf_counter(), time.process_time()
    stored = sum(client.emit_sync(**record(number)).success for number in range(COUNT))
    found = figures(wall, cpu, stored)
    asyncio.run(closing(client))
    return found


async def closing(client: Client) -> None:
    await client.close()


async def awaited() -> dict:
    return await concurrent(1)


async def concurrent(tasks: int = TASKS) -> dict:
    async with made() as client:
        for number in range(WARM_UP):
            await client.emit(**record(COUNT + number))
        numbers = iter(range(COUNT))

        async def work() -> int:
            stored = 0
            for number in numbers:
                stored += (await client.emit(**record(number))).success
            return stored

        wall, cpu = time.perf_counter(), time.process_time()
        stored = sum(await asyncio.gather(*(work() for _ in range(tasks))))
        return figures(wall, cpu, stored)


async def many() -> dict:
    async with made() as client:
        for number in range(WARM_UP):
            await client.emit(**record(COUNT + number))
        wall, cpu = time.perf_counter(), time.process_time()
        stored = 0
        async for result in client.emit_many(record(number) for number in range(COUNT)):
            stored += result.success
        return figures(wall, cpu, stored)


print(json.dumps(sequential() if MODE == "sequential" else asyncio.run(globals()[MODE]())))

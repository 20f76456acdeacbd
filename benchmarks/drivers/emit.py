"""Emit one record after another through `syncropel.Client`, and print the seconds it took.

Usage: emit.py URL COUNT sync|async. Works with this package and with the published one: both have this API.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from syncropel import Client, Identity

BODY = {
    "title": "Glow",
    "artists": ["Zonke", "Somebody Else"],
    "album": "Work of Heart",
    "year": 2015,
    "duration_seconds": 251.5,
    "labels": {"genre": "afro-soul", "mood": "calm", "language": "xh"},
    "note": "a sentence of some length that brings the body to about four hundred bytes in all",
}


RECORD = {"act": "PUT", "kind": "music.catalog.track", "body": BODY, "thread": "bench", "clock": 1}


def client_for(url: str) -> Client:
    return Client(endpoint=url, identity=Identity.static("did:example:bench"))


def run_sync(url: str, count: int) -> dict:
    client = client_for(url)
    for _ in range(20):
        client.emit_sync(**RECORD)
    wall, cpu = time.perf_counter(), time.process_time()
    sent = sum(client.emit_sync(**RECORD).success for _ in range(count))
    figures = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "sent": sent}
    asyncio.run(closing(client))
    return figures


async def closing(client: Client) -> None:
    await client.close()


async def run_async(url: str, count: int) -> dict:
    async with client_for(url) as client:
        for _ in range(20):
            await client.emit(**RECORD)
        wall, cpu = time.perf_counter(), time.process_time()
        sent = 0
        for _ in range(count):
            sent += (await client.emit(**RECORD)).success
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "sent": sent}


def main() -> None:
    url, count, colour = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    figures = run_sync(url, count) if colour == "sync" else asyncio.run(run_async(url, count))
    if figures["sent"] != count:
        raise SystemExit(f"only {figures['sent']} of {count} emits succeeded")
    print(json.dumps(figures))


main()

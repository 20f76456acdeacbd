"""Emit one record as the first thing a process does, and print what it took since the process was started.

Usage: start.py SPAWNED URL CLOCK sync|async, where SPAWNED is what `time.monotonic` said before the start.
"""

from __future__ import annotations

import sys
import time

SPAWNED, URL, CLOCK, COLOUR = float(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
BODY = {"title": "Glow", "artists": ["Zonke"], "year": 2015}
RECORD = {"act": "PUT", "kind": "music.catalog.track", "body": BODY, "thread": "start", "clock": CLOCK}

if COLOUR == "sync":
    from syncropel import Client, Identity

    client = Client(endpoint=URL, identity=Identity.static("did:example:start"))
    result = client.emit_sync(**RECORD)
else:
    import asyncio

    from syncropel import Client, Identity

    async def emit():
        async with Client(endpoint=URL, identity=Identity.static("did:example:start")) as client:
            return await client.emit(**RECORD)

    result = asyncio.run(emit())
wall, cpu = time.monotonic() - SPAWNED, time.process_time()
if not result.success:
    raise SystemExit(f"the emit failed: {result.error}")
print(f'{{"wall": {wall}, "cpu": {cpu}}}')

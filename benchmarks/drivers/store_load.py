"""Fill a daemon with keys, messages and events, 1,000 commands a request, and print the rate.

Usage: store_load.py PORT COUNT FIRST          standard library only

Sets COUNT keys, publishes COUNT messages to `jobs` and COUNT events to `notes`; their numbers begin at FIRST.
A command that is refused ends the run.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator

PORT, COUNT, FIRST = (int(word) for word in sys.argv[1:4])
TOGETHER = 1000
CONNECTIONS = 4


def commands(kind: str, number: int) -> dict:
    text = f"a value of {number}, of some length, so that it is about seventy bytes in all"
    if kind == "keys":
        return {"command": "kv.set", "payload": {"key": f"key:{number:07}", "value": text}}
    if kind == "messages":
        members = {"queue": "jobs", "payload": text, "encoding": "text", "priority": number % 10}
        return {"command": "queue.publish", "payload": members}
    return {"command": "stream.publish", "payload": {"room": "notes", "event": "note.made", "data": text}}


def requests() -> Iterator[bytes]:
    for start in range(FIRST, FIRST + COUNT, TOGETHER):
        for kind in ("keys", "messages", "events"):
            rows = [commands(kind, number) for number in range(start, min(start + TOGETHER, FIRST + COUNT))]
            envelope = {"command": "batch", "request_id": "load", "payload": {"commands": rows}}
            body = json.dumps(envelope, separators=(",", ":")).encode()
            head = (
                f"POST /api/v1/command HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
            )
            yield head.encode() + body


async def worker(waiting: Iterator[bytes]) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 24)
    done = 0
    for request in waiting:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        body = await reader.readexactly(length)
        done += body.count(b'"error":null') - 1
        if b'"success":false' in body:
            raise SystemExit(f"refused: {body[:500]!r}")
    writer.close()
    return done


async def main() -> None:
    start, waiting = time.perf_counter(), requests()
    done = sum(await asyncio.gather(*(worker(waiting) for _ in range(CONNECTIONS))))
    if done != 3 * COUNT:
        raise SystemExit(f"only {done} of {3 * COUNT} commands were carried out")
    print(json.dumps({"rate": done / (time.perf_counter() - start)}))


asyncio.run(main())

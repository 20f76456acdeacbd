"""Keep many connections busy with ready-made emits, and print the rate. Standard library only.

Usage: load.py PORT CONNECTIONS COUNT [FIRST] [THREADS] [TOKEN]

Every record is unique: FIRST numbers the run, and each connection has an actor of its own. They go to THREADS
threads, `load-0` and so on. An answer that is
not 2xx ends the run, so a rate is never that of refusals.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

PORT, CONNECTIONS, COUNT = (int(word) for word in sys.argv[1:4])
FIRST = int(sys.argv[4]) if len(sys.argv) > 4 else 0
THREADS = int(sys.argv[5]) if len(sys.argv) > 5 else 8
TOKEN = f"authorization: Bearer {sys.argv[6]}\r\n" if len(sys.argv) > 6 else ""


def emits(connection: int, count: int) -> list[bytes]:
    """Return the requests of one connection, head and body."""
    ready = []
    for number in range(count):
        record = {
            "act": "PUT",
            "actor": f"did:example:load-{FIRST}-{connection}",
            "body": {
                "_refs": [{"id": f"isrc:USJI{number:08}", "kind": "@music.track"}],
                "_v": 1,
                "artists": ["Zonke", "Somebody Else"],
                "kind": "music.catalog.track",
                "note": "a sentence of some length that brings the whole record to four hundred bytes",
                "title": f"Glow {number}",
            },
            "clock": number,
            "data_type": "SCALAR",
            "parents": [],
            "thread": f"load-{connection % THREADS}",
        }
        body = json.dumps(record, separators=(",", ":")).encode()
        head = (
            f"POST /v1/records HTTP/1.1\r\nhost: 127.0.0.1:{PORT}\r\ncontent-type: application/json\r\n"
            f"{TOKEN}content-length: {len(body)}\r\n\r\n"
        )
        ready.append(head.encode() + body)
    return ready


class Emitter(asyncio.Protocol):
    """Sends the next request when the answer to the last one is whole."""

    def __init__(self, requests: list[bytes], done: asyncio.Future) -> None:
        self.requests, self.done, self.pending = iter(requests), done, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send_next()

    def send_next(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
        else:
            self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.pending += data
        head, separator, rest = self.pending.partition(b"\r\n\r\n")
        if not separator:
            return
        lower = head.lower()
        start = lower.index(b"content-length:") + 15
        length = int(lower[start:].split(b"\r\n", 1)[0])
        if len(rest) < length:
            return
        if head[9:10] != b"2":
            self.done.set_exception(SystemExit(f"refused: {self.pending[:500]!r}"))
            self.transport.close()
            return
        self.pending = rest[length:]
        self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def main() -> None:
    loop = asyncio.get_running_loop()
    share = COUNT // CONNECTIONS
    batches = [emits(number, share) for number in range(CONNECTIONS)]
    ends = [loop.create_future() for _ in batches]
    start = time.perf_counter()
    for batch, end in zip(batches, ends, strict=True):
        await loop.create_connection(lambda batch=batch, end=end: Emitter(batch, end), "127.0.0.1", PORT)
    await asyncio.gather(*ends)
    wall = time.perf_counter() - start
    print(json.dumps({"rate": share * CONNECTIONS / wall, "sent": share * CONNECTIONS}))


asyncio.run(main())

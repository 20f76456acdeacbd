"""Wait for answers with `Client.infer`, and print how long after each answer was stored it came back.

Usage: infer.py URL COUNT SEED. Works with this package and with the published one: both have this API.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
import time
import urllib.parse
import urllib.request

from syncropel import Client, Identity, InferOptions

NOBODY = "did:example:bench-nobody"
REQUEST = {
    "input": {"goal": "Which way?"},
    "responders": [{"kind": "actor", "did": NOBODY}],
    "fold": {"function": "consensus"},
}
POLL_SECONDS = 0.5
FLOOR_MS = 0.05
"""What counts as the least: the stream may be faster than the receipt of the record."""


def post(url: str, path: str, value: dict) -> dict:
    data = json.dumps(value).encode()
    request = urllib.request.Request(url + path, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def query_of(url: str, thread: str) -> dict:
    """Return the INTEND of a thread as soon as it is there."""
    address = f"{url}/v1/threads/{urllib.parse.quote(thread, safe='')}/records"
    while True:
        with urllib.request.urlopen(address, timeout=30) as answer:
            for row in json.load(answer)["data"]:
                if row["act"] == "INTEND":
                    return row
        time.sleep(0.01)


class Answerer(threading.Thread):
    """Answers the query of one thread at some moment between two polls."""

    def __init__(self, url: str, thread: str, delay: float) -> None:
        super().__init__(daemon=True)
        self.url, self.thread, self.delay = url, thread, delay
        self.stored = 0.0

    def run(self) -> None:
        query = query_of(self.url, self.thread)
        time.sleep(self.delay)
        body = {"kind": "infer.result.v1", "fulfills": query["id"], "answer": "left"}
        record = {"act": "KNOW", "actor": "did:example:bench-engine", "body": body, "thread": self.thread}
        post(self.url, "/v1/records", {**record, "clock": query["clock"] + 1000})
        self.stored = time.perf_counter()


async def waits(url: str, count: int, seed: str) -> list[float]:
    delays = random.Random(seed)
    found = []
    async with Client(endpoint=url, identity=Identity.static("did:example:bench")) as client:
        for number in range(count + 1):
            thread = f"bench-{seed}-{number}"
            answerer = Answerer(url, thread, 0.1 + delays.random() * POLL_SECONDS)
            answerer.start()
            result = await client.infer(REQUEST, InferOptions(thread=thread))
            returned = time.perf_counter()
            answerer.join()
            assert result.answer == "left"
            if number:
                found.append(max(FLOOR_MS, (returned - answerer.stored) * 1000))
    return sorted(found)


def main() -> None:
    url, count, seed = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    post(url, "/v1/actors", {"did": NOBODY, "kind": "actor"})
    found = asyncio.run(waits(url, count, seed))
    p95 = found[min(len(found) - 1, int(len(found) * 0.95))]
    print(json.dumps({"median": found[len(found) // 2], "p95": p95}))


main()

"""Time single requests against a daemon: a thread read of 100 records, and an emit. Standard library only.

Usage: calls.py PORT COUNT FIRST THREAD. Prints the median seconds of each.
"""

from __future__ import annotations

import http.client
import json
import statistics
import sys
import time

PORT, COUNT, FIRST, THREAD = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]


def timed(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None) -> float:
    start = time.perf_counter()
    connection.request(method, path, body, {"content-type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    seconds = time.perf_counter() - start
    if answer.status not in (200, 201):
        raise SystemExit(f"{method} {path}: {answer.status} {text[:300]!r}")
    if method == "GET" and len(json.loads(text)["data"]) != 100:
        raise SystemExit("the thread read did not return 100 records")
    return seconds


def main() -> None:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    reads, emits = [], []
    for number in range(COUNT):
        record = {
            "act": "PUT",
            "actor": f"did:example:calls-{FIRST}",
            "body": {"kind": "music.catalog.track", "title": f"Glow {number}"},
            "clock": number,
            "thread": "calls",
        }
        emits.append(timed(connection, "POST", "/v1/records", json.dumps(record).encode()))
        reads.append(timed(connection, "GET", f"/v1/threads/{THREAD}/records?limit=100", None))
    print(json.dumps({"read": statistics.median(reads), "emit": statistics.median(emits)}))


main()

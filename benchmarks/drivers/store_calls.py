"""Time every operation on keys, queues and streams against a filled daemon: the median of each, in seconds.

Usage: store_calls.py PORT CALLS RUN SIZE          standard library only

The daemon was filled by `store_load.py` with SIZE of each; RUN numbers the run, whose new keys are used by no
other. Every run leaves as many keys and messages as it found.
"""

from __future__ import annotations

import http.client
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

PORT, CALLS, RUN, SIZE = (int(word) for word in sys.argv[1:5])
TEXT = "a value of some length, so that it is about seventy bytes in all, as others"
draw = random.Random(RUN)
connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
taken: list[str] = []
spent: dict[str, list[float]] = {}


def ask(name: str, payload: dict[str, Any]) -> Any:
    body = json.dumps({"command": name, "request_id": "calls", "payload": payload})
    start = time.perf_counter()
    connection.request("POST", "/api/v1/command", body, {"content-type": "application/json"})
    answer = connection.getresponse().read()
    spent.setdefault(name, []).append(time.perf_counter() - start)
    said = json.loads(answer)
    if not said["success"]:
        raise SystemExit(f"{name} was refused: {said['error']}")
    return said["payload"]


def existing() -> str:
    return f"key:{draw.randrange(SIZE):07}"


def keys(number: int) -> None:
    own, other = f"run:{RUN}:{number}", existing()
    ask("kv.set", {"key": own, "value": TEXT})
    ask("kv.set", {"key": other, "value": TEXT, "ttl": 100_000})
    ask("kv.get", {"key": existing()})
    ask("kv.exists", {"key": existing()})
    ask("kv.ttl", {"key": other})
    ask("kv.expire", {"key": existing(), "ttl": 100_000})
    ask("kv.cas", {"key": own, "expected": TEXT, "value": "7"})
    ask("kv.incr", {"key": own})
    ask("kv.mget", {"keys": [existing() for _ in range(20)]})
    ask("kv.mset", {"pairs": [{"key": existing(), "value": TEXT} for _ in range(20)]})
    ask("kv.scan", {"limit": 100, "prefix": "key:", "cursor": None})
    ask("kv.keys", {"pattern": other[:-1] + "*"})
    ask("kv.dbsize", {})
    ask("kv.stats", {})
    ask("kv.del", {"key": own})


def messages(number: int) -> None:
    ask("queue.publish", {"queue": "jobs", "payload": TEXT, "encoding": "text", "priority": number % 10})
    delivery = {"queue": "jobs", "message_id": take()}
    ask("queue.extend", {**delivery, "seconds": 60})
    ask("queue.nack", {**delivery})
    ask("queue.ack", {"queue": "jobs", "message_id": take()})
    ask("queue.stats", {"queue": "jobs"})
    ask("queue.dead_letters", {"queue": "jobs"})


def take() -> str:
    return ask("queue.consume", {"queue": "jobs", "consumer_id": "calls"})["message"]["id"]


def events(number: int) -> None:
    reader = {"room": "notes", "subscriber_id": "calls"}
    ask("stream.publish", {"room": "notes", "event": "note.made", "data": TEXT})
    ask("stream.consume", {**reader, "from_offset": draw.randrange(SIZE - 100), "limit": 100})
    ask("stream.commit", {**reader, "offset": number})
    ask("stream.position", {**reader})
    ask("stream.stats", {"room": "notes"})


def main() -> None:
    kinds: tuple[Callable[[int], None], ...] = (keys, messages, events)
    for number in range(CALLS + 3):
        if number == 3:  # what is done for the first time is not what grows
            spent.clear()
        for kind in kinds:
            kind(number)
    print(json.dumps({name: statistics.median(times) for name, times in spent.items()}))


main()

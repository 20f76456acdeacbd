"""Time the same read on a kernel that asks for a token and on one that does not. Usage: token_check.py COUNT.

Both live in this process on a store in memory each, and take turns in short batches. The token is one of
many that are in use. Prints microseconds of processor time for a request, and what the token adds.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

from syncropel.kernel.access.settings import AccessSettings
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request
from syncropel.kernel.store.memory import MemoryStore
from syncropel.rules.contract import load_openapi, load_routes

COUNT = int(sys.argv[1])
BATCH = 250
TOKENS = 64


def kernel(required: bool) -> Kernel:
    # A burst that is never used up: the bucket is filled and emptied all the same.
    settings = AccessSettings(required=required, requests_per_second=1e9, burst=10**9)
    return Kernel(
        MemoryStore(), routes=load_routes(), openapi=load_openapi(), version="bench", access=settings
    )


def spent(engine: Kernel, requests: list[Request]) -> float:
    start = time.process_time()
    for request in requests:
        if engine.handle(request).status != 404:
            raise SystemExit("the read was not answered as it should be")
    return (time.process_time() - start) / len(requests) * 1e6


def main() -> None:
    guarded, free = kernel(required=True), kernel(required=False)
    tokens = [guarded.mint() for _ in range(TOKENS)]
    target = "/v1/actors/lookup?did=did:example:nobody"
    requests = [
        Request("GET", target, {"host": "x", "authorization": f"Bearer {tokens[number % TOKENS]}"})
        for number in range(BATCH)
    ]
    for engine in (guarded, free):
        spent(engine, requests)
    rounds = max(3, COUNT // BATCH)
    pairs = [(spent(guarded, requests), spent(free, requests)) for _ in range(rounds)]
    mine, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    added = statistics.median(one - other for one, other in pairs)
    print(json.dumps({"guarded": mine, "open": theirs, "added": added}))


main()

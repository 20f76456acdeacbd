"""Ask three responders that answer at once, and print how long a consensus takes from end to end.

Usage: consensus.py URL COUNT [THREAD]; on a new thread each time unless one is named. The three responders
are registrations of the built-in one over its records.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from syncropel import Client, Identity, InferOptions

REQUEST = {
    "input": {"goal": "How many records of kind bench.nothing.there are there?"},
    "responders": [{"kind": "system", "domain": "bench"}],
    "fold": {"function": "consensus", "min_quorum": 3},
}


async def asked(url: str, count: int, thread: str | None) -> list[float]:
    found = []
    async with Client(endpoint=url, identity=Identity.static("did:example:bench")) as client:
        for number in range(3):
            did = f"did:example:bench-{number}"
            await client.register_actor(did, "system", domains=["bench"], config={"builtin": "records"})
        for number in range(count + 5):
            started = time.perf_counter()
            result = await client.infer(REQUEST, InferOptions(thread=thread))
            if number >= 5:
                found.append((time.perf_counter() - started) * 1000)
            assert len(result.provenance) == 3
            assert result.answer == 0
    return sorted(found)


def main() -> None:
    thread = sys.argv[3] if len(sys.argv) > 3 else None
    found = asyncio.run(asked(sys.argv[1], int(sys.argv[2]), thread))
    print(json.dumps({"median": found[len(found) // 2]}))


main()

"""Leave many queries open, read what the daemon uses of a processor meanwhile, then answer all of them.

Usage: waiting.py URL COUNT PID SECONDS. Each query calls three people. Prints the share of one processor in
percent while all wait (`cpu`), and fails when a query is lost.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from syncropel import Client, Identity, InferOptions

PEOPLE = [f"did:example:bench-person-{number}" for number in range(3)]
REQUEST = {
    "responders": [{"did": did} for did in PEOPLE],
    "fold": {"function": "consensus", "min_quorum": 3},
}
NOW = InferOptions(wait=False)
PATIENT = InferOptions(poll_timeout_ms=600_000)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def answers(url: str, did: str, count: int) -> None:
    """Answer every call of one person with the number in its question."""
    async with Client(endpoint=url, identity=Identity.static(did)) as person:
        answered = 0
        async for call in person.inbound():
            await person.respond(call, call.body["input"]["goal"])
            answered += 1
            if answered == count:
                return


async def waits(url: str, count: int, pid: int, seconds: float) -> float:
    async with Client(endpoint=url, identity=Identity.static("did:example:bench")) as client:
        for did in PEOPLE:
            await client.register_actor(did, "actor")
        requests = [{**REQUEST, "input": {"goal": str(number)}} for number in range(count)]
        pending = [await client.infer(request, NOW) for request in requests]
        # Until the last of them is called, the daemon has work to do.
        async for event in client.infer_stream(pending[-1], PATIENT):
            if event.type == "dispatched" and event.responder == PEOPLE[-1]:
                break
        await asyncio.sleep(1.0)
        before = cpu_seconds(pid)
        await asyncio.sleep(seconds)
        used = cpu_seconds(pid) - before
        people = [asyncio.ensure_future(answers(url, did, count)) for did in PEOPLE]
        results = await asyncio.gather(*(client.infer_result(each, PATIENT) for each in pending))
        await asyncio.gather(*people)
        found = [(result.answer, len(result.provenance)) for result in results]
        assert found == [(str(number), 3) for number in range(count)], "a query was lost"
    return used / seconds * 100


def main() -> None:
    url, count, pid, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    print(json.dumps({"cpu": asyncio.run(waits(url, count, pid, seconds))}))


main()

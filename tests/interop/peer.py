"""What the published client does, for the tests to judge: run in an environment of its own.

    python peer.py basics URL              one JSON object on standard output
    python peer.py follow URL THREAD [N]   one JSON object per line, until standard input ends; N: since_clock

The token that it holds is that of the variable PEER_TOKEN, where there is one.

This file runs with the published package, never with the project's own, whose name is the same.
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.metadata
import json
import os
import sys
from typing import Any

from syncropel import Client, Identity, InferOptions, Ref

TOKEN = os.environ.get("PEER_TOKEN", "spl_test_sa_a_b")
ME = Identity.static("did:example:peer")
EMIT = {
    "act": "PUT",
    "kind": "music.catalog.track",
    "body": {"title": "Glow", "artists": ["Zonke"]},
    "refs": [Ref.music_track(isrc="USJI19810404")],
    "thread": "peer.library",
}


async def basics(url: str) -> dict[str, Any]:
    """Use every method that the published client offers for records, and return what came back."""
    seen: dict[str, Any] = {"version": importlib.metadata.version("syncropel")}
    async with Client(endpoint=url, identity=ME, api_key=TOKEN) as client:
        seen["health"] = await client.health()
        seen["emit"] = await client.emit(**EMIT, clock=1)
        seen["again"] = await client.emit(**EMIT, clock=1)
        seen["duplicate"] = await client.emit(**{**EMIT, "body": {"title": "Other"}}, clock=1)
        seen["sync"] = client.emit_sync(**EMIT, clock=2)
        seen["automatic"] = [await client.emit(**EMIT) for _ in range(3)]
        seen["intend"] = await client.intend("Deploy", thread="peer.intent")
        seen["fulfill"] = await client.fulfill("peer.intent", "done", fulfills=seen["intend"].record_id)
        seen["correction"] = await client.emit_correction(
            corrects=[seen["emit"].record_id],
            revised_fields={"title": "Glow (Remastered)"},
            reason="update",
            thread="peer.library",
        )
        seen["erasure"] = await client.emit_erasure(
            erases=[seen["emit"].record_id], reason="request", thread="peer.library"
        )
        seen["thread"] = await client.query_thread("peer.library", limit=2)
        seen["since"] = await client.query_thread("peer.intent", since=2**62)
        seen["query"] = await client.query(thread="peer.library", kind="music.catalog.track")
        seen["where"] = await client.query(
            actor="did:example:peer", thread="peer.library", where={"body.title": "Glow"}
        )
        seen["rich"] = await client.rich_query(
            filter={"body._refs.id": "isrc:USJI19810404", "clock": {"$lte": 2}},
            thread="peer.library",
            sort={"clock": -1},
            limit=5,
            explain=True,
        )
        seen["wrong"] = await client.rich_query(filter={"nonsense": 1})
        seen["search"] = await client.search("glow", k=3)
        query = {
            "input": {"goal": "Summarise"},
            "responders": [{"kind": "llm", "model": "~sonnet"}],
            "fold": {"function": "consensus"},
        }
        seen["infer"] = await client.infer(query, InferOptions(wait=False))
        seen["infer_thread"] = await client.query_thread(seen["infer"].thread_id)
    return seen


async def follow(url: str, thread: str, since_clock: int | None) -> None:
    """Subscribe to a thread and tell every event, until standard input ends."""
    async with Client(endpoint=url, identity=ME, api_key=TOKEN) as client:
        subscription = client.subscribe(
            thread,
            lambda record: tell({"record": record}),
            since_clock=since_clock,
            on_open=lambda: tell({"event": "open"}),
            on_heartbeat=lambda: tell({"event": "heartbeat"}),
            on_error=lambda error: tell({"event": error.reason, "message": error.message}),
            reconnect_base_s=0.02,
            reconnect_max_s=0.1,
        )
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        cursor = subscription.cursor
        subscription.close()
        await subscription.wait_closed(timeout=10)
        tell({"event": "closed", "cursor": cursor})


def tell(value: Any) -> None:
    """Write a value as one line of JSON."""
    print(json.dumps(value, default=dataclasses.asdict), flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "basics":
        tell(asyncio.run(basics(sys.argv[2])))
    else:
        since = int(sys.argv[4]) if len(sys.argv) > 4 else None
        asyncio.run(follow(sys.argv[2], sys.argv[3], since))

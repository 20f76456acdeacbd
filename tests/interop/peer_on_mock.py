"""The published client on this project's mock, in one process although both packages have the same name.

python peer_on_mock.py SITE_PACKAGES_OF_THE_PUBLISHED_CLIENT      one JSON object on standard output
"""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
import json
import sys
from typing import Any


def load(site_packages: str) -> tuple[Any, Any]:
    """Return the published package, and this project's `syncropel.testing`."""
    ours = sys.path[:]
    sys.path.insert(0, site_packages)
    published = importlib.import_module("syncropel")
    # What is loaded keeps working; only the name is free again.
    for name in [name for name in sys.modules if name.partition(".")[0] == "syncropel"]:
        del sys.modules[name]
    sys.path[:] = ours
    importlib.invalidate_caches()
    return published, importlib.import_module("syncropel.testing")


async def use(published: Any, testing: Any) -> dict[str, Any]:
    """Let the published client do on the mock what its users' tests do."""
    kernel = testing.MockKernel()
    emit = {"act": "PUT", "kind": "music.catalog.track", "body": {"title": "Glow"}, "thread": "my-thread"}
    got: list[Any] = []
    arrived = asyncio.Event()

    def callback(record: Any) -> None:
        got.append(record["clock"])
        arrived.set()

    async with published.Client(
        endpoint="mock://",
        identity=published.Identity.static("did:example:test"),
        transport=kernel.transport(),
        backoff_ms=0,
    ) as client:
        seen: dict[str, Any] = {"published": published.__file__, "mock": testing.__file__}
        seen["emit"] = await client.emit(**emit, clock=1)
        seen["sync"] = client.emit_sync(**emit, clock=2)
        kernel.fail_next_post(2)
        seen["retried"] = await client.emit(**emit, clock=3)
        kernel.fail_next_get()
        seen["failed"] = await client.query_thread("my-thread")
        seen["thread"] = await client.query_thread("my-thread")
        seen["query"] = await client.query(thread="my-thread", kind="music.catalog.track")
        seen["health"] = await client.health()
        subscription = client.subscribe("my-thread", callback, since_clock=2, reconnect_base_s=0.001)
        await asyncio.wait_for(arrived.wait(), 20)
        subscription.close()
    seen["kinds"] = [record["body"]["kind"] for record in kernel.records]
    seen["by_attribute"] = [record.body["kind"] for record in kernel.records_in("my-thread")]
    seen["watched"] = got[0]
    return seen


if __name__ == "__main__":
    print(json.dumps(asyncio.run(use(*load(sys.argv[1]))), default=dataclasses.asdict))

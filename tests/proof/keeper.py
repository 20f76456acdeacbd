"""One process that emits through an outbox until its standard input ends.

`python -m tests.proof.keeper CONFIG`, where CONFIG is JSON text.

With the task `deliver` it emits nothing, and ends with 0 when the outbox is empty and has no dead letters.
"""

from __future__ import annotations

import json
import random
import select
import sys
from pathlib import Path
from typing import Any

from syncropel import Identity, Outbox, SyncClient
from tests.proof.notes import Notes, body_of, choose_client
from tests.proof.writers import KIND

DELIVER_SECONDS = 60.0


def main(config: dict[str, Any]) -> int:
    """Run one process of a keeper; return its exit code."""
    choose_client(config["native"])
    outbox = Outbox(Path(config["outbox"]))
    if config["task"] == "deliver":
        return deliver(outbox, config)
    with client_of(outbox, config, config["endpoints"][0]) as client:
        emit(client, config)
    return 0


def client_of(outbox: Outbox, config: dict[str, Any], endpoint: str) -> SyncClient:
    """Return a client that keeps what it cannot deliver."""
    identity = Identity.static(f"did:example:{config['keeper']}")
    return SyncClient(
        endpoint=endpoint, identity=identity, timeout=2.0, max_retries=1, backoff_ms=50, outbox=outbox
    )


def deliver(outbox: Outbox, config: dict[str, Any]) -> int:
    """Deliver what is kept, for every endpoint; return 1 when something stays."""
    for endpoint in config["endpoints"]:
        with client_of(outbox, config, endpoint) as client:
            print(client.flush(DELIVER_SECONDS), client.stats, flush=True)
    totals = outbox.totals()
    print(totals, flush=True)
    return int(totals.waiting > 0 or totals.dead > 0)


def emit(client: SyncClient, config: dict[str, Any]) -> None:
    """Emit until the standard input ends."""
    notes = Notes(Path(config["notes"]))
    name, chance = config["name"], random.Random(config["seed"])
    n = 0
    while not select.select([sys.stdin], [], [], chance.expovariate(1 / config["pause"]))[0]:
        n += 1
        thread = chance.choice(config["threads"])
        notes.call(name, n, thread, lane=f"{name}/{thread}")
        send = client.emit_nowait if chance.random() < 0.3 else client.emit
        notes.result(name, n, send("KNOW", KIND, body_of(name, n), thread))


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))

"""The ways in which records are emitted: one after the other, many at a time, in bundles, from threads."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncropel import Client, Identity, Outbox, SyncClient
from syncropel.rules.records import build_record
from syncropel.transport.results import EmitResult
from tests.proof.history import ACKED, REFUSED, UNKNOWN
from tests.proof.notes import Notes, body_of

KIND = "proof.record.made"
BUNDLE = 12
AT_ONCE = 6
STREAM = 120
AFTER_FAILURE = 10.0
AT_ONCE_KEPT = 0.3


@dataclass
class Writing:
    """What a writer has to work with.

    Attributes:
        acked: Ids of acknowledged records, for the readers.
        outbox: A file for an outbox, whose name is the writer's.
        n: The number of the last record.
        healthy: Whether the last outcome was good.
    """

    name: str
    threads: list[str]
    pause: float
    seed: int
    notes: Notes
    enough: asyncio.Event
    client: Callable[..., Client]
    acked: list[str]
    outbox: Path
    n: int = 0
    healthy: bool = True
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def next(self, **more: Any) -> tuple[int, str]:
        """Note that the next record is about to be given away; return its number and thread."""
        self.n += 1
        thread = self.random.choice(self.threads)
        if "lane" in more:
            more["lane"] = f"{self.name}/{thread}"
        self.notes.call(self.name, self.n, thread, **more)
        return self.n, thread

    def done(self, n: int, result: EmitResult) -> str:
        """Note what became of a record."""
        outcome = self.notes.result(self.name, n, result)
        self.healthy = result.success
        if outcome == ACKED and result.record_id is not None:
            self.acked.append(result.record_id)
        return outcome

    async def rest(self, times: float = 1.0) -> None:
        """Wait a moment; longer after a failure, so that not all attempts are made while nobody listens."""
        await asyncio.sleep(self.random.expovariate(1 / self.pause) * times)


async def one(writing: Writing, client: Client) -> EmitResult:
    """Emit one record."""
    n, thread = writing.next()
    result = await client.emit("KNOW", KIND, body_of(writing.name, n), thread)
    writing.done(n, result)
    return result


async def lone(writing: Writing) -> None:
    """One record after the other; now and then one again, and now and then one on a clock that is taken."""
    async with writing.client(writing.name) as client:
        while not writing.enough.is_set():
            result = await one(writing, client)
            if result.success and writing.random.random() < 0.1:
                await again(writing, client, result)
            await writing.rest(1.0 if result.success else AFTER_FAILURE)


async def again(writing: Writing, client: Client, first: EmitResult) -> None:
    """Send an acknowledged record again, then another one on its clock."""
    actor = f"did:example:{writing.name}"
    made = build_record(
        act="KNOW",
        actor=actor,
        kind=KIND,
        body=body_of(writing.name, writing.n),
        thread=first.thread,
        clock=first.clock or 0,
    )
    second = await client.emit_draft(made)
    if second.success and (second.created or second.record_id != first.record_id):
        writing.notes.write("trouble", text=f"a known record was taken for a new one: {first} {second}")
    writing.n += 1
    n = writing.n
    writing.notes.call(writing.name, n, first.thread)
    refused = await client.emit("KNOW", KIND, body_of(writing.name, n), first.thread, clock=first.clock)
    if writing.done(n, refused) == ACKED:
        writing.notes.write("trouble", text=f"two records were acknowledged on one clock: {first} {refused}")


async def crowd(writing: Writing) -> None:
    """Several tasks that share one client, so that what they emit may travel together."""

    async def task(client: Client) -> None:
        while not writing.enough.is_set():
            result = await one(writing, client)
            await writing.rest(1.0 if result.success else AFTER_FAILURE)

    async with writing.client(writing.name) as client:
        await asyncio.gather(*(task(client) for _ in range(AT_ONCE)))


async def many(writing: Writing) -> None:
    """Streams of records, handed over as the client asks for them."""

    async def items(numbers: list[int]) -> AsyncIterator[dict[str, Any]]:
        for _ in range(STREAM):
            if writing.enough.is_set():
                return
            await writing.rest(0.1 if writing.healthy else AFTER_FAILURE)
            n, thread = writing.next(lane=True)
            numbers.append(n)
            body = body_of(writing.name, n)
            yield {"act": "KNOW", "kind": KIND, "body": body, "thread": thread}

    async with writing.client(writing.name) as client:
        while not writing.enough.is_set():
            numbers: list[int] = []
            count = 0
            async for result in client.emit_many(items(numbers), chunk=40):
                writing.done(numbers[count], result)
                count += 1
            if count != len(numbers):
                writing.notes.write("trouble", text=f"{len(numbers)} records gave {count} outcomes")
            await writing.rest(5.0)


async def bundles(writing: Writing) -> None:
    """Requests of several records that are stored all or not at all, without a client of ours."""
    endpoint = writing.client(writing.name).endpoint
    while not writing.enough.is_set():
        lines, numbers, bundle = [], [], f"{writing.name}/{writing.n}"
        for _ in range(BUNDLE):
            n, thread = writing.next(bundle=bundle)
            numbers.append(n)
            wire = {"act": "KNOW", "actor": f"did:example:{writing.name}", "thread": thread, "clock": n}
            lines.append({**wire, "body": {**body_of(writing.name, n), "kind": KIND}})
        outcome, ids = await asyncio.to_thread(post_bundle, endpoint, lines)
        for n, record in zip(numbers, ids or itertools.repeat(None), strict=False):
            writing.notes.end(writing.name, n, outcome, record)
        writing.acked += ids
        await writing.rest(5.0 if ids else AFTER_FAILURE)


def post_bundle(endpoint: str, records: list[dict[str, Any]]) -> tuple[str, list[str]]:
    """Post records to be stored all or not at all; return the outcome, and their ids if they are stored."""
    content = "\n".join(map(json.dumps, records)).encode()
    headers = {"content-type": "application/x-ndjson"}
    request = urllib.request.Request(f"{endpoint}/v1/records/batch?atomic=true", content, headers)
    try:
        with urllib.request.urlopen(request, timeout=4) as reply:
            answer = json.loads(reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return (REFUSED if error.code in (400, 413) else UNKNOWN), []
    except (OSError, ValueError):
        return UNKNOWN, []
    except Exception as error:  # http.client has errors that are neither, such as a torn answer
        if type(error).__module__ != "http.client":
            raise
        return UNKNOWN, []
    return ACKED, [item["id"] for item in answer["data"]]


async def kept(writing: Writing) -> None:
    """One record after the other through an outbox, some of them without waiting for the daemon at all."""
    async with writing.client(writing.name, outbox=Outbox(writing.outbox)) as client:
        while not writing.enough.is_set():
            n, thread = writing.next(lane=True)
            body = body_of(writing.name, n)
            if writing.random.random() < AT_ONCE_KEPT:
                result = await client.emit_nowait("KNOW", KIND, body, thread)  # type: ignore[misc]
            else:
                result = await client.emit("KNOW", KIND, body, thread)
            writing.done(n, result)
            await writing.rest()


async def threads(writing: Writing) -> None:
    """Operating system threads that share one synchronous client."""
    endpoint = writing.client(writing.name).endpoint
    identity = Identity.static(f"did:example:{writing.name}")

    def emit(client: SyncClient, part: Writing) -> None:
        while not writing.enough.is_set():
            n, thread = part.next()
            result = client.emit("KNOW", KIND, body_of(part.name, n), thread)
            part.done(n, result)
            times = 1.0 if result.success else AFTER_FAILURE
            stop.wait(part.random.expovariate(1 / part.pause) * times)

    import threading

    stop = threading.Event()
    with SyncClient(endpoint=endpoint, identity=identity, timeout=4.0, backoff_ms=50) as client:
        await asyncio.gather(*(asyncio.to_thread(emit, client, part) for part in _parts(writing, 3)))


def _parts(writing: Writing, count: int) -> Iterator[Writing]:
    for number in range(count):
        yield Writing(
            f"{writing.name}.{number}",
            writing.threads,
            writing.pause,
            writing.random.getrandbits(32),
            writing.notes,
            writing.enough,
            writing.client,
            writing.acked,
            writing.outbox,
        )


WRITERS: dict[str, Callable[[Writing], Awaitable[None]]] = {
    "lone": lone,
    "crowd": crowd,
    "many": many,
    "bundles": bundles,
    "threads": threads,
    "kept": kept,
}

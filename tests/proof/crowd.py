"""One process full of clients: writers, readers and watchers, until its standard input says: enough.

`python -m tests.proof.crowd CONFIG`, where CONFIG is a JSON file; see `Config`. Words on standard input:
`settle` ends the writing and the reading (it answers `settled`), `finish {"watcher": sequence}` waits until
every watcher has got its thread up to there, and ends the process. The end of the input ends it at once.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncropel import Client, Identity
from syncropel.errors import NotFoundError, SyncropelError
from tests.proof.history import digest_of
from tests.proof.notes import Notes, choose_client, is_sound
from tests.proof.writers import WRITERS, Writing

CATCH_UP_SECONDS = 40.0


@dataclass(frozen=True)
class Config:
    """What a crowd is to do.

    Attributes:
        name: Of this crowd; its writers' names begin with it.
        seed: Of all its choices.
        endpoints: Where the daemons are.
        threads: Which threads are written to.
        writers: How many of each kind in `WRITERS`.
        readers: How many readers.
        watchers: How many watchers of each thread; every second one asks for the whole thread.
        pause: Seconds between two calls of a writer, on average.
        native: Whether requests may go the short way, through the compiled parser.
        notes: Where to note down what happens.
    """

    name: str
    seed: int
    endpoints: list[str]
    threads: list[str]
    writers: dict[str, int]
    readers: int
    watchers: int
    pause: float
    native: bool
    notes: str


class Crowd:
    """The clients of one process."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.random = random.Random(config.seed)
        self.notes = Notes(Path(config.notes))
        self.enough = asyncio.Event()
        self.progress: dict[str, int] = {}
        self.moved = asyncio.Event()
        self.acked: list[str] = []

    def client(self, name: str, **options: Any) -> Client:
        """Return a client of one of the daemons."""
        identity = Identity.static(f"did:example:{name}")
        endpoint = self.random.choice(self.config.endpoints)
        return Client(endpoint=endpoint, identity=identity, timeout=4.0, backoff_ms=50, **options)

    async def run(self, words: asyncio.StreamReader) -> None:
        """Do everything, told by the words."""
        busy = [asyncio.create_task(self.guard(work)) for work in self._busy()]
        watching = [asyncio.create_task(self.guard(work)) for work in self._watching()]
        told = asyncio.create_task(words.readline())
        await told
        self.enough.set()
        await asyncio.wait(busy, timeout=60)
        for task in busy:
            if not task.done():
                self.notes.write(
                    "trouble", text=f"a client did not come to an end: {task.get_stack(limit=3)}"
                )
                task.cancel()
        print("settled", flush=True)
        _, _, targets = (await words.readline()).decode().partition(" ")
        if targets:
            await self._caught_up(json.loads(targets))
        for task in watching:
            task.cancel()
        await asyncio.wait(watching, timeout=10)

    async def guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run one client; what it raises is a trouble of the client, and noted."""
        try:
            await work()
        except Exception:  # any error of a client is a finding; the others go on
            self.notes.write("trouble", text=traceback.format_exc(limit=-6))

    def _busy(self) -> list[Callable[[], Awaitable[None]]]:
        config = self.config
        found: list[Callable[[], Awaitable[None]]] = []
        for kind, count in config.writers.items():
            for number in range(count):
                name = f"{config.name}-{kind}-{number}"
                seed = self.random.getrandbits(32)
                outbox = Path(config.notes).with_name(f"{name}.outbox")
                writing = Writing(
                    name,
                    config.threads,
                    config.pause,
                    seed,
                    self.notes,
                    self.enough,
                    self.client,
                    self.acked,
                    outbox,
                )
                found.append(lambda kind=kind, writing=writing: WRITERS[kind](writing))  # type: ignore[misc]
        for number in range(config.readers):
            found.append(lambda number=number: self._read(f"{config.name}-reader-{number}"))  # type: ignore[misc]
        return found

    def _watching(self) -> list[Callable[[], Awaitable[None]]]:
        found: list[Callable[[], Awaitable[None]]] = []
        for thread in self.config.threads:
            for number in range(self.config.watchers):
                name = f"{self.config.name}-watcher-{thread}-{number}"
                found.append(
                    lambda name=name, thread=thread, whole=number % 2 == 0: self._watch(name, thread, whole)  # type: ignore[misc]
                )
        return found

    async def _watch(self, name: str, thread: str, whole: bool) -> None:
        self.notes.write("watch", name=name, thread=thread, whole=whole)
        self.progress[name] = 0
        opened = False

        def open_() -> None:
            nonlocal opened
            if not opened:
                self.notes.write("open", name=name, at=time.monotonic())
            opened = True

        def seen(record: Any) -> None:
            self.notes.write(
                "seen", name=name, sequence=record.sequence, id=record.id, sound=is_sound(record)
            )
            self.progress[name] = max(self.progress[name], record.sequence)
            self.moved.set()

        async with self.client(name) as client:
            subscription = client.subscribe(
                thread,
                seen,
                since_clock=0 if whole else None,
                # The first heartbeat comes when the stream stands; an open connection alone promises nothing.
                on_heartbeat=open_,
                reconnect_base_s=0.1,
                reconnect_max_s=1.0,
                heartbeat_timeout_s=20.0,
            )
            await subscription.wait_closed()
            if subscription.error is not None:
                raise subscription.error

    async def _caught_up(self, targets: dict[str, int]) -> None:
        deadline = time.monotonic() + CATCH_UP_SECONDS

        def behind() -> list[str]:
            return [name for name, target in targets.items() if self.progress.get(name, 0) < target]

        while behind() and time.monotonic() < deadline:
            self.moved.clear()
            try:
                await asyncio.wait_for(self.moved.wait(), 0.5)
            except asyncio.TimeoutError:
                continue
        # Whoever would be given one record too many is given it now.
        await asyncio.sleep(0.3)

    async def _read(self, name: str) -> None:
        clients = [self.client(name) for _ in self.config.endpoints]
        while not self.enough.is_set():
            client = self.random.choice(clients)
            await asyncio.sleep(self.random.expovariate(1 / self.config.pause) * 4)
            if self.acked and self.random.random() < 0.5:
                await self._look_up(name, client, self.random.choice(self.acked[-200:]))
            else:
                await self._list(name, client, self.random.choice(self.config.threads))
        for client in clients:
            await client.aclose()

    async def _look_up(self, name: str, client: Client, record_id: str) -> None:
        began = time.monotonic()
        record = await client.record(record_id)
        if record is not None or isinstance(client.last_error, NotFoundError):
            self.notes.write("lookup", reader=name, id=record_id, began=began, found=record is not None)

    async def _list(self, name: str, client: Client, thread: str) -> None:
        began = time.monotonic()
        ids: list[str] = []
        try:
            async for record in client.iter_records(thread, page_size=self.random.choice([50, 200, 1000])):
                ids.append(record.id)
        except SyncropelError:
            return  # a reading that failed says nothing
        ended = time.monotonic()
        self.notes.write(
            "read",
            reader=name,
            thread=thread,
            began=began,
            ended=ended,
            size=len(ids),
            digest=digest_of(ids),
        )


async def main(path: str) -> None:
    """Run the crowd of a configuration."""
    config = Config(**json.loads(Path(path).read_text(encoding="utf-8")))
    choose_client(config.native)
    words = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(words), sys.stdin)
    await Crowd(config).run(words)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

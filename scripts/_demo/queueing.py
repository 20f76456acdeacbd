"""A queue in the demo: work that is published, done, and done again where a worker failed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from syncropel.cli.queue_rows import queues_table
from syncropel.store import SynapClient

if TYPE_CHECKING:
    from _demo.story import Stage
    from syncropel.store import Message

_QUEUE = "demo.reviews"


def review(stage: Stage, url: str, files: Sequence[str]) -> dict[str, Any]:
    """Publish a message for each file, work through them, fail once, and return what came of it."""
    stage.heading("Work for others: a queue")
    stage.code('queue.publish("demo.reviews", file); queue.worker("demo.reviews").run(handler)')
    with SynapClient(url, api_key="") as client:
        client.queue.delete(_QUEUE)  # of a run that was interrupted
        client.queue.create(_QUEUE)
        began = time.perf_counter()
        for file in files:
            client.queue.publish(_QUEUE, file)
        tries = _worked(client, len(files))
        took = time.perf_counter() - began
        figures = client.queue.stats(_QUEUE)
        stage.console.print(queues_table([{"queue": _QUEUE, **figures}], stage.console.width))
        client.queue.delete(_QUEUE)
    again = sum(count - 1 for count in tries.values())
    stage.line(f"{len(tries)} files reviewed in {took * 1000:,.0f} ms, each step of each message on disk")
    stage.line(f"{again} of them was handed out again: its worker failed the first time")
    return {"messages": len(files), "acked": figures.acked, "handed_out_again": again}


def _worked(client: SynapClient, expected: int) -> dict[str, int]:
    """Return how often each message was tried until it was done; the very first try fails."""
    tries: dict[str, int] = {}
    worker = client.queue.worker(_QUEUE, handle_signals=False)

    def handle(message: Message) -> None:
        tries[message.text] = tries.get(message.text, 0) + 1
        if sum(tries.values()) == 1:
            raise RuntimeError("a worker that fails")
        if sum(tries.values()) == expected + 1:
            worker.stop()

    worker.run(handle, on_error=lambda *_: None)
    return tries

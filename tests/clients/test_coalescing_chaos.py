"""Emits that travel together over a network that loses, delays and refuses at random."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import Any

import httpx
import pytest

from syncropel import EmitResult
from syncropel.testing import MockKernel
from syncropel.transport.lanes import Board
from tests.support.colours import Colour
from tests.support.gates import MANIFEST, Gate, until


class Chaos(Gate):
    """Delays, lost requests, lost answers and refusals, at random."""

    def __init__(self, kernel: MockKernel, seed: int) -> None:
        super().__init__(kernel)
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def _plan(self) -> tuple[float, float]:
        with self._lock:
            slow = self._random.random() > 0.7
            return self._random.random(), self._random.random() * 0.05 * slow

    def _end(self, chance: float, request: httpx.Request, response: httpx.Response) -> httpx.Response:
        if chance < 0.16:
            raise httpx.ReadError("the answer is lost")
        return httpx.Response(503, text="busy", request=request) if chance < 0.22 else response

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a thread, or not."""
        chance, delay = self._plan()
        time.sleep(delay)
        if chance < 0.08 and request.url.path != MANIFEST:
            raise httpx.ReadError("the request is lost")
        response = super().handle_request(request)
        return response if request.url.path == MANIFEST else self._end(chance, request, response)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a task, or not."""
        chance, delay = self._plan()
        await asyncio.sleep(delay)
        if chance < 0.08 and request.url.path != MANIFEST:
            raise httpx.ReadError("the request is lost")
        response = await super().handle_async_request(request)
        return response if request.url.path == MANIFEST else self._end(chance, request, response)


@pytest.mark.parametrize("seed", [1, 2])
def test_chaos_ends_in_outcomes(
    colour: Colour, kernel: MockKernel, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Whatever is lost, late, refused or cancelled: each emit ends, and what it calls stored is."""
    monkeypatch.setattr(Board, "patience", 0.005)
    client = colour.client(transport=Chaos(kernel, seed), max_retries=3, backoff_ms=3)
    chosen = random.Random(seed)
    outcomes: list[EmitResult | None] = []

    def call(worker: int, n: int) -> dict[str, Any]:
        body = {"worker": worker, "n": n}
        timeout = chosen.choice([9.0, 9.0, 0.03])
        return {"act": "PUT", "kind": "a.b.c", "body": body, "thread": f"t{worker % 4}", "timeout": timeout}

    async def task(worker: int) -> None:
        for n in range(10):
            emit = asyncio.ensure_future(client.emit(**call(worker, n)))
            if chosen.random() < 0.1:
                await asyncio.sleep(0.003)
                emit.cancel()
            try:
                outcomes.append(await emit)
            except asyncio.CancelledError:
                outcomes.append(None)

    async def tasks() -> None:
        await asyncio.gather(*(task(worker) for worker in range(12)))
        await until(lambda: len(asyncio.all_tasks()) == 1)

    if colour.name == "async":
        colour.call(tasks)
    else:
        threads = [
            threading.Thread(
                target=lambda w=worker: outcomes.extend(client.emit(**call(w, n)) for n in range(10))
            )
            for worker in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(outcomes) == 120
    stored = {row.id for row in kernel.records}
    said = [outcome.record_id for outcome in outcomes if outcome]
    assert set(said) <= stored
    assert len(set(said)) == len(said) > 60
    assert all(lane.idle for lane in client._lanes.values())
    assert client.stats.coalesced > 0

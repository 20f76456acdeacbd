"""A transport in front of a mock kernel that a test can hold up, and whose requests it can look at."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from syncropel.testing import MockKernel

PATIENCE = 20.0
MANIFEST = "/v1/capabilities"
ONE = "/v1/records"
MANY = "/v1/records/batch"


class Gate(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Passes requests to a kernel, one after the other let through when `closed` is not set.

    Attributes:
        closed: While it is true, requests that `holds` names wait.
        seen: Path and decoded lines of every request, in order of arrival.
        answer: Gives an answer in the kernel's place, or None.
    """

    def __init__(self, kernel: MockKernel) -> None:
        self._kernel = kernel.transport()
        self._open = threading.Event()
        self._open.set()
        self.seen: list[tuple[str, list[Any]]] = []
        self.answer: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
        self.holds: Callable[[httpx.Request], bool] = lambda request: True

    def shut(self) -> None:
        """Let requests wait from now on."""
        self._open.clear()

    def open(self) -> None:
        """Let every request through."""
        self._open.set()

    def paths(self) -> list[str]:
        """Return the path of every request so far."""
        return [path for path, _ in self.seen]

    def records(self) -> list[Any]:
        """Return every record that was sent, in order."""
        return [record for _, records in self.seen for record in records]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a thread."""
        self._note(request, request.read())
        if self.holds(request):
            assert self._open.wait(PATIENCE), "the test did not open the gate"
        return self.answer(request) or self._kernel.handle_request(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a task."""
        self._note(request, await request.aread())
        if self.holds(request):
            await until(self._open.is_set)
        await asyncio.sleep(0)  # a real one always suspends
        return self.answer(request) or await self._kernel.handle_async_request(request)

    def _note(self, request: httpx.Request, content: bytes) -> None:
        self.seen.append((request.url.path, [json.loads(line) for line in content.splitlines()]))


async def until(true: Callable[[], object]) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        await asyncio.sleep(0.002)


def until_sync(true: Callable[[], object]) -> None:
    """Wait until something is true, on a thread."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.002)

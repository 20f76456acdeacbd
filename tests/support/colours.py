"""Both colours of the client behind one plain interface, so that a test is written once and run twice.

def test_something(colour):
client = colour.client(endpoint=server.url)
result = colour.call(client.emit, "PUT", "a.b.c", {}, "t")
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from syncropel import Client, Identity, SyncClient

DID = "did:example:test"


class Colour:
    """Makes clients of one colour and drives them. Everything it made is closed by `close`."""

    name = "sync"

    def __init__(self) -> None:
        self._clients: list[Any] = []

    def client(self, **options: Any) -> Any:
        """Return a client; `endpoint` is `http://mock` and the identity a test DID unless given."""
        options.setdefault("endpoint", "http://mock")
        options.setdefault("identity", Identity.static(DID))
        options.setdefault("backoff_ms", 0)
        client = self.make(**options)
        self._clients.append(client)
        return client

    def make(self, **options: Any) -> Any:
        """Return a client with exactly these options."""
        return SyncClient(**options)

    def call(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call a method and return its result."""
        return method(*arguments, **named)

    def collect(self, iterator: Any, count: int | None = None) -> list[Any]:
        """Return the items of an iterator, or the first `count` of them."""
        found = []
        try:
            for item in iterator:
                found.append(item)
                if len(found) == count:
                    break
        finally:
            iterator.close()
        return found

    def close(self) -> None:
        """Close every client."""
        for client in self._clients:
            self.call(client.close)


class AsyncColour(Colour):
    """The same on an event loop of its own, which runs only while a call is under way."""

    name = "async"

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()

    def make(self, **options: Any) -> Any:
        """Return a client with exactly these options."""
        return Client(**options)

    def call(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call a method on the loop and return its result."""

        async def run() -> Any:
            result = method(*arguments, **named)
            return await result if inspect.isawaitable(result) else result

        return self._loop.run_until_complete(run())

    def collect(self, iterator: Any, count: int | None = None) -> list[Any]:
        """Return the items of an asynchronous iterator, or the first `count` of them."""

        async def run() -> list[Any]:
            found = []
            try:
                async for item in iterator:
                    found.append(item)
                    if len(found) == count:
                        break
            finally:
                await iterator.aclose()
            return found

        return self._loop.run_until_complete(run())

    def close(self) -> None:
        """Close every client, then the loop."""
        super().close()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        # A generator that was let go of shortly before is closed by a task of the loop's own: asyncio.run
        # sees to that, and here nobody else does. Whatever else is left is somebody's mistake, and warns.
        for task in asyncio.all_tasks(self._loop):
            if type(task.get_coro()).__name__ == "async_generator_athrow":
                self._loop.run_until_complete(task)
        self._loop.close()


COLOURS: dict[str, type[Colour]] = {"async": AsyncColour, "sync": Colour}

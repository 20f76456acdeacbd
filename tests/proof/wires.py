"""TCP in between that can be cut: connections that hang, that are refused, and answers that get lost."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_CHUNK = 65536

OPEN = "open"
REFUSE = "refuse"  # what is connected is reset, and so is every new connection
HANG = "hang"  # nothing passes either way; it goes on where it stopped when the wire is healed
MUTE = "mute"  # requests pass and answers are lost; such connections end when the wire is healed


class Wire:
    """A port of this machine that leads to another one. Made by `Wires.lay`.

    Attributes:
        port: Where it listens.
        url: The same, as the URL of a daemon.
    """

    def __init__(self, wires: Wires, target: tuple[str, int]) -> None:
        self._wires = wires
        self._target = target
        self._state = OPEN
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._ends: set[asyncio.StreamWriter] = set()
        self._spoiled: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self.port}"

    def put(self, state: str) -> None:
        """Bring the wire into one of the states of this module; returns when it is."""
        self._wires.call(lambda: self._put(state))

    async def open(self) -> None:
        """Begin to listen."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _put(self, state: str) -> None:
        self._state = state
        if state == HANG:
            self._flowing.clear()
        else:
            self._flowing.set()
        for end in list(self._ends if state == REFUSE else self._spoiled if state == OPEN else ()):
            _reset(end)
        if state == OPEN:
            self._spoiled.clear()

    async def _accept(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._ends.add(near_out)
        far_out = None
        try:
            if self._state == REFUSE:
                return
            await self._flowing.wait()
            far_in, far_out = await asyncio.open_connection(*self._target)
            self._ends.add(far_out)
            await asyncio.gather(
                self._pump(near_in, far_out, answers=False), self._pump(far_in, near_out, answers=True)
            )
        except (OSError, asyncio.IncompleteReadError):
            pass  # one side is gone: so is the other
        finally:
            for end in (near_out, far_out):
                if end is not None:
                    self._ends.discard(end)
                    _reset(end)
            self._tasks.discard(task)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await source.read(_CHUNK):
            await self._flowing.wait()
            if answers and (self._state == MUTE or sink in self._spoiled):
                self._spoiled.add(sink)
                continue
            sink.write(data)
            await sink.drain()
        # An end of file in one direction ends both: HTTP and PostgreSQL need no half-open connections.
        raise ConnectionResetError

    async def end(self) -> None:
        """End everything that passes, and listen no more."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _reset(end: asyncio.StreamWriter) -> None:
    with contextlib.suppress(Exception):  # whatever state it is in, it is to be gone
        connection = end.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        end.transport.abort()


class Wires:
    """The thread in which wires run. A context manager."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wires", daemon=True)
        self._laid: list[Wire] = []

    def __enter__(self) -> Wires:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.call(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def lay(self, target: tuple[str, int]) -> Wire:
        """Return a new wire to a host and port."""

        async def lay() -> Wire:
            wire = Wire(self, target)
            await wire.open()
            self._laid.append(wire)
            return wire

        return self.call(lay)

    def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run a coroutine in the thread of the wires."""

        async def run() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    async def _end(self) -> None:
        for wire in self._laid:
            await wire.end()
        # What was aborted is closed by the loop, a turn later.
        await asyncio.sleep(0.01)

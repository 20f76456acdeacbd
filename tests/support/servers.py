"""HTTP servers that misbehave on purpose: real sockets, one scripted step per request.

    with scripted(answer(503), answer(201, json={"id": "a"})) as server:
        ...                      # server.url, server.requests

The last step repeats for every further request.
"""

from __future__ import annotations

import contextlib
import json as jsonlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the decoded body."""
        return jsonlib.loads(self.body)


@dataclass
class Exchange:
    """What a step works with: the connection, the request, and an event that is set when the server stops."""

    connection: socket.socket
    request: Received
    stopping: threading.Event
    released: threading.Event

    def send(self, data: bytes) -> bool:
        """Send bytes; return whether the client is still there."""
        try:
            self.connection.sendall(data)
        except OSError:
            return False
        return True


Step = Callable[[Exchange], bool]
"""Answers one request; returns whether the connection stays open for another."""


def answer(
    status: int,
    body: bytes | str = b"",
    *,
    json: Any = None,
    headers: dict[str, str] | None = None,
    reason: str = "x",
) -> Step:
    """Answer properly, with `content-length`."""
    content = body.encode() if isinstance(body, str) else body
    fields = {"content-type": "text/plain"}
    if json is not None:
        content = jsonlib.dumps(json).encode()
        fields = {"content-type": "application/json"}
    fields |= {"content-length": str(len(content)), **(headers or {})}
    head = f"HTTP/1.1 {status} {reason}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + "\r\n"
    return raw(head.encode() + (b"" if status in (204, 304) else content), keep=True)


def raw(data: bytes, *, keep: bool = False) -> Step:
    """Send bytes as they are, then close unless `keep`."""

    def step(exchange: Exchange) -> bool:
        return exchange.send(data) and keep

    return step


def drop() -> Step:
    """Close the connection without an answer."""
    return lambda exchange: False


def reset() -> Step:
    """Break the connection off with a TCP reset."""

    def step(exchange: Exchange) -> bool:
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return step


def silence(first: bytes = b"") -> Step:
    """Send `first`, then nothing until the server stops or is released."""

    def step(exchange: Exchange) -> bool:
        exchange.send(first)
        while not exchange.stopping.is_set() and not exchange.released.wait(0.02):
            pass
        return False

    return step


def drip(data: bytes, seconds: float = 0.02) -> Step:
    """Send a byte now and then, over and over, until the client goes or the server stops."""

    def step(exchange: Exchange) -> bool:
        position = 0
        while not exchange.stopping.wait(seconds):
            if not exchange.send(data[position : position + 1]):
                break
            position = (position + 1) % len(data)
        return False

    return step


def events(*pieces: bytes | float, then: str = "close") -> Step:
    """Send an event stream: pieces of bytes, and numbers for pauses in seconds; then `close` or `hold`."""

    def step(exchange: Exchange) -> bool:
        exchange.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        for piece in pieces:
            if isinstance(piece, bytes):
                exchange.send(piece)
            else:
                exchange.stopping.wait(piece)
        return silence()(exchange) if then == "hold" else False

    return step


@dataclass
class Server:
    """A running server.

    Attributes:
        url: Where it listens.
        requests: What arrived, in order.
        connections: How many connections were accepted.
        released: Set it to let `silence` go on.
    """

    url: str
    port: int
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    released: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def scripted(*steps: Step, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Server]:
    """Run a server for as long as the block runs, under TLS when a context is given."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family)
    port = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    server = Server(f"{'https' if tls else 'http'}://{shown}:{port}", port)
    runner = _Runner(listener, server, steps, tls)
    runner.start()
    try:
        yield server
    finally:
        runner.stop()


class _Runner:
    def __init__(
        self, listener: socket.socket, server: Server, steps: tuple[Step, ...], tls: ssl.SSLContext | None
    ) -> None:
        self._tls = tls
        self._listener = listener
        self._server = server
        self._steps = steps
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def start(self) -> None:
        self._run(self._accept)

    def stop(self) -> None:
        self._stopping.set()
        self._server.released.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "a step of the script does not end"

    def _run(self, work: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.append(connection)
                self._server.connections += 1
            self._run(self._serve, connection)

    def _serve(self, accepted: socket.socket) -> None:
        connection = accepted
        with contextlib.suppress(OSError):  # a client that does not trust us breaks the handshake off
            if self._tls is not None:
                connection = self._tls.wrap_socket(accepted, server_side=True)
                with self._lock:
                    self._open.remove(accepted)
                    self._open.append(connection)
        with accepted, connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            while True:
                request = _read_request(stream)
                if request is None:
                    break
                with self._lock:
                    step = self._steps[min(len(self._server.requests), len(self._steps) - 1)]
                    self._server.requests.append(request)
                if not step(Exchange(connection, request, self._stopping, self._server.released)):
                    break
        with self._lock:
            self._open.remove(connection)


def _read_request(stream: Any) -> Received | None:
    line = stream.readline().decode("latin-1")
    if not line.strip():
        return None
    method, _, rest = line.partition(" ")
    target = rest.partition(" ")[0]
    headers: dict[str, str] = {}
    while (text := stream.readline().decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body)

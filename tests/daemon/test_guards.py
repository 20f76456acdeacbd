"""Slow and silent clients: each loses its connection in time, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncropel.daemon import engine
from syncropel.daemon.local import LocalDaemon
from syncropel.rules import limits
from tests.support.sockets import Answer, Connection, Watch, record, split_answer

READ_SECONDS = 0.3


@pytest.fixture(params=["compiled", "plain"])
def local(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalDaemon]:
    """A daemon with little patience, with the compiled HTTP parser and without."""
    if request.param == "plain":
        monkeypatch.setattr(engine, "_protocol", lambda: H11Protocol)
        monkeypatch.setattr(engine, "_new_loop", asyncio.new_event_loop)
    with LocalDaemon(read_seconds=READ_SECONDS, heartbeat_seconds=0.1) as running:
        yield running


def connect(local: LocalDaemon) -> socket.socket:
    """Open a raw connection."""
    host, port = local.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def until_closed(connection: socket.socket) -> bytes:
    """Read until the daemon closes the connection; it fails after 20 s of silence."""
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionResetError:
        pass
    return received


def test_a_connection_that_says_nothing_is_closed(local: LocalDaemon) -> None:
    """To connect is not enough to keep a place."""
    with connect(local) as connection:
        assert until_closed(connection) == b""


def test_a_head_that_does_not_end_in_time_is_closed(local: LocalDaemon) -> None:
    """Half a head is no request, however long one waits."""
    with connect(local) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nhost: local")
        assert until_closed(connection) == b""


def test_a_head_that_drips_is_closed(local: LocalDaemon) -> None:
    """A byte now and then does not prolong the time: it counts from the beginning of the request."""
    began = time.monotonic()
    with connect(local) as connection, Watch(local.url, "th_test") as clock:
        connection.sendall(b"GET /health HTTP/1.1\r\n")
        for _ in clock.events():  # a byte with every heartbeat, far more often than the patience lasts
            try:
                connection.sendall(b"x")
            except (BrokenPipeError, ConnectionResetError):
                break
    assert time.monotonic() - began < 20 * READ_SECONDS


def test_a_body_that_does_not_end_in_time_is_closed(local: LocalDaemon) -> None:
    """A head that promises more than comes is given up."""
    with connect(local) as connection:
        connection.sendall(b"POST /v1/records HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{")
        assert until_closed(connection) == b""


def test_a_second_request_has_the_same_time(local: LocalDaemon) -> None:
    """On a connection that is kept, too, half a head is given up."""
    with connect(local) as connection:
        connection.sendall(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert read_answer(connection).status == 200
        connection.sendall(b"GET /he")
        assert until_closed(connection) == b""


def test_a_request_in_parts_is_answered(local: LocalDaemon) -> None:
    """Parts that come in time are one request, and the connection is good for another."""
    body = json.dumps(record()).encode()
    head = f"POST /v1/records HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    with connect(local) as connection:
        for part in (head[:20], head[20:] + body[:10], body[10:]):
            connection.sendall(part)
        assert read_answer(connection).status == 201
        connection.sendall(b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert read_answer(connection).status == 200


def read_answer(connection: socket.socket) -> Answer:
    """Read one answer; its body is a JSON object, so it ends with a brace."""
    received = b""
    while not received.endswith(b"}"):
        received += connection.recv(65536)
    return split_answer(received)


def test_an_idle_connection_is_kept_longer_than_a_slow_one(local: LocalDaemon) -> None:
    """Between two requests a client may be silent for longer than a request may take."""
    with Connection(local.url) as connection, Watch(local.url, "th_test") as clock:
        assert connection.get("/health").status == 200
        beats = clock.events()
        for _ in range(int(READ_SECONDS / 0.1) * 2 + 2):
            next(beats)
        assert connection.get("/health").status == 200


def test_a_watch_stream_is_not_a_slow_request(local: LocalDaemon) -> None:
    """A stream lives on while its reader says nothing: its request was complete at once."""
    with Watch(local.url, "th_test") as watch:
        beats = watch.events()
        for _ in range(int(READ_SECONDS / 0.1) * 3):
            assert next(beats).name == "heartbeat"


def test_only_so_many_batches_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large batch waits while as many as are allowed are being read; small requests do not wait."""
    monkeypatch.setattr(limits, "MAX_LARGE_BODIES", 1)
    lines = [json.dumps(record("th_batch", body={"text": "x" * 1000})).encode() for _ in range(100)]
    content = b"\n".join(lines)
    head = f"POST /v1/records/batch HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(content)}\r\n"
    whole = f"{head}content-type: application/x-ndjson\r\nconnection: close\r\n\r\n".encode() + content
    with LocalDaemon() as patient, connect(patient) as first, connect(patient) as second:
        first.sendall(whole[:-1000])
        with Connection(patient.url) as connection:
            assert connection.emit(record()).status == 201
            second.sendall(whole)
            assert connection.emit(record()).status == 201
        assert not select.select([second], [], [], 0.1)[0], "the second batch was read beside the first"
        first.sendall(whole[-1000:])
        answers = [split_answer(until_closed(each)) for each in (first, second)]
        assert sorted((each.body["created"], each.body["known"]) for each in answers) == [(0, 100), (100, 0)]


def test_whether_it_is_alive_is_told_beside_slow_queries() -> None:
    """While queries keep every thread that reads busy, both health routes answer at once."""
    over = threading.Event()
    with LocalDaemon() as daemon, Connection(daemon.url, timeout=5) as connection:
        readers = daemon._server._engine._app._readers  # type: ignore[union-attr]
        try:
            for _ in range(8):
                readers.submit(over.wait, 20)
            assert [connection.get(path).status for path in ("/health", "/health/ready")] == [200, 200]
        finally:
            over.set()

"""One emit at a time over loopback: the guard against a socket without TCP_NODELAY."""

from __future__ import annotations

import socket
import statistics
import time

from syncropel.daemon.serve import bind
from tests.support.sockets import Connection, record


def test_an_emit_does_not_wait_for_the_clients_acknowledgement(connection: Connection) -> None:
    """Half of all emits take less than 20 ms; a socket with Nagle's algorithm would make each take 40."""
    durations = []
    for _ in range(60):
        began = time.perf_counter()
        assert connection.emit(record()).status == 201
        durations.append(time.perf_counter() - began)
    assert statistics.median(durations) < 0.020


def test_accepted_connections_are_tcp_by_name() -> None:
    """Asyncio sets TCP_NODELAY only where the socket's protocol is named, and accepted ones inherit it."""
    with bind("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP

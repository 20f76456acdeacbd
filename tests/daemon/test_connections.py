"""Many connections, and silent ones: plain and through TLS, others are served all the same."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncropel.daemon import engine
from syncropel.daemon.crowd import Crowd, Place
from syncropel.daemon.local import LocalDaemon
from tests.support.daemons import wait_for
from tests.support.pki import Pki, make_pki
from tests.support.sockets import Connection, Watch, split_answer

LIMIT = 8
SECONDS = 0.4


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Certificates of this machine."""
    return make_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(params=["plain", "tls", "plain, pure", "tls, pure"])
def daemon(
    request: pytest.FixtureRequest, pki: Pki, monkeypatch: pytest.MonkeyPatch
) -> Iterator[LocalDaemon]:
    """A daemon with few places and little patience, with the compiled parser and loop and without."""
    if request.param.endswith("pure"):
        monkeypatch.setattr(engine, "_protocol", lambda: H11Protocol)
        monkeypatch.setattr(engine, "_new_loop", asyncio.new_event_loop)
    files = {"tls_cert": pki.certificate, "tls_key": pki.key} if request.param.startswith("tls") else {}
    with LocalDaemon(
        max_connections=LIMIT,
        read_seconds=SECONDS,
        handshake_seconds=SECONDS,
        heartbeat_seconds=0.05,
        **files,
    ) as running:
        yield running


def connect(daemon: LocalDaemon, pki: Pki | None = None) -> socket.socket:
    """Open a connection; with `pki`, and where the daemon speaks TLS, through its handshake."""
    address = urlsplit(daemon.url)
    raw = socket.create_connection(("127.0.0.1", address.port or 0), timeout=20)
    if pki is None or address.scheme == "http":
        return raw
    return pki.client_context().wrap_socket(raw, server_hostname="127.0.0.1")


def until_closed(connection: socket.socket) -> bytes:
    """Read until the daemon closes the connection; it fails after 20 s of silence."""
    received = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while part := connection.recv(65536):
            received += part
    return received


def healthy(daemon: LocalDaemon, pki: Pki) -> bool:
    """Ask on a new connection."""
    with Connection(daemon.url, tls=pki.client_context()) as connection:
        return connection.get("/health").status == 200


def test_a_connection_that_says_nothing_is_closed(daemon: LocalDaemon) -> None:
    """Without TLS no request comes, with it no handshake: the place is taken back."""
    with connect(daemon) as silent:
        wait_for(lambda: daemon.connections == 1, "the connection")
        assert until_closed(silent) == b""
    wait_for(lambda: daemon.connections == 0, "the end of the connection")


def test_a_handshake_or_a_head_that_drips_is_closed(daemon: LocalDaemon, pki: Pki) -> None:
    """A byte now and then does not prolong the time."""
    start = b"\x16\x03\x01\x02\x00" if daemon.url.startswith("https") else b"GET / HTTP/1.1\r\nx: "
    began = time.monotonic()
    with connect(daemon) as slow, contextlib.suppress(ConnectionError):
        slow.settimeout(0.05)
        slow.sendall(start)
        while time.monotonic() - began < 20:
            with contextlib.suppress(TimeoutError):
                if not slow.recv(1):
                    break
            slow.sendall(b"\x01")
    assert time.monotonic() - began < 20 * SECONDS
    assert healthy(daemon, pki)


def test_a_head_that_drips_through_tls_is_closed(daemon: LocalDaemon, pki: Pki) -> None:
    """Whoever has shaken hands has no more time for a request than others."""
    began = time.monotonic()
    with connect(daemon, pki) as slow, contextlib.suppress(ConnectionError, ssl.SSLError):
        slow.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\nx: ")
        slow.settimeout(0.05)
        while time.monotonic() - began < 20:
            with contextlib.suppress(TimeoutError):
                if not slow.recv(1):
                    break
            slow.sendall(b"y")
    assert time.monotonic() - began < 20 * SECONDS


def test_a_flood_of_silent_connections_keeps_nobody_out(pki: Pki) -> None:
    """They make room, oldest first: a stranger who comes is served, and so is whoever was there before."""
    patient = {"read_seconds": 60.0, "handshake_seconds": 60.0}
    for files in ({}, {"tls_cert": pki.certificate, "tls_key": pki.key}):
        with (
            LocalDaemon(max_connections=LIMIT, **patient, **files) as daemon,
            contextlib.ExitStack() as stack,
        ):
            early = stack.enter_context(Connection(daemon.url, tls=pki.client_context()))
            assert early.get("/health").status == 200
            flood = [stack.enter_context(connect(daemon)) for _ in range(5 * LIMIT)]
            wait_for(lambda: daemon.connections == LIMIT, "a full house")
            assert healthy(daemon, pki)
            assert early.get("/health").status == 200
            assert until_closed(flood[0]) == b""
            assert daemon.connections <= LIMIT


def test_who_finds_only_busy_connections_is_told_so(daemon: LocalDaemon, pki: Pki) -> None:
    """Streams that are being answered are not given up: one more is 503 with the envelope, and is closed."""
    if daemon.url.startswith("https"):
        streams = [connect(daemon, pki) for _ in range(LIMIT)]
        for stream in streams:
            stream.sendall(b"GET /v1/threads/t/watch HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert stream.recv(1)
    else:
        streams = [Watch(daemon.url, "t") for _ in range(LIMIT)]  # type: ignore[misc]
    with contextlib.ExitStack() as stack:
        for stream in streams:
            stack.enter_context(stream)
        wait_for(lambda: daemon.watchers == LIMIT, "the streams")
        with connect(daemon, pki) as late:
            late.sendall(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            answer = split_answer(until_closed(late))
        assert (answer.status, answer.body["code"]) == (503, "TOO_MANY_CONNECTIONS")
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["x-request-id"] == answer.body["request_id"]
    wait_for(lambda: daemon.connections == 0, "the end of the streams")
    assert healthy(daemon, pki)


def test_requests_on_one_connection_do_not_use_up_places(daemon: LocalDaemon, pki: Pki) -> None:
    """Answered in turn or sent together, they are one connection."""
    request = b"GET /health/ready HTTP/1.1\r\nhost: localhost\r\n\r\n"
    with connect(daemon, pki) as connection:
        connection.sendall(request * 3)
        received = b""
        for wanted in (3, 4):
            while received.count(b'"ready"') < wanted:
                received += connection.recv(65536)
            assert daemon.connections == 1
            connection.sendall(request)


def test_who_leaves_before_the_end_of_the_handshake_leaves_nothing(daemon: LocalDaemon) -> None:
    """At once, after some bytes that are no TLS, or with a reset: the place is free again."""
    for number in range(30):
        with contextlib.suppress(ConnectionError), connect(daemon) as brief:
            if number % 3 == 1:
                brief.sendall(b"no handshake at all, and no request")
            if number % 3 == 2:
                brief.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_for(lambda: daemon.connections == 0, "the end of all connections", timeout=5)


def test_an_ended_daemon_gives_up_handshakes_at_once(pki: Pki) -> None:
    """A handshake under way does not hold up the end."""
    daemon = LocalDaemon(tls_cert=pki.certificate, tls_key=pki.key, handshake_seconds=60.0)
    with daemon, connect(daemon) as silent:
        wait_for(lambda: daemon.connections == 1, "the connection")
        began = time.monotonic()
        daemon.stop()
        assert time.monotonic() - began < 5.0
        assert until_closed(silent) == b""


class Guest:
    """Enters a crowd and remembers whether it was shown out."""

    def __init__(self, crowd: Crowd) -> None:
        self.gone = False
        place = crowd.enter(self.leave)
        self.place: Place | None = place

    def leave(self) -> None:
        """Be shown out."""
        self.gone = True


def test_strangers_go_first_then_the_idle_oldest_first_and_the_busy_never() -> None:
    """The order in which a full house makes room."""
    crowd = Crowd(3, turned_away=1)
    idle, stranger, busy = Guest(crowd), Guest(crowd), Guest(crowd)
    assert idle.place is not None
    assert busy.place is not None
    idle.place.busy()
    idle.place.waiting()
    busy.place.busy()
    second, third = Guest(crowd), Guest(crowd)
    assert (stranger.gone, second.gone, idle.gone) == (True, True, False)
    assert third.place is not None
    third.place.busy()
    fourth = Guest(crowd)
    assert (idle.gone, busy.gone) == (True, False)
    assert fourth.place is not None
    fourth.place.busy()
    refused, unheard = Guest(crowd), Guest(crowd)
    assert refused.place is not None
    assert not refused.place.welcome
    assert unheard.place is None
    assert len(crowd) == 3
    refused.place.leave()
    refused.place.leave()
    busy.place.leave()
    assert len(crowd) == 2
    newcomer = Guest(crowd).place
    assert newcomer is not None
    assert newcomer.welcome


def test_who_was_shown_out_does_not_come_back_by_its_last_words() -> None:
    """A connection that was given up while its request arrived takes no second place."""
    crowd = Crowd(1)
    first = Guest(crowd)
    Guest(crowd)
    assert first.gone
    assert first.place is not None
    first.place.busy()
    first.place.waiting()
    assert len(crowd) == 1


def test_a_process_without_descriptors_makes_room() -> None:
    """When the system gives no more files, silent connections go and others are served; the log says why."""
    code = "import resource, sys; from syncropel.daemon.__main__ import main; "
    code += "sys.exit(main(['--port', '0', '--store', 'memory:']))"
    limit = "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)); sys.exit"
    process = subprocess.Popen(
        [sys.executable, "-c", code.replace("sys.exit", limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process, contextlib.ExitStack() as stack:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[3].rpartition(":")[2])
        for _ in range(100):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        with Connection(f"http://127.0.0.1:{port}") as connection:
            assert connection.get("/health").status == 200
        process.terminate()
        assert "allow more open files" in process.communicate(timeout=30)[1]

"""What HTTP lets a client send around a body: trailers, offers of other protocols, another request."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncropel.daemon import engine
from syncropel.daemon.local import LocalDaemon
from syncropel.daemon.parsing import ParsingProtocol
from tests.support.daemons import wait_for
from tests.support.sockets import Answer, record, split_answer

UPGRADE = "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAA\r\n"
NEXT = b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
QUERY = b'{"filter":{}}'


@pytest.fixture(scope="module", params=["compiled", "plain"])
def local(request: pytest.FixtureRequest) -> Iterator[LocalDaemon]:
    """One daemon for all of them: with the compiled HTTP parser, and without."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            patch.setattr(engine, "_protocol", lambda: H11Protocol)
            patch.setattr(engine, "_new_loop", asyncio.new_event_loop)
        with LocalDaemon() as running:
            yield running


def connect(local: LocalDaemon) -> socket.socket:
    """Return a connection to a daemon."""
    host, port = local.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def chunked(body: bytes, trailers: bytes = b"", path: str = "/v1/records/query", headers: str = "") -> bytes:
    """Return the bytes of a POST in chunks, without the end of its trailers."""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}transfer-encoding: chunked\r\n\r\n"
    return head.encode() + b"%x\r\n%b\r\n0\r\n%b" % (len(body), body, trailers)


def both(connection: socket.socket) -> tuple[Answer, Answer]:
    """Return the two answers that come until the daemon closes the connection."""
    received = connection.makefile("rb").read()
    cut = received.index(b"HTTP/1.1", 1)
    return split_answer(received[:cut]), split_answer(received[cut:])


@pytest.mark.parametrize("pieces", [1, 2])
@pytest.mark.parametrize("framed", ["length", "chunks"])
def test_a_request_for_an_upgrade_keeps_its_body(local: LocalDaemon, framed: str, pieces: int) -> None:
    """A client that would rather speak HTTP/2 is answered in HTTP/1.1, and its body is no other request."""
    body = json.dumps(record()).encode()
    data = chunked(body, b"x: y\r\n\r\n", "/v1/records", UPGRADE)
    if framed == "length":
        data = data[: data.index(b"transfer-encoding")] + b"content-length: %d\r\n\r\n%b" % (len(body), body)
    cut = data.index(b"\r\n\r\n") + 4
    with connect(local) as connection:
        for piece in [data + NEXT] if pieces == 1 else [data[:cut], data[cut:] + NEXT]:
            connection.sendall(piece)
        stored, after = both(connection)
    assert (stored.status, after.status) == (201, 200)


def test_a_request_behind_one_for_an_upgrade_is_answered(local: LocalDaemon) -> None:
    """An offer that nobody takes changes nothing for what was sent together with it."""
    with connect(local) as connection:
        connection.sendall(f"GET /health HTTP/1.1\r\nhost: localhost\r\n{UPGRADE}\r\n".encode() + NEXT)
        assert [answer.status for answer in both(connection)] == [200, 200]


def test_trailers_are_no_headers(local: LocalDaemon) -> None:
    """A request is judged by its head, also where its trailers come together with it."""
    trailers = b"x-request-id: from-the-trailers\r\nhost: elsewhere.example\r\n\r\n"
    with connect(local) as connection:
        connection.sendall(chunked(QUERY, trailers) + NEXT)
        asked, after = both(connection)
    assert (asked.status, after.status) == (200, 200)
    assert asked.headers["x-request-id"] != "from-the-trailers"


@pytest.mark.parametrize("endless", [b"a: b\r\n" * 1000, b"b" * 6000], ids=["lines", "line"])
def test_endless_trailers_are_cut(local: LocalDaemon, endless: bytes) -> None:
    """Trailers that go on and on are refused at the limit of a head, not collected."""
    with connect(local) as connection:
        connection.sendall(chunked(QUERY, b"a: "))
        received = b""
        connection.settimeout(0.001)
        for _ in range(2000):  # 12 MB
            try:
                connection.sendall(endless)
                received = connection.recv(65536)
                break
            except TimeoutError:
                continue
            except ConnectionError:
                break
    assert received.startswith(b"HTTP/1.1 400"), received[:80]


def test_a_large_chunk_is_no_trailer(local: LocalDaemon) -> None:
    """A chunk larger than trailers may be, in many pieces, is a body."""
    body = json.dumps(record(body={"kind": "test.record.made", "text": "x" * 500_000})).encode()
    with connect(local) as connection:
        data = chunked(body, b"\r\n", "/v1/records", "connection: close\r\n")
        for start in range(0, len(data), 30_000):
            connection.sendall(data[start : start + 30_000])
        assert split_answer(connection.makefile("rb").read()).status == 201


def test_requests_that_nobody_waits_for_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as may wait are answered in their order; a flood of them ends its connection."""
    monkeypatch.setattr(engine, "_protocol", lambda: ParsingProtocol)
    ask = NEXT.replace(b"connection: close\r\n", b"")
    with LocalDaemon() as local, connect(local) as connection, connect(local) as flooding:
        connection.sendall(ask * 100 + NEXT)
        assert connection.makefile("rb").read().count(b"HTTP/1.1 200") == 101
        flooding.sendall(ask * 1000)
        assert flooding.makefile("rb").read().count(b"HTTP/1.1") == 101


def test_what_is_no_http_is_not_the_answer_to_the_request_before(local: LocalDaemon) -> None:
    """A record that was stored is answered so, whatever its client sends behind it."""
    body = json.dumps(record()).encode()
    head = f"POST /v1/records HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n\r\n"
    with connect(local) as connection:
        connection.sendall(head.encode() + body + b"\0 no HTTP\r\n\r\n")
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 201")


def test_a_stream_with_a_request_behind_it_ends_with_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves while something else waits behind a watch stream leaves no stream behind."""
    monkeypatch.setattr(engine, "_protocol", lambda: ParsingProtocol)
    # The other event loop ends it too, by a fault at the next write.
    monkeypatch.setattr(engine, "_new_loop", asyncio.new_event_loop)
    with LocalDaemon(heartbeat_seconds=0.02) as local:
        with connect(local) as connection:
            connection.sendall(b"GET /v1/threads/th_a/watch HTTP/1.1\r\nhost: localhost\r\n\r\n" + NEXT)
            assert connection.recv(1)
            wait_for(lambda: local.watchers == 1, "the stream")
        wait_for(lambda: local.watchers == 0, "its end", 5)


def test_an_older_client_is_sent_no_interim_answer(local: LocalDaemon) -> None:
    """HTTP/1.0 knows no 100: who sends an expectation all the same gets the one answer."""
    body = json.dumps(record()).encode()
    head = f"POST /v1/records HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: {len(body)}\r\n\r\n"
    with connect(local) as connection:
        connection.sendall(head.encode() + body)
        assert connection.makefile("rb").read().startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize("head", ["GET /health HTTP/1.1", "POST /v1/records HTTP/1.1\r\ncontent-length: 2"])
def test_a_request_names_its_host(local: LocalDaemon, head: str) -> None:
    """HTTP/1.1 without a host is no request (RFC 9112, section 3.2)."""
    with connect(local) as connection:
        connection.sendall(f"{head}\r\n\r\n{{}}".encode())
        answer = split_answer(connection.makefile("rb").read())
    assert (answer.status, answer.body["code"]) == (400, "INVALID_REQUEST")

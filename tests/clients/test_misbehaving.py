"""Servers that misbehave: emit reports, and nothing raises."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from tests.support.colours import Colour
from tests.support.servers import Step, answer, drip, drop, raw, reset, scripted, silence


def _emit(colour: Colour, url: str, **options: Any) -> Any:
    timeout = options.pop("timeout", 5.0)
    client = colour.client(endpoint=url, timeout=timeout, **options)
    return colour.call(client.emit, "PUT", "a.b.c", {"x": 1}, "t")


TRUNCATED = b'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"id": "ab'

REFUSED: dict[str, tuple[Step, str, int]] = {
    "an HTML 502": (answer(502, "<html>bad</html>"), "HTTP 502: <html>bad</html>", 3),
    "a status nobody registered": (answer(520, "odd"), "HTTP 520: odd", 3),
    "a status that is not implemented": (answer(501, "no"), "HTTP 501: no", 1),
    "a redirect": (
        answer(302, headers={"location": "http://elsewhere.example/x"}),
        "HTTP 302: redirects to elsewhere.example are not followed",
        1,
    ),
    "a connection that is dropped": (drop(), "RemoteProtocolError: ", 3),
    "a connection that is reset": (reset(), "ReadError: ", 3),
    "an answer that is cut off": (raw(TRUNCATED), "RemoteProtocolError: ", 3),
    "an answer that is no HTTP": (raw(b"SSH-2.0-OpenSSH\r\n\r\n"), "RemoteProtocolError: ", 3),
    "a chunk that is no chunk": (
        raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
        "RemoteProtocolError: ",
        3,
    ),
    "an encoding that is a lie": (
        answer(200, b"no gzip", headers={"content-encoding": "gzip"}),
        "DecodingError: ",
        1,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_emit_reports_what_the_server_did(colour: Colour, name: str) -> None:
    """Whatever the server answers, emit returns a failure that says so, after the right number of tries."""
    step, error, attempts = REFUSED[name]
    with scripted(step) as server:
        result = _emit(colour, server.url)
    assert not result.success
    assert result.record_id is None
    assert result.error.startswith(error), result.error
    assert len(server.requests) == attempts
    assert result.retried == attempts - 1
    assert len({request.body for request in server.requests}) == 1


@pytest.mark.parametrize(
    "content", [b"not json", b"[1]", b'"text"', b"null", b"{}", b"\xff\xfe", b"[" * 100_000]
)
def test_any_2xx_is_a_success(colour: Colour, content: bytes) -> None:
    """A 2xx acknowledges the record, whatever its body holds."""
    with scripted(answer(200, content)) as server:
        result = _emit(colour, server.url)
    assert result.success
    assert result.record_id is None
    assert result.error is None


def test_redirects_are_never_followed(colour: Colour) -> None:
    """A server that redirects for ever to itself is asked once, and the token goes nowhere else."""
    with scripted(answer(307, headers={"location": "/v1/records"})) as server:
        result = _emit(colour, server.url, api_key="secret-token")
    assert len(server.requests) == 1
    assert result.status == 307


@pytest.mark.parametrize(
    "step",
    [silence(), silence(b"HTTP/1.1 200 OK\r\n"), drip(b"HTTP/1.1 200 OK\r\nx-a: b"), drip(b"x")],
    ids=["never answers", "half a head", "drips its head", "drips nonsense"],
)
def test_a_server_that_takes_for_ever_is_cut_off(colour: Colour, step: Step) -> None:
    """The time allowed bounds the whole call, even while single bytes go on arriving."""
    with scripted(step) as server:
        started = time.monotonic()
        result = _emit(colour, server.url, timeout=0.4)
        took = time.monotonic() - started
    assert not result.success
    assert took < 3, took


def test_a_body_that_drips_is_cut_off(colour: Colour) -> None:
    """A body that never ends is given up at the deadline."""
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"

    def step(exchange: Any) -> bool:
        exchange.send(head)
        return drip(b"x")(exchange)

    with scripted(step) as server:
        started = time.monotonic()
        result = _emit(colour, server.url, timeout=0.4)
        took = time.monotonic() - started
    assert not result.success
    assert "Timeout" in result.error
    assert took < 3, took


@pytest.mark.parametrize(
    "endpoint",
    [
        "not a url",
        "localhost:9100",
        "http://",
        "http://[::1",
        "http://h:99999",
        "ftp://h",
        "mock://",
        "http://a b",
    ],
)
def test_an_endpoint_that_is_no_url_fails_open(colour: Colour, endpoint: str) -> None:
    """A client of an impossible endpoint can be built, and each emit says what is wrong with it."""
    result = _emit(colour, endpoint)
    assert not result.success
    assert result.error.split(":")[0] in ("InvalidURL", "UnsupportedProtocol", "ConnectError")
    client = colour.client(endpoint=endpoint)
    page = colour.call(client.query_thread, "t")
    assert page == []
    assert not page.ok


def test_nobody_listens(colour: Colour) -> None:
    """A refused connection is retried and then reported."""
    with scripted(drop()) as server:
        url = server.url
    result = _emit(colour, url)
    assert not result.success
    assert result.error.startswith("ConnectError: ")
    assert result.error.endswith(f"(at {url})")
    assert result.retried == 2
    assert result.status is None


def test_https_to_a_server_without_tls_says_what_to_write(colour: Colour) -> None:
    """The mistake of one letter is named as such, not as a number of OpenSSL."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"https://127.0.0.1:{listener.getsockname()[1]}"
        server = threading.Thread(target=serve)
        server.start()
        result = _emit(colour, endpoint, max_retries=0)
        server.join(10)
    assert result.error.startswith("ConnectError: ")
    assert result.error.endswith(f"({endpoint} answers without TLS: write it with http://)")


@pytest.mark.parametrize(
    ("endpoint", "way_out"), [("ftp://h", "http://HOST:PORT"), ("mock://", "transport=kernel.transport()")]
)
def test_a_scheme_that_nothing_serves_says_what_to_write(colour: Colour, endpoint: str, way_out: str) -> None:
    """An unknown scheme comes with the way out; for the mock's that is its transport."""
    assert way_out in _emit(colour, endpoint).error


def test_an_answer_without_end_is_not_read(colour: Colour) -> None:
    """An answer larger than the limit is a failure, not a full memory."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"

    def step(exchange: Any) -> bool:
        exchange.send(head)
        while exchange.send(b" " * 65536):
            pass
        return False

    with scripted(step) as server:
        client = colour.client(endpoint=server.url)
        client._sender._limit = 1_000_000
        result = colour.call(client.emit, "PUT", "a.b.c", {}, "t")
    assert result.error.startswith("DecodeError: the answer is larger than")

"""Our own sockets under both colours: TLS, IPv6, another event loop, large bodies, cancellation, proxies."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import uvloop

from syncropel import Client, ConfigurationError, Identity
from syncropel._async.pool import AsyncPool, AsyncRoute, open_pool
from syncropel._sync.pool import SyncPool, SyncRoute
from syncropel._sync.pool import open_pool as open_sync_pool
from syncropel.transport import direct
from syncropel.transport.config import resolve
from syncropel.transport.proxies import proxy_for
from tests.support.colours import COLOURS, DID, Colour
from tests.support.daemons import wait_for
from tests.support.servers import Exchange, answer, events, raw, scripted, silence

CERTIFICATES = Path(__file__).parent.parent / "support" / "certificates"
STORED = answer(201, json={"clock": 1})


@pytest.fixture(params=sorted(COLOURS))
def colour(request: pytest.FixtureRequest) -> Iterator[Colour]:
    """Both colours of the client, one after the other."""
    made = COLOURS[request.param]()
    yield made
    made.close()


@pytest.fixture(params=[True, False], ids=["direct", "pool"])
def way(request: pytest.FixtureRequest) -> bool:
    """Whether requests go the short way where it is installed."""
    return bool(request.param) and direct.load()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the authority of the tests, and no other."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "ca.pem"))


def server_context(name: str) -> ssl.SSLContext:
    """Return the TLS context of a server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


def put(colour: Colour, url: str, **options: Any) -> Any:
    """Emit a small record."""
    body = options.pop("body", {"x": 1})
    client = colour.client(endpoint=url, timeout=10.0, **options)
    return colour.call(client.emit, "PUT", "a.b.c", body, "t")


@pytest.mark.usefixtures("trusted")
def test_tls_with_a_certificate_that_is_trusted(colour: Colour) -> None:
    """Several requests go over one encrypted connection, and the token with them."""
    with scripted(STORED, tls=server_context("localhost")) as server:
        client = colour.client(endpoint=server.url, api_key="token")
        results = [colour.call(client.emit, "PUT", "a.b.c", {"n": n}, "t") for n in range(3)]
    assert all(results), results
    assert server.connections == 1
    assert server.requests[0].headers["authorization"] == "Bearer token"


@pytest.mark.usefixtures("trusted")
def test_tls_of_another_host_is_refused(colour: Colour) -> None:
    """A certificate that names another host ends the call before anything is sent."""
    with scripted(STORED, tls=server_context("other")) as server:
        result = put(colour, server.url, max_retries=0)
    assert not result.success
    assert result.error.startswith("ConnectError: ")
    assert "mismatch" in result.error
    assert server.requests == []


def test_tls_of_an_unknown_authority_is_refused(colour: Colour) -> None:
    """A certificate that nobody known vouches for ends the call before anything is sent."""
    with scripted(STORED, tls=server_context("localhost")) as server:
        result = put(colour, server.url, max_retries=0)
    assert not result.success
    assert "CERTIFICATE_VERIFY_FAILED" in result.error
    assert server.requests == []


def test_tls_by_an_authority_of_one_s_own(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ca_file` names the authorities that are trusted, before the environment and in streams too."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "other.pem"))
    frame = b"event: heartbeat\ndata: {}\n\n"
    steps = STORED, events(frame, then="hold")
    with scripted(*steps, tls=server_context("localhost")) as server:
        client = colour.client(endpoint=server.url, ca_file=CERTIFICATES / "ca.pem", timeout=10.0)
        assert colour.call(client.emit, "PUT", "a.b.c", {}, "t").success
        beats: list[None] = []
        subscription = colour.call(client.subscribe, "t", print, on_heartbeat=lambda: beats.append(None))
        deadline = time.monotonic() + 10
        while not beats and time.monotonic() < deadline:
            colour.call(subscription.wait_closed, 0.01)
        colour.call(subscription.close)
    assert beats
    with scripted(STORED, tls=server_context("localhost")) as server:
        result = put(colour, server.url, max_retries=0)
    assert "ca_file=" in result.error


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_without_certificates_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """It is found out when the client is built, by a message that names the file."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"ca_file .*ca\.pem"):
        resolve(ca_file=path, environ={})


def test_tls_to_a_server_without_it(colour: Colour) -> None:
    """HTTPS to a plain server fails with a reason at the latest when the time is up."""
    with scripted(STORED) as server:
        result = put_with_timeout(colour, server.url.replace("http:", "https:"))
    assert not result.success
    assert result.error.startswith(("ConnectError: ", "ConnectTimeout: "))


@pytest.mark.usefixtures("trusted")
def test_tls_that_is_cut_off(colour: Colour) -> None:
    """An encrypted answer that ends before its length is a failure, not a short success."""
    cut = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")
    with scripted(cut, tls=server_context("localhost")) as server:
        result = put(colour, server.url, max_retries=0)
    assert not result.success
    assert result.error.startswith(("RemoteProtocolError: ", "ReadError: ")), result.error


@pytest.mark.usefixtures("trusted")
@pytest.mark.usefixtures("trusted")
def test_tls_that_ends_without_a_word(colour: Colour) -> None:
    """A body that ends with its connection is whole only when TLS says so: anybody can cut a connection."""
    cut = raw(b'HTTP/1.1 201 x\r\n\r\n{"clock":7}')
    with scripted(cut, tls=server_context("localhost")) as server:
        result = put(colour, server.url, max_retries=0)
    assert result.error.startswith("ReadError: ")


def test_tls_handshake_that_never_ends(colour: Colour) -> None:
    """A server that accepts and says nothing is given up at the deadline."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        result = put_with_timeout(colour, f"https://127.0.0.1:{listening.getsockname()[1]}")
    assert not result.success
    assert "Timeout" in result.error


def put_with_timeout(colour: Colour, url: str) -> Any:
    """Emit with little time."""
    client = colour.client(endpoint=url, timeout=0.4)
    return colour.call(client.emit, "PUT", "a.b.c", {}, "t")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.usefixtures("trusted")
def test_large_bodies_both_ways(colour: Colour, tls: bool) -> None:
    """Three mebibytes go out and come back whole."""
    text = "ä" * 1_500_000
    context = server_context("localhost") if tls else None
    with scripted(answer(200, json={"id": "r", "clock": 1, "echo": text}), tls=context) as server:
        client = colour.client(endpoint=server.url, timeout=60.0)
        result = colour.call(client.emit, "PUT", "a.b.c", {"text": text}, "t")
        record = colour.call(client.record, "r")
    assert result.success
    assert server.requests[0].json()["body"]["text"] == text
    assert record["echo"] == text


def test_a_server_that_reads_slowly(colour: Colour) -> None:
    """A body larger than the socket's buffers is sent as the server takes it."""

    def slow(exchange: Exchange) -> bool:
        return exchange.send(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}")

    with scripted(slow) as server:
        assert put(colour, server.url, body={"text": "x" * 8_000_000}).success


def test_ipv6(colour: Colour) -> None:
    """An IPv6 literal is an address like any other."""
    with scripted(STORED, host="::1") as server:
        assert server.url.startswith("http://[::1]:")
        assert put(colour, server.url).success
    assert server.requests[0].headers["host"].startswith("[::1]:")


def test_the_second_address_of_a_name(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name whose first address refuses is reached at its second one."""
    with scripted(STORED) as server:
        real = socket.getaddrinfo

        def both(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
            if host != "twofold.example":
                return real(host, port, *rest, **named)
            good = real("127.0.0.1", port, type=socket.SOCK_STREAM)
            return [(*good[0][:4], ("127.0.0.1", 1)), *good]

        monkeypatch.setattr(socket, "getaddrinfo", both)
        assert put(colour, f"http://twofold.example:{server.port}").success


def test_looking_up_a_name_counts(monkeypatch: pytest.MonkeyPatch, way: bool) -> None:
    """On an event loop a resolver that is silent does not make a call longer than it may take."""
    found = threading.Event()
    monkeypatch.setattr(direct, "supported", lambda endpoint: way)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found.wait(20) and [])

    async def run() -> Any:
        async with Client("http://slow.example", Identity.static(DID), 0.2, max_retries=0) as client:
            try:
                return await asyncio.wait_for(client.emit("PUT", "a.b.c", {}, "t"), 10)
            finally:
                found.set()

    assert asyncio.run(run()).error.startswith("ConnectTimeout: slow.example was not looked up in time")


def test_addresses_share_the_time_of_the_call(
    colour: Colour, monkeypatch: pytest.MonkeyPatch, way: bool
) -> None:
    """However many addresses of a name are silent, the call takes no longer than it may."""
    monkeypatch.setattr(direct, "supported", lambda endpoint: way)
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(2):  # what more wants to connect waits for ever
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        row = socket.getaddrinfo(*full.getsockname(), type=socket.SOCK_STREAM)
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *rest, **named: row * 4 if host == "four.example" else real(host, *rest, **named),
        )
        began = time.monotonic()
        client = colour.client(endpoint="http://four.example", timeout=0.5, max_retries=0)
        assert "ConnectTimeout" in colour.call(client.emit, "PUT", "a.b.c", {}, "t").error
    assert time.monotonic() - began < 1.7


def test_a_name_without_an_address(colour: Colour) -> None:
    """A name that does not exist is a failure that names it."""
    result = put(colour, "http://no-such-host.invalid", max_retries=0)
    assert result.error.startswith("ConnectError: ")


def test_on_uvloop() -> None:
    """The sockets work on uvloop as on asyncio's own loop."""

    async def main(url: str) -> list[Any]:
        async with Client(endpoint=url, identity=Identity.static(DID)) as client:
            calls = [client.emit("PUT", "a.b.c", {"n": n}, "t") for n in range(30)]
            return list(await asyncio.gather(*calls))

    loop = uvloop.new_event_loop()
    try:
        with scripted(STORED) as server:
            assert all(loop.run_until_complete(main(server.url)))
    finally:
        loop.close()


def connected_to(port: int) -> list[Any]:
    """Return the sockets of this process that are connected to a port."""
    found = psutil.Process().net_connections("tcp")
    return [each for each in found if each.raddr and each.raddr.port == port]


@pytest.mark.parametrize("make", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_cancelling_a_read_leaves_no_descriptor(make: Any) -> None:
    """Calls cancelled while they wait give their sockets back."""

    async def main(url: str) -> None:
        async with Client(endpoint=url, identity=Identity.static(DID)) as client:
            for _ in range(20):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(client.emit("PUT", "a.b.c", {}, "t"), 0.02)

    loop = make()
    try:
        with scripted(silence()) as server:
            loop.run_until_complete(main(server.url))
            # Nobody else connects to this port, whatever other threads of this process have open.
            wait_for(lambda: not connected_to(server.port), "the end of the client's connections")
            server.released.set()
    finally:
        loop.close()


@pytest.mark.parametrize(
    ("environment", "endpoint", "proxy"),
    [
        ({}, "http://h", None),
        ({"HTTP_PROXY": "http://p:1"}, "http://h:80", "http://p:1"),
        ({"http_proxy": "p:1"}, "http://h", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://h", None),
        ({"HTTPS_PROXY": "http://p:2"}, "https://h", "http://p:2"),
        ({"ALL_PROXY": "http://p:3"}, "https://h", "http://p:3"),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "h,localhost"}, "http://h:9", None),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "*"}, "http://h", None),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "other"}, "http://h", "http://p:1"),
    ],
)
def test_the_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], endpoint: str, proxy: str | None
) -> None:
    """The usual variables name the proxy, and `NO_PROXY` excepts hosts."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(endpoint) == proxy


def test_through_a_proxy(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain request goes to the proxy whole, and is answered through it."""
    with scripted(STORED) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        assert put(colour, "http://far.example:9100").success
    assert proxy.requests[0].target == "http://far.example:9100/v1/records"


def test_a_pool_of_our_own_or_of_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy, and on Windows, httpx's pool serves; else our own."""
    monkeypatch.delenv("HTTP_PROXY", raising=False)
    monkeypatch.delenv("http_proxy", raising=False)
    settings = resolve(endpoint="http://127.0.0.1:1", environ={})
    assert isinstance(open_pool(settings, 5), AsyncPool)
    assert isinstance(open_sync_pool(settings, 5), SyncPool)
    monkeypatch.setattr("sys.platform", "win32")
    for pool, kind in ((open_pool(settings, 5), AsyncRoute), (open_sync_pool(settings, 5), SyncRoute)):
        assert isinstance(pool, kind)
        assert isinstance(pool.transport, (httpx.AsyncHTTPTransport, httpx.HTTPTransport))

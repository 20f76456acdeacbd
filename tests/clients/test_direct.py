"""The short way of plain requests: where it is taken and where not, and that it keeps what the pool keeps."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from importlib.util import find_spec
from typing import Any

import pytest

from syncropel import Client, ClosedError, Identity, RequestTimeout, SyncClient
from syncropel.transport import direct
from tests.support.colours import DID, Colour
from tests.support.servers import Server, answer, raw, scripted, silence

STORED = answer(201, json={"clock": 1})
INSTALLED = find_spec("httptools") is not None
"""The `fast` extra has the parser; without it everything here goes through the pool."""


def put(colour: Colour, url: str, **options: Any) -> Any:
    """Emit a small record."""
    client = colour.client(endpoint=url, timeout=options.pop("timeout", 10.0), **options)
    return colour.call(client.emit, "PUT", "a.b.c", {"x": 1}, "t")


def went_directly(client: Any) -> bool:
    """Tell whether a client has sent everything without the pool."""
    return bool(client._sender._directs) and not client._sender._pools


def arrived(server: Server) -> bool:
    """Wait until a request has arrived."""
    deadline = time.monotonic() + 10
    while not server.requests and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(server.requests)


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a script in a process of its own."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_taken_where_the_parser_is_installed(colour: Colour) -> None:
    """A plain request over HTTP takes the short way, and the next one the same connection."""
    with scripted(STORED) as server:
        client = colour.client(endpoint=server.url)
        for _ in range(2):
            assert colour.call(client.emit, "PUT", "a.b.c", {"x": 1}, "t").success
        assert went_directly(client) == INSTALLED
        assert server.connections == 1


def test_the_same_requests_either_way(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives does not tell which way it came: the same methods, addresses, headers and bodies."""

    def sent() -> list[Any]:
        empty = answer(200, json={"object": "list", "data": []})
        with scripted(STORED, empty) as server:
            client = colour.client(endpoint=server.url, api_key="spl_token")
            colour.call(client.emit, "PUT", "a.b.c", {"x": 1}, "t", clock=1)
            for thread in ("t", "..", "a/b?c#d", "\u00e9 \U0001f600", "{x}|^`~'\"<>\\"):
                assert colour.call(client.participants, thread).ok
            colour.call(client.query_thread, "t", limit=3)
            for request in server.requests:
                request.headers.pop("x-request-id")
                request.headers["host"] = request.headers["host"].replace(str(server.port), "PORT")
            return [(each.method, each.target, each.headers, each.body) for each in server.requests]

    short = sent()
    monkeypatch.setattr(direct, "supported", lambda endpoint: False)
    assert sent() == short
    assert len(short) == 7
    assert set(short[0][2]) == {
        "authorization", "content-length", "content-type", "host", "user-agent", "x-api-key",
    }  # fmt: skip


def test_not_used_through_a_proxy(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a proxy in the environment the request goes to the proxy, in the form that proxies read."""
    with scripted(STORED) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert put(colour, "http://far.example").success
        assert proxy.requests[0].target == "http://far.example/v1/records"


@pytest.mark.parametrize("endpoint", ["https://localhost:1", "not a url", "mock://kernel"])
def test_only_for_plain_http(endpoint: str) -> None:
    """Which certificates are trusted does not hang on what is installed."""
    assert not direct.supported(endpoint)
    assert direct.supported("http://localhost:1") == INSTALLED


def test_the_same_addresses_or_none() -> None:
    """An address goes the short way only when the pool would ask for exactly that one."""
    for path in ("/v1/records", "/v1/threads/a%2Fb/records?limit=1&cursor=%C3%A9", "/p/x~y'z", "/%2E%2E/b"):
        where = direct.address(f"http://127.0.0.1:9100{path}")
        assert where is not None
        assert where.line == f" {path} HTTP/1.1\r\nhost: 127.0.0.1:9100\r\n".encode()
    for target in (
        "http://h/a/../b",
        "http://h/a/.",
        "http://H/a",
        "http://h:80/a",
        "http://h:99999/a",
        "http://u@h/a",
        "http://h/{x}",
        "http://h/a#b",
        "http://h/a\r\nx: y",
        "http://h/\u00e9",
        "https://h/a",
        "no url",
    ):
        assert direct.address(target) is None, target


def test_redirects_are_not_followed_and_cookies_not_kept(colour: Colour) -> None:
    """A redirect is the answer, and nothing of one answer goes into the next request."""
    moved = answer(307, headers={"location": "http://elsewhere.example/x", "set-cookie": "a=b"})
    with scripted(moved, STORED) as server:
        client = colour.client(endpoint=server.url)
        first = colour.call(client.emit, "PUT", "a.b.c", {}, "t")
        assert first.error == "HTTP 307: redirects to elsewhere.example are not followed"
        assert colour.call(client.emit, "PUT", "a.b.c", {}, "t").success
        assert {"cookie", "referer"}.isdisjoint(server.requests[1].headers)


def test_a_header_that_ends_its_line(colour: Colour) -> None:
    """A token with a line break is never sent."""
    with scripted(STORED) as server:
        client = colour.client(endpoint=server.url, api_key=lambda: "a\r\nx-evil: 1")
        assert not colour.call(client.emit, "PUT", "a.b.c", {}, "t").success
        assert server.requests == []


def test_more_calls_than_connections() -> None:
    """Who finds every connection in use waits for one, and no longer than the call may take."""
    with scripted(silence()) as server:
        client = SyncClient(server.url, Identity.static(DID), coalesce=False, max_retries=0, timeout=30.0)
        client._sender._max_connections = 1
        first = threading.Thread(target=client.emit, args=("PUT", "a.b.c", {}, "t"))
        first.start()
        assert arrived(server)
        error = str(client.emit("PUT", "a.b.c", {}, "t", timeout=0.2).error)
        assert server.connections == 1
        client.close()
        first.join(10)
    assert error.startswith(("RequestTimeout: ", "PoolTimeout: "))


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (raw(b""), "RemoteProtocolError: "),
        (raw(b"no http\r\n\r\n"), "RemoteProtocolError: "),
        (raw(b"HTTP/1.1 201 x\r\ncontent-length: 9\r\n\r\n{"), "RemoteProtocolError: "),
        (silence(), "RequestTimeout: no complete answer within 0.5 s"),
    ],
    ids=["hung up", "no HTTP", "cut off", "silent"],
)
def test_failures_have_the_names_of_the_pool(colour: Colour, step: Any, told: str) -> None:
    """What went wrong is told in the same words, whichever way the request went."""
    with scripted(step) as server:
        error = str(put(colour, server.url, max_retries=0, timeout=0.5).error)
    assert error.startswith(told) or (step is not raw and "ReadTimeout: " in error and not INSTALLED)


def test_nobody_listens(colour: Colour) -> None:
    """An endpoint that is not reached is named."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        error = str(put(colour, url, max_retries=0).error)
    assert error.startswith("ConnectError: ")
    assert error.endswith(f"(at {url})")


def test_a_kept_connection_that_was_closed(colour: Colour) -> None:
    """The next call makes a new connection."""
    once = raw(b"HTTP/1.1 201 x\r\ncontent-length: 2\r\n\r\n{}")
    with scripted(once) as server:
        client = colour.client(endpoint=server.url)
        for _ in range(3):
            assert colour.call(client.emit, "PUT", "a.b.c", {}, "t").success
        assert server.connections == 3


def test_closing_ends_what_is_under_way() -> None:
    """A call that waits in another thread comes back when the client is closed."""
    told: list[Any] = []
    with scripted(silence()) as server:
        client = SyncClient(endpoint=server.url, identity=Identity.static(DID), timeout=30.0)

        def wait() -> None:
            told.append(client.emit("PUT", "a.b.c", {}, "t"))

        thread = threading.Thread(target=wait)
        thread.start()
        assert arrived(server)
        client.close()
        thread.join(10)
    assert told
    assert "closed" in told[0].error


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_an_interrupt_ends_a_wait(colour: str) -> None:
    """Ctrl-C during a call raises at once, in the program's own words, and later calls work."""
    code = """
        import asyncio, sys
        from syncropel import Client, Identity
        client = Client(sys.argv[1], Identity.static("did:example:test"), timeout=30.0, max_retries=0)
        async def put():
            return await client.emit("PUT", "a.b.c", {}, "t")
        send = (lambda: client.emit_sync("PUT", "a.b.c", {}, "t")) if sys.argv[2] == "sync" else (
            lambda: asyncio.run(put()))
        try:
            print("ready", flush=True)
            send()
        except KeyboardInterrupt:
            print("interrupted", send().success)
        client.close()
    """
    with scripted(silence(), STORED) as server:
        process = run(code, server.url, colour)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert arrived(server)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (out, err, process.returncode) == ("interrupted True\n", "", 0)
    assert time.monotonic() - began < 5


def test_a_forked_child_sends_by_itself() -> None:
    """A child makes connections of its own, and leaves those of its parent as they are."""
    code = """
        import os, sys
        from syncropel import Identity, SyncClient
        def put(client): return client.emit("PUT", "a.b.c", {}, "t", timeout=5.0).success
        def child(client):
            if (pid := os.fork()) == 0:
                with SyncClient(sys.argv[1], Identity.static("did:example:test")) as own:
                    fine = put(client) and put(own)
                client.close()
                sys.exit(0 if fine else 1)
            return os.waitpid(pid, 0)[1]
        client = SyncClient(sys.argv[1], Identity.static("did:example:test"))
        print(child(client), put(client), child(client), put(client))
        client.close()
    """
    with scripted(STORED) as server:
        out, err = run(code, server.url).communicate(timeout=30)
        assert server.connections == 5
    assert (out, err) == ("0 True 0 True\n", "")


def test_a_child_that_is_forked_at_a_bad_moment() -> None:
    """Whatever another thread of the parent held at the fork, the child does not wait for it."""
    code = """
        import os, signal, sys, threading
        import syncropel.client
        from syncropel import Client, Identity
        from syncropel.store import SynapClient
        client = Client(sys.argv[1], Identity.static("did:example:test"))
        store = SynapClient(sys.argv[1])
        twin = client._sync_client()
        held = syncropel.client._twins, client._sender, twin._sender, store._carrier, store._carrier._sender
        for each in held:
            each._lock.acquire()
        if (pid := os.fork()) == 0:
            signal.alarm(20)
            fine = client.emit_sync("PUT", "a.b.c", {}, "t").success and store.kv.set("a", "b")
            client.close()
            store.close()
            sys.exit(not fine)
        for each in held:
            each._lock.release()
        print(os.waitpid(pid, 0)[1])
        client.close()
        store.close()
    """
    with scripted(STORED, answer(200, json={"success": True, "payload": {}})) as server:
        assert run(code, server.url).communicate(timeout=30) == ("0\n", "")


def test_works_without_the_extra() -> None:
    """Where neither package can be imported, the same calls do the same."""
    code = """
        import asyncio, sys
        sys.modules["httptools"] = sys.modules["httptools.parser"] = sys.modules["orjson"] = None
        from syncropel import Client, Identity
        client = Client(sys.argv[1], Identity.static("did:example:test"))
        async def main():
            assert (await client.emit("PUT", "a.b.c", {"x": 1.5}, "t")).success
            assert (await client.query_thread("t")).ok
        assert client.emit_sync("PUT", "a.b.c", {"x": 1.5}, "t").success
        asyncio.run(main())
        client.close()
        print("httpx" in sys.modules)
    """
    with scripted(STORED, STORED, answer(200, json={"object": "list", "data": []})) as server:
        out, err = run(code, server.url).communicate(timeout=30)
    assert (out, err) == ("True\n", "")


def test_a_closed_client_says_so(colour: Colour) -> None:
    """A read after closing raises the error that says why; an emit reports it."""
    with scripted(STORED) as server:
        client = colour.client(endpoint=server.url)
        assert colour.call(client.emit, "PUT", "a.b.c", {}, "t").success
        colour.call(client.close)
        assert "closed" in str(colour.call(client.emit, "PUT", "a.b.c", {}, "t").error)
        with pytest.raises(ClosedError):
            colour.call(client.tokens.list)


def test_a_strict_call_out_of_time(colour: Colour) -> None:
    """A call that raises tells running out of time by its own class."""
    with scripted(silence()) as server:
        client = colour.client(endpoint=server.url, timeout=0.3)
        with pytest.raises(RequestTimeout):
            colour.call(client.tokens.list)


def test_from_several_event_loops() -> None:
    """One client works on one loop after another, each with connections of its own."""
    import asyncio

    with scripted(STORED) as server:
        client = Client(server.url, Identity.static(DID))

        async def put_twice() -> bool:
            both = await asyncio.gather(*(client.emit("PUT", "a.b.c", {}, f"t{n}") for n in range(2)))
            return all(result.success for result in both)

        assert all(asyncio.run(put_twice()) for _ in range(3))
        client.close()

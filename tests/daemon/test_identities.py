"""DID documents: fetched from real servers, once, bounded, and never from where they must not be."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from syncropel.daemon.identities import FORGET_SECONDS, Resolver, Unresolved, is_public
from syncropel.rules import limits
from syncropel.rules.signatures import key_to_multibase
from tests.support.pki import make_pki

KEY = key_to_multibase(bytes(range(32)))
OTHER = key_to_multibase(bytes(range(1, 33)))
Respond = Callable[[asyncio.StreamWriter], Awaitable[None]]


def document(did: str, *keys: str) -> bytes:
    """Return a DID document with these keys."""
    methods = [
        {"id": f"{did}#{number}", "type": "Multikey", "controller": did, "publicKeyMultibase": key}
        for number, key in enumerate(keys)
    ]
    return json.dumps({"id": did, "verificationMethod": methods}).encode()


def answer(content: bytes, status: str = "200 OK", *lines: str) -> bytes:
    """Return the bytes of an answer."""
    head = [f"HTTP/1.1 {status}", f"content-length: {len(content)}", *lines, "", ""]
    return "\r\n".join(head).encode() + content


class Site:
    """A server for one document on this machine; counts what it was asked."""

    def __init__(self, respond: Respond | bytes | None = None) -> None:
        self.respond = respond
        self.requests: list[bytes] = []
        self.did = ""
        self.host = ""

    async def __aenter__(self) -> Site:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.host = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self.did = f"did:web:{self.host.replace(':', '%3A')}:users:ann"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            respond = self.respond
            if callable(respond):
                await respond(writer)
            else:
                writer.write(answer(document(self.did, KEY)) if respond is None else respond)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def resolve(site: Site, work: Callable[[Site, Resolver], Awaitable[Any]], **options: Any) -> Any:
    """Run work with a site and a resolver that may ask it."""

    async def run() -> Any:
        async with site:
            resolver = Resolver([site.host], **options)
            try:
                return await work(site, resolver)
            finally:
                await resolver.close()

    return asyncio.run(asyncio.wait_for(run(), 30))


async def ask(site: Site, resolver: Resolver) -> list[str]:
    """Ask once."""
    return await resolver.keys(site.did)


def refused(site: Site, match: str, **options: Any) -> None:
    """Ask once, and be refused."""
    with pytest.raises(Unresolved, match=match):
        resolve(site, ask, **options)


def test_a_document_is_fetched_from_its_place() -> None:
    """The path is that of the DID, the host its own; nothing secret is sent along."""
    site = Site()
    assert resolve(site, ask) == [KEY]
    head = site.requests[0].decode().lower()
    assert head.startswith("get /users/ann/did.json http/1.1\r\n")
    assert f"host: {site.host}\r\n" in head
    assert "authorization" not in head


def test_an_answer_in_chunks_or_up_to_the_end_is_read() -> None:
    """Servers end their answers in three ways; all are understood."""

    async def chunked(writer: asyncio.StreamWriter) -> None:
        content = document(site.did, KEY)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for part in (content[:10], content[10:]):
            writer.write(b"%x\r\n" % len(part) + part + b"\r\n")
        writer.write(b"0\r\n\r\n")

    async def closed(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n" + document(site.did, KEY))

    for respond in (chunked, closed):
        site = Site(respond)
        assert resolve(site, ask) == [KEY]


def test_a_slow_server_costs_a_bounded_time() -> None:
    """One that drips for ever is given up, although every byte comes soon."""

    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    refused(Site(drip), "did not come within 0.2 s", seconds=0.2)

    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    refused(Site(silent), "did not come within 0.2 s", seconds=0.2)


def test_a_huge_document_is_not_read() -> None:
    """Neither one that says its size nor one that never ends."""
    refused(Site(answer(b" " * (limits.DID_DOCUMENT_BYTES + 1))), "larger than")

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b" " * 65536)
            await writer.drain()

    refused(Site(endless), "larger than")
    refused(Site(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 10_000), "could not be read")


def test_redirects_are_not_followed() -> None:
    """Wherever they lead: the document is where the DID says."""
    for status in ("301 Moved Permanently", "302 Found", "307 Temporary Redirect"):
        site = Site(answer(b"", status, "location: http://127.0.0.1:1/did.json"))
        refused(site, "redirects are not followed")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (document("did:web:other.example", KEY), "not of"),
        (b"<html>", "JSON"),
        (b'{"id": 1, "id": 2}', "id"),
        (b"[]", "JSON object"),
        (b"[" * 10_000, "nest|deep|levels"),
    ],
)
def test_what_is_no_document_of_this_did_is_refused(content: bytes, said: str) -> None:
    """Another one's document, no JSON, two answers in one: the reason is said."""
    refused(Site(answer(content)), said)


def test_a_document_without_keys_is_refused() -> None:
    """There must be one that signs."""

    async def empty(writer: asyncio.StreamWriter) -> None:
        writer.write(answer(document(site.did)))

    site = Site(empty)
    refused(site, "has no Ed25519 key")


def test_what_is_no_http_is_refused() -> None:
    """A server that speaks something else costs nothing but its attempt."""
    refused(Site(b"220 smtp.example ESMTP\r\n"), "could not be read")
    refused(Site(b""), "could not be read")


def test_a_failure_is_remembered_for_a_minute_and_then_tried_again() -> None:
    """500, then mended: within the minute nobody asks, after it the keys are there."""
    now = [0.0]

    async def work(site: Site, resolver: Resolver) -> None:
        for moment in (0.0, FORGET_SECONDS - 1):
            now[0] = moment
            with pytest.raises(Unresolved, match="answered 500"):
                await resolver.keys(site.did)
        assert len(site.requests) == 1
        site.respond = None
        with pytest.raises(Unresolved, match="answered 500"):
            await resolver.keys(site.did)
        now[0] = FORGET_SECONDS + 1
        assert await resolver.keys(site.did) == [KEY]
        assert len(site.requests) == 2

    resolve(Site(answer(b"", "500 Internal Server Error")), work, clock=lambda: now[0])


def test_many_who_ask_at_once_are_one_request() -> None:
    """They wait for the same answer, also when the one who asked first has left."""

    async def work(site: Site, resolver: Resolver) -> None:
        waiting = [asyncio.ensure_future(resolver.keys(site.did)) for _ in range(50)]
        while not site.requests:
            await asyncio.sleep(0)
        waiting[0].cancel()
        go.set()
        assert await asyncio.gather(*waiting[1:]) == [[KEY]] * 49
        assert len(site.requests) == 1

    async def respond(writer: asyncio.StreamWriter) -> None:
        await go.wait()
        writer.write(answer(document(site.did, KEY)))

    async def run() -> None:
        nonlocal go
        go = asyncio.Event()
        async with site:
            await work(site, Resolver([site.host]))

    go: asyncio.Event
    site = Site(respond)
    asyncio.run(asyncio.wait_for(run(), 30))


def test_an_answer_to_an_earlier_question_is_not_taken_for_a_later_one() -> None:
    """Whoever asked before the document came is content with it; whoever asks after it has it read again."""
    now = [10.0]

    async def work(site: Site, resolver: Resolver) -> None:
        assert await resolver.keys(site.did, 9.0) == [KEY]
        assert await resolver.keys(site.did, 9.5) == [KEY]
        assert len(site.requests) == 1
        now[0] = 20.0
        assert await resolver.keys(site.did, 15.0) == [KEY]
        assert await resolver.keys(site.did) == [KEY]
        assert len(site.requests) == 3

    resolve(Site(), work, clock=lambda: now[0])


def test_this_machine_is_asked_only_when_listed() -> None:
    """No actor's name makes the daemon talk to a service on its own machine."""

    async def run() -> None:
        async with Site() as site:
            for hosts in ([], ["localhost"], ["127.0.0.1:1"], ["example.org"]):
                with pytest.raises(Unresolved, match="--did-web-host"):
                    await Resolver(hosts).keys(site.did)
            assert site.requests == []
            assert await Resolver(["127.0.0.1"]).keys(site.did) == [KEY]

    asyncio.run(run())


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1", "192.168.1.1", "169.254.169.254", "172.16.0.1", "0.0.0.0", "100.64.0.1", "127.1",
        "2130706433", "0x7f000001", "127.0.0.2", "224.0.0.1",
    ],
)  # fmt: skip
def test_private_addresses_are_not_connected_to(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In whatever notation a name stands for one; nothing is even tried."""

    async def connect(*_: Any, **__: Any) -> Any:
        raise AssertionError("it connected")

    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(Unresolved, match=r"private address|was not found"):
        asyncio.run(Resolver().keys(f"did:web:{host}"))


@pytest.mark.parametrize(
    "did", ["did:web:a.example%3A99999", f"did:web:{'a' * 70}.example", "did:web:", "did:key:z6Mk"]
)
def test_what_names_no_place_is_refused(did: str) -> None:
    """Whatever an actor calls itself, the answer is a reason."""
    with pytest.raises(Unresolved):
        asyncio.run(Resolver().keys(did))


def test_a_name_that_has_a_private_address_too_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One public address does not make up for a private one."""

    async def run() -> None:
        loop = asyncio.get_running_loop()

        async def found(*_: Any, **__: Any) -> Any:
            return [
                (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
                for address in ("1.1.1.1", "10.0.0.1")
            ]

        monkeypatch.setattr(loop, "getaddrinfo", found)
        with pytest.raises(Unresolved, match="private address"):
            await Resolver().keys("did:web:rebinding.example")

    asyncio.run(run())


def test_private_addresses_are_known_in_every_notation() -> None:
    """IPv4 inside of IPv6 is judged by the IPv4 address."""
    private = [
        "::1",
        "fe80::1%lo",
        "fc00::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ]
    private += ["::", "ff02::1", "10.1.2.3", "198.18.0.1"]
    private += ["64:ff9b:1::a00:1", "::10.0.0.1", "::ffff:0:10.0.0.1", "fec0::1"]
    assert not [address for address in private if is_public(address)]
    assert all(map(is_public, ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]))


def test_certificates_are_checked(tmp_path: Path) -> None:
    """A server with the right certificate is believed; one with another's, or with nobody's word, is not."""
    pki = make_pki(tmp_path, "records.example")
    (tmp_path / "wrong").mkdir()
    wrong = make_pki(tmp_path / "wrong", "other.example")

    async def run() -> None:
        loop = asyncio.get_running_loop()
        did = ""

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer(document(did, KEY)))
            writer.close()

        async def found(*_: Any, **__: Any) -> Any:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

        loop.getaddrinfo = found  # type: ignore[method-assign]
        for served, trusted, fine in ((pki, pki, True), (pki, wrong, False), (wrong, wrong, False)):
            server = await asyncio.start_server(
                serve, "127.0.0.1", 0, ssl=served.server_context(), ssl_handshake_timeout=5
            )
            port = server.sockets[0].getsockname()[1]
            did = f"did:web:records.example%3A{port}"
            context: ssl.SSLContext = trusted.client_context()
            resolver = Resolver([f"records.example:{port}"], tls=context)
            if fine:
                assert await resolver.keys(did) == [KEY]
            else:
                with pytest.raises(Unresolved, match="could not be reached"):
                    await resolver.keys(did)
            server.close()

    asyncio.run(asyncio.wait_for(run(), 30))

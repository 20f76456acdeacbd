"""The short way of an emit answers as the long one: the same bytes, the same order, the same patience."""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from syncropel.daemon import engine
from syncropel.daemon.app import App
from syncropel.daemon.bodies import Headers
from syncropel.daemon.crowd import Crowd
from syncropel.daemon.direct import DirectProtocol
from syncropel.daemon.local import LocalDaemon
from syncropel.daemon.parsing import ParsingProtocol
from syncropel.daemon.protocol import guarded
from tests.support.daemons import wait_for
from tests.support.sockets import Answer, Connection, Watch, record, split_answer

TYPE = "content-type: application/json"
Post = Callable[..., bytes]


class Pair:
    """A daemon with the short way and one without, who are told the same."""

    def __init__(self, short: LocalDaemon, long: LocalDaemon) -> None:
        self.short, self.long = short, long

    def ask(self, data: bytes) -> bytes:
        """Send bytes to both on connections of their own and return the one answer of both."""
        answers = [_exchange(daemon, data) for daemon in (self.short, self.long)]
        assert _comparable(answers[0]) == _comparable(answers[1])
        return answers[0]


@pytest.fixture(scope="module")
def taken() -> Iterator[list[bytes]]:
    """The bodies that went the short way."""
    seen: list[bytes] = []
    ingest = App.ingest

    def counting(self: App, target: str, headers: dict[str, str], body: bytes, client: object) -> None:
        seen.append(body)
        ingest(self, target, headers, body, client)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(App, "ingest", counting)
        yield seen


@pytest.fixture(scope="module")
def pair(taken: list[bytes]) -> Iterator[Pair]:
    """Both daemons, with stores in memory."""
    with LocalDaemon() as short, pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_protocol", lambda: ParsingProtocol)
        with LocalDaemon() as long:
            yield Pair(short, long)


def post(body: bytes, *lines: str, target: str = "/v1/records", version: str = "1.1") -> bytes:
    """Return the bytes of a POST, with a request id that both daemons answer with."""
    head = [f"POST {target} HTTP/{version}", "host: localhost", "x-request-id: r1", *lines]
    head.append(f"content-length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


def encoded(**fields: object) -> bytes:
    """Return a new record as clients post it."""
    return json.dumps(record(**fields), ensure_ascii=False, separators=(",", ":")).encode()  # type: ignore[arg-type]


def command(name: str, payload: object, *lines: str) -> bytes:
    """Return the bytes of a command."""
    body = json.dumps({"command": name, "request_id": "given", "payload": payload}).encode()
    return post(body, TYPE, *lines, target="/api/v1/command")


def _exchange(daemon: LocalDaemon, data: bytes) -> bytes:
    host, port = daemon.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(data)
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
        except ConnectionResetError:
            pass
        return received


def _comparable(answer: bytes) -> bytes:
    """Blank out what two daemons cannot share: the time, and ids of requests that they made up."""
    answer = re.sub(rb"\r\ndate: [^\r]*", b"", answer)
    return re.sub(rb'("created_at":|req_)[0-9a-f]+', rb"\1", answer)


CLOSE = "connection: close"
SHORT: list[Callable[[], bytes]] = [
    lambda: post(encoded(), TYPE, CLOSE),
    lambda: post(encoded(body={"kind": "test.a.b", "n": 1.0, "m": 1e-7, "é": [None]}), TYPE, CLOSE),
    lambda: post(encoded(), CLOSE),
    lambda: post(encoded(), "content-type: text/plain", CLOSE),
    lambda: post(b"", TYPE, CLOSE),
    lambda: post(b'{"act":"KNOW","act":"DO"}', TYPE, CLOSE),
    lambda: post(b"[1]", TYPE, CLOSE),
    lambda: post(encoded(clock=-1), TYPE, CLOSE),
    lambda: post(encoded(clock=7, thread="th_twice"), TYPE, CLOSE),
    lambda: post(encoded(clock=7, thread="th_twice", body={"kind": "test.other.one"}), TYPE, CLOSE),
    lambda: post(encoded(), TYPE, CLOSE, "x-request-id-too: 1", "authorization: Bearer nonsense"),
    lambda: post(encoded(body={"kind": "test.a.b", "text": "x" * 60_000}), TYPE, CLOSE),
]
SHORT += [
    lambda: command("kv.set", {"key": "k", "value": "é"}, CLOSE),
    lambda: command("kv.get", {"key": "k"}, CLOSE),
    lambda: command("kv.keys", {"pattern": "*"}, CLOSE),
    lambda: command("kv.get", {"key": ""}, CLOSE),
    lambda: command("nonsense", {}, CLOSE),
    lambda: command("batch", {"commands": [{"command": "kv.dbsize"}] * 40}, CLOSE),
    lambda: command("batch", {"commands": [{"command": "kv.incr", "payload": {"key": "n"}}, {}]}, CLOSE),
    lambda: command("pubsub.stats", {}, CLOSE),
    lambda: command("queue.consume", {"queue": "none", "consumer_id": "c"}, CLOSE),
    lambda: post(b"{}", TYPE, CLOSE, target="/api/v1/command"),
    lambda: post(b"{", TYPE, CLOSE, target="/api/v1/command"),
    lambda: post(b"{}", "content-type: text/plain", CLOSE, target="/api/v1/command"),
]
LONG: list[Callable[[], bytes]] = [
    lambda: post(b"{}", TYPE, CLOSE, target="/api/v1/command?api_key=x"),
    lambda: command("kv.set", {"key": "k", "value": "x" * 70_000}, CLOSE),
    lambda: command(
        "batch", {"commands": [{"command": "kv.get", "payload": {"key": "k" * 900}}] * 90}, CLOSE
    ),
    lambda: post(encoded(), TYPE, CLOSE, target="/v1/records?atomic=true"),
    lambda: post(encoded(), TYPE, CLOSE, target="/v1/records?x=%ff"),
    lambda: post(encoded(), TYPE, CLOSE, target="/v1/record%73"),
    lambda: post(encoded(), TYPE, version="1.0"),
    lambda: post(encoded(), TYPE, CLOSE, "origin: http://localhost:3000"),
    lambda: post(encoded(), TYPE, CLOSE, "origin: https://example.org"),
    lambda: post(encoded(), TYPE, CLOSE, "host: evil.example"),
    lambda: post(encoded(), TYPE, CLOSE, "x-twice: 1", "x-twice: 2"),
    lambda: post(encoded(), TYPE, CLOSE, "authorization: Bearer a", "authorization: Bearer b"),
    lambda: post(encoded(), TYPE, CLOSE, "expect: 100-continue"),
    lambda: post(encoded(), TYPE, "connection: upgrade, close", "upgrade: websocket"),
    lambda: post(encoded(body={"kind": "test.a.b", "text": "x" * 70_000}), TYPE, CLOSE),
    lambda: post(b"x" * 1_100_000, TYPE, CLOSE),
]


@pytest.mark.parametrize("number", range(len(SHORT)))
def test_a_plain_emit_is_answered_the_same_and_goes_the_short_way(
    pair: Pair, taken: list[bytes], number: int
) -> None:
    """Status, headers and content are equal to the byte, for what is stored and for what is refused."""
    taken.clear()
    assert pair.ask(SHORT[number]()).startswith(b"HTTP/1.1 ")
    assert len(taken) == 1


@pytest.mark.parametrize("number", range(len(LONG)))
def test_anything_but_a_plain_emit_is_left_to_the_application(
    pair: Pair, taken: list[bytes], number: int
) -> None:
    """What has a query, a page behind it, two headers of a name, or a large body, is looked at as before."""
    taken.clear()
    assert pair.ask(LONG[number]()).startswith(b"HTTP/1.")
    assert not taken


def test_requests_sent_at_once_are_answered_in_their_order(pair: Pair) -> None:
    """Emits, reads and nonsense on one connection, sent without waiting for answers, keep their order."""
    chance = random.Random(7)
    read = b"GET /v1/capabilities HTTP/1.1\r\nhost: localhost\r\nx-request-id: r1\r\n\r\n"
    for _ in range(10):
        get, keys = command("kv.get", {"key": "k"}), command("kv.keys", {})
        parts = [chance.choice([post(encoded(), TYPE), read, post(b"{", TYPE), get, keys]) for _ in range(12)]
        pair.ask(b"".join([*parts, post(encoded(), TYPE, CLOSE)]))


def test_a_request_in_pieces_is_whole_in_the_end(pair: Pair) -> None:
    """Whatever the pieces in which it arrives, an emit is stored once."""
    body = encoded(thread="th_pieces")
    data = post(body, TYPE, CLOSE)
    host, port = pair.short.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(0, len(data), 7):
            connection.sendall(data[place : place + 7])
        assert split_answer(connection.makefile("rb").read()).status == 201


def test_a_client_that_leaves_stores_and_harms_nobody(pair: Pair) -> None:
    """An emit that arrived whole is stored though nobody hears so, and the others are answered."""
    host, port = pair.short.url.removeprefix("http://").split(":")
    for number in range(20):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(post(encoded(thread="th_left", clock=number), TYPE))
    with Connection(pair.short.url) as connection:
        wait_for(lambda: _count(connection, "th_left") == 20, "the emits of clients that left")


def test_a_command_that_waits_is_answered_when_there_is_something(pair: Pair) -> None:
    """A consumer that waits on the short way gets what is published; one that has left takes nothing."""
    host, port = pair.short.url.removeprefix("http://").split(":")
    wait = command("queue.consume", {"queue": "q", "consumer_id": "c", "wait_secs": 20}, CLOSE)
    with Connection(pair.short.url) as other:
        other.request("POST", "/queue/q", b"{}")
        with socket.create_connection((host, int(port)), timeout=20) as gone:
            gone.sendall(wait)
            wait_for(lambda: _waiting(pair.short) == 1, "a consumer that waits")
        wait_for(lambda: _waiting(pair.short) == 0, "the end of the wait")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(wait)
            wait_for(lambda: _waiting(pair.short) == 1, "a consumer that waits")
            other.request("POST", "/queue/q/publish", b'{"payload":[1,2]}')
            answer = split_answer(connection.makefile("rb").read())
        assert (answer.status, answer.body["payload"]["message"]["payload"]) == (200, [1, 2])


def _waiting(daemon: LocalDaemon) -> int:
    return daemon.kernel.hub.wakeups.waiting


@pytest.mark.parametrize("cut", [20, -70_002, -70_001, -70_000])
def test_a_body_that_comes_with_the_end_of_the_head_is_not_counted_to_it(cut: int) -> None:
    """A head in two pieces, the second with a body of more than a head may have, is no large head."""
    data = post(b"x" * 70_000, TYPE)
    asked: list[str] = []
    written = asyncio.run(_fed(asked, data[:cut], data[cut:]))
    assert asked == ["/v1/records"]
    assert written.startswith(b"HTTP/1.1 204")


def test_a_head_without_an_end_is_refused() -> None:
    """Pieces that only go on with a head are counted, wherever its lines are cut."""
    lines = b"x-line: 1\r\n" * 5000
    asked: list[str] = []
    written = asyncio.run(_fed(asked, post(b"")[:-2], *[lines] * 3, b"\r\n"))
    assert (asked, written[:12]) == ([], b"HTTP/1.1 400")


def test_a_client_that_takes_no_answers_is_left_to_the_application() -> None:
    """Where answers pile up, an emit goes the way that waits for the client instead of adding one more."""
    asked: list[str] = []
    asyncio.run(_fed(asked, post(b"{}", TYPE), paused=True))
    assert asked == ["/v1/records"]


async def _fed(asked: list[str], *pieces: bytes, paused: bool = False) -> bytes:
    """Feed a protocol of the daemon, note the paths that reach the application, return what is written."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    config = uvicorn.Config(application, lifespan="off", log_config=None, access_log=False)
    config.load()
    kind = guarded(DirectProtocol, read_seconds=30, stall_seconds=30)
    place = Crowd(1).enter(lambda: None)
    assert place is not None
    protocol = kind(config=config, server_state=ServerState(), app_state={}, place=place, ingest=_Never())
    connection = _Unread()
    protocol.connection_made(connection)
    if paused:
        protocol.pause_writing()
    for piece in pieces:
        if not connection.written:
            protocol.data_received(piece)
    if paused:
        protocol.resume_writing()
    await asyncio.gather(*protocol.tasks)
    protocol.connection_lost(None)
    return connection.written


class _Never:
    """Takes everything as plain, and must not be asked to."""

    def plain(self, headers: Headers) -> dict[str, str]:
        return {}

    def ingest(self, target: str, headers: dict[str, str], body: bytes, client: object) -> None:
        raise AssertionError("the short way was taken")


class _Unread(asyncio.Transport):
    """A connection that keeps what is written to it."""

    written = b""

    def get_extra_info(self, name: str, default: object = None) -> object:
        return default

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def test_a_daemon_that_stops_answers_what_it_took(pair: Pair) -> None:
    """An emit under way when the daemon is told to stop is answered, and its connection is closed."""
    with LocalDaemon() as daemon, Watch(daemon.url, "th_test") as watch:
        watch.next()
        answers = _stop_amid_emits(daemon)
        assert [answer.status for answer in answers] == [201] * len(answers)


def _stop_amid_emits(daemon: LocalDaemon) -> list[Answer]:
    host, port = daemon.url.removeprefix("http://").split(":")
    opened = [socket.create_connection((host, int(port)), timeout=20) for _ in range(8)]
    for connection in opened:
        connection.sendall(post(encoded(), TYPE))
    heard = [connection.recv(1) for connection in opened]
    for connection in opened:
        connection.sendall(post(encoded(), TYPE))
    daemon.stop()
    answers = []
    for connection, first in zip(opened, heard, strict=True):
        received = first + connection.makefile("rb").read()
        connection.close()
        answers += [split_answer(b"HTTP/1.1 " + part) for part in received.split(b"HTTP/1.1 ")[1:]]
    return answers


def _count(connection: Connection, thread: str) -> int:
    return len(connection.get(f"/v1/threads/{thread}/records?limit=100").body.get("data", []))


def test_a_process_of_its_own_is_tuned_and_another_program_is_not() -> None:
    """What is done to the collector and the threads is done where the daemon is the whole process."""
    program = """
import gc, sys
from syncropel.daemon import serve
from syncropel.daemon.local import LocalDaemon

def seen():
    return *gc.get_threshold(), sys.getswitchinterval()

before = seen()
with LocalDaemon():
    assert seen() == before
serve.tune()
print(*seen())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "10000 2 2 0.0003\n"

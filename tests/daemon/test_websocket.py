"""Messages over WebSocket: who may listen, what hostile and slow clients get, how it ends."""

from __future__ import annotations

import asyncio
import base64
import random
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncropel.daemon import engine, websocket
from syncropel.daemon.local import LocalDaemon
from syncropel.rules import limits
from syncropel.rules.tokens import parse_token
from tests.support.daemons import wait_for
from tests.support.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, RawSocket, frame
from tests.support.sockets import Connection, exchange, split_answer

LARGE = limits.WEBSOCKET_MESSAGE_BYTES


@pytest.fixture
def local() -> Iterator[LocalDaemon]:
    """A daemon on a thread with a store in memory."""
    with LocalDaemon() as running:
        yield running


def publish(daemon: LocalDaemon, topic: str, payload: Any) -> int:
    """Publish a message from inside the daemon's process; returns whom it is for."""
    return daemon.kernel.hub.publish("default", topic, b'{"payload":%s}' % str(payload).encode())


def stats(daemon: LocalDaemon) -> dict[str, int]:
    """Return the counts of the daemon's hub."""
    return daemon.kernel.hub.stats("default")


@pytest.mark.parametrize("parser", ["compiled", "plain"])
def test_messages_arrive_in_order(parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Welcome first, then every message of every size in order; pings are answered, and the end is an end."""
    if parser == "plain":
        monkeypatch.setattr(engine, "_protocol", lambda: H11Protocol)
        monkeypatch.setattr(engine, "_new_loop", asyncio.new_event_loop)
    with LocalDaemon() as local, Connection(local.url) as http, RawSocket(local.url) as other:
        with RawSocket(local.url, "/pubsub/ws?topics=a.*,b") as reader:
            assert (reader.status, reader.headers["upgrade"]) == (101, "websocket")
            welcome = reader.text()
            assert welcome["type"] == "connected"
            assert (welcome["topics"], welcome["subscription_count"]) == (["a.*", "b"], 2)
            payloads = [1, "é", None, {"x": [1.5]}, "x" * 60, "y" * 300, "z" * 70_000]
            bodies = [b'{"payload":%s}' % engine_json(payload) for payload in payloads]
            sent = [http.request("POST", "/pubsub/a.b/publish", body, JSON).body for body in bodies]
            assert {answer["subscribers_matched"] for answer in sent} == {2}
            read = [reader.text() for _ in payloads]
            assert [message["payload"] for message in read] == payloads
            assert [message["message_id"] for message in read] == [answer["message_id"] for answer in sent]
            reader.send(frame(PING, b"are you there") + frame(TEXT, b'{"type":"ping"}'))
            assert reader.receive() == (PONG, b"are you there")
            reader.send(frame(CLOSE, (1000).to_bytes(2, "big")))
            assert reader.close_code() == 1000
        assert [other.text() for _ in range(8)][1:] == read
        wait_for(lambda: stats(local)["total_subscribers"] == 1, "the end of a subscription")
        assert http.request("POST", "/pubsub/b/publish", b'{"payload":1}', JSON).body["subscribers_matched"]


JSON = {"content-type": "application/json"}


def engine_json(value: Any) -> bytes:
    """Return a value as the daemon writes it."""
    from syncropel.kernel.wire import encode_json

    return encode_json(value)


@pytest.mark.parametrize(
    ("target", "headers", "method", "status", "code"),
    [
        ("/pubsub/ws?topics=a", {"sec-websocket-version": "8"}, "GET", 400, "INVALID_REQUEST"),
        ("/pubsub/ws?topics=a", {"sec-websocket-version": None}, "GET", 400, "INVALID_REQUEST"),
        ("/pubsub/ws?topics=a", {"sec-websocket-key": None}, "GET", 400, "INVALID_REQUEST"),
        ("/pubsub/ws?topics=a", {"sec-websocket-key": "AAAA"}, "GET", 400, "INVALID_REQUEST"),
        ("/pubsub/ws?topics=a", {"sec-websocket-key": "é" * 24}, "GET", 400, "INVALID_REQUEST"),
        ("/pubsub/ws?topics=a", {"connection": "close"}, "GET", 426, "UPGRADE_REQUIRED"),
        ("/pubsub/ws?topics=a", {"upgrade": "h2c"}, "GET", 426, "UPGRADE_REQUIRED"),
        ("/pubsub/ws", {}, "GET", 400, "TOPIC_INVALID"),
        ("/pubsub/ws?topics=a.%23.b", {}, "GET", 400, "TOPIC_INVALID"),
        ("/pubsub/ws?topics=a", {"content-length": "0"}, "POST", 405, "METHOD_NOT_ALLOWED"),
        ("/pubsub/ws?topics=a", {"origin": "https://example.com"}, "GET", 403, "ORIGIN_NOT_ALLOWED"),
        ("/pubsub/ws?topics=a", {"host": "example.com"}, "GET", 403, "ORIGIN_NOT_ALLOWED"),
        ("/pubsub/none", {}, "GET", 404, "ROUTE_NOT_FOUND"),
        ("/health", {}, "GET", 200, None),
    ],
)
def test_a_bad_handshake_is_an_answer(
    local: LocalDaemon,
    target: str,
    headers: dict[str, str | None],
    method: str,
    status: int,
    code: str | None,
) -> None:
    """What is no handshake for a WebSocket here is answered like any request, and subscribes to nothing."""
    with RawSocket(local.url, target, headers, method=method) as refused:
        assert refused.status == status
        if code is not None:
            assert code in (refused.body.get("error_code"), refused.body["code"])
    assert stats(local)["total_subscribers"] == 0


def test_frames_before_the_answer_end_the_connection(local: LocalDaemon) -> None:
    """A client that does not wait for the handshake is not understood; the next one is."""
    host, port = local.url.removeprefix("http://").split(":")
    lines = ["GET /pubsub/ws?topics=a HTTP/1.1", f"host: {host}", "upgrade: websocket", "connection: upgrade"]
    lines += ["sec-websocket-version: 13", f"sec-websocket-key: {base64.b64encode(b'k' * 16).decode()}"]
    request = "\r\n".join([*lines, "", ""]).encode()
    answered = exchange((host, int(port)), request + request, finish=True)
    assert answered == b"" or answered.startswith(b"HTTP/1.1 101")
    wait_for(lambda: stats(local)["total_subscribers"] == 0, "the end of a subscription")
    with RawSocket(local.url) as reader:
        assert reader.text()["type"] == "connected"


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"unmasked", masked=False), 1002),
        (frame(TEXT, b"", reserved=4), 1002),
        (frame(0x3, b"unknown"), 1002),
        (frame(0xB, b"unknown"), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(PING, b"x", last=False), 1002),
        (frame(CONTINUATION, b"of nothing"), 1002),
        (frame(CLOSE, b"\x03"), 1002),
        (frame(CLOSE, (999).to_bytes(2, "big")), 1002),
        (frame(CLOSE, (1000).to_bytes(2, "big") + b"\xff"), 1007),
        (frame(TEXT, b"x" * (LARGE + 1)), 1009),
        (frame(TEXT, b"x" * LARGE, last=False) + frame(CONTINUATION, b"x"), 1009),
        (b"\x81\xff" + b"\xff" * 8 + b"\0" * 4, 1009),
        (b"\x81\xff" + (2**40).to_bytes(8, "big") + b"\0" * 4, 1009),
        (frame(TEXT, b"\xff" * LARGE) + frame(BINARY, b"ignored") + frame(CLOSE, b""), 0),
    ],
)
def test_hostile_frames_close_with_a_code(local: LocalDaemon, sent: bytes, code: int) -> None:
    """What breaks the protocol or a limit ends its own connection, with the code that says why."""
    with RawSocket(local.url) as reader, RawSocket(local.url) as other:
        reader.text()
        other.text()
        reader.send(sent)
        assert reader.close_code() == code
        wait_for(lambda: stats(local)["total_subscribers"] == 1, "the end of a subscription")
        publish(local, "a", 7)
        assert other.text() == {"payload": 7}


def test_noise_harms_nobody(local: LocalDaemon) -> None:
    """Random bytes in place of frames end connections and nothing else."""
    noise = random.Random(7)
    for _ in range(40):
        with RawSocket(local.url) as reader:
            reader.text()
            reader.send(noise.randbytes(noise.randrange(1, 200)))
            reader.socket.shutdown(1)
            reader.close_code()
    wait_for(lambda: stats(local)["total_subscribers"] == 0, "the end of every subscription")
    with Connection(local.url) as http:
        assert http.get("/health").status == 200


def test_a_token_opens_it_and_its_end_closes_it() -> None:
    """Every way to show a token lets in who may listen; revoking it ends what it opened, with 1008."""
    with LocalDaemon(auth=True) as local:
        token = local.kernel.mint(["pubsub:read"])
        parts = parse_token(token)
        assert parts is not None
        basic = base64.b64encode(f"any:{token}".encode()).decode()
        ways: list[tuple[str, dict[str, str | None]]] = [
            ("", {"authorization": f"Bearer {token}"}),
            ("", {"x-api-key": token}),
            ("", {"authorization": f"Basic {basic}"}),
            (f"&api_key={token}", {}),
        ]
        for query, headers in ways:
            with RawSocket(local.url, f"/pubsub/ws?topics=a{query}", headers) as reader:
                assert reader.text()["type"] == "connected"
        wrong: list[tuple[str | None, int]] = [
            (None, 401),
            (f"Bearer {token[:-1]}x", 401),
            ("Basic !", 401),
            (f"Bearer {local.kernel.mint(['pubsub:write'])}", 403),
        ]
        for header, status in wrong:
            with RawSocket(local.url, headers={"authorization": header}) as refused:
                assert refused.status == status
                assert refused.headers["connection"] == "close"
        with RawSocket(local.url, headers={"x-api-key": token}) as reader:
            reader.text()
            publish(local, "a", 0)
            assert reader.text() == {"payload": 0}
            with Connection(local.url, token=local.token) as http:
                assert http.request("DELETE", f"/v1/service-accounts/{parts.account_id}").status in (200, 204)
            codes: list[int | None] = []
            ended = threading.Thread(target=lambda: codes.append(reader.close_code()))
            ended.start()
            # Whether the token still holds is asked before something is told, once in a second.
            wait_for(lambda: not publish(local, "a", 1), "the end of the subscription")
            ended.join(20)
            assert codes == [1008]


def test_who_does_not_read_is_sent_away_and_the_others_are_not(local: LocalDaemon) -> None:
    """A reader that stands still costs what its buffer may hold, and then its place; others miss nothing."""
    count, text = 3 * limits.PUBSUB_BUFFER, "x" * 20_000
    with RawSocket(local.url, receive_bytes=4096) as slow, RawSocket(local.url) as quick:
        slow.text()
        quick.text()
        read: list[Any] = []
        reader = threading.Thread(target=lambda: read.extend(quick.text() for _ in range(count)))
        reader.start()
        most = 0
        for number in range(count):
            wait_for(lambda number=number: number - len(read) < 200, "the quick reader")  # type: ignore[misc]
            publish(local, "a", f'[{number},"{text}"]')
            most = max(most, local.kernel.hub._waiting_bytes)
        reader.join(20)
        assert [message["payload"][0] for message in read] == list(range(count))
        assert stats(local)["slow_consumers_dropped"] == 1
        assert most <= 2 * limits.PUBSUB_BUFFER_BYTES
        assert local.kernel.hub._waiting_bytes == 0
        assert slow.close_code() == 1013


def test_a_burst_sends_nobody_away_who_reads(local: LocalDaemon) -> None:
    """Ten thousand messages at once, more than may wait for one who stands still, reach who reads them."""
    with RawSocket(local.url) as reader, Connection(local.url) as http:
        reader.text()
        command = {"command": "pubsub.publish", "payload": {"topic": "a", "payload": 0}}
        batch = {"command": "batch", "payload": {"commands": [command] * 1000}}
        body = engine_json(batch)
        sending = threading.Thread(
            target=lambda: [http.request("POST", "/api/v1/command", body, JSON) for _ in range(4)]
        )
        sending.start()
        for number in range(6000):
            publish(local, "b", number)
        sending.join(20)
        read = [reader.text() for _ in range(10_000)]
    assert [message["payload"] for message in read if "topic" not in message] == list(range(6000))
    assert stats(local)["slow_consumers_dropped"] == 0


def test_a_silent_client_is_asked_for_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who answers pings stays for ever; who answers nothing, though connected, is given up."""
    monkeypatch.setattr(limits, "WEBSOCKET_PING_SECONDS", 0.15)
    with LocalDaemon() as local, RawSocket(local.url) as dead, RawSocket(local.url) as alive:
        alive.text()
        for _ in range(6):
            assert alive.receive() == (PING, b"")
            alive.send(frame(PONG))
        assert stats(local)["total_subscribers"] == 1
        assert dead.close_code() is None
        publish(local, "a", 1)
        while (received := alive.receive()) == (PING, b""):
            alive.send(frame(PONG))
        assert received == (TEXT, b'{"payload":1}')


def test_a_daemon_that_stops_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every subscriber is told with 1012, and the daemon waits for none that does not answer for long."""
    monkeypatch.setattr(websocket, "_CLOSING_SECONDS", 0.5)
    local = LocalDaemon()
    with local, RawSocket(local.url) as polite, RawSocket(local.url) as rude:
        polite.text()
        rude.text()
        stopping = threading.Thread(target=local.stop)
        stopping.start()
        assert polite.close_code() == 1012
        received = rude.receive()
        assert received is not None
        assert received[0] == CLOSE
        assert received[1].startswith((1012).to_bytes(2, "big"))
        stopping.join(15)
        assert not stopping.is_alive()


def test_open_sockets_count_among_the_connections() -> None:
    """A daemon that is full of subscribers says so to the next one, and gives none of them up."""
    with LocalDaemon(max_connections=2) as local:
        with RawSocket(local.url) as first, RawSocket(local.url) as second:
            first.text()
            second.text()
            with RawSocket(local.url) as third:
                assert (third.status, third.body["code"]) == (503, "TOO_MANY_CONNECTIONS")
            assert publish(local, "a", 1) == 2
            assert first.text() == second.text() == {"payload": 1}
        wait_for(lambda: local.connections == 0, "the end of the connections")
        with RawSocket(local.url) as fourth:
            assert fourth.text()["type"] == "connected"


def test_without_its_package_the_route_says_so(local: LocalDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that lacks the WebSocket package answers 501 with what to install, and nothing else."""
    monkeypatch.setitem(sys.modules, "websockets.utils", None)
    with RawSocket(local.url) as refused:
        assert (refused.status, refused.body["error_code"]) == (501, "WEBSOCKET_UNSUPPORTED")


def test_a_plain_request_is_told_to_upgrade(local: LocalDaemon) -> None:
    """Without an upgrade the route answers 426 with the header that says which, and the connection stays."""
    with Connection(local.url) as http:
        answer = http.get("/pubsub/ws?topics=a")
        assert (answer.status, answer.headers["upgrade"]) == (426, "websocket")
        assert http.get("/health").status == 200
    raw = exchange(
        ("127.0.0.1", int(local.url.rpartition(":")[2])),
        b"GET /pubsub/ws?topics=a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    )
    assert split_answer(raw).body["error_code"] == "UPGRADE_REQUIRED"

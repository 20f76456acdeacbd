"""Bad input over raw sockets: every one gets a 4xx and the one envelope, and stores nothing."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncropel.daemon import engine
from syncropel.daemon.local import LocalDaemon
from syncropel.rules import limits
from syncropel.rules.error_codes import ERROR_CODES, error_type
from tests.support.sockets import Answer, Connection, exchange, record, split_answer


@pytest.fixture(scope="module", params=["compiled", "plain"])
def local(request: pytest.FixtureRequest) -> Iterator[LocalDaemon]:
    """One daemon for all of them, with a store in memory: with the compiled HTTP parser, and without."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            patch.setattr(engine, "_protocol", lambda: H11Protocol)
            patch.setattr(engine, "_new_loop", asyncio.new_event_loop)
        with LocalDaemon() as running:
            yield running


@pytest.fixture(autouse=True)
def nothing_is_stored(local: LocalDaemon) -> Iterator[None]:
    """Count the records before and after each test."""
    before = stored(local)
    yield
    assert stored(local) == before


def stored(local: LocalDaemon) -> int:
    """Return how many records the daemon holds."""
    with Connection(local.url) as connection:
        count: int = connection.get("/health").body["records"]
        return count


def post(body: bytes, *, path: str = "/v1/records", headers: str = "content-type: application/json") -> bytes:
    """Return the bytes of a POST request."""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def get(target: str, headers: str = "") -> bytes:
    """Return the bytes of a GET request."""
    return f"GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n".encode()


def send(local: LocalDaemon, data: bytes, **options: Any) -> Answer:
    """Send raw bytes and read the answer."""
    host, port = local.url.removeprefix("http://").split(":")
    return split_answer(exchange((host, int(port)), data, **options))


def check(answer: Answer, code: str) -> None:
    """Check the one error envelope, and that it agrees with its status and its header."""
    assert answer.body["code"] == code, answer
    assert answer.status == ERROR_CODES[code].status
    assert answer.body["object"] == "error"
    assert answer.body["type"] == error_type(answer.status)
    assert answer.body["message"]
    assert answer.body["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/json"


def valid(**fields: Any) -> bytes:
    """Return the JSON of a record with some fields replaced."""
    return json.dumps(record(**fields)).encode()


def text_of(body: str) -> bytes:
    """Return the JSON of a record whose body is given as text, because no encoder would write it."""
    return valid(body="@").replace(b'"@"', body.encode())


BAD_JSON = {
    "nothing": b"",
    "syntax": b'{"act": ',
    "trailing text": valid() + b" x",
    "not UTF-8": valid().replace(b"KNOW", b"KN\xff\xfe"),
    "UTF-16": valid().decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + valid(),
    "NUL": valid() + b"\0",
    "a NUL between": valid().replace(b"{", b"{\0", 1),
    "a raw control character in a string": text_of('{"a": "\x01"}'),
    "repeated key": valid()[:-1] + b', "act": "DO"}',
    "repeated key deep down": text_of('{"a": [{"b": 1, "b": 2}]}'),
    "NaN": text_of('{"a": NaN}'),
    "Infinity": text_of('{"a": -Infinity}'),
    "a number out of range": text_of('{"a": 1e999}'),
    "a lone surrogate": text_of('{"a": "\\ud800"}'),
    "a lone surrogate as a key": text_of('{"\\udc00": 1}'),
    "nesting of 65": text_of("[" * 64 + "]" * 64),
    "nesting of 100000": b"[" * 100_000,
    "nesting of 100000, closed": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "an integer of 5000 digits": text_of('{"a": ' + "9" * 5000 + "}"),
}

BAD_RECORDS: dict[str, bytes] = {
    "a list": b"[]",
    "a string": b'"record"',
    "null": b"null",
    "no fields": b"{}",
    "unknown act": valid(act="SHOUT"),
    "act in small letters": valid(act="know"),
    "act is a number": valid(act=1),
    "negative clock": valid(clock=-1),
    "too large clock": valid(clock=2**63),
    "fractional clock": valid(clock=1.5),
    "clock is text": valid(clock="7"),
    "clock is true": valid(clock=True),
    "clock is null": valid(clock=None),
    "body is text": valid(body="text"),
    "body is a list": valid(body=[1]),
    "body is null": valid(body=None),
    "thread is a number": valid(thread=5),
    "empty thread": valid(thread=""),
    "long thread": valid(thread="t" * 1025),
    "actor is null": valid(actor=None),
    "parents is text": valid(parents="abc"),
    "a parent is a number": valid(parents=[1]),
    "too many parents": valid(parents=["p"] * 1001),
    "unknown data type": valid(data_type="MATRIX"),
    "judged_by is a number": valid(judged_by=3),
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_bytes_that_are_no_strict_json_are_refused(local: LocalDaemon, name: str) -> None:
    """400 `INVALID_JSON`, however deep, long or broken."""
    check(send(local, post(BAD_JSON[name])), "INVALID_JSON")


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_json_that_is_no_record_is_refused(local: LocalDaemon, name: str) -> None:
    """400 `INVALID_RECORD` with the field in the message."""
    check(send(local, post(BAD_RECORDS[name])), "INVALID_RECORD")


def test_nesting_of_64_is_accepted(local: LocalDaemon) -> None:
    """The limit itself is still allowed: a filter so deep is read, and then refused for its meaning."""
    nested = b'{"filter": ' + b"[" * 63 + b"]" * 63 + b"}"
    check(send(local, post(nested, path="/v1/records/query")), "INVALID_QUERY")


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_another_content_type_is_refused(local: LocalDaemon, content_type: str) -> None:
    """415: what a web page may send without asking is not taken for JSON."""
    check(send(local, post(valid(), headers=f"content-type: {content_type}")), "UNSUPPORTED_MEDIA_TYPE")


def test_a_large_body_with_its_length_is_refused_before_it_is_read(local: LocalDaemon) -> None:
    """413 on the head alone: the body is never sent here, and the answer comes nevertheless."""
    head = post(b"").replace(b"content-length: 0", b"content-length: %d" % (limits.MAX_BODY_BYTES + 1))
    check(send(local, head, finish=True), "BODY_TOO_LARGE")


def test_a_client_that_sends_a_large_body_first_still_gets_the_answer(local: LocalDaemon) -> None:
    """413 also reaches a client that writes everything before it reads."""
    check(send(local, post(b"x" * (8 * limits.MAX_BODY_BYTES))), "BODY_TOO_LARGE")


def test_a_large_body_without_a_length_is_refused_at_the_limit(local: LocalDaemon) -> None:
    """413 for chunks that go on, long before their end."""
    head = post(b"").replace(b"content-length: 0", b"transfer-encoding: chunked")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    check(send(local, head + chunk * 40 + b"0\r\n\r\n"), "BODY_TOO_LARGE")


def test_a_body_of_exactly_the_limit_is_read(local: LocalDaemon) -> None:
    """One mebibyte is not too large (it is refused for its meaning here)."""
    body = b'{"filter": "' + b"x" * (limits.MAX_BODY_BYTES - 14) + b'"}'
    assert len(body) == limits.MAX_BODY_BYTES
    check(send(local, post(body, path="/v1/records/query")), "INVALID_QUERY")


def test_a_client_that_waits_for_leave_to_send_too_much_is_refused_at_once(local: LocalDaemon) -> None:
    """`Expect: 100-continue` with a large length gets 413 and no `100 Continue`."""
    head = post(b"", headers="content-type: application/json\r\nexpect: 100-continue")
    check(send(local, head.replace(b"content-length: 0", b"content-length: 9999999")), "BODY_TOO_LARGE")


def test_a_truncated_body_is_no_request(local: LocalDaemon) -> None:
    """A client that leaves in the middle of its body gets nothing stored, however valid the part is."""
    body = valid()
    data = post(body).replace(b"content-length: %d" % len(body), b"content-length: %d" % (len(body) + 1))
    host, port = local.url.removeprefix("http://").split(":")
    exchange((host, int(port)), data, finish=True)


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/v1",
        "/v1/nothing",
        "/v1/records/a/b",
        "/v1/threads/",
        "/V1/records",
        "//v1/records",
        "/v1/records/",
    ],
)
def test_an_unknown_route_is_refused(local: LocalDaemon, target: str) -> None:
    """A path that the contract does not name is 404 `ROUTE_NOT_FOUND`."""
    check(send(local, get(target)), "ROUTE_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "target"),
    [("DELETE", "/v1/records"), ("PUT", "/health"), ("GET", "/v1/records/query"), ("OPTIONS", "/v1/records")],
)
def test_a_wrong_method_is_refused_with_the_right_ones(local: LocalDaemon, method: str, target: str) -> None:
    """405 with an `Allow` header."""
    answer = send(local, get(target).replace(b"GET", method.encode(), 1))
    check(answer, "METHOD_NOT_ALLOWED")
    assert re.fullmatch(r"[A-Z]+(, [A-Z]+)*", answer.headers["allow"])


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/v1/records", "MISSING_FILTER"),
        ("/v1/records?limit=10", "MISSING_FILTER"),
        ("/v1/records?thread=a&limit=abc", "INVALID_PARAMETER"),
        ("/v1/records?thread=a&limit=-1", "INVALID_PARAMETER"),
        ("/v1/records?thread=a&limit=1.5", "INVALID_PARAMETER"),
        ("/v1/records?thread=a&limit=99999999999999999999", "INVALID_PARAMETER"),
        ("/v1/records?thread=a&since=x", "INVALID_PARAMETER"),
        ("/v1/records?thread=a&since_clock=-1", "INVALID_PARAMETER"),
        ("/v1/records?thread=a&cursor=@@@", "INVALID_QUERY"),
        ("/v1/records?thread=%ff", "INVALID_PARAMETER"),
        ("/v1/threads/%ff/records", "INVALID_PARAMETER"),
        ("/v1/threads/%C3/state", "INVALID_PARAMETER"),
    ],
)
def test_a_wrong_parameter_is_refused(local: LocalDaemon, target: str, code: str) -> None:
    """400 with the parameter in the message."""
    check(send(local, get(target)), code)


@pytest.mark.parametrize(
    "target", ["/v1/threads/a%00b", "/v1/threads/%zz", "/v1/threads/%", "/v1/records/..%2f..%2fetc"]
)
def test_strange_but_harmless_names_are_simply_unknown(local: LocalDaemon, target: str) -> None:
    """A NUL, a broken escape or a path in a name is a name that nobody has used."""
    assert send(local, get(target)).status in {400, 404}


BROKEN_HTTP = {
    "no HTTP": b"hello\r\n\r\n",
    "a TLS handshake": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "a NUL in the path": b"GET /v1/threads/a\0b HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "raw UTF-8 in the path": "GET /v1/threads/é HTTP/1.1\r\nhost: localhost\r\n\r\n".encode(),
    "a header without a colon": b"GET /health HTTP/1.1\r\nhost localhost\r\n\r\n",
    "a NUL in a header": b"GET /health HTTP/1.1\r\nhost: localhost\r\nx: a\0b\r\n\r\n",
    "two lengths": b"POST /v1/records HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n"
    b"content-length: 3\r\n\r\n{}",
    "a negative length": b"POST /v1/records HTTP/1.1\r\nhost: localhost\r\ncontent-length: -2\r\n\r\n{}",
    "a length that is no number": b"POST /v1/records HTTP/1.1\r\nhost: localhost\r\n"
    b"content-length: x\r\n\r\n{}",
    "length and chunks": b"POST /v1/records HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
    b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a chunk size that is no number": b"POST /v1/records HTTP/1.1\r\nhost: localhost\r\n"
    b"transfer-encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("name", BROKEN_HTTP)
def test_bytes_that_are_no_http_get_the_envelope_too(local: LocalDaemon, name: str) -> None:
    """400 with the envelope, and the connection is closed."""
    answer = send(local, BROKEN_HTTP[name])
    assert answer.status in {400, 403, 404}
    assert answer.body["object"] == "error"
    assert answer.body["request_id"]


def test_an_endless_head_is_cut(local: LocalDaemon) -> None:
    """Headers that go on and on are refused at the limit, not collected."""
    endless = b"GET /health HTTP/1.1\r\nhost: localhost\r\nx: " + b"a" * (8 * 1024 * 1024)
    answer = send(local, endless)
    check(answer, "INVALID_REQUEST")


def test_pipelined_requests_are_answered_in_their_order(local: LocalDaemon) -> None:
    """Requests sent without waiting get their own answers, one after the other."""
    first = get("/v1/nothing").replace(b"connection: close\r\n", b"")
    second = post(b"[]").replace(b"connection: close\r\n", b"")
    host, port = local.url.removeprefix("http://").split(":")
    received = exchange((host, int(port)), first + second + get("/v1/records?thread=a&limit=abc"))
    assert re.findall(rb'"code":"(\w+)"', received) == [
        b"ROUTE_NOT_FOUND",
        b"INVALID_RECORD",
        b"INVALID_PARAMETER",
    ]


@pytest.mark.parametrize(
    "headers",
    ["origin: https://example.org\r\n", "origin: null\r\n", "origin: http://localhost.example.org\r\n"],
)
def test_a_page_of_another_site_is_refused(local: LocalDaemon, headers: str) -> None:
    """403: a browser says which site its page comes from, and only this machine's own are served."""
    check(send(local, get("/health", headers)), "ORIGIN_NOT_ALLOWED")
    data = post(valid()).replace(b"host: localhost\r\n", f"host: localhost\r\n{headers}".encode())
    check(send(local, data), "ORIGIN_NOT_ALLOWED")


@pytest.mark.parametrize(
    "host", ["rebound.example.org", "rebound.example.org:9100", "192.168.0.1", "127.0.0.1.example"]
)
def test_a_name_that_was_pointed_here_is_refused(local: LocalDaemon, host: str) -> None:
    """403: with DNS rebinding a page reaches this port under its own name."""
    check(send(local, get("/health").replace(b"localhost", host.encode())), "ORIGIN_NOT_ALLOWED")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9100", "127.0.0.1:1", "[::1]:9100", "dev.localhost"]
)
def test_this_machines_own_names_are_served(local: LocalDaemon, host: str) -> None:
    """Every name that can only mean this machine is accepted, with or without a port."""
    head = get("/health", f"origin: http://{host}\r\n").replace(b"localhost", host.encode(), 1)
    assert send(local, head).status == 200


def test_the_daemon_is_well_after_all_that(local: LocalDaemon) -> None:
    """A connection that was opened before bad ones came is still answered."""
    host, port = local.url.removeprefix("http://").split(":")
    with Connection(local.url) as connection:
        assert connection.get("/health/ready").status == 200
        for _ in range(50):
            with socket.create_connection((host, int(port))) as broken:
                broken.sendall(b"POST /v1/records HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\n{")
        assert connection.get("/health/ready").status == 200

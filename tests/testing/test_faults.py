"""Failures on request: each kind befalls exactly the calls it was meant for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from syncropel import Identity, SyncClient
from syncropel.errors import UsageError
from syncropel.testing import Fault, MockKernel

ROW = {"act": "PUT", "actor": "a", "body": {}, "clock": 1, "thread": "t"}


@pytest.fixture
def kernel() -> MockKernel:
    """A mock of its own."""
    return MockKernel()


@pytest.fixture
def http(kernel: MockKernel) -> httpx.Client:
    """Plain HTTP to that mock, with a read timeout of 5 seconds."""
    return httpx.Client(transport=kernel.transport(), base_url="http://mock", timeout=5)


def client(kernel: MockKernel, **options: Any) -> SyncClient:
    """Return a client of the mock whose retries do not wait."""
    me = Identity.static("did:example:test")
    return SyncClient(endpoint="mock://", identity=me, transport=kernel.transport(), backoff_ms=0, **options)


def test_fail_next_post(kernel: MockKernel, http: httpx.Client) -> None:
    """The next emits meet a broken connection, as many as were asked for; reads in between do not."""
    kernel.fail_next_post()
    kernel.fail_next_post(2)
    for _ in range(3):
        with pytest.raises(httpx.ConnectError, match="a test asked for it"):
            http.post("/v1/records", json=ROW)
        assert http.get("/health").status_code == 200
        assert http.post("/v1/records/query", json={}).status_code == 200
    assert http.post("/v1/records", json=ROW).status_code == 201


def test_fail_next_get(kernel: MockKernel, http: httpx.Client) -> None:
    """The next reads meet a broken connection, also those sent by POST; emits in between do not."""
    kernel.fail_next_get(3)
    assert http.post("/v1/records", json=ROW).status_code == 201
    for read in ("/health", "/v1/threads/t/records"):
        with pytest.raises(httpx.ConnectError):
            http.get(read)
    with pytest.raises(httpx.ConnectError):
        http.post("/v1/records/query", json={})
    assert http.get("/health").status_code == 200


def test_client_retries_and_fails_open(kernel: MockKernel) -> None:
    """A client survives as many failures as it has retries, and reports one more as a result."""
    mine = client(kernel, max_retries=2)
    kernel.fail_next_post(2)
    survived = mine.emit("PUT", "a.b.c", {}, "t", clock=1)
    kernel.fail_next_post(3)
    lost = mine.emit("PUT", "a.b.c", {}, "t", clock=2)
    assert (survived.success, survived.retried) == (True, 2)
    assert (lost.success, lost.retried) == (False, 2)
    assert lost.error.startswith("ConnectError: ")
    kernel.fail_next_get()
    page = mine.query_thread("t")
    assert (page, page.ok) == ([], False)
    assert len(mine.query_thread("t")) == 1


def test_status(kernel: MockKernel, http: httpx.Client) -> None:
    """A status answers in the place of the kernel, with an envelope, headers and nothing stored."""
    kernel.fail_next(429, headers={"Retry-After": "2"})
    answer = http.post("/v1/records", json=ROW)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.json()["code"] == "INJECTED_FAULT"
    assert answer.json()["type"] == "rate_limit_error"
    assert kernel.count() == 0


def test_default_is_503(kernel: MockKernel, http: httpx.Client) -> None:
    """Without arguments the next call of any kind is answered with 503."""
    kernel.fail_next()
    assert http.get("/health").status_code == 503
    assert http.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("body", "content", "kind"),
    [
        ("<html>bad gateway</html>", b"<html>bad gateway</html>", "text/plain; charset=utf-8"),
        (b"\xff\x00", b"\xff\x00", "text/plain; charset=utf-8"),
        ([1], b"[1]", "application/json"),
        ({"id": "x"}, b'{"id":"x"}', "application/json"),
    ],
)
def test_bodies(kernel: MockKernel, http: httpx.Client, body: Any, content: bytes, kind: str) -> None:
    """Text and bytes go out as they are, anything else as JSON."""
    kernel.fail_next(520, body=body)
    answer = http.get("/health")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (520, content, kind)


def test_content_type_may_be_chosen(kernel: MockKernel, http: httpx.Client) -> None:
    """A content type given with the headers stands."""
    kernel.fail_next(200, body="{truncated", headers={"Content-Type": "application/json"})
    assert http.get("/health").headers["content-type"] == "application/json"


def test_method_and_operation(kernel: MockKernel, http: httpx.Client) -> None:
    """A failure for a method or an operation waits until such a call comes."""
    kernel.fail_next(500, method="post", times=2)
    kernel.fail_next(501, operation="getHealth")
    kernel.fail_next(502, operation="!getHealth")
    assert http.get("/v1/threads").status_code == 502
    assert http.get("/health").status_code == 501
    assert [http.post("/v1/records", json=ROW).status_code for _ in range(3)] == [500, 500, 201]
    assert kernel.faults.pending() == 0


def test_failures_come_in_order(kernel: MockKernel, http: httpx.Client) -> None:
    """Failures planned one after the other happen in that order."""
    for status in (500, 429, 404):
        kernel.fail_next(status)
    assert [http.get("/health").status_code for _ in range(4)] == [500, 429, 404, 200]


def test_drop_raises_what_it_is_given(kernel: MockKernel, http: httpx.Client) -> None:
    """An exception given as `drop` is raised as it is, and the call is noted without a status."""
    kernel.fail_next(drop=httpx.ReadError("cut"))
    with pytest.raises(httpx.ReadError, match="cut"):
        http.post("/v1/records", json=ROW)
    assert [(call.operation, call.status) for call in kernel.calls] == [("emitRecord", None)]
    assert kernel.count() == 0


def test_lost_answer(kernel: MockKernel) -> None:
    """With `after_handling` the record is stored and only the answer lost: the retry stores nothing twice."""
    kernel.fail_next(drop=httpx.ReadError("cut"), after_handling=True)
    kernel.fail_next(502, after_handling=True)
    result = client(kernel).emit("PUT", "a.b.c", {}, "t", clock=1)
    assert (result.success, result.retried, result.created) == (True, 2, False)
    assert kernel.count() == 1


def test_latency_alone(kernel: MockKernel, http: httpx.Client) -> None:
    """Latency under the read timeout delays the ordinary answer on the fake clock only."""
    start = kernel.clock.now()
    kernel.fail_next(latency=4.0)
    assert http.post("/v1/records", json=ROW).status_code == 201
    assert kernel.clock.now() == start + 4.0


def test_latency_beyond_the_timeout(kernel: MockKernel, http: httpx.Client) -> None:
    """Latency over the read timeout times the call out when that has passed; nothing was stored."""
    start = kernel.clock.now()
    kernel.fail_next(latency=60)
    with pytest.raises(httpx.ReadTimeout, match="no answer within 5"):
        http.post("/v1/records", json=ROW)
    assert kernel.clock.now() == start + 5.0
    assert kernel.count() == 0


def test_latency_after_handling(kernel: MockKernel, http: httpx.Client) -> None:
    """An answer that comes too late belongs to a record that was stored."""
    kernel.fail_next(latency=60, after_handling=True)
    with pytest.raises(httpx.ReadTimeout):
        http.post("/v1/records", json=ROW)
    assert kernel.count() == 1


def test_latency_with_status(kernel: MockKernel, http: httpx.Client) -> None:
    """Latency and status go together: the wait, then the answer."""
    start = kernel.clock.now()
    kernel.fail_next(504, latency=3)
    assert http.get("/health").status_code == 504
    assert kernel.clock.now() == start + 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 99},
        {"status": 1000},
        {"latency": -1},
        {"times": 0},
        {"times": -1},
        {"status": 500, "drop": True},
    ],
)
def test_impossible_failures_are_refused(kernel: MockKernel, wrong: dict[str, Any]) -> None:
    """A failure that cannot happen is the caller's mistake and is not planned."""
    with pytest.raises(UsageError):
        kernel.fail_next(**wrong)
    assert kernel.faults.pending() == 0


def test_fault_is_a_value() -> None:
    """A fault can be compared and built apart from a mock."""
    assert Fault(status=503) == Fault(status=503)
    assert Fault(status=503).replaces
    assert not Fault(latency=1).replaces

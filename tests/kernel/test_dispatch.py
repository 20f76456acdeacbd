"""Dispatch: routes, methods, decoding, media types, request ids, and that nothing escapes."""

from __future__ import annotations

import logging

import pytest

from syncropel.kernel.core import OPERATIONS, Kernel
from syncropel.kernel.messages import Request
from syncropel.kernel.store.base import Transaction
from syncropel.kernel.store.memory import MemoryStore
from syncropel.rules.contract import load_routes
from syncropel.rules.error_codes import ERROR_CODES

from .support import Caller, build_kernel


def test_every_route_of_the_contract_has_an_operation() -> None:
    """The kernel and the contract name the same operations."""
    assert {route["operation_id"] for route in load_routes()} == set(OPERATIONS)


@pytest.mark.parametrize(
    "target", ["/", "/v1", "/v1/recordsx", "/v1/records/", "/v1/threads//records", "/v2/records", "", "x"]
)
def test_unknown_route_is_not_found(ask: Caller, target: str) -> None:
    """A path outside the contract is ROUTE_NOT_FOUND."""
    reply = ask.send("GET", target)
    assert (reply.status, reply.body["code"]) == (404, "ROUTE_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("DELETE", "/v1/records", "GET, POST"),
        ("GET", "/v1/records/query", "POST"),
        ("HEAD", "/health", "GET"),
        ("OPTIONS", "/v1/threads/t", "GET"),
        ("POST", "/v1/records/abc", "GET"),
    ],
)
def test_wrong_method_names_the_right_ones(ask: Caller, method: str, target: str, allow: str) -> None:
    """A method that a route does not take is 405 with the Allow header; a literal route hides a parameter."""
    reply = ask.send(method, target)
    assert (reply.status, reply.body["code"], reply.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", allow)


def test_undecodable_path_is_refused(ask: Caller) -> None:
    """A path parameter that is not UTF-8 when decoded is INVALID_PARAMETER."""
    assert ask.send("GET", "/v1/threads/%ff/records").body["code"] == "INVALID_PARAMETER"


def test_encoded_slash_stays_in_its_segment(ask: Caller) -> None:
    """%2F is part of the parameter, not of the path."""
    ask.emit(thread="a/b")
    assert len(ask.send("GET", "/v1/threads/a%2Fb/records").body["data"]) == 1


@pytest.mark.parametrize(
    "media", [None, "application/json", "APPLICATION/JSON; charset=utf-8", "application/x+json"]
)
def test_json_media_types_are_accepted(ask: Caller, media: str | None) -> None:
    """JSON in any spelling passes, and so does no content type at all."""
    headers = {} if media is None else {"content-type": media}
    assert ask.send("POST", "/v1/records/query", b"{}", headers).status == 200


@pytest.mark.parametrize(
    "media", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json"]
)
def test_other_media_types_are_refused(ask: Caller, media: str) -> None:
    """Anything that is not JSON is 415."""
    reply = ask.send("POST", "/v1/records", b"{}", {"content-type": media})
    assert (reply.status, reply.body["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_sane_request_id_is_echoed(ask: Caller) -> None:
    """A caller's request id comes back in the header and in the envelope."""
    reply = ask.send("GET", "/nowhere", headers={"x-request-id": "my.id-1_2"})
    assert reply.headers["x-request-id"] == reply.body["request_id"] == "my.id-1_2"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "é", "a\n"])
def test_other_request_ids_are_replaced(ask: Caller, given: str) -> None:
    """A request id that could spoil a log is not echoed."""
    assert (
        ask.send("GET", "/health", headers={"x-request-id": given}).headers["x-request-id"].startswith("req_")
    )


def test_minted_request_ids_differ(ask: Caller) -> None:
    """Two requests have two ids."""
    ids = {ask.get("/health").headers["x-request-id"] for _ in range(10)}
    assert len(ids) == 10


def test_statuses_come_from_the_error_table(ask: Caller) -> None:
    """A refusal's status is that of its code."""
    for target in ("/nowhere", "/v1/records", "/v1/records/x"):
        reply = ask.send("GET", target)
        assert reply.status == ERROR_CODES[reply.body["code"]].status


def test_writes_are_told_apart(kernel: Kernel) -> None:
    """Only an emit is a write; an unknown route is none."""
    assert kernel.is_write(Request("POST", "/v1/records"))
    assert not kernel.is_write(Request("POST", "/v1/records/query"))
    assert not kernel.is_write(Request("GET", "/nowhere"))


class BrokenStore(MemoryStore):
    """A store in which every read fails."""

    def read(self, work: object) -> object:  # type: ignore[override]
        """Fail."""
        raise RuntimeError("secret detail")


def test_fault_becomes_internal_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected exception is INTERNAL without its text; the log has the traceback and the request id."""
    kernel = build_kernel(BrokenStore())
    with caplog.at_level(logging.ERROR, logger="syncropel.kernel"):
        reply = kernel.handle(Request("GET", "/v1/threads?x=secret", {"x-request-id": "r1"}))
    kernel.close()
    assert (reply.status, reply.body["code"], reply.body["request_id"]) == (500, "INTERNAL", "r1")
    assert "secret" not in reply.body["message"]
    (entry,) = [entry for entry in caplog.records if "r1" in entry.getMessage()]
    assert entry.exc_info is not None
    assert "RuntimeError" in caplog.text
    assert "x=secret" not in entry.getMessage()


def test_fault_in_a_write_becomes_internal(kernel: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails unexpectedly is INTERNAL, and stores nothing."""

    def fail(transaction: Transaction, *_: object) -> None:
        transaction.execute("INSERT INTO fulfilments VALUES ('t', 1, 'x')")
        raise RuntimeError("boom")

    ask = Caller(kernel)
    monkeypatch.setattr("syncropel.kernel.services.records.admit_many", fail)
    assert ask.emit().body["code"] == "INTERNAL"
    monkeypatch.undo()
    assert ask.emit().body["sequence"] == 1
    assert ask.get("/v1/threads/t/state").body["fulfilled_by"] == []


def test_closed_kernel_is_unavailable(kernel: Kernel) -> None:
    """After close, reads and writes are 503 with Retry-After; closing again is harmless."""
    ask = Caller(kernel)
    kernel.close()
    kernel.close()
    for reply in (ask.emit(), ask.get("/v1/threads"), ask.get("/health/ready")):
        assert (reply.status, reply.body["code"]) == (503, "STORE_UNAVAILABLE")
        assert int(reply.headers["retry-after"]) > 0

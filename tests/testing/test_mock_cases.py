"""The observed behaviour of the published mock, case by case, and where ours differs on purpose."""

from __future__ import annotations

from pathlib import Path

import httpx

from syncropel import Identity, SyncClient
from syncropel.testing import MockKernel
from tests.support.cases import load_cases

CASES = {case["id"]: case for case in load_cases("mock")}


def emitting(kernel: MockKernel) -> SyncClient:
    """Return the client of the cases."""
    identity = Identity.static("did:example:test")
    return SyncClient(endpoint="mock://", identity=identity, transport=kernel.transport(), backoff_ms=0)


def prepared() -> MockKernel:
    """Return a mock with the record that the cases build on."""
    kernel = MockKernel()
    assert emitting(kernel).emit(**CASES["mock-002"]["input"]).success
    return kernel


def get(kernel: MockKernel, path: str) -> httpx.Response:
    """Read a path of the mock."""
    with httpx.Client(transport=kernel.transport(), base_url="http://mock") as http:
        return http.get(path)


def test_every_case_is_held() -> None:
    """Each case of the area is named by a test of this module."""
    source = Path(__file__).read_text(encoding="utf-8")
    assert [id_ for id_ in CASES if source.count(f'"{id_}"') == 0] == []


def test_identical_repost() -> None:
    """mock-002: the published mock stores it twice; ours, as recommended, once, under the same id."""
    case = CASES["mock-002"]
    kernel = prepared()
    again = emitting(kernel).emit(**case["input"])
    assert (again.success, again.record_id) == (case["expect"]["success"], kernel.records[0].id)
    assert "stored_count 1" in case["recommended"]
    assert kernel.count() == 1


def test_duplicate_clock() -> None:
    """mock-003: another body with the same clock is refused with the text that readers look for."""
    case = CASES["mock-003"]
    result = emitting(prepared()).emit(**case["input"])
    for name in ("success", "record_id", "clock", "retried", "kind", "act", "thread"):
        assert result[name] == case["expect"][name], name
    assert result.error.startswith("HTTP 400: ")
    for text in ("INGEST_FAILED", "DuplicateClock: thread=t actor=did:example:test clock=1"):
        assert text in case["expect"]["error"]
        assert text in result.error


def test_clocks_that_are_free() -> None:
    """mock-005 and mock-006: a lower clock, and the same clock on another thread, are accepted."""
    mine = emitting(prepared())
    plain = {"act": "PUT", "kind": "a.b.c", "body": {"x": 2}, "thread": "t"}
    for id_ in ("mock-005", "mock-006"):
        assert mine.emit(**{**plain, **CASES[id_]["input"]}).success is CASES[id_]["expect"]["success"]


def test_routes() -> None:
    """mock-010 and mock-011: the published mock has no such routes; ours answers as the daemon does."""
    kernel = prepared()
    missing = get(kernel, CASES["mock-010"]["input"])
    assert missing.status_code == CASES["mock-010"]["expect"]["status"]
    assert missing.json()["code"] == "RECORD_NOT_FOUND"
    threads = get(kernel, CASES["mock-011"]["input"])
    assert (threads.status_code, [row["id"] for row in threads.json()["data"]]) == (200, ["t"])


def test_limit_and_since() -> None:
    """mock-013: the published mock ignores `limit` and `since`; ours, as recommended, honours both."""
    case = CASES["mock-013"]
    assert case["recommended"] == "honour both"
    kernel = prepared()
    for clock in (2, 100, 101):
        assert emitting(kernel).emit("PUT", "a.b.c", {}, "t", clock=clock).success
    rows = get(kernel, case["input"]["path"]).json()["data"]
    assert [row["clock"] for row in rows] == [100]


def test_failing_read() -> None:
    """mock-016: a thread read whose connection breaks is an empty list."""
    kernel = prepared()
    kernel.fail_next_get(1)
    assert emitting(kernel).query_thread("t") == CASES["mock-016"]["expect"]["ok"]
    assert len(emitting(kernel).query_thread("t")) == 1


def test_lookups_of_the_guide() -> None:
    """mock-017 and mock-018: `records_for_thread` is there, and rows have attributes."""
    assert {CASES[id_]["expect"]["raises"] for id_ in ("mock-017", "mock-018")} == {"AttributeError"}
    kernel = prepared()
    assert kernel.records_for_thread("x") == []
    record = kernel.records_in("t")[0]
    assert record.body == record["body"] == {"x": 1.0, "kind": "a.b.c", "_v": 1}

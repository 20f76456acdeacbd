"""Inference over HTTP: real commands answer, every failure has its code, many queries at once are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncropel.daemon.errors import DaemonError
from syncropel.daemon.local import LocalDaemon
from syncropel.rules import limits
from tests.support.daemons import running_daemon, wait_for

from .inference_support import ask, command, configuration, end_of, query_body, rows, saying

A, B, C = (f"did:sync:system:{name}" for name in "abc")


def test_two_commands_agree(tmp_path: Path) -> None:
    """A consensus of two commands, from the POST of the query to its result on the thread."""
    environ = configuration(tmp_path, saying(A, 4), command(B, "print(json.dumps({'answer': 2 + 2}))"))
    with running_daemon(tmp_path, environ=environ) as daemon, httpx.Client(base_url=daemon.url) as http:
        query = ask(http, query_body(A, B, metadata={"ticket": "7"}))
        end = end_of(http)
        assert (end["kind"], end["answer"], end["fulfills"]) == ("infer.result.v1", 4, query)
        assert [entry["responder_did"] for entry in sorted(end["provenance"], key=str)] == [A, B]
        assert end["metadata"] == {"ticket": "7"}
        assert sorted(row["act"] for row in rows(http)) == ["CALL", "CALL", "DO", "DO", "INTEND", "KNOW"]


GARBAGE = {
    "garbage": "print('no json')",
    "too much": "print('\"' + 'x' * 10_000_000 + '\"')",
    "nothing": "pass",
    "a crash": "sys.exit(3)",
    "a hang": "time.sleep(60)",
}


@pytest.mark.parametrize("what", GARBAGE)
def test_a_broken_responder_stops_nobody(tmp_path: Path, what: str) -> None:
    """Garbage, 10 MB, nothing, a crash and a hang are error-shaped DOs, and the others' answers count."""
    broken = command(A, GARBAGE[what], config={"timeout_secs": 1.0})
    environ = configuration(tmp_path, broken, saying(B, "fine"))
    with running_daemon(environ=environ) as daemon, httpx.Client(base_url=daemon.url) as http:
        ask(http, query_body(A, B))
        assert end_of(http)["answer"] == "fine"
        failure = next(row for row in rows(http) if row["actor"] == A)
        assert (failure["act"], failure["body"]["kind"]) == ("DO", "infer.failure.v1")
        assert failure["body"]["error"]["code"]


FAILURES: dict[str, dict[str, Any]] = {
    "invalid_query": query_body(A, responders=[{"expression": "nobody_knows > 1"}]),
    "no_candidates": query_body("did:example:nobody"),
    "no_relevant_candidates": query_body(A, relevance={"threshold": 2.0}),
    "cost_budget_exceeded": query_body("did:sync:system:dear", side_effects={"max_cost_usd": 0.5}),
    "responder_unavailable": query_body("did:sync:system:away"),
    "latency_timeout": query_body("did:sync:system:slow", side_effects={"max_latency_secs": 0.3}),
    "quorum_not_met": query_body(
        A, "did:sync:system:broken", fold={"function": "consensus", "min_quorum": 2}
    ),
    "fold_failed": query_body(A, fold={"function": "expression", "expression": "responses[7].answer"}),
    "answer_shape_mismatch": query_body(
        A, answer_shape={"kind": "inference.answer.v1", "required_fields": ["body.verdict"]}
    ),
    "obligation_conflict": query_body(
        "did:sync:system:does",
        "did:sync:system:undoes",
        side_effects={"obligation_resolution": "validation_error"},
    ),
}
RESPONDERS = [
    saying(A, 4),
    saying("did:sync:system:dear", 4, cost_estimate_usd=1.0),
    saying("did:sync:system:away", 4, available=False),
    command("did:sync:system:slow", "time.sleep(60)"),
    command("did:sync:system:broken", "sys.exit(1)"),
    command("did:sync:system:does", "print(json.dumps({'answer': 1, 'fulfills': 'x' * 64}))"),
    command("did:sync:system:undoes", "print(json.dumps({'answer': 1, 'cancels': 'x' * 64}))"),
]


def test_each_failure_has_its_code(tmp_path: Path) -> None:
    """Each of the ten codes is caused by a query over HTTP, and its record names the query."""
    path = configuration(tmp_path, *RESPONDERS)["SYNCROPEL_CONFIG"]
    with LocalDaemon(config=Path(path)) as daemon, httpx.Client(base_url=daemon.url) as http:
        for code, body in FAILURES.items():
            query = ask(http, body, thread=code)
            end = end_of(http, code)
            assert (end["kind"], end.get("code")) == ("infer.error.v1", code), json.dumps(end)
            assert (end["fulfills"], end["correlation_id"]) == (query, query)
            assert isinstance(end["details"], dict)
            assert end["message"]


def test_an_endless_expression_is_stopped(tmp_path: Path) -> None:
    """An expression that would run for ever ends its query, and the daemon goes on."""
    many = "[1,2,3,4,5,6,7,8,9,10]"
    endless = "".join(f"{many}.all(x{n}, " for n in range(30)) + "true" + ")" * 30
    path = configuration(tmp_path, saying(A, 4))["SYNCROPEL_CONFIG"]
    with LocalDaemon(config=Path(path)) as daemon, httpx.Client(base_url=daemon.url) as http:
        ask(http, query_body(A, responders=[{"expression": endless}]))
        assert end_of(http)["code"] == "invalid_query"
        assert http.get("/health").status_code == 200


def test_a_configuration_without_room_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon whose registry is full of what the API registered says so, and does not crash."""
    monkeypatch.setattr(limits, "MAX_ACTORS", 0)
    path = configuration(tmp_path, saying(A, 4))["SYNCROPEL_CONFIG"]
    with pytest.raises(DaemonError, match="cannot be registered"), LocalDaemon(config=Path(path)):
        pass


def test_queries_wait_for_people_over_a_restart(tmp_path: Path) -> None:
    """200 open queries with three people each survive SIGKILL; every answer counts and none is lost."""
    people = [{"did": f"did:sync:user:{name}", "kind": "actor"} for name in "abc"]
    environ = configuration(tmp_path, *people)
    dids = [person["did"] for person in people]
    count = 200
    body = query_body(*dids, fold={"function": "consensus", "min_quorum": 3})
    with running_daemon(tmp_path, environ=environ) as daemon, httpx.Client(base_url=daemon.url) as http:
        for number in range(count):
            ask(http, body, thread=f"q{number}")
        found = wait_for(lambda: _calls(http, 3 * count), "every call", 60)
        daemon.kill()
    with running_daemon(tmp_path, environ=environ) as daemon, httpx.Client(base_url=daemon.url) as http:
        for call in found:
            record = {
                "act": "DO",
                "actor": call["body"]["responder_did"],
                "thread": call["thread"],
                "clock": 0,
                "parents": [call["id"]],
                "body": {"answer": call["thread"], "correlation_id": call["body"]["correlation_id"]},
            }
            assert http.post("/v1/records", json=record).status_code == 201
        wait_for(lambda: _count(http, "infer.result.v1") == count, "every result", 60)
        assert _count(http, "infer.call.v1") == 3 * count


def _count(http: httpx.Client, kind: str) -> int:
    query = {"filter": {"body.kind": kind}, "limit": 1}
    return int(http.post("/v1/records/query", json=query).json()["matched_total"])


def _calls(http: httpx.Client, count: int) -> list[dict[str, Any]] | None:
    query = {"filter": {"body.kind": "infer.call.v1"}, "limit": 1000}
    data: list[dict[str, Any]] = http.post("/v1/records/query", json=query).json()["data"]
    return data if len(data) == count else None

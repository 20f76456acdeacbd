"""The published cases of the client's areas, run in both colours.

Where a case holds a behaviour of the published client that is not worth keeping, `EXPECTED` says what
ours does instead, and why.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from syncropel import KindError
from tests.support.cases import case_id, load_cases
from tests.support.colours import DID, Colour
from tests.support.servers import answer, scripted

REASONS = {
    "emit-args-008": "`_refs: null` counts as no references",
    "emit-args-009": "unknown acts, data types and clocks are the caller's mistakes",
    "emit-http-005": "a redirect is final",
    "emit-http-015": "a full store (507) does not get emptier by asking again",
    "emit-http-016": "a 2xx is a success whatever its body",
    "emit-http-024": "an address that is no URL is reported, not raised",
    "envelope-012": "a string is no list of parents",
    "fail-open-010": "an answer that is no JSON fails open",
    "fail-open-015": "an answer that is no JSON fails open",
    "reads-005": "thread names are escaped",
    "auth-001": "the token is a bearer token too",
}


class Answers(httpx.MockTransport):
    """Plays statuses or exceptions in order and remembers what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        super().__init__(self._answer)
        self._answers = answers
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        chosen = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(request)
        if isinstance(chosen, Exception):
            raise chosen
        return httpx.Response(chosen.status_code, headers=chosen.headers, content=chosen.content)


def stored(row: dict[str, Any] | None = None) -> httpx.Response:
    """Return the answer of a store that took a record."""
    return httpx.Response(201, json=row or {"object": "record", "id": "r1", "clock": 7, "sequence": 1})


def emit(colour: Colour, transport: Answers, **arguments: Any) -> Any:
    """Emit a record through a transport, with defaults for what is not given."""
    client = colour.client(transport=transport)
    named = {"act": "PUT", "kind": "a.b.c", "body": {"x": 1}, "thread": "t", "clock": 7, **arguments}
    return colour.call(client.emit, **named)


@pytest.mark.parametrize("case", load_cases("envelope"), ids=case_id)
def test_envelope(colour: Colour, case: dict[str, Any]) -> None:
    """What is posted is the case's envelope."""
    transport = Answers(stored())
    if case["id"] == "envelope-012":
        with pytest.raises(TypeError):
            emit(colour, transport, **case["input"])
        return
    assert emit(colour, transport, **case["input"]).success
    sent = json.loads(transport.requests[0].content)
    assert sent == case["expect"]
    if case["id"] == "envelope-009":
        assert b'"f":1.0' in transport.requests[0].content
    if case["id"] == "envelope-010":
        assert "é".encode() in transport.requests[0].content


@pytest.mark.parametrize("case", load_cases("emit-args"), ids=case_id)
def test_emit_arguments(colour: Colour, case: dict[str, Any]) -> None:
    """A wrong argument raises before anything is sent."""
    transport = Answers(stored())
    if case["id"] == "emit-args-008":
        assert emit(colour, transport, **case["input"]).success
        sent = json.loads(transport.requests[0].content)
        assert sent["body"]["_refs"] == case["input"]["refs"]
        return
    raises = case["expect"].get("raises", "ValueError")
    expected = {"ValueError": ValueError, "TypeError": TypeError, "SyncropelKindError": KindError}[raises]
    with pytest.raises(expected):
        emit(colour, transport, **case["input"])
    assert transport.requests == []


def _answers_of(given: dict[str, Any]) -> list[httpx.Response | Exception]:
    if "transport_raises" in given:
        return [getattr(httpx, given["transport_raises"])(given["message"])]
    if "statuses" in given:
        return [httpx.Response(s) if s != 200 else stored() for s in given["statuses"]]
    if "json" in given:
        body = json.dumps(given["json"], separators=(",", ":")).encode()
        return [httpx.Response(given["status"], content=body)]
    text = given.get("text", "")
    return [httpx.Response(given["status"], content=b"x" * 300 if text == "300 chars" else text.encode())]


EXPECTED: dict[str, dict[str, Any]] = {
    "emit-http-005": {"retried": 0, "http_calls": 1},
    "emit-http-015": {"retried": 0, "http_calls": 1},
    "emit-http-016": {"success": True, "record_id": None, "http_calls": 1},
    "emit-http-024": {"success": False, "error": "InvalidURL: iu", "http_calls": 1},
}


@pytest.mark.parametrize("case", load_cases("emit-http"), ids=case_id)
def test_emit_over_http(colour: Colour, case: dict[str, Any]) -> None:
    """Each answer of a server gives the case's result after the case's number of requests."""
    transport = Answers(*_answers_of(case["input"]))
    result = emit(colour, transport)
    expected = dict(case["expect"]) | EXPECTED.get(case["id"], {})
    expected.pop("raises", None)
    assert len(transport.requests) == expected.pop("http_calls")
    if expected.pop("identical_bodies", False):
        assert len({request.content for request in transport.requests}) == 1
    assert {name: result[name] for name in expected} == expected


@pytest.mark.parametrize("case", load_cases("auth"), ids=case_id)
def test_auth(colour: Colour, case: dict[str, Any]) -> None:
    """The token goes out in the case's header, and as a bearer token."""
    transport = Answers(stored())
    client = colour.client(transport=transport, **case["input"])
    colour.call(client.emit, "PUT", "a.b.c", {}, "t")
    headers = transport.requests[0].headers
    assert {name: headers[name] for name in case["expect"]} == case["expect"]
    assert headers["authorization"] == f"Bearer {case['input']['api_key']}"


def _failing(server: str) -> Answers:
    if server == "ConnectError":
        return Answers(httpx.ConnectError("refused"))
    if server == "200 non-JSON body":
        return Answers(httpx.Response(200, content=b"not json"))
    return Answers(httpx.Response(int(server), content=b"trouble"))


@pytest.mark.parametrize("case", load_cases("fail-open"), ids=case_id)
def test_reads_fail_open(colour: Colour, case: dict[str, Any]) -> None:
    """A read that fails gives its empty value after one request and says so; a mistake raises."""
    read = case["op"].partition("(")[0]
    if case["expect"].get("raises") == "ValueError":
        transport = Answers(stored())
        client = colour.client(transport=transport)
        argument = {"query_thread('')": "", "rich_query(filter=None)": None, "search('  ')": "  "}[case["op"]]
        with pytest.raises(ValueError):
            colour.call(getattr(client, read), argument)
        assert transport.requests == []
        return
    transport = _failing(case["input"]["server"])
    client = colour.client(transport=transport)
    arguments: dict[str, Any] = {
        "query_thread": {"thread": "t"},
        "query": {"kind": "a.b.c"},
        "rich_query": {"filter": {}},
        "search": {"query": "q"},
    }[read]
    result = colour.call(getattr(client, read), **arguments)
    assert result == case["expect"].get("ok", [])
    assert len(transport.requests) == case["expect"].get("http_calls", 1)
    assert not result.ok
    assert result.error is client.last_error


@pytest.mark.parametrize("case", load_cases("helpers"), ids=case_id)
def test_helpers(colour: Colour, case: dict[str, Any]) -> None:
    """`intend` and `fulfill` send the case's body."""
    transport = Answers(stored())
    client = colour.client(transport=transport)
    calls = {
        "helpers-002": lambda: colour.call(client.intend, **case["input"]),
        "helpers-004": lambda: colour.call(
            client.fulfill, "t", "done", fulfills=tuple(case["input"]["fulfills"])
        ),
        "helpers-006": lambda: colour.call(client.fulfill, "", "done"),
    }
    if case["expect"].get("raises"):
        with pytest.raises(ValueError):
            calls[case["id"]]()
        assert transport.requests == []
        return
    assert calls[case["id"]]().success
    assert json.loads(transport.requests[0].content)["body"] == case["expect"]


def _reserved(case: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the helper and the arguments that a case means."""
    op = case["op"]
    if op.startswith("emit_"):
        arguments = dict(case["input"])
        if op == "emit_scope_claim":
            arguments |= {
                "governance_policy": {"type": "maintainer_approval"},
                "effective_at": "z",
                "thread": "L",
            }
        return op, arguments
    if op.startswith("scope "):
        policy = {"type": "maintainer_approval"}
        return "emit_scope_claim", {"scope": op[6:], "governance_policy": policy, "thread": "L"}
    corrects = {"corrects []": [], "corrects str": "r", "corrects ['']": [""]}[op]
    return "emit_correction", {"corrects": corrects, "revised_fields": {"t": 1}, "reason": "u", "thread": "L"}


@pytest.mark.parametrize("case", load_cases("reserved"), ids=case_id)
def test_reserved_kinds(colour: Colour, case: dict[str, Any]) -> None:
    """Each helper of a reserved kind sends the case's body as a PUT, or raises before sending."""
    transport = Answers(stored())
    client = colour.client(transport=transport)
    helper, arguments = _reserved(case)
    if case["expect"].get("raises"):
        expected = KindError if case["expect"]["raises"] == "SyncropelKindError" else ValueError
        with pytest.raises(expected):
            colour.call(getattr(client, helper), **arguments)
        assert transport.requests == []
        return
    assert colour.call(getattr(client, helper), **arguments).success
    sent = json.loads(transport.requests[0].content)
    assert sent["act"] == "PUT"
    assert sent["actor"] == DID
    assert sent["body"] == case["expect"].get("body", case["expect"])


def _given(records: list[Any], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the fields of records that the case's rows name; a record also has the ones they lack."""
    return [{name: record[name] for name in row} for record, row in zip(records, rows, strict=True)]


def test_reads_search(colour: Colour) -> None:
    """`search` posts every argument and returns embedder, k and hits."""
    (case,) = [case for case in load_cases("reads") if case["op"] == "search"]
    result = case["expect"]["result"]
    transport = Answers(httpx.Response(200, json={"object": "list", "data": result["hits"], **result}))
    found = colour.call(colour.client(transport=transport).search, **case["input"])
    assert {**found, "hits": _given(found.hits, result["hits"])} == result
    assert json.loads(transport.requests[0].content) == case["expect"]["request"]
    assert found.hits[0].score == 0.9


def test_reads_rich_query(colour: Colour) -> None:
    """`rich_query` posts every argument and returns the rows and the plan."""
    (case,) = [case for case in load_cases("reads") if case["op"] == "rich_query"]
    result = case["expect"]["result"]
    transport = Answers(
        httpx.Response(200, json={"object": "list", "data": result["records"], "plan": result["plan"]})
    )
    found = colour.call(colour.client(transport=transport).rich_query, **case["input"])
    assert {**found, "records": _given(found.records, result["records"])} == result
    assert json.loads(transport.requests[0].content) == case["expect"]["request"]


def test_reads_thread_path(colour: Colour) -> None:
    """A thread's name is escaped in the path, so that no character of it is read as part of the URL."""
    (case,) = [case for case in load_cases("reads") if case["op"] == "query_thread path"]
    with scripted(answer(200, json={"object": "list", "data": []})) as server:
        client = colour.client(endpoint=server.url)
        assert colour.call(client.query_thread, **case["input"]).ok
    assert server.requests[0].target == case["recommended"]


@pytest.mark.parametrize("case", load_cases("client"), ids=case_id)
def test_client(colour: Colour, case: dict[str, Any], recwarn: pytest.WarningsRecorder) -> None:
    """The client is built, refused and closed as the case says."""
    if case["op"] == "endpoint trailing slashes":
        assert colour.client(endpoint=case["input"]["endpoint"]).endpoint == case["expect"]["endpoint"]
    elif case["op"] == "Client()":
        options = {name: value for name, value in case["input"].items() if value != "static"}
        expected = {"ValueError": ValueError, "TypeError": TypeError}[case["expect"]["raises"]]
        with pytest.raises(expected):
            colour.client(**options)
    else:
        client = colour.client(transport=Answers(stored()))
        client.close()
        assert client.closed
        assert [str(warning.message) for warning in recwarn] == []


def test_every_deviation_is_of_a_case() -> None:
    """A deviation without a case would be a rule about nothing."""
    areas = (
        "auth",
        "client",
        "emit-args",
        "emit-http",
        "envelope",
        "fail-open",
        "helpers",
        "reads",
        "reserved",
    )
    assert set(REASONS) <= {case["id"] for case in load_cases(*areas)}
    assert set(EXPECTED) <= set(REASONS)

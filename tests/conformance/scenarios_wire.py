"""Scenarios of HTTP itself: request ids, tokens, HEAD, odd queries and bodies, requests at the same time."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .place import Place, record
from .registry import scenario


@scenario
def wire_request_id(place: Place) -> Any:
    """A sensible request id of the caller comes back in the header and the envelope; another is replaced."""
    seen = {}
    for given in ("abc-123_x.Y", "x" * 128, "x" * 129, "with space", "", "\u00e9"):
        headers = {b"x-request-id": given.encode("latin-1")}
        response = place.http.get("/nowhere", headers=headers)
        answered = response.headers["x-request-id"]
        assert answered == response.json()["request_id"]
        seen[given] = answered == given
    assert [given for given, kept in seen.items() if kept] == ["abc-123_x.Y", "x" * 128]
    return seen


@scenario
def wire_tokens(place: Place) -> Any:
    """Tokens in either header are accepted and change nothing while there is no authentication."""
    seen = [
        place.call("GET", "/v1/threads/t/records", headers=headers)
        for headers in ({"authorization": "Bearer spl_test_sa_a_b"}, {"x-api-key": "spl_test_sa_a_b"}, {})
    ]
    assert seen[0] == seen[1] == seen[2]
    return [each.plain() for each in seen]


@scenario
def wire_head(place: Place) -> Any:
    """HEAD is no method of the contract: 405 with the allowed ones, and no body."""
    response = place.http.head("/health")
    assert (response.status_code, response.content) == (405, b"")
    return [response.status_code, response.headers["allow"], response.headers["content-type"]]


@scenario
def wire_odd_queries(place: Place) -> Any:
    """Parameters that are repeated, empty, without a value or badly encoded are answered alike everywhere."""
    queries = [
        "thread=pages&thread=long",
        "thread=",
        "thread",
        "thread=%ff",
        "thread=%zz",
        "thread=pages&limit=1&limit=2",
        "thread=pages&limit",
        "thread=pages&limit=%31",
        "thread=pages&limit=+1",
        "thread=pages&limit=1%20",
        "thread=pages&limit=01",
        "actor=did:sync:user:alice&limit=1",
        "thread=a%2Bb&kind=x+y",
        "&&thread=pages&&limit=1&",
        "=x&thread=pages&limit=0",
        "kind=a.b.c;limit=1",
        "%74hread=pages&limit=1",
        "since_clock=0&limit=2",
    ]
    seen = {}
    for query in queries:
        answer = place.call("GET", f"/v1/records?{query}")
        assert answer.status in (200, 400), (query, answer)
        seen[query] = answer.plain()
    return seen


@scenario
def wire_bodies_without_a_type(place: Place) -> Any:
    """A body without a content type is read as JSON; a compressed one is not JSON."""
    body = json.dumps(record(thread="no type")).encode()
    request = place.http.build_request("POST", "/v1/records", content=body)
    request.headers.pop("content-type", None)
    plain = place.http.send(request)
    assert plain.status_code == 201
    compressed = place.call(
        "POST",
        "/v1/records",
        content=b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
        headers={"content-type": "application/json", "content-encoding": "gzip"},
    )
    assert (compressed.status, compressed.code) == (400, "INVALID_JSON")
    return [plain.json()["id"], compressed.plain()]


@scenario
def wire_chunked_body(place: Place) -> Any:
    """A body sent in pieces, without a length, is the same record."""

    def pieces() -> Any:
        text = json.dumps(record(thread="pieces")).encode()
        for start in range(0, len(text), 7):
            yield text[start : start + 7]

    seen = place.call("POST", "/v1/records", content=pieces(), headers={"content-type": "application/json"})
    assert seen.status == 201
    again = place.emit(thread="pieces")
    assert again.status == 200
    return [seen.plain(), again.plain()]


@scenario
def wire_identical_posts_at_once(place: Place) -> Any:
    """Of identical records posted at the same time exactly one is new; all get the same receipt."""
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: place.emit(thread="at once"), range(32)))
    assert Counter(each.status for each in seen) == {200: 31, 201: 1}
    assert len({(each.body["id"], each.body["sequence"]) for each in seen}) == 1
    stored = place.get("/v1/threads/at%20once/records")
    assert len(stored.ids) == 1
    return stored.plain()


@scenario
def wire_one_clock_at_once(place: Place) -> Any:
    """Of different records with one clock posted at the same time exactly one is stored."""
    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda n: place.emit(thread="one clock", body={"n": n}), range(32)))
    assert Counter(each.status for each in seen) == {400: 31, 201: 1}
    assert {each.code for each in seen} == {None, "INGEST_FAILED"}
    return len(place.get("/v1/threads/one%20clock/records").ids)


@scenario
def wire_sequences_have_no_gaps(place: Place) -> Any:
    """Records stored at the same time get consecutive sequences, refused ones take none."""
    before = place.emit(thread="gaps", clock=0).body["sequence"]

    def both(clock: int) -> int:
        place.emit(thread="gaps", clock=-1)
        place.emit(thread="gaps", clock=0, body={"other": clock})
        return place.emit(thread="gaps", clock=clock).body["sequence"]

    with ThreadPoolExecutor(8) as pool:
        sequences = list(pool.map(both, range(1, 33)))
    assert sorted(sequences) == list(range(before + 1, before + 33))
    rows = place.get("/v1/threads/gaps/records").body["data"]
    assert [row["sequence"] for row in rows] == list(range(before, before + 33))
    return [before, sorted(sequences)]

"""Scenarios of inference: the registry, trust, decisions, the inbox of a responder, and a whole query."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

from .place import ALICE, BOB, Place, Seen
from .registry import scenario

CAROL = "did:sync:user:carol"
DECISION_PATHS = ("/v1/decisions", "/v1/aitl")


def query_body(*responders: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the body of a query for some responders."""
    body = {
        "kind": "infer.query.v1",
        "input": {"inline": {"goal": "Is it going to rain?"}},
        "answer_shape": {"kind": "inference.answer.v1"},
        "responders": list(responders),
        "fold": {"function": "consensus"},
    }
    return {**body, **changes}


def ask(place: Place, thread: str, body: dict[str, Any]) -> str:
    """Emit a query and return its id."""
    seen = place.emit(act="INTEND", thread=thread, body=body)
    assert seen.status == 201, seen
    return str(seen.body["id"])


def wait_for_kind(place: Place, thread: str, kind: str, count: int = 1) -> list[dict[str, Any]]:
    """Return the bodies of a kind on a thread once there are so many of them."""
    deadline = time.monotonic() + 20
    while True:
        rows = place.query(filter={"thread": thread, "body.kind": kind}).body["data"]
        if len(rows) >= count:
            return sorted(rows, key=lambda row: str(row["sequence"]).zfill(12))
        assert time.monotonic() < deadline, place.get(f"/v1/threads/{thread}/records").body


def stable(seen: Seen) -> dict[str, Any]:
    """Return an answer without the time of the registration."""
    plain = seen.plain()
    plain["body"].pop("registered_at", None)
    return plain


@scenario
def actors_are_registered(place: Place) -> Any:
    """A registration is stored, listed by kind and found by DID; a second one replaces it."""
    value = {"did": ALICE, "kind": "actor", "display_name": "Alice", "domains": ["weather"]}
    first = place.post("/v1/actors", value)
    again = place.post("/v1/actors", {**value, "capabilities": ["forecast"]})
    assert (first.status, again.status) == (201, 200)
    listed = place.get("/v1/actors", kind="actor")
    assert [row["did"] for row in listed.body["data"]] == [ALICE]
    assert listed.body["data"][0]["capabilities"] == ["forecast"]
    found = place.get("/v1/actors/lookup", did=ALICE)
    assert found.body == listed.body["data"][0]
    return [stable(first), stable(again), stable(found)]


@scenario
def actors_are_checked(place: Place) -> Any:
    """A registration with a fault is refused with the place of the fault."""
    faults: list[Any] = [
        [],
        {},
        {"kind": "actor"},
        {"did": "", "kind": "actor"},
        {"did": "d" * 1025, "kind": "actor"},
        {"did": ALICE, "kind": "any"},
        {"did": ALICE, "kind": "actor", "available": 1},
        {"did": ALICE, "kind": "actor", "domains": ["a", ""]},
        {"did": ALICE, "kind": "actor", "capabilities": "a"},
        {"did": ALICE, "kind": "actor", "model": 1},
        {"did": ALICE, "kind": "actor", "cost_estimate_usd": -1},
        {"did": ALICE, "kind": "actor", "typical_response_delay_s": True},
        {"did": ALICE, "kind": "actor", "config": []},
    ]
    answers = [place.post("/v1/actors", fault) for fault in faults]
    assert {(each.status, each.code) for each in answers} == {(400, "INVALID_ACTOR")}
    missing = place.get("/v1/actors/lookup", did="did:example:nobody")
    assert (missing.status, missing.code) == (404, "ACTOR_NOT_FOUND")
    unnamed = place.get("/v1/actors/lookup")
    assert (unnamed.status, unnamed.code) == (400, "INVALID_PARAMETER")
    odd = place.get("/v1/actors", kind="robot")
    assert (odd.status, odd.code) == (400, "INVALID_PARAMETER")
    return [each.plain() for each in (*answers, missing, unnamed, odd)]


@scenario
def trust_follows_verdicts(place: Place) -> Any:
    """Verdicts of others count per domain; what somebody says of his own work does not."""
    work = place.emit(actor=BOB, act="DO", thread="trust", body={"kind": "a.b.c"}).body["id"]
    verdict = {"kind": "core.verdict", "verdict": "accept", "domain": "weather"}
    for clock in range(3):
        place.emit(thread="trust", act="KNOW", clock=clock, parents=[work], body={**verdict, "n": clock})
    place.emit(thread="trust", act="KNOW", clock=9, body={**verdict, "verdict": "reject", "subject": BOB})
    place.emit(thread="trust", act="KNOW", clock=10, actor=BOB, body={**verdict, "subject": BOB})
    place.emit(thread="trust", act="KNOW", clock=11, body={"verdict": "accept", "subject": BOB})
    rows = place.get("/v1/trust", actor=BOB).body["data"]
    assert [(row["domain"], row["samples"], row["successes"]) for row in rows] == [
        ("general", 1, 1),
        ("weather", 4, 3),
    ]
    assert all(row["score"] == row["effective_trust"] for row in rows)
    assert abs(rows[0]["score"] - 0.2065) < 1e-4
    assert place.get("/v1/trust", actor=BOB, judged_by=CAROL).body["data"] == []
    page = place.get("/v1/trust", actor=BOB, limit=1).body
    rest = place.get("/v1/trust", actor=BOB, limit=1, cursor=page["next_cursor"]).body
    assert [page["data"][0]["domain"], rest["data"][0]["domain"]] == ["general", "weather"]
    assert rest["next_cursor"] is None
    wrong = place.get("/v1/trust", cursor="AAAA")
    assert (wrong.status, wrong.code) == (400, "INVALID_QUERY")
    return [[row["domain"], round(row["score"], 6), row["samples"]] for row in rows] + [wrong.plain()]


@scenario
def decisions_wait_and_are_taken(place: Place) -> Any:
    """What awaits a decision is listed until it is decided, by either path, and only once."""
    body = {"kind": "a.b.c", "awaits": "actor_decision", "summary": "Deploy?", "options": ["now", "later"]}
    ids = [
        place.emit(act="KNOW", thread="decide", clock=clock, body={**body, "n": clock}).body["id"]
        for clock in range(3)
    ]
    listed = place.get("/v1/decisions").body["data"]
    assert [row["id"] for row in listed] == ids
    assert listed[0]["summary"] == "Deploy?"
    assert place.get("/v1/aitl").body["data"] == listed
    page = place.get("/v1/decisions", limit=2).body
    assert [row["id"] for row in place.get("/v1/aitl", cursor=page["next_cursor"]).body["data"]] == ids[2:]
    approved = place.post(f"/v1/decisions/{ids[0]}/decide", {"decision": "now", "reason": "It is time"})
    rejected = place.post(f"/v1/aitl/{ids[1]}/decide", {"decision": "reject", "actor": BOB})
    provided = place.post(
        f"/v1/decisions/{ids[2]}/decide", {"decision": "provide", "provided_value": {"at": 7}}
    )
    assert {each.status for each in (approved, rejected, provided)} == {200}
    assert (approved.body["fulfills"], rejected.body["cancels"]) == (ids[0], ids[1])
    stored = place.get(f"/v1/records/{provided.body['id']}").body
    assert (stored["act"], stored["parents"], stored["body"]["provided_value"]) == ("DO", [ids[2]], {"at": 7})
    assert place.get("/v1/decisions").body["data"] == []
    return [approved.plain(), rejected.plain(), provided.plain()]


@scenario
def decisions_are_checked(place: Place) -> Any:
    """A decision with a fault, about nothing, or taken before is refused."""
    record_id = place.emit(
        act="KNOW", thread="decide", clock=20, body={"awaits": "actor_decision", "goal": "Stop?"}
    ).body["id"]
    faults: list[Any] = [
        [],
        {},
        {"decision": ""},
        {"decision": 1},
        {"decision": "provide"},
        {"decision": "approve", "reason": 1},
        {"decision": "approve", "actor": ""},
    ]
    answers = []
    for path in DECISION_PATHS:
        for fault in faults:
            answers.append(place.post(f"{path}/{record_id}/decide", fault))
            assert (answers[-1].status, answers[-1].code) == (400, "INVALID_DECISION"), fault
    unknown = place.post(f"/v1/decisions/{'0' * 64}/decide", {"decision": "approve"})
    assert (unknown.status, unknown.code) == (404, "DECISION_NOT_FOUND")
    # A record of somebody's own decides as well as the operation does.
    done = place.emit(act="DO", thread="decide", clock=21, body={"fulfills": record_id}).body["id"]
    late = place.post(f"/v1/decisions/{record_id}/decide", {"decision": "approve"})
    assert (late.status, late.code) == (409, "DECISION_RESOLVED")
    assert done in late.body["message"]
    return [each.plain() for each in (*answers, unknown, late)]


@scenario
def inference_by_a_person(place: Place) -> Any:
    """A query calls a person, whose inbox has the call; the answer ends the query with its provenance."""
    assert place.post("/v1/actors", {"did": CAROL, "kind": "actor"}).status == 201
    query = ask(place, "person", query_body({"did": CAROL}, metadata={"ticket": "7"}))
    inbox = f"/v1/responders/{quote(CAROL, safe='')}/inbound"
    with place.events(inbox) as frames:
        call = next(frames).data["record"]
    assert call["body"]["input"] == {"goal": "Is it going to rain?"}
    assert (call["act"], call["body"]["correlation_id"], call["parents"]) == ("CALL", query, [query])
    answer = {"kind": "inference.answer.v1", "answer": "yes", "correlation_id": query, "confidence": 0.8}
    reply = place.emit(act="DO", actor=CAROL, thread="person", parents=[call["id"]], body=answer).body
    result = wait_for_kind(place, "person", "infer.result.v1")[0]["body"]
    assert (result["answer"], result["fulfills"], result["metadata"]) == ("yes", query, {"ticket": "7"})
    assert [entry["response_record_id"] for entry in result["provenance"]] == [reply["id"]]
    assert place.get("/v1/threads/person/state").body["status"] == "closed"
    with place.events(inbox) as frames:
        ask(place, "person2", query_body({"did": CAROL}))
        assert next(frames).data["record"]["thread"] == "person2"
    return {
        name: result[name] for name in ("answer", "answer_kind", "fold_function", "trust_summary", "tally")
    }


@scenario
def inbox_cursors(place: Place) -> Any:
    """A stream of calls resumes behind a cursor; a cursor from elsewhere is told so; a stranger is 404."""
    inbox = f"/v1/responders/{quote(CAROL, safe='')}/inbound"
    with place.events(inbox) as frames:
        cursor = next(frames).cursor
    ask(place, "person3", query_body({"did": CAROL}))
    with place.events(inbox, last_event_id=cursor) as frames:
        assert next(frames).data["record"]["thread"] == "person3"
    stranger = place.get("/v1/responders/did:example:nobody/inbound")
    assert (stranger.status, stranger.code) == (404, "ACTOR_NOT_FOUND")
    return stranger.plain()


@scenario
def inference_that_is_declined(place: Place) -> Any:
    """A refusal ends the call, and a query whose every responder refused ends without its quorum."""
    query = ask(place, "declined", query_body({"did": CAROL}))
    call = wait_for_kind(place, "declined", "infer.call.v1")[0]
    body = {"kind": "infer.decline.v1", "correlation_id": query, "reason": "overbooked"}
    place.emit(act="DO", actor=CAROL, thread="declined", parents=[call["id"]], body=body)
    error = wait_for_kind(place, "declined", "infer.error.v1")[0]["body"]
    assert (error["code"], error["fulfills"], error["partial_responses"]) == ("quorum_not_met", query, [])
    return [error["code"], error["message"], error["details"]]


@scenario
def inference_of_nobody(place: Place) -> Any:
    """A query that nobody can answer, and one that is no query, end with an error record on the thread."""
    ask(place, "nobody", query_body({"did": "did:example:nobody"}))
    first = wait_for_kind(place, "nobody", "infer.error.v1")[0]["body"]
    assert first["code"] == "no_candidates"
    ask(place, "noquery", {"kind": "infer.query.v1", "responders": []})
    second = wait_for_kind(place, "noquery", "infer.error.v1")[0]["body"]
    assert (second["code"], second["details"]["path"]) == ("invalid_query", "$")
    return [first["code"], second["code"], second["message"]]


@scenario
def inference_about_another_query(place: Place) -> Any:
    """A query about a query waits for its answer and asks about that; a chain that is too long is refused."""
    inner = ask(place, "inner", query_body({"did": CAROL}, input={"inline": "first"}))
    ask(place, "outer", query_body({"did": CAROL}, input={"record_id": inner}))
    call = wait_for_kind(place, "inner", "infer.call.v1")[0]
    answer = {"kind": "inference.answer.v1", "answer": "blue", "correlation_id": inner}
    place.emit(act="DO", actor=CAROL, thread="inner", parents=[call["id"]], body=answer)
    asked = wait_for_kind(place, "outer", "infer.call.v1")[0]["body"]["input"]
    assert (asked["id"], asked["answer"]) == (inner, "blue")
    ids = [inner]
    for number in range(9):
        ids.append(ask(place, f"deep{number}", query_body({"did": CAROL}, input={"record_id": ids[-1]})))
    error = wait_for_kind(place, "deep8", "infer.error.v1")[0]["body"]
    assert error["code"] == "invalid_query"
    assert place.query(filter={"thread": "deep7", "body.kind": "infer.error.v1"}).body["data"] == []
    return [asked["answer"], error["code"], error["message"]]

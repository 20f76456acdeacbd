"""Batches: how they are read, what each record is answered with, all or nothing, limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Request
from syncropel.rules import limits
from syncropel.rules.records import check_record
from syncropel.rules.tokens import new_account_id, new_token

from .access_support import Holder, guarded
from .batch_support import BATCH, LINES, lines, listened, post_array, post_lines
from .signing_support import Signer
from .support import Caller, FakeTime, record


def batch(count: int, **fields: Any) -> list[dict[str, Any]]:
    """Return records of one thread with ascending clocks."""
    return [record(**{"clock": clock, **fields}) for clock in range(count)]


def seen(kernel: Kernel) -> int:
    """Return how many records are stored."""
    return Caller(kernel).get("/health").body["records"]


def test_receipts_in_order(kernel: Kernel, ask: Caller) -> None:
    """A batch of new records is answered with one receipt each, in its order, and each record can be read."""
    reply = post_lines(kernel, lines(batch(20)))
    assert reply.status == 200
    assert {name: reply.body[name] for name in ("object", "created", "known", "refused")} == {
        "object": "batch",
        "created": 20,
        "known": 0,
        "refused": 0,
    }
    for place, item in enumerate(reply.body["data"]):
        assert item == {
            "object": "receipt",
            "status": 201,
            "id": item["id"],
            "clock": place,
            "sequence": place + 1,
            "created_at": 1_700_000_000,
        }
        row = ask.get(f"/v1/records/{item['id']}").body
        assert (row["clock"], row["sequence"], row["created_at"]) == (place, place + 1, 1_700_000_000)
    assert ask.get("/v1/threads/t").body["record_count"] == 20


def test_array_and_lines_are_one(kernel: Kernel) -> None:
    """An array of records and the same records as lines are answered alike: the second time as known."""
    first = post_array(kernel, batch(7))
    again = post_lines(kernel, lines(batch(7)))
    assert [item["status"] for item in first.body["data"]] == [201] * 7
    assert again.body["data"] == [{**item, "status": 200} for item in first.body["data"]]
    assert (again.body["created"], again.body["known"]) == (0, 7)


def test_known_records_keep_their_first_receipt(kernel: Kernel, clock: FakeTime) -> None:
    """A record that was stored before keeps its sequence and its time among new ones, of however many."""
    old = post_lines(kernel, lines(batch(700)[::2])).body["data"]
    clock.now += 100
    data = post_lines(kernel, lines(batch(700))).body["data"]
    assert data[::2] == [{**item, "status": 200} for item in old]
    assert [item["sequence"] for item in data[1::2]] == list(range(351, 701))
    assert {item["created_at"] for item in data[1::2]} == {1_700_000_100}


def test_what_is_refused_keeps_nothing_else_out(kernel: Kernel, ask: Caller) -> None:
    """A refused record has the error in its place that it gets alone; its neighbours are stored."""
    ask.emit(clock=9, body={"other": True})
    broken: list[Any] = [
        record(clock=1, thread=""),
        {"act": "PUT"},
        17,
        record(clock=9),
        record(clock=2, body={"kind": "core.agent.x"}),
        record(clock=3, body={"namespace": "nowhere"}),
    ]
    good = batch(6, thread="u")
    mixed = [each for pair in zip(broken, good, strict=True) for each in pair]
    reply = post_lines(kernel, lines(mixed))
    assert (reply.body["created"], reply.body["refused"]) == (6, 6)
    for value, place in zip(broken, range(0, 12, 2), strict=True):
        alone = ask.post("/v1/records", value)
        item = reply.body["data"][place]
        assert (item.pop("status"), item.pop("index")) == (alone.status, place)
        assert {**item, "request_id": alone.body["request_id"]} == alone.body
    assert [item["sequence"] for item in reply.body["data"][1::2]] == list(range(2, 8))


def test_a_line_that_is_no_json_is_refused_by_itself(kernel: Kernel) -> None:
    """A broken line names its number in the text; blank lines are passed over and not counted."""
    one, two = batch(2)
    body = (
        b"\r\n" + lines([one]) + b"  \t\n{\n" + b'{"act": "PUT", "act": 1}\n' + b"\xff\n" + lines([two])[:-1]
    )
    reply = post_lines(kernel, body)
    assert [item["status"] for item in reply.body["data"]] == [201, 400, 400, 400, 201]
    assert [item.get("index") for item in reply.body["data"]] == [None, 1, 2, 3, None]
    messages = [item["message"] for item in reply.body["data"][1:4]]
    assert [item["code"] for item in reply.body["data"][1:4]] == ["INVALID_JSON"] * 3
    assert [message.partition(":")[0] for message in messages] == ["line 4", "line 5", "line 6"]
    assert messages[0].startswith("line 4: column 2")


@pytest.mark.parametrize("body", [b"", b"\n\n \r\n"])
def test_empty_batch(kernel: Kernel, body: bytes) -> None:
    """A batch without records is answered with none."""
    empty = {"object": "batch", "data": [], "created": 0, "known": 0, "refused": 0}
    assert post_lines(kernel, body).body == empty
    assert post_array(kernel, []).body == empty
    assert post_lines(kernel, body, "?atomic=true").body == empty


def test_atomic_keeps_everything_out(kernel: Kernel, ask: Caller) -> None:
    """One refusal keeps an atomic batch out, be it found before or in the store; all refusals are named."""
    ask.emit(clock=3, body={"other": True})
    heard = listened(kernel.store)
    for broken, code in ((record(thread=""), "INVALID_RECORD"), (record(clock=3), "INGEST_FAILED")):
        values = [record(clock=40), *batch(2, thread="u"), broken, record(clock=41), broken]
        reply = post_lines(kernel, lines(values), "?atomic=true")
        assert (reply.status, reply.body["code"]) == (400, "BATCH_REFUSED")
        assert [(each["index"], each["code"]) for each in reply.body["refused"]] == [(3, code), (5, code)]
        assert reply.body["refused"][0]["message"] in reply.body["message"]
        assert reply.body["message"].startswith("2 of 6 records are refused")
    assert seen(kernel) == 1
    assert ask.get("/v1/threads/u").status == 404
    assert heard == []


def test_atomic_takes_what_is_known(kernel: Kernel) -> None:
    """A record that was stored before keeps no atomic batch out: sent again as a whole, it is all known."""
    post_lines(kernel, lines(batch(3)))
    assert post_lines(kernel, lines(batch(9)), "?atomic=true").body["created"] == 6
    assert post_lines(kernel, lines(batch(9)), "?atomic=true").body["known"] == 9


def test_without_atomic_is_the_default(kernel: Kernel) -> None:
    """`atomic` is true or false, and false when absent."""
    values = [*batch(2), 5]
    assert post_array(kernel, values, "?atomic=false").body["refused"] == 1
    assert post_array(kernel, values).body["known"] == 2
    assert post_array(kernel, values, "?atomic=1").body["code"] == "INVALID_PARAMETER"


def test_limits_of_a_batch(kernel: Kernel) -> None:
    """As many records and bytes as the limits say are taken; one more, and the whole is refused."""
    most = [7] * limits.MAX_BATCH_RECORDS
    for post in (post_array, lambda kernel, values: post_lines(kernel, lines(values))):
        assert post(kernel, most).body["refused"] == limits.MAX_BATCH_RECORDS
        over = post(kernel, [*most, 7])
        assert (over.status, over.body["code"]) == (413, "BATCH_TOO_LARGE")
        assert "parts" in over.body["hint"]
    full = b" " * (limits.MAX_BATCH_BYTES - 1)
    assert post_lines(kernel, full + b"7").body["refused"] == 1
    over = post_lines(kernel, full + b"77")
    assert (over.status, over.body["code"]) == (413, "BATCH_TOO_LARGE")
    assert str(limits.MAX_BATCH_BYTES) in over.body["message"]


def test_limit_of_one_record(kernel: Kernel) -> None:
    """A record of a batch may be as large as one alone; a larger one is refused in its place."""
    empty = len(lines([record(body={"x": ""})])) - 1
    fits, over = (record(body={"x": "y" * (limits.MAX_BODY_BYTES - empty + more)}) for more in (0, 1))
    data = post_lines(kernel, lines([fits, over, record(clock=5)])).body["data"]
    assert [item["status"] for item in data] == [201, 413, 201]
    assert data[1]["code"] == "BODY_TOO_LARGE"
    huge = record(body={"x": "y" * limits.MAX_BODY_BYTES})
    data = post_array(kernel, [record(clock=6), huge]).body["data"]
    assert [item["status"] for item in data] == [201, 413]


def test_depth_is_that_of_one_record(kernel: Kernel, ask: Caller) -> None:
    """A record may be nested as deep in an array or on a line as alone, and no deeper."""
    for depth, status in ((limits.MAX_JSON_DEPTH - 1, 201), (limits.MAX_JSON_DEPTH, 400)):
        deep: Any = {}
        for _ in range(depth - 1):
            deep = {"a": deep}
        assert ask.emit(body=deep, thread="alone").status == status
        line = post_lines(kernel, lines([record(body=deep, thread="lines")])).body["data"][0]
        assert line["status"] == status
        reply = post_array(kernel, [record(body=deep, thread="array")])
        assert (reply.body["data"][0]["status"] if reply.status == 200 else reply.status) == status


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{}", {}, 400, "INVALID_RECORD"),
        (b"[1,", {}, 400, "INVALID_JSON"),
        (b"", {}, 400, "INVALID_JSON"),
        (b"[]", {"content-type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"[]", {"content-type": "application/vnd.x+json; charset=utf-8"}, 200, None),
        (b"[]", {"content-type": "Application/X-NDJSON; charset=utf-8"}, 200, None),
    ],
)
def test_bodies_that_are_no_batch(
    kernel: Kernel, body: bytes, headers: dict[str, str], status: int, code: str | None
) -> None:
    """A body that is no array, no JSON or of another type is refused as a whole."""
    reply = kernel.handle(Request("POST", BATCH, headers, body))
    assert (reply.status, reply.body.get("code")) == (status, code)
    if status == 415:
        assert LINES in reply.body["message"]


def test_manifest_names_the_route_and_its_limits(ask: Caller) -> None:
    """The capability manifest tells that batches are taken, and how large."""
    manifest = ask.get("/v1/capabilities").body
    assert manifest["capabilities"]["batch"] is True
    assert manifest["limits"] == {"batch_records": 1000, "batch_bytes": 8 * 1024 * 1024}


def test_listeners_hear_of_each_record_once(kernel: Kernel) -> None:
    """Whoever listens hears of the new records of a batch, in the order of their sequences."""
    heard = listened(kernel.store)
    mixed = [each for number in range(30) for each in batch(1, clock=number, thread=f"t{number % 3}")]
    post_lines(kernel, lines([*mixed, mixed[0], 5]))
    assert [each.sequence for each in heard] == list(range(1, 31))
    assert [each.thread for each in heard] == [value["thread"] for value in mixed]


def test_a_verdict_counts_what_was_there_before_it(kernel: Kernel) -> None:
    """A verdict on a record that comes later in the batch counts as little as one that came before alone."""
    work = record(actor="did:example:worker", act="DO", thread="w")
    body = {"verdict": "accept", "domain": "d"}
    fillers = batch(8)
    verdict = record(act="KNOW", body={**body, "fulfills": check_record(work).id}, clock=50)
    post_lines(kernel, lines([*fillers, verdict, work]))
    assert Caller(kernel).get("/v1/trust").body["data"] == []
    post_lines(kernel, lines([*batch(8, thread="x"), {**verdict, "clock": 51}]))
    (standing,) = Caller(kernel).get("/v1/trust").body["data"]
    assert standing["samples"] == 1


def test_each_record_is_held_to_the_caller(kernel: Kernel, clock: FakeTime) -> None:
    """Each record of a batch is judged by what its caller may write; a token that only reads sends none."""
    door = guarded(kernel.store, clock)
    writer = Holder(door, door.mint(["records:write"], ["did:example:mine*"]))
    mine = batch(6, actor="did:example:mine:1")
    reply = writer.post(
        BATCH, [*mine, record(actor="did:example:theirs"), *batch(2, actor="did:example:mine:2")]
    )
    assert [item["status"] for item in reply.body["data"]] == [201] * 6 + [403] + [201] * 2
    assert reply.body["data"][6]["code"] == "DID_CLAIM_DENIED"
    reader = Holder(door, door.mint(["records:read"]))
    assert reader.post(BATCH, mine).body["code"] == "SCOPE_FORBIDDEN"
    assert Holder(door).post(BATCH, mine).status == 401


def test_signed_records_among_others(kernel: Kernel) -> None:
    """Signed records of a batch are verified; the unsigned ones of their actor are refused from there on."""
    signer = Signer(3)
    plain = batch(6, actor=signer.did)
    signed = [signer.record(clock=10 + number) for number in range(3)]
    forged = {**signed[0], "clock": 99}
    reply = post_lines(kernel, lines([*plain, *signed, forged, *batch(6, actor=signer.did, thread="u")]))
    assert [item["status"] for item in reply.body["data"]] == [201] * 9 + [400] * 7
    assert reply.body["data"][9]["code"] == "SIGNATURE_INVALID"
    assert {item["code"] for item in reply.body["data"][10:]} == {"SIGNATURE_REQUIRED"}


def test_a_batch_asks_for_the_keys_of_an_actor(kernel: Kernel) -> None:
    """A batch signed by an actor of the web is held back, whole, until its keys were asked for."""
    signer, other = Signer(4, "did:web:example.org"), Signer(5, "did:web:gone.example")
    values = [signer.record(), *batch(2), signer.record(clock=1), other.record()]
    for query in ("", "?atomic=true"):
        reply = post_lines(kernel, lines(values), query)
        assert (reply.status, reply.held) == (400, (signer.did, other.did))
    assert seen(kernel) == 0
    kernel.pin_keys(signer.did, [signer.key])
    whole = post_lines(kernel, lines(values), "?atomic=true", asked=reply.held)
    assert (whole.body["code"], whole.resolve) == ("BATCH_REFUSED", other.did)
    assert seen(kernel) == 1, "that keys were pinned is noted, and nothing else stored"
    again = post_lines(kernel, lines(values), asked=reply.held)
    assert (again.status, again.held) == (200, ())
    assert [item["status"] for item in again.body["data"]] == [201, 201, 201, 201, 403]
    sequences = [item["sequence"] for item in again.body["data"][:4]]
    assert sequences == sorted(sequences)


def test_tokens_in_a_refused_record_are_hidden(kernel: Kernel) -> None:
    """What is quoted of a record is cleaned of tokens, in an item and in the list of an atomic batch."""
    token = new_token("live", new_account_id())
    value = record(body={"namespace": f"x {token}"})
    for query in ("", "?atomic=true"):
        text = json.dumps(post_lines(kernel, lines([value]), query).body)
        assert "NAMESPACE_REJECTED" in text
        assert token not in text

"""Scenarios of batches: both forms, refusals in place, all or nothing, limits, tokens, watchers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from syncropel import Identity
from syncropel.rules import limits

from .place import ALICE, BOB, Place, Seen, masked, record
from .registry import scenario
from .scenarios_access import account, administrator, asking, tidy
from .scenarios_signatures import FIRST, UNRESOLVED, identity, signed

BATCH = "/v1/records/batch"
LINES = "application/x-ndjson"


def batch(count: int, thread: str, **changes: Any) -> list[dict[str, Any]]:
    """Return records of one thread with ascending clocks."""
    return [record(thread=thread, clock=clock, **changes) for clock in range(count)]


def post_lines(place: Place, values: Iterable[Any], **params: Any) -> Seen:
    """POST values as lines of JSON; bytes go as they are."""
    body = b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in values)
    return place.call("POST", BATCH, params=params, body=body, headers={"content-type": LINES})


def statuses(seen: Seen) -> list[int]:
    """Return the status of each record of a batch."""
    assert seen.status == 200, seen
    return [item["status"] for item in seen.body["data"]]


@scenario
def batch_of_either_form(place: Place) -> Any:
    """An array and lines are stored alike, in order, with a receipt each; the same again is known."""
    array = place.post(BATCH, batch(20, "batch array"))
    lines = post_lines(place, batch(20, "batch lines"))
    again = post_lines(place, batch(25, "batch array"))
    assert statuses(array) == statuses(lines) == [201] * 20
    assert statuses(again) == [200] * 20 + [201] * 5
    assert again.body["data"][:20] == [{**item, "status": 200} for item in array.body["data"]]
    rows = place.get("/v1/threads/batch array/records").body["data"]
    assert [row["id"] for row in rows] == [item["id"] for item in again.body["data"]]
    assert [row["sequence"] for row in rows] == [item["sequence"] for item in again.body["data"]]
    assert place.post("/v1/records", batch(1, "batch lines")[0]).status == 200
    return [array.plain(), lines.plain(), again.plain(), place.get("/v1/threads/batch array").plain()]


@scenario
def batch_refuses_in_place(place: Place) -> Any:
    """What cannot be stored is refused in its place as it is alone, and keeps nothing else out."""
    place.emit(thread="batch refused", clock=7, body={"kind": "a.b.c", "other": 1})
    broken = [
        record(thread="batch refused", clock=7),
        record(actor=...),
        record(body={"namespace": "not/registered"}),
        record(body={"kind": "core.agent.retired"}),
        signed(identity(FIRST), thread="batch refused", clock=8, sig={"key": "z", "value": "x"}),
        signed(Identity.federated(UNRESOLVED, FIRST), thread="batch refused"),
        "text",
    ]
    good = batch(7, "batch kept")
    seen = post_lines(place, [each for pair in zip(broken, good, strict=True) for each in pair])
    for value, item in zip(broken, seen.body["data"][::2], strict=True):
        alone = place.post("/v1/records", value)
        assert (item["status"], item["code"]) == (alone.status, alone.code)
    assert statuses(seen)[1::2] == [201] * 7
    text = post_lines(place, [good[0], b"{", b"", b'{"act": NaN}', good[1]])
    assert statuses(text) == [200, 400, 400, 200]
    return [seen.plain(), text.plain()]


@scenario
def batch_all_or_nothing(place: Place) -> Any:
    """An atomic batch is stored whole, or refused with every record that keeps it out and nothing stored."""
    stored = post_lines(place, batch(9, "batch whole"), atomic="true")
    assert statuses(stored) == [201] * 9
    taken = record(thread="batch whole", clock=0, body={"kind": "a.b.c", "other": 1})
    late = [*batch(9, "batch none"), taken, *batch(2, "batch none", actor=BOB)]
    array = json.dumps([*batch(3, "batch none"), 1]).encode()
    refused = [
        post_lines(place, late, atomic="true"),
        place.call("POST", BATCH, params={"atomic": "true"}, body=array),
        place.call("POST", BATCH, params={"atomic": "yes"}, body=b"[]"),
    ]
    assert [seen.code for seen in refused] == ["BATCH_REFUSED", "BATCH_REFUSED", "INVALID_PARAMETER"]
    assert [seen.body["refused"][0]["index"] for seen in refused[:2]] == [9, 3]
    assert place.get("/v1/threads/batch none").status == 404
    after = place.emit(thread="batch whole", clock=9)
    # No place in the order of ingest was lost to what was undone.
    assert after.body["sequence"] == stored.body["data"][-1]["sequence"] + 1
    return [seen.plain() for seen in (stored, *refused)]


@scenario
def batch_limits(place: Place) -> Any:
    """A batch may be larger than one record may be, up to its own limits; one more is refused as a whole."""
    large = [record(thread="batch large", clock=clock, body={"x": "y" * 600_000}) for clock in range(3)]
    assert statuses(post_lines(place, large)) == [201] * 3
    huge = record(thread="batch large", clock=9, body={"x": "y" * limits.MAX_BODY_BYTES})
    assert statuses(post_lines(place, [huge, record(thread="batch large", clock=10)])) == [413, 201]
    assert statuses(place.post(BATCH, [huge])) == [413]
    full = batch(limits.MAX_BATCH_RECORDS, "batch full")
    seen = post_lines(place, full)
    assert statuses(seen) == [201] * limits.MAX_BATCH_RECORDS
    refused = [
        post_lines(place, [*full, record()]),
        place.post(BATCH, [*full, record()]),
        post_lines(place, [b" " * limits.MAX_BATCH_BYTES, record()]),
        place.post(BATCH, {"not": "an array"}),
        place.call("POST", BATCH, body=b"[", headers={"content-type": "application/json"}),
        place.call("POST", BATCH, body=b"[]", headers={"content-type": "text/csv"}),
        place.post("/v1/records", huge),
    ]
    codes = ["BATCH_TOO_LARGE"] * 3 + ["INVALID_RECORD", "INVALID_JSON", "UNSUPPORTED_MEDIA_TYPE"]
    assert [each.code for each in refused] == [*codes, "BODY_TOO_LARGE"]
    told = place.get("/v1/capabilities").body
    assert told["capabilities"]["batch"]
    empty = [place.post(BATCH, []).plain(), post_lines(place, []).plain()]
    return [[each.plain() for each in refused], empty, told["limits"], masked(seen.body["data"][-1])]


@scenario
def batch_is_watched(place: Place) -> Any:
    """Watchers of each thread hear of its records of a batch, once each and in order."""
    mixed = [record(thread=f"batch seen {clock % 2}", clock=clock) for clock in range(30)]
    with place.watch("batch seen 0") as even, place.watch("batch seen 1") as odd:
        stored = post_lines(place, [*mixed, "text", mixed[0]])
        seen = [list(islice(frames, 15)) for frames in (even, odd)]
    ids = [item["id"] for item in stored.body["data"][:30]]
    assert [[frame.data["id"] for frame in frames] for frames in seen] == [ids[::2], ids[1::2]]
    return [masked(frame._asdict()) for frame in seen[1]]


@scenario
def batch_of_a_token(place: Place) -> Any:
    """Each record of a batch is held to what its token may write; without one nothing is read."""
    writer, row = account(administrator(place), "batcher", scopes=["records:write"], actors=[ALICE])
    reader, _ = account(administrator(place), "only reads", scopes=["records:read"])
    values = [*batch(6, "batch token"), record(thread="batch token", actor=BOB), *batch(1, "batch token 2")]
    seen = post_lines(writer, values)
    assert statuses(seen) == [201] * 6 + [403, 201]
    refused = [post_lines(asking(place), values), post_lines(reader, values)]
    assert [each.code for each in refused] == ["AUTH_REQUIRED", "SCOPE_FORBIDDEN"]
    # Sequences differ where other accounts were made before.
    return [statuses(seen), tidy(seen.body["data"][6], account=row["id"]), *(tidy(each) for each in refused)]

"""Scenarios of storing and reading single records."""

from __future__ import annotations

from typing import Any

from syncropel.rules import limits
from syncropel.rules.hashing import record_id

from .place import ALICE, BOB, Place, record
from .registry import scenario

HELLO = {
    "act": "PUT",
    "actor": "did:example:my-app",
    "body": {
        "title": "Glow",
        "artists": ["Zonke"],
        "kind": "music.catalog.track",
        "_v": 1,
        "_refs": [{"kind": "@music.track", "id": "isrc:USJI19810404"}],
    },
    "clock": 1,
    "data_type": "SCALAR",
    "parents": [],
    "thread": "music.library",
}
HELLO_ID = "59e9a2949a14cf6b4ffb0b070ab17639e4402b259735787c6b85f24c0444a6fd"
MIXED = {
    "name": "Žofie 😀 \uffff",
    "decomposed": "e\u0301",
    "escapes": 'quote " slash / back \\ nul \u0000 del \u007f ls \u2028',
    "numbers": [0.1, 1.5e-07, 9007199254740993, -7, 0, 10**30],
    "nested": {"": {"deep": [[], {}, None, True, False]}},
}


@scenario
def emit_new_record(place: Place) -> Any:
    """A new record is answered with 201, the wire id and the first sequence."""
    seen = place.post("/v1/records", HELLO)
    assert seen.status == 201
    assert seen.body["id"] == HELLO_ID
    assert seen.body["sequence"] == 1
    assert seen.body["object"] == "record"
    return seen.plain()


@scenario
def emit_identical_again(place: Place) -> Any:
    """An identical record is answered with 200 and its first receipt, and stored once."""
    first = place.post("/v1/records", HELLO)
    reordered = dict(reversed(list(HELLO.items())))
    second = place.post("/v1/records", reordered)
    assert (first.status, second.status) == (200, 200)
    assert first.body == second.body
    assert first.body["sequence"] == 1
    stored = place.get("/v1/threads/music.library/records")
    assert stored.ids == [HELLO_ID]
    return [first.plain(), second.plain(), stored.plain()]


@scenario
def emit_duplicate_clock(place: Place) -> Any:
    """Another record with a clock that the actor used on the thread is refused and not stored."""
    first = place.emit(thread="dup", clock=5, body={"kind": "a.b.c", "n": 1})
    second = place.emit(thread="dup", clock=5, body={"kind": "a.b.c", "n": 2})
    assert first.status == 201
    assert (second.status, second.code) == (400, "INGEST_FAILED")
    assert second.body["message"].startswith(f"DuplicateClock: thread=dup actor={ALICE} clock=5")
    assert second.body["error"] == "INGEST_FAILED"
    return [second.plain(), place.get("/v1/threads/dup/records").plain()]


@scenario
def emit_same_clock_elsewhere(place: Place) -> Any:
    """A clock is free again on another thread and for another actor."""
    seen = [
        place.emit(thread="same 1", clock=5),
        place.emit(thread="same 2", clock=5),
        place.emit(thread="same 1", clock=5, actor=BOB),
    ]
    assert [each.status for each in seen] == [201, 201, 201]
    return [each.plain() for each in seen]


@scenario
def emit_lower_clock_and_gaps(place: Place) -> Any:
    """Clocks may leave gaps and may go back; rows stay in the order of arrival."""
    clocks = [10, 3, 2**63 - 1, 0]
    seen = [place.emit(thread="lower", clock=clock) for clock in clocks]
    assert [each.status for each in seen] == [201] * 4
    stored = place.get("/v1/threads/lower/records")
    assert [row["clock"] for row in stored.body["data"]] == clocks
    return stored.plain()


@scenario
def emit_defaults(place: Place) -> Any:
    """`data_type` and `parents` may be left out, and mean SCALAR and none."""
    short = place.emit(thread="defaults")
    long = place.emit(thread="defaults", data_type="SCALAR", parents=[])
    assert short.status == 201
    assert long.status == 200
    assert short.body["id"] == long.body["id"]
    assert (short.body["data_type"], short.body["parents"]) == ("SCALAR", [])
    return [short.plain(), long.plain()]


@scenario
def emit_judged_by(place: Place) -> Any:
    """`judged_by` is kept with the record and does not change its id; the first one stays."""
    plain = place.emit(thread="judged", judged_by="j" * 64)
    other = place.emit(thread="judged", judged_by="k" * 64)
    read = place.get(f"/v1/records/{plain.body['id']}")
    assert (
        plain.body["id"]
        == other.body["id"]
        == record_id(record(thread="judged", data_type="SCALAR", parents=[]))
    )
    assert read.body["judged_by"] == "j" * 64
    return [plain.plain(), other.plain(), read.plain()]


@scenario
def emit_parents(place: Place) -> Any:
    """Parents are kept sorted, whatever order they were sent in, and need not be stored here."""
    seen = place.emit(thread="parents", parents=["c" * 64, "a" * 64, "b" * 64])
    assert seen.status == 201
    assert seen.body["parents"] == ["a" * 64, "b" * 64, "c" * 64]
    again = place.emit(thread="parents", parents=["b" * 64, "a" * 64, "c" * 64])
    assert again.status == 200
    return [seen.plain(), again.plain()]


@scenario
def emit_every_act_and_data_type(place: Place) -> Any:
    """Each of the eight acts and six data types is accepted and kept."""
    acts = ["INTEND", "DO", "KNOW", "LEARN", "GET", "PUT", "CALL", "MAP"]
    types = ["SCALAR", "FORMULA", "DISTRIBUTION", "REFERENCE", "MORPHISM", "VOID"]
    seen = [place.emit(thread="acts", clock=n, act=act) for n, act in enumerate(acts)]
    seen += [place.emit(thread="types", clock=n, data_type=name) for n, name in enumerate(types)]
    assert [each.body["act"] for each in seen[:8]] == acts
    assert [each.body["data_type"] for each in seen[8:]] == types
    return [each.plain() for each in seen]


@scenario
def emit_any_body_and_kind(place: Place) -> Any:
    """The daemon takes any object as a body: no kind, a five-segment kind, an empty object."""
    bodies: list[dict[str, Any]] = [
        {},
        {"kind": "infer.orchestration.verify.state.v1"},
        {"kind": 7},
        {"kind": None, "_v": "x"},
        {"text": "no kind"},
    ]
    seen = [place.emit(thread="any body", clock=n, body=body) for n, body in enumerate(bodies)]
    assert [each.status for each in seen] == [201] * 5
    assert [each.body["body"] for each in seen] == bodies
    return [each.plain() for each in seen]


@scenario
def emit_mixed_values(place: Place) -> Any:
    """Unicode, escapes, floats and large integers come back as they were sent, under the wire id."""
    sent = record(thread="mixed \u00e9", body=MIXED, data_type="DISTRIBUTION", parents=[])
    seen = place.post("/v1/records", sent)
    assert seen.status == 201
    assert seen.body["body"] == MIXED
    assert seen.body["id"] == record_id(sent)
    read = place.get(f"/v1/records/{seen.body['id']}")
    assert read.body["body"] == MIXED
    return [seen.plain(), read.plain()]


@scenario
def emit_integral_floats(place: Place) -> Any:
    """1.0 and 1 are the same record: the second is a re-post of the first."""
    first = place.emit(thread="floats", body={"x": 1.0, "y": -0.0, "z": 1e21})
    second = place.emit(thread="floats", body={"x": 1, "y": 0, "z": 10**21})
    assert (first.status, second.status) == (201, 200)
    assert first.body["id"] == second.body["id"]
    return [first.plain(), second.plain()]


@scenario
def emit_unknown_members(place: Place) -> Any:
    """A member that the envelope does not have is answered the same everywhere."""
    return place.post("/v1/records", record(thread="unknown members", colour="red")).plain()


@scenario
def emit_with_its_own_id(place: Place) -> Any:
    """A row read back can be posted again; a wrong id is answered alike everywhere."""
    row = place.emit(thread="own id").body
    again = place.post("/v1/records", row)
    wrong = place.post("/v1/records", {**record(thread="own id", clock=1), "id": "f" * 64})
    return [again.plain(), wrong.plain()]


BAD_RECORDS: dict[str, dict[str, Any]] = {
    "no act": {"act": ...},
    "no actor": {"actor": ...},
    "no body": {"body": ...},
    "no clock": {"clock": ...},
    "no thread": {"thread": ...},
    "unknown act": {"act": "SHOUT"},
    "lower-case act": {"act": "put"},
    "act is a number": {"act": 1},
    "empty actor": {"actor": ""},
    "actor is null": {"actor": None},
    "body is a list": {"body": []},
    "body is null": {"body": None},
    "body is text": {"body": "{}"},
    "negative clock": {"clock": -1},
    "clock too large": {"clock": 2**63},
    "clock is a fraction": {"clock": 1.5},
    "clock is text": {"clock": "1"},
    "clock is a boolean": {"clock": True},
    "clock is null": {"clock": None},
    "empty thread": {"thread": ""},
    "thread is a number": {"thread": 5},
    "thread too long": {"thread": "x" * (limits.MAX_TEXT_BYTES + 1)},
    "actor too long": {"actor": "did:example:" + "x" * limits.MAX_TEXT_BYTES},
    "unknown data type": {"data_type": "BLOB"},
    "data type is null": {"data_type": 3},
    "parents is text": {"parents": "ab"},
    "parents hold a number": {"parents": [1]},
    "parents is an object": {"parents": {}},
    "too many parents": {"parents": [f"{n:064x}" for n in range(limits.MAX_PARENTS + 1)]},
    "judged_by is a number": {"judged_by": 5},
}


@scenario
def emit_bad_records(place: Place) -> Any:
    """Every wrong field is refused as INVALID_RECORD with the field's name, and nothing is stored."""
    seen = {}
    for name, changes in BAD_RECORDS.items():
        answer = place.emit(**{"thread": "bad", "clock": 77, **changes})
        assert (answer.status, answer.code) == (400, "INVALID_RECORD"), (name, answer)
        field = next(iter(changes))
        assert field in answer.body["message"], (name, answer.body["message"])
        seen[name] = answer.plain()
    seen["stored"] = place.get("/v1/threads/bad/records").plain()
    assert seen["stored"]["body"]["data"] == []
    return seen


@scenario
def emit_values_that_are_no_record(place: Place) -> Any:
    """JSON that is not an object is refused as a record."""
    seen = [place.post("/v1/records", value) for value in ([], "x", 5, None, True, [record()])]
    assert {(each.status, each.code) for each in seen} == {(400, "INVALID_RECORD")}
    return [each.plain() for each in seen]


BAD_JSON: dict[str, bytes] = {
    "empty": b"",
    "blank": b"  ",
    "bad syntax": b'{"act":',
    "trailing comma": b'{"act":"PUT",}',
    "trailing text": b"{} x",
    "single quotes": b"{'act':'PUT'}",
    "duplicate key": b'{"act":"PUT","act":"DO"}',
    "duplicate key in body": b'{"act":"PUT","actor":"a","clock":0,"thread":"t","body":{"x":1,"x":1}}',
    "NaN": b'{"clock":NaN}',
    "Infinity": b'{"clock":Infinity}',
    "minus Infinity": b'{"clock":-Infinity}',
    "overflow to infinity": b'{"clock":1e999}',
    "lone surrogate": b'{"thread":"\\ud800"}',
    "lone surrogate in a key": b'{"\\udc00":1}',
    "not UTF-8": b'{"thread":"\xff"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "raw control character": b'{"thread":"\x01"}',
    "one level too deep": b"[" * (limits.MAX_JSON_DEPTH + 1) + b"]" * (limits.MAX_JSON_DEPTH + 1),
    "far too deep": b"[" * 100_000,
    "too long an integer": b'{"clock":' + b"9" * (limits.MAX_INTEGER_DIGITS + 1) + b"}",
}


@scenario
def emit_bad_json(place: Place) -> Any:
    """Everything that is not strict JSON is refused as INVALID_JSON."""
    seen = {}
    for name, body in BAD_JSON.items():
        answer = place.call("POST", "/v1/records", body=body)
        assert (answer.status, answer.code) == (400, "INVALID_JSON"), (name, answer)
        seen[name] = answer.plain()
    return seen


@scenario
def emit_deepest_body(place: Place) -> Any:
    """A body at the depth limit is stored and read back."""
    value: Any = 1
    # The record itself and its body are the two outermost levels.
    for _ in range(limits.MAX_JSON_DEPTH - 2):
        value = [value]
    seen = place.emit(thread="deep", body={"value": value})
    assert seen.status == 201, seen
    assert seen.body["body"] == {"value": value}
    return seen.plain()


@scenario
def emit_body_too_large(place: Place) -> Any:
    """A request of one byte over the limit is refused with 413; one at the limit is stored."""
    text = b'{"act":"PUT","actor":"a","clock":0,"thread":"large","body":{"x":"'
    close = b'"}}'
    room = limits.MAX_BODY_BYTES - len(text) - len(close)
    fits = place.call("POST", "/v1/records", body=text + b"x" * room + close)
    over = place.call("POST", "/v1/records", body=text + b"x" * (room + 1) + close)
    assert fits.status == 201
    assert (over.status, over.code) == (413, "BODY_TOO_LARGE")
    return [fits.body["id"], over.plain()]


@scenario
def emit_other_media_types(place: Place) -> Any:
    """Only JSON media types are read; parameters and upper case do not matter."""
    seen = {}
    body = b'{"act":"PUT","actor":"a","clock":0,"thread":"media","body":{}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = place.call("POST", "/v1/records", content=body, headers={"content-type": kind})
        assert (answer.status, answer.code) == (415, "UNSUPPORTED_MEDIA_TYPE"), (kind, answer)
        seen[kind] = answer.plain()
    for kind in ("application/json; charset=utf-8", "Application/JSON", "application/problem+json"):
        seen[kind] = place.call("POST", "/v1/records", content=body, headers={"content-type": kind}).plain()
    return seen


@scenario
def record_by_id(place: Place) -> Any:
    """A record is read by its id; an unknown id is 404, a malformed one answered alike everywhere."""
    found = place.get(f"/v1/records/{HELLO_ID}")
    assert found.status == 200
    assert found.body["id"] == HELLO_ID
    missing = place.get(f"/v1/records/{'0' * 64}")
    assert (missing.status, missing.code) == (404, "RECORD_NOT_FOUND")
    odd = [place.get(f"/v1/records/{text}") for text in ("abc", HELLO_ID.upper(), "%F0%9F%98%80", "%FF")]
    assert {each.status for each in odd} <= {400, 404}
    return [found.plain(), missing.plain(), *(each.plain() for each in odd)]

"""Building records before they are sent, and checking them when they arrive."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import InvalidRecord, InvalidRecordType, KindError, UsageError, UsageTypeError
from syncropel.rules import limits
from syncropel.rules.hashing import record_id
from syncropel.rules.records import ACTS, DATA_TYPES, Draft, build_record, check_record
from syncropel.rules.refs import Ref
from tests.support.values import Colour, any_values, json_objects

GOOD: dict[str, Any] = {
    "act": "PUT",
    "actor": "did:example:a",
    "kind": "music.catalog.track",
    "body": {"title": "Glow"},
    "thread": "music.library",
    "clock": 7,
}
WIRE: dict[str, Any] = {
    "act": "PUT",
    "actor": "did:example:a",
    "body": {"title": "Glow", "kind": "music.catalog.track", "_v": 1},
    "clock": 7,
    "data_type": "SCALAR",
    "parents": [],
    "thread": "music.library",
}

# A field, a wrong value, and what the message must say. Both ends refuse all of these.
WRONG: list[tuple[str, Any, str]] = [
    ("act", "BOGUS", r"^\$\.act: must be one of INTEND, .*, not 'BOGUS'"),
    ("act", "put", r"^\$\.act: must be one of"),
    ("act", 5, r"^\$\.act: must be a string, not an integer"),
    ("act", None, r"^\$\.act: must be a string, not null"),
    ("actor", "", r"^\$\.actor: must not be empty"),
    ("actor", ["a"], r"^\$\.actor: must be a string, not an array"),
    ("actor", "a" * 1025, r"^\$\.actor: at most 1024 bytes"),
    ("thread", "", r"^\$\.thread: must not be empty"),
    ("thread", "é" * 513, r"^\$\.thread: at most 1024 bytes"),
    ("thread", "\ud800", r"^\$\.thread: .*surrogate"),
    ("clock", -1, r"^\$\.clock: must be an integer between 0 and 9223372036854775807, not -1"),
    ("clock", 2**63, r"^\$\.clock: must be an integer between"),
    ("clock", 10**5000, r"^\$\.clock: must be an integer between"),
    ("clock", True, r"^\$\.clock: .*not a boolean"),
    ("clock", 1.5, r"^\$\.clock: .*not a number with a fraction"),
    ("clock", "7", r"^\$\.clock: .*not a string"),
    ("clock", None, r"^\$\.clock: .*not null"),
    ("data_type", "NOPE", r"^\$\.data_type: must be one of SCALAR"),
    ("data_type", None, r"^\$\.data_type: must be a string"),
    ("parents", "ab", r"^\$\.parents: must be a list of record ids, not a string; put the id in a list"),
    ("parents", {"a": 1}, r"^\$\.parents: must be a list"),
    ("parents", ["a", ""], r"^\$\.parents\[1\]: must not be empty"),
    ("parents", ["a", 5], r"^\$\.parents\[1\]: must be a string"),
    ("parents", ["a"] * 1001, r"^\$\.parents: at most 1000 ids, not 1001"),
    ("parents", ["x" * 1025], r"^\$\.parents\[0\]: at most 1024 bytes"),
    ("judged_by", 5, r"^\$\.judged_by: must be a string"),
    ("judged_by", "x" * 1025, r"^\$\.judged_by: at most"),
    ("body", None, r"^\$\.body: must be "),
    ("body", [], r"^\$\.body: must be "),
    ("body", {"a": float("nan")}, r"^\$\.body\.a: nan"),
    ("body", {"a": ["\ud800"]}, r"^\$\.body\.a\[0\]: .*surrogate"),
    ("body", {"a": (1,)}, r"^\$\.body\.a: tuple is not a JSON value"),
    ("body", {1: 2}, r"^\$\.body: the key 1"),
]


WRONG_IDS = [f"{name}-{index}" for index, (name, _, _) in enumerate(WRONG)]


@pytest.mark.parametrize(("name", "value", "message"), WRONG, ids=WRONG_IDS)
def test_wrong_fields_never_leave(name: str, value: Any, message: str) -> None:
    """A wrong argument of an emit raises with the JSON path of the field."""
    with pytest.raises(UsageError, match=message) as caught:
        build_record(**{**GOOD, name: value})
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(("name", "value", "message"), WRONG, ids=WRONG_IDS)
def test_wrong_fields_are_never_stored(name: str, value: Any, message: str) -> None:
    """A wrong field of a record that arrives is refused with its JSON path, as an InvalidRecord."""
    with pytest.raises(InvalidRecord, match=message):
        check_record({**WIRE, name: value})


@pytest.mark.parametrize("name", ["clock", "parents", "thread", "body"])
def test_wrong_types_are_type_errors_too(name: str) -> None:
    """A value of the wrong type can be caught as ValueError and as TypeError."""
    with pytest.raises(InvalidRecordType) as caught:
        build_record(**{**GOOD, name: 5.5})
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, UsageTypeError)


def test_limits_themselves_pass() -> None:
    """Values exactly at their limits are accepted at both ends."""
    draft = build_record(
        **{
            **GOOD,
            "actor": "a" * limits.MAX_TEXT_BYTES,
            "thread": "é" * (limits.MAX_TEXT_BYTES // 2),
            "clock": limits.MAX_CLOCK,
            "parents": [f"{index:04}" for index in range(limits.MAX_PARENTS)],
        }
    )
    assert check_record(draft.wire) == draft
    assert build_record(**{**GOOD, "clock": 0}).wire["clock"] == 0


@pytest.mark.parametrize("act", ACTS)
def test_every_act_and_data_type_passes(act: str) -> None:
    """The eight acts and the six data types are accepted; enums become plain strings."""
    for data_type in DATA_TYPES:
        assert build_record(**{**GOOD, "act": act, "data_type": data_type}).wire["data_type"] == data_type


def test_a_draft_knows_its_id() -> None:
    """The id is the hash of the canonical text, known before anything is sent."""
    draft = build_record(**GOOD)
    assert isinstance(draft, Draft)
    assert draft.wire == WIRE
    assert draft.id == record_id(WIRE)
    assert b'"clock":7' in draft.canonical


def test_the_body_is_copied_in_depth() -> None:
    """Nothing that the caller does to the body afterwards reaches the draft, and the body is not changed."""
    body = {"kind": "other.other.other", "list": [{"a": 1}], "_refs": [{"kind": "@a.b", "id": "1"}]}
    before = copy.deepcopy(body)
    draft = build_record(**{**GOOD, "body": body}, refs=[Ref.cal_event(uid="u")])
    assert body == before
    body["list"][0]["a"] = 2  # type: ignore[index,call-overload]
    assert draft.wire["body"]["list"] == [{"a": 1}]
    assert draft.wire["body"]["kind"] == GOOD["kind"]
    assert [ref["id"] for ref in draft.wire["body"]["_refs"]] == ["1", "icalendar:u"]


def test_parents_are_sorted_and_repetitions_kept() -> None:
    """Parents leave in ascending order; a tuple is as good as a list, and none is an empty list."""
    assert build_record(**GOOD, parents=("b", "a", "b")).wire["parents"] == ["a", "b", "b"]
    assert build_record(**GOOD, parents=None).wire["parents"] == []


def test_judged_by_is_sent_and_not_hashed() -> None:
    """`judged_by` is on the wire when it is given, and the id does not depend on it."""
    plain, judged = build_record(**GOOD), build_record(**GOOD, judged_by="j")
    assert "judged_by" not in plain.wire
    assert judged.wire["judged_by"] == "j"
    assert judged.id == plain.id
    assert check_record({**WIRE, "judged_by": None}).wire == WIRE


def test_with_clock_makes_the_same_record_later() -> None:
    """A draft under another clock has another id and is otherwise the same; a bad clock is refused."""
    draft = build_record(**GOOD, judged_by="j")
    later = draft.with_clock(8)
    assert later.wire == {**draft.wire, "clock": 8}
    assert later == build_record(**{**GOOD, "clock": 8}, judged_by="j")
    with pytest.raises(InvalidRecord, match=r"\$\.clock"):
        draft.with_clock(-1)


def test_the_kind_is_checked_on_the_way_out_only() -> None:
    """Clients keep to the grammar; a store takes whatever kind a record has, even none."""
    with pytest.raises(KindError):
        build_record(**{**GOOD, "kind": "music.track"})
    for body in ({}, {"kind": "infer.orchestration.verify.state.v1"}, {"kind": 5}):
        assert check_record({**WIRE, "body": body}).wire["body"] == body


def test_enums_become_plain_strings() -> None:
    """An enum of strings is as good as its value, and does not travel further."""

    class Act(str):
        __slots__ = ()

    draft = build_record(**{**GOOD, "act": Act("PUT"), "thread": Colour.RED})
    assert [type(draft.wire[name]) for name in ("act", "thread")] == [str, str]
    assert draft.wire["thread"] == "red"


def test_bodies_nested_too_deeply_never_leave() -> None:
    """A record may have as many levels as a daemon reads; one more is refused before it is sent."""

    def body(levels: int) -> dict[str, Any]:
        inner: Any = 1
        for _ in range(levels - 1):
            inner = [inner]
        return {"a": inner}

    assert build_record(**{**GOOD, "body": body(limits.MAX_JSON_DEPTH - 1)})
    with pytest.raises(UsageError, match=r"^\$\.body: nested deeper"):
        build_record(**{**GOOD, "body": body(limits.MAX_JSON_DEPTH)})
    with pytest.raises(UsageError, match=r"^\$\.body: nested deeper"):
        build_record(**{**GOOD, "body": body(100_000)})


def test_integers_too_long_never_leave() -> None:
    """An integer that a daemon would not read is refused before it is sent."""
    digits = limits.MAX_INTEGER_DIGITS
    assert build_record(**{**GOOD, "body": {"n": 10**digits - 1}})
    with pytest.raises(UsageError, match=r"^\$\.body\.n: an integer of more than"):
        build_record(**{**GOOD, "body": {"n": 10**digits}})


def test_defaults_on_arrival() -> None:
    """A post without data type and parents means SCALAR and none; parents are sorted."""
    short = {name: value for name, value in WIRE.items() if name not in ("data_type", "parents")}
    assert check_record(short).wire == WIRE
    assert check_record({**WIRE, "parents": ["b", "a"]}).wire["parents"] == ["a", "b"]


@pytest.mark.parametrize("name", ["act", "actor", "body", "clock", "thread"])
def test_missing_fields_on_arrival(name: str) -> None:
    """A post without one of the five required fields is refused, naming it."""
    with pytest.raises(InvalidRecord, match=rf"^\$\.{name}: is missing"):
        check_record({key: value for key, value in WIRE.items() if key != name})


def test_unknown_fields_are_neither_kept_nor_hashed() -> None:
    """A newer client's further fields, and a server's own decorations, do not make another record."""
    noisy = {**WIRE, "object": "record", "sequence": 99, "signed_by": "x", "later": {"a": (1,)}}
    assert check_record(noisy) == check_record(WIRE)


def test_an_id_must_be_the_one_computed() -> None:
    """A post may name its id; another than the content's is refused with both."""
    right = record_id(WIRE)
    assert check_record({**WIRE, "id": right}).id == right
    for wrong in ("0" * 64, right.upper(), 5, None):
        with pytest.raises(InvalidRecord, match=rf"^\$\.id: .*{right}"):
            check_record({**WIRE, "id": wrong})


@pytest.mark.parametrize("value", [None, [], "x", 5, 1.5, True, [WIRE]])
def test_a_record_is_an_object(value: Any) -> None:
    """A decoded value that is no object is no record."""
    with pytest.raises(InvalidRecordType, match=r"^\$: a record is a JSON object"):
        check_record(value)


def test_what_leaves_arrives() -> None:
    """A draft's wire form passes the check at the other end unchanged."""
    draft = build_record(**GOOD, parents=["b", "a"], judged_by="j", data_type="REFERENCE")
    assert check_record(draft.wire) == draft


@given(json_objects)
def test_any_json_body_leaves_and_arrives(body: dict[str, Any]) -> None:
    """Every JSON object is a body, floats stay floats on the wire, and both ends agree on the id."""
    body.pop("_refs", None)
    draft = build_record(**{**GOOD, "body": body})
    for name, value in body.items():
        if name != "kind":
            assert repr(draft.wire["body"][name]) == repr(value)
    assert check_record(draft.wire).id == draft.id == record_id(draft.wire)


@given(st.sampled_from([*GOOD, "parents", "refs", "data_type", "judged_by"]), any_values)
def test_building_raises_nothing_else(name: str, value: Any) -> None:
    """Whatever an argument is, the answer is a draft or a UsageError."""
    try:
        draft = build_record(**{**GOOD, name: value})
    except UsageError:
        return
    assert check_record(draft.wire).id == draft.id


@given(st.one_of(any_values, st.tuples(st.sampled_from([*WIRE, "judged_by", "id"]), any_values)))
def test_checking_raises_nothing_else(value: Any) -> None:
    """Whatever arrives, the answer is a draft or an InvalidRecord."""
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        value = {**WIRE, value[0]: value[1]}
    try:
        draft = check_record(value)
    except InvalidRecord:
        return
    assert draft.id == record_id(draft.wire)

"""Ingest: identity, re-posts, clocks, refusals, and what is stored beside the record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncropel.kernel.services.ingest import make_ready
from syncropel.rules.canonical import canonical_json
from syncropel.rules.hashing import record_id
from syncropel.rules.records import check_record

from .support import ACTOR, Caller, FakeTime, record, register


def test_new_record_is_answered_with_its_receipt(ask: Caller, clock: FakeTime) -> None:
    """A new record is 201 with the id computed here, its sequence, the time and the namespace."""
    sent = record(parents=["b", "a"])
    reply = ask.post("/v1/records", sent)
    assert reply.status == 201
    assert reply.body == {
        "object": "record",
        "id": record_id(sent),
        **sent,
        "data_type": "SCALAR",
        "parents": ["a", "b"],
        "sequence": 1,
        "created_at": int(clock.now),
        "namespace": "default",
    }


def test_stored_record_reads_back_as_its_receipt(ask: Caller) -> None:
    """Reading a record by id gives what its emit was answered with."""
    register(ask.kernel, "a", "a/b")
    receipt = ask.emit(judged_by="j" * 64, body={"namespace": "a/b", "é": [1, None, "\0"]}).body
    assert ask.get(f"/v1/records/{receipt['id']}").body == receipt


def test_identical_repost_is_a_no_op(ask: Caller, clock: FakeTime) -> None:
    """The same content again is 200 with the first receipt, and nothing is stored twice."""
    first = ask.emit(body={"x": 1.0}).body
    clock.now += 100
    second = ask.emit(body={"x": 1})
    assert (second.status, second.body) == (200, first)
    assert len(ask.get("/v1/threads/t/records").body["data"]) == 1


def test_judgement_is_stored_and_never_hashed(ask: Caller) -> None:
    """A re-post with another judged_by has the same id, and the first receipt wins."""
    first = ask.emit(judged_by="one").body
    second = ask.emit(judged_by="two")
    assert second.status == 200
    assert second.body["id"] == first["id"]
    assert second.body["judged_by"] == "one"


def test_absent_optional_members_are_left_out(ask: Caller) -> None:
    """A row has no null for what was not given."""
    receipt = ask.emit(judged_by=None).body
    assert "judged_by" not in receipt
    assert None not in ask.get(f"/v1/records/{receipt['id']}").body.values()


def test_used_clock_is_refused(ask: Caller) -> None:
    """Other content under the same thread, actor and clock is INGEST_FAILED in both spellings."""
    ask.emit(body={"x": 1}, clock=7)
    reply = ask.emit(body={"x": 2}, clock=7)
    assert reply.status == 400
    assert reply.body["code"] == reply.body["error"] == "INGEST_FAILED"
    assert reply.body["message"] == f"DuplicateClock: thread=t actor={ACTOR} clock=7"
    assert ask.get("/health").body["records"] == 1


@pytest.mark.parametrize(
    "other", [{"thread": "t2"}, {"actor": "did:example:other"}, {"clock": 8}, {"clock": 6}]
)
def test_clock_is_per_thread_and_actor(ask: Caller, other: dict[str, object]) -> None:
    """Another thread, another actor, a gap and a lower clock are all accepted."""
    ask.emit(clock=7)
    assert ask.emit(**{"clock": 7, **other}, body={"x": 2}).status == 201


def test_sequence_has_no_gaps_after_refusals(ask: Caller) -> None:
    """A refused record takes no sequence."""
    ask.emit(clock=1)
    ask.emit(clock=1, body={"x": 1})
    ask.emit(clock=1)
    assert ask.emit(clock=2).body["sequence"] == 2


def test_kind_grammar_is_not_enforced(ask: Caller) -> None:
    """The store takes any body: five segments, no kind, a kind that is no text."""
    for clock, body in enumerate(
        [{"kind": "infer.orchestration.verify.state.v1"}, {}, {"kind": 5}, {"_v": "x"}]
    ):
        assert ask.emit(clock=clock, body=body).status == 201


@pytest.mark.parametrize("thread", ["music.library", "t 1/x?y#z", "ü", "a\0b", "..", "x" * 1024])
def test_any_text_is_a_thread(ask: Caller, thread: str) -> None:
    """A thread may be any non-empty text of up to 1024 bytes, and is found again under it."""
    from .support import in_path

    ask.emit(thread=thread)
    assert [row["thread"] for row in ask.get(f"/v1/threads/{in_path(thread)}/records").body["data"]] == [
        thread
    ]
    assert [row["thread"] for row in ask.get("/v1/records", thread=thread).body["data"]] == [thread]


@pytest.mark.parametrize(
    ("body", "namespace"),
    [
        ({}, "default"),
        ({"namespace": None}, "default"),
        ({"namespace": ""}, "default"),
        ({"namespace": "a/b"}, "a/b"),
    ],
)
def test_namespace_is_kept_in_a_column(ask: Caller, body: dict[str, object], namespace: str) -> None:
    """body.namespace is the record's namespace, `default` without one."""
    register(ask.kernel, "a", "a/b")
    assert ask.emit(body=body).body["namespace"] == namespace
    assert ask.found(namespace=namespace) == [1]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"act": "EAT"}, "$.act"),
        ({"clock": -1}, "$.clock"),
        ({"clock": 2**63}, "$.clock"),
        ({"clock": True}, "$.clock"),
        ({"clock": "1"}, "$.clock"),
        ({"body": []}, "$.body"),
        ({"thread": ""}, "$.thread"),
        ({"thread": "x" * 1025}, "$.thread"),
        ({"actor": 5}, "$.actor"),
        ({"parents": "abc"}, "$.parents"),
        ({"parents": [1]}, "$.parents[0]"),
        ({"data_type": "scalar"}, "$.data_type"),
        ({"body": {"namespace": 5}}, "$.body.namespace"),
        ({"body": {"kind": "core.agent.session.v1"}}, "$.body.kind"),
        ({"body": {"kind": "core.work.observation.v1"}}, "$.body.rule"),
        ({"body": {"kind": "core.work.observation.v1", "rule": " "}}, "$.body.rule"),
    ],
)
def test_wrong_field_is_refused_by_name(ask: Caller, fields: dict[str, object], place: str) -> None:
    """A record with a wrong field is INVALID_RECORD, names the field, and stores nothing."""
    reply = ask.emit(**fields)
    assert (reply.status, reply.body["code"]) == (400, "INVALID_RECORD")
    assert reply.body["message"].startswith(place)
    assert ask.get("/health").body["records"] == 0


def test_observation_with_a_rule_is_accepted(ask: Caller) -> None:
    """The one required key of an observation suffices."""
    assert ask.emit(body={"kind": "core.work.observation.v1", "rule": "r"}).status == 201


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b'{"act":"PUT","act":"PUT"}',
        b'{"clock":NaN}',
        b'{"thread":"\\ud800"}',
        b"\xff",
        b"[" * 100_000,
        b'{"a":' * 65 + b"1" + b"}" * 65,
    ],
)
def test_what_is_not_strict_json_is_refused(ask: Caller, text: bytes) -> None:
    """Bad JSON of every sort is INVALID_JSON."""
    reply = ask.send("POST", "/v1/records", text, {"content-type": "application/json"})
    assert (reply.status, reply.body["code"]) == (400, "INVALID_JSON")


def test_body_over_a_mebibyte_is_refused(ask: Caller) -> None:
    """The limit itself passes, one byte more is 413."""
    empty = len(json.dumps(record(body={"x": ""})).encode())
    fits = json.dumps(record(body={"x": "a" * (2**20 - empty)})).encode()
    assert len(fits) == 2**20
    assert ask.send("POST", "/v1/records", fits).status == 201
    reply = ask.send("POST", "/v1/records", fits + b" ")
    assert (reply.status, reply.body["code"]) == (413, "BODY_TOO_LARGE")


def test_huge_numbers_survive(ask: Caller) -> None:
    """Integers beyond 64 bits and extreme floats come back exactly."""
    body = {"i": 10**400, "j": -(2**64), "f": 5e-324, "g": 0.1}
    receipt = ask.emit(body=body).body
    assert ask.get(f"/v1/records/{receipt['id']}").body["body"] == body


def test_unknown_record_is_not_found(ask: Caller) -> None:
    """An id that is not stored is RECORD_NOT_FOUND."""
    reply = ask.get("/v1/records/" + "0" * 64)
    assert (reply.status, reply.body["code"], reply.body["type"]) == (
        404,
        "RECORD_NOT_FOUND",
        "not_found_error",
    )


@settings(max_examples=2 * settings().max_examples)
@given(
    texts=st.lists(
        st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1), min_size=3, max_size=3
    ),
    parents=st.lists(st.text(alphabet='ab"\\é\n', min_size=1), max_size=3),
    clock=st.integers(0, 2**63 - 1),
)
def test_body_text_is_the_bodys_canonical_text(texts: list[str], parents: list[str], clock: int) -> None:
    """What is stored as the body is its canonical text, whatever quotes and controls stand around it."""
    body = {texts[2]: [1.0, None, texts[1]], "_refs": []}
    value = record(actor=texts[0][:200], thread=texts[1][:200], parents=parents, clock=clock, body=body)
    assert make_ready(check_record(value)).body_text == canonical_json(body)

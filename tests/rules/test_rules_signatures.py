"""Signatures as they are written, and which key speaks for a DID at which sequence."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import InvalidRecord, InvalidRecordType, UsageError
from syncropel.rules.records import build_record, check_record
from syncropel.rules.row import Record
from syncropel.rules.signatures import (
    KeyChain,
    KeySpan,
    Signature,
    did_of_key,
    key_from_multibase,
    key_of_did,
    key_to_multibase,
    read_rotation,
    read_signature,
    rotation_body,
    signed_message,
)
from tests.keys import reference

A, B, C = (key_to_multibase(bytes([n]) * 32) for n in (11, 12, 13))
SIG = Signature.of(key_from_multibase(A), bytes(range(64)))
WIRE: dict[str, Any] = {"act": "PUT", "actor": f"did:key:{A}", "body": {}, "clock": 1, "thread": "t"}


def test_the_message() -> None:
    """A signature covers the prefix, which ends in a zero byte, and the id's 32 bytes."""
    assert signed_message("0a" * 32) == b"syncropel/record/v1\x00" + b"\x0a" * 32


@pytest.mark.parametrize(
    "bad", ["", "a" * 63, "A" * 64, "g" * 64, "a" * 65, "٠" * 64, None, b"a" * 64, "a" * 63 + "\n"]
)
def test_only_ids_are_signed(bad: Any) -> None:
    """What is no id has no message: bytes of unknown length would make two records share one."""
    with pytest.raises(UsageError, match="64 lower-case hexadecimal digits"):
        signed_message(bad)


@given(st.binary(max_size=8).map(lambda seed: hashlib.sha256(seed).digest()))
def test_keys_have_one_text(public: bytes) -> None:
    """A key goes to multibase and back, as a second implementation writes it; so does its DID."""
    text = key_to_multibase(public)
    assert text == reference.multibase(public)
    assert key_from_multibase(text) == public
    assert key_of_did(did_of_key(text)) == text


@given(st.text(max_size=60) | st.text("z6MkABC123xyz0OIl", min_size=46, max_size=50))
def test_other_texts_are_no_keys(text: str) -> None:
    """A text is a key only if it is the one that the key is written as."""
    try:
        public = key_from_multibase(text)
    except UsageError:
        return
    assert key_to_multibase(public) == text


def test_a_key_of_another_kind() -> None:
    """The multibase text of an X25519 key has the right length and is refused."""
    text = "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"
    assert len(text) == len(A)
    with pytest.raises(UsageError, match="must be the multibase form of an Ed25519 public key"):
        key_from_multibase(text)


def test_points_of_small_order_are_no_keys() -> None:
    """A multiple of a point of order 8 is refused, in each way it can be written: anybody signs for it."""
    generator = None
    for y in range(2, 100):
        try:
            candidate = reference.times(reference.L, reference.point_of(y))
        except AssertionError:  # no point has this y
            continue
        if reference.affine(reference.times(4, candidate)) != (0, 1):
            generator = candidate
            break
    assert generator is not None
    written = set()
    for n in range(8):
        _x, y = reference.affine(reference.times(n, generator))
        for also in (y, y + reference.P):
            if also < 2**255:
                written |= {(also | sign << 255).to_bytes(32, "little") for sign in (0, 1)}
    assert len(written) == 14
    for public in written:
        with pytest.raises(UsageError, match="small order"):
            key_to_multibase(public)
        with pytest.raises(UsageError, match="small order"):
            key_from_multibase(reference.multibase(public))


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), "a" * 32, None])
def test_a_public_key_has_32_bytes(public: Any) -> None:
    """Anything else is no key."""
    with pytest.raises(UsageError, match="32 bytes"):
        key_to_multibase(public)


@pytest.mark.parametrize(
    "did",
    [
        "did:web:example.com",
        "did:key:",
        "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
        "",
        None,
        A,
    ],
)
def test_other_dids_have_no_key(did: Any) -> None:
    """Only the `did:key` of an Ed25519 key is a key."""
    assert key_of_did(did) is None


@given(st.binary(min_size=64, max_size=64))
def test_signatures_have_one_text(raw: bytes) -> None:
    """64 bytes go to the wire and back."""
    signature = Signature.of(key_from_multibase(B), raw)
    assert len(signature.value) == 86
    assert read_signature(signature.wire) == signature
    assert signature.raw == raw


@given(st.text("AQgwBCDEFG_-+/=", min_size=84, max_size=88))
def test_other_values_are_refused(value: str) -> None:
    """A value is read only if it is the text that its bytes are written as."""
    try:
        signature = read_signature({**SIG.wire, "value": value})
    except InvalidRecord:
        return
    assert Signature.of(key_from_multibase(A), signature.raw).value == value


def test_further_members_are_not_looked_at() -> None:
    """A newer signer may add members; they are not kept."""
    assert read_signature({**SIG.wire, "at": 5}) == SIG


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_has_64_bytes(length: int) -> None:
    """Bytes of another length are no signature."""
    with pytest.raises(UsageError, match="64 bytes"):
        Signature.of(key_from_multibase(A), bytes(length))


def test_a_signature_travels_beside_the_record() -> None:
    """It changes neither the id nor the canonical form, arrives as it was sent, and is shown by rows."""
    draft = build_record(
        act="PUT", actor="did:example:a", kind="a.b.c", body={}, thread="t", clock=1, judged_by="x"
    )
    signed = draft.signed(SIG)
    assert (signed.id, signed.canonical) == (draft.id, draft.canonical)
    assert "sig" not in draft.wire
    assert draft.signature is None
    arrived = check_record({**signed.wire, "id": signed.id})
    assert arrived == signed
    assert arrived.signature == SIG
    row = Record.from_row({**signed.wire, "id": signed.id})
    assert row.sig == row["sig"] == SIG.wire
    assert row.to_row()["sig"] == SIG.wire


def test_another_clock_leaves_the_signature_behind() -> None:
    """A record under another clock has another id, so it is not signed."""
    signed = check_record({**WIRE, "sig": SIG.wire})
    assert signed.signature is not None
    assert "sig" not in signed.with_clock(2).wire


def test_absent_and_null_are_no_signature() -> None:
    """`sig: null` is the same as none, in a post and in a row."""
    assert check_record({**WIRE, "sig": None}) == check_record(WIRE)
    row = Record.from_row({**WIRE, "sig": None})
    assert row.sig is None
    assert "sig" not in row


@pytest.mark.parametrize("sig", [5, "x", [], True])
def test_a_post_with_no_object_for_a_signature(sig: Any) -> None:
    """A `sig` of a wrong type is refused with its path."""
    with pytest.raises(InvalidRecordType, match=r"^\$\.sig: must be an object"):
        check_record({**WIRE, "sig": sig})


def test_the_body_of_a_rotation() -> None:
    """It names both keys, and reads back as them."""
    body = rotation_body(A, B, "yearly")
    assert body == {"kind": "core.key_rotation", "previous_key": A, "new_key": B, "reason": "yearly"}
    assert read_rotation({**body, "_v": 1}) == (A, B)
    assert "reason" not in rotation_body(A, B)


@pytest.mark.parametrize(
    ("previous", "new", "field"),
    [
        (A, A, "new_key"),
        ("x", B, "previous_key"),
        (A, "z6Mk", "new_key"),
        (None, B, "previous_key"),
        (A, 5, "new_key"),
    ],
)
def test_what_is_no_rotation(previous: Any, new: Any, field: str) -> None:
    """Keys that are none, or the same, make no rotation; the message names the field."""
    with pytest.raises(UsageError, match=f"^{field}: "):
        rotation_body(previous, new)
    assert read_rotation({"kind": "core.key_rotation", "previous_key": previous, "new_key": new}) is None


@pytest.mark.parametrize("body", [None, [], {}, {"kind": "core.alias"}, {"kind": "core.key_rotation"}])
def test_other_bodies_are_no_rotation(body: Any) -> None:
    """Only the kind with both keys is one."""
    assert read_rotation(body) is None


def test_a_chain() -> None:
    """The old key signs up to the rotation itself, the new one from the next sequence on."""
    chain = KeyChain(f"did:key:{A}")
    assert chain.rotate(10, A, B)
    assert chain.rotate(20, B, C)
    assert chain.spans == [KeySpan(A, 0, 10), KeySpan(B, 11, 20), KeySpan(C, 21, None)]
    assert [chain.keys_at(at) for at in (0, 10, 11, 20, 21)] == [{A}, {A}, {B}, {B}, {C}]
    assert chain.keys_at(None) == {C}
    assert chain.holds(C, None)
    assert not chain.holds(A, None)
    assert "KeyChain" in repr(chain)


@pytest.mark.parametrize(
    ("sequence", "previous", "new"),
    [(30, A, C), (30, C, B), (30, B, A), (30, B, B), (11, B, C), (5, A, C)],
    ids=["given up", "unknown", "comes back", "to itself", "never held", "out of order"],
)
def test_rotations_that_do_not_count(sequence: int, previous: str, new: str) -> None:
    """A key that may not sign hands nothing over, and no key comes back."""
    chain = KeyChain(f"did:key:{A}")
    assert chain.rotate(11, A, B)
    before = list(chain.spans)
    assert not chain.rotate(sequence, previous, new)
    assert chain.spans == before


def test_the_keys_of_a_document() -> None:
    """A DID that is no key has those it was given; one of them rotates and the others stay."""
    assert KeyChain("did:web:example.com").keys_at(5) == frozenset()
    chain = KeyChain("did:web:example.com", [A, B, A])
    assert chain.keys_at(5) == {A, B}
    assert chain.rotate(9, A, C)
    assert chain.keys_at(10) == {B, C}


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.sampled_from([A, B, C]), st.sampled_from([A, B, C])), max_size=8
    )
)
def test_a_did_key_has_one_key_at_a_time(rotations: list[tuple[int, str, str]]) -> None:
    """Whatever rotations are tried, exactly one key holds at every sequence."""
    chain = KeyChain(f"did:key:{A}")
    for rotation in rotations:
        chain.rotate(*rotation)
    assert all(len(chain.keys_at(at)) == 1 for at in (*range(55), None))


@pytest.mark.parametrize("value", [["z"], {}, None, 5, b"z6Mk"])
def test_a_key_of_another_type(value: Any) -> None:
    """A key that is no text is refused like one that is none, in a rotation as anywhere."""
    with pytest.raises(UsageError, match="multibase text"):
        key_from_multibase(value)
    assert read_rotation({"kind": "core.key_rotation", "previous_key": value, "new_key": B}) is None

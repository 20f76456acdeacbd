"""Verification without a server: one record, many, and chains of keys."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.keys import verify as verifying
from syncropel.keys.identity import Identity
from syncropel.keys.threads import verify_rows
from syncropel.keys.verify import Verification, follow_rotations, verify_record, verify_records
from syncropel.rules.records import build_record
from syncropel.rules.row import Record
from syncropel.rules.signatures import KeyChain, rotation_body
from tests.support.values import json_objects

ALICE, BOB, LATER = (Identity.key(bytes([n]) * 32) for n in (1, 2, 3))
WEB = Identity.federated("did:web:example.com", bytes([4]) * 32)


def row(
    identity: Identity = ALICE,
    sequence: int | None = 1,
    body: dict[str, Any] | None = None,
    *,
    actor: str | None = None,
    kind: str = "a.b.c",
    act: str = "PUT",
) -> dict[str, Any]:
    """Return a record that an identity signed, as a store returns it."""
    draft = build_record(
        act=act,
        actor=actor or identity.actor_did,
        kind=kind,
        body=body or {},
        thread="t",
        clock=sequence or 0,
    )
    signature = identity.sign(draft.id)
    signed = draft if signature is None else draft.signed(signature)
    numbered = {} if sequence is None else {"sequence": sequence}
    return {**signed.wire, "id": draft.id, **numbered}


def rotation(old: Identity, new: Identity, sequence: int, **others: Any) -> dict[str, Any]:
    """Return the record by which one key hands over to another."""
    body = rotation_body(old.public_key or "", new.public_key or "")
    return row(old, sequence, body, **{"kind": "core.key_rotation", "act": "LEARN", **others})


@given(json_objects, st.integers(0, 2**63 - 1))
def test_any_record_signs_and_verifies(body: dict[str, Any], clock: int) -> None:
    """Whatever its body, a signed record verifies, as a row and as a `Record`."""
    signed = row(ALICE, clock, body)
    for record in (signed, Record.from_row(signed)):
        found = verify_record(record)
        assert found == (True, True, signed["id"], "valid", ALICE.public_key, "", signed["id"])
        assert found


@given(st.integers(0, 64 * 8 - 1))
def test_any_flipped_bit_of_a_signature_fails(bit: int) -> None:
    """Not one bit of a signature may differ."""
    from syncropel.rules.signatures import Signature, key_from_multibase, read_signature

    signed = row()
    raw = bytearray(read_signature(signed["sig"]).raw)
    raw[bit // 8] ^= 1 << bit % 8
    other = Signature.of(key_from_multibase(signed["sig"]["key"]), bytes(raw))
    found = verify_record({**signed, "sig": other.wire})
    assert (found.ok, found.id_matches, found.signature) == (False, True, "invalid")


@given(st.integers(0, 32 * 8 - 1))
def test_any_flipped_bit_of_a_record_fails(bit: int) -> None:
    """Not one bit of what was signed may differ: here the text of a body."""
    text = bytearray(b"the quick brown fox jumps over t")
    signed = row(body={"text": text.hex()})
    text[bit // 8] ^= 1 << bit % 8
    altered = {**signed, "body": {**signed["body"], "text": text.hex()}}
    found = verify_record(altered)
    assert (found.ok, found.id_matches, found.signature) == (False, False, "invalid")
    assert "altered: it bears the id" in found.reason
    # Whoever alters it may write the matching id as well; the signature tells all the same.
    found = verify_record({**altered, "id": found.expected_id})
    assert (found.ok, found.id_matches, found.signature) == (False, True, "invalid")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("act", "KNOW"),
        ("actor", BOB.actor_did),
        ("body", {}),
        ("clock", 2),
        ("data_type", "VOID"),
        ("parents", ["0" * 64]),
        ("thread", "another"),
    ],
)
def test_every_field_is_covered(field: str, value: Any) -> None:
    """A change of any field that an id covers breaks both the id and the signature."""
    found = verify_record({**row(), field: value})
    assert (found.ok, found.id_matches) == (False, False)
    assert found.signature == "invalid"


@pytest.mark.parametrize(("field", "value"), [("sequence", 9), ("judged_by", "x"), ("score", 0.5)])
def test_what_is_not_covered(field: str, value: Any) -> None:
    """What a store adds is its word alone: it may differ."""
    assert verify_record({**row(), field: value})


def test_an_unsigned_record() -> None:
    """A record without a signature is judged by its id."""
    name = Identity.static("did:example:a")
    assert verify_record(row(name)) == (True, True, row(name)["id"], "absent", None, "", row(name)["id"])
    found = verify_record({**row(name), "clock": 5})
    assert (found.ok, found.signature) == (False, "absent")
    assert not found


@pytest.mark.parametrize("claimed", [None, 5, "", "0" * 64])
def test_a_wrong_id(claimed: Any) -> None:
    """An id that is not the content's is not right, signed or not."""
    found = verify_record({**row(), "id": claimed})
    assert (found.ok, found.id_matches, found.signature) == (False, False, "valid")
    assert found.record_id == (claimed if isinstance(claimed, str) else None)
    assert found.reason
    without = row()
    del without["id"]
    assert "bears no id" in verify_record(without).reason


@pytest.mark.parametrize(
    "change", [{"parents": 5}, {"clock": {1}}, {"body": {"a": float("nan")}}, {"act": None}]
)
def test_what_is_no_record(change: dict[str, Any]) -> None:
    """A row whose id cannot be computed is not right, and raises nothing."""
    found = verify_record({**row(), **change})
    if found.expected_id is None:
        assert found.reason.startswith("no record: ")
    assert (found.ok, found.signature) == (False, "invalid")
    assert not verify_record({}).ok


@pytest.mark.parametrize("sig", [5, {}, {"alg": "ES256"}, {"alg": "Ed25519", "key": "x", "value": "y"}])
def test_a_malformed_signature(sig: Any) -> None:
    """What is no signature is invalid, with the place at fault."""
    found = verify_record({**row(), "sig": sig})
    assert (found.ok, found.id_matches, found.signature) == (False, True, "invalid")
    assert found.reason.startswith("$.sig")


def test_the_key_of_a_stranger() -> None:
    """A true signature by a key that is not the author's is told apart from a false one."""
    stranger = row(BOB, actor=ALICE.actor_did)
    found = verify_record(stranger)
    assert (found.ok, found.signature, found.key) == (False, "unknown_key", BOB.public_key)
    assert "is not one of" in found.reason
    named = {**stranger, "sig": {**stranger["sig"], "key": ALICE.public_key}}
    assert verify_record(named).signature == "invalid"


def test_an_author_whose_keys_are_not_known() -> None:
    """The keys of a `did:web` have to be given; a chain of another DID helps nobody."""
    signed = row(WEB)
    assert verify_record(signed).signature == "unknown_key"
    assert "no key of 'did:web:example.com' is known" in verify_record(signed).reason
    assert verify_record(signed, KeyChain(WEB.actor_did, [WEB.public_key or ""]))
    assert verify_record(signed, KeyChain(WEB.actor_did, [BOB.public_key or ""])).signature == "unknown_key"
    assert (
        verify_record(signed, KeyChain("did:web:example.org", [WEB.public_key or ""])).signature
        == "unknown_key"
    )


def test_a_chain_is_followed_at_the_records_sequence() -> None:
    """The old key signs up to the rotation, the new one after it; a record not stored yet is the next one."""
    later = Identity.key(bytes([3]) * 32, did=ALICE.actor_did)
    chains = follow_rotations([row(later, 30), rotation(ALICE, later, 20), row(ALICE, 10)])
    chain = chains[ALICE.actor_did]
    verdicts = {
        (who, at): verify_record(row(who, at), chain).signature
        for who in (ALICE, later)
        for at in (10, 20, 21, None)
    }
    assert verdicts == {
        (ALICE, 10): "valid",
        (ALICE, 20): "valid",
        (ALICE, 21): "unknown_key",
        (ALICE, None): "unknown_key",
        (later, 10): "unknown_key",
        (later, 20): "unknown_key",
        (later, 21): "valid",
        (later, None): "valid",
    }
    assert "may not sign at sequence 21: it was rotated" in verify_record(row(ALICE, 21), chain).reason


def test_two_rotations_in_any_order_of_rows() -> None:
    """Rows are followed by their sequence, however they are listed."""
    second, third = (Identity.key(bytes([n]) * 32, did=ALICE.actor_did) for n in (5, 6))
    rows = [rotation(second, third, 40), rotation(ALICE, second, 20)]
    for listed in (rows, rows[::-1]):
        chain = follow_rotations(listed)[ALICE.actor_did]
        assert [chain.keys_at(at) for at in (20, 21, 41)] == [
            {ALICE.public_key},
            {second.public_key},
            {third.public_key},
        ]


def test_a_rotation_of_a_document_key() -> None:
    """The key of a `did:web` that is known hands over as well."""
    new = Identity.federated(WEB.actor_did, bytes([7]) * 32)
    pinned = {WEB.actor_did: [WEB.public_key or ""]}
    assert follow_rotations([], pinned)[WEB.actor_did].keys_at(1) == {WEB.public_key}
    chains = follow_rotations([rotation(WEB, new, 20)], pinned)
    assert chains[WEB.actor_did].keys_at(21) == {new.public_key}
    assert follow_rotations([rotation(WEB, new, 20)]) == {}


def forged() -> list[tuple[str, dict[str, Any]]]:
    """Return rotations that hand nothing over, each for another reason."""
    right = rotation(ALICE, LATER, 20)
    body = rotation_body(ALICE.public_key or "", LATER.public_key or "")
    unsigned = {name: value for name, value in right.items() if name != "sig"}
    return [
        ("not signed", unsigned),
        (
            "signed by the new key",
            row(LATER, 20, body, actor=ALICE.actor_did, kind=body["kind"], act="LEARN"),
        ),
        ("by another actor", row(BOB, 20, body, kind=body["kind"], act="LEARN")),
        ("no LEARN", rotation(ALICE, LATER, 20, act="PUT")),
        ("altered", {**right, "clock": 99}),
        ("no sequence", {name: value for name, value in right.items() if name != "sequence"}),
        ("a sequence of another type", {**right, "sequence": True}),
        ("a false signature", {**right, "sig": row()["sig"]}),
        ("an actor of another type", {**right, "actor": 5}),
    ]


@pytest.mark.parametrize(("name", "record"), forged(), ids=[name for name, _ in forged()])
def test_a_forged_rotation(name: str, record: dict[str, Any]) -> None:
    """It is not followed."""
    assert follow_rotations([record]) == {}


def many() -> list[dict[str, Any]]:
    """Return rows of which some are wrong, each in another way."""
    rows = [row((ALICE, BOB)[n % 2], n + 1, {"n": n}) for n in range(24)]
    rows[3]["body"]["n"] = -1
    rows[8]["sig"] = copy.deepcopy(rows[10]["sig"])
    rows[15] = row(BOB, 16, actor=ALICE.actor_did)
    rows[20] = row(Identity.static("did:example:a"), 21)
    rows[22]["sig"] = 5
    return rows


def test_many_records_are_judged_like_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """In helper processes or without, each record gets its own verdict, in order."""
    rows = many()
    expected = [verify_record(one) for one in rows]
    assert [n for n, found in enumerate(expected) if not found.ok] == [3, 8, 15, 22]
    assert list(verify_records(iter(rows))) == expected
    monkeypatch.setattr(verifying, "PARALLEL_FROM", 10)
    monkeypatch.setattr(verifying, "_CHUNK", 5)
    monkeypatch.setattr(verifying, "cores", lambda: 2)
    assert list(verify_records(iter(rows))) == expected
    monkeypatch.setattr(verifying, "cores", lambda: 1)
    assert list(verify_records(map(Record.from_row, rows[:20]))) == expected[:20]


def test_many_records_with_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains count in helper processes too."""
    later = Identity.key(bytes([3]) * 32, did=ALICE.actor_did)
    rows = [rotation(ALICE, later, 5), *(row((ALICE, later)[n % 2], n) for n in range(6, 26))]
    chains = follow_rotations(rows)
    monkeypatch.setattr(verifying, "PARALLEL_FROM", 10)
    for processes in (1, 2):
        monkeypatch.setattr(verifying, "cores", lambda processes=processes: processes)
        assert [found.ok for found in verify_records(rows, chains)] == [True, *([False, True] * 10)]


@pytest.mark.parametrize("actor", [["a"], {}, None, 5])
def test_an_author_that_is_no_name(actor: Any) -> None:
    """A row whose author is no text is not as it should be, and no fault of whoever looks."""
    found = verify_rows([row(ALICE, 1), {**row(ALICE, 2), "actor": actor}])
    assert (found.signed, len(found.invalid)) == (1, 1)


def test_nothing_to_judge() -> None:
    """No records give no verdicts."""
    assert list(verify_records([])) == []


def test_a_verification_is_its_answer() -> None:
    """In a condition it stands for whether the record is right."""
    assert bool(Verification(True, True, "a", "absent", None, "", "a")) is True
    assert bool(Verification(False, True, "a", "invalid", None, "x", "a")) is False

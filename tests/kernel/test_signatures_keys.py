"""Whose key signs when: rotations, and the pinned documents of a `did:web`."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.kernel.access.signing import Resolutions
from syncropel.rules.infer.plan import ENGINE_DID
from syncropel.rules.signatures import Signature

from .signing_support import Signer
from .support import Caller, FakeTime, in_path, record
from .test_signatures import post, refused

ANN, BEN, EVE = Signer(1), Signer(2), Signer(3)
WEB = "did:web:example.com"


def keys(ask: Caller, did: str) -> list[tuple[Any, ...]]:
    """Return an actor's keys as key, source and the sequences they sign at."""
    body = ask.get(f"/v1/identities/{in_path(did)}/keys").body
    assert (body["object"], body["did"]) == ("identity_keys", did)
    return [(row["key"], row["source"], row["from_sequence"], row["until_sequence"]) for row in body["keys"]]


def test_a_rotation_hands_over_to_the_new_key(ask: Caller) -> None:
    """From the record after the rotation on the new key signs, and the old one no more."""
    new = Signer(4, ANN.did)
    assert post(ask, ANN.record()).status == 201
    rotation = post(ask, ANN.rotation(new))
    assert rotation.status == 201, rotation.body
    assert "given up" in refused(post(ask, ANN.record(clock=1)), "SIGNATURE_INVALID")
    assert post(ask, new.record(clock=1)).status == 201
    assert keys(ask, ANN.did) == [(ANN.key, "did", 0, 2), (new.key, "rotation", 3, None)]
    shown = ask.get(f"/v1/identities/{in_path(ANN.did)}/keys").body["keys"]
    assert [row["record_id"] for row in shown] == [None, rotation.body["id"]]
    # What the old key signed before may be posted again.
    assert post(ask, ANN.record()).status == 200
    assert post(ask, ANN.rotation(new)).status == 200
    # A second rotation goes on from there.
    third = Signer(5, ANN.did)
    assert post(ask, new.rotation(third, clock=1)).status == 201
    assert [row[2:] for row in keys(ask, ANN.did)] == [(0, 2), (3, 4), (5, None)]


def test_a_key_that_was_given_up_does_not_come_back(ask: Caller) -> None:
    """A rotation to a key that the actor has or had is refused."""
    new = Signer(4, ANN.did)
    assert post(ask, ANN.rotation(new)).status == 201
    assert "new_key" in refused(post(ask, new.rotation(ANN, clock=1)), "SIGNATURE_INVALID")
    assert keys(ask, ANN.did)[1][3] is None


def test_nobody_rotates_the_key_of_another(ask: Caller) -> None:
    """A rotation counts only by its actor and signed by the key that it gives up."""
    mine = Signer(4, ANN.did)
    body = ANN.rotation(mine)["body"]
    refused(post(ask, EVE.record(act="LEARN", body=body)), "SIGNATURE_INVALID")
    refused(post(ask, EVE.record(act="LEARN", actor=ANN.did, body=body)), "SIGNATURE_INVALID")
    refused(post(ask, record(act="LEARN", actor=ANN.did, body=body)), "SIGNATURE_REQUIRED")
    # Eve gives up her own key for Ann's actor: her key is not Ann's.
    refused(post(ask, EVE.rotation(mine, actor=ANN.did)), "SIGNATURE_INVALID")
    # The new key cannot make itself the key either.
    refused(post(ask, mine.record(act="LEARN", body=body)), "SIGNATURE_INVALID")
    assert keys(ask, ANN.did) == [(ANN.key, "did", 0, None)]
    assert ask.kernel.last_sequence() == 0


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"act": "KNOW"}, "$.act"),
        ({"body": {"kind": "core.key_rotation"}}, "$.body.previous_key"),
        ({"body": {"kind": "core.key_rotation", "previous_key": ANN.key, "new_key": "z"}}, "$.body.new_key"),
        ({"body": {"kind": "core.key_rotation", "previous_key": ANN.key, "new_key": ANN.key}}, "new_key"),
    ],
)
def test_a_rotation_that_is_none_is_an_invalid_record(
    ask: Caller, fields: dict[str, Any], place: str
) -> None:
    """A record of the kind that cannot be followed is not stored as if it could."""
    assert place in refused(post(ask, ANN.rotation(BEN, **fields)), "INVALID_RECORD")


def test_a_did_web_is_resolved_pinned_and_forgotten(ask: Caller, clock: FakeTime) -> None:
    """The first keys are trusted, others only with a trusted one; after forgetting it begins anew."""
    old, new, foreign = Signer(6, WEB), Signer(7, WEB), Signer(8, WEB)
    unknown = post(ask, old.record())
    refused(unknown, "KEY_UNKNOWN", 403)
    assert unknown.resolve == WEB
    assert ask.kernel.pin_keys(WEB, [old.key])
    assert post(ask, old.record()).status == 201
    assert post(ask, old.record(clock=1)).resolve is None
    # The document lists a second key beside the first: it is fetched again, and trusted.
    asked = post(ask, new.record(clock=2))
    assert asked.resolve == WEB
    assert ask.kernel.pin_keys(WEB, [old.key, new.key])
    assert post(ask, new.record(clock=2)).status == 201
    # Then the first is taken out.
    assert ask.kernel.pin_keys(WEB, [new.key])
    assert "given up" in refused(post(ask, old.record(clock=3)), "SIGNATURE_INVALID")
    # A document with nothing but another key is not believed.
    assert not ask.kernel.pin_keys(WEB, [foreign.key])
    reply = post(ask, foreign.record(clock=3))
    refused(reply, "SIGNATURE_INVALID")
    assert "forgetIdentityKeys" in reply.body["hint"]
    first, second = keys(ask, WEB)
    assert first[:3] == (old.key, "document", 0)
    assert second[:2] == (new.key, "document")
    assert second[2] <= first[3]
    assert second[3] is None
    # Unless an administrator forgets what was trusted.
    left = ask.send("DELETE", f"/v1/identities/{in_path(WEB)}/keys")
    assert (left.status, [row["until_sequence"] is None for row in left.body["keys"]]) == (
        200,
        [False, False],
    )
    assert post(ask, foreign.record(clock=3)).resolve == WEB
    assert ask.kernel.pin_keys(WEB, [foreign.key])
    assert post(ask, foreign.record(clock=3)).status == 201
    # What was signed before is still somebody's: the rows say whose, and when.
    assert {row[0] for row in keys(ask, WEB)} == {old.key, new.key, foreign.key}


def test_a_document_is_asked_for_again_once_a_minute(ask: Caller, clock: FakeTime) -> None:
    """A key that is not among the pinned ones cannot be used to make the daemon fetch all the time."""
    own, other = Signer(6, WEB), Signer(7, WEB)
    assert ask.kernel.pin_keys(WEB, [own.key])
    resolved = [post(ask, other.record(clock=n)).resolve for n in range(3)]
    assert resolved == [WEB, None, None]
    clock.now += 59
    assert post(ask, other.record(clock=3)).resolve is None
    clock.now += 2
    assert post(ask, other.record(clock=3)).resolve == WEB


def test_work_that_runs_twice_asks_for_the_same_document() -> None:
    """A group of writes may be done once more: the same attempt is given the same answer."""
    known, first, second = Resolutions(), *(Signature(ANN.key, "A" * 86) for _ in range(2))
    assert [known.again(WEB, 5.0, each) for each in (first, first, second)] == [WEB, WEB, None]
    assert known.again(WEB, 65.0, second) == WEB


def test_pins_are_noted_in_the_audit_trail(ask: Caller) -> None:
    """What was trusted and what was forgotten is on the engine's thread, once for every change."""
    own = Signer(6, WEB)
    for _ in range(2):
        assert ask.kernel.pin_keys(WEB, [own.key])
    for _ in range(2):
        assert ask.send("DELETE", f"/v1/identities/{in_path(WEB)}/keys").status == 200
    rows = ask.get("/v1/threads/th_engine_access/records").body["data"]
    assert [(row["body"]["event"], row["body"]["keys"]) for row in rows] == [
        ("pinned", [own.key]),
        ("forgotten", [own.key]),
    ]
    assert {row["actor"] for row in rows} == {ENGINE_DID}


def test_only_documents_are_forgotten_and_only_they_are_pinned(ask: Caller) -> None:
    """A `did:key` is its key: it has no document to trust or to forget."""
    assert not ask.kernel.pin_keys(ANN.did, [EVE.key])
    assert not ask.kernel.pin_keys(WEB, [])
    reply = ask.send("DELETE", f"/v1/identities/{in_path(ANN.did)}/keys")
    assert "did:web" in refused(reply, "INVALID_PARAMETER")
    assert keys(ask, ANN.did) == [(ANN.key, "did", 0, None)]
    assert keys(ask, "did:sync:user:nobody") == []

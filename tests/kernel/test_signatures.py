"""Signed records: what is taken, what is refused and why, and whose key signs when."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from syncropel.kernel.access.settings import AccessSettings
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.store.base import Store
from syncropel.keys import ed25519
from syncropel.rules.canonical import canonical_bytes
from syncropel.rules.contract import load_openapi, load_routes
from syncropel.rules.infer.plan import ENGINE_DID
from syncropel.rules.records import check_record

from .signing_support import Signer
from .support import Caller, FakeTime, build_kernel, in_path, open_store, record, register

ANN, BEN, EVE = Signer(1), Signer(2), Signer(3)
WEB = "did:web:example.com"


def post(ask: Caller, value: dict[str, Any]) -> Reply:
    """POST a record as it is."""
    return ask.post("/v1/records", value)


def refused(reply: Reply, code: str, status: int = 400) -> str:
    """Check a refusal and return its message."""
    assert (reply.status, reply.body["code"]) == (status, code), reply.body
    return str(reply.body["message"])


def keys(ask: Caller, did: str) -> list[tuple[Any, ...]]:
    """Return an actor's keys as key, source and the sequences they sign at."""
    body = ask.get(f"/v1/identities/{in_path(did)}/keys").body
    assert (body["object"], body["did"]) == ("identity_keys", did)
    return [(row["key"], row["source"], row["from_sequence"], row["until_sequence"]) for row in body["keys"]]


def strict(store: Store, clock: FakeTime) -> Caller:
    """Return a caller of a kernel that takes signed records only."""
    access = AccessSettings(require_signatures=True)
    return Caller(
        Kernel(store, routes=load_routes(), openapi=load_openapi(), version="1", now=clock, access=access)
    )


def test_a_signed_record_is_stored_and_given_back_with_its_signature(ask: Caller) -> None:
    """The signature is in the receipt, in every read and in the watch page; the id is the unsigned one."""
    sent = ANN.record()
    receipt = post(ask, sent)
    assert (receipt.status, receipt.body["sig"]) == (201, sent["sig"])
    assert receipt.body["id"] == check_record(record(actor=ANN.did)).id
    reads = [
        ask.get(f"/v1/records/{receipt.body['id']}").body,
        ask.get("/v1/records", thread="t").body["data"][0],
        ask.get("/v1/threads/t/records").body["data"][0],
        ask.query().body["data"][0],
        ask.kernel.watch_page("t", 0, 10)[0],
    ]
    assert reads == [receipt.body] * 5
    assert "sig" not in ask.emit().body


def test_the_same_signed_record_again_is_the_same_receipt(ask: Caller) -> None:
    """Posting again stores nothing, whether it is signed again or not."""
    sent = ANN.record()
    first = post(ask, sent).body
    for again in (sent, record(actor=ANN.did)):
        reply = post(ask, again)
        assert (reply.status, reply.body) == (200, first)
    assert ask.kernel.last_sequence() == 1


def test_an_altered_record_is_refused(ask: Caller) -> None:
    """Whatever hashed member is changed after signing, the signature is not one over that record."""
    sent = ANN.record(body={"kind": "a.b.c", "text": "yes"})
    changes: list[dict[str, Any]] = [
        {"body": {"kind": "a.b.c", "text": "no"}},
        {"act": "DO"},
        {"clock": 1},
        {"data_type": "VOID"},
        {"parents": ["p"]},
        {"actor": BEN.did},
    ]
    for change in changes:
        assert "altered" in refused(post(ask, {**sent, **change}), "SIGNATURE_INVALID")
    assert ask.kernel.last_sequence() == 0


def test_a_record_replayed_to_another_thread_is_refused(ask: Caller) -> None:
    """A signature belongs to one thread: the same record elsewhere is another record."""
    sent = ANN.record(thread="votes")
    assert post(ask, sent).status == 201
    assert "another one" in refused(post(ask, {**sent, "thread": "other"}), "SIGNATURE_INVALID")


def test_a_record_signed_by_another_key_is_refused(ask: Caller) -> None:
    """A signature that holds is refused when its key is not the actor's, and the message names both."""
    message = refused(post(ask, EVE.record(actor=ANN.did)), "SIGNATURE_INVALID")
    assert EVE.key in message
    assert ANN.did in message
    # The same with the key's name put over it: then it is no signature by that key.
    forged = EVE.record(actor=ANN.did)
    forged["sig"] = {**forged["sig"], "key": ANN.key}
    refused(post(ask, forged), "SIGNATURE_INVALID")
    assert ask.kernel.last_sequence() == 0


@pytest.mark.parametrize(
    ("sig", "path"),
    [
        ("x", "$.sig:"),
        ({}, "$.sig.alg"),
        ({"alg": "none", "key": ANN.key, "value": ""}, "$.sig.alg"),
        ({"alg": "Ed25519", "key": "z6Mk", "value": "A" * 86}, "$.sig.key"),
        ({"alg": "Ed25519", "key": ANN.key, "value": "A" * 85}, "$.sig.value"),
        ({"alg": "Ed25519", "key": ANN.key, "value": "A" * 85 + "B"}, "$.sig.value"),
    ],
)
def test_a_signature_of_another_form_is_an_invalid_record(ask: Caller, sig: Any, path: str) -> None:
    """What is no signature at all is refused with the JSON path of the fault."""
    assert path in refused(post(ask, {**record(actor=ANN.did), "sig": sig}), "INVALID_RECORD")


def test_an_actor_without_a_key_method_cannot_sign(ask: Caller) -> None:
    """For a DID that no key can be known of, a signature proves nothing and is refused."""
    assert "no key" in refused(post(ask, ANN.record(actor="did:sync:user:ann")), "SIGNATURE_INVALID")
    assert ask.emit(actor="did:sync:user:ann").status == 201


def test_an_unsigned_record_by_a_known_signer_is_refused(ask: Caller) -> None:
    """After an actor's first signed record, nothing unsigned is taken in its name, on any thread."""
    assert ask.emit(actor=ANN.did, thread="before").status == 201
    assert post(ask, ANN.record()).status == 201
    for thread in ("t", "elsewhere"):
        assert "forgery" in refused(ask.emit(actor=ANN.did, thread=thread, clock=7), "SIGNATURE_REQUIRED")
    assert ask.emit(actor=BEN.did).status == 201
    assert post(ask, ANN.record(clock=8)).status == 201
    assert ask.kernel.last_sequence() == 4


def test_a_signer_stays_known_after_the_store_was_closed(
    tmp_path: Any, clock: FakeTime, reopened: Callable[[], Caller]
) -> None:
    """Who has signed is in the store, not in the process."""
    ask = reopened()
    assert post(ask, ANN.record()).status == 201
    refused(reopened().emit(actor=ANN.did, clock=1), "SIGNATURE_REQUIRED")


def test_two_kernels_over_one_store_know_the_same_signers(ask: Caller, store: Store, clock: FakeTime) -> None:
    """What one kernel took signed, another over the same store does not take unsigned."""
    other = Caller(build_kernel(store, clock))
    assert other.emit(actor=ANN.did).status == 201
    assert post(ask, ANN.record(clock=1)).status == 201
    refused(other.emit(actor=ANN.did, clock=2), "SIGNATURE_REQUIRED")


@pytest.fixture
def reopened(tmp_path: Any, clock: FakeTime) -> Any:
    """Give a function that opens one file again and again, each time in a new kernel."""
    kernels: list[Kernel] = []

    def open_again() -> Caller:
        for kernel in kernels:
            kernel.close()
        kernels.append(build_kernel(open_store("sqlite", tmp_path), clock))
        return Caller(kernels[-1])

    yield open_again
    for kernel in kernels:
        kernel.close()


def test_a_signature_is_added_to_a_record_that_had_none(ask: Caller) -> None:
    """Posting a stored record again with a signature adds it; a second one changes nothing."""
    plain = ask.emit(actor=ANN.did).body
    sent = ANN.record()
    refused(post(ask, EVE.record(actor=ANN.did)), "SIGNATURE_INVALID")
    reply = post(ask, sent)
    assert (reply.status, reply.body) == (200, {**plain, "sig": sent["sig"]})
    assert ask.get(f"/v1/records/{plain['id']}").body["sig"] == sent["sig"]
    refused(ask.emit(actor=ANN.did, clock=1), "SIGNATURE_REQUIRED")


def test_a_used_clock_is_refused_for_signed_records_too(ask: Caller) -> None:
    """Signing does not get past the rule that a clock is used once; the refused one makes nobody a signer."""
    assert ask.emit(actor=ANN.did).status == 201
    reply = post(ask, ANN.record(body={"kind": "other.kind.here"}))
    assert "DuplicateClock" in refused(reply, "INGEST_FAILED")
    assert ask.emit(actor=ANN.did, clock=1).status == 201


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


def test_a_kernel_can_require_signatures(store: Store, clock: FakeTime) -> None:
    """With the requirement on, no unsigned record is taken, whoever posts it."""
    ask = strict(store, clock)
    refused(ask.emit(), "SIGNATURE_REQUIRED")
    assert post(ask, ANN.record()).status == 201


def test_a_namespace_can_require_signatures(ask: Caller) -> None:
    """What is in the namespace or below it must be signed; everything else need not be."""
    register(ask.kernel, "open", "strict", signed=False)
    register(ask.kernel, "strict", signed=True)
    register(ask.kernel, "strict/below")
    for place in ("strict", "strict/below"):
        body = {"kind": "a.b.c", "namespace": place}
        assert "strict" in refused(ask.emit(body=body, thread=place), "SIGNATURE_REQUIRED")
        assert post(ask, BEN.record(body=body, thread=place)).status == 201
    assert ask.emit(body={"kind": "a.b.c", "namespace": "open"}).status == 201
    assert ask.emit(clock=1).status == 201


def test_a_daemon_without_the_library_says_so(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where signatures cannot be verified, signed records are refused with the line that helps."""
    sent = ANN.record()
    ed25519._public_key.cache_clear()
    for name in [name for name in sys.modules if name.startswith("cryptography")]:
        monkeypatch.setitem(sys.modules, name, None)
    reply = post(ask, sent)
    assert "pip install 'syncropel[keys]'" in refused(reply, "SIGNATURE_UNSUPPORTED", 501)
    assert ask.emit().status == 201
    monkeypatch.undo()
    ed25519._public_key.cache_clear()
    assert post(ask, sent).status == 201


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


def test_nobody_writes_as_the_engine_or_on_its_trail(ask: Caller) -> None:
    """The engine's name and its audit trail are refused, with authentication off too."""
    refused(ask.emit(actor=ENGINE_DID), "DID_CLAIM_DENIED", 403)
    refused(ask.emit(thread="th_engine_access"), "DID_CLAIM_DENIED", 403)
    assert ask.emit(thread="th_engine_config").status == 201


def awaited(ask: Caller) -> dict[str, Any]:
    """Store a record that awaits a decision."""
    reply = ask.emit(act="KNOW", body={"kind": "a.b.c", "awaits": "actor_decision"}, clock=50)
    assert reply.status == 201
    row: dict[str, Any] = reply.body
    return row


def test_a_signer_decides_by_a_signed_record(ask: Caller) -> None:
    """A decision is a record too: an actor who signs must sign it, over the clock it chose."""
    request = awaited(ask)
    assert post(ask, ANN.record()).status == 201
    path = f"/v1/decisions/{request['id']}/decide"
    said = {"decision": "approve", "actor": ANN.did}
    refused(ask.post(path, said), "SIGNATURE_REQUIRED")
    body = {"kind": "core.decision.v1", "decision": "approve", "fulfills": request["id"]}
    signed = ANN.record(act="DO", body=body, parents=[request["id"]], clock=60)
    assert "$.clock" in refused(ask.post(path, {**said, "sig": signed["sig"]}), "INVALID_DECISION")
    wrong = ask.post(path, {**said, "clock": 61, "sig": signed["sig"]})
    refused(wrong, "SIGNATURE_INVALID")
    decided = ask.post(path, {**said, "clock": 60, "sig": signed["sig"]})
    assert decided.status == 200, decided.body
    assert ask.get(f"/v1/records/{decided.body['id']}").body["sig"] == signed["sig"]
    # The same decision again is the same answer; another one is too late.
    assert ask.post(path, {**said, "clock": 60, "sig": signed["sig"]}).body == decided.body
    refused(ask.post(path, {"decision": "reject"}), "DECISION_RESOLVED", 409)


def test_a_decision_takes_the_clock_it_is_given(ask: Caller) -> None:
    """A clock that the actor has used on the thread is refused as in an emit; nothing is decided then."""
    request = awaited(ask)
    path = f"/v1/decisions/{request['id']}/decide"
    assert ask.emit(actor="did:sync:user:dan", clock=5).status == 201
    said = {"decision": "approve", "actor": "did:sync:user:dan"}
    assert "DuplicateClock" in refused(ask.post(path, {**said, "clock": 5}), "INGEST_FAILED")
    refused(ask.post(path, {**said, "clock": -1}), "INVALID_DECISION")
    refused(ask.post(path, {**said, "actor": ENGINE_DID}), "DID_CLAIM_DENIED", 403)
    assert ask.post(path, {**said, "clock": 6}).status == 200


def test_a_forged_record_does_not_undo_its_neighbours(ask: Caller) -> None:
    """In one group of writes, refused records leave those beside them as they are."""
    assert post(ask, ANN.record()).status == 201
    values = [record(clock=1), record(actor=ANN.did, clock=1), ANN.record(clock=2), EVE.record(actor=ANN.did)]
    futures = [
        ask.kernel.submit(Request("POST", "/v1/records", {}, canonical_bytes(value))) for value in values
    ]
    assert [future.result(10).status for future in futures] == [201, 400, 201, 400]
    assert ask.found() == [1, 2, 3]

"""Signed records: what is taken, what is refused and why, and whose key signs when."""

from __future__ import annotations

import contextlib
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
from .support import Caller, FakeTime, build_kernel, open_store, record, register

ANN, BEN, EVE = Signer(1), Signer(2), Signer(3)


def post(ask: Caller, value: dict[str, Any]) -> Reply:
    """POST a record as it is."""
    return ask.post("/v1/records", value)


def refused(reply: Reply, code: str, status: int = 400) -> str:
    """Check a refusal and return its message."""
    assert (reply.status, reply.body["code"]) == (status, code), reply.body
    return str(reply.body["message"])


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
    with contextlib.ExitStack() as opened:

        def open_again() -> Caller:
            opened.close()
            return Caller(build_kernel(opened.enter_context(open_store("sqlite", tmp_path)), clock))

        yield open_again


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

"""Handing over to another key: who signs from then on, and how a thread from before and after is judged."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from syncropel import Client, Identity, UsageError, UsageTypeError
from syncropel.keys.threads import strangers, verify_rows
from syncropel.rules.signatures import ROTATION_KIND, KeySpan
from syncropel.testing import MockKernel
from tests.clients.filling import put
from tests.support.colours import DID, Colour


def keyed(folder: Path, name: str, did: str | None = None) -> Identity:
    """Return an identity by a new key, as the DID given or as the key's own."""
    path = folder / f"{name}.pem"
    Identity.generate(path)
    return Identity.key(path, did=did)


def client_of(colour: Colour, kernel: MockKernel, identity: Identity) -> Any:
    """Return a client of a kernel with this identity."""
    return colour.client(transport=kernel.transport(), identity=identity)


def test_a_thread_from_before_and_after_is_verified(
    colour: Colour, kernel: MockKernel, tmp_path: Path
) -> None:
    """After two rotations the third key signs, all records verify, and the keys of the past sign no more."""
    first = keyed(tmp_path, "first")
    did = first.actor_did
    client = client_of(colour, kernel, first)
    assert put(colour, client).success
    for name in ("second", "third"):
        successor = keyed(tmp_path, name, did)
        result = colour.call(client.rotate_key, successor, f"to the {name}")
        assert (result.success, result.kind, result.thread) == (True, ROTATION_KIND, f"identity:{did}")
        assert client.identity == successor
        assert put(colour, client).success
    signers = [record.sig["key"] for record in kernel.records_in("t")]
    assert len(set(signers)) == 3
    found = colour.call(client.verify_thread, "t")
    assert (found.signed, found.invalid) == (3, [])
    assert colour.call(client.verify_thread, f"identity:{did}").signed == 2
    assert not client.verify(kernel.records_in("t")[-1])
    left_behind = put(colour, client_of(colour, kernel, first))
    assert (left_behind.code, left_behind.status) == ("SIGNATURE_INVALID", 400)
    (past, *_) = kernel.records_in(f"identity:{did}")
    assert past.body["reason"] == "to the second"


def test_a_record_signed_by_a_key_of_the_past_is_found_out(
    colour: Colour, kernel: MockKernel, tmp_path: Path
) -> None:
    """A record by the old key after the rotation is contradicted, and one by the new key without it."""
    first = keyed(tmp_path, "first")
    client = client_of(colour, kernel, first)
    put(colour, client)
    colour.call(client.rotate_key, keyed(tmp_path, "second", first.actor_did))
    put(colour, client)
    before, after = (record.to_row() for record in kernel.records_in("t"))
    rotations = kernel.records_in(f"identity:{first.actor_did}")
    assert verify_rows([before, after], rotations=rotations).ok
    late = verify_rows([after, {**before, "sequence": 99}], rotations=rotations)
    assert [found.record_id for found in late.invalid] == [before["id"]]
    assert "rotated" in late.invalid[0].reason
    alone = verify_rows([before, after])
    assert [found.record_id for found in alone.invalid] == [after["id"]]
    assert strangers([before, after]) == [first.actor_did]


def test_a_forged_rotation_counts_for_nothing(colour: Colour, kernel: MockKernel, tmp_path: Path) -> None:
    """A rotation that the present key did not sign lends the key it names no right."""
    me, thief = keyed(tmp_path, "me"), keyed(tmp_path, "thief")
    client = client_of(colour, kernel, me)
    put(colour, client)
    assert me.public_key is not None
    body = {"kind": ROTATION_KIND, "previous_key": me.public_key, "new_key": thief.public_key}
    claimed = Identity.key(tmp_path / "thief.pem", did=me.actor_did)
    forged = put(colour, client_of(colour, kernel, claimed), act="LEARN", kind=ROTATION_KIND, body=body)
    assert forged.code == "SIGNATURE_INVALID"
    assert put(colour, client).success
    assert colour.call(client.verify_thread, "t").signed == 2


def test_a_rotation_whose_answer_was_lost(colour: Colour, kernel: MockKernel, tmp_path: Path) -> None:
    """It is sent again, the server knows it already, and the client goes on with the new key."""
    first = keyed(tmp_path, "first")
    client = client_of(colour, kernel, first)
    kernel.fail_next(drop=True, after_handling=True, operation="emitRecord")
    result = colour.call(client.rotate_key, keyed(tmp_path, "second", first.actor_did))
    assert (result.success, result.retried, kernel.count()) == (True, 1, 1)
    assert put(colour, client).success


def test_a_rotation_that_failed_changes_nothing(colour: Colour, kernel: MockKernel, tmp_path: Path) -> None:
    """The client goes on signing with the key it had."""
    first = keyed(tmp_path, "first")
    client = client_of(colour, kernel, first)
    kernel.fail_next(400, operation="emitRecord")
    assert not colour.call(client.rotate_key, keyed(tmp_path, "second", first.actor_did)).success
    assert client.identity is first
    assert put(colour, client).success


def test_the_other_colour_follows(kernel: MockKernel, tmp_path: Path) -> None:
    """After a rotation by the asynchronous client its `emit_sync` signs with the new key too."""
    first = keyed(tmp_path, "first")
    second = keyed(tmp_path, "second", first.actor_did)

    async def run() -> None:
        async with Client("http://mock", first, transport=kernel.transport()) as client:
            assert client.emit_sync("PUT", "a.b.c", {"n": 1}, "t").success
            assert (await client.rotate_key(second)).success
            assert client.emit_sync("PUT", "a.b.c", {"n": 2}, "t").success

    asyncio.run(run())
    assert [record.sig["key"] for record in kernel.records_in("t")] == [first.public_key, second.public_key]


def test_an_actor_of_the_web(colour: Colour, kernel: MockKernel, tmp_path: Path) -> None:
    """A `did:web` whose document names its key signs, rotates, and is verified by what the server fetched."""
    did = "did:web:example.com:users:alice"
    keyed(tmp_path, "web")
    alice = Identity.federated(did, tmp_path / "web.pem")
    kernel.publish_key(did, alice.public_key)
    client = client_of(colour, kernel, alice)
    assert put(colour, client).success
    colour.call(client.rotate_key, keyed(tmp_path, "next", did))
    assert put(colour, client).success
    found = colour.call(client.verify_thread, "t")
    assert (found.signed, found.invalid) == (2, [])
    rows = kernel.records_in("t")
    assert len(verify_rows(rows).invalid) == 2


def test_published_keys_count_for_their_time() -> None:
    """A key that the store stopped taking at a sequence signs nothing after it."""
    did = "did:web:example.com"
    spans = [KeySpan("z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH", 3, 5)]
    from syncropel.keys.threads import _chains

    (chain,) = _chains([], {did: spans}).values()
    assert [chain.holds(spans[0].key, sequence) for sequence in (2, 3, 5, 6, None)] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_who_may_not_hand_over(colour: Colour, kernel: MockKernel, tmp_path: Path) -> None:
    """A client without a key, a successor of another DID, without a key or with the same is a mistake."""
    me = keyed(tmp_path, "me")
    client = client_of(colour, kernel, me)
    static = client_of(colour, kernel, Identity.static(DID))
    for target, successor, text in (
        (static, me, "has no key"),
        (client, Identity.static(me.actor_did), "has no key"),
        (client, keyed(tmp_path, "other"), f"did={me.actor_did!r}"),
        (client, me, "previous key"),
    ):
        with pytest.raises(UsageError, match=text.replace("(", r"\(")):
            colour.call(target.rotate_key, successor)
    with pytest.raises(UsageTypeError, match="Identity"):
        colour.call(client.rotate_key, "key.pem")
    assert kernel.calls == []


def test_a_rotation_within_a_namespace(colour: Colour, tmp_path: Path) -> None:
    """A client that reaches one namespace rotates there; to who cannot read that the key is unknown."""
    me = keyed(tmp_path, "me")
    with MockKernel(auth=True) as kernel:
        admin = colour.client(transport=kernel.transport(), api_key=kernel.mint())
        for name in ("team", "team/a", "team/b"):
            colour.call(admin.namespaces.create, name)
        limited = {"scopes": ("records:read", "records:write"), "actors": (me.actor_did,)}
        tokens = {name: kernel.mint(namespace=name, **limited) for name in ("team", "team/a")}
        client = colour.client(transport=kernel.transport(), api_key=tokens["team"], identity=me)
        successor = keyed(tmp_path, "next", me.actor_did)
        refused = colour.call(client.rotate_key, successor)
        assert (refused.success, client.identity) == (False, me)
        assert colour.call(client.rotate_key, successor, namespace="team").success
        assert put(colour, client, body={"namespace": "team/a"}).success
        assert colour.call(client.verify_thread, "t").signed == 1
        below = colour.client(transport=kernel.transport(), api_key=tokens["team/a"])
        found = colour.call(below.verify_thread, "t")
        assert [one.signature for one in found.invalid] == ["unknown_key"]


def test_a_namespace_that_wants_signatures(colour: Colour, kernel: MockKernel, tmp_path: Path) -> None:
    """An unsigned record is refused there by a code of its own, and the result says the way out."""
    signer = client_of(colour, kernel, keyed(tmp_path, "me"))
    colour.call(signer.namespaces.create, "strict", require_signatures=True)
    body = {"namespace": "strict"}
    assert put(colour, signer, body=body).success
    refused = put(colour, client_of(colour, kernel, Identity.static(DID)), body=body)
    assert (refused.code, refused.status) == ("SIGNATURE_REQUIRED", 400)
    impostor = put(colour, client_of(colour, kernel, Identity.static(signer.identity.actor_did)))
    assert impostor.code == "SIGNATURE_REQUIRED"

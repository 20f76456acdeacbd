"""Scenarios of signed records: what is taken, what is refused, and how a key gives way to the next."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from syncropel import Identity, record_id
from syncropel.keys.verify import verify_record
from syncropel.rules.signatures import ROTATION_KIND, rotation_body

from .place import ALICE, Place, record
from .registry import scenario
from .scenarios_access import refusal
from .scenarios_namespaces import path_of

FIRST, SECOND = b"\x01" * 32, b"\x02" * 32
UNRESOLVED = "did:web:localhost%3A1"


def identity(seed: bytes, did: str | None = None) -> Identity:
    """Return an identity with a key that is the same everywhere."""
    return Identity.key(seed, did=did)


def signed(signer: Identity, **changes: Any) -> dict[str, Any]:
    """Return a record by a signer with its signature; a change of `sig` takes its place."""
    plain = record(
        actor=signer.actor_did, **{name: value for name, value in changes.items() if name != "sig"}
    )
    signature = signer.sign(record_id(plain))
    assert signature is not None
    return {**plain, "sig": changes.get("sig", signature.wire)}


def keys_path(did: str) -> str:
    """Return the path of an actor's keys."""
    return f"/v1/identities/{quote(did, safe='')}/keys"


@scenario
def signatures_are_kept(place: Place) -> Any:
    """A signature that holds is stored and returned by every read, and does not change the id."""
    value = signed(identity(FIRST), thread="signed", body={"kind": "a.b.c", "text": "hö"})
    first = place.post("/v1/records", value)
    assert (first.status, first.body["sig"]) == (201, value["sig"])
    assert first.body["id"] == record_id(value)
    assert place.post("/v1/records", value).status == 200
    rows = [
        place.get(f"/v1/records/{first.body['id']}").body,
        place.get("/v1/threads/signed/records").body["data"][0],
        place.get("/v1/records", thread="signed").body["data"][0],
        place.query(thread="signed").body["data"][0],
    ]
    with place.watch("signed", since_clock=0) as frames:
        rows.append(next(frames).data["record"])
    assert all(row["sig"] == value["sig"] for row in rows)
    assert all(verify_record(row).ok for row in rows)
    assert "sig" not in place.emit(thread="signed", actor=ALICE).body
    return first.plain()


@scenario
def signatures_are_checked(place: Place) -> Any:
    """A forged, an altered, a replayed and a wrongly signed record are refused, and none is stored."""
    signer, other = identity(FIRST), identity(SECOND)
    value = signed(signer, thread="checked")
    assert place.post("/v1/records", value).status == 201
    stranger = signed(other, thread="checked")["sig"]
    refused = [
        place.post("/v1/records", {**value, "body": {"kind": "a.b.c", "more": 1}, "clock": 1}),
        place.post("/v1/records", {**value, "thread": "checked.elsewhere"}),
        place.post("/v1/records", signed(signer, thread="checked", clock=2, sig=stranger)),
        place.post("/v1/records", {**signed(signer, thread="checked", clock=3), "actor": ALICE}),
        place.post("/v1/records", {**signed(signer, thread="checked", clock=4), "sig": None}),
        place.emit(thread="checked", actor=signer.actor_did, clock=5),
    ]
    assert [seen.code for seen in refused] == ["SIGNATURE_INVALID"] * 4 + ["SIGNATURE_REQUIRED"] * 2
    assert place.get("/v1/threads/checked/records").body["data"] == [
        place.get(f"/v1/records/{record_id(value)}").body
    ]
    assert place.get("/v1/threads/checked.elsewhere").status == 404
    return [refusal(seen) for seen in refused]


@scenario
def signatures_have_one_form(place: Place) -> Any:
    """A signature of another form is refused with the place of the fault."""
    good = signed(identity(FIRST), thread="form")["sig"]
    faults = [
        "text",
        {},
        {**good, "alg": "ES256"},
        {**good, "key": "did:key:" + good["key"]},
        {**good, "key": good["key"][:-1]},
        {**good, "value": good["value"] + "=="},
        {**good, "value": good["value"][:-1]},
        {**good, "value": good["value"][:-1] + "B"},
        {**good, "value": 1},
    ]
    refused = [place.post("/v1/records", signed(identity(FIRST), thread="form", sig=each)) for each in faults]
    assert {seen.code for seen in refused} == {"INVALID_RECORD"}
    assert all(seen.body["message"].startswith("$.sig") for seen in refused)
    assert place.get("/v1/threads/form").status == 404
    return [refusal(seen) for seen in refused]


@scenario
def a_signature_can_follow(place: Place) -> Any:
    """The same record again with a signature gets it, when none was stored; and is none the less the same."""
    signer = identity(b"\x03" * 32)
    value = signed(signer, thread="following")
    bare = {name: each for name, each in value.items() if name != "sig"}
    assert "sig" not in place.post("/v1/records", bare).body
    again = place.post("/v1/records", value)
    assert (again.status, again.body["sig"]) == (200, value["sig"])
    assert place.post("/v1/records", bare).status == 200
    kept = place.get(f"/v1/records/{record_id(value)}")
    assert kept.body["sig"] == value["sig"]
    return kept.plain()


@scenario
def a_namespace_asks_for_signatures(place: Place) -> Any:
    """Where a namespace, or one above it, requires signatures, a record without one is refused."""
    for name, members in (("signing", {"require_signatures": True}), ("signing/part", {})):
        assert place.post("/v1/namespaces", {"id": name, **members}).status == 201
    body = {"kind": "a.b.c", "namespace": "signing/part"}
    bare = place.emit(thread="asked", body=body)
    assert bare.code == "SIGNATURE_REQUIRED"
    with_one = place.post("/v1/records", signed(identity(b"\x04" * 32), thread="asked", body=body))
    assert with_one.status == 201
    lifted = place.call("PATCH", path_of("signing"), body=b'{"require_signatures": false}')
    assert lifted.body["require_signatures"] is False
    assert place.emit(thread="asked", body=body).status == 201
    return [refusal(bare), with_one.plain()]


@scenario
def keys_rotate(place: Place) -> Any:
    """A rotation is signed by the old key; from the next record on the new one signs, and not the old one."""
    old = identity(b"\x06" * 32)
    did = old.actor_did
    new = identity(b"\x07" * 32, did)
    assert old.public_key is not None
    assert new.public_key is not None
    assert place.post("/v1/records", signed(old, thread="rotating", clock=0)).status == 201
    body = {"kind": ROTATION_KIND, **rotation_body(old.public_key, new.public_key, "worn out")}
    rotation = {"act": "LEARN", "thread": f"identity:{did}", "clock": 0, "body": body}
    early = place.post("/v1/records", signed(new, thread="rotating", clock=1))
    forged = place.post("/v1/records", signed(new, **rotation))
    rotated = place.post("/v1/records", signed(old, **rotation))
    assert rotated.status == 201, rotated
    late = place.post("/v1/records", signed(old, thread="rotating", clock=2))
    assert place.post("/v1/records", signed(new, thread="rotating", clock=3)).status == 201
    assert [seen.code for seen in (early, forged, late)] == ["SIGNATURE_INVALID"] * 3
    keys = place.get(keys_path(did)).body
    shown = [[key["key"], key["source"], key["record_id"]] for key in keys["keys"]]
    assert [source for _, source, _ in shown] == ["did", "rotation"]
    first, second = keys["keys"]
    assert (first["from_sequence"], second["until_sequence"]) == (0, None)
    assert first["until_sequence"] == rotated.body["sequence"] == second["from_sequence"] - 1
    return [shown, [refusal(seen) for seen in (early, forged, late)]]


@scenario
def keys_are_told(place: Place) -> Any:
    """The keys of an actor are the one in its DID, or none; pinned keys alone can be forgotten."""
    did = identity(b"\x08" * 32).actor_did
    told = [place.get(keys_path(each)).body["keys"] for each in (did, ALICE, UNRESOLVED)]
    assert [len(keys) for keys in told] == [1, 0, 0]
    left = place.call("DELETE", keys_path(UNRESOLVED))
    assert (left.status, left.body["keys"]) == (200, [])
    refused = place.call("DELETE", keys_path(did))
    assert refused.code == "INVALID_PARAMETER"
    return [told, left.plain(), refusal(refused)]


@scenario
def keys_that_cannot_be_read_are_unknown(place: Place) -> Any:
    """A record signed by a `did:web` whose document cannot be read is refused; so is a static actor's."""
    signer = Identity.federated(UNRESOLVED, FIRST)
    unknown = place.post("/v1/records", signed(signer, thread="federated"))
    assert (unknown.status, unknown.code) == (403, "KEY_UNKNOWN")
    static = place.post("/v1/records", {**signed(identity(FIRST), thread="federated"), "actor": ALICE})
    assert static.code == "SIGNATURE_INVALID"
    return [unknown.code, refusal(static)]

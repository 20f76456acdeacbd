"""Signing: what a client with a key emits is signed, and what was changed since is found out."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncropel import ApiError, Client, Identity, InferFailed, InferOptions, NotFoundError, Record, UsageError
from syncropel.daemon.local import LocalDaemon
from syncropel.errors import UsageTypeError
from syncropel.keys.threads import verify_rows
from syncropel.keys.verify import verify_record
from syncropel.rules.records import build_record
from syncropel.testing import MockKernel
from syncropel.transport.clock import CLOCKS
from tests.clients.filling import fill, put
from tests.support.colours import DID, Colour
from tests.support.inference import REQUEST

NOW = InferOptions(wait=False)


@pytest.fixture
def me(tmp_path: Path) -> Identity:
    """An identity with a key of its own."""
    return Identity.generate(tmp_path / "me.pem")


@pytest.fixture
def other(tmp_path: Path) -> Identity:
    """Another identity with a key."""
    return Identity.generate(tmp_path / "other.pem")


@pytest.fixture
def kernel() -> Iterator[MockKernel]:
    """A mock kernel whose callers need a token."""
    with MockKernel(auth=True) as made:
        yield made


def signing(colour: Colour, kernel: MockKernel, identity: Identity) -> Any:
    """Return a client that signs as an identity and may do everything."""
    return colour.client(transport=kernel.transport(), api_key=kernel.mint(), identity=identity)


CALL = {
    "id": "c" * 64,
    "act": "CALL",
    "actor": "did:example:asker",
    "thread": "calls",
    "body": {
        "kind": "infer.call.v1",
        "correlation_id": "d" * 64,
        "answer_shape": {"kind": "core.summary.v1"},
    },
}

EMITS: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "emit": ("emit", ("PUT", "a.b.c", {"x": 1}, "t"), {}),
    "emit with a clock": ("emit", ("PUT", "a.b.c", {"x": 1}, "t"), {"clock": 7}),
    "intend": ("intend", ("goal",), {}),
    "fulfill": ("fulfill", ("t", "done"), {}),
    "emit_correction": (
        "emit_correction",
        (),
        {"corrects": ["a" * 64], "revised_fields": {"x": 2}, "reason": "r", "thread": "t"},
    ),
    "emit_erasure": ("emit_erasure", (), {"erases": ["a" * 64], "reason": "r", "thread": "t"}),
    "infer": ("infer", (REQUEST, NOW), {}),
    "respond": ("respond", (CALL, "answer"), {}),
    "accept": ("accept", (CALL, 5), {}),
    "decline": ("decline", (CALL,), {}),
    "verdict": ("verdict", ("a" * 64, "accept"), {"thread": "t"}),
}


@pytest.mark.parametrize("name", EMITS)
def test_every_emit_is_signed(colour: Colour, kernel: MockKernel, me: Identity, name: str) -> None:
    """Whatever a client with a key emits is stored with a signature by that key over the record's id."""
    client = signing(colour, kernel, me)
    method, arguments, named = EMITS[name]
    call = {**CALL, "body": {**CALL["body"], "responder_did": me.actor_did}}
    colour.call(getattr(client, method), *(call if one is CALL else one for one in arguments), **named)
    (stored,) = [record for record in kernel.records if record.actor == me.actor_did]
    assert stored.sig["key"] == me.public_key
    assert verify_record(stored).signature == "valid"
    assert client.verify(stored).ok


def test_the_other_colour_of_a_client_signs_too(kernel: MockKernel, me: Identity) -> None:
    """`emit_sync` of the asynchronous client signs with the same key."""
    client = Client("http://mock", me, transport=kernel.transport(), api_key=kernel.mint())
    assert client.emit_sync("PUT", "a.b.c", {"x": 1}, "t").success
    client.close()
    assert verify_record(kernel.last()).signature == "valid"


def test_a_decision_is_signed(colour: Colour, kernel: MockKernel, me: Identity) -> None:
    """The record that a decision becomes is built and signed by who decides, under the id that it gets."""
    client = signing(colour, kernel, me)
    body = {"summary": "Deploy?", "awaits": "actor_decision", "options": ["approve", "reject"]}
    request = put(colour, client, act="KNOW", body=body).record_id
    taken = CLOCKS.next(me.actor_did, "t") + 1
    assert put(colour, client, clock=taken).success
    decision = colour.call(client.decide, request, "approve", reason="ready", becomes_policy={"x": [1, 2.5]})
    stored = kernel.last()
    assert (decision.id, stored.actor, stored.body["decision"]) == (stored.id, me.actor_did, "approve")
    assert verify_record(stored).signature == "valid"
    with pytest.raises(NotFoundError):
        colour.call(client.decide, "a" * 64, "approve")


def test_a_decision_in_a_namespace_is_signed(colour: Colour, kernel: MockKernel, me: Identity) -> None:
    """It is in the namespace of what it decides, which its signature covers."""
    client = signing(colour, kernel, me)
    colour.call(client.namespaces.create, "team", require_signatures=True)
    body = {"summary": "Deploy?", "awaits": "actor_decision", "namespace": "team"}
    request = put(colour, client, act="KNOW", body=body).record_id
    colour.call(client.decide, request, "reject")
    stored = kernel.last()
    assert (stored.body["namespace"], stored.body["cancels"]) == ("team", request)
    assert verify_record(stored).signature == "valid"


def test_who_has_no_key_signs_nothing(colour: Colour, kernel: MockKernel, me: Identity) -> None:
    """A static identity signs nothing, and a client does not sign the records of others."""
    client = signing(colour, kernel, Identity.static(DID))
    assert put(colour, client).success
    assert kernel.last().sig is None
    draft = build_record(act="PUT", actor=DID, kind="a.b.c", body={}, thread="t", clock=5)
    mine = signing(colour, kernel, me)
    assert colour.call(mine.emit_draft, draft).success
    assert (kernel.last().actor, kernel.last().sig) == (DID, None)


def test_a_fresh_clock_is_signed_anew(colour: Colour, kernel: MockKernel, me: Identity) -> None:
    """A record sent again under another clock has another id, and its signature is over that one."""
    client = signing(colour, kernel, me)
    ahead = CLOCKS.next(me.actor_did, "t") + 500
    for clock in range(ahead, ahead + 3):
        assert put(colour, client, clock=clock, body={"n": clock}).success
    taken = {"code": "INGEST_FAILED", "message": "DuplicateClock: taken"}
    kernel.fail_next(400, operation="emitRecord", body=taken, times=2)
    result = put(colour, client, body={"n": 0})
    assert (result.success, result.retried) == (True, 2)
    assert kernel.last().id == result.record_id == result.expected_id
    assert verify_record(kernel.last()).signature == "valid"
    kernel.fail_next(400, operation="emitRecord", body=taken)
    pending = colour.call(client.infer, REQUEST, NOW)
    assert verify_record(colour.call(client.record, pending.correlation_id)).signature == "valid"


def test_an_attempt_whose_answer_was_lost_is_the_same_record(
    colour: Colour, kernel: MockKernel, me: Identity
) -> None:
    """The second attempt carries the same signature, and one record is stored."""
    client = signing(colour, kernel, me)
    kernel.fail_next(drop=True, after_handling=True, operation="emitRecord")
    result = put(colour, client)
    assert (result.success, result.retried, result.created, kernel.count()) == (True, 1, False, 1)


def altered(record: Record, other: Record, stranger: Identity) -> dict[str, dict[str, Any]]:
    """Return the ways in which somebody may change a signed record, by what each is called."""
    row = record.to_row()
    foreign = stranger.sign(record.id)
    assert foreign is not None
    return {
        "body": {**row, "body": {**row["body"], "x": 2}},
        "thread": {**row, "thread": "elsewhere"},
        "actor": {**row, "actor": "did:example:somebody-else"},
        "clock": {**row, "clock": row["clock"] + 1},
        "id": {**row, "id": other.id},
        "content under its old id": {**other.to_row(), "id": row["id"]},
        "signature of another record": {**row, "sig": other.sig},
        "signature by another key": {**row, "sig": foreign.wire},
        "another key on it": {**row, "sig": {**row["sig"], "key": stranger.public_key}},
        "malformed signature": {**row, "sig": {**row["sig"], "value": "AAAA"}},
        "unknown algorithm": {**row, "sig": {**row["sig"], "alg": "none"}},
    }


CHANGES = [
    *("body", "thread", "actor", "clock", "id", "content under its old id", "signature of another record"),
    *("signature by another key", "another key on it", "malformed signature", "unknown algorithm"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_found_out(
    colour: Colour, kernel: MockKernel, me: Identity, other: Identity, change: str
) -> None:
    """A record that was changed after it was signed is not verified, and the reason says what is wrong."""
    client = signing(colour, kernel, me)
    fill(colour, client, 2)
    first, second = kernel.records
    assert client.verify(first).ok
    assert client.verify(first.to_row())
    found = client.verify(altered(first, second, other)[change])
    assert not found
    assert found.reason
    assert (found.id_matches, found.signature) != (True, "valid")


def lying(colour: Colour, kernel: MockKernel, change: Any, token: str) -> Any:
    """Return a client of a server that changes the rows of threads before it tells them."""
    inner = httpx.Client(transport=kernel.transport())

    def handle(request: httpx.Request) -> httpx.Response:
        answer = inner.send(httpx.Request(request.method, request.url, headers=request.headers))
        if request.url.path == "/v1/records" and answer.status_code == 200:
            value = answer.json()
            value["data"] = change(value["data"])
            return httpx.Response(200, json=value)
        return httpx.Response(
            answer.status_code, content=answer.content, headers={"content-type": "application/json"}
        )

    return colour.client(transport=httpx.MockTransport(handle), api_key=token)


def test_a_whole_thread_is_judged(colour: Colour, kernel: MockKernel, me: Identity, other: Identity) -> None:
    """A thread of several pages is verified: signed records of two authors, and unsigned ones of a third."""
    for identity in (me, other, Identity.static(DID)):
        fill(colour, signing(colour, kernel, identity), 3)
    client = signing(colour, kernel, me)
    found = colour.call(client.verify_thread, "t")
    assert (found.records, found.signed, found.unsigned, found.invalid) == (9, 6, 3, [])
    assert found
    assert found.to_dict() == {"ok": True, "records": 9, "signed": 6, "unsigned": 3, "invalid": []}
    with pytest.raises(UsageError):
        colour.call(client.verify_thread, "")
    with pytest.raises(ApiError):
        colour.call(colour.client(transport=kernel.transport()).verify_thread, "t")


@pytest.mark.parametrize("change", [*CHANGES, "signature removed", "record of another thread"])
def test_the_altered_record_of_a_thread_is_named(
    colour: Colour, kernel: MockKernel, me: Identity, other: Identity, change: str
) -> None:
    """Of a thread that a server tells with one record changed, exactly that record is found invalid."""
    client = signing(colour, kernel, me)
    fill(colour, client, 5)
    put(colour, client, thread="elsewhere")

    def tell(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        records = kernel.records_in("t")
        more = {
            "signature removed": {name: value for name, value in rows[2].items() if name != "sig"},
            "record of another thread": kernel.records_in("elsewhere")[0].to_row(),
        }
        return [*rows[:2], {**more, **altered(records[2], records[3], other)}[change], *rows[3:]]

    found = colour.call(lying(colour, kernel, tell, kernel.mint()).verify_thread, "t")
    assert (found.ok, found.records, found.signed, len(found.invalid)) == (False, 5, 4, 1)
    assert json.loads(json.dumps(found.to_dict()))["invalid"][0]["reason"]


def test_who_began_to_sign_later(colour: Colour, kernel: MockKernel, me: Identity) -> None:
    """Unsigned records from before an actor's first signature are as they should be, in whatever order."""
    fill(colour, signing(colour, kernel, Identity.static(me.actor_did)), 2)
    fill(colour, signing(colour, kernel, me), 2)
    rows = [record.to_row() for record in kernel.records]
    for given in (rows, rows[::-1]):
        found = verify_rows(given)
        assert (found.signed, found.unsigned, found.invalid) == (2, 2, [])
    bare = [{name: value for name, value in row.items() if name != "sequence"} for row in rows]
    assert verify_rows(bare).ok
    assert len(verify_rows(bare[::-1]).invalid) == 2
    assert verify_rows([]).to_dict() == {"ok": True, "records": 0, "signed": 0, "unsigned": 0, "invalid": []}


def test_a_signature_by_a_key_that_nobody_knows(colour: Colour, kernel: MockKernel, me: Identity) -> None:
    """A DID that is no key, signed for by whoever: the signature holds, and whose it is stays open."""
    client = signing(colour, kernel, me)
    put(colour, client)
    row = {**kernel.last().to_row(), "actor": "did:example:unknown"}
    draft = build_record(
        act="PUT", actor=row["actor"], kind="a.b.c", body={"x": 1}, thread="t", clock=row["clock"]
    )
    sig = me.sign(draft.id)
    assert sig is not None
    found = client.verify({**draft.wire, "id": draft.id, "sig": sig.wire, "sequence": 1})
    assert (found.ok, found.signature, found.key) == (False, "unknown_key", me.public_key)
    with pytest.raises(UsageTypeError):
        client.verify("a record")


def test_a_store_that_was_tampered_with(colour: Colour, me: Identity, tmp_path: Path) -> None:
    """Records signed over a socket survive a restart, and one that was changed in the database is named."""
    path = tmp_path / "records.db"
    store = f"sqlite:///{path}"
    with LocalDaemon(store, auth=True) as daemon:
        client = colour.client(endpoint=daemon.url, api_key=daemon.token, identity=me)
        fill(colour, client, 5)
        assert colour.call(client.verify_thread, "t").signed == 5
        with pytest.raises(InferFailed):
            colour.call(client.infer, REQUEST, InferOptions(poll_timeout_ms=20_000))
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "UPDATE records SET body = replace(body, '\"n\":2', '\"n\":9') WHERE clock IN "
            "(SELECT clock FROM records WHERE thread = 't' ORDER BY sequence LIMIT 1 OFFSET 2)"
        )
    with LocalDaemon(store, auth=True) as daemon:
        client = colour.client(endpoint=daemon.url, api_key=daemon.token, identity=me)
        found = colour.call(client.verify_thread, "t")
        third = colour.call(client.query_thread, "t")[2]
        assert third.body["n"] == 9
        assert [one.record_id for one in found.invalid] == [third.id]
        assert (found.records, found.signed) == (5, 4)

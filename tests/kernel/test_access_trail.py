"""What access leaves behind: a record of every change, on a thread of the engine's, and never a secret."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from syncropel.kernel.access.making import Minted
from syncropel.kernel.access.settings import AccessSettings
from syncropel.kernel.access.tables import Token
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.kernel.operations import Call
from syncropel.kernel.store.base import Store
from syncropel.kernel.store.sqlite import SqliteStore
from syncropel.rules.tokens import parse_token, token_id

from ..support.secrecy import LogWatch, tokens_in_files
from .access_support import Holder, administrator, bootstrap_body, guarded, namespace_path, refusal
from .support import FakeTime

TRAIL = "th_engine_access"
ENGINE = "did:sync:system:engine"


@pytest.fixture
def kernel(store: Store, clock: FakeTime) -> Kernel:
    """Give a kernel that asks for tokens."""
    return guarded(store, clock)


def trail(admin: Holder) -> list[dict[str, Any]]:
    """Return the bodies on the engine's thread, oldest first."""
    rows = admin.get(f"/v1/threads/{TRAIL}/records").body["data"]
    assert {row["actor"] for row in rows} == {ENGINE}
    assert {row["act"] for row in rows} == {"LEARN"}
    return sorted((row["body"] for row in rows), key=lambda body: json.dumps(body, sort_keys=True))


def told(admin: Holder, kind: str) -> list[tuple[Any, ...]]:
    """Return what happened to things of a kind: event, id and who did it."""
    rows = admin.get(f"/v1/threads/{TRAIL}/records").body["data"]
    rows.sort(key=lambda row: row["sequence"])
    names = {"account": "account_id", "token": "token_id", "namespace": "namespace"}
    return [
        (row["body"]["event"], row["body"][names[kind]], row["body"]["by"])
        for row in rows
        if row["body"]["kind"] == f"core.access.{kind}"
    ]


def test_every_change_leaves_a_record(kernel: Kernel) -> None:
    """Accounts, tokens and namespaces leave records that say what happened, to which, and by whom."""
    body, token = bootstrap_body()
    first = Holder(kernel)
    assert first.post("/v1/bootstrap/service-account", body).status == 201
    admin = Holder(kernel, token)
    by = f"did:sync:system:{admin.account_id}"
    worker = admin.create(name="worker").body
    token_one = Holder(kernel, worker["api_key"]).token_id
    second = admin.post("/v1/tokens", {"service_account_id": worker["id"]}).body
    admin.delete(f"/v1/tokens/{second['token_id']}")
    admin.delete(f"/v1/tokens/{second['token_id']}")
    key = admin.post(f"/v1/service-accounts/{worker['id']}/rotate-key").body["api_key"]
    holder = Holder(kernel, key)
    own = f"did:sync:system:{worker['id']}"
    rotated = holder.post(f"/v1/tokens/{holder.token_id}/rotate").body
    admin.delete(f"/v1/service-accounts/{worker['id']}")
    admin.delete(f"/v1/service-accounts/{worker['id']}")
    admin.register("team")
    admin.send("PATCH", namespace_path("team"), {"active": False})
    admin.send("PATCH", namespace_path("team"), {"active": False})
    assert told(admin, "account") == [
        ("bootstrapped", admin.account_id, None),
        ("created", worker["id"], by),
        ("key_rotated", worker["id"], by),
        ("revoked", worker["id"], by),
    ]
    assert told(admin, "token") == [
        ("minted", admin.token_id, None),
        ("minted", token_one, by),
        ("minted", second["token_id"], by),
        ("revoked", second["token_id"], by),
        ("minted", holder.token_id, by),
        ("rotated", rotated["token_id"], own),
    ]
    assert told(admin, "namespace") == [("created", "team", by), ("updated", "team", by)]


def test_what_is_refused_leaves_no_record(kernel: Kernel) -> None:
    """A change that is refused leaves nothing, and does not undo those it was written with."""
    admin = administrator(kernel)
    before = trail(admin)
    admin.create(namespace="nowhere")
    admin.post("/v1/tokens", {"service_account_id": "sa_0000000000000000"})
    admin.delete(f"/v1/tokens/{'0' * 64}")
    admin.post(f"/v1/tokens/{'0' * 64}/rotate")
    admin.post("/v1/bootstrap/service-account", bootstrap_body(namespace="nowhere")[0])
    admin.send("PATCH", namespace_path("nowhere"), {"active": False})
    assert trail(admin) == before


def test_refusals_in_a_group_leave_the_others(tmp_path: Path, clock: FakeTime) -> None:
    """Changes that are committed together are judged alone: one that is refused takes none with it."""
    store = SqliteStore(tmp_path / "hub.db")
    try:
        kernel = guarded(store, clock)
        admin = administrator(kernel)
        headers = {"authorization": f"Bearer {admin.token}"}
        bodies = [{"id": name} for name in ("a", "a", "b/c", "b", "a", "c")]
        futures = [
            kernel.submit(Request("POST", "/v1/namespaces", headers, json.dumps(body).encode()))
            for body in bodies
        ]
        replies = [future.result() for future in futures]
        assert [reply.status for reply in replies] == [201, 409, 403, 201, 409, 201]
        assert [each[1] for each in told(admin, "namespace")] == ["a", "b", "c"]
    finally:
        store.close()


def test_trail_is_the_engine_s_alone(kernel: Kernel) -> None:
    """Nobody writes to the trail, or as the engine, whatever the token may do."""
    admin = administrator(kernel)
    assert refusal(admin.emit(thread=TRAIL)) == (403, "DID_CLAIM_DENIED")
    assert refusal(admin.emit(actor=ENGINE)) == (403, "DID_CLAIM_DENIED")
    open_kernel = guarded(kernel.store, FakeTime(), required=False)
    assert refusal(Holder(open_kernel).emit(thread=TRAIL)) == (403, "DID_CLAIM_DENIED")
    assert refusal(Holder(open_kernel).emit(actor=ENGINE)) == (403, "DID_CLAIM_DENIED")


def test_trail_is_seen_by_those_who_administer(kernel: Kernel) -> None:
    """Readers do not see the trail; administrators of a namespace see what concerns it."""
    admin = administrator(kernel)
    admin.register("team", "other")
    lead = admin.as_new(namespace="team", scopes=["admin"])
    reader = admin.as_new(scopes=["records:read"])
    assert reader.get("/v1/records", thread=TRAIL).body["data"] == []
    seen = lead.get("/v1/records", thread=TRAIL).body["data"]
    assert {row["body"]["namespace"] for row in seen} == {"team"}


def spend(admin: Holder) -> tuple[list[str], list[Reply]]:
    """Do with tokens what can be done, right and wrong; return the tokens and the later replies."""
    kernel = admin.kernel
    worker = admin.as_new(actors=["*"])
    account = worker.account_id
    minted = admin.post("/v1/tokens", {"service_account_id": account}).body["bearer"]
    key = admin.post(f"/v1/service-accounts/{account}/rotate-key").body["api_key"]
    holder = Holder(kernel, key)
    rotated = holder.post(f"/v1/tokens/{holder.token_id}/rotate").body["bearer"]
    tokens = [str(admin.token), str(worker.token), minted, key, rotated]
    last, replies = Holder(kernel, rotated), []
    for token in (*tokens, rotated[:-1] + "0"):
        asking = Holder(kernel, token)
        replies += [
            asking.get("/v1/identity"),
            asking.get("/v1/service-accounts"),
            asking.get("/v1/tokens"),
            asking.get(f"/v1/records/{token}"),
            asking.get(f"/v1/threads/{token}/state"),
            asking.get("/v1/records", thread="t", cursor=token),
            asking.post("/v1/tokens", {"service_account_id": token}),
            asking.post(f"/v1/tokens/{token}/rotate"),
            asking.delete(f"/v1/tokens/{token[:20]}"),
            asking.emit(clock=-1),
        ]
    replies += [last.emit(clock=5), admin.get("/v1/records", thread=TRAIL), admin.get("/v1/threads")]
    return tokens, replies


def test_no_secret_is_kept_or_told_twice(
    tmp_path: Path, clock: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    """The files of the store, the log and every later reply are free of each token that was ever minted."""
    caplog.set_level(logging.DEBUG)
    store = SqliteStore(tmp_path / "hub.db")
    admin = administrator(guarded(store, clock))
    tokens, replies = spend(admin)
    # A daemon that fails has a log with a traceback.
    store.enqueue = None  # type: ignore[assignment]
    assert admin.emit(clock=77).status == 500
    del store.enqueue
    text = "\n".join(json.dumps(reply.body) + json.dumps(reply.headers) for reply in replies) + caplog.text
    assert "Traceback" in caplog.text
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.close()
    held += b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"core.access.token" in held
    for token in tokens:
        parts = parse_token(token)
        assert parts is not None
        # Some of the requests have the token where an id belongs, which refusals quote.
        assert parts.secret not in text
        assert parts.secret.encode() not in held
    assert tokens_in_files(tmp_path) == []


def test_text_forms_hold_no_token() -> None:
    """The text forms of what carries a token through the kernel, which crash reports show, leave it out."""
    admin_token = "spl_prod_sa_abc123def456ghi7_" + "a" * 32
    headers = {"authorization": f"Bearer {admin_token}"}
    parts = parse_token(admin_token)
    row = Token(0, token_id(admin_token), "sa_x", "prod", "", (), 0)
    settings = AccessSettings(token_key=b"s" * 32)
    for carrier in (
        Request("GET", "/", headers),
        Call(headers=headers),
        parts,
        Minted(row, admin_token),
        settings,
    ):
        assert "a" * 32 not in repr(carrier)
        assert "s" * 32 not in repr(carrier)


def test_search_for_tokens_finds_one(tmp_path: Path) -> None:
    """The search that every test is held to finds a token in a file and in a line of the log."""
    token = "spl_prod_sa_abc123def456ghi7_" + "a" * 32
    (tmp_path / "hub.db").write_bytes(b"\0\1" + token.encode() + b"\0")
    assert tokens_in_files(tmp_path) == ["hub.db"]
    (tmp_path / "hub.db").unlink()
    watch = LogWatch()
    watch.handle(logging.makeLogRecord({"name": "x", "msg": "sent %s", "args": (token,)}))
    watch.handle(logging.makeLogRecord({"name": "x", "msg": "sent %s", "args": ("nothing",)}))
    assert watch.found == ["x: sent %s"]

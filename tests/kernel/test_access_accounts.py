"""Service accounts: their life, who may administer them, and what nobody can give away."""

from __future__ import annotations

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.store.base import Store
from syncropel.rules.tokens import is_account_id, parse_token

from .access_support import Holder, administrator, guarded, refusal
from .support import FakeTime


@pytest.fixture
def kernel(store: Store, clock: FakeTime) -> Kernel:
    """Give a kernel that asks for tokens."""
    return guarded(store, clock)


@pytest.fixture
def admin(kernel: Kernel) -> Holder:
    """Give the holder of a token that may do everything."""
    return administrator(kernel)


def test_account_from_creation_to_revocation(kernel: Kernel, admin: Holder, clock: FakeTime) -> None:
    """A created account can be used at once, is listed without its token, and ends for good."""
    created = admin.create(name="importer", actors=["did:example:*"])
    assert created.status == 201
    row = created.body
    worker = Holder(kernel, row["api_key"])
    assert is_account_id(row["id"])
    assert row["did"] == f"did:sync:system:{row['id']}"
    assert row["scopes"] == ["records:read", "records:write"]
    assert (row["namespace"], row["active"], row["created_at"]) == ("default", True, int(clock.now))
    assert worker.emit(actor="did:example:a").status == 201
    listed = admin.get("/v1/service-accounts").body
    assert {**row, "api_key": None} in listed
    assert admin.delete(f"/v1/service-accounts/{row['id']}").body == {"status": "revoked"}
    assert refusal(worker.emit(clock=1)) == (401, "AUTH_REQUIRED")
    assert admin.delete(f"/v1/service-accounts/{row['id']}").body == {"status": "revoked"}
    assert {**row, "api_key": None, "active": False} in admin.get("/v1/service-accounts").body


def test_revoked_account_is_over(admin: Holder) -> None:
    """A revoked account gets no new key and no new token, and no token of it works."""
    worker = admin.as_new()
    account = worker.account_id
    second = admin.post("/v1/tokens", {"service_account_id": account}).body["bearer"]
    admin.delete(f"/v1/service-accounts/{account}")
    assert not worker.works()
    assert not Holder(admin.kernel, second).works()
    rotate = admin.post(f"/v1/service-accounts/{account}/rotate-key")
    assert refusal(rotate) == (409, "ACCOUNT_REVOKED")
    assert refusal(admin.post("/v1/tokens", {"service_account_id": account})) == (409, "ACCOUNT_REVOKED")


def test_new_key_replaces_every_old_token(admin: Holder) -> None:
    """Rotating an account's key gives one token that works, and ends all others."""
    worker = admin.as_new(env_tag="dev")
    account = worker.account_id
    extra = Holder(admin.kernel, admin.post("/v1/tokens", {"service_account_id": account}).body["bearer"])
    rotated = admin.post(f"/v1/service-accounts/{account}/rotate-key")
    assert rotated.status == 200
    assert set(rotated.body) == {"id", "api_key"}
    fresh = Holder(admin.kernel, rotated.body["api_key"])
    assert fresh.works()
    assert fresh.account_id == account
    assert not worker.works()
    assert not extra.works()
    assert admin.works()


def test_new_key_lasts_as_long_as_the_last_one(admin: Holder, clock: FakeTime) -> None:
    """A key that ended after an hour is followed by one that ends after an hour, of the same environment."""
    worker = admin.as_new(env_tag="dev", expires_at=int(clock.now) + 3600)
    account = worker.account_id
    clock.now += 3000
    fresh = Holder(admin.kernel, admin.post(f"/v1/service-accounts/{account}/rotate-key").body["api_key"])
    parts = parse_token(fresh.token or "")
    assert parts is not None
    assert parts.env == "dev"
    clock.now += 3599
    assert fresh.works()
    clock.now += 1
    assert not fresh.works()


def test_account_of_a_namespace_administers_what_is_below(admin: Holder) -> None:
    """An administrator of a namespace sees and ends accounts at and below it, and no others."""
    admin.register("team", "team/a", "other")
    lead = admin.as_new(namespace="team", scopes=["admin"])
    below = lead.as_new(namespace="team/a")
    stranger = admin.as_new(namespace="other")
    namespaces = {row["namespace"] for row in lead.get("/v1/service-accounts").body}
    assert namespaces == {"team", "team/a"}
    assert refusal(lead.delete(f"/v1/service-accounts/{stranger.account_id}")) == (404, "ACCOUNT_NOT_FOUND")
    rotate = lead.post(f"/v1/service-accounts/{stranger.account_id}/rotate-key")
    assert refusal(rotate) == (404, "ACCOUNT_NOT_FOUND")
    token = lead.post("/v1/tokens", {"service_account_id": stranger.account_id})
    assert refusal(token) == (404, "ACCOUNT_NOT_FOUND")
    assert refusal(lead.delete(f"/v1/tokens/{stranger.token_id}")) == (404, "TOKEN_NOT_FOUND")
    mine = lead.get("/v1/tokens").body["data"]
    assert {row["service_account_id"] for row in mine} == {lead.account_id, below.account_id}
    assert lead.delete(f"/v1/service-accounts/{below.account_id}").status == 200
    assert stranger.works()


def test_account_of_a_namespace_gives_nothing_outside_of_it(admin: Holder) -> None:
    """An administrator of a namespace makes no account elsewhere, and no grain that reaches elsewhere."""
    admin.register("team", "other")
    lead = admin.as_new(namespace="team", scopes=["admin"])
    assert lead.create().body["namespace"] == "team"
    for members in (
        {"namespace": "other"},
        {"namespace": "default"},
        {"scopes": ["namespace:other:read"]},
        {"scopes": ["namespace:default:write"]},
        {"scopes": ["thread:t:read"]},
    ):
        assert refusal(lead.create(**members)) == (403, "SCOPE_FORBIDDEN"), members
    assert lead.create(scopes=["namespace:team/x:read"]).status == 201


def test_no_token_beyond_its_account_or_its_giver(admin: Holder) -> None:
    """A token is never wider than its account, and nobody gets a key of an account wider than theirs."""
    admin.register("team")
    reader = admin.as_new(scopes=["records:read"])
    wide = admin.post("/v1/tokens", {"service_account_id": reader.account_id, "scopes": ["records:write"]})
    assert refusal(wide) == (400, "INVALID_ACCESS")
    narrow = admin.post("/v1/tokens", {"service_account_id": reader.account_id, "scopes": ["thread:t:read"]})
    assert narrow.status == 201
    lead = admin.as_new(namespace="team", scopes=["admin"])
    special = admin.as_new(namespace="team", scopes=["thread:secret:read"]).account_id
    assert refusal(lead.post(f"/v1/service-accounts/{special}/rotate-key")) == (403, "SCOPE_FORBIDDEN")
    assert refusal(lead.post("/v1/tokens", {"service_account_id": special})) == (403, "SCOPE_FORBIDDEN")


def test_only_admin_administers(admin: Holder) -> None:
    """Every other scope together is not enough for accounts and tokens."""
    scopes = ["records:read", "records:write", "threads:write", "config:read", "config:write"]
    worker = admin.as_new(scopes=scopes)
    for reply in (
        worker.create(),
        worker.get("/v1/service-accounts"),
        worker.get("/v1/tokens"),
        worker.post("/v1/tokens", {"service_account_id": worker.account_id}),
        worker.delete(f"/v1/tokens/{admin.token_id}"),
        worker.delete(f"/v1/service-accounts/{admin.account_id}"),
    ):
        assert refusal(reply) == (403, "SCOPE_FORBIDDEN")
        assert "admin" in reply.body["message"]
        assert "config:write" in reply.body["message"]


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"name": " "}, "$.name"),
        ({"name": 3}, "$.name"),
        ({"name": "x" * 1025}, "$.name"),
        ({"name": None}, "$.name"),
        ({"scopes": []}, "$.scopes"),
        ({"scopes": None}, "$.scopes"),
        ({"actors": None}, "$.actors"),
        ({"namespace": None}, "$.namespace"),
        ({"env_tag": None}, "$.env_tag"),
        ({"scopes": "admin"}, "$.scopes"),
        ({"scopes": ["records:read", "aitl:approve"]}, "$.scopes[1]"),
        ({"scopes": ["thread::read"]}, "$.scopes[0]"),
        ({"actors": "did:x"}, "$.actors"),
        ({"actors": ["did:*:x"]}, "$.actors[0]"),
        ({"actors": ["did:x"] * 101}, "$.actors"),
        ({"namespace": "Team"}, "$.namespace"),
        ({"namespace": "a/b/c/d/e"}, "$.namespace"),
        ({"env_tag": "a_b"}, "$.env_tag"),
        ({"expires_at": 1}, "$.expires_at"),
        ({"expires_at": True}, "$.expires_at"),
        ({"expires_at": "tomorrow"}, "$.expires_at"),
        ({"expire_at": 4_000_000_000}, "$.expire_at"),
    ],
)
def test_account_is_checked(members: dict[str, object], place: str) -> None:
    """What is wrong with an account is named by its place, and nothing is stored."""
    from syncropel.kernel.store.memory import MemoryStore

    admin = administrator(guarded(MemoryStore(), FakeTime()))
    before = len(admin.get("/v1/service-accounts").body)
    reply = admin.create(**members)
    assert refusal(reply) == (400, "INVALID_ACCESS")
    assert reply.body["message"].startswith(f"{place}:")
    assert len(admin.get("/v1/service-accounts").body) == before


def test_account_needs_a_namespace_that_lives(admin: Holder) -> None:
    """An account is not made in a namespace that is not registered, or below one that is closed."""
    admin.register("team", "team/a")
    admin.send("PATCH", "/v1/namespaces/team", {"active": False})
    for name, failing in (("nowhere", "nowhere"), ("team/a", "team")):
        reply = admin.create(namespace=name)
        assert refusal(reply) == (403, "NAMESPACE_REJECTED")
        assert repr(failing) in reply.body["message"]


def test_accounts_have_a_limit(admin: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a number of accounts after which none is made."""
    monkeypatch.setattr("syncropel.rules.limits.MAX_SERVICE_ACCOUNTS", 2)
    assert admin.create().status == 201
    reply = admin.create()
    assert refusal(reply) == (400, "INVALID_ACCESS")
    assert "2 service accounts" in reply.body["message"]

"""Namespaces: registered below living ones, opened, closed, and listed to those who reach them."""

from __future__ import annotations

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.store.base import Store

from .access_support import Holder, administrator, guarded, namespace_path, refusal
from .support import FakeTime


@pytest.fixture
def admin(store: Store, clock: FakeTime) -> Holder:
    """Give the holder of a token that may do everything."""
    return administrator(guarded(store, clock))


def names(holder: Holder) -> list[str]:
    """Return the namespaces that a caller sees."""
    return [row["id"] for row in holder.get("/v1/namespaces").body["data"]]


def test_namespace_from_registration_to_change(admin: Holder, clock: FakeTime) -> None:
    """A namespace is registered once, seen in the list, and changed by name."""
    created = admin.post("/v1/namespaces", {"id": "team", "require_signatures": True})
    row = {
        "object": "namespace",
        "id": "team",
        "active": True,
        "require_signatures": True,
        "created_at": int(clock.now),
    }
    assert (created.status, created.body) == (201, row)
    assert refusal(admin.post("/v1/namespaces", {"id": "team"})) == (409, "NAMESPACE_EXISTS")
    assert refusal(admin.post("/v1/namespaces", {"id": "default"})) == (409, "NAMESPACE_EXISTS")
    closed = admin.send("PATCH", namespace_path("team"), {"active": False})
    assert (closed.status, closed.body) == (200, {**row, "active": False})
    opened = admin.send("PATCH", namespace_path("team"), {"active": True, "require_signatures": False})
    assert opened.body == {**row, "require_signatures": False}
    assert names(admin) == ["default", "team"]


def test_namespace_needs_those_above_it(admin: Holder) -> None:
    """A namespace is registered below one that is registered and active; the refusal names which is not."""
    reply = admin.post("/v1/namespaces", {"id": "team/a"})
    assert refusal(reply) == (403, "NAMESPACE_REJECTED")
    assert "'team' is not registered" in reply.body["message"]
    admin.register("team", "team/a")
    admin.send("PATCH", namespace_path("team"), {"active": False})
    reply = admin.post("/v1/namespaces", {"id": "team/a/x"})
    assert refusal(reply) == (403, "NAMESPACE_REJECTED")
    assert "'team' is not active" in reply.body["message"]


def test_account_sees_and_changes_its_own_part(admin: Holder) -> None:
    """An account of a namespace registers below it, and what is elsewhere does not exist for it."""
    admin.register("team", "teams", "other")
    lead = admin.as_new(namespace="team", scopes=["config:read", "config:write"])
    lead.register("team/a")
    assert names(lead) == ["team", "team/a"]
    assert refusal(lead.post("/v1/namespaces", {"id": "mine"})) == (403, "SCOPE_FORBIDDEN")
    assert refusal(lead.post("/v1/namespaces", {"id": "teams/a"})) == (403, "SCOPE_FORBIDDEN")
    for name in ("other", "nowhere", "teams", "default"):
        reply = lead.send("PATCH", namespace_path(name), {"active": False})
        assert refusal(reply) == (404, "NAMESPACE_NOT_FOUND"), name
    assert lead.send("PATCH", namespace_path("team/a"), {"active": False}).status == 200


def test_whole_instance_is_always_open(admin: Holder) -> None:
    """The namespace `default` cannot be closed; the refusal names the option that is for all records."""
    for change in ({"active": False}, {"require_signatures": True}):
        reply = admin.send("PATCH", namespace_path("default"), change)
        assert refusal(reply) == (400, "INVALID_ACCESS")
        assert "--require-signatures" in reply.body["message"]


@pytest.mark.parametrize(
    ("method", "body", "place"),
    [
        ("POST", {"id": "A"}, "$.id"),
        ("POST", {"id": "a//b"}, "$.id"),
        ("POST", {"id": "a/b/c/d/e"}, "$.id"),
        ("POST", {"id": ["a"]}, "$.id"),
        ("POST", {"id": "a\n"}, "$.id"),
        ("POST", {"id": "a", "active": True}, "$.active"),
        ("POST", {"id": "a", "require_signatures": 1}, "$.require_signatures"),
        ("POST", {"id": "a", "require_signatures": None}, "$.require_signatures"),
        ("PATCH", {}, "$"),
        ("PATCH", {"active": None}, "$.active"),
        ("PATCH", {"active": "no"}, "$.active"),
        ("PATCH", [], "$"),
    ],
)
def test_body_is_checked(admin: Holder, method: str, body: object, place: str) -> None:
    """What is wrong with a body is named by its place."""
    admin.register("team")
    target = "/v1/namespaces" if method == "POST" else namespace_path("team")
    reply = admin.send(method, target, body)
    assert refusal(reply) == (400, "INVALID_ACCESS")
    assert reply.body["message"].startswith(f"{place}:")


def test_namespaces_have_a_limit(admin: Holder, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a number of namespaces after which none is registered."""
    monkeypatch.setattr("syncropel.rules.limits.MAX_NAMESPACES", 3)
    admin.register("a", "b")
    assert refusal(admin.post("/v1/namespaces", {"id": "c"})) == (400, "INVALID_ACCESS")


def test_minting_in_the_process_registers_what_is_missing(admin: Holder) -> None:
    """A token minted inside the process for a new namespace registers it with those above."""
    kernel: Kernel = admin.kernel
    kernel.mint(namespace="x/y/z")
    assert names(admin) == ["default", "x", "x/y", "x/y/z"]


def test_presets_are_open(admin: Holder) -> None:
    """Anybody can read which scopes go together under which name."""
    body = Holder(admin.kernel).get("/v1/scope_presets").body
    assert [row["name"] for row in body["data"]] == ["reader", "contributor", "admin", "store"]
    assert body["data"][1]["scopes"] == ["records:read", "records:write"]

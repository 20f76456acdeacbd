"""Scenarios of namespaces: how they form a tree, and what a token reaches of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from .place import Place, at, record
from .registry import scenario
from .scenarios_access import ADMINISTRATOR, SECRET, account, administrator, identifier, refusal, tidy


def path_of(namespace: str) -> str:
    """Return the path of a namespace, its slashes percent-encoded."""
    return f"/v1/namespaces/{quote(namespace, safe='')}"


@scenario
def namespaces_form_a_tree(place: Place) -> Any:
    """A namespace is registered below one that lives, and its records need all of them active."""
    made = [place.post("/v1/namespaces", {"id": name}) for name in ("tree", "tree/branch")]
    assert [seen.status for seen in made] == [201, 201]
    refused = [
        place.post("/v1/namespaces", {"id": "tree"}),
        place.post("/v1/namespaces", {"id": "bush/branch"}),
        place.post("/v1/namespaces", {"id": "a/b/c/d/e"}),
        place.post("/v1/namespaces", {"id": "Tree"}),
        place.post("/v1/namespaces", {"id": "tree", "active": True}),
        place.call("PATCH", path_of("tree"), body=b"{}"),
        place.call("PATCH", path_of("bush"), body=b'{"active": true}'),
        place.call("PATCH", "/v1/namespaces/tree/branch", body=b'{"active": true}'),
        place.emit(thread="tree", body={"kind": "a.b.c", "namespace": "bush/branch"}),
    ]
    assert [seen.code for seen in refused] == [
        *("NAMESPACE_EXISTS", "NAMESPACE_REJECTED", "INVALID_ACCESS", "INVALID_ACCESS", "INVALID_ACCESS"),
        *("INVALID_ACCESS", "NAMESPACE_NOT_FOUND", "ROUTE_NOT_FOUND", "NAMESPACE_REJECTED"),
    ]
    inside = record(thread="tree", body={"kind": "a.b.c", "namespace": "tree/branch"})
    assert place.post("/v1/records", inside).status == 201
    closed = place.call("PATCH", path_of("tree"), body=b'{"active": false}')
    assert closed.body["active"] is False
    shut = place.post("/v1/records", {**inside, "clock": 1})
    assert shut.code == "NAMESPACE_REJECTED"
    assert "'tree'" in shut.body["message"]
    place.call("PATCH", path_of("tree"), body=b'{"active": true}')
    assert place.post("/v1/records", {**inside, "clock": 1}).status == 201
    listed = [each["id"] for each in place.get("/v1/namespaces").body["data"]]
    assert listed[listed.index("tree") :][:2] == ["tree", "tree/branch"]
    return [tidy(made), tidy(closed), [refusal(seen) for seen in [*refused, shut]]]


@scenario
def nobody_gives_more_than_they_hold(place: Place) -> Any:
    """An administrator of a namespace makes accounts in it and below, with what it holds; sees no more."""
    admin = administrator(place)
    assert admin.post("/v1/namespaces", {"id": "giving"}).status == 201
    assert admin.post("/v1/namespaces", {"id": "giving/part"}).status == 201
    lower, _ = account(admin, "lower", scopes=["admin"], namespace="giving")
    inside, row = account(lower, "inside", namespace="giving/part")
    assert row["scopes"] == ["records:read", "records:write"]
    seen_accounts = lower.get("/v1/service-accounts").body
    assert {each["namespace"] for each in seen_accounts} == {"giving", "giving/part"}
    assert [each["id"] for each in lower.get("/v1/namespaces").body["data"]] == ["giving", "giving/part"]
    refused = [
        lower.post("/v1/service-accounts", {"name": "a", "namespace": "default"}),
        lower.post("/v1/service-accounts", {"name": "a", "namespace": "giving/nowhere"}),
        lower.call("DELETE", f"/v1/service-accounts/{ADMINISTRATOR}"),
        lower.call("DELETE", f"/v1/tokens/{identifier(SECRET)}"),
        lower.post("/v1/namespaces", {"id": "another"}),
        lower.call("PATCH", "/v1/namespaces/default", body=b'{"active": false}'),
        lower.get("/v1/trust"),
        lower.get("/v1/actors"),
        inside.get("/v1/service-accounts"),
        inside.get("/v1/namespaces"),
    ]
    assert [seen.code for seen in refused] == [
        *("SCOPE_FORBIDDEN", "NAMESPACE_REJECTED", "ACCOUNT_NOT_FOUND", "TOKEN_NOT_FOUND", "SCOPE_FORBIDDEN"),
        *("NAMESPACE_NOT_FOUND", "SCOPE_FORBIDDEN", "SCOPE_FORBIDDEN", "SCOPE_FORBIDDEN", "SCOPE_FORBIDDEN"),
    ]
    return [refusal(seen) for seen in refused]


@scenario
def a_token_reaches_its_namespace(place: Place) -> Any:
    """Records of another namespace are not read, counted, listed, followed or written."""
    admin = administrator(place)
    for name in ("here", "there"):
        assert admin.post("/v1/namespaces", {"id": name}).status == 201
        body = {"kind": "a.b.c", "namespace": name}
        assert admin.emit(thread=f"reach.{name}", body=body).status == 201
        assert admin.emit(thread="reach.both", actor=f"did:example:{name}", body=body).status == 201
    own, _ = account(admin, "of here", namespace="here", actors=["did:example:*"])
    foreign = admin.query(filter={"namespace": "there", "thread": "reach.there"}).body["data"][0]["id"]
    threads = [row["id"] for row in own.get("/v1/threads").body["data"]]
    assert threads == ["reach.here", "reach.both"]
    assert own.query(filter={}).body["matched_total"] == 2
    assert [row["actor"] for row in own.get(f"{at('reach.both')}/records").body["data"]] == [
        "did:example:here"
    ]
    assert own.get(f"{at('reach.both')}/participants").body["data"][0]["actor"] == "did:example:here"
    counted = own.query(filter={}, group_by=["namespace"], aggregates={"n": {"$count": True}}).body["groups"]
    assert counted == [{"key": {"namespace": "here"}, "aggregates": {"n": 2}}]
    with own.watch("reach.both", since_clock=0) as frames:
        later = {"kind": "a.b.c", "namespace": "here"}
        assert own.emit(thread="reach.both", actor="did:example:here", clock=9, body=later).status == 201
        followed = [next(frames).data["record"] for _ in range(2)]
    assert [each["actor"] for each in followed] == ["did:example:here"] * 2
    refused = [
        own.get(f"/v1/records/{foreign}"),
        own.get(f"{at('reach.there')}/state"),
        own.emit(
            thread="reach.there", actor="did:example:here", body={"kind": "a.b.c", "namespace": "there"}
        ),
        own.emit(thread="reach.there", actor="did:example:here"),
    ]
    assert [seen.code for seen in refused] == [
        *("RECORD_NOT_FOUND", "THREAD_NOT_FOUND", "SCOPE_FORBIDDEN", "SCOPE_FORBIDDEN"),
    ]
    state = own.get(f"{at('reach.both')}/state").body
    return [threads, state["record_count"], state["participants"], [refusal(seen) for seen in refused]]


@scenario
def a_grain_reaches_one_thread(place: Place) -> Any:
    """A token with a grain for one thread reads that one and no other, and writes nothing."""
    admin = administrator(place)
    for thread in ("grain.one", "grain.two"):
        assert admin.emit(thread=thread).status == 201
    own, _ = account(admin, "of one thread", scopes=["thread:grain.one:read"])
    assert [row["id"] for row in own.get("/v1/threads").body["data"]] == ["grain.one"]
    assert own.query(filter={}).body["matched_total"] == 1
    refused = [own.get(at("grain.two")), own.emit(thread="grain.one"), own.get("/v1/namespaces")]
    assert [seen.code for seen in refused] == ["THREAD_NOT_FOUND", "SCOPE_FORBIDDEN", "SCOPE_FORBIDDEN"]
    return [refusal(seen) for seen in refused]

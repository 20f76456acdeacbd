"""Scenarios of health, identity, capabilities, the served contract, and routing."""

from __future__ import annotations

from typing import Any

from syncropel.rules.contract import load_openapi

from .place import Place
from .registry import scenario


@scenario
def system_health(place: Place) -> Any:
    """Health and readiness answer 200 with a JSON object."""
    health, ready = place.get("/health"), place.get("/health/ready")
    assert (health.status, ready.status) == (200, 200)
    assert health.body["status"] == "ok"
    return [
        health.status,
        sorted(health.body),
        health.headers,
        ready.status,
        sorted(ready.body),
        ready.headers,
    ]


@scenario
def system_capabilities(place: Place) -> Any:
    """The manifest names the hashed fields and flags only what this daemon can do."""
    seen = place.get("/v1/capabilities")
    assert seen.status == 200
    manifest = seen.body
    assert manifest["object"] == "capabilities_manifest"
    assert sorted(manifest["record"]["hashed_fields"]) == sorted(
        ["parents", "thread", "actor", "act", "body", "clock", "data_type"]
    )
    assert manifest["capabilities"]["records"] is True
    plain = seen.plain()
    del plain["body"]["store_backends"]
    return plain


@scenario
def system_well_known(place: Place) -> Any:
    """The well-known document carries the same manifest as the capabilities route."""
    seen = place.get("/.well-known/syncropel")
    assert seen.status == 200
    assert seen.body["capabilities_manifest"] == place.get("/v1/capabilities").body
    return sorted(seen.body)


@scenario
def system_identity(place: Place) -> Any:
    """The identity route answers who the daemon is and how the caller is known."""
    seen = place.get("/v1/identity")
    assert seen.status == 200
    return [seen.status, sorted(seen.body), seen.headers]


@scenario
def system_openapi(place: Place) -> Any:
    """The served contract is the one that the package ships."""
    seen = place.get("/openapi.json")
    assert seen.status == 200
    assert seen.body == load_openapi()
    return [seen.status, seen.headers]


@scenario
def routing_unknown(place: Place) -> Any:
    """A path that no operation has is 404 ROUTE_NOT_FOUND, whatever the method."""
    paths = [
        "/",
        "/v1",
        "/v1/record",
        "/v1/records/a/b",
        "/v1/threads/t/nothing",
        "/v2/records",
        "/health/",
        "//health",
    ]
    seen = {}
    for path in paths:
        for method in ("GET", "POST", "DELETE"):
            answer = place.call(method, place.base_url.rstrip("/") + path if path.startswith("//") else path)
            assert (answer.status, answer.code) == (404, "ROUTE_NOT_FOUND"), (method, path, answer)
            seen[f"{method} {path}"] = answer.plain()
    return seen


@scenario
def routing_wrong_method(place: Place) -> Any:
    """A method that a route does not have is 405 with the ones it has in `Allow`."""
    seen = {}
    for method, path, allow in (
        ("DELETE", "/v1/records", "GET, POST"),
        ("POST", "/health", "GET"),
        ("PUT", "/v1/records/query", "POST"),
        ("PATCH", "/v1/threads/t/state", "GET"),
        ("OPTIONS", "/v1/records", "GET, POST"),
        ("POST", "/v1/threads/t/watch", "GET"),
    ):
        answer = place.call(method, path)
        assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED"), (method, path, answer)
        assert answer.headers["allow"] == allow, (path, answer.headers)
        seen[f"{method} {path}"] = answer.plain()
    return seen


@scenario
def routing_get_with_a_body(place: Place) -> Any:
    """A GET may carry a body; it is not looked at."""
    seen = place.call(
        "GET", "/v1/threads/t/records", content=b"not json", headers={"content-type": "text/plain"}
    )
    assert seen.status == 200
    return seen.plain()


@scenario
def errors_share_one_envelope(place: Place) -> Any:
    """Every refusal has the members of the one envelope, and its request id is also a header."""
    refusals = [
        place.get("/v1/records"),
        place.get("/nowhere"),
        place.call("DELETE", "/health"),
        place.emit(act="SHOUT"),
        place.call("POST", "/v1/records", body=b"{"),
        place.post("/v1/records/search", {"query": "x"}),
        place.get(f"/v1/records/{'0' * 64}"),
    ]
    for seen in refusals:
        assert {"object", "type", "code", "message", "request_id"} <= set(seen.body), seen
        assert seen.body["object"] == "error"
        assert seen.headers["content-type"].startswith("application/json")
        assert seen.headers["x-request-id"] == "present"
    return [seen.plain() for seen in refusals]

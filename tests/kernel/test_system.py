"""The system family: liveness, identity, the manifest, the contract; they never write."""

from __future__ import annotations

import pytest

from syncropel.kernel.store.errors import StoreUnavailable
from syncropel.rules.contract import load_openapi, load_routes
from syncropel.rules.hashing import HASHED_FIELDS

from .support import Caller, FakeTime


def test_system_answers(ask: Caller) -> None:
    """Liveness, readiness, identity, the manifest and the contract are served."""
    ask.emit()
    health = ask.get("/health").body
    assert {"status": "ok", "version": "1.2.3", "records": 1}.items() <= health.items()
    assert health["store"] == ask.kernel._store.name
    assert ask.get("/health/ready").body == {"status": "ready"}
    assert ask.get("/v1/identity").body["is_authenticated"] is False
    manifest = ask.get("/v1/capabilities").body
    assert manifest["manifest_version"] == "2"
    assert manifest["capabilities"]["rich_query"] is True
    assert manifest["capabilities"]["sync"] is False
    assert ask.get("/.well-known/syncropel").body == {"capabilities_manifest": manifest}
    assert ask.get("/openapi.json").body["openapi"].startswith("3.1")


def test_health_counts_time_and_records(ask: Caller, clock: FakeTime) -> None:
    """Health has the kernel's clock, how long it runs, and how many records there are."""
    clock.now += 90
    body = ask.get("/health").body
    assert (body["time"], body["uptime_seconds"], body["records"]) == (int(clock.now), 90, 0)


def test_a_daemon_without_its_store_is_alive_and_not_ready(
    ask: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the store is away, liveness lacks the number of records and readiness is refused."""

    def away(_: object) -> None:
        raise StoreUnavailable("the database cannot be reached now")

    monkeypatch.setattr(ask.kernel.store, "read", away)
    alive, ready = ask.get("/health"), ask.get("/health/ready")
    assert (alive.status, alive.body["status"], alive.body.get("records")) == (200, "ok", None)
    assert (ready.status, ready.body["code"]) == (503, "STORE_UNAVAILABLE")


def test_manifest_promises_what_is_routed(ask: Caller) -> None:
    """The manifest names the hashed fields and each routed family."""
    manifest = ask.get("/v1/capabilities").body
    assert manifest["record"]["hashed_fields"] == list(HASHED_FIELDS)
    for tag in {route["tag"] for route in load_routes()} - {"system"}:
        assert manifest["capabilities"][tag] is True


def test_contract_is_served_as_it_is(ask: Caller) -> None:
    """The document at /openapi.json is the contract, unchanged."""
    assert ask.get("/openapi.json").body == load_openapi()

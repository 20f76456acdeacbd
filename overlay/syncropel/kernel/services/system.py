"""The system family: liveness, identity, what this daemon can do, and the contract itself."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ...rules.hashing import HASHED_FIELDS
from ...rules.limits import MAX_BATCH_BYTES, MAX_BATCH_RECORDS
from ..access.refusing import moment
from ..messages import Reply
from ..operations import Call, Context, Operation
from ..rows import last_sequence
from ..store.base import Transaction, Work
from ..store.errors import StoreUnavailable

API_VERSION = "v1"
MANIFEST_VERSION = "2"
ALGEBRA_VERSION = "1"
DID_METHODS = ("sync", "key", "web", "example")
STORE_BACKENDS = ("sqlite", "memory")


def health(context: Context, call: Call) -> Reply:
    """Say that the daemon answers, which store it runs on and how many records that holds.

    Of a store that cannot be read now there is no number: that is for readiness to say. Whoever restarts what
    is not alive would restart every daemon of a database that is away.
    """
    body: dict[str, Any] = {
        "status": "ok",
        "version": context.version,
        "instance_did": context.instance_did,
        "store": context.store.name,
    }
    with suppress(StoreUnavailable):
        # Sequences have no gaps and records are never deleted: the last one is the count.
        body["records"] = context.store.read(last_sequence)
    body["time"], body["uptime_seconds"] = int(call.now), max(0, int(call.now - context.started))
    return Reply(200, body)


def readiness(_context: Context, _call: Call) -> Work[Reply]:
    """Say that the store answers; when it does not, the kernel answers 503 by itself."""

    def work(transaction: Transaction) -> Reply:
        last_sequence(transaction)
        return Reply(200, {"status": "ready"})

    return work


def capabilities(context: Context, _call: Call) -> Reply:
    """Return the capability manifest. A missing flag means unsupported; flags are only ever added."""
    return Reply(200, _manifest(context))


def well_known(context: Context, _call: Call) -> Reply:
    """Return the manifests of this instance. There is no federation, hence no federation manifest."""
    return Reply(200, {"capabilities_manifest": _manifest(context)})


def identity(context: Context, call: Call) -> Reply:
    """Return who the instance is, and whom it takes the caller for.

    A token that is known names its caller on a daemon without authentication as well.
    """
    did, caller = context.instance_did, call.caller
    parts = did.split(":")
    body: dict[str, Any] = {
        "actor": did,
        "display_name": None,
        "did": did,
        "method": parts[1] if len(parts) > 1 else "sync",
        "key_path": None,
        "key_fingerprint": None,
        "is_authenticated": caller.account_id is not None,
        "scopes": sorted(caller.scopes) if caller.account_id is not None else [],
        "service_account_id": caller.account_id,
        "expires_at": None if caller.expires_at is None else moment(caller.expires_at),
    }
    return Reply(200, body)


def openapi(context: Context, _call: Call) -> Reply:
    """Return the contract."""
    return Reply(200, context.openapi)


def _manifest(context: Context) -> dict[str, Any]:
    info = context.openapi.get("info", {})
    return {
        "object": "capabilities_manifest",
        "manifest_version": MANIFEST_VERSION,
        "daemon": {
            "version": context.version,
            "api_version": API_VERSION,
            "spec_version": str(info.get("version", "")),
        },
        "auth": {"required": context.access.required},
        "did_methods": list(DID_METHODS),
        "record": {"algebra_version": ALGEBRA_VERSION, "hashed_fields": list(HASHED_FIELDS)},
        "mcp_tools": [],
        "transports": {"http": True, "sse": True},
        "semantic_search": {"enabled": False},
        "store_backends": list(STORE_BACKENDS),
        "capabilities": {
            "records": "records" in context.tags,
            "batch": "records" in context.tags,
            "threads": "threads" in context.tags,
            "rich_query": "records" in context.tags,
            "watch": "threads" in context.tags,
            "identity": "system" in context.tags,
            "inference": "inference" in context.tags,
            "access": "access" in context.tags,
            **{tag: tag in context.tags for tag in ("kv", "queue", "stream", "pubsub")},
            "semantic_search": False,
            "sync": False,
            "federation_consent": False,
        },
        "limits": {"batch_records": MAX_BATCH_RECORDS, "batch_bytes": MAX_BATCH_BYTES},
        "conventions": {"identity_path": "/v1/identity"},
    }


OPERATIONS: dict[str, Operation] = {
    "getHealth": Operation(health),
    "getReadiness": Operation(readiness),
    "getCapabilities": Operation(capabilities),
    "getWellKnown": Operation(well_known),
    "getIdentity": Operation(identity),
    "getOpenapi": Operation(openapi),
}

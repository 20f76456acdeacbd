"""Syncropel: emit, query and follow content-addressed records.

Importing this package loads next to nothing: every public name is imported when it is first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from syncropel._async.subscribe import AsyncSubscription as Subscription
    from syncropel._sync.subscribe import SyncSubscription
    from syncropel.client import Client, SyncClient
    from syncropel.errors import (
        ApiError,
        AuthenticationError,
        BadRequestError,
        ClosedError,
        ConfigurationError,
        ConflictError,
        DecodeError,
        GoneError,
        InferError,
        InferFailed,
        InferNotSent,
        InferTimeout,
        KindError,
        MissingExtraError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        RequestTimeout,
        ServerError,
        SyncropelError,
        TransportError,
        UnprocessableError,
        UsageError,
        UsageTypeError,
        ValidationError,
    )
    from syncropel.errors import KindError as SyncropelKindError
    from syncropel.rules.canonical import canonical_json
    from syncropel.rules.hashing import record_id
    from syncropel.keys.identity import Identity
    from syncropel.rules.infer.events import InferEvent
    from syncropel.rules.infer.outcome import (
        InferOptions,
        InferPending,
        InferResult,
        ProvenanceEntry,
        TrustSummary,
    )
    from syncropel.rules.kinds import validate_kind, validate_scope
    from syncropel.rules.refs import Ref
    from syncropel.rules.row import Record
    from syncropel.transport.reconnect import SubscribeError
    from syncropel.transport.results import EmitResult, HealthResult, Page, QueryResult, SearchResult

__version__ = "0.8.0"

# Public name: where it lives, and its name there.
_HOMES = {
    "ApiError": ("errors", "ApiError"),
    "AuthenticationError": ("errors", "AuthenticationError"),
    "BadRequestError": ("errors", "BadRequestError"),
    "Client": ("client", "Client"),
    "ClosedError": ("errors", "ClosedError"),
    "ConfigurationError": ("errors", "ConfigurationError"),
    "ConflictError": ("errors", "ConflictError"),
    "DecodeError": ("errors", "DecodeError"),
    "EmitResult": ("transport.results", "EmitResult"),
    "GoneError": ("errors", "GoneError"),
    "HealthResult": ("transport.results", "HealthResult"),
    "Identity": ("keys.identity", "Identity"),
    "InferError": ("errors", "InferError"),
    "InferEvent": ("rules.infer.events", "InferEvent"),
    "InferFailed": ("errors", "InferFailed"),
    "InferNotSent": ("errors", "InferNotSent"),
    "InferOptions": ("rules.infer.outcome", "InferOptions"),
    "InferPending": ("rules.infer.outcome", "InferPending"),
    "InferResult": ("rules.infer.outcome", "InferResult"),
    "InferTimeout": ("errors", "InferTimeout"),
    "KindError": ("errors", "KindError"),
    "MissingExtraError": ("errors", "MissingExtraError"),
    "NotFoundError": ("errors", "NotFoundError"),
    "Page": ("transport.results", "Page"),
    "PermissionDeniedError": ("errors", "PermissionDeniedError"),
    "ProvenanceEntry": ("rules.infer.outcome", "ProvenanceEntry"),
    "QueryResult": ("transport.results", "QueryResult"),
    "RateLimitError": ("errors", "RateLimitError"),
    "Record": ("rules.row", "Record"),
    "Ref": ("rules.refs", "Ref"),
    "RequestTimeout": ("errors", "RequestTimeout"),
    "SearchResult": ("transport.results", "SearchResult"),
    "ServerError": ("errors", "ServerError"),
    "SubscribeError": ("transport.reconnect", "SubscribeError"),
    "Subscription": ("_async.subscribe", "AsyncSubscription"),
    "SyncClient": ("client", "SyncClient"),
    "SyncSubscription": ("_sync.subscribe", "SyncSubscription"),
    "SyncropelError": ("errors", "SyncropelError"),
    "SyncropelKindError": ("errors", "KindError"),
    "TransportError": ("errors", "TransportError"),
    "TrustSummary": ("rules.infer.outcome", "TrustSummary"),
    "UnprocessableError": ("errors", "UnprocessableError"),
    "UsageError": ("errors", "UsageError"),
    "UsageTypeError": ("errors", "UsageTypeError"),
    "ValidationError": ("errors", "ValidationError"),
    "canonical_json": ("rules.canonical", "canonical_json"),
    "record_id": ("rules.hashing", "record_id"),
    "validate_kind": ("rules.kinds", "validate_kind"),
    "validate_scope": ("rules.kinds", "validate_scope"),
}

__all__ = [
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "ClosedError",
    "ConfigurationError",
    "ConflictError",
    "DecodeError",
    "EmitResult",
    "GoneError",
    "HealthResult",
    "Identity",
    "InferError",
    "InferEvent",
    "InferFailed",
    "InferNotSent",
    "InferOptions",
    "InferPending",
    "InferResult",
    "InferTimeout",
    "KindError",
    "MissingExtraError",
    "NotFoundError",
    "Page",
    "PermissionDeniedError",
    "ProvenanceEntry",
    "QueryResult",
    "RateLimitError",
    "Record",
    "Ref",
    "RequestTimeout",
    "SearchResult",
    "ServerError",
    "SubscribeError",
    "Subscription",
    "SyncClient",
    "SyncSubscription",
    "SyncropelError",
    "SyncropelKindError",
    "TransportError",
    "TrustSummary",
    "UnprocessableError",
    "UsageError",
    "UsageTypeError",
    "ValidationError",
    "__version__",
    "canonical_json",
    "record_id",
    "validate_kind",
    "validate_scope",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{home[0]}"), home[1])
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

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
        OutboxError,
        PermissionDeniedError,
        RateLimitError,
        RequestTimeout,
        ServerError,
        SynapError,
        SyncropelError,
        TransportError,
        UnprocessableError,
        UsageError,
        UsageTypeError,
        ValidationError,
    )
    from syncropel.errors import KindError as SyncropelKindError
    from syncropel.keys.identity import Identity
    from syncropel.keys.threads import ThreadVerification
    from syncropel.keys.verify import Verification
    from syncropel.rules.canonical import canonical_json
    from syncropel.rules.hashing import record_id
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
    from syncropel.transport.accounts import AccountKey, NewServiceAccount, NewToken, ServiceAccount, Token
    from syncropel.transport.outbox import Outbox
    from syncropel.transport.outbox_choice import FlushResult
    from syncropel.transport.outbox_rows import Dropped
    from syncropel.transport.reports import EmitSummary, Stats, SubscribeError
    from syncropel.transport.results import EmitResult, HealthResult, Page, QueryResult, SearchResult
    from syncropel.transport.secret import Secret

__version__ = "0.8.0"

# Public name: where it lives, and its name there.
_HOMES = {
    "AccountKey": ("transport.accounts", "AccountKey"),
    "ApiError": ("errors", "ApiError"),
    "AuthenticationError": ("errors", "AuthenticationError"),
    "BadRequestError": ("errors", "BadRequestError"),
    "Client": ("client", "Client"),
    "ClosedError": ("errors", "ClosedError"),
    "ConfigurationError": ("errors", "ConfigurationError"),
    "ConflictError": ("errors", "ConflictError"),
    "DecodeError": ("errors", "DecodeError"),
    "Dropped": ("transport.outbox_rows", "Dropped"),
    "EmitResult": ("transport.results", "EmitResult"),
    "EmitSummary": ("transport.reports", "EmitSummary"),
    "FlushResult": ("transport.outbox_choice", "FlushResult"),
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
    "NewServiceAccount": ("transport.accounts", "NewServiceAccount"),
    "NewToken": ("transport.accounts", "NewToken"),
    "NotFoundError": ("errors", "NotFoundError"),
    "Outbox": ("transport.outbox", "Outbox"),
    "OutboxError": ("errors", "OutboxError"),
    "Page": ("transport.results", "Page"),
    "PermissionDeniedError": ("errors", "PermissionDeniedError"),
    "ProvenanceEntry": ("rules.infer.outcome", "ProvenanceEntry"),
    "QueryResult": ("transport.results", "QueryResult"),
    "RateLimitError": ("errors", "RateLimitError"),
    "Record": ("rules.row", "Record"),
    "Ref": ("rules.refs", "Ref"),
    "RequestTimeout": ("errors", "RequestTimeout"),
    "SearchResult": ("transport.results", "SearchResult"),
    "Secret": ("transport.secret", "Secret"),
    "ServerError": ("errors", "ServerError"),
    "ServiceAccount": ("transport.accounts", "ServiceAccount"),
    "Stats": ("transport.reports", "Stats"),
    "SubscribeError": ("transport.reports", "SubscribeError"),
    "Subscription": ("_async.subscribe", "AsyncSubscription"),
    "SynapError": ("errors", "SynapError"),
    "SyncClient": ("client", "SyncClient"),
    "SyncSubscription": ("_sync.subscribe", "SyncSubscription"),
    "SyncropelError": ("errors", "SyncropelError"),
    "SyncropelKindError": ("errors", "KindError"),
    "ThreadVerification": ("keys.threads", "ThreadVerification"),
    "Token": ("transport.accounts", "Token"),
    "TransportError": ("errors", "TransportError"),
    "TrustSummary": ("rules.infer.outcome", "TrustSummary"),
    "UnprocessableError": ("errors", "UnprocessableError"),
    "UsageError": ("errors", "UsageError"),
    "UsageTypeError": ("errors", "UsageTypeError"),
    "ValidationError": ("errors", "ValidationError"),
    "Verification": ("keys.verify", "Verification"),
    "canonical_json": ("rules.canonical", "canonical_json"),
    "record_id": ("rules.hashing", "record_id"),
    "validate_kind": ("rules.kinds", "validate_kind"),
    "validate_scope": ("rules.kinds", "validate_scope"),
}

__all__ = [
    "AccountKey",
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "ClosedError",
    "ConfigurationError",
    "ConflictError",
    "DecodeError",
    "Dropped",
    "EmitResult",
    "EmitSummary",
    "FlushResult",
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
    "NewServiceAccount",
    "NewToken",
    "NotFoundError",
    "Outbox",
    "OutboxError",
    "Page",
    "PermissionDeniedError",
    "ProvenanceEntry",
    "QueryResult",
    "RateLimitError",
    "Record",
    "Ref",
    "RequestTimeout",
    "SearchResult",
    "Secret",
    "ServerError",
    "ServiceAccount",
    "Stats",
    "SubscribeError",
    "Subscription",
    "SynapError",
    "SyncClient",
    "SyncSubscription",
    "SyncropelError",
    "SyncropelKindError",
    "ThreadVerification",
    "Token",
    "TransportError",
    "TrustSummary",
    "UnprocessableError",
    "UsageError",
    "UsageTypeError",
    "ValidationError",
    "Verification",
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

"""The trail that changes of access leave: records of the engine on a thread that nobody else can write to.

A record says what was done, to whom and by whom. It never holds a token or anything a token can be found
from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...rules.infer.plan.steps import ENGINE_DID
from ...rules.scopes import DEFAULT_NAMESPACE
from ..course import store_record
from ..store.base import Transaction
from .caller import Caller
from .namespaces import Namespace
from .reach import AUDIT_THREAD
from .tables import Account, Token

ACCOUNT, TOKEN, NAMESPACE = "core.access.account", "core.access.token", "core.access.namespace"
KEYS = "core.access.keys"


def note_account(transaction: Transaction, event: str, account: Account, caller: Caller, now: float) -> str:
    """Store what happened to an account and return the record's id.

    Args:
        transaction: Where to write.
        event: What happened, a verb in the past.
        account: The account.
        caller: Who did it.
        now: The time, unix seconds.
    """
    body = {
        "account_id": account.id,
        "name": account.name,
        "scopes": list(account.scopes),
        "actors": list(account.actors),
    }
    return _note(transaction, ACCOUNT, event, body, account.namespace, caller, now)


def note_token(
    transaction: Transaction,
    event: str,
    token: Token,
    account: Account,
    caller: Caller,
    now: float,
    replaces: str | None = None,
) -> str:
    """Store what happened to a token and return the record's id; as `note_account`.

    Args:
        transaction: Where to write.
        event: What happened, a verb in the past.
        token: The token.
        account: Whose token it is.
        caller: Who did it.
        now: The time, unix seconds.
        replaces: The id of the token in whose place it comes.
    """
    body: dict[str, Any] = {
        "token_id": token.token_id,
        "account_id": account.id,
        "env_tag": token.env_tag,
        "scopes": list(token.scopes),
        "expires_at": token.expires_at,
    }
    if replaces is not None:
        body["replaces"] = replaces
    return _note(transaction, TOKEN, event, body, account.namespace, caller, now)


def note_namespace(
    transaction: Transaction, event: str, namespace: Namespace, caller: Caller, now: float
) -> str:
    """Store what happened to a namespace and return the record's id; as `note_account`."""
    body = {"active": namespace.active, "require_signatures": namespace.require_signatures}
    return _note(transaction, NAMESPACE, event, body, namespace.id, caller, now)


def note_keys(
    transaction: Transaction, event: str, did: str, keys: Sequence[str], caller: Caller, now: float
) -> str:
    """Store what happened to the public keys of a DID and return the record's id; as `note_account`."""
    body = {"did": did, "keys": list(keys)}
    return _note(transaction, KEYS, event, body, DEFAULT_NAMESPACE, caller, now)


def _note(
    transaction: Transaction,
    kind: str,
    event: str,
    body: dict[str, Any],
    namespace: str,
    caller: Caller,
    now: float,
) -> str:
    whole = {"kind": kind, "event": event, **body, "namespace": namespace, "by": caller.did}
    return store_record(transaction, "LEARN", ENGINE_DID, whole, (), AUDIT_THREAD, now)

"""Service accounts: list, create, revoke, and a new key for one."""

from __future__ import annotations

from typing import Any

from ...rules.scopes import DEFAULT_SCOPES
from ...rules.tokens import account_did, new_account_id
from ..access import audit, tables
from ..access.bodies import Body
from ..access.making import (
    check_grant,
    check_living,
    check_namespace_lives,
    check_reach,
    find_managed,
    mint,
    renewed,
    store_account,
)
from ..access.tables import Account
from ..messages import Reply
from ..operations import Answer, Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Transaction, Work

_MEMBERS = ("name", "scopes", "actors", "namespace", "env_tag", "expires_at")


def list_accounts(_context: Context, call: Call) -> Work[Reply]:
    """List the accounts that the caller administers, revoked ones too. The published shape: a bare array."""

    def work(transaction: Transaction) -> Reply:
        accounts = tables.all_accounts(transaction)
        return Reply(200, [_row(each) for each in accounts if call.caller.covers(each.namespace)])

    return work


def create_account(context: Context, call: Call) -> Work[Answer]:
    """Check an account; the work stores it with its first token."""
    caller, body = call.caller, Body(call.body, _MEMBERS)
    account = Account(
        id=new_account_id(),
        name=body.name("name"),
        namespace=body.namespace("namespace", caller.namespace),
        scopes=body.scopes("scopes", DEFAULT_SCOPES),
        actors=body.actors("actors"),
        created_at=int(call.now),
        created_by=caller.did,
    )
    check_reach(caller, account.namespace, "$.namespace")
    check_grant(caller, account.scopes)
    expires_at = body.end(call.now)
    minted = mint(context.access, account.id, account.scopes, body.env_tag("env_tag"), call.now, expires_at)

    def work(transaction: Transaction) -> Answer:
        try:
            check_namespace_lives(transaction, account.namespace)
            store_account(transaction, account, minted.token, "created", caller, call.now)
        except Refusal as refusal:
            return refusal
        return Reply(201, _row(account, minted.bearer))

    return work


def revoke_account(_context: Context, call: Call) -> Work[Answer]:
    """End an account and its tokens for good."""
    account_id, caller = call.path["service_account_id"], call.caller

    def work(transaction: Transaction) -> Answer:
        try:
            account = find_managed(transaction, caller, account_id)
        except Refusal as refusal:
            return refusal
        if account.revoked_at is None:
            tables.revoke_account(transaction, account.id, int(call.now))
            audit.note_account(transaction, "revoked", account, caller, call.now)
        return Reply(200, {"status": "revoked"})

    return work


def rotate_key(context: Context, call: Call) -> Work[Answer]:
    """Mint a token with the account's scopes, then revoke the others: at no time is there none.

    The new one lasts as long as the newest of the old ones was made to.
    """
    account_id, caller = call.path["service_account_id"], call.caller

    def work(transaction: Transaction) -> Answer:
        try:
            account = find_managed(transaction, caller, account_id)
            check_living(account)
            check_grant(caller, account.scopes, "the account's scopes")
        except Refusal as refusal:
            return refusal
        last = tables.newest_token(transaction, account.id)
        minted = renewed(context.access, account.id, account.scopes, last, call.now)
        tables.add_token(transaction, minted.token)
        tables.revoke_tokens_of(transaction, account.id, int(call.now), minted.token.token_id)
        audit.note_account(transaction, "key_rotated", account, caller, call.now)
        audit.note_token(transaction, "minted", minted.token, account, caller, call.now)
        return Reply(200, {"id": account.id, "api_key": minted.bearer})

    return work


def _row(account: Account, api_key: str | None = None) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "did": account_did(account.id),
        "api_key": api_key,
        "active": account.revoked_at is None,
        "created_at": account.created_at,
        "scopes": list(account.scopes),
        "actors": list(account.actors),
        "namespace": account.namespace,
    }


OPERATIONS: dict[str, Operation] = {
    "listServiceAccounts": Operation(list_accounts),
    "createServiceAccount": Operation(create_account, writes=True, has_body=True, changes_access=True),
    "revokeServiceAccount": Operation(revoke_account, writes=True, changes_access=True),
    "rotateServiceAccountKey": Operation(rotate_key, writes=True, changes_access=True),
}

"""Tokens: list, mint, revoke, and the one that takes its own place."""

from __future__ import annotations

from typing import Any

from ...rules import limits
from ...rules.scopes import may_grant
from .. import parameters
from ..access import audit, tables
from ..access.bodies import Body, wrong
from ..access.making import Minted, check_grant, check_living, find_managed, mint, renewed
from ..access.refusing import refused
from ..access.tables import Account, Token
from ..cursors import decode, encode
from ..messages import Reply
from ..operations import Answer, Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Transaction, Work

_MEMBERS = ("service_account_id", "scopes", "env_tag", "expires_at", "ttl_seconds")


def list_tokens(_context: Context, call: Call) -> Work[Reply]:
    """List the tokens of the accounts that the caller administers, oldest first."""
    account_id = parameters.text(call.query, "service_account_id")
    limit = parameters.limit(call.query)
    question = {"list": "tokens", "account": account_id, "of": call.caller.namespace}
    after = 0
    if "cursor" in call.query:
        position = decode(question, call.query["cursor"])
        if position is None:
            raise Refusal("INVALID_QUERY", "query parameter cursor is not a cursor of this list")
        after = position

    def work(transaction: Transaction) -> Reply:
        rows: list[Token] = []
        if limit:
            rows = tables.page_of_tokens(transaction, call.caller.namespace, account_id, after, limit + 1)
        data = rows[:limit]
        cursor = encode(question, data[-1].sequence) if len(rows) > limit else None
        page = {"object": "list", "data": [token_row(each) for each in data], "next_cursor": cursor}
        return Reply(200, page)

    return work


def create_token(context: Context, call: Call) -> Work[Answer]:
    """Check what a token shall be; the work mints it."""
    caller, body = call.caller, Body(call.body, _MEMBERS)
    account_id = body.name("service_account_id")
    wanted = body.scopes("scopes", ())
    env_tag, expires_at = body.env_tag("env_tag"), body.end(call.now)

    def work(transaction: Transaction) -> Answer:
        try:
            account = find_managed(transaction, caller, account_id)
            check_living(account)
            scopes = wanted or account.scopes
            check_grant(caller, scopes)
            _check_within(account, scopes)
            _check_room(transaction, account, call.now)
        except Refusal as refusal:
            return refusal
        minted = mint(context.access, account.id, scopes, env_tag, call.now, expires_at)
        tables.add_token(transaction, minted.token)
        audit.note_token(transaction, "minted", minted.token, account, caller, call.now)
        return Reply(201, _minted_row(minted))

    return work


def revoke_token(_context: Context, call: Call) -> Work[Answer]:
    """End one token."""
    identifier, caller = call.path["token_id"], call.caller

    def work(transaction: Transaction) -> Answer:
        token = tables.find_token(transaction, identifier)
        account = None if token is None else tables.find_account(transaction, token.account)
        if token is None or account is None or not caller.covers(account.namespace):
            return Refusal("TOKEN_NOT_FOUND", f"there is no token with the id {identifier[:80]!r}")
        if token.revoked_at is None:
            tables.revoke_token(transaction, token.token_id, int(call.now))
            audit.note_token(transaction, "revoked", token, account, caller, call.now)
        return Reply(200, {"status": "revoked"})

    return work


def rotate_token(context: Context, call: Call) -> Work[Answer]:
    """Mint a token like the one that asks, then revoke that one: at no time is there none.

    Raises:
        Refusal: `ROTATE_NOT_SELF` when the token that asks is another one.
    """
    identifier, caller = call.path["token_id"], call.caller
    if caller.token_id is None or caller.token_id != identifier:
        raise Refusal(
            "ROTATE_NOT_SELF",
            "a token is rotated by nobody but itself: send it with the request",
            hint="an administrator rotates the key of its service account instead",
        )

    def work(transaction: Transaction) -> Answer:
        token = tables.find_token(transaction, identifier)
        account = None if token is None else tables.find_account(transaction, token.account)
        if token is None or account is None or not token.lives(call.now) or account.revoked_at is not None:
            # It lived when the request was taken: another one came first.
            return refused("the token was revoked or rotated a moment ago")
        minted = renewed(context.access, account.id, token.scopes, token, call.now)
        tables.add_token(transaction, minted.token)
        tables.revoke_token(transaction, token.token_id, int(call.now))
        audit.note_token(transaction, "rotated", minted.token, account, caller, call.now, token.token_id)
        return Reply(200, _minted_row(minted))

    return work


def token_row(token: Token) -> dict[str, Any]:
    """Return a token as the API shows it: without anything it could be found from."""
    return {
        "object": "token",
        "token_id": token.token_id,
        "service_account_id": token.account,
        "env_tag": token.env_tag,
        "scopes": list(token.scopes),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "last_used_at": token.last_used_at,
    }


def _minted_row(minted: Minted) -> dict[str, Any]:
    return {**token_row(minted.token), "bearer": minted.bearer}


def _check_within(account: Account, scopes: tuple[str, ...]) -> None:
    for index, scope in enumerate(scopes):
        if not may_grant(account.scopes, account.namespace, scope):
            raise wrong(f"$.scopes[{index}]", f"{scope[:200]!r} is more than the service account has")


def _check_room(transaction: Transaction, account: Account, now: float) -> None:
    if tables.count_living_tokens(transaction, account.id, int(now)) >= limits.MAX_TOKENS_PER_ACCOUNT:
        raise wrong(
            "$.service_account_id",
            f"has {limits.MAX_TOKENS_PER_ACCOUNT} tokens that live, and no more can be minted: revoke some",
        )


OPERATIONS: dict[str, Operation] = {
    "listTokens": Operation(list_tokens),
    "createToken": Operation(create_token, writes=True, has_body=True, changes_access=True),
    "revokeToken": Operation(revoke_token, writes=True, changes_access=True),
    "rotateToken": Operation(rotate_token, writes=True, changes_access=True),
}

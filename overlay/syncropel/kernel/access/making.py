"""Making accounts and tokens: the steps that every way of making one shares.

Everything that can be refused is refused before the first row is written: a group of writes is not undone
because of one that may not be.
"""

from __future__ import annotations

from typing import NamedTuple

from ...rules import limits
from ...rules.scopes import DEFAULT_NAMESPACE, ancestors, may_grant
from ...rules.tokens import DEFAULT_ENV, keyed_check, new_token, token_id
from ..refusals import Refusal
from ..store.base import Transaction
from . import audit, tables
from .bodies import wrong
from .caller import Caller
from .namespaces import find_namespace
from .settings import AccessSettings
from .tables import Account, Token


class Minted(NamedTuple):
    """A token and, this once, its text.

    Attributes:
        token: What is stored of it.
        bearer: The token itself.
    """

    token: Token
    bearer: str

    def __repr__(self) -> str:
        return f"Minted(token_id={self.token.token_id!r}, bearer=<redacted>)"


def mint(
    settings: AccessSettings,
    account_id: str,
    scopes: tuple[str, ...],
    env_tag: str,
    now: float,
    expires_at: int | None,
) -> Minted:
    """Make up a token; nothing is stored."""
    bearer = new_token(env_tag, account_id)
    identifier = token_id(bearer)
    return Minted(bound(settings, identifier, account_id, scopes, env_tag, int(now), expires_at), bearer)


def bound(
    settings: AccessSettings,
    identifier: str,
    account_id: str,
    scopes: tuple[str, ...],
    env_tag: str,
    created_at: int,
    expires_at: int | None,
) -> Token:
    """Return the row of a token whose id is known, bound to the daemon's key."""
    keyed = keyed_check(settings.token_key, identifier)
    return Token(0, identifier, account_id, env_tag, keyed, scopes, created_at, expires_at)


def renewed(
    settings: AccessSettings, account_id: str, scopes: tuple[str, ...], last: Token | None, now: float
) -> Minted:
    """Make up the token that comes after another one: of its environment, and made to last as long."""
    env_tag = DEFAULT_ENV if last is None else last.env_tag
    lasts = None if last is None or last.expires_at is None else last.expires_at - last.created_at
    return mint(settings, account_id, scopes, env_tag, now, None if lasts is None else int(now) + lasts)


def store_account(
    transaction: Transaction, account: Account, token: Token, event: str, caller: Caller, now: float
) -> tuple[str, str]:
    """Store a new account with its first token and return the ids of the records that say so.

    Raises:
        Refusal: `INVALID_ACCESS` when an id is taken or there are too many accounts.
    """
    if tables.find_account(transaction, account.id) is not None:
        raise wrong("$.service_account_id", "is taken; make up another id")
    if tables.find_token(transaction, token.token_id) is not None:
        raise wrong("$.with_token.token_id", "is taken; make up another token")
    if tables.count_accounts(transaction)[0] >= limits.MAX_SERVICE_ACCOUNTS:
        raise wrong("$", f"there are {limits.MAX_SERVICE_ACCOUNTS} service accounts, and no more can be made")
    tables.add_account(transaction, account)
    tables.add_token(transaction, token)
    told = audit.note_account(transaction, event, account, caller, now)
    return told, audit.note_token(transaction, "minted", token, account, caller, now)


def check_namespace_lives(transaction: Transaction, namespace: str) -> None:
    """Refuse a namespace that is not registered or not active, or below one that is not.

    Raises:
        Refusal: `NAMESPACE_REJECTED`, which names the one that fails.
    """
    for name in (*ancestors(namespace), namespace):
        if name == DEFAULT_NAMESPACE:
            continue
        found = find_namespace(transaction, name)
        if found is None or not found.active:
            state = "is not registered" if found is None else "is not active"
            raise Refusal(
                "NAMESPACE_REJECTED",
                f"the namespace {name!r} {state}",
                hint="spl namespace create registers one, spl namespace update makes it active",
            )


def check_reach(caller: Caller, namespace: str, path: str) -> None:
    """Refuse a namespace that a caller does not reach.

    Raises:
        Refusal: `SCOPE_FORBIDDEN`.
    """
    if not caller.covers(namespace):
        raise Refusal(
            "SCOPE_FORBIDDEN",
            f"{path}: {namespace!r} is out of reach: this account is of the namespace {caller.namespace!r}",
        )


def check_grant(caller: Caller, scopes: tuple[str, ...], path: str = "$.scopes") -> None:
    """Refuse to hand out what a caller does not have.

    Raises:
        Refusal: `SCOPE_FORBIDDEN`, which names the scope.
    """
    for index, scope in enumerate(scopes):
        if not may_grant(caller.scopes, caller.namespace, scope):
            raise Refusal(
                "SCOPE_FORBIDDEN", f"{path}[{index}]: {scope[:200]!r} is more than this token may give away"
            )


def find_managed(transaction: Transaction, caller: Caller, account_id: str) -> Account:
    """Return an account that a caller administers.

    Raises:
        Refusal: `ACCOUNT_NOT_FOUND`, also for one that is out of the caller's reach.
    """
    account = tables.find_account(transaction, account_id)
    if account is None or not caller.covers(account.namespace):
        raise Refusal("ACCOUNT_NOT_FOUND", f"there is no service account {account_id[:80]!r}")
    return account


def check_living(account: Account) -> None:
    """Refuse an account that was revoked.

    Raises:
        Refusal: `ACCOUNT_REVOKED`.
    """
    if account.revoked_at is not None:
        raise Refusal(
            "ACCOUNT_REVOKED", f"the service account {account.id} was revoked", hint="create another one"
        )

"""Accounts and tokens as rows of the store.

Nothing here judges. Whoever changes a row also calls `changed`, so that those who keep what they read look
again.
"""

# ruff: noqa: S608 - SQL is put together from names of this module alone; every value is bound.
from __future__ import annotations

import json
from typing import Any, NamedTuple

from ...rules.canonical import canonical_json
from ...rules.scopes import DEFAULT_NAMESPACE
from ..store.base import Transaction

_OF_ACCOUNTS = "id, name, namespace, scopes, actors, created_at, created_by, revoked_at"
_OF_TOKENS = (
    "sequence, token_id, account, env_tag, keyed, scopes, created_at, expires_at, revoked_at, last_used_at"
)


class Account(NamedTuple):
    """A service account.

    Attributes:
        id: Its id, `sa_` and 16 characters.
        name: What people call it.
        namespace: What it reaches: this namespace and what is below.
        scopes: The widest that a token of it may be.
        actors: DIDs it may act as besides its own, each exact or ending in `*`.
        created_at: Unix seconds.
        created_by: The DID of whoever made it; None when nobody was known.
        revoked_at: Unix seconds; None while it lives.
    """

    id: str
    name: str
    namespace: str
    scopes: tuple[str, ...]
    actors: tuple[str, ...]
    created_at: int
    created_by: str | None = None
    revoked_at: int | None = None


class Token(NamedTuple):
    """A token, of which only hashes are known.

    Attributes:
        sequence: Its place in the order of minting; 0 before it is stored.
        token_id: The SHA-256 of the whole token.
        account: The service account's id.
        env_tag: The environment named in the token.
        keyed: The HMAC of the id under the daemon's key.
        scopes: What it may do.
        created_at: Unix seconds.
        expires_at: Unix seconds; None for never.
        revoked_at: Unix seconds; None while it lives.
        last_used_at: Unix seconds, to the minute; None before its first use.
    """

    sequence: int
    token_id: str
    account: str
    env_tag: str
    keyed: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    last_used_at: int | None = None

    def lives(self, now: float) -> bool:
        """Tell whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def generation(transaction: Transaction) -> int:
    """Return the number that grows with every change of accounts, tokens, namespaces and keys."""
    rows = transaction.execute("SELECT value FROM counters WHERE name = 'access_generation'")
    return int(rows[0][0])


def changed(transaction: Transaction) -> None:
    """Count a change: every daemon on this store sees it within `TOKEN_CACHE_SECONDS`."""
    transaction.execute("UPDATE counters SET value = value + 1 WHERE name = 'access_generation'")


def add_account(transaction: Transaction, account: Account) -> bool:
    """Store a new account; False when there is one of this id."""
    known = transaction.execute("SELECT 1 FROM accounts WHERE id = ?", (account.id,))
    if known:
        return False
    texts = (canonical_json(list(account.scopes)), canonical_json(list(account.actors)))
    transaction.execute(
        f"INSERT INTO accounts ({_OF_ACCOUNTS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*account[:3], *texts, *account[5:]),
    )
    changed(transaction)
    return True


def find_account(transaction: Transaction, account_id: str) -> Account | None:
    """Return an account, revoked or not; None when there is none of this id."""
    rows = transaction.execute(f"SELECT {_OF_ACCOUNTS} FROM accounts WHERE id = ?", (account_id,))
    return _account(rows[0]) if rows else None


def all_accounts(transaction: Transaction) -> list[Account]:
    """Return every account, oldest first."""
    return [
        _account(row)
        for row in transaction.execute(f"SELECT {_OF_ACCOUNTS} FROM accounts ORDER BY created_at, id")
    ]


def count_accounts(transaction: Transaction) -> tuple[int, int]:
    """Return how many accounts there are, and how many of them live."""
    rows = transaction.execute("SELECT count(*), count(*) - count(revoked_at) FROM accounts")
    return int(rows[0][0]), int(rows[0][1])


def revoke_account(transaction: Transaction, account_id: str, now: int) -> None:
    """End an account and every token of it. What was revoked before keeps its time."""
    transaction.execute(
        "UPDATE accounts SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (now, account_id)
    )
    revoke_tokens_of(transaction, account_id, now)


def add_token(transaction: Transaction, token: Token) -> bool:
    """Store a new token; False when there is one of this id."""
    names, marks = _OF_TOKENS.partition(", ")[2], ", ".join("?" * 9)
    sequence = transaction.insert(
        f"INSERT INTO tokens ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING",
        (*token[1:5], canonical_json(list(token.scopes)), *token[6:]),
    )
    if sequence is None:
        return False
    changed(transaction)
    return True


def find_token(transaction: Transaction, token_id: str) -> Token | None:
    """Return a token, alive or not; None when there is none of this id."""
    rows = transaction.execute(f"SELECT {_OF_TOKENS} FROM tokens WHERE token_id = ?", (token_id,))
    return _token(rows[0]) if rows else None


def newest_token(transaction: Transaction, account_id: str) -> Token | None:
    """Return the token of an account that was minted last; None when it never had one."""
    rows = transaction.execute(
        f"SELECT {_OF_TOKENS} FROM tokens WHERE account = ? ORDER BY sequence DESC LIMIT 1", (account_id,)
    )
    return _token(rows[0]) if rows else None


def page_of_tokens(
    transaction: Transaction, namespace: str, account_id: str | None, after: int, limit: int
) -> list[Token]:
    """Return tokens of the accounts in a namespace and below it, oldest first.

    Args:
        transaction: Where to read.
        namespace: The namespace; `default` for every account.
        account_id: The only account wanted; None for all.
        after: The sequence after which to begin.
        limit: Most tokens.
    """
    conditions = ["t.sequence > ?"]
    params: list[Any] = [after]
    if account_id is not None:
        conditions.append("t.account = ?")
        params.append(account_id)
    if namespace != DEFAULT_NAMESPACE:
        below = f"{namespace}/"
        conditions.append("(a.namespace = ? OR substr(a.namespace, 1, ?) = ?)")
        params += [namespace, len(below), below]
    columns = ", ".join(f"t.{name}" for name in _OF_TOKENS.split(", "))
    rows = transaction.execute(
        f"SELECT {columns} FROM tokens t JOIN accounts a ON a.id = t.account"
        f" WHERE {' AND '.join(conditions)} ORDER BY t.sequence LIMIT ?",
        (*params, limit),
    )
    return [_token(row) for row in rows]


def count_living_tokens(transaction: Transaction, account_id: str, now: int) -> int:
    """Return how many tokens of an account are neither revoked nor expired."""
    rows = transaction.execute(
        "SELECT count(*) FROM tokens WHERE account = ? AND revoked_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > ?)",
        (account_id, now),
    )
    return int(rows[0][0])


def revoke_token(transaction: Transaction, token_id: str, now: int) -> None:
    """End a token. One that was revoked before keeps its time."""
    transaction.execute(
        "UPDATE tokens SET revoked_at = ? WHERE token_id = ? AND revoked_at IS NULL", (now, token_id)
    )
    changed(transaction)


def revoke_tokens_of(transaction: Transaction, account_id: str, now: int, but: str = "") -> None:
    """End every token of an account, but for one."""
    transaction.execute(
        "UPDATE tokens SET revoked_at = ? WHERE account = ? AND revoked_at IS NULL AND token_id <> ?",
        (now, account_id, but),
    )
    changed(transaction)


def note_use(transaction: Transaction, token_id: str, now: int) -> None:
    """Keep when a token was used. No change of access: nobody has to look again."""
    transaction.execute(
        "UPDATE tokens SET last_used_at = ? WHERE token_id = ? AND coalesce(last_used_at, 0) < ?",
        (now, token_id, now),
    )


def _account(row: tuple[Any, ...]) -> Account:
    scopes, actors = tuple(json.loads(row[3])), tuple(json.loads(row[4]))
    return Account._make((*row[:3], scopes, actors, *row[5:]))


def _token(row: tuple[Any, ...]) -> Token:
    return Token._make((*row[:5], tuple(json.loads(row[5])), *row[6:]))

"""Service accounts and tokens as calls return them: what a server told once is a `Secret`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from syncropel.transport.secret import Secret

if TYPE_CHECKING:
    from syncropel_generated.models.minted_token import MintedToken
    from syncropel_generated.models.service_account import ServiceAccount as AccountRow
    from syncropel_generated.models.token import Token as TokenRow


@dataclass(frozen=True)
class ServiceAccount:
    """Someone who may call the daemon, mostly a program.

    Attributes:
        id: Its id, `sa_` and 16 lower-case letters and digits.
        name: Its name for people.
        did: The DID that is its own, `did:sync:system:` and the id.
        active: Whether its tokens are taken. One that was revoked is never active again.
        created_at: When it was made, in seconds since 1970.
        scopes: What its tokens allow unless they are narrower.
        actors: The actors it may act as besides itself; a pattern may end in `*`.
        namespace: The namespace it reaches, with those below it.
    """

    id: str
    name: str
    did: str
    active: bool
    created_at: int
    scopes: tuple[str, ...]
    actors: tuple[str, ...]
    namespace: str

    @classmethod
    def of(cls, row: AccountRow) -> ServiceAccount:
        """Return the account of a server's row."""
        return cls(**_account_fields(row))

    def to_dict(self) -> dict[str, Any]:
        """Return the account as JSON values, its secret as asterisks."""
        return _plain(self)


@dataclass(frozen=True)
class NewServiceAccount(ServiceAccount):
    """A service account that was just made.

    Attributes:
        api_key: Its first token, told this once.
    """

    api_key: Secret

    @classmethod
    def of(cls, row: AccountRow) -> NewServiceAccount:
        """Return the account of a server's row.

        Raises:
            TypeError: The row has no token.
        """
        return cls(**_account_fields(row), api_key=_secret(row.api_key, "api_key"))


@dataclass(frozen=True)
class AccountKey:
    """A new token in place of all that an account had.

    Attributes:
        id: The account's id.
        api_key: The token, told this once.
    """

    id: str
    api_key: Secret

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, its secret as asterisks."""
        return _plain(self)


@dataclass(frozen=True)
class Token:
    """A token of a service account.

    Attributes:
        token_id: SHA-256 of the whole token, in hexadecimal.
        service_account_id: Whose token it is.
        env_tag: Where it is used, a part of its text.
        scopes: What it allows.
        created_at: When it was made, in seconds since 1970.
        expires_at: When it ends; None when it does not.
        revoked_at: When it was revoked; None while it was not.
        last_used_at: When it was last used, not to the second; None when never.
    """

    token_id: str
    service_account_id: str
    env_tag: str
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None

    @classmethod
    def of(cls, row: TokenRow) -> Token:
        """Return the token of a server's row."""
        return cls(**_token_fields(row))

    def to_dict(self) -> dict[str, Any]:
        """Return the token as JSON values, its secret as asterisks."""
        return _plain(self)


@dataclass(frozen=True)
class NewToken(Token):
    """A token that was just made.

    Attributes:
        bearer: The token itself, told this once.
    """

    bearer: Secret

    @classmethod
    def minted(cls, row: MintedToken) -> NewToken:
        """Return the token of a server's row.

        Raises:
            TypeError: The row has no token.
        """
        return cls(**_token_fields(row), bearer=_secret(row.bearer, "bearer"))


def _account_fields(row: AccountRow) -> dict[str, Any]:
    lists = {"scopes": tuple(row.scopes), "actors": tuple(row.actors)}
    names = ("id", "name", "did", "active", "created_at", "namespace")
    return {**{name: getattr(row, name) for name in names}, **lists}


def _token_fields(row: TokenRow | MintedToken) -> dict[str, Any]:
    names = ("token_id", "service_account_id", "env_tag", "created_at", "expires_at", "revoked_at")
    fields = {name: getattr(row, name) for name in (*names, "last_used_at")}
    return {**fields, "scopes": tuple(row.scopes)}


def _secret(value: object, name: str) -> Secret:
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return Secret(value)


def _plain(value: ServiceAccount | AccountKey | Token) -> dict[str, Any]:
    return {name: _shown(member) for name, member in vars(value).items()}


def _shown(member: Any) -> Any:
    if isinstance(member, Secret):
        return str(member)
    return list(member) if isinstance(member, tuple) else member

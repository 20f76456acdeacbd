"""Administration: service accounts, tokens and namespaces. Strict: what is refused raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from syncropel._async.core import AsyncCore
from syncropel.errors import UsageError
from syncropel.rules.limits import DEFAULT_PAGE
from syncropel.rules.tokens import token_id as id_of_token
from syncropel.transport import access
from syncropel.transport.accounts import AccountKey, NewServiceAccount, NewToken, ServiceAccount, Token
from syncropel.transport.convert import checked_object
from syncropel.transport.query import check_limit, check_text
from syncropel.transport.results import Page
from syncropel_generated.models.namespace import Namespace

# Names of their own: inside the classes below `list` is a method.
Accounts: TypeAlias = list[ServiceAccount]
Namespaces: TypeAlias = list[Namespace]


class AsyncAdministration:
    """What the parts of administration share: the client they belong to.

    Every call raises an `ApiError` when the server refuses (`AuthenticationError` for 401,
    `PermissionDeniedError` for 403, `NotFoundError`, `ConflictError`, `RateLimitError`, each with `code`,
    `hint` and `request_id`), and a `TransportError` when no usable answer arrived. Nothing is sent twice.
    """

    def __init__(self, core: AsyncCore) -> None:
        self._asked = core._asked
        self._core = core


class AsyncServiceAccounts(AsyncAdministration):
    """The service accounts of a daemon, as `client.service_accounts`. They need the scope `admin`."""

    async def create(
        self,
        name: str,
        *,
        scopes: Iterable[str] | None = None,
        actors: Iterable[str] | None = None,
        namespace: str | None = None,
        env_tag: str | None = None,
        expires_at: access.Expiry | None = None,
        timeout: float | None = None,
    ) -> NewServiceAccount:
        """Make a service account with one token.

        Args:
            name: Its name for people.
            scopes: What its tokens may allow. Default: `records:read` and `records:write`.
            actors: The actors it may act as besides its own DID; a pattern may end in `*`. Default: none.
            namespace: The namespace it reaches, with those below. Default: the caller's own.
            env_tag: Where its token is used, a part of the token's text. Default: `prod`.
            expires_at: When its token ends, in seconds since 1970 or as a datetime. Default: never.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The account; `api_key.value` is its token, which is told this once.

        Raises:
            ApiError: The server refused it.
            TransportError: No usable answer arrived.
            UsageError: An argument cannot be used.
        """
        call = access.create_account_call(
            name=check_text(name, "name"),
            scopes=access.names(scopes, "scopes"),
            actors=access.names(actors, "actors"),
            namespace=namespace,
            env_tag=env_tag,
            expires_at=access.seconds(expires_at, "expires_at"),
        )
        return await self._asked(call, access.read_account, timeout)

    async def list(self, *, timeout: float | None = None) -> Accounts:
        """Return every service account in the caller's reach, the revoked ones too.

        Args:
            timeout: Seconds for the request. Default: the client's setting.

        Raises:
            ApiError, TransportError: As for `create`.
        """
        return await self._asked(access.list_accounts_call(), access.read_accounts, timeout)

    async def revoke(self, account_id: str, *, timeout: float | None = None) -> None:
        """End a service account and every token of it, for good. Doing it again changes nothing.

        Args:
            account_id: Its id.
            timeout: Seconds for the request. Default: the client's setting.

        Raises:
            NotFoundError: There is no such account in the caller's reach.
            ApiError, TransportError: As for `create`.
        """
        call = access.revoke_account_call(check_text(account_id, "account_id"))
        await self._asked(call, access.acknowledged, timeout)

    async def rotate_key(self, account_id: str, *, timeout: float | None = None) -> AccountKey:
        """Make a new token for an account and revoke all that it had.

        Args:
            account_id: Its id.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The account's id and, as `api_key`, its new token, which is told this once.

        Raises:
            NotFoundError: There is no such account in the caller's reach.
            ApiError, TransportError: As for `create`.
        """
        call = access.rotate_account_call(check_text(account_id, "account_id"))
        return await self._asked(call, access.read_account_key, timeout)

    async def bootstrap(self, body: Mapping[str, Any], *, timeout: float | None = None) -> dict[str, Any]:
        """Make the first account of a namespace. Who asks has made its id and its token; no secret travels.

        Args:
            body: `service_account_id`, `display_name` and `with_token` (`token_id`, `env_tag`, `created_at`),
                and optionally `scopes`, `actors` and `namespace`. `syncropel.rules.tokens` makes the ids.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The ids of the account, of its token, and of the records that tell of them.

        Raises:
            ConflictError: The namespace has its first account already (`BOOTSTRAP_CLOSED`).
            ApiError, TransportError: As for `create`.
        """
        return await self._asked(access.bootstrap_call(body), checked_object, timeout)


class AsyncTokens(AsyncAdministration):
    """The tokens of a daemon, as `client.tokens`. They need the scope `admin`, but for rotating one's own."""

    async def create(
        self,
        service_account_id: str,
        *,
        scopes: Iterable[str] | None = None,
        env_tag: str | None = None,
        expires_at: access.Expiry | None = None,
        ttl_seconds: int | None = None,
        timeout: float | None = None,
    ) -> NewToken:
        """Make another token of a service account.

        Args:
            service_account_id: The account.
            scopes: What it allows, no more than its account. Default: all that its account may.
            env_tag: Where it is used, a part of its text. Default: `prod`.
            expires_at: When it ends, in seconds since 1970 or as a datetime. Default: never.
            ttl_seconds: In how many seconds it ends; not together with `expires_at`.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The token; `bearer.value` is its text, which is told this once.

        Raises:
            NotFoundError: There is no such account in the caller's reach.
            ApiError, TransportError: As for `service_accounts.create`.
            UsageError: An argument cannot be used.
        """
        call = access.create_token_call(
            service_account_id=check_text(service_account_id, "service_account_id"),
            scopes=access.names(scopes, "scopes"),
            env_tag=env_tag,
            expires_at=access.seconds(expires_at, "expires_at"),
            ttl_seconds=ttl_seconds,
        )
        return await self._asked(call, access.read_minted, timeout)

    async def list(
        self,
        service_account_id: str | None = None,
        *,
        limit: int | None = DEFAULT_PAGE,
        cursor: str | None = None,
        timeout: float | None = None,
    ) -> Page[Token]:
        """Return a page of tokens, the expired and revoked ones too. Their texts are nowhere kept.

        Args:
            service_account_id: Only tokens of this account.
            limit: How many at most.
            cursor: `next_cursor` of the page before.
            timeout: Seconds for the request. Default: the client's setting.

        Raises:
            ApiError, TransportError: As for `service_accounts.create`.
        """
        call = access.list_tokens_call(
            service_account_id=service_account_id, limit=check_limit(limit), cursor=cursor
        )
        return await self._asked(call, access.read_tokens, timeout)

    async def revoke(self, token_id: str, *, timeout: float | None = None) -> None:
        """End a token. Doing it again changes nothing.

        Args:
            token_id: Its id, SHA-256 of its text.
            timeout: Seconds for the request. Default: the client's setting.

        Raises:
            NotFoundError: There is no such token in the caller's reach.
            ApiError, TransportError: As for `service_accounts.create`.
        """
        call = access.revoke_token_call(check_text(token_id, "token_id"))
        await self._asked(call, access.acknowledged, timeout)

    async def rotate(self, token_id: str | None = None, *, timeout: float | None = None) -> NewToken:
        """Make a new token in place of the client's own, which ends with that.

        The client goes on with the old one and is refused: build it anew with `bearer.value`.

        Args:
            token_id: The id of the client's own token. Default: that of its `api_key`.
            timeout: Seconds for the request. Default: the client's setting.

        Returns:
            The new token; `bearer.value` is its text, which is told this once.

        Raises:
            PermissionDeniedError: It is another token than the client's (`ROTATE_NOT_SELF`).
            ApiError, TransportError: As for `service_accounts.create`.
            UsageError: The client has no token.
        """
        if token_id is None:
            own = self._core._settings.credential.token()
            if own is None:
                raise UsageError("this client has no token to rotate; give api_key= or token_id=")
            token_id = id_of_token(own)
        call = access.rotate_token_call(check_text(token_id, "token_id"))
        return await self._asked(call, access.read_minted, timeout)


class AsyncNamespaces(AsyncAdministration):
    """The namespaces of a daemon, as `client.namespaces`. Changing them needs the scope `config:write`."""

    async def create(
        self, namespace: str, *, require_signatures: bool | None = None, timeout: float | None = None
    ) -> Namespace:
        """Register a namespace. The one above it must be registered and active.

        Args:
            namespace: Its name: up to four segments of `a-z`, `0-9`, `_` and `-` between slashes.
            require_signatures: Whether records in it and below it must be signed. Default: no.
            timeout: Seconds for the request. Default: the client's setting.

        Raises:
            ConflictError: It is registered already (`NAMESPACE_EXISTS`).
            ApiError, TransportError: As for `service_accounts.create`.
        """
        call = access.create_namespace_call(
            id=check_text(namespace, "namespace"), require_signatures=require_signatures
        )
        return await self._asked(call, access.read_namespace, timeout)

    async def list(self, *, timeout: float | None = None) -> Namespaces:
        """Return the namespaces in the caller's reach, in the order of their names.

        Args:
            timeout: Seconds for the request. Default: the client's setting.

        Raises:
            ApiError, TransportError: As for `service_accounts.create`.
        """
        return await self._asked(access.list_namespaces_call(), access.read_namespaces, timeout)

    async def update(
        self,
        namespace: str,
        *,
        active: bool | None = None,
        require_signatures: bool | None = None,
        timeout: float | None = None,
    ) -> Namespace:
        """Change a namespace. What is not given stays.

        Args:
            namespace: Its name.
            active: Whether records may be emitted in it and below it.
            require_signatures: Whether records in it and below it must be signed.
            timeout: Seconds for the request. Default: the client's setting.

        Raises:
            NotFoundError: There is no such namespace in the caller's reach.
            ApiError, TransportError: As for `service_accounts.create`.
        """
        call = access.update_namespace_call(
            check_text(namespace, "namespace"), active=active, require_signatures=require_signatures
        )
        return await self._asked(call, access.read_namespace, timeout)

"""The calls of the access family: what the generated `request(...)` builds, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from syncropel.errors import DecodeError, UsageError, UsageTypeError
from syncropel.transport.accounts import AccountKey, NewServiceAccount, NewToken, ServiceAccount, Token
from syncropel.transport.convert import Answer, checked_object, parsed
from syncropel.transport.operations import Call, given, unset
from syncropel.transport.results import Page
from syncropel.transport.secret import Secret
from syncropel_generated.api.access import (
    bootstrap_service_account,
    create_namespace,
    create_service_account,
    create_token,
    forget_identity_keys,
    get_identity_keys,
    list_namespaces,
    list_scope_presets,
    list_service_accounts,
    list_tokens,
    revoke_service_account,
    revoke_token,
    rotate_service_account_key,
    rotate_token,
    update_namespace,
)
from syncropel_generated.api.system import get_identity
from syncropel_generated.models.identity_keys import IdentityKeys
from syncropel_generated.models.instance_identity import InstanceIdentity
from syncropel_generated.models.minted_token import MintedToken
from syncropel_generated.models.namespace import Namespace
from syncropel_generated.models.namespace_list import NamespaceList
from syncropel_generated.models.rotated_account_key import RotatedAccountKey
from syncropel_generated.models.scope_preset_list import ScopePresetList
from syncropel_generated.models.service_account import ServiceAccount as AccountRow
from syncropel_generated.models.token_list import TokenList

Expiry = int | float | datetime

R = TypeVar("R")
T = TypeVar("T")


def names(value: Iterable[str] | None, name: str) -> list[str] | None:
    """Return a list of texts as it is sent; None for "not given".

    Raises:
        UsageTypeError: It is one text, which would fall into its letters, or holds something else than texts.
    """
    if value is None:
        return None
    if isinstance(value, str):
        raise UsageTypeError(f"{name} must be a list of texts, not one text; write {name}=[{value!r}]")
    listed = list(value)
    for item in listed:
        if not isinstance(item, str):
            raise UsageTypeError(f"{name} must be a list of texts, and holds {type(item).__name__}")
    return listed


def seconds(value: Expiry | None, name: str) -> int | None:
    """Return a moment in whole seconds since 1970; None for "not given".

    Raises:
        UsageError: A date without a time zone, which means another moment on every machine.
        UsageTypeError: It is neither a number nor a date.
    """
    if value is None:
        return None
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise UsageError(f"{name} has no time zone; write datetime(..., tzinfo=timezone.utc)")
        return int(value.timestamp())
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UsageTypeError(
            f"{name} must be seconds since 1970 or a datetime with a time zone, not {type(value).__name__}"
        )
    return int(value)


def whoami_call() -> Call:
    """GET who the server takes the caller for."""
    return get_identity.request()


def read_whoami(answer: Answer) -> InstanceIdentity:
    """Return who the server is, and who it takes the caller for."""
    return parsed(get_identity.parse, answer, InstanceIdentity)


def identity_keys_call(did: str) -> Call:
    """GET the keys that the server holds for a DID."""
    return get_identity_keys.request(did)


def read_identity_keys(answer: Answer) -> IdentityKeys:
    """Return the keys of a DID."""
    return parsed(get_identity_keys.parse, answer, IdentityKeys)


def forget_identity_keys_call(did: str) -> Call:
    """DELETE the keys that the server fetched for a `did:web`."""
    return forget_identity_keys.request(did)


def scope_presets_call() -> Call:
    """GET the names for scopes that go together."""
    return list_scope_presets.request()


def read_scope_presets(answer: Answer) -> dict[str, list[str]]:
    """Return the scopes of every preset by its name."""
    listed = parsed(list_scope_presets.parse, answer, ScopePresetList)
    return {preset.name: list(preset.scopes) for preset in listed.data}


def bootstrap_call(body: Mapping[str, Any]) -> Call:
    """POST the first account of a namespace."""
    return bootstrap_service_account.request(body=dict(body))


def create_account_call(**fields: Any) -> Call:
    """POST a service account."""
    return create_service_account.request(body=given(fields))


def read_account(answer: Answer) -> NewServiceAccount:
    """Return a service account that was just made, its first token with it."""
    return _with_secret(NewServiceAccount.of, parsed(create_service_account.parse, answer, AccountRow))


def list_accounts_call() -> Call:
    """GET every service account in the caller's reach."""
    return list_service_accounts.request()


def read_accounts(answer: Answer) -> list[ServiceAccount]:
    """Return service accounts."""
    return [ServiceAccount.of(row) for row in parsed(list_service_accounts.parse, answer, list)]


def revoke_account_call(account_id: str) -> Call:
    """DELETE a service account, for good."""
    return revoke_service_account.request(account_id)


def rotate_account_call(account_id: str) -> Call:
    """POST for a new token in place of all that an account has."""
    return rotate_service_account_key.request(account_id)


def read_account_key(answer: Answer) -> AccountKey:
    """Return the new token of an account."""
    row = parsed(rotate_service_account_key.parse, answer, RotatedAccountKey)
    return AccountKey(row.id, Secret(row.api_key))


def _with_secret(make: Callable[[R], T], row: R) -> T:
    """Make what carries a secret; an answer without one is no answer to a request for one."""
    try:
        return make(row)
    except TypeError as error:
        raise DecodeError(f"the answer tells no secret: {error}") from None


def create_token_call(**fields: Any) -> Call:
    """POST a token."""
    return create_token.request(body=given(fields))


def rotate_token_call(token_id: str) -> Call:
    """POST for a new token in place of the one that asks."""
    return rotate_token.request(token_id)


def read_minted(answer: Answer) -> NewToken:
    """Return a new token, its text with it."""
    parse = create_token.parse if answer.status == 201 else rotate_token.parse
    return _with_secret(NewToken.minted, parsed(parse, answer, MintedToken))


def list_tokens_call(**parameters: Any) -> Call:
    """GET a page of tokens."""
    return list_tokens.request(**unset(parameters))


def read_tokens(answer: Answer) -> Page[Token]:
    """Return a page of tokens, their texts left out."""
    listed = parsed(list_tokens.parse, answer, TokenList)
    cursor = listed.next_cursor
    return Page(
        (Token.of(row) for row in listed.data), next_cursor=cursor if isinstance(cursor, str) else None
    )


def revoke_token_call(token_id: str) -> Call:
    """DELETE a token."""
    return revoke_token.request(token_id)


def create_namespace_call(**fields: Any) -> Call:
    """POST a namespace."""
    return create_namespace.request(body=given(fields))


def list_namespaces_call() -> Call:
    """GET the namespaces in the caller's reach."""
    return list_namespaces.request()


def update_namespace_call(namespace: str, **fields: Any) -> Call:
    """PATCH a namespace."""
    return update_namespace.request(namespace, body=given(fields))


def read_namespace(answer: Answer) -> Namespace:
    """Return a namespace."""
    parse = create_namespace.parse if answer.status == 201 else update_namespace.parse
    return parsed(parse, answer, Namespace)


def read_namespaces(answer: Answer) -> list[Namespace]:
    """Return namespaces."""
    return list(parsed(list_namespaces.parse, answer, NamespaceList).data)


def acknowledged(answer: Answer) -> None:
    """Take an answer that says no more than that it was done."""
    checked_object(answer)

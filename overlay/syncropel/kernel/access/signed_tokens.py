"""Tokens that an identity signs itself: a service account says whose signature stands for it.

They are JWTs with the issuer's DID in `iss` and the service account in `sub`. Nothing about them is stored.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import NamedTuple

from ...errors import MissingExtraError
from ...rules.signatures import key_from_multibase
from ...rules.tokens import is_account_id
from ..store.base import Store
from . import tables
from .caller import Caller, matches
from .identity_keys import current_keys
from .refusing import refused

# Tried where an issuer has no key, so that the answer is the same as for a key that does not fit.
_NOBODYS_KEY = secrets.token_bytes(32)


class Judged(NamedTuple):
    """A caller whom a signed token proves.

    Attributes:
        caller: The caller.
        generation: The generation of access it was judged at.
        ends: When the proof ends, unix seconds.
    """

    caller: Caller
    generation: int
    ends: float


def judge_signed(store: Store, bearer: str, audiences: Collection[str], now: float) -> Judged:
    """Return the caller whom a signed token proves.

    Raises:
        Refusal: `AUTH_REQUIRED`; a clock that is wrong is named as the reason.
    """
    from ...keys.jwt import JwtRefused, read

    def keys_of(issuer: str, _kid: str | None) -> list[bytes]:
        known = store.read(lambda transaction: current_keys(transaction, issuer))
        return [key_from_multibase(key) for key in known] or [_NOBODYS_KEY]

    # Read before anything it decides on, so that a change meanwhile makes the result stale, not lasting.
    generation = store.read(tables.generation)
    try:
        claims = read(bearer, keys_of=keys_of, audience=audiences, now=now)
    except JwtRefused as error:
        raise refused(str(error)) from None
    except MissingExtraError as error:
        raise refused(f"this daemon cannot check signed tokens: {error}") from None
    subject, issuer = claims.subject, claims.issuer
    account = None
    if is_account_id(subject):
        account = store.read(lambda transaction: tables.find_account(transaction, subject))
    if account is None or account.revoked_at is not None or not matches(account.actors, issuer):
        raise refused(
            "the token's account (sub) does not live here, or does not let its issuer (iss) speak for it",
            hint="whoever administers the account can add the issuer's DID to its actors",
        )
    caller = Caller(
        account_id=account.id,
        did=issuer,
        name=account.name,
        scopes=frozenset(account.scopes),
        namespace=account.namespace,
        expires_at=int(claims.expires_at),
        issuer=issuer,
    )
    return Judged(caller, generation, claims.expires_at)

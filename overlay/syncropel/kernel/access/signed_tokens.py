"""Tokens that an identity signs itself: a service account says whose signature stands for it.

They are JWTs with the issuer's DID in `iss` and the service account in `sub`. Nothing about them is stored.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Collection
from typing import NamedTuple

from ...errors import MissingExtraError
from ...rules.signatures import key_from_multibase
from ...rules.tokens import is_account_id
from ..store.base import Store
from . import tables
from .caller import Caller
from .identity_keys import WEB, current_keys
from .refusing import refused
from .tables import Account

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

    The account has to name its issuer in full: a pattern lets an account write in many names, and must not
    let everybody who has one of them use the account.

    Raises:
        Refusal: `AUTH_REQUIRED`; a clock that is wrong is named as the reason. For a `did:web` whose keys are
            not known yet, and which the account names, it asks the shell to look them up.
    """
    from ...keys.jwt import JwtRefused, read

    unknown: list[str] = []

    def keys_of(issuer: str, _kid: str | None) -> list[bytes]:
        known = store.read(lambda transaction: current_keys(transaction, issuer))
        if not known:
            unknown.append(issuer)
        return [key_from_multibase(key) for key in known] or [_NOBODYS_KEY]

    # Read before anything it decides on, so that a change meanwhile makes the result stale, not lasting.
    generation = store.read(tables.generation)
    try:
        claims = read(bearer, keys_of=keys_of, audience=audiences, now=now)
    except JwtRefused as error:
        refusal = refused(str(error))
        if unknown and unknown[0].startswith(WEB) and _speaks(store, _subject(bearer), unknown[0]):
            refusal.resolve = unknown[0]
        raise refusal from None
    except MissingExtraError as error:
        raise refused(f"this daemon cannot check signed tokens: {error}") from None
    account, issuer = _speaks(store, claims.subject, claims.issuer), claims.issuer
    if account is None:
        raise refused(
            "the token's account (sub) does not live here, or does not let its issuer (iss) speak for it",
            hint="whoever administers the account can make one that names the issuer's DID among its actors",
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


def _speaks(store: Store, subject: object, issuer: str) -> Account | None:
    """Return the account if it lives and names the issuer; None otherwise, whatever the reason."""
    if not isinstance(subject, str) or not is_account_id(subject):
        return None
    account = store.read(lambda transaction: tables.find_account(transaction, subject))
    alive = account is not None and account.revoked_at is None
    return account if alive and account is not None and issuer in account.actors else None


def _subject(bearer: str) -> object:
    """Return what a token that nobody has verified says about its account."""
    claims = bearer.split(".")[1]
    try:
        return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"]
    except (ValueError, LookupError, TypeError):
        return None

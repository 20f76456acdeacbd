"""From the headers of a request to its caller.

What was found out about a token is kept and used again without asking the store, as long as two things hold:
the token has not expired, and nothing about access has changed since. The second is a number in the store
that grows with every change. It is read again once a second, so a change made through another daemon is seen
within that time, and at once after a change made here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable, Mapping

from ...rules import limits
from ...rules.tokens import MAX_BEARER_CHARACTERS, account_did, keyed_check, parse_token, token_id
from ..refusals import Refusal
from ..store.base import Store, Transaction
from . import tables
from .caller import Caller
from .refusing import moment, refused, unknown
from .settings import AccessSettings
from .signed_tokens import Judged, judge_signed

MAX_KEPT = 10_000
USE_NOTED_SECONDS = 60
_NO_CHECK = "0" * 64
API_KEY_HEADER = "x-api-key"
_BEARER, _BASIC = "bearer", "basic"
# What a proof that cannot be read is taken for: no token of anybody.
_ILLEGIBLE = ""


class Authenticator:
    """Tells who calls.

    Args:
        store: Where accounts and tokens are.
        settings: What the shell decided.
        instance_did: The name under which signed tokens may address this daemon.
        now: The clock, unix seconds.
    """

    def __init__(
        self, store: Store, settings: AccessSettings, instance_did: str, now: Callable[[], float]
    ) -> None:
        self._store = store
        self._key = settings.token_key
        self._audiences = (*settings.audiences, instance_did)
        self._now = now
        self._lock = threading.Lock()
        self._kept: dict[bytes, Judged] = {}
        self._generation = -1
        self._looked_at = float("-inf")
        self._forgotten = 0
        self._used: dict[str, float] = {}

    def caller(self, headers: Mapping[str, str]) -> Caller:
        """Return who sends these headers.

        Raises:
            Refusal: `AUTH_REQUIRED` when no proof was sent or the one sent does not hold. Whether a token was
                known once is told to those alone who hold all of it.
        """
        bearer = bearer_of(headers)
        if bearer is None:
            raise refused(
                "this needs a token: send it as 'Authorization: Bearer <token>' or 'x-api-key: <token>'",
                hint="spl login keeps one for this daemon; whoever runs it can make one",
            )
        return self._find(bearer)

    def known(self, headers: Mapping[str, str]) -> Caller | None:
        """Return who sends these headers, or None when nobody says so, or nobody who is known here."""
        bearer = bearer_of(headers)
        if bearer is None:
            return None
        try:
            return self._find(bearer)
        except Refusal:
            return None

    def settled(self, headers: Mapping[str, str]) -> bool:
        """Tell whether who sends these headers can be told without asking the store."""
        bearer = bearer_of(headers)
        if bearer is None or len(bearer) > MAX_BEARER_CHARACTERS:
            return True
        now = self._now()
        return self._looked(now) and self._known(_digest(bearer), now) is not None

    def forget(self) -> None:
        """Rely on nothing that was read before this moment: something about access has changed."""
        with self._lock:
            self._forgotten += 1
            self._looked_at = float("-inf")

    def _find(self, bearer: str) -> Caller:
        if len(bearer) > MAX_BEARER_CHARACTERS:
            raise unknown()
        now = self._now()
        digest = _digest(bearer)
        if not self._looked(now):
            self._look(now)
        kept = self._known(digest, now)
        if kept is None:
            kept = self._judge(bearer, now)
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[digest] = kept
        caller = kept.caller
        if caller.token_id is not None and now - self._used.get(caller.token_id, 0.0) >= USE_NOTED_SECONDS:
            self._note_use(caller.token_id, now)
        return caller

    def _looked(self, now: float) -> bool:
        return abs(now - self._looked_at) < limits.TOKEN_CACHE_SECONDS

    def _known(self, digest: bytes, now: float) -> Judged | None:
        kept = self._kept.get(digest)
        return kept if kept is not None and kept.generation == self._generation and now < kept.ends else None

    def _look(self, now: float) -> None:
        forgotten = self._forgotten
        generation = self._store.read(tables.generation)
        with self._lock:
            self._generation = max(self._generation, generation)
            # A change that was made while the number was read may not be in it.
            if forgotten == self._forgotten:
                self._looked_at = now

    def _judge(self, bearer: str, now: float) -> Judged:
        if bearer.count(".") == 2:
            return judge_signed(self._store, bearer, self._audiences, now)
        parts = parse_token(bearer)
        if parts is None:
            raise unknown()
        identifier = token_id(bearer)

        def work(transaction: Transaction) -> tuple[int, tables.Token | None, tables.Account | None]:
            return (
                tables.generation(transaction),
                tables.find_token(transaction, identifier),
                tables.find_account(transaction, parts.account_id),
            )

        generation, token, account = self._store.read(work)
        kept = _NO_CHECK if token is None else token.keyed
        matches = hmac.compare_digest(keyed_check(self._key, identifier), kept)
        if not matches or token is None or account is None or token.account != account.id:
            raise unknown()
        _check_alive(token, account, now)
        return Judged(_caller(token, account), generation, token.expires_at or float("inf"))

    def _note_use(self, identifier: str, now: float) -> None:
        if len(self._used) >= MAX_KEPT:
            self._used.clear()
        self._used[identifier] = now
        # Nobody waits for it, and a store that is full or closing has better things to do.
        self._store.enqueue(
            lambda transaction: tables.note_use(transaction, identifier, int(now)),
            lambda _result, _error: None,
        )


def _digest(bearer: str) -> bytes:
    """Return what a token is kept under: the text itself is not kept."""
    return hashlib.sha256(bearer.encode("utf-8", "surrogatepass")).digest()


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """Return the proof in the headers; None without one.

    `Authorization: Bearer` comes first, then `x-api-key`, then `Authorization: Basic`, which may be meant for
    a proxy in between: it carries a token as the password, of a user of any name, or as the user without a
    password.
    """
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    scheme = scheme.lower()
    if scheme == _BEARER:
        return rest.strip()
    key = headers.get(API_KEY_HEADER)
    return _of_basic(rest.strip()) if key is None and scheme == _BASIC else key


def _of_basic(credentials: str) -> str:
    try:
        user, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except ValueError:  # no base64, or no UTF-8 in it
        return _ILLEGIBLE
    return password or user


def _check_alive(token: tables.Token, account: tables.Account, now: float) -> None:
    if token.revoked_at is not None:
        raise refused(f"the token was revoked at {moment(token.revoked_at)}")
    if account.revoked_at is not None:
        raise refused(f"the token's service account was revoked at {moment(account.revoked_at)}")
    if not token.lives(now):
        raise refused(f"the token expired at {moment(token.expires_at or 0)}")


def _caller(token: tables.Token, account: tables.Account) -> Caller:
    return Caller(
        account_id=account.id,
        did=account_did(account.id),
        name=account.name,
        token_id=token.token_id,
        scopes=frozenset(token.scopes),
        namespace=account.namespace,
        actors=account.actors,
        expires_at=token.expires_at,
    )

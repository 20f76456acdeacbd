"""Tokens that an identity issues to itself: JWTs signed with Ed25519, by the `joserfc` library.

`iss` is the actor whose key signs, `sub` the service account it uses, `aud` the instance it is for. Only
Ed25519 is accepted, whatever a token's header says, and nothing is told about a token whose signature does
not fit.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from ..errors import ConfigurationError, MissingExtraError, SyncropelError, UsageError, UsageTypeError
from ..rules import limits
from ..rules.plain import shown
from ..rules.signatures import key_to_multibase
from ..rules.strict_json import parse_json
from .ed25519 import EXTRA, SigningKey, require
from .encoding import base64url_bytes, base64url_text

MAX_TOKEN_LENGTH = 8192
MIN_LIFETIME = 60
RENEW_BEFORE = 30
_MAX_KEYS = 16
_ALGORITHMS = ["EdDSA", "Ed25519"]


class JwtRefused(SyncropelError):
    """A token is not accepted; the message says why, and never quotes it.

    Attributes:
        reason: Why.
        skew_seconds: How far the token's time of issue lies in this clock's future, when that is the reason.
    """

    reason: str
    skew_seconds: float | None

    def __init__(self, reason: str, skew_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.skew_seconds = skew_seconds


class Claims(NamedTuple):
    """What a verified token says.

    Attributes:
        issuer: The DID that issued it.
        subject: The service account it is for.
        audience: Whom it is meant for.
        issued_at: When, in Unix seconds.
        expires_at: Until when, in Unix seconds.
        token_id: Its own id, or None.
    """

    issuer: str
    subject: str
    audience: tuple[str, ...]
    issued_at: float
    expires_at: float
    token_id: str | None


def looks_like_jwt(token: str) -> bool:
    """Tell whether a bearer token is written as a JWT: three parts between two dots."""
    return token.count(".") == 2


def mint(
    key: SigningKey,
    issuer: str,
    subject: str,
    audience: str,
    *,
    lifetime: float = 300,
    now: float | None = None,
) -> str:
    """Return a signed token.

    Args:
        key: The issuer's key.
        issuer: The actor's DID.
        subject: The service account's id.
        audience: The DID of the instance, or its endpoint.
        lifetime: Seconds it is good for, from 60 to 3600.
        now: Unix seconds. Default: the clock's.

    Raises:
        ConfigurationError: The lifetime is out of range.
        MissingExtraError: The `keys` extra is not installed.
    """
    check_lifetime(lifetime)
    joserfc = _joserfc()
    issued = int(time.time() if now is None else now)
    claims = {
        "iss": issuer,
        "sub": subject,
        "aud": audience,
        "iat": issued,
        "exp": issued + int(lifetime),
        "jti": secrets.token_hex(16),
    }
    # RFC 8037's name of the algorithm: older readers do not know RFC 9864's.
    header = {"alg": "EdDSA", "typ": "JWT", "kid": key_to_multibase(key.public)}
    return joserfc.sign(header, claims, key)


def check_lifetime(lifetime: float) -> None:
    """Refuse a lifetime that no daemon would accept.

    Raises:
        ConfigurationError: It is no number from 60 to 3600.
    """
    number = isinstance(lifetime, (int, float)) and not isinstance(lifetime, bool)
    if not number or not MIN_LIFETIME <= lifetime <= limits.MAX_JWT_SECONDS:
        raise ConfigurationError(
            f"lifetime must be from {MIN_LIFETIME} to {limits.MAX_JWT_SECONDS} seconds, not {shown(lifetime)}"
        )


def read(
    token: str,
    *,
    keys_of: Callable[[str, str | None], Sequence[bytes]],
    audience: Collection[str],
    now: float | None = None,
    leeway: float = limits.MAX_CLOCK_SKEW_SECONDS,
) -> Claims:
    """Verify a token and return what it says.

    Args:
        token: The JWT.
        keys_of: Returns the public keys that speak for an issuer, given its DID and the token's `kid`.
        audience: The names this instance answers to; one of them must be in the token's `aud`.
        now: Unix seconds. Default: the clock's.
        leeway: Seconds by which two clocks may differ.

    Raises:
        JwtRefused: It is not accepted; of a token whose signature does not fit no claim is told.
        MissingExtraError: The `keys` extra is not installed.
    """
    joserfc = _joserfc()
    header, unverified = _peek(token)
    issuer, kid = unverified.get("iss"), header.get("kid")
    if not isinstance(issuer, str) or not issuer or not (kid is None or isinstance(kid, str)):
        raise JwtRefused("the token names no issuer")
    keys = list(keys_of(issuer, kid))[:_MAX_KEYS]
    if not keys:
        raise JwtRefused("the token's issuer has no known key")
    for public in keys:
        claims = joserfc.verified(token, public)
        if claims is not None:
            return _checked(claims, audience, time.time() if now is None else now, leeway)
    raise JwtRefused("the token is not signed by a key of its issuer")


def _peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Decode the header and the claims, unverified, to learn whose keys to try."""
    if not isinstance(token, str) or len(token) > MAX_TOKEN_LENGTH or not looks_like_jwt(token):
        raise JwtRefused(f"this is no JWT of at most {MAX_TOKEN_LENGTH} characters")
    decoded: list[Any] = []
    with contextlib.suppress(UsageError):
        decoded = [parse_json(base64url_bytes(part)) for part in token.split(".")[:2]]
    if len(decoded) != 2 or not all(isinstance(part, dict) for part in decoded):
        raise JwtRefused("this is no JWT: its header or its claims are no JSON object in base64url")
    if decoded[0].get("alg") not in _ALGORITHMS:
        raise JwtRefused("the token is not signed with Ed25519, which alone is accepted")
    if "crit" in decoded[0]:
        raise JwtRefused("the token's header demands extensions (crit), and none is known here")
    return decoded[0], decoded[1]


def _checked(claims: dict[str, Any], audience: Collection[str], now: float, leeway: float) -> Claims:
    """Judge the claims of a token whose signature is verified."""
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    subject, token_id = claims.get("sub"), claims.get("jti")
    if not isinstance(subject, str) or not subject:
        raise JwtRefused("the token names no service account (sub)")
    named = claims.get("aud")
    meant = [named] if isinstance(named, str) else named
    if not isinstance(meant, list) or not all(isinstance(one, str) for one in meant):
        raise JwtRefused("the token names no audience (aud)")
    if not set(meant) & set(audience):
        raise JwtRefused("the token is for another audience (aud)")
    start = max(issued, _time(claims, "nbf") if "nbf" in claims else issued)
    if start > now + leeway:
        ahead = start - now
        raise JwtRefused(
            f"the token was issued {ahead:.0f} s in the future of this clock; compare the clocks", ahead
        )
    if expires <= now - leeway:
        raise JwtRefused(f"the token expired {now - expires:.0f} s ago")
    if expires - issued > limits.MAX_JWT_SECONDS:
        raise JwtRefused(f"the token is good for longer than {limits.MAX_JWT_SECONDS} s")
    return Claims(
        claims["iss"], subject, tuple(meant), issued, expires, token_id if isinstance(token_id, str) else None
    )


def _time(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 2**53:
        raise JwtRefused(f"the token has no time in {name!r}")
    return value


class BearerTokens:
    """A function that returns a fresh token of an identity; safe to call from several threads."""

    __slots__ = ("_audience", "_issuer", "_key", "_lifetime", "_lock", "_now", "_token", "_valid", "account")

    def __init__(
        self,
        issuer: str,
        key: SigningKey,
        account: str,
        audience: str,
        lifetime: float,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Check the arguments; the first token is made at the first call."""
        self._issuer, self._key, self._audience, self._lifetime = issuer, key, audience, lifetime
        self.account = account
        for name, value in (("service_account", account), ("audience", audience)):
            if not isinstance(value, str) or not value:
                raise ConfigurationError(f"{name} must be a non-empty string")
        check_lifetime(lifetime)
        _joserfc()
        self._now = now
        self._lock = threading.Lock()
        self._token, self._valid = "", (0.0, 0.0)

    def __call__(self) -> str:
        """Return a token that is good for 30 seconds at least."""
        with self._lock:
            now = self._now()
            since, until = self._valid
            # A clock that was set back would leave a token in use that a daemon takes for one of the future.
            if not since - 1 <= now < until - RENEW_BEFORE:
                self._token = mint(
                    self._key, self._issuer, self.account, self._audience, lifetime=self._lifetime, now=now
                )
                self._valid = (now, now + self._lifetime)
            return self._token

    def __repr__(self) -> str:
        return f"<tokens of {self._issuer!r} for {self.account!r}>"

    def __reduce__(self) -> NoReturn:
        raise UsageTypeError("a source of tokens is not pickled: the copy would carry the private key")


class _Joserfc:
    """The few calls of `joserfc` that are made."""

    def __init__(self) -> None:
        from joserfc.errors import JoseError
        from joserfc.jwk import OKPKey
        from joserfc.jws import JWSRegistry
        from joserfc.jwt import decode, encode

        class Registry(JWSRegistry):
            """Both names of the one algorithm, without a warning about the older name."""

            def get_alg(self, name: str) -> Any:
                if name not in _ALGORITHMS:
                    raise ValueError("another algorithm")
                # The newer name is unknown to the oldest release that is supported.
                return self.algorithms["EdDSA"]

        self._encode, self._decode, self._key, self._errors = encode, decode, OKPKey, (JoseError, ValueError)
        self._registry = Registry(algorithms=_ALGORITHMS)

    def sign(self, header: dict[str, Any], claims: dict[str, Any], key: SigningKey) -> str:
        signing = self._key(key.private, key.private)
        return self._encode(header, claims, signing, registry=self._registry)

    def verified(self, token: str, public: bytes) -> dict[str, Any] | None:
        """Return the claims if the token is signed by a key, else None."""
        try:
            key_to_multibase(public)  # refuses what is no key, and those by which anything verifies
            key = self._key.import_key({"kty": "OKP", "crv": "Ed25519", "x": base64url_text(public)})
            return self._decode(token, key, registry=self._registry).claims
        except self._errors:
            return None


@lru_cache(maxsize=1)
def _calls() -> _Joserfc:
    return _Joserfc()


def _joserfc() -> _Joserfc:
    """Return the calls of `joserfc`, or raise the error that says how to install it."""
    require("a signed token")
    try:
        return _calls()
    except ImportError:
        pass
    raise MissingExtraError("a signed token", EXTRA)

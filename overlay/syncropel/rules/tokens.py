"""Tokens of service accounts: how they are made, read and recognised.

A token reads `spl_<env>_<account>_<secret>`, for example `spl_prod_sa_abc123def456ghi7_<32 characters>`.
Its id is the SHA-256 of the whole text: it can be shown and logged, and the text can not be found from it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from typing import NamedTuple

from ..errors import UsageError

DEFAULT_ENV = "prod"
TOKEN_KEY_BYTES = 32
"""The length of the key behind `keyed_check`."""
MAX_BEARER_CHARACTERS = 8192
"""The longest text that is looked at as a token; a signed token of an identity is the longest kind."""

_LOWER = string.ascii_lowercase + string.digits
_ALNUM = string.ascii_letters + string.digits
_ACCOUNT = re.compile(r"sa_[a-z0-9]{16}\Z")
_ENV = re.compile(r"[a-z0-9]{1,16}\Z")
_TOKEN = re.compile(r"spl_([a-z0-9]{1,16})_(sa_[a-z0-9]{16})_([A-Za-z0-9]{32})\Z")
_TOKEN_ID = re.compile(r"[0-9a-f]{64}\Z")
_DID_PREFIX = "did:sync:system:"


class TokenParts(NamedTuple):
    """What the text of a token says.

    Attributes:
        env: The environment it was made for; free text of the maker.
        account_id: The service account.
        secret: What only its holder knows.
    """

    env: str
    account_id: str
    secret: str

    def __repr__(self) -> str:
        return f"TokenParts(env={self.env!r}, account_id={self.account_id!r}, secret=<redacted>)"


def new_account_id() -> str:
    """Return a fresh id of a service account: `sa_` and 16 lower-case letters and digits."""
    return "sa_" + "".join(secrets.choice(_LOWER) for _ in range(16))


def new_token(env: str, account_id: str) -> str:
    """Return a fresh token with 190 bits of chance.

    Raises:
        UsageError: The environment or the account id is not of the form that a token can hold.
    """
    if not is_env(env):
        raise UsageError("a token's environment is 1 to 16 of a-z and 0-9")
    if not is_account_id(account_id):
        raise UsageError("a service account id is 'sa_' and 16 of a-z and 0-9")
    secret = "".join(secrets.choice(_ALNUM) for _ in range(32))
    return f"spl_{env}_{account_id}_{secret}"


def parse_token(text: str) -> TokenParts | None:
    """Return the parts of a token, or None for any other text."""
    match = _TOKEN.match(text)
    return TokenParts(*match.groups()) if match else None


def is_account_id(text: str) -> bool:
    """Tell whether a text has the form of a service account id."""
    return _ACCOUNT.match(text) is not None


def is_env(text: str) -> bool:
    """Tell whether a text can be the environment in a token."""
    return _ENV.match(text) is not None


def is_token_id(text: str) -> bool:
    """Tell whether a text has the form of a token id: 64 lower-case hexadecimal digits."""
    return _TOKEN_ID.match(text) is not None


def token_id(bearer: str) -> str:
    """Return the id of a token: the SHA-256 of its whole text, in hexadecimal."""
    return hashlib.sha256(bearer.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_check(key: bytes, identifier: str) -> str:
    """Return what is stored beside a token's id: its HMAC-SHA256 under the daemon's own key, in hexadecimal.

    Whoever can write to the store, but does not have the key, cannot add a token that is accepted.
    """
    return hmac.new(key, identifier.encode("ascii"), "sha256").hexdigest()


def account_did(account_id: str) -> str:
    """Return the DID of a service account."""
    return _DID_PREFIX + account_id

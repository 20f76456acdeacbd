"""Keep secrets out of texts: what a server, a proxy or a function of the user's echoed is replaced.

The secrets that this client knows go first, then whatever has the shape of one: a message may quote a token
that was never ours.
"""

from __future__ import annotations

from typing import Any

from syncropel.errors import ApiError, SyncropelError
from syncropel.rules.token_shapes import REDACTED, hide_tokens

MIN_REDACTED_LENGTH = 4

_ATTRIBUTES = ("message", "code", "hint", "request_id")


def redact(text: str, *secrets: str | None) -> str:
    """Replace every secret that a text holds, and everything in it that looks like a token."""
    for secret in secrets:
        if secret and len(secret) >= MIN_REDACTED_LENGTH:
            text = text.replace(secret, REDACTED)
    return hide_tokens(text)


def redact_error(error: BaseException, *secrets: str | None) -> None:
    """Take every secret out of an error that quotes a server, and out of the errors that led to it."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        _clean(current, secrets)
        current = current.__cause__ or current.__context__


def redact_value(value: Any, *secrets: str | None) -> Any:
    """Return a decoded JSON value with the secrets taken out of its texts, names of members included."""
    if isinstance(value, str):
        return redact(value, *secrets)
    if isinstance(value, list):
        return [redact_value(item, *secrets) for item in value]
    if isinstance(value, dict):
        return {redact(name, *secrets): redact_value(item, *secrets) for name, item in value.items()}
    return value


def _clean(error: BaseException, secrets: tuple[str | None, ...]) -> None:
    clean = tuple(redact(part, *secrets) if isinstance(part, str) else part for part in error.args)
    if clean != error.args:
        error.args = clean
    if not isinstance(error, SyncropelError):
        return
    for name in _ATTRIBUTES:
        text = getattr(error, name, None)
        if isinstance(text, str):
            setattr(error, name, redact(text, *secrets))
    if isinstance(error, ApiError) and error.body is not None:
        try:
            error.body = redact_value(error.body, *secrets)
        except RecursionError:  # nobody reads an answer nested that deep, and it may hold the token
            error.body = None

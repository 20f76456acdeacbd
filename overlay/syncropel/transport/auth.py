"""Credentials: which headers carry them, where they may go, and how they stay out of texts.

The token goes out as `Authorization: Bearer` and, for servers that read only that, as `x-api-key`. It is sent
to the configured endpoint's origin and to no other; redirects are never followed.
"""

from __future__ import annotations

from syncropel.errors import ApiError, ConfigurationError, SyncropelError

RawHeaders = list[tuple[bytes, bytes]]
REDACTED = "***"
MIN_REDACTED_LENGTH = 4


def check_token(token: str, name: str) -> str:
    """Return the token if it can stand in a header.

    Raises:
        ConfigurationError: It is empty or holds a character that a header cannot carry. The message names the
            argument and never shows the token.
    """
    if not isinstance(token, str):
        raise ConfigurationError(f"{name} must be a string, not {type(token).__name__}")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            f"{name} holds a character that no header can carry (a space, a line break, a control or a "
            "non-ASCII character); was it read from a file with its line break?"
        )
    return token


def auth_headers(api_key: str | None, bearer: str | None = None) -> RawHeaders:
    """Return the headers that authenticate a request.

    Args:
        api_key: The client's token, or None.
        bearer: A token for this request alone; it takes the place of the client's in `Authorization`.
    """
    headers: RawHeaders = []
    token = bearer or api_key
    if token:
        headers.append((b"authorization", b"Bearer " + token.encode("ascii")))
    if api_key:
        headers.append((b"x-api-key", api_key.encode("ascii")))
    return headers


def redact_error(error: SyncropelError, *secrets: str | None) -> None:
    """Take every secret out of an error that quotes a server."""
    text = str(error)
    clean = redact(text, *secrets)
    if clean != text:
        error.args = (clean,)
        if isinstance(error, ApiError):
            error.message = redact(error.message, *secrets)
            error.body = None


def redact(text: str, *secrets: str | None) -> str:
    """Replace every secret that a text holds, such as a token that a server echoed."""
    for secret in secrets:
        if secret and len(secret) >= MIN_REDACTED_LENGTH:
            text = text.replace(secret, REDACTED)
    return text

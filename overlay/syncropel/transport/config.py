"""What a client is built from: arguments, then the environment, then defaults; checked at construction."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from syncropel.errors import ConfigurationError, UsageError, UsageTypeError
from syncropel.keys.identity import ANONYMOUS, Identity
from syncropel.transport.auth import check_token
from syncropel.transport.retry import (
    DEFAULT_BACKOFF_MS,
    DEFAULT_MAX_RETRIES,
    DEFAULT_MAX_WAIT_SECONDS,
    RetryPolicy,
)

DEFAULT_ENDPOINT = "http://localhost:9100"
DEFAULT_TIMEOUT_SECONDS = 30.0
MAX_CONNECTIONS = 100
MAX_RESPONSE_BYTES = 64 * 1024 * 1024

ENV_ENDPOINT = "SYNCROPEL_ENDPOINT"
ENV_API_KEYS = ("SYNCROPEL_API_KEY", "SPL_TOKEN")
ENV_IDENTITY = "SYNCROPEL_DID"


@dataclass(frozen=True)
class Settings:
    """The checked configuration of a client.

    Attributes:
        endpoint: Base URL without a trailing slash; a path in it is kept as a prefix.
        identity: Whose records the client emits.
        api_key: The token, or None. Never shown by `repr`.
        timeout: Seconds a call may take, its attempts and waits included.
        retry: How often an emit is tried again.
        validate: Whether bodies are checked against the schema of their kind before they are sent.
        problem: Why nothing can be sent to this endpoint, or None.
    """

    endpoint: str
    identity: Identity
    api_key: str | None = field(repr=False)
    timeout: float
    retry: RetryPolicy
    validate: bool
    problem: str | None


def resolve(
    *,
    endpoint: str | None = None,
    base_url: str | None = None,
    identity: Identity | None = None,
    api_key: str | None = None,
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
    max_retries: int = DEFAULT_MAX_RETRIES,
    backoff_ms: float = DEFAULT_BACKOFF_MS,
    max_wait: float = DEFAULT_MAX_WAIT_SECONDS,
    validate: bool = False,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Return the settings of a client.

    Raises:
        ConfigurationError: A value cannot be used; the message names the argument or the variable.
        UsageTypeError: `identity` is not an Identity (a `TypeError`).
    """
    env = os.environ if environ is None else environ
    if endpoint is not None and base_url is not None and endpoint != base_url:
        raise ConfigurationError("endpoint and base_url name the same thing and differ; give one of them")
    base = _endpoint(base_url if endpoint is None else endpoint, env)
    retry = RetryPolicy(
        max_retries=_whole(max_retries, "max_retries"),
        backoff=_seconds(backoff_ms, "backoff_ms", zero=True) / 1000,
        max_wait=_seconds(max_wait, "max_wait", zero=True),
    )
    return Settings(
        endpoint=base,
        identity=_identity(identity, env),
        api_key=_api_key(api_key, env),
        timeout=_seconds(timeout, "timeout"),
        retry=retry,
        validate=bool(validate),
        problem=endpoint_problem(base),
    )


def call_timeout(timeout: float | None, settings: Settings) -> float:
    """Return the seconds one call may take: its own argument, or the client's setting.

    Raises:
        UsageError: The argument is not a positive number.
    """
    if timeout is None:
        return settings.timeout
    try:
        return _seconds(timeout, "timeout")
    except ConfigurationError as error:
        raise UsageError(str(error)) from None


def check_transport(transport: object, methods: Sequence[str]) -> None:
    """Refuse a transport that has none of the methods by which requests are sent.

    Raises:
        UsageTypeError: It has none of them (a `TypeError`).
    """
    if transport is None or any(callable(getattr(transport, name, None)) for name in methods):
        return
    wanted = " or ".join(methods)
    raise UsageTypeError(
        f"transport must be an httpx transport with {wanted}, not {type(transport).__name__}"
    )


def endpoint_problem(endpoint: str) -> str | None:
    """Say why an endpoint is no URL, or return None. Any scheme passes here: a transport may serve `mock://`."""
    try:
        parts = urlsplit(endpoint)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError as error:
        return f"InvalidURL: the endpoint {endpoint!r} is no URL: {error}"
    if not parts.scheme or "://" not in endpoint:
        return f"InvalidURL: the endpoint {endpoint!r} is no URL; write it as {DEFAULT_ENDPOINT}"
    if parts.scheme in ("http", "https") and not parts.hostname:
        return f"InvalidURL: the endpoint {endpoint!r} names no host; write it as {DEFAULT_ENDPOINT}"
    if any(ord(character) <= 32 or ord(character) == 127 for character in endpoint):
        return f"InvalidURL: the endpoint {endpoint!r} holds a space or a control character"
    if parts.query or parts.fragment:
        return f"InvalidURL: the endpoint {endpoint!r} holds a query or a fragment; leave it out"
    return None


def _endpoint(given: str | None, env: Mapping[str, str]) -> str:
    if given is None:
        given = env.get(ENV_ENDPOINT) or DEFAULT_ENDPOINT
    if not isinstance(given, str):
        raise UsageTypeError(f"endpoint must be a string, not {type(given).__name__}")
    if not given:
        raise ConfigurationError(f"endpoint is empty; leave it out for {DEFAULT_ENDPOINT}")
    if "@" in _split(given).netloc:
        raise ConfigurationError(
            "endpoint holds a user name or a password; give the token as api_key instead"
        )
    stripped = given.rstrip("/")
    return stripped + "//" if stripped.endswith(":") else stripped


def _split(endpoint: str) -> SplitResult:
    try:
        return urlsplit(endpoint)
    except ValueError:
        return SplitResult("", "", "", "", "")


def _identity(given: Identity | None, env: Mapping[str, str]) -> Identity:
    if given is None:
        did = env.get(ENV_IDENTITY)
        return Identity.static(did) if did else ANONYMOUS
    if not isinstance(given, Identity):
        raise UsageTypeError(
            "identity must be an Identity such as Identity.static('did:example:my-app'), "
            f"not {type(given).__name__}"
        )
    return given


def _api_key(given: str | None, env: Mapping[str, str]) -> str | None:
    """Return the token. An empty string says "none", whatever the environment holds."""
    if given is not None:
        return check_token(given, "api_key") if given != "" else None
    for name in ENV_API_KEYS:
        if env.get(name):
            return check_token(env[name], name)
    return None


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ConfigurationError(f"{name} must be a whole number from 0, not {value!r}")
    return value


def _seconds(value: object, name: str, *, zero: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ConfigurationError(f"{name} must be a number, not {value!r}")
    if value < 0 or (value == 0 and not zero):
        raise ConfigurationError(f"{name} must be {'0 or more' if zero else 'greater than 0'}, not {value!r}")
    return float(value)

"""What a client is built from: arguments, then the environment, then defaults; checked at construction."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from syncropel.errors import ConfigurationError, UsageError, UsageTypeError
from syncropel.keys.identity import ANONYMOUS, Identity
from syncropel.transport.auth import ApiKey, Credential, check_token
from syncropel.transport.endpoint import ENV_ENDPOINT, check_tls, endpoint_from, endpoint_problem
from syncropel.transport.retry import (
    DEFAULT_BACKOFF_MS,
    DEFAULT_MAX_RETRIES,
    DEFAULT_MAX_WAIT_SECONDS,
    RetryPolicy,
)

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

__all__ = [
    "ENV_API_KEYS",
    "ENV_ENDPOINT",
    "ENV_IDENTITY",
    "Settings",
    "call_timeout",
    "check_transport",
    "resolve",
]

DEFAULT_TIMEOUT_SECONDS = 30.0
MAX_CONNECTIONS = 100
MAX_RESPONSE_BYTES = 64 * 1024 * 1024

ENV_API_KEYS = ("SYNCROPEL_API_KEY", "SPL_TOKEN")
ENV_IDENTITY = "SYNCROPEL_DID"
ENV_COALESCE = "SYNCROPEL_COALESCE"
AUTOMATIC = "auto"


class Settings(NamedTuple):
    """The checked configuration of a client.

    Attributes:
        endpoint: Base URL without a trailing slash; a path in it is kept as a prefix.
        identity: Whose records the client emits.
        credential: Where the token comes from; its own `repr` does not show it.
        timeout: Seconds a call may take, its attempts and waits included.
        retry: How often an emit is tried again.
        validate: Whether bodies are checked against the schema of their kind before they are sent.
        coalesce: Whether emits that wait while a request is under way leave together.
        problem: Why nothing can be sent to this endpoint, or None.
        tls: The TLS context that trusts the authorities of `ca_file`; None for the known ones.
    """

    endpoint: str
    identity: Identity
    credential: Credential
    timeout: float
    retry: RetryPolicy
    validate: bool
    problem: str | None
    tls: ssl.SSLContext | None = None
    coalesce: bool = True

    @property
    def api_key(self) -> str | None:
        """The token, when it is always the same; None when there is none, or a function gives it."""
        return self.credential.fixed


def resolve(
    *,
    endpoint: str | None = None,
    base_url: str | None = None,
    identity: Identity | None = None,
    api_key: ApiKey | None = None,
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
    max_retries: int = DEFAULT_MAX_RETRIES,
    backoff_ms: float = DEFAULT_BACKOFF_MS,
    max_wait: float = DEFAULT_MAX_WAIT_SECONDS,
    validate: bool = False,
    ca_file: str | Path | None = None,
    require_tls: bool | None = None,
    coalesce: bool | None = None,
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
    base = endpoint_from(base_url if endpoint is None else endpoint, env)
    check_tls(base, require_tls, env)
    retry = RetryPolicy(
        max_retries=_whole(max_retries, "max_retries"),
        backoff=_seconds(backoff_ms, "backoff_ms", zero=True) / 1000,
        max_wait=_seconds(max_wait, "max_wait", zero=True),
    )
    return Settings(
        endpoint=base,
        identity=_identity(identity, env),
        credential=_credential(api_key, base, env),
        timeout=_seconds(timeout, "timeout"),
        retry=retry,
        validate=bool(validate),
        problem=endpoint_problem(base),
        tls=None if ca_file is None else _trusting(ca_file),
        coalesce=_coalesces(env) if coalesce is None else bool(coalesce),
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


def _credential(given: ApiKey | None, endpoint: str, env: Mapping[str, str]) -> Credential:
    """Return where the token comes from. An empty string says "none", whatever the environment holds."""
    if callable(given):
        return Credential(given)
    if given is not None and given != AUTOMATIC:
        return Credential(check_token(given, "api_key") if given != "" else None)
    for name in ENV_API_KEYS:
        if env.get(name):
            return Credential(check_token(env[name], name))
    return Credential(None if given is None else _stored_token(endpoint))


def _stored_token(endpoint: str) -> str:
    from syncropel.keys.credentials import find

    return check_token(find(endpoint), "the stored credential")


def _coalesces(env: Mapping[str, str]) -> bool:
    return env.get(ENV_COALESCE, "").strip().lower() not in ("0", "false", "no", "off")


def _trusting(ca_file: str | Path) -> ssl.SSLContext:
    from syncropel.transport.tls import trusting

    return trusting(ca_file)


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

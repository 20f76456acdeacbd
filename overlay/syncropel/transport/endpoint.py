"""The address of a daemon: how it is written, and whether a token may travel to it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from syncropel.errors import ConfigurationError, UsageTypeError
from syncropel.rules.token_shapes import has_token
from syncropel.transport.later import logger

DEFAULT_ENDPOINT = "http://localhost:9100"
ENV_ENDPOINT = "SYNCROPEL_ENDPOINT"
ENV_REQUIRE_TLS = "SYNCROPEL_REQUIRE_TLS"

_CREDENTIAL_NAMES = frozenset(
    {
        "accesstoken",
        "apikey",
        "auth",
        "authorization",
        "bearer",
        "credential",
        "jwt",
        "key",
        "passwd",
        "password",
        "secret",
        "sig",
        "token",
        "xapikey",
    }
)
_USUAL = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?::[0-9]{1,4})?")
"""Addresses that need no closer look: a name or an IPv4 number, and a port that is small enough."""

_FALSE = frozenset(("", "0", "false", "no", "off"))


def endpoint_from(given: str | None, env: Mapping[str, str]) -> str:
    """Return the endpoint of a client without trailing slashes: the argument, the environment, the default.

    Raises:
        ConfigurationError: It is empty, or holds a credential; the message never shows it.
        UsageTypeError: It is no string.
    """
    if given is None:
        given = env.get(ENV_ENDPOINT) or DEFAULT_ENDPOINT
    if not isinstance(given, str):
        raise UsageTypeError(f"endpoint must be a string, not {type(given).__name__}")
    if not given:
        raise ConfigurationError(f"endpoint is empty; leave it out for {DEFAULT_ENDPOINT}")
    _refuse_credentials(given)
    stripped = given.rstrip("/")
    return stripped + "//" if stripped.endswith(":") else stripped


def endpoint_problem(endpoint: str) -> str | None:
    """Say why an endpoint is no URL, or return None. Any scheme passes here: a transport may serve `mock://`."""
    if _USUAL.fullmatch(endpoint):
        return None
    from urllib.parse import urlsplit

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


def open_host(endpoint: str) -> str | None:
    """Return the host that is asked in plain HTTP over a network; None for TLS, this machine and no host.

    A name counts as this machine when it is `localhost` or below it, and an address when it is a loopback
    one: what a resolver says today may be another machine tomorrow.
    """
    import ipaddress
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme != "http" or not host or host == "localhost" or host.endswith(".localhost"):
        return None
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = getattr(address, "ipv4_mapped", None)
    return None if (mapped or address).is_loopback else host


def check_tls(endpoint: str, required: bool | None, env: Mapping[str, str]) -> None:
    """Refuse plain HTTP to another machine where TLS is required.

    Args:
        endpoint: The endpoint.
        required: Whether it is. Default: what `SYNCROPEL_REQUIRE_TLS` says (`0` and nothing mean no).
        env: The environment.

    Raises:
        ConfigurationError: It is required, and the endpoint has none.
    """
    source = "require_tls=True"
    if required is None:
        required = env.get(ENV_REQUIRE_TLS, "").strip().lower() not in _FALSE
        source = ENV_REQUIRE_TLS
    host = open_host(endpoint) if required else None
    if host is not None:
        raise ConfigurationError(
            f"plain HTTP to {host} is forbidden by {source}: write the endpoint with https://, "
            "and give ca_file= when its certificate is signed by an authority of your own"
        )


_warned: dict[str, object] = {}


def warn_of_plain_http(endpoint: str) -> None:
    """Log, once for a host in this process, that a token goes over a network for everybody to read."""
    host = open_host(endpoint)
    if host is None:
        return
    mine = object()
    if _warned.setdefault(host, mine) is not mine:
        return
    logger.warning(
        "the token for %s travels in plain HTTP, and whoever is on the way can read it; "
        "use https://, or forbid this with require_tls=True or %s=1 (said once)",
        host,
        ENV_REQUIRE_TLS,
    )


def _refuse_credentials(endpoint: str) -> None:
    """Refuse a token in an address, which ends in logs, histories and errors of everybody on the way."""
    if _USUAL.fullmatch(endpoint) and not has_token(endpoint):
        return
    from urllib.parse import parse_qsl, unquote

    authority = re.split(r"[/?#]", endpoint.partition("://")[2] or endpoint, maxsplit=1)[0]
    if "@" in unquote(authority):
        raise ConfigurationError(
            "endpoint holds a user name or a password; give the token as api_key instead"
        )
    query = re.split(r"[?#]", endpoint, maxsplit=1)[1:]
    names = {re.sub(r"[-_.]", "", name).lower() for name, _ in parse_qsl("".join(query), True)}
    if has_token(unquote(endpoint)) or names & _CREDENTIAL_NAMES:
        raise ConfigurationError(
            "endpoint holds a token, and an address ends up in logs; give it as api_key instead"
        )

"""The address of a daemon: no token in it, and how a token may travel to it."""

from __future__ import annotations

import logging
import secrets

import pytest

from syncropel.errors import ConfigurationError
from syncropel.transport.endpoint import check_tls, endpoint_from, open_host, warn_of_plain_http

SECRET = "hunter2hunter2"
TOKEN = f"spl_prod_sa_aaaaaaaaaaaaaaaa_{SECRET}"


@pytest.mark.parametrize(
    "endpoint",
    [
        f"https://me:{SECRET}@host",
        f"https://{SECRET}@host",
        f"me:{SECRET}@host:9100",
        f"https://me%3A{SECRET}%40host",
        f"https://host?token={SECRET}",
        f"https://host/prefix?x=1&Api-Key={SECRET}",
        f"https://host?access_token={SECRET}",
        f"https://host#key={SECRET}",
        f"https://host/{TOKEN}",
        f"https://host?q={TOKEN}",
        f"https://host/?q=eyJhbGciOi.eyJ{SECRET}.{SECRET}",
    ],
)
@pytest.mark.parametrize("source", ["argument", "environment"])
def test_a_token_in_an_address_is_refused(endpoint: str, source: str) -> None:
    """Whether as a user, a password, a parameter or a segment: it is refused by a message that hides it."""
    given, environ = (endpoint, {}) if source == "argument" else (None, {"SYNCROPEL_ENDPOINT": endpoint})
    with pytest.raises(ConfigurationError, match="api_key") as caught:
        endpoint_from(given, environ)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "endpoint", ["https://host/a@b", "https://host/token/keys", "https://spl.example/sa", "https://h?q=1"]
)
def test_what_only_looks_like_it_passes(endpoint: str) -> None:
    """A path with an at sign, and words that are no values, are no credentials."""
    assert endpoint_from(endpoint, {}) == endpoint


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("http://example.org:9100", "example.org"),
        ("http://EXAMPLE.org", "example.org"),
        ("http://192.168.1.5", "192.168.1.5"),
        ("http://[fe80::1%eth0]:1", "fe80::1%eth0"),
        ("http://0.0.0.0:9100", "0.0.0.0"),
        ("http://localhost.example.org", "localhost.example.org"),
        ("http://127.0.0.1.example.org", "127.0.0.1.example.org"),
        ("https://example.org", None),
        ("http://localhost:9100", None),
        ("http://a.localhost", None),
        ("http://127.0.0.1:1", None),
        ("http://127.9.9.9", None),
        ("http://[::1]:9100", None),
        ("http://[::ffff:127.0.0.1]", None),
        ("mock://", None),
        ("http://", None),
        ("http://[::1", None),
    ],
)
def test_where_a_token_can_be_read_on_the_way(endpoint: str, host: str | None) -> None:
    """Plain HTTP to anything but this machine is open; a name that begins like this machine is not it."""
    assert open_host(endpoint) == host


@pytest.mark.parametrize("value", ["1", "true", "yes", " TRUE "])
def test_tls_can_be_required(value: str) -> None:
    """By the argument or the environment, and the message names which, the host, and the way out."""
    with pytest.raises(ConfigurationError, match=r"example\.org.*SYNCROPEL_REQUIRE_TLS.*https://.*ca_file"):
        check_tls("http://example.org", None, {"SYNCROPEL_REQUIRE_TLS": value})
    with pytest.raises(ConfigurationError, match="require_tls=True"):
        check_tls("http://example.org", True, {})


@pytest.mark.parametrize(
    ("endpoint", "required", "environ"),
    [
        ("http://example.org", None, {}),
        ("http://example.org", None, {"SYNCROPEL_REQUIRE_TLS": "0"}),
        ("http://example.org", None, {"SYNCROPEL_REQUIRE_TLS": "false"}),
        ("http://example.org", False, {"SYNCROPEL_REQUIRE_TLS": "1"}),
        ("https://example.org", True, {}),
        ("http://127.0.0.1:9100", True, {}),
        ("mock://", True, {}),
    ],
)
def test_where_tls_is_not_missing(endpoint: str, required: bool | None, environ: dict[str, str]) -> None:
    """TLS and this machine pass where it is required, and the argument goes before the environment."""
    check_tls(endpoint, required, environ)


def test_plain_http_is_said_once_for_a_host(caplog: pytest.LogCaptureFixture) -> None:
    """One line for a host in a process, whatever the port and however often; this machine is no reason."""
    caplog.set_level(logging.WARNING)
    host = f"{secrets.token_hex(4)}.example"
    for endpoint in (f"http://{host}:1", f"http://{host}:2/prefix", f"https://{host}", "http://localhost"):
        warn_of_plain_http(endpoint)
        warn_of_plain_http(endpoint)
    (line,) = [record.getMessage() for record in caplog.records]
    assert host in line
    assert "require_tls=True" in line

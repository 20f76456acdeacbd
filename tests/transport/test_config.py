"""Settings: arguments, then the environment, then defaults."""

from __future__ import annotations

import math
from typing import Any

import pytest

from syncropel import ConfigurationError, Identity
from syncropel.transport.config import resolve

DID = Identity.static("did:example:me")


def settings(**options: Any) -> Any:
    """Return settings without a look at this machine's environment."""
    return resolve(**{"environ": {}, **options})


def test_defaults() -> None:
    """A client of nothing talks to the local daemon, anonymously, for at most 30 seconds."""
    made = settings()
    assert made.endpoint == "http://localhost:9100"
    assert made.identity.actor_did == "did:sync:user:anonymous"
    assert made.api_key is None
    assert (made.timeout, made.retry.max_retries, made.retry.backoff) == (30.0, 2, 0.25)
    assert made.problem is None


ENVIRONMENT = {
    "SYNCROPEL_ENDPOINT": "http://env/",
    "SYNCROPEL_API_KEY": "env-key",
    "SYNCROPEL_DID": "did:env:x",
}


def test_the_environment_fills_in() -> None:
    """What is not given comes from the environment."""
    made = settings(environ=ENVIRONMENT)
    assert (made.endpoint, made.api_key, made.identity.actor_did) == ("http://env", "env-key", "did:env:x")


def test_arguments_win() -> None:
    """An argument wins over the environment."""
    made = settings(environ=ENVIRONMENT, endpoint="http://arg", api_key="arg-key", identity=DID)
    assert (made.endpoint, made.api_key, made.identity) == ("http://arg", "arg-key", DID)


def test_tokens_of_the_environment() -> None:
    """`SPL_TOKEN` serves too, `SYNCROPEL_API_KEY` goes before it, and an empty variable is none."""
    assert settings(environ={"SPL_TOKEN": "spl"}).api_key == "spl"
    assert settings(environ={"SPL_TOKEN": "spl", "SYNCROPEL_API_KEY": "key"}).api_key == "key"
    assert settings(environ={"SYNCROPEL_API_KEY": "", "SPL_TOKEN": "spl"}).api_key == "spl"
    assert (
        settings(environ={"SYNCROPEL_ENDPOINT": "", "SYNCROPEL_DID": ""}).endpoint == "http://localhost:9100"
    )


def test_an_empty_token_says_none() -> None:
    """`api_key=""` sends no token, whatever the environment holds."""
    assert settings(environ=ENVIRONMENT, api_key="").api_key is None


@pytest.mark.parametrize("token", ["se cret", "secret\n", "sécret", "secret\0", "\tsecret", "secret\x7f"])
@pytest.mark.parametrize("source", ["argument", "SYNCROPEL_API_KEY", "SPL_TOKEN"])
def test_a_token_that_no_header_carries(token: str, source: str) -> None:
    """Such a token is refused when the client is built, by a message that does not show it."""
    options: dict[str, Any] = {"api_key": token} if source == "argument" else {"environ": {source: token}}
    with pytest.raises(ConfigurationError) as caught:
        settings(**options)
    assert "cret" not in str(caught.value)
    assert ("api_key" if source == "argument" else source) in str(caught.value)


def test_the_token_is_not_shown() -> None:
    """`repr` of the settings does not hold the token."""
    assert "s3cret" not in repr(settings(api_key="s3cret-token"))


def test_base_url_is_another_name() -> None:
    """`base_url` is taken for the endpoint; two that differ are refused."""
    assert settings(base_url="http://b/").endpoint == "http://b"
    assert settings(base_url="http://b", endpoint="http://b").endpoint == "http://b"
    with pytest.raises(ConfigurationError):
        settings(base_url="http://b", endpoint="http://c")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://h///", "http://h"),
        ("http://h/a/b/", "http://h/a/b"),
        ("mock://", "mock://"),
        ("http://h:80", "http://h:80"),
    ],
)
def test_endpoints_keep_their_prefix(given: str, kept: str) -> None:
    """Trailing slashes go, a path prefix stays."""
    assert settings(endpoint=given).endpoint == kept


@pytest.mark.parametrize(
    "endpoint",
    ["not a url", "localhost:9100", "http://", "http://[::1", "http://h:x", "http://h?q=1", "http://h#f"],
)
def test_what_is_no_endpoint_is_told_later(endpoint: str) -> None:
    """An endpoint that is no URL is noted, not raised, and the note names it."""
    problem = settings(endpoint=endpoint).problem
    assert problem is not None
    assert problem.startswith("InvalidURL: ")


def test_a_password_in_the_endpoint_is_refused() -> None:
    """Credentials belong in `api_key`, where they stay out of texts; the message does not show them."""
    with pytest.raises(ConfigurationError) as caught:
        settings(endpoint="http://me:hunter2@h")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "options",
    [
        {"endpoint": ""},
        {"endpoint": 5},
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": math.nan},
        {"timeout": math.inf},
        {"timeout": "30"},
        {"timeout": True},
        {"max_retries": -1},
        {"max_retries": 1.5},
        {"max_retries": True},
        {"backoff_ms": -1},
        {"max_wait": -1},
        {"identity": "did:example:me"},
        {"identity": 5},
    ],
)
def test_bad_configuration_raises_at_construction(options: dict[str, Any]) -> None:
    """What cannot be used is refused at once, and the message names the argument."""
    with pytest.raises((ValueError, TypeError), match=next(iter(options))):
        settings(**options)

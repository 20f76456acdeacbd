"""Where a token comes from, and how it stays out of texts."""

from __future__ import annotations

import logging
import pickle
import traceback
from pathlib import Path

import pytest

from syncropel import AuthenticationError, ConfigurationError, DecodeError, Secret, UsageTypeError
from syncropel.keys import credentials
from syncropel.transport.auth import REMEMBERED_TOKENS, Credential
from syncropel.transport.config import resolve
from syncropel.transport.failures import NoToken
from syncropel.transport.redaction import redact, redact_error, redact_value
from syncropel.transport.request import RequestBuilder

TOKEN = "spl_prod_sa_aaaaaaaaaaaaaaaa_0123456789abcdefABCDEF0123456789"
JWT = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQifQ.c2lnbmF0dXJl"


def test_a_function_is_asked_for_every_request() -> None:
    """Each request carries what the function returns then, and every one of them is a secret."""
    given = iter(["first-token", "second-token"])
    settings = resolve(endpoint="http://h", api_key=lambda: next(given), environ={})
    builder = RequestBuilder(settings, "0")
    sent = [dict(builder.build({"method": "get", "url": "/health"}).headers) for _ in range(2)]
    assert [headers[b"authorization"] for headers in sent] == [b"Bearer first-token", b"Bearer second-token"]
    assert [headers[b"x-api-key"] for headers in sent] == [b"first-token", b"second-token"]
    assert settings.api_key is None
    assert settings.credential.secrets == ("first-token", "second-token")


def test_the_latest_tokens_are_remembered() -> None:
    """What a function gave is recognised in texts for a while, and the memory for it has a bound."""
    numbers = iter(range(100))
    credential = Credential(lambda: f"token-{next(numbers)}")
    for _ in range(20):
        credential.token()
    assert credential.secrets[-1] == "token-19"
    assert len(credential.secrets) == REMEMBERED_TOKENS


@pytest.mark.parametrize("value", ["", "se cret", "secret\n", "sécret", None, b"secret"])
def test_what_a_function_returns_must_fit_a_header(value: object) -> None:
    """It is checked as a fixed token is, and the message does not show it."""
    with pytest.raises(NoToken, match="the function api_key returns") as caught:
        Credential(lambda: value).token()  # type: ignore[arg-type,return-value]
    assert "cret" not in str(caught.value)
    assert not caught.value.retryable


def test_a_function_that_raises_says_so() -> None:
    """The request is not sent, the error says what happened, and the cause is kept."""

    def broken() -> str:
        raise OSError("the vault is sealed")

    with pytest.raises(NoToken, match="api_key raised OSError: the vault is sealed") as caught:
        Credential(broken).token()
    assert isinstance(caught.value.__cause__, OSError)


def test_a_coroutine_function_is_refused_at_construction() -> None:
    """Nobody would wait for it, so the client is not built."""

    async def later() -> str:
        return "token"

    class Later:
        async def __call__(self) -> str:
            return "token"

    for source in (later, Later()):
        with pytest.raises(ConfigurationError, match="coroutine"):
            resolve(api_key=source, environ={})  # type: ignore[arg-type]


def test_a_credential_shows_nothing() -> None:
    """Neither its text nor its settings nor a prepared request show the token, and it is not pickled."""
    settings = resolve(endpoint="http://h", api_key=TOKEN, environ={})
    prepared = RequestBuilder(settings, "0").build({"method": "post", "url": "/x", "json": {"a": TOKEN}})
    told = [repr(settings), repr(settings.credential), repr(prepared), str(prepared), f"{prepared}"]
    told += [repr(Credential(lambda: TOKEN)), repr(Credential())]
    assert not [text for text in told if TOKEN in text]
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(settings)


def test_a_secret_shows_nothing_but_its_value() -> None:
    """Texts and formats of a secret are asterisks, its value is the text, and it is not pickled."""
    secret = Secret(TOKEN)
    assert secret.value == TOKEN
    assert {repr(secret), str(secret), f"{secret}", f"{secret!r}", "%s" % secret} == {"Secret('***')", "***"}  # noqa: UP031 - that form too
    assert (secret == Secret(TOKEN), secret == Secret("other"), secret == TOKEN) == (True, False, False)
    assert len({secret, Secret(TOKEN)}) == 1
    with pytest.raises(UsageTypeError, match="not pickled"):
        pickle.dumps(secret)
    with pytest.raises(AttributeError, match="frozen"):
        secret.value = "x"  # type: ignore[misc]


@pytest.mark.parametrize("text", [TOKEN, f"bad {TOKEN}, sorry", f"token={JWT}.", f"'{TOKEN}'", f"{JWT}"])
def test_what_looks_like_a_token_is_redacted(text: str) -> None:
    """A token that this client never held is taken out as well, and what stands around it stays."""
    clean = redact(text)
    assert clean == text.replace(TOKEN, "***").replace(JWT, "***")
    assert redact("nothing to see") == "nothing to see"


def test_an_error_is_cleaned_with_all_that_led_to_it() -> None:
    """Message, hint, code, id, body and causes lose the token, so that a whole traceback can be shown."""
    body = {"message": f"no {TOKEN}", "list": [TOKEN, 5], TOKEN: None}
    error = AuthenticationError(
        401, f"no {TOKEN}", code=f"X{TOKEN}", request_id=TOKEN, hint=f"not {TOKEN}", body=body
    )
    try:
        try:
            raise ValueError(f"inner {TOKEN}")
        except ValueError as inner:
            raise error from inner
    except AuthenticationError:
        redact_error(error, TOKEN)
    shown = "".join(traceback.format_exception(error)) + repr(vars(error))
    assert TOKEN not in shown
    assert error.body == {"message": "no ***", "list": ["***", 5], "***": None}


def test_a_body_too_deep_to_clean_is_dropped() -> None:
    """Nobody reads it, and it may hold the token."""
    body: object = TOKEN
    for _ in range(100_000):
        body = [body]
    error = AuthenticationError(401, "no", body=body)
    redact_error(error, TOKEN)
    assert error.body is None


def test_causes_in_a_circle_end() -> None:
    """Exceptions that name each other as causes are cleaned once."""
    first, second = DecodeError(f"a {TOKEN}"), DecodeError(f"b {TOKEN}")
    first.__cause__, second.__cause__ = second, first
    redact_error(first, TOKEN)
    assert (str(first), str(second)) == ("a ***", "b ***")
    assert redact_value(5) == 5


def test_a_stored_credential_serves_auto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """`auto` takes the environment first, then what the login keeps for this origin, and never logs it."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(credentials, "credentials_path", lambda folder=None: tmp_path / "c.json")
    credentials.write("http://h:80", "kept-token")
    assert resolve(endpoint="http://h/x", api_key="auto", environ={}).api_key == "kept-token"
    assert resolve(endpoint="http://h", api_key="auto", environ={"SPL_TOKEN": "env"}).api_key == "env"
    assert resolve(endpoint="http://h", environ={}).api_key is None
    with pytest.raises(ConfigurationError, match="spl login --endpoint https://h"):
        resolve(endpoint="https://h", api_key="auto", environ={})
    assert "kept-token" not in caplog.text

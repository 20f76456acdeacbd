"""The client objects of the generated layer: time limits, secrets, copies, threads."""

from __future__ import annotations

import threading

import httpx
import pytest

from syncropel_generated import AuthenticatedClient, Client

SECRETS = {
    "token": "tok-secret",
    "headers": {"x-api-key": "hdr-secret"},
    "cookies": {"session": "cookie-secret"},
    "httpx_args": {"auth": ("user", "args-secret")},
}


def test_a_call_has_a_time_limit_by_default() -> None:
    """Without a word from the caller a request may take 60 seconds, 5 of them to connect."""
    for made in (Client("http://d.test"), AuthenticatedClient("http://d.test", token="t")):
        with made as client:
            assert client.get_httpx_client().timeout == httpx.Timeout(60.0, connect=5.0)


def test_secrets_stay_out_of_repr() -> None:
    """Token, headers, cookies and httpx arguments are never shown, before and after the first use."""
    client = AuthenticatedClient("http://d.test", **SECRETS)  # type: ignore[arg-type]
    assert "secret" not in repr(client)
    with client:
        client.get_httpx_client()
        assert "secret" not in repr(client)
        assert "http://d.test" in repr(client)


def test_the_token_is_sent_and_not_kept_in_the_headers() -> None:
    """The header is built from the token when the httpx client is made; the headers stay the caller's."""
    with AuthenticatedClient("http://d.test", token="one") as client:
        assert client.get_httpx_client().headers["authorization"] == "Bearer one"
        assert client._headers == {}


def test_a_copy_leaves_the_original_alone() -> None:
    """`with_headers`, `with_cookies` and `with_timeout` give a new client and do not touch the old one."""
    with AuthenticatedClient("http://d.test", token="t") as old:
        before = old.get_httpx_client()
        new = old.with_headers({"x-a": "1"}).with_cookies({"c": "1"}).with_timeout(httpx.Timeout(1.0))
        assert "x-a" not in before.headers
        assert not before.cookies
        assert before.timeout == httpx.Timeout(60.0, connect=5.0)
        with new:
            assert new.get_httpx_client() is not before
            assert new.get_httpx_client().headers["x-a"] == "1"
            assert new.get_httpx_client().timeout == httpx.Timeout(1.0)
            assert isinstance(new, AuthenticatedClient)


@pytest.mark.parametrize("make", ["get_httpx_client", "get_async_httpx_client"])
def test_many_threads_get_one_client(make: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many threads ask first, one httpx client is made."""
    made: list[object] = []
    barrier = threading.Barrier(8)
    real = httpx.Client if make == "get_httpx_client" else httpx.AsyncClient

    def slow(*args: object, **kwargs: object) -> object:
        made.append(object())
        threading.Event().wait(0.02)
        return real()

    monkeypatch.setattr(f"syncropel_generated.client.httpx.{real.__name__}", slow)
    client = Client("http://d.test")
    found: list[object] = []

    def ask() -> None:
        barrier.wait()
        found.append(getattr(client, make)())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len({id(each) for each in found}) == 1


def test_redirects_are_not_followed() -> None:
    """A redirect is an answer: following it could carry the token to another host."""
    answer = httpx.Response(302, headers={"location": "http://elsewhere.test/"})
    client = AuthenticatedClient(
        "http://d.test", token="t", httpx_args={"transport": httpx.MockTransport(lambda _: answer)}
    )
    with client:
        assert client.get_httpx_client().get("/health").status_code == 302

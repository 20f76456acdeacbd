"""Web pages: kept out, but for those whose origin the daemon was told of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncropel.daemon.local import LocalDaemon
from syncropel.daemon.origin import OriginGuard, repeated
from syncropel.rules.contract import load_routes
from tests.support.sockets import Answer, Connection

PAGE = "https://app.example"
ASKED = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}


@pytest.fixture(scope="module", params=["auth", "no auth"])
def daemon(request: pytest.FixtureRequest) -> Iterator[LocalDaemon]:
    """A daemon that one page may call."""
    with LocalDaemon(auth=request.param == "auth", cors_origins=(PAGE,)) as running:
        yield running


def ask(daemon: LocalDaemon, method: str = "GET", target: str = "/health", **headers: str) -> Answer:
    """Send a request with these headers (`_` for `-`)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with Connection(daemon.url) as connection:
        return connection.request(method, target, headers=named)


def test_a_listed_page_is_told_that_it_may_call(daemon: LocalDaemon) -> None:
    """The preflight names the methods and headers; no token is asked of it, browsers send none."""
    with Connection(daemon.url) as connection:
        answer = connection.request("OPTIONS", "/v1/records", headers={"origin": PAGE, **ASKED})
    assert (answer.status, answer.body) == (204, None)
    assert answer.headers["access-control-allow-origin"] == PAGE
    methods = {route["method"] for route in load_routes()}
    assert methods == set(answer.headers["access-control-allow-methods"].split(", "))
    assert "authorization" in answer.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in answer.headers
    assert "content-length" not in answer.headers


def test_a_listed_page_may_read_the_answers_and_the_refusals(daemon: LocalDaemon) -> None:
    """Both carry its origin, and tell caches that others get another answer."""
    for target in ("/health", "/v1/records/none"):
        answer = ask(daemon, target=target, origin=PAGE)
        assert answer.headers["access-control-allow-origin"] == PAGE
        assert answer.headers["vary"] == "origin"
        assert "x-request-id" in answer.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in ask(daemon).headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://app.example", "https://app.example:8443", "null"]
)
def test_any_other_page_is_refused(daemon: LocalDaemon, origin: str) -> None:
    """Another scheme or port is another page; its preflight is refused too."""
    for answer in (ask(daemon, origin=origin), ask(daemon, "OPTIONS", origin=origin, **ASKED)):
        assert (answer.status, answer.body["code"]) == (403, "ORIGIN_NOT_ALLOWED")
        assert "access-control-allow-origin" not in answer.headers


def test_without_the_option_no_page_is_told_anything() -> None:
    """CORS is off by default: a page of this machine is answered, and its browser keeps that from it."""
    with LocalDaemon() as daemon:
        answer = ask(daemon, origin="http://localhost:3000")
        assert answer.status == 200
        assert not [name for name in answer.headers if name.startswith("access-control")]
        assert ask(daemon, "OPTIONS", "/v1/records", origin="http://localhost:3000", **ASKED).status == 405


def test_a_name_pointed_at_this_machine_is_refused_without_authentication() -> None:
    """DNS rebinding: `Host` is what the browser believes it talks to, and must be this machine."""
    with LocalDaemon() as daemon:
        for host in ("evil.example", "evil.example:9100", "127.0.0.1.evil.example", "localhost.evil.example"):
            answer = ask(daemon, host=host)
            assert (answer.status, answer.body["code"]) == (403, "ORIGIN_NOT_ALLOWED")
        for host in ("localhost", "127.0.0.1:1", "[::1]:9100", "a.localhost"):
            assert ask(daemon, host=host).status == 200


def test_with_authentication_the_daemon_has_names_of_its_own() -> None:
    """Any `Host` is fine, because a page lacks a token; a foreign `Origin` is refused all the same."""
    with LocalDaemon(auth=True) as daemon:
        assert ask(daemon, host="records.example").status == 200
        assert ask(daemon, target="/v1/threads", host="evil.example").status == 401
        assert ask(daemon, host="evil.example", origin="http://evil.example").status == 403


def test_an_image_of_another_site_gets_nothing() -> None:
    """A browser names no origin when a page only gets, and says that the page is another site's."""
    with LocalDaemon() as daemon:
        with Connection(daemon.url) as connection:
            assert connection.request("POST", "/queue/q", b"{}").status == 200
            connection.request("POST", "/queue/q/publish", b'{"payload":[1]}')
        answer = ask(daemon, target="/queue/q/consume/page", sec_fetch_site="cross-site")
        assert (answer.status, answer.body["code"]) == (403, "ORIGIN_NOT_ALLOWED")
        for site in ("same-origin", "none"):
            assert ask(daemon, sec_fetch_site=site).status == 200
        assert ask(daemon, target="/queue/q/consume/worker").body["payload"] == [1]
    with LocalDaemon(auth=True) as daemon:
        assert ask(daemon, sec_fetch_site="cross-site").status == 200


def test_an_origin_is_never_echoed_unless_it_is_listed() -> None:
    """The guard answers with what it was told, not with what it was asked."""
    guard = OriginGuard(True, [PAGE])
    assert guard.answered({"origin": "https://evil.example"}) == {"vary": "origin"}
    assert guard.preflight("OPTIONS", {"origin": "https://evil.example", **ASKED}) is None
    assert guard.preflight("GET", {"origin": PAGE, **ASKED}) is None
    assert guard.preflight("OPTIONS", {"origin": PAGE}) is None
    assert OriginGuard(True).answered({"origin": "http://localhost"}) == {}


def test_headers_that_decide_are_given_once() -> None:
    """Others may be repeated."""
    twice = [(b"accept", b"a"), (b"accept", b"b"), (b"x-api-key", b"1")]
    assert repeated(twice) is None
    assert repeated([*twice, (b"x-api-key", b"2")]) == "x-api-key"

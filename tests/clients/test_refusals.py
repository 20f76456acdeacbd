"""A caller who is refused: what is raised and told, what never shows, and where a token never goes."""

from __future__ import annotations

import logging
import time
import traceback
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest

from syncropel import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    GoneError,
    Identity,
    InferNotSent,
    InferOptions,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    SubscribeError,
    TransportError,
    UnprocessableError,
)
from syncropel.daemon.local import LocalDaemon
from tests.clients.filling import put
from tests.support.colours import Colour
from tests.support.inference import REQUEST
from tests.support.servers import answer, events, raw, reset, scripted, silence

TOKEN = "spl_test_sa_aaaaaaaaaaaaaaaa_0123456789abcdefABCDEF0123456789"
NOW = InferOptions(wait=False)
CALL = {"id": "c" * 64, "thread": "t", "body": {"kind": "infer.call.v1", "correlation_id": "d" * 64}}


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (409, ConflictError),
        (410, GoneError),
        (418, BadRequestError),
        (422, UnprocessableError),
        (429, RateLimitError),
        (500, ServerError),
        (503, ServerError),
    ],
)
def test_an_error_for_every_status(colour: Colour, status: int, error: type[ApiError]) -> None:
    """A strict call raises the class of the status, with code, hint, request id and the wait asked for."""
    body = {"code": "SOME_CODE", "message": "no", "hint": "do this", "request_id": "req_body"}
    headers = {"retry-after": "7", "x-request-id": "req_head"}
    with scripted(answer(status, json=body, headers=headers)) as server:
        client = colour.client(endpoint=server.url)
        with pytest.raises(ApiError) as caught:
            colour.call(client.tokens.list)
        assert len(server.requests) == 1
    found = caught.value
    assert type(found) is error
    assert (found.status, found.code, found.hint) == (status, "SOME_CODE", "do this")
    assert (found.request_id, found.retry_after, found.body) == ("req_head", 7.0, body)
    assert str(found) == f"HTTP {status} SOME_CODE: no (request req_head); do this"


@pytest.mark.parametrize("status", [401, 403])
def test_an_emit_says_the_code_and_the_way_out(colour: Colour, status: int) -> None:
    """However long the message is: the code and the hint stand in the result's error, and beside it."""
    body = {"object": "error", "code": "SOME_CODE", "message": "m" * 500, "hint": "do this"}
    with scripted(answer(status, json=body)) as server:
        result = put(colour, colour.client(endpoint=server.url))
    assert result.error == f"HTTP {status}: SOME_CODE: {'m' * 200}; do this"
    assert (result.code, result.hint, result.status, result.retried) == ("SOME_CODE", "do this", status, 0)


def test_a_refused_token_leads_to_the_login(colour: Colour) -> None:
    """A 401 that proposes nothing is completed by this client; a 403 is not, for a login mends nothing."""
    body = {"code": "AUTH_REQUIRED", "message": "no"}
    with scripted(answer(401, json=body), answer(403, json=body)) as server:
        client = colour.client(endpoint=server.url)
        first, second = put(colour, client), put(colour, client)
    assert "spl login" in str(first.error)
    assert (first.hint, second.hint) == (str(first.error).partition("; ")[2], None)
    assert second.error == "HTTP 403: AUTH_REQUIRED: no"


def raising() -> str:
    """Stand for a source of tokens that is out of order."""
    raise OSError(f"the vault is sealed, and {TOKEN} is not told")


def test_a_function_that_gives_no_token(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is sent; an emit and a read tell it, a strict call and an inference raise it."""
    with scripted(answer(200, json={})) as server:
        client = colour.client(endpoint=server.url, api_key=raising)
        result = put(colour, client)
        assert (result.success, result.retried, result.status) == (False, 0, None)
        assert "api_key raised OSError: the vault is sealed" in str(result.error)
        assert "the vault is sealed" in str(colour.call(client.query_thread, "t").error)
        with pytest.raises(TransportError, match="the vault is sealed") as strict:
            colour.call(client.whoami)
        with pytest.raises(InferNotSent, match="the vault is sealed") as asked:
            colour.call(client.infer, REQUEST, NOW)
        assert server.requests == []
    told = [str(result.error), caplog.text]
    told += [text for error in (strict, asked) for text in traceback.format_exception(error.value)]
    assert not [text for text in told if TOKEN in text]


def following(colour: Colour, client: Any, **options: Any) -> tuple[Any, list[SubscribeError]]:
    """Return a subscription that comes back quickly, and the errors it told."""
    errors: list[SubscribeError] = []
    quick = {"on_error": errors.append, "reconnect_base_s": 0.01, **options}
    return colour.call(client.subscribe, "t", lambda _: None, **quick), errors


def ends(colour: Colour, subscription: Any, seconds: float = 20.0) -> bool:
    """Let a subscription run until it has ended, and say whether it has."""
    return bool(colour.call(subscription.wait_closed, seconds))


def test_a_subscription_without_tokens_ends(colour: Colour) -> None:
    """A function that gives no token is asked three times in a row, and then the subscription is over."""
    with scripted(answer(200, json={})) as server:
        client = colour.client(endpoint=server.url, api_key=raising)
        subscription, errors = following(colour, client)
        assert ends(colour, subscription)
        assert server.requests == []
    assert len(errors) == 3
    assert isinstance(subscription.error, TransportError)
    assert TOKEN not in f"{subscription.error} {errors}"


@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationError), (403, PermissionDeniedError)])
def test_a_refusal_in_the_middle_ends_a_subscription(
    colour: Colour, status: int, error: type[ApiError]
) -> None:
    """A stream that ends and is then refused twice is not asked for again; `watch` raises the refusal."""
    frame = b'event: record.created\nid: 1\ndata: {"id": "a", "record": {"clock": 1}}\n\n'
    body = {"code": "SOME_CODE", "message": f"no {TOKEN}"}
    refusal = answer(status, json=body)
    with scripted(events(frame), refusal) as server:
        client = colour.client(endpoint=server.url, api_key=TOKEN)
        subscription, errors = following(colour, client)
        assert ends(colour, subscription)
        assert len(server.requests) == 3
    assert type(subscription.error) is error
    assert (subscription.error.code, subscription.error.status) == ("SOME_CODE", status)
    assert TOKEN not in f"{subscription.error} {errors} {subscription.error.body}"
    with scripted(events(frame), refusal) as server:
        client = colour.client(endpoint=server.url, api_key=TOKEN)
        with pytest.raises(error):
            colour.collect(client.watch("t", reconnect_base_s=0.01))


def test_a_token_revoked_in_the_middle(colour: Colour) -> None:
    """A daemon ends the stream of a token that was revoked, and the subscription ends with the refusal."""
    with LocalDaemon(auth=True, heartbeat_seconds=0.1) as daemon:
        admin = colour.client(endpoint=daemon.url, api_key=daemon.token)
        account = colour.call(admin.service_accounts.create, "bob", scopes=["records:read"])
        bob = colour.client(endpoint=daemon.url, api_key=account.api_key.value)
        subscription, errors = following(colour, bob)
        assert not ends(colour, subscription, 0.3)
        assert errors == []
        colour.call(admin.service_accounts.revoke, account.id)
        put(colour, admin)
        assert ends(colour, subscription)
    assert isinstance(subscription.error, AuthenticationError)
    assert account.api_key.value not in f"{subscription.error} {errors}"


def test_a_function_brings_a_new_token_to_a_stream(colour: Colour) -> None:
    """Each connection asks the function, so that a stream outlives the token it began with."""
    given: list[str] = []

    def fresh() -> str:
        given.append(f"token-{len(given)}")
        return given[-1]

    with scripted(events(b": hi\n\n"), answer(401, "old"), events(b"", then="hold")) as server:
        client = colour.client(endpoint=server.url, api_key=fresh)
        subscription, _ = following(colour, client)
        deadline = time.monotonic() + 10
        while len(server.requests) < 3 and time.monotonic() < deadline:
            ends(colour, subscription, 0.01)
        colour.call(subscription.close)
        sent = [request.headers["authorization"] for request in server.requests]
    assert sent == [f"Bearer token-{n}" for n in range(3)]


def test_waiting_ends_when_the_caller_is_refused(colour: Colour) -> None:
    """An inference whose thread may not be read any more is not waited for until its time is up."""
    body = {"code": "AUTH_REQUIRED", "message": "no"}
    with scripted(answer(201, json={"id": "r", "thread": "t"}), answer(401, json=body)) as server:
        client = colour.client(endpoint=server.url)
        began = time.monotonic()
        with pytest.raises(AuthenticationError):
            colour.call(client.infer, REQUEST, InferOptions(poll_timeout_ms=60_000))
        assert time.monotonic() - began < 20


def everything(colour: Colour, client: Any) -> None:
    """Use every sort of request once; whatever refuses it, none of them succeeds."""
    assert not put(colour, client).success
    for read in (client.health, client.decisions, client.threads):
        assert not colour.call(read).ok
    for strict, arguments in ((client.whoami, ()), (client.tokens.list, ()), (client.verify_thread, ("t",))):
        with pytest.raises(ApiError):
            colour.call(strict, *arguments)
    with pytest.raises(InferNotSent):
        colour.call(client.infer, REQUEST, NOW)
    subscription, _ = following(colour, client, bearer="bearer-of-the-stream")
    assert ends(colour, subscription)
    for stream in (client.watch("t", reconnect_base_s=0.01), client.inbound(reconnect_base_s=0.01)):
        with pytest.raises(ApiError):
            colour.collect(stream)


BROKEN = {
    "refused": answer(401, json={"code": "AUTH_REQUIRED", "message": f"no {TOKEN}", TOKEN: [TOKEN]}),
    "no json": answer(200, f"no {TOKEN}"),
    "another form": answer(200, json={"data": TOKEN, "next_cursor": {TOKEN: TOKEN}}),
    "no HTTP": raw(f"{TOKEN} is not spoken here".encode()),
    "cut off": raw(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"),
    "reset": reset(),
    "silence": silence(),
}


def locals_of(error: BaseException | None) -> str:
    """Return what a crash report shows: an error and all that led to it, with the locals of their frames."""
    found, seen = [], []
    while error is not None and error not in seen:
        seen.append(error)
        found += traceback.format_exception(error)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if "/syncropel/" in frame.f_code.co_filename or "site-packages" in frame.f_code.co_filename:
                found.append(repr(frame.f_locals))
        error = error.__cause__ or error.__context__
    return "".join(found)


@pytest.mark.parametrize("name", BROKEN)
def test_a_crash_report_holds_no_token(colour: Colour, name: str) -> None:
    """Whatever goes wrong: texts, causes and the locals of the package's frames are free of the token."""
    with scripted(BROKEN[name]) as server:
        client = colour.client(endpoint=server.url, api_key=TOKEN, timeout=0.5)
        for strict in (client.tokens.list, client.whoami):
            with pytest.raises((ApiError, TransportError)) as caught:
                colour.call(strict)
            assert TOKEN not in locals_of(caught.value)
        assert TOKEN not in locals_of(colour.call(client.query_thread, "t").error)
        subscription, errors = following(colour, client, max_reconnects=0, heartbeat_timeout_s=0.3)
        assert ends(colour, subscription)
        assert TOKEN not in locals_of(subscription.error) + repr(errors)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_carries_nothing_to_another_host(colour: Colour, status: int) -> None:
    """No request of any sort, token or not, ever reaches the host that a redirect names."""
    with scripted(answer(200, json={})) as elsewhere:
        target = {"location": f"{elsewhere.url}/v1/records"}
        with scripted(answer(status, headers=target)) as server:
            client = colour.client(endpoint=server.url, api_key=TOKEN, max_retries=1)
            everything(colour, client)
            assert len(server.requests) >= 15
        assert elsewhere.requests == []
        assert elsewhere.connections == 0


def test_a_self_issued_token_and_a_wrong_clock(colour: Colour, tmp_path: Path) -> None:
    """A 401 for a JWT by a server whose clock differs says which clock is ahead, and by how much."""
    identity = Identity.generate(tmp_path / "key.pem")
    bearer = identity.bearer("sa_aaaaaaaaaaaaaaaa", "http://h")
    late = {"date": formatdate(time.time() - 312, usegmt=True)}
    body = {"code": "AUTH_REQUIRED", "message": "the token is not valid yet"}
    with scripted(answer(401, json=body, headers=late)) as server:
        client = colour.client(endpoint=server.url, api_key=bearer)
        result = put(colour, client)
        assert "this machine's clock is 31" in str(result.error)
        assert "s ahead of the server's" in str(result.error)
        with pytest.raises(AuthenticationError, match=r"not valid yet.*ahead of the server's"):
            colour.call(client.whoami)
        subscription, errors = following(colour, client)
        assert ends(colour, subscription)
        assert "ahead of the server's" in errors[0].message
        assert bearer() not in f"{result} {errors} {subscription.error}"


def test_a_self_issued_token_is_taken(colour: Colour, tmp_path: Path) -> None:
    """A daemon takes the token that an identity issues for an account which allows its DID, and no other."""
    identity = Identity.generate(tmp_path / "key.pem")
    with LocalDaemon(auth=True) as daemon:
        admin = colour.client(endpoint=daemon.url, api_key=daemon.token)
        account = colour.call(admin.service_accounts.create, "bob", actors=[identity.actor_did])
        bearer = identity.bearer(account.id, daemon.url)
        client = colour.client(endpoint=daemon.url, api_key=bearer, identity=identity)
        assert put(colour, client).success
        assert colour.call(client.whoami).service_account_id == account.id
        assert colour.call(client.verify_thread, "t").signed == 1
        stranger = Identity.generate(tmp_path / "other.pem")
        other = colour.client(endpoint=daemon.url, api_key=stranger.bearer(account.id, daemon.url))
        with pytest.raises(AuthenticationError):
            colour.call(other.whoami)


def test_plain_http_is_told_or_forbidden(
    colour: Colour, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A token for another host in plain HTTP is warned of once; no token, and a transport, are no reason."""
    caplog.set_level(logging.WARNING)
    host = f"http://{colour.name}.plain.example"
    colour.client(endpoint=host)
    unused = httpx.MockTransport(lambda _: httpx.Response(500))
    colour.client(endpoint=host, api_key=TOKEN, transport=unused)
    assert caplog.records == []
    colour.client(endpoint=host, api_key=TOKEN)
    colour.client(endpoint=host + ":81", api_key=lambda: TOKEN)
    (line,) = [record.getMessage() for record in caplog.records]
    assert f"{colour.name}.plain.example" in line
    assert TOKEN not in line
    monkeypatch.setenv("SYNCROPEL_REQUIRE_TLS", "1")
    with pytest.raises(ConfigurationError, match="https://"):
        colour.client(endpoint=host)
    colour.client(endpoint=host, require_tls=False)

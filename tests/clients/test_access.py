"""Administration by the client: accounts, tokens, namespaces, keys; strict, and with its secrets kept."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from syncropel import (
    ApiError,
    AuthenticationError,
    ClosedError,
    ConflictError,
    DecodeError,
    Identity,
    NewToken,
    NotFoundError,
    PermissionDeniedError,
    ServiceAccount,
    TransportError,
    UsageError,
    UsageTypeError,
)
from syncropel.rules import tokens
from syncropel.testing import MockKernel
from tests.clients.filling import put
from tests.support.colours import Colour
from tests.support.servers import answer, scripted


@pytest.fixture
def guarded() -> Iterator[MockKernel]:
    """A mock kernel whose callers need a token."""
    with MockKernel(auth=True) as made:
        yield made


@pytest.fixture
def admin(colour: Colour, guarded: MockKernel) -> Any:
    """A client that may do everything."""
    return holding(colour, guarded, guarded.mint())


def holding(colour: Colour, kernel: MockKernel, token: str, **options: Any) -> Any:
    """Return a client of the kernel that holds a token."""
    return colour.client(transport=kernel.transport(), api_key=token, **options)


def test_the_life_of_an_account(colour: Colour, guarded: MockKernel, admin: Any) -> None:
    """It is made with a token that works, is listed without it, gets another, and ends with all of them."""
    call = colour.call
    made = call(admin.service_accounts.create, "bob", scopes=["records:read"], actors=["did:example:*"])
    assert (made.name, made.scopes, made.actors, made.namespace, made.active) == (
        "bob",
        ("records:read",),
        ("did:example:*",),
        "default",
        True,
    )
    assert made.did == tokens.account_did(made.id)
    bob = holding(colour, guarded, made.api_key.value)
    assert call(bob.whoami).service_account_id == made.id
    (listed,) = [row for row in call(admin.service_accounts.list) if row.id == made.id]
    assert type(listed) is ServiceAccount
    assert listed.to_dict() == {key: value for key, value in made.to_dict().items() if key != "api_key"}
    key = call(admin.service_accounts.rotate_key, made.id)
    assert (key.id, key.api_key == made.api_key) == (made.id, False)
    with pytest.raises(AuthenticationError):
        call(bob.whoami)
    bob = holding(colour, guarded, key.api_key.value)
    assert call(bob.whoami).is_authenticated
    for _ in range(2):
        assert call(admin.service_accounts.revoke, made.id) is None
    with pytest.raises(AuthenticationError):
        call(bob.whoami)
    assert not [row for row in call(admin.service_accounts.list) if row.id == made.id and row.active]


def test_the_life_of_a_token(colour: Colour, guarded: MockKernel, admin: Any) -> None:
    """It is made narrower than its account, listed without its text, replaced by its holder, and revoked."""
    call = colour.call
    account = call(admin.service_accounts.create, "bob")
    made = call(admin.tokens.create, account.id, scopes=["records:read"], env_tag="test", ttl_seconds=60)
    assert (made.service_account_id, made.env_tag, made.scopes) == (account.id, "test", ("records:read",))
    assert (made.expires_at, made.revoked_at, made.last_used_at) == (made.created_at + 60, None, None)
    assert made.token_id == tokens.token_id(made.bearer.value)
    page = call(admin.tokens.list, account.id)
    assert {row.token_id for row in page} == {made.token_id, tokens.token_id(account.api_key.value)}
    first = call(admin.tokens.list, account.id, limit=1)
    second = call(admin.tokens.list, account.id, limit=1, cursor=first.next_cursor)
    assert {row.token_id for row in (*first, *second)} == {row.token_id for row in page}
    holder = holding(colour, guarded, made.bearer.value)
    fresh = call(holder.tokens.rotate)
    assert isinstance(fresh, NewToken)
    assert fresh.bearer != made.bearer
    with pytest.raises(AuthenticationError, match="revoked"):
        call(holder.whoami)
    holder = holding(colour, guarded, fresh.bearer.value)
    with pytest.raises(PermissionDeniedError) as refused:
        call(holder.tokens.rotate, tokens.token_id(account.api_key.value))
    assert refused.value.code == "ROTATE_NOT_SELF"
    for _ in range(2):
        assert call(admin.tokens.revoke, fresh.token_id) is None
    with pytest.raises(AuthenticationError, match="revoked"):
        call(holder.whoami)


def test_a_token_that_ends(colour: Colour, guarded: MockKernel, admin: Any) -> None:
    """Its end may be a number or a date with a zone, and after it the token is refused as expired."""
    account = colour.call(admin.service_accounts.create, "bob")
    end = int(guarded.clock()) + 60
    moments = (end, float(end), datetime.fromtimestamp(end, timezone.utc))
    made = [colour.call(admin.tokens.create, account.id, expires_at=moment) for moment in moments]
    assert [token.expires_at for token in made] == [end] * 3
    holder = holding(colour, guarded, made[0].bearer.value)
    assert colour.call(holder.whoami).is_authenticated
    guarded.clock.advance(61)
    with pytest.raises(AuthenticationError, match="expired"):
        colour.call(holder.whoami)


def test_namespaces(colour: Colour, guarded: MockKernel, admin: Any) -> None:
    """They are registered, listed and closed; an emit into one that is not active names it."""
    call = colour.call
    assert call(admin.namespaces.create, "team").require_signatures is False
    strict = call(admin.namespaces.create, "team/a", require_signatures=True)
    assert (strict.id, strict.active, strict.require_signatures) == ("team/a", True, True)
    with pytest.raises(ConflictError) as taken:
        call(admin.namespaces.create, "team")
    assert taken.value.code == "NAMESPACE_EXISTS"
    assert call(admin.namespaces.update, "team/a", require_signatures=False).require_signatures is False
    assert put(colour, admin, body={"namespace": "team/a"}).success
    assert call(admin.namespaces.update, "team", active=False).active is False
    refused = put(colour, admin, body={"namespace": "team/a", "n": 2})
    assert (refused.code, refused.status) == ("NAMESPACE_REJECTED", 403)
    assert "'team'" in str(refused.error)
    assert [row.id for row in call(admin.namespaces.list)] == ["default", "team", "team/a"]
    with pytest.raises(NotFoundError) as unknown:
        call(admin.namespaces.update, "other", active=False)
    assert unknown.value.code == "NAMESPACE_NOT_FOUND"


def test_the_first_account(colour: Colour) -> None:
    """It is made once, by a caller who made its token, so that no secret travels; then the door is closed."""
    with MockKernel() as kernel:
        client = colour.client(transport=kernel.transport())
        account = tokens.new_account_id()
        bearer = tokens.new_token("test", account)
        token = {"token_id": tokens.token_id(bearer), "env_tag": "test", "created_at": int(time.time())}
        body = {"service_account_id": account, "display_name": "first", "with_token": token}
        row = colour.call(client.service_accounts.bootstrap, body)
        assert (row["service_account_id"], row["token_id"]) == (account, token["token_id"])
        assert bearer not in str(kernel.calls)
        with pytest.raises(ConflictError) as closed:
            colour.call(client.service_accounts.bootstrap, body)
        assert closed.value.code == "BOOTSTRAP_CLOSED"
        first = holding(colour, kernel, bearer)
        assert colour.call(first.whoami).scopes == ["admin"]


def test_who_is_asking(colour: Colour, guarded: MockKernel, admin: Any) -> None:
    """`whoami` names the token's account and scopes; presets and the keys of actors can be asked for."""
    found = colour.call(admin.whoami)
    assert (found.is_authenticated, found.scopes) == (True, ["admin"])
    assert found.service_account_id in {row.id for row in colour.call(admin.service_accounts.list)}
    assert colour.call(admin.scope_presets)["admin"] == ["admin"]
    keys = colour.call(admin.identity_keys, "did:web:example.com:users:a b")
    assert (keys.did, keys.keys) == ("did:web:example.com:users:a b", [])
    nobody = colour.client(transport=guarded.transport())
    with pytest.raises(AuthenticationError) as refused:
        colour.call(nobody.whoami)
    assert (refused.value.code, refused.value.status) == ("AUTH_REQUIRED", 401)
    assert "spl login" in str(refused.value.hint)
    assert str(refused.value.request_id).startswith("req_")


def test_forgetting_what_was_fetched(colour: Colour, guarded: MockKernel, admin: Any, tmp_path: Path) -> None:
    """The keys that the server fetched for a `did:web` are listed, and sign no more once forgotten."""
    did = "did:web:example.com"
    identity = Identity.federated(did, _new_key(tmp_path))
    guarded.publish_key(did, identity.public_key)
    client = holding(colour, guarded, guarded.mint(), identity=identity)
    assert put(colour, client).success
    (key,) = colour.call(admin.identity_keys, did).keys
    assert (key.key, key.source) == (identity.public_key, "document")
    assert key.until_sequence is None
    (forgotten,) = colour.call(admin.forget_identity_keys, did).keys
    assert forgotten.until_sequence is not None


def _new_key(folder: Path) -> Path:
    path = folder / "key.pem"
    Identity.generate(path)
    return path


def test_secrets_are_shown_by_their_value_alone(colour: Colour, guarded: MockKernel, admin: Any) -> None:
    """No representation of what was made, and nothing that is listed, holds a token."""
    account = colour.call(admin.service_accounts.create, "bob")
    token = colour.call(admin.tokens.create, account.id)
    key = colour.call(admin.service_accounts.rotate_key, account.id)
    made = (account, token, key)
    secrets = [account.api_key.value, token.bearer.value, key.api_key.value]
    assert len(set(secrets)) == 3
    told = [text for value in made for text in (repr(value), str(value), str(value.to_dict()))]
    told += [repr(colour.call(admin.service_accounts.list)), repr(colour.call(admin.tokens.list))]
    told += [repr(guarded.trail), repr(guarded.calls), repr(vars(admin))]
    assert not [text for text in told if any(secret in text for secret in secrets)]
    assert account.to_dict()["api_key"] == token.to_dict()["bearer"] == "***"


@pytest.mark.parametrize(
    ("part", "method", "arguments", "named", "error"),
    [
        ("service_accounts", "create", ("",), {}, UsageError),
        ("service_accounts", "create", ("a",), {"scopes": "admin"}, UsageTypeError),
        ("service_accounts", "create", ("a",), {"actors": [5]}, UsageTypeError),
        ("service_accounts", "create", ("a",), {"expires_at": datetime(2030, 1, 1)}, UsageError),
        ("service_accounts", "create", ("a",), {"expires_at": "tomorrow"}, UsageTypeError),
        ("service_accounts", "revoke", ("",), {}, UsageError),
        ("tokens", "create", ("",), {}, UsageError),
        ("tokens", "list", (), {"limit": -1}, UsageError),
        ("tokens", "revoke", (5,), {}, UsageTypeError),
        ("tokens", "rotate", (), {}, UsageError),
        ("namespaces", "create", ("",), {}, UsageError),
    ],
)
def test_mistakes_raise_before_anything_is_sent(
    colour: Colour, part: str, method: str, arguments: Any, named: Any, error: type[UsageError]
) -> None:
    """An argument that cannot be used is the caller's mistake; the server is not asked."""
    with scripted(answer(500)) as server:
        client = colour.client(endpoint=server.url)
        with pytest.raises(error):
            colour.call(getattr(getattr(client, part), method), *arguments, **named)
        assert server.requests == []


STRICT = [
    ("whoami", ()),
    ("scope_presets", ()),
    ("identity_keys", ("did:x:y",)),
    ("forget_identity_keys", ("did:x:y",)),
    ("service_accounts.create", ("bob",)),
    ("service_accounts.list", ()),
    ("service_accounts.revoke", ("sa_a",)),
    ("service_accounts.rotate_key", ("sa_a",)),
    ("service_accounts.bootstrap", ({},)),
    ("tokens.create", ("sa_a",)),
    ("tokens.list", ()),
    ("tokens.revoke", ("t",)),
    ("tokens.rotate", ()),
    ("namespaces.create", ("a",)),
    ("namespaces.list", ()),
    ("namespaces.update", ("a",)),
]


def strict(client: Any, name: str) -> Any:
    """Return a method of the client, or of a part of it, by its dotted name."""
    for part in name.split("."):
        client = getattr(client, part)
    return client


@pytest.mark.parametrize(("name", "arguments"), STRICT, ids=[name for name, _ in STRICT])
def test_every_call_is_strict(colour: Colour, name: str, arguments: Any) -> None:
    """A refusal, an unusable answer, a lost connection and a closed client raise; a token never shows."""
    secret = "s3cret-token-of-the-test"
    refusal = {"code": "X_CODE", "message": f"no {secret}", "hint": f"try {secret}", "request_id": "req_1"}
    with scripted(answer(418, json=refusal), answer(200, "no json"), answer(200, json=5)) as server:
        client = colour.client(endpoint=server.url, api_key=secret)
        with pytest.raises(ApiError) as refused:
            colour.call(strict(client, name), *arguments)
        found = refused.value
        assert (found.status, found.code, found.request_id) == (418, "X_CODE", "req_1")
        assert (found.message, found.hint) == ("no ***", "try ***")
        assert secret not in f"{found} {found!r} {found.body}"
        for _ in range(2):
            with pytest.raises(DecodeError):
                colour.call(strict(client, name), *arguments)
        assert len(server.requests) == 3
    with pytest.raises(TransportError):
        colour.call(strict(client, name), *arguments)
    colour.call(client.close)
    with pytest.raises(ClosedError):
        colour.call(strict(client, name), *arguments)


def test_an_answer_without_its_secret_is_no_answer(colour: Colour, guarded: MockKernel, admin: Any) -> None:
    """Who asked for a token and was told none must learn it, not find None."""
    row = {**colour.call(admin.service_accounts.create, "bob").to_dict(), "api_key": None}
    guarded.fail_next(201, operation="createServiceAccount", body=row)
    with pytest.raises(DecodeError, match="api_key"):
        colour.call(admin.service_accounts.create, "bob")

"""A mock that asks for tokens: who gets in, what is kept apart, and keys that are published on its web."""

from __future__ import annotations

import httpx
import pytest

from syncropel.errors import UsageError
from syncropel.kernel.messages import Request
from syncropel.keys.ed25519 import SigningKey
from syncropel.keys.jwt import mint
from syncropel.rules.signatures import key_to_multibase
from syncropel.testing import MockKernel


def send(
    mock: MockKernel, method: str, path: str, token: str | None = None, **body: object
) -> httpx.Response:
    """Call the mock over its transport."""
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    with httpx.Client(transport=mock.transport(), base_url="http://mock") as client:
        return client.request(method, path, headers=headers, json=body or None)


def emit(mock: MockKernel, token: str | None, **fields: object) -> httpx.Response:
    """Emit a record."""
    record = {"act": "PUT", "actor": "did:example:a", "body": {}, "clock": 0, "thread": "t", **fields}
    return send(mock, "POST", "/v1/records", token, **record)


def test_mock_asks_for_tokens_when_told_to() -> None:
    """With `auth` a call needs a token that was minted; without it none is asked for."""
    with MockKernel(auth=True) as mock:
        assert emit(mock, None).status_code == 401
        assert emit(mock, "anything").status_code == 401
        assert emit(mock, mock.mint()).status_code == 201
        assert send(mock, "GET", "/v1/capabilities").json()["auth"] == {"required": True}
    with MockKernel() as mock:
        assert emit(mock, None).status_code == 201


def test_minted_token_is_as_narrow_as_it_was_asked_for() -> None:
    """A token has the scopes, actors, namespace and end that it was minted with."""
    with MockKernel(auth=True) as mock:
        reader = mock.mint(scopes=["records:read"])
        assert emit(mock, reader).json()["code"] == "SCOPE_FORBIDDEN"
        writer = mock.mint(scopes=["records:write"], actors=["did:example:b"])
        assert emit(mock, writer).json()["code"] == "DID_CLAIM_DENIED"
        team = mock.mint(namespace="team/a", actors=["*"])
        assert emit(mock, team).json()["code"] == "SCOPE_FORBIDDEN"
        assert emit(mock, team, body={"namespace": "team/a"}).status_code == 201
        short = mock.mint(expires_at=int(mock.clock()) + 10)
        mock.clock.advance(10)
        assert send(mock, "GET", "/v1/identity", short).status_code == 401
        with pytest.raises(UsageError, match=r"scopes\[0\]"):
            mock.mint(scopes=["everything"])
        with pytest.raises(UsageError, match="segments"):
            mock.mint(namespace="Team")


def test_records_are_those_that_were_emitted() -> None:
    """What the engine notes about accounts is in the trail, and not among the records that a test counts."""
    with MockKernel(auth=True) as mock:
        token = mock.mint()
        assert mock.count() == 0
        emit(mock, token)
        assert [record.thread for record in mock.records] == ["t"]
        assert {record.body["kind"] for record in mock.trail} == {"core.access.account", "core.access.token"}
        mock.clear()
        assert (mock.count(), mock.trail) == (0, [])
        assert emit(mock, token).status_code == 401


def test_any_number_of_calls_while_time_stands_still() -> None:
    """A mock does not run out of calls although its clock does not move."""
    with MockKernel(auth=True) as mock:
        headers = {"x-api-key": mock.mint(scopes=["records:read"])}
        asked = Request("GET", "/v1/identity", headers)
        assert {mock.engine.handle(asked).status for _ in range(2100)} == {200}


def test_published_key_is_found_when_it_is_needed() -> None:
    """A `did:web` whose document is on the mock's web is looked up at its first call, as a daemon does it."""
    key, did = SigningKey.generate(), "did:web:agents.example"
    with MockKernel(auth=True) as mock:
        admin = mock.mint()
        account = send(mock, "POST", "/v1/service-accounts", admin, name="agent", actors=[did]).json()["id"]
        token = mint(key, did, account, "did:sync:system:local", now=mock.clock())
        assert send(mock, "GET", "/v1/identity", token).status_code == 401
        mock.publish_key(did, key_to_multibase(key.public))
        command = send(mock, "POST", "/api/v1/command", token, command="kv.exists", payload={"key": "a"})
        assert command.json()["error_code"] == "SCOPE_FORBIDDEN"
        answer = send(mock, "GET", "/v1/identity", token)
        assert (answer.status_code, answer.json()["service_account_id"]) == (200, account)

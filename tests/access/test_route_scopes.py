"""Every route of the contract, asked with every sort of token: the answers are what contract and docs say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from _toolbox import ROOT
from syncropel.daemon.local import LocalDaemon
from syncropel.rules.contract import load_routes
from syncropel.rules.scopes import ADMIN, ANY, OPEN, SELF, WRITE
from syncropel.rules.tokens import token_id

from .stage import FOREIGN, HOME, THREAD, Seen, Stage, documented_scopes, too_narrow

ROUTES = {row["operation_id"]: row["scope"] for row in load_routes()}
GUARDED = [name for name, scope in ROUTES.items() if scope != OPEN]
SCOPED = [name for name in GUARDED if ROUTES[name] not in (ANY, SELF)]
# What answers a well-formed request from whoever may make it, where that is no success.
UNSERVED = {
    "searchRecords": (503, "SEMANTIC_SEARCH_DISABLED"),
    "bootstrapServiceAccount": (409, "BOOTSTRAP_CLOSED"),
    "pubsubWatch": (426, "UPGRADE_REQUIRED"),
}
# What an administrator of another namespace is told; a success must not show anything of this one.
ELSEWHERE = {
    "emitRecord": (403, "SCOPE_FORBIDDEN"),
    "getRecord": (404, "RECORD_NOT_FOUND"),
    "getThread": (404, "THREAD_NOT_FOUND"),
    "getThreadState": (404, "THREAD_NOT_FOUND"),
    "listThreadParticipants": (404, "THREAD_NOT_FOUND"),
    "projectThread": (404, "THREAD_NOT_FOUND"),
    "listActors": (403, "SCOPE_FORBIDDEN"),
    "registerActor": (403, "SCOPE_FORBIDDEN"),
    "lookupActor": (403, "SCOPE_FORBIDDEN"),
    "listTrust": (403, "SCOPE_FORBIDDEN"),
    "decide": (404, "DECISION_NOT_FOUND"),
    "decideAitl": (404, "DECISION_NOT_FOUND"),
    "createServiceAccount": (403, "SCOPE_FORBIDDEN"),
    "revokeServiceAccount": (404, "ACCOUNT_NOT_FOUND"),
    "rotateServiceAccountKey": (404, "ACCOUNT_NOT_FOUND"),
    "createToken": (404, "ACCOUNT_NOT_FOUND"),
    "revokeToken": (404, "TOKEN_NOT_FOUND"),
    "rotateToken": (403, "ROTATE_NOT_SELF"),
    "createNamespace": (403, "SCOPE_FORBIDDEN"),
    "updateNamespace": (404, "NAMESPACE_NOT_FOUND"),
    "forgetIdentityKeys": (403, "SCOPE_FORBIDDEN"),
    # Another namespace has queues and streams of its own, and here it has none.
    **dict.fromkeys(
        ("queuePublish", "queueAck", "queueNack", "queueExtend", "queueStats", "queuePurge"),
        (404, "QUEUE_NOT_FOUND"),
    ),
    **dict.fromkeys(("queueDeadLetters", "queueRedrive"), (404, "QUEUE_NOT_FOUND")),
    **dict.fromkeys(
        ("streamDelete", "streamPublish", "streamConsume", "streamStats"), (400, "ROOM_NOT_FOUND")
    ),
    "pubsubInfo": (400, "TOPIC_NOT_FOUND"),
    **UNSERVED,
}
# What shows a value that it replaces needs the scope to read it, too.
BESIDES = {"kvGetSet": "kv:read"}
MALFORMED = ("nonsense", "spl_prod_sa_x_y", "a.b.c", "spl_prod_sa_0123456789abcdef_" + "0" * 32)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The daemon with something to ask for."""
    with LocalDaemon(store="memory:", auth=True) as daemon:
        made = Stage(daemon)
        yield made
        made.close()


def check_listed(stage: Stage, operation: str, seen: Seen) -> None:
    """Fail unless the contract lists the status, and the code under it."""
    listed = stage.listed(operation, seen.status)
    assert listed is not None, f"{operation} does not list {seen.status}: {seen.text}"
    assert seen.code is None or seen.code in listed["x-error-codes"], seen.text


def check_refused(stage: Stage, operation: str, seen: Seen, status: int, code: str) -> None:
    """Fail unless an answer is this refusal, and the contract lists it."""
    assert (seen.status, seen.code) == (status, code), f"{operation}: {seen.text}"
    check_listed(stage, operation, seen)


def test_the_documented_table_is_the_contracts() -> None:
    """The table in the docs has every route of the contract with its scope, and no other."""
    assert documented_scopes(ROOT) == ROUTES


@pytest.mark.parametrize("operation", ROUTES)
def test_without_a_token(stage: Stage, operation: str) -> None:
    """Without a token open routes answer as ever, and every other is 401, however broken its body is."""
    method, target, body = stage.request(operation)
    seen = stage.send((method, target, body), None)
    if ROUTES[operation] == OPEN:
        wanted = UNSERVED.get(operation, (200, None))
        assert (seen.status, seen.code) == wanted, seen.text
        check_listed(stage, operation, seen)
        return
    check_refused(stage, operation, seen, 401, "AUTH_REQUIRED")
    assert seen.headers["www-authenticate"].startswith("Bearer")
    if body is not None:
        broken = stage.send((method, target, b"{nothing"), None)
        assert (broken.status, broken.code) == (401, "AUTH_REQUIRED")


@pytest.mark.parametrize("operation", GUARDED)
def test_a_malformed_token(stage: Stage, operation: str) -> None:
    """Text that is no token, and a token of the right form that nobody minted, are 401 and never echoed."""
    request = stage.request(operation)
    for token in MALFORMED:
        seen = stage.send(request, token)
        check_refused(stage, operation, seen, 401, "AUTH_REQUIRED")
        assert len(token) < 10 or token not in seen.text
    check_refused(
        stage, operation, stage.send(request, None, authorization="Basic YTpi"), 401, "AUTH_REQUIRED"
    )
    check_refused(
        stage, operation, stage.send(request, None, **{"x-api-key": "nonsense"}), 401, "AUTH_REQUIRED"
    )


@pytest.mark.parametrize("operation", GUARDED)
def test_an_expired_and_a_revoked_token(stage: Stage, operation: str) -> None:
    """A token whose time has come, and one that was revoked, are 401 and told so."""
    stage.wait_for_expiry()
    request = stage.request(operation)
    for token, word in ((stage.expired, "expired"), (stage.revoked, "revoked")):
        seen = stage.send(request, token)
        check_refused(stage, operation, seen, 401, "AUTH_REQUIRED")
        assert word in seen.message
        assert token not in seen.text


@pytest.mark.parametrize("operation", SCOPED)
def test_a_token_that_is_too_narrow(stage: Stage, operation: str) -> None:
    """Every scope but the stated one (and `admin`) is 403, which names that one, whatever the body is."""
    scope = ROUTES[operation]
    token = stage.token(*too_narrow(scope))
    method, target, body = stage.request(operation)
    seen = stage.send((method, target, body), token)
    check_refused(stage, operation, seen, 403, "SCOPE_FORBIDDEN")
    assert scope in seen.message
    if body is not None:
        broken = stage.send((method, target, b"{nothing"), token)
        assert (broken.status, broken.code) == (403, "SCOPE_FORBIDDEN")


@pytest.mark.parametrize("operation", ROUTES)
def test_exactly_the_stated_scope(stage: Stage, operation: str) -> None:
    """The scope that is stated is enough, and so is `admin`; for the others any is."""
    scope = ROUTES[operation]
    enough = {SELF: (WRITE, ADMIN), ANY: (WRITE, ADMIN), OPEN: (WRITE,)}
    for held in enough.get(scope, (scope, ADMIN)):
        if operation == "runCommand" and held == WRITE:
            held = "kv:write"  # each command has a scope of its own
        own = operation == "rotateToken"
        # It ends with the rotation, so it is one of its own.
        token = stage.fresh(held) if own else stage.token(held)
        if operation in BESIDES and held != ADMIN:
            seen = stage.send(stage.request(operation), token)
            check_refused(stage, operation, seen, 403, "SCOPE_FORBIDDEN")
            assert BESIDES[operation] in seen.message
            token = stage.token(held, BESIDES[operation])
        seen = stage.send(stage.request(operation, token if own else None), token)
        check_listed(stage, operation, seen)
        if operation in UNSERVED:
            assert (seen.status, seen.code) == UNSERVED[operation]
        else:
            assert 200 <= seen.status < 300, f"{held}: {seen.text}"


@pytest.mark.parametrize("operation", GUARDED)
def test_a_token_of_another_namespace(stage: Stage, operation: str) -> None:
    """An administrator of another namespace finds nothing of this one, and changes nothing in it."""
    before = stage.send(("GET", f"/v1/records/{stage.record}", None), stage.token(ADMIN)).text
    seen = stage.send(stage.request(operation), stage.foreign)
    check_listed(stage, operation, seen)
    if operation in ELSEWHERE:
        assert (seen.status, seen.code) == ELSEWHERE[operation], seen.text
    else:
        assert seen.status == 200, seen.text
        assert all(secret not in seen.text for secret in (HOME, THREAD, stage.record))
    assert stage.send(("GET", f"/v1/records/{stage.record}", None), stage.token(ADMIN)).text == before


@pytest.mark.parametrize("operation", GUARDED)
def test_a_claim_that_is_not_allowed(stage: Stage, operation: str) -> None:
    """`X-Syncropel-Actor` with an actor that the account may not act as is 403, before the body is read."""
    token = stage.modest
    method, target, body = stage.request(operation)
    claim = {"x-syncropel-actor": "did:example:another"}
    seen = stage.send((method, target, body and b"{nothing"), token, **claim)
    check_refused(stage, operation, seen, 403, "DID_CLAIM_DENIED")


def test_a_token_is_taken_from_either_header(stage: Stage) -> None:
    """`x-api-key` is as good as `Authorization: Bearer`, which wins when both are there."""
    request, token = ("GET", "/v1/identity", None), stage.token(ADMIN)
    assert stage.send(request, None, **{"x-api-key": token}).status == 200
    assert stage.send(request, token, **{"x-api-key": "nonsense"}).status == 200
    assert stage.send(request, "nonsense", **{"x-api-key": token}).status == 401


def test_nobody_rotates_the_token_of_another(stage: Stage) -> None:
    """An administrator who names another token is refused, and that token goes on."""
    victim = stage.fresh("records:read")
    path = f"/v1/tokens/{token_id(victim)}/rotate"
    check_refused(
        stage, "rotateToken", stage.send(("POST", path, None), stage.token(ADMIN)), 403, "ROTATE_NOT_SELF"
    )
    assert stage.send(("GET", "/v1/identity", None), victim).status == 200


def test_a_rotated_token_is_over(stage: Stage) -> None:
    """After a rotation the new token is taken and the old one is not."""
    old = stage.fresh("records:read")
    answer = stage.send(("POST", f"/v1/tokens/{token_id(old)}/rotate", None), old)
    new = json.loads(answer.text)["bearer"]
    assert stage.send(("GET", "/v1/identity", None), new).status == 200
    assert stage.send(("GET", "/v1/identity", None), old).status == 401
    assert FOREIGN not in answer.text

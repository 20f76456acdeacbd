"""Tokens that identities sign themselves: whose they are, what they may, what is said when clocks differ."""

from __future__ import annotations

import base64
import json

import pytest

from syncropel.kernel.core import Kernel
from syncropel.kernel.store.base import Store
from syncropel.keys.ed25519 import SigningKey
from syncropel.keys.encoding import base64url_text
from syncropel.keys.jwt import mint
from syncropel.rules.signatures import did_of_key, key_to_multibase

from .access_support import Holder, administrator, guarded, refusal
from .support import FakeTime

AUDIENCE = "did:sync:system:local"


class Issuer:
    """An identity with a key of its own."""

    def __init__(self) -> None:
        self.key = SigningKey.generate()
        self.did = did_of_key(key_to_multibase(self.key.public))

    def token(
        self,
        account: str,
        now: float,
        *,
        audience: str = AUDIENCE,
        did: str | None = None,
        lifetime: float = 300,
    ) -> str:
        """Sign a token for a service account."""
        return mint(self.key, did or self.did, account, audience, lifetime=lifetime, now=now)


@pytest.fixture
def kernel(store: Store, clock: FakeTime) -> Kernel:
    """Give a kernel that asks for tokens."""
    return guarded(store, clock, audiences=("https://records.example",))


@pytest.fixture
def admin(kernel: Kernel) -> Holder:
    """Give the holder of a token that may do everything."""
    return administrator(kernel)


@pytest.fixture
def issuer() -> Issuer:
    """Give an identity."""
    return Issuer()


def test_signed_token_speaks_for_the_account(admin: Holder, issuer: Issuer, clock: FakeTime) -> None:
    """Whoever an account names may use it with a signed token, as itself alone, with the account's scopes."""
    account = admin.create(actors=[issuer.did, "did:example:*"]).body["id"]
    holder = Holder(admin.kernel, issuer.token(account, clock.now))
    identity = holder.get("/v1/identity").body
    assert identity["is_authenticated"] is True
    assert identity["service_account_id"] == account
    assert identity["scopes"] == ["records:read", "records:write"]
    assert holder.emit(actor=issuer.did).status == 201
    assert refusal(holder.emit(actor="did:example:a", clock=1)) == (403, "DID_CLAIM_DENIED")
    assert refusal(holder.get("/v1/service-accounts")) == (403, "SCOPE_FORBIDDEN")
    assert refusal(holder.post(f"/v1/tokens/{'0' * 64}/rotate")) == (403, "ROTATE_NOT_SELF")
    for audience in ("https://records.example", AUDIENCE):
        assert Holder(admin.kernel, issuer.token(account, clock.now, audience=audience)).works()


def test_signed_token_ends(admin: Holder, issuer: Issuer, clock: FakeTime) -> None:
    """A signed token ends by itself; within the leeway of clocks it still counts."""
    account = admin.create(actors=[issuer.did]).body["id"]
    holder = Holder(admin.kernel, issuer.token(account, clock.now))
    assert holder.works()
    clock.now += 300 + 61
    reply = holder.get("/v1/identity")
    assert refusal(reply) == (401, "AUTH_REQUIRED")
    assert "expired" in reply.body["message"]


def test_clock_that_is_ahead_is_named(admin: Holder, issuer: Issuer, clock: FakeTime) -> None:
    """A token from the future is refused with the number of seconds and the advice to compare the clocks."""
    account = admin.create(actors=[issuer.did]).body["id"]
    reply = Holder(admin.kernel, issuer.token(account, clock.now + 312)).get("/v1/identity")
    assert refusal(reply) == (401, "AUTH_REQUIRED")
    assert "312 s in the future" in reply.body["message"]
    assert "compare the clocks" in reply.body["message"]
    assert Holder(admin.kernel, issuer.token(account, clock.now + 50)).works()


def test_end_of_the_account_is_the_end_of_its_signed_tokens(
    admin: Holder, issuer: Issuer, clock: FakeTime
) -> None:
    """Once the account is revoked no signed token for it is taken, although it was a moment ago."""
    account = admin.create(actors=[issuer.did]).body["id"]
    holder = Holder(admin.kernel, issuer.token(account, clock.now))
    assert holder.works()
    admin.delete(f"/v1/service-accounts/{account}")
    assert not holder.works()


def test_account_says_who_speaks_for_it(admin: Holder, issuer: Issuer, clock: FakeTime) -> None:
    """An account that does not name the issuer, none at all and one that ended get the same answer."""
    # A pattern is for writing: everybody can make up a `did:key`, and nobody becomes the account by that.
    other = admin.create(actors=["*", "did:key:*", f"{issuer.did[:-1]}*"]).body["id"]
    gone = admin.create(actors=[issuer.did]).body["id"]
    admin.delete(f"/v1/service-accounts/{gone}")
    answers = set()
    for account in (other, gone, "sa_0000000000000000", "nonsense", "x" * 500):
        reply = Holder(admin.kernel, issuer.token(account, clock.now)).get("/v1/identity")
        assert refusal(reply) == (401, "AUTH_REQUIRED")
        answers.add(reply.body["message"])
    assert len(answers) == 1


def test_forged_tokens_are_refused(admin: Holder, issuer: Issuer, clock: FakeTime) -> None:
    """A key of somebody else, an issuer without a key and a changed claim are told apart by nobody."""
    account = admin.create(actors=[issuer.did, "did:web:nowhere.example"]).body["id"]
    thief = Issuer()
    good = issuer.token(account, clock.now)
    head, claims, signature = good.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    changed = base64.urlsafe_b64encode(json.dumps({**decoded, "sub": account}).encode()).decode().rstrip("=")
    messages = set()
    for token in (
        thief.token(account, clock.now, did=issuer.did),
        thief.token(account, clock.now, did="did:web:nowhere.example"),
        thief.token(account, clock.now, did="did:example:x"),
        f"{head}.{changed}.{signature}",
        f"{head}.{claims}.{'A' * 86}",
    ):
        reply = Holder(admin.kernel, token).get("/v1/identity")
        assert refusal(reply) == (401, "AUTH_REQUIRED")
        messages.add(reply.body["message"])
    assert len(messages) == 1
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for token in (f"{none}.{claims}.", f"{none}.{claims}.{signature}"):
        assert not Holder(admin.kernel, token).works()
    assert Holder(admin.kernel, good).works()


def test_token_for_another_daemon_is_refused(admin: Holder, issuer: Issuer, clock: FakeTime) -> None:
    """A token that names another audience, or one that is good for too long, is not taken."""
    account = admin.create(actors=[issuer.did]).body["id"]
    assert not Holder(
        admin.kernel, issuer.token(account, clock.now, audience="https://other.example")
    ).works()
    assert Holder(admin.kernel, issuer.token(account, clock.now, lifetime=3600)).works()


@pytest.mark.parametrize("did", ["did:web:\ud800", "\udfff"])
def test_an_issuer_that_no_text_can_name_is_refused(
    admin: Holder, issuer: Issuer, clock: FakeTime, did: str
) -> None:
    """An issuer that UTF-8 cannot carry is a refusal like any other, and no fault of the daemon."""
    now = int(clock.now)
    claims = {"iss": did, "sub": admin.account_id, "aud": AUDIENCE, "iat": now, "exp": now + 300}
    parts = [json.dumps(part).encode() for part in ({"alg": "EdDSA"}, claims)]
    signed = ".".join(map(base64url_text, parts))
    token = f"{signed}.{base64url_text(issuer.key.sign(signed.encode()))}"
    assert refusal(Holder(admin.kernel, token).get("/v1/identity")) == (401, "AUTH_REQUIRED")


def test_published_key_speaks_for_its_did(admin: Holder, issuer: Issuer, clock: FakeTime) -> None:
    """A key that was pinned for a `did:web` signs its tokens; once it is forgotten it signs none."""
    did = "did:web:agents.example"
    account = admin.create(actors=[did]).body["id"]
    token = issuer.token(account, clock.now, did=did)
    holder = Holder(admin.kernel, token)
    first = holder.get("/v1/identity")
    assert (first.status, first.resolve) == (401, did)
    # Nobody makes the daemon fetch a document that no account asks for.
    for strange in (
        issuer.token(account, clock.now, did="did:web:other.example"),
        issuer.token(admin.account_id, clock.now, did=did),
    ):
        assert Holder(admin.kernel, strange).get("/v1/identity").resolve is None
    admin.kernel.pin_keys(did, [key_to_multibase(issuer.key.public)])
    assert holder.works()
    assert admin.delete("/v1/identities/did%3Aweb%3Aagents.example/keys").status == 200
    clock.now += 1
    assert not holder.works()


def test_daemon_without_the_library_says_so(
    admin: Holder, issuer: Issuer, clock: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the library is not installed a signed token is refused with the line that installs it."""
    from syncropel.errors import MissingExtraError

    def missing() -> None:
        raise MissingExtraError("a signed token", "keys")

    account = admin.create(actors=[issuer.did]).body["id"]
    token = issuer.token(account, clock.now)
    monkeypatch.setattr("syncropel.keys.jwt._joserfc", missing)
    reply = Holder(admin.kernel, token).get("/v1/identity")
    assert refusal(reply) == (401, "AUTH_REQUIRED")
    assert "syncropel[keys]" in reply.body["message"]

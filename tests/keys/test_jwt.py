"""Tokens that an identity issues to itself: what they say, how they are renewed, and which are refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import pickle
import threading
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import ConfigurationError, UsageTypeError
from syncropel.keys import jwt
from syncropel.keys.ed25519 import SigningKey
from syncropel.keys.identity import Identity
from syncropel.keys.jwt import BearerTokens, Claims, JwtRefused, looks_like_jwt, mint, read
from syncropel.rules.signatures import did_of_key, key_to_multibase
from tests.keys.reference import base64url, sign
from tests.support.values import json_values

SEED = bytes(range(32))
KEY = SigningKey.from_seed(SEED)
ISSUER = did_of_key(key_to_multibase(KEY.public))
NOW = 1_800_000_000.0
AUDIENCE = "did:sync:instance:here"


def keys_of(issuer: str, kid: str | None) -> list[bytes]:
    """Return the key of the one issuer that is known."""
    return [KEY.public] if issuer == ISSUER else []


def judged(token: str, now: float = NOW, **others: Any) -> Claims:
    """Read a token at a moment."""
    arguments: dict[str, Any] = {"keys_of": keys_of, "audience": [AUDIENCE], "now": now, **others}
    return read(token, **arguments)


def refusal(token: str, now: float = NOW, **others: Any) -> JwtRefused:
    """Return why a token is refused; the reason holds no part of it."""
    with pytest.raises(JwtRefused) as caught:
        judged(token, now, **others)
    for part in token.split("."):
        assert not part or len(part) < 8 or part not in str(caught.value)
    return caught.value


def made(header: dict[str, Any] | None = None, signer: bytes = SEED, **claims: Any) -> str:
    """Return a token written by hand and signed by a second implementation; None leaves a claim out."""
    said = {"iss": ISSUER, "sub": "sa_a", "aud": AUDIENCE, "iat": int(NOW), "exp": int(NOW) + 300, **claims}
    parts = [header or {"alg": "EdDSA"}, {name: value for name, value in said.items() if value is not None}]
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{base64url(sign(signer, signed.encode()))}"


def test_a_token_says_who_for_whom_and_until_when() -> None:
    """What is minted is read as it was meant."""
    token = mint(KEY, ISSUER, "sa_a", AUDIENCE, lifetime=120, now=NOW)
    assert looks_like_jwt(token)
    claims = judged(token)
    assert claims == (ISSUER, "sa_a", (AUDIENCE,), NOW, NOW + 120, claims.token_id)
    assert len(claims.token_id or "") == 32
    assert judged(mint(KEY, ISSUER, "sa_a", AUDIENCE, now=NOW)).token_id != claims.token_id


def test_another_implementation_verifies_ours() -> None:
    """The bytes are a JWT: header, claims, and an Ed25519 signature over both (RFC 8037)."""
    signed, _, signature = mint(KEY, ISSUER, "sa_a", AUDIENCE, now=NOW).rpartition(".")
    assert signature == base64url(sign(SEED, signed.encode()))
    header = json.loads(base64.urlsafe_b64decode(signed.partition(".")[0] + "=="))
    assert header == {"alg": "EdDSA", "typ": "JWT", "kid": key_to_multibase(KEY.public)}


@pytest.mark.parametrize("algorithm", ["EdDSA", "Ed25519"])
def test_both_names_of_the_algorithm(algorithm: str) -> None:
    """RFC 8037's name and RFC 9864's are read alike, without a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert judged(made({"alg": algorithm})).subject == "sa_a"


def test_an_audience_in_a_list() -> None:
    """One of several audiences is enough."""
    assert judged(made(aud=["x", AUDIENCE])).audience == ("x", AUDIENCE)
    assert judged(made(), audience=["y", AUDIENCE]).subject == "sa_a"


def test_one_of_several_keys() -> None:
    """An issuer may have several keys; the one that signed is found."""
    others = [SigningKey.from_seed(bytes([n]) * 32).public for n in range(5)]
    assert judged(made(), keys_of=lambda issuer, kid: [*others, KEY.public]).issuer == ISSUER
    asked = []
    judged(made({"alg": "EdDSA", "kid": "k"}), keys_of=lambda *what: asked.append(what) or [KEY.public])
    assert asked == [(ISSUER, "k")]


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32), b"\xff" * 32, b"\x02" + bytes(31)])
def test_keys_that_are_none(public: bytes) -> None:
    """What an issuer is said to have and is no key signs nothing, zero bytes by a zero key included."""
    signed = made().rpartition(".")[0]
    for signature in (bytes(64), sign(SEED, signed.encode())):
        token = f"{signed}.{base64url(signature)}"
        assert "not signed by a key" in refusal(token, keys_of=lambda issuer, kid: [public]).reason


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": None}, "names no issuer"),
        ({"iss": 5}, "names no issuer"),
        ({"iss": "did:example:stranger"}, "issuer has no known key"),
        ({"sub": None}, "names no service account"),
        ({"sub": 5}, "names no service account"),
        ({"aud": None}, "names no audience"),
        ({"aud": [5]}, "names no audience"),
        ({"aud": "did:sync:instance:there"}, "for another audience"),
        ({"aud": []}, "for another audience"),
        ({"exp": None}, "no time in 'exp'"),
        ({"iat": None}, "no time in 'iat'"),
        ({"exp": "5"}, "no time in 'exp'"),
        ({"exp": True}, "no time in 'exp'"),
        ({"exp": 2**60}, "no time in 'exp'"),
        ({"iat": -1}, "no time in 'iat'"),
        ({"exp": float("nan")}, "this is no JWT"),
        ({"nbf": "soon"}, "no time in 'nbf'"),
        ({"exp": int(NOW) + 3601}, "longer than 3600 s"),
    ],
)
def test_claims_that_are_refused(claims: dict[str, Any], reason: str) -> None:
    """Each wrong claim is named."""
    assert reason in refusal(made(**claims)).reason


def test_clocks_that_differ() -> None:
    """A minute is forgiven both ways; more of the future is told as skew, with its seconds."""
    token = made()
    assert judged(token, NOW - 60).issuer == ISSUER
    early = refusal(token, NOW - 312)
    assert early.reason == "the token was issued 312 s in the future of this clock; compare the clocks"
    assert early.skew_seconds == 312
    assert judged(token, NOW + 359.5).issuer == ISSUER
    late = refusal(token, NOW + 420)
    assert late.reason == "the token expired 120 s ago"
    assert late.skew_seconds is None
    assert refusal(made(nbf=int(NOW) + 200)).skew_seconds == 200


def test_a_signature_that_does_not_fit() -> None:
    """A token signed by another key, or changed after it was signed, tells nothing of its claims."""
    head, claims, signature = made().split(".")
    later = base64url(json.dumps({"iss": ISSUER, "exp": 0}).encode())
    said = f"{head}.{claims}"
    for token in (made(signer=bytes(32)), f"{head}.{later}.{signature}", f"{said}.", f"{said}.AAAA"):
        assert refusal(token).reason == "the token is not signed by a key of its issuer"
    expired = made(signer=bytes(32), exp=5)
    assert "expired" not in refusal(expired).reason


def test_another_algorithm_is_refused() -> None:
    """Neither `none` nor a shared secret passes, the public key as the secret included."""
    assert "Ed25519" in refusal(made({"alg": "none"})).reason
    signed = made({"alg": "HS256"}).rpartition(".")[0]
    for secret in (KEY.public, key_to_multibase(KEY.public).encode()):
        digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        assert "Ed25519" in refusal(f"{signed}.{base64url(digest)}").reason
    unsigned = made({"alg": "none"}).rpartition(".")[0] + "."
    assert "Ed25519" in refusal(unsigned).reason
    assert "Ed25519" in refusal(made({"alg": ["EdDSA"]})).reason


@pytest.mark.parametrize(
    "header", [{"crit": ["x"], "x": 1}, {"b64": False, "crit": ["b64"]}, {"crit": 5}, {"crit": [["x"]]}]
)
def test_headers_that_must_be_understood(header: dict[str, Any]) -> None:
    """A token whose header demands an extension is not read without it."""
    refusal(made({"alg": "EdDSA", **header}))


@given(st.text(max_size=40) | st.text("ab.=-_", max_size=40))
def test_any_text_is_no_token(text: str) -> None:
    """Whatever is no JWT gives the one kind of error."""
    refusal(text)


@given(json_values, json_values)
def test_any_parts_are_no_token(header: Any, claims: Any) -> None:
    """Neither is JSON of any shape, signed as it may be."""
    signed = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    refusal(f"{signed}.{base64url(sign(SEED, signed.encode()))}")


def test_a_token_without_end() -> None:
    """A token of more than 8 KiB is not looked at; nor are a hundred thousand brackets."""
    assert "at most 8192 characters" in refusal(made(pad="x" * 9000)).reason
    refusal(f"{base64url(b'[' * 2000)}.{base64url(b'[' * 2000)}.AA")
    assert not looks_like_jwt("spl_dev_sa_a_b")


def test_a_refusal_survives_pickle() -> None:
    """It is an error of the package like any other."""
    error = JwtRefused("late", 5.0)
    again = pickle.loads(pickle.dumps(error))
    assert (again.reason, again.skew_seconds, str(again)) == ("late", 5.0, "late")


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        """Return what it was set to."""
        return self.time


@pytest.fixture
def clock() -> Clock:
    """Return a clock at `NOW`."""
    return Clock()


def test_tokens_are_renewed_in_time(clock: Clock) -> None:
    """One token serves until 30 seconds before its end; then there is another, good from that moment."""
    tokens = BearerTokens(ISSUER, KEY, "sa_a", AUDIENCE, 300, now=clock)
    first = tokens()
    clock.time = NOW + 269
    assert tokens() == first
    assert judged(first, clock.time).expires_at == NOW + 300
    clock.time = NOW + 270
    second = tokens()
    assert second != first
    assert judged(second, clock.time).expires_at == NOW + 570


def test_a_clock_that_is_set_back(clock: Clock) -> None:
    """A token of what is now the future is not kept."""
    tokens = BearerTokens(ISSUER, KEY, "sa_a", AUDIENCE, 300, now=clock)
    first = tokens()
    clock.time = NOW - 1000
    assert tokens() != first
    assert judged(tokens(), clock.time).issued_at == NOW - 1000


def test_threads_share_a_token(clock: Clock) -> None:
    """Many threads that ask at once get the same token."""
    tokens = BearerTokens(ISSUER, KEY, "sa_a", AUDIENCE, 300, now=clock)
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(tokens())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 16
    assert len(set(got)) == 1


def test_an_identity_issues_tokens() -> None:
    """`Identity.bearer` is the function that a client takes as its `api_key`."""
    bearer: Callable[[], str] = Identity.key(SEED).bearer("sa_a", AUDIENCE)
    claims = judged(bearer(), None)  # type: ignore[arg-type]
    assert (claims.issuer, claims.subject) == (ISSUER, "sa_a")
    assert claims.expires_at - claims.issued_at == 300
    assert repr(bearer) == f"<tokens of {ISSUER!r} for 'sa_a'>"
    with pytest.raises(UsageTypeError, match="not pickled"):
        pickle.dumps(bearer)


def test_an_identity_without_a_key_issues_none() -> None:
    """It is told what to use instead."""
    with pytest.raises(ConfigurationError, match=r"without a key issues no tokens; use Identity\.key"):
        Identity.static("did:example:a").bearer("sa_a", AUDIENCE)


@pytest.mark.parametrize("lifetime", [0, 59, 3601, -1, float("nan"), float("inf"), True, "300", None])
def test_a_lifetime_out_of_range(lifetime: Any) -> None:
    """A token lives from a minute to an hour."""
    with pytest.raises(ConfigurationError, match="lifetime must be from 60 to 3600 seconds"):
        Identity.key(SEED).bearer("sa_a", AUDIENCE, lifetime)
    with pytest.raises(ConfigurationError, match="lifetime"):
        mint(KEY, ISSUER, "sa_a", AUDIENCE, lifetime=lifetime)


@pytest.mark.parametrize(("account", "audience"), [("", "x"), ("sa_a", ""), (None, "x"), ("sa_a", 5)])
def test_a_token_for_nobody(account: Any, audience: Any) -> None:
    """An account and an audience are needed."""
    with pytest.raises(ConfigurationError, match="must be a non-empty string"):
        Identity.key(SEED).bearer(account, audience)


def test_a_lifetime_with_a_fraction_of_a_second(clock: Clock) -> None:
    """Times in a token are whole seconds, so it never outlives what was asked for."""
    clock.time = NOW + 0.9
    token = BearerTokens(ISSUER, KEY, "sa_a", AUDIENCE, 60.5, now=clock)()
    claims = judged(token, clock.time)
    assert (claims.issued_at, claims.expires_at) == (NOW, NOW + 60)
    assert jwt.RENEW_BEFORE < 60

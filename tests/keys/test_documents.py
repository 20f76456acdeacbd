"""DID documents of `did:web`: where they are, and which of their keys count."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import ConfigurationError, UsageError
from syncropel.keys.documents import document_url, keys_of_document
from syncropel.rules.signatures import key_to_multibase
from tests.keys.reference import base64url
from tests.support.values import json_values

DID = "did:web:example.com"
RAW = [bytes([n]) * 32 for n in (11, 12, 13)]
A, B, C = map(key_to_multibase, RAW)


def method(name: str, key: str = A, kind: str = "Multikey", **members: Any) -> dict[str, Any]:
    """Return a verification method with a multibase key."""
    return {"id": f"{DID}#{name}", "type": kind, "controller": DID, "publicKeyMultibase": key, **members}


def jwk_method(name: str, raw: bytes, kind: str = "JsonWebKey2020", **members: Any) -> dict[str, Any]:
    """Return a verification method with a JWK."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64url(raw), **members}
    return {"id": f"{DID}#{name}", "type": kind, "controller": DID, "publicKeyJwk": jwk}


def document(*methods: Any, **members: Any) -> dict[str, Any]:
    """Return a document with some methods."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": DID,
        "verificationMethod": list(methods),
        **members,
    }


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:example.com", "https://example.com/.well-known/did.json"),
        ("did:web:example.com:users:alice", "https://example.com/users/alice/did.json"),
        ("did:web:example.com%3A8443", "https://example.com:8443/.well-known/did.json"),
        ("did:web:example.com%3a8443:a", "https://example.com:8443/a/did.json"),
        ("did:web:localhost%3A9999:a", "http://localhost:9999/a/did.json"),
        ("did:web:127.0.0.1%3A9999", "http://127.0.0.1:9999/.well-known/did.json"),
        ("did:web:localhost.example.com", "https://localhost.example.com/.well-known/did.json"),
        ("did:web:example.com:a%20b", "https://example.com/a%20b/did.json"),
    ],
)
def test_where_a_document_is(did: str, url: str) -> None:
    """The parts of the DID are host and path; only this machine is asked without TLS."""
    assert document_url(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web::a",
        "did:web:example.com:",
        "did:web:example.com::a",
        "did:web:example.com:..:a",
        "did:web:example.com:%2e%2e:a",
        "did:web:exa mple.com",
        "did:web:example.com/a",
        "did:web:user@example.com",
        "did:web:user%40example.com",
        "did:web:example.com%2Fa",
        "did:web:example.com%3A0",
        "did:web:example.com%3A123456",
        "did:web:example.com%3A80%3A80",
        "did:web:%5B%3A%3A1%5D",
        "did:web:example.com#key-1",
        "did:web:example.com?x=1",
        "did:web:éxample.com",
        "did:web:example.com\n",
        "did:web:.example.com",
        "did:example:a",
        "",
        None,
        5,
    ],
)
def test_what_is_no_did_web(did: Any) -> None:
    """A DID that would lead elsewhere than its text says is refused: credentials, paths, queries, dots."""
    with pytest.raises(ConfigurationError, match="no did:web"):
        document_url(did)


@given(st.text(max_size=30))
def test_a_url_never_leaves_its_host(rest: str) -> None:
    """Whatever stands in a DID, the URL's host is its first part and the path ends in `did.json`."""
    try:
        url = document_url(f"did:web:example.com:{rest}")
    except ConfigurationError:
        return
    assert url.startswith("https://example.com/")
    assert url.endswith("/did.json")
    assert not {"?", "#", "@", "\\", " "} & set(url)


def test_the_types_of_methods() -> None:
    """Each supported type gives its key; a key that stands there twice counts once."""
    keys = keys_of_document(
        DID,
        document(
            method("1", A),
            method("2", B, "Ed25519VerificationKey2020"),
            jwk_method("3", RAW[2]),
            jwk_method("4", RAW[2], "JsonWebKey"),
        ),
    )
    assert keys == [A, B, C]


@pytest.mark.parametrize(
    "odd",
    [
        method("x", B, "Ed25519VerificationKey2018"),
        method("x", "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"),
        method("x", "nonsense"),
        {**method("x"), "publicKeyMultibase": 5},
        {**method("x"), "publicKeyMultibase": [A]},
        {"id": f"{DID}#x", "type": "Multikey", "controller": DID},
        method("x", B, controller="did:web:elsewhere.example"),
        jwk_method("x", RAW[1], crv="X25519"),
        jwk_method("x", RAW[1], kty="EC"),
        jwk_method("x", RAW[1][:31]),
        jwk_method("x", RAW[1], x="a+b/"),
        jwk_method("x", RAW[1], x=5),
        {**jwk_method("x", RAW[1]), "publicKeyJwk": "text"},
        {**method("x", B), "type": ["Multikey"]},
        "text",
        None,
    ],
)
def test_other_methods_are_passed_over(odd: Any) -> None:
    """A method of another type, algorithm or controller gives no key, and does not hide the next one."""
    assert keys_of_document(DID, document(odd, method("1", A))) == [A]
    with pytest.raises(UsageError, match="no Ed25519 key for assertions"):
        keys_of_document(DID, document(odd))


def test_only_keys_for_assertions() -> None:
    """Where a document says which methods may assert, only those count: named in full, short or embedded."""
    methods = (method("1", A), method("2", B))
    assert keys_of_document(DID, document(*methods, assertionMethod=["#2"])) == [B]
    assert keys_of_document(DID, document(*methods, assertionMethod=[f"{DID}#1"])) == [A]
    assert keys_of_document(DID, document(*methods, assertionMethod=[method("3", C)])) == [C]
    assert keys_of_document(DID, document(*methods, assertionMethod=["#2", "#none", 5])) == [B]
    with pytest.raises(UsageError, match="no Ed25519 key"):
        keys_of_document(DID, document(*methods, assertionMethod=[]))


@pytest.mark.parametrize("other", ["did:web:example.org", "did:web:example.com:users", None, 5])
def test_the_document_of_another(other: Any) -> None:
    """A document must be the DID's own."""
    with pytest.raises(UsageError, match="the document is of"):
        keys_of_document(DID, {**document(method("1")), "id": other})


@given(json_values)
def test_anything_else_is_no_document(value: Any) -> None:
    """Whatever a host answers, it gives keys or one kind of error."""
    with pytest.raises(UsageError):
        keys_of_document(DID, value)
    with pytest.raises(UsageError):
        keys_of_document(DID, {"id": DID, "verificationMethod": value, "assertionMethod": [value]})

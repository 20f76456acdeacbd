"""DID documents of `did:web`: where they are published, and which keys in them may sign records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ..errors import ConfigurationError, UsageError
from ..rules.plain import shown
from ..rules.signatures import key_from_multibase, key_to_multibase
from .encoding import base64url_bytes

DID_WEB = "did:web:"
_PART = re.compile(r"(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[1-9][0-9]{0,4})?", re.ASCII)
_MULTIBASE_TYPES = frozenset(("Ed25519VerificationKey2020", "Multikey"))
_JWK_TYPES = frozenset(("JsonWebKey", "JsonWebKey2020"))
_LOOPBACK = frozenset(("localhost", "127.0.0.1"))
MAX_METHODS = 100


def document_url(did: str) -> str:
    """Return where the document of a `did:web` is published (W3C CCG, did:web method, section 3.2).

    `did:web:example.com` is at `https://example.com/.well-known/did.json`, and
    `did:web:example.com%3A8443:users:alice` at `https://example.com:8443/users/alice/did.json`. A loopback
    host is asked over plain HTTP.

    Raises:
        ConfigurationError: It is no `did:web`, or names no host.
    """
    if not isinstance(did, str) or not did.startswith(DID_WEB):
        raise ConfigurationError(f"{shown(did)} is no did:web, such as 'did:web:example.com:users:alice'")
    parts = did[len(DID_WEB) :].split(":")
    if any(_PART.fullmatch(part) is None or unquote(part) in (".", "..") for part in parts):
        raise ConfigurationError(
            f"{shown(did, 200)} is no did:web: a part of it is empty or no part of a path"
        )
    host = unquote(parts[0])
    if _HOST.fullmatch(host) is None:
        raise ConfigurationError(f"{shown(did, 200)} is no did:web: {shown(host)} is no host")
    scheme = "http" if host.partition(":")[0].lower() in _LOOPBACK else "https"
    path = "/".join(parts[1:]) or ".well-known"
    return f"{scheme}://{host}/{path}/did.json"


def keys_of_document(did: str, document: Any) -> list[str]:
    """Return the Ed25519 keys, as multibase, by which a DID's document lets it sign statements.

    A key counts when it is a verification method of type `Multikey`, `Ed25519VerificationKey2020` or
    `JsonWebKey` (`JsonWebKey2020`) controlled by the DID itself. Where the document has `assertionMethod`,
    only the methods named or embedded there count. Methods of other types and algorithms are passed over.

    Raises:
        UsageError: The document is none of this DID, or has no key that counts; the message says which.
    """
    if not isinstance(document, Mapping):
        raise UsageError("a DID document is a JSON object")
    if document.get("id") != did:
        raise UsageError(f"the document is of {shown(document.get('id'), 200)}, not of {did!r}")
    keys = [key for method in _methods(did, document) if (key := _key_of(method)) is not None]
    if not keys:
        raise UsageError(f"the document of {did!r} has no Ed25519 key for assertions")
    return list(dict.fromkeys(keys))


def _methods(did: str, document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    listed = [one for one in _list(document.get("verificationMethod")) if isinstance(one, Mapping)]
    allowed = document.get("assertionMethod")
    if allowed is None:
        chosen = listed
    else:
        by_id = {_absolute(did, one.get("id")): one for one in listed}
        asserted = [
            one if isinstance(one, Mapping) else by_id.get(_absolute(did, one)) for one in _list(allowed)
        ]
        chosen = [one for one in asserted if one is not None]
    for method in chosen[:MAX_METHODS]:
        if method.get("controller", did) == did:
            yield method


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _absolute(did: str, reference: Any) -> str | None:
    """Return the id of a method in full: `#key-1` is relative to the DID."""
    if not isinstance(reference, str):
        return None
    return did + reference if reference.startswith("#") else reference


def _key_of(method: Mapping[str, Any]) -> str | None:
    kind = method.get("type")
    if not isinstance(kind, str):
        return None
    try:
        if kind in _MULTIBASE_TYPES:
            text: Any = method.get("publicKeyMultibase")
            key_from_multibase(text)
            return str(text)
        if kind in _JWK_TYPES:
            return _key_of_jwk(method.get("publicKeyJwk"))
    except UsageError:
        return None
    return None


def _key_of_jwk(jwk: Any) -> str | None:
    if not isinstance(jwk, Mapping) or (jwk.get("kty"), jwk.get("crv")) != ("OKP", "Ed25519"):
        return None
    return key_to_multibase(base64url_bytes(jwk.get("x")))

"""Identities are values; one with a key signs, and keeps it to itself."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import ConfigurationError, UsageError, UsageTypeError
from syncropel.keys.ed25519 import SigningKey, verify
from syncropel.keys.identity import ANONYMOUS, Identity
from syncropel.rules.signatures import did_of_key, key_from_multibase, key_to_multibase, signed_message

SIGNING = Identity.key(bytes(range(32)))


def test_equal_by_did_and_key() -> None:
    """Two identities of one DID are equal, hash alike, and differ from its text and from one with its key."""
    one, other = Identity.static("did:example:a"), Identity.static("did:example:a")
    assert one == other
    assert len({one, other, Identity.static("did:example:b")}) == 2
    assert one != "did:example:a"
    assert Identity.key(bytes(range(32))) == SIGNING
    assert Identity.static(SIGNING.actor_did) != SIGNING
    assert len({SIGNING, Identity.key(bytes(range(32))), Identity.static(SIGNING.actor_did)}) == 2


@pytest.mark.parametrize("identity", [Identity.static("did:example:a"), SIGNING], ids=["static", "key"])
@pytest.mark.parametrize("name", ["actor_did", "public_key", "_key", "other"])
def test_frozen(identity: Identity, name: str) -> None:
    """Nothing of an identity can be changed or removed."""
    with pytest.raises(AttributeError, match="frozen"):
        setattr(identity, name, "did:example:b")
    with pytest.raises(AttributeError, match="frozen"):
        delattr(identity, name)


def test_a_name_survives_pickle_and_copy() -> None:
    """An identity without a key can cross processes."""
    identity = Identity.static("did:example:a")
    assert pickle.loads(pickle.dumps(identity)) == copy.deepcopy(identity) == copy.copy(identity) == identity
    assert repr(identity) == "Identity(actor_did='did:example:a')"


def test_a_key_does_not_cross_processes() -> None:
    """An identity with a key is not pickled, and says why; a copy in the process is the same object."""
    with pytest.raises(UsageTypeError, match=r"private key; call Identity\.key\(path\) in the other process"):
        pickle.dumps(SIGNING)
    assert copy.copy(SIGNING) is copy.deepcopy([SIGNING])[0] is SIGNING
    key = SigningKey.generate()
    assert copy.copy(key) is copy.deepcopy(key) is key
    with pytest.raises(UsageTypeError, match="not pickled"):
        pickle.dumps(key)
    with pytest.raises(AttributeError, match="frozen"):
        key.public = b""


@pytest.mark.parametrize("did", ["", 5, None, b"did:x:y"])
def test_a_did_is_a_non_empty_string(did: Any) -> None:
    """Anything else is the caller's mistake."""
    with pytest.raises(UsageError):
        Identity.static(did)


def test_anonymous() -> None:
    """There is a neutral identity for clients that were given none; it signs nothing."""
    assert ANONYMOUS.actor_did == "did:sync:user:anonymous"
    assert not ANONYMOUS.signs
    assert ANONYMOUS.public_key is None
    assert ANONYMOUS.sign("0b" * 32) is None


@given(st.binary(min_size=32, max_size=32))
def test_a_key_signs_any_id(digest: bytes) -> None:
    """A signature verifies by the public key that it names, over the message of that id alone."""
    signature = SIGNING.sign(digest.hex())
    assert signature is not None
    assert signature.key == SIGNING.public_key
    public = key_from_multibase(signature.key)
    assert verify(public, signed_message(digest.hex()), signature.raw)
    assert not verify(public, digest, signature.raw)
    assert signature.wire["value"] == signature.value


def test_only_ids_are_signed() -> None:
    """Whatever is no id is refused: a key signs nothing but records."""
    with pytest.raises(UsageError, match="64 lower-case"):
        SIGNING.sign("hello")


def test_a_rotated_key_signs_for_the_first_did() -> None:
    """`did=` is the DID that rotated to the key."""
    old = did_of_key(key_to_multibase(SigningKey.generate().public))
    rotated = Identity.key(bytes(range(32)), did=old)
    assert (rotated.actor_did, rotated.public_key) == (old, SIGNING.public_key)
    with pytest.raises(ConfigurationError, match="not the did:key of an Ed25519 key"):
        Identity.key(bytes(range(32)), did="did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme")
    with pytest.raises(UsageTypeError, match="did must be a string"):
        Identity.key(bytes(range(32)), did=5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="non-empty"):
        Identity.key(bytes(range(32)), did="")


def test_a_federated_identity() -> None:
    """It acts as a `did:web`, with a key from anywhere; any other DID is refused."""
    identity = Identity.federated("did:web:example.com:users:alice", bytes(range(32)))
    assert identity.actor_did == "did:web:example.com:users:alice"
    assert identity.signs
    for did in ("did:key:" + (SIGNING.public_key or ""), "did:web:", "example.com", "", None):
        with pytest.raises(ConfigurationError, match="no did:web"):
            Identity.federated(did, bytes(range(32)))  # type: ignore[arg-type]


def test_a_generated_key_can_be_locked(tmp_path: Path) -> None:
    """A passphrase given at the start is needed ever after."""
    path = tmp_path / "key.pem"
    identity = Identity.generate(path, passphrase=lambda: "correct horse")
    assert b"ENCRYPTED" in path.read_bytes()
    with pytest.raises(ConfigurationError, match="is encrypted"):
        Identity.key(path)
    assert Identity.key(path, passphrase="correct horse") == identity


def test_generated_keys_differ(tmp_path: Path) -> None:
    """Two keys are two."""
    assert Identity.generate(tmp_path / "a") != Identity.generate(tmp_path / "b")


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(33), b"\xff" * 32])
def test_what_is_no_public_key_verifies_nothing(public: bytes) -> None:
    """Wrong lengths and bytes that are no point are not an error but a no."""
    assert not verify(public, b"m", bytes(64))


def test_a_point_of_small_order_verifies_nothing() -> None:
    """By the library alone 64 zero bytes are a signature of anything under the key of 32 zero bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    anything = next(text for text in (b"%d" % n for n in range(100)) if _holds(Ed25519PublicKey, text))
    assert not verify(bytes(32), anything, bytes(64))


def _holds(library: Any, message: bytes) -> bool:
    try:
        library.from_public_bytes(bytes(32)).verify(bytes(64), message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(65), bytes(64), b"\xff" * 64])
def test_what_is_no_signature_verifies_nothing(signature: bytes) -> None:
    """Wrong lengths and bytes that are no signature are a no as well."""
    assert not verify(key_from_multibase(SIGNING.public_key or ""), b"m", signature)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_seed_has_32_bytes(length: int) -> None:
    """A raw key of another length is refused by its length."""
    with pytest.raises(UsageError, match=f"32 bytes, not {length}"):
        SigningKey.from_seed(bytes(length))

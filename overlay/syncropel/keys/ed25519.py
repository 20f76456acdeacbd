"""Ed25519 by the `cryptography` library: a key that signs, and the check of a signature."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import MissingExtraError, UsageError, UsageTypeError
from ..rules.signatures import key_to_multibase

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

EXTRA = "keys"
SEED_BYTES = 32


def available() -> bool:
    """Tell whether signatures can be made and verified here: whether the `keys` extra is installed."""
    try:
        require("signatures")
    except MissingExtraError:
        return False
    return True


def require(feature: str) -> None:
    """Raise `MissingExtraError`, naming the line to type, unless `cryptography` is installed."""
    try:
        import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401
    except ImportError:
        missing = True
    else:
        missing = False
    if missing:
        raise MissingExtraError(feature, EXTRA)


class SigningKey:
    """A private key. It signs, tells its public half, and shows, copies and pickles nothing else.

    Attributes:
        public: The 32 bytes of the public key.
    """

    __slots__ = ("_private", "public")
    public: bytes

    def __init__(self, private: Ed25519PrivateKey) -> None:
        """Wrap a private key of `cryptography`."""
        object.__setattr__(self, "_private", private)
        object.__setattr__(self, "public", private.public_key().public_bytes_raw())

    @staticmethod
    def generate() -> SigningKey:
        """Return a new key from the system's source of randomness.

        Raises:
            MissingExtraError: The `keys` extra is not installed.
        """
        require("making a key")
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return SigningKey(Ed25519PrivateKey.generate())

    @staticmethod
    def from_seed(seed: bytes) -> SigningKey:
        """Return the key of a 32-byte seed (RFC 8032, section 5.1.5).

        Raises:
            UsageError: Not 32 bytes.
            MissingExtraError: The `keys` extra is not installed.
        """
        require("a signing key")
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if len(seed) != SEED_BYTES:
            length = len(seed)
            del seed
            raise UsageError(f"a raw Ed25519 key is {SEED_BYTES} bytes, not {length}")
        return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def private(self) -> Ed25519PrivateKey:
        """The key as `cryptography` has it, for writing it to a file."""
        private: Ed25519PrivateKey = self._private  # type: ignore[attr-defined]
        return private

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature of a message."""
        return self.private.sign(message)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a SigningKey is frozen: {name!r} cannot be set")

    def __repr__(self) -> str:
        return f"<SigningKey {key_to_multibase(self.public)}>"

    def __reduce__(self) -> NoReturn:
        raise UsageTypeError(
            "a signing key is not pickled: the copy would carry the private key; "
            "load it again from its file in the other process"
        )

    def __copy__(self) -> SigningKey:
        return self

    def __deepcopy__(self, memo: Any) -> SigningKey:
        return self


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature of a message was made by the key with these public bytes.

    Anything that is no signature by that key is False, and so is a public key of a wrong length, one that is
    no point, and one of small order.

    Raises:
        MissingExtraError: The `keys` extra is not installed.
    """
    key = _public_key(public)
    if key is None:
        return False
    try:
        key.verify(signature, message)
    except _invalid_signature():
        return False
    return True


@lru_cache(maxsize=4096)
def _public_key(public: bytes) -> Ed25519PublicKey | None:
    require("verifying a signature")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        # The library accepts points of small order, by which anything verifies.
        key_to_multibase(public)
        return Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        return None


@lru_cache(maxsize=1)
def _invalid_signature() -> type[Exception]:
    from cryptography.exceptions import InvalidSignature

    return InvalidSignature

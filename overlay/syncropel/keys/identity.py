"""Who emits: the DID that a client writes into the `actor` of its records, and the key that signs them."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from ..errors import ConfigurationError, UsageError, UsageTypeError
from ..rules.signatures import Signature, did_of_key, key_of_did, key_to_multibase, signed_message
from .material import Hidden, hidden

if TYPE_CHECKING:
    from os import PathLike

    from .ed25519 import SigningKey
    from .material import Passphrase

    KeySource = str | bytes | PathLike[str]


class Identity:
    """An actor. Frozen, hashable, equal by its DID and its key.

    An identity made by `static` is a name: whoever may write to a daemon may claim any DID that the daemon
    lets them. One with a key signs every record it emits, and the signature says that whoever holds the key
    wrote it.

    Attributes:
        actor_did: The DID, such as `did:example:my-app`.
        public_key: The public half of its key as multibase text (`z6Mk…`), or None without one.
    """

    __slots__ = ("_key", "actor_did", "public_key")
    actor_did: str
    public_key: str | None
    _key: SigningKey | None

    def __init__(self, actor_did: str, key: SigningKey | None = None) -> None:
        """Make an identity; `static`, `key`, `generate` and `federated` are the ways to come by one."""
        if not isinstance(actor_did, str):
            raise UsageTypeError(f"an identity is a DID in a string, not {type(actor_did).__name__}")
        if not actor_did:
            raise UsageError("an identity is a non-empty DID, such as 'did:example:my-app'")
        put = object.__setattr__
        put(self, "actor_did", str.__str__(actor_did))
        put(self, "_key", key)
        put(self, "public_key", None if key is None else key_to_multibase(key.public))

    @staticmethod
    def static(did: str) -> Identity:
        """Return the identity of a DID that is used as it stands: its records are not signed.

        Raises:
            UsageError: The DID is empty or not a string.
        """
        return Identity(did)

    @staticmethod
    def key(source: KeySource, *, passphrase: Passphrase = None, did: str | None = None) -> Identity:
        """Return an identity that signs with an Ed25519 key, by default as the key's own `did:key`.

        Args:
            source: A path, or the key itself: PKCS#8 PEM, OpenSSH or JWK (`OKP`, `Ed25519`) as bytes or text,
                or the 32 raw bytes. A file must be readable by its owner alone.
            passphrase: What opens an encrypted key: text, bytes, or a function that is called when it is
                needed. Default: the environment variable `SYNCROPEL_KEY_PASSPHRASE`.
            did: The DID to sign for when it is not the key's own: one that rotated to this key.

        Raises:
            ConfigurationError: There is no such file, others can read it, it holds no Ed25519 private key, or
                the passphrase is missing or wrong. The message never shows the key.
            UsageTypeError: `source` is neither a path, text nor bytes.
            MissingExtraError: The `keys` extra is not installed.
        """
        from .files import held_source
        from .formats import load

        held, given = Hidden(source), hidden(passphrase)
        del source, passphrase  # a traceback with the values of locals would show them
        signing = load(held_source(held), given)
        if did is not None:
            _check_did(did)
        return Identity(did_of_key(key_to_multibase(signing.public)) if did is None else did, signing)

    @staticmethod
    def generate(
        path: str | PathLike[str], *, passphrase: Passphrase = None, overwrite: bool = False
    ) -> Identity:
        """Make a new key, write it to a file that its owner alone can read, and return its identity.

        Args:
            path: Where the key goes, as PKCS#8 PEM; folders on the way are made.
            passphrase: What to encrypt the file with. Default: not encrypted.
            overwrite: Replace a file that is there. Its key is lost.

        Raises:
            ConfigurationError: There is a file already, or it cannot be written.
            MissingExtraError: The `keys` extra is not installed.
        """
        from .ed25519 import SigningKey
        from .files import write_secret_file
        from .formats import dump

        given = hidden(passphrase)
        del passphrase  # a traceback with the values of locals would show it
        signing = SigningKey.generate()
        write_secret_file(path, dump(signing, "pem", passphrase=given), overwrite=overwrite)
        return Identity(did_of_key(key_to_multibase(signing.public)), signing)

    @staticmethod
    def federated(did: str, source: KeySource, *, passphrase: Passphrase = None) -> Identity:
        """Return a `did:web` actor, whose public key stands in the DID document that its host publishes.

        A daemon fetches the document at the first record, and keeps the keys it found.

        Args:
            did: The DID, such as `did:web:example.com:users:alice`.
            source: Its key, as for `key`.
            passphrase: What opens an encrypted key, as for `key`.

        Raises:
            ConfigurationError: The DID is no `did:web`, or as for `key`.
            UsageTypeError, MissingExtraError: As for `key`.
        """
        from .documents import document_url
        from .files import held_source
        from .formats import load

        held, given = Hidden(source), hidden(passphrase)
        del source, passphrase  # a traceback with the values of locals would show them
        document_url(did)
        return Identity(did, load(held_source(held), given))

    @property
    def signs(self) -> bool:
        """Whether it has a key."""
        return self._key is not None

    def sign(self, record_id: str) -> Signature | None:
        """Return the signature of a record by this identity, or None when it has no key.

        Sign only records whose actor is this identity: verification refuses any other.

        Raises:
            UsageError: The id is not 64 lower-case hexadecimal digits.
        """
        key, public_key = self._key, self.public_key
        if key is None or public_key is None:
            return None
        raw = key.sign(signed_message(record_id))
        return Signature(public_key, urlsafe_b64encode(raw)[:86].decode("ascii"))

    def bearer(self, service_account: str, audience: str, lifetime: float = 300) -> Callable[[], str]:
        """Return a function whose value is a fresh token of this identity, for `api_key=`.

        The token is a JWT signed by the identity's key: it says that `service_account` is used by this actor.
        It is made anew 30 seconds before it ends.

        Args:
            service_account: The account's id, `sa_…`; its list of actors must name this DID in full, since
                anybody can make an identity that fits a pattern.
            audience: The DID of the instance, or the endpoint it is reached at.
            lifetime: Seconds that one token is good for, from 60 to 3600.

        Raises:
            ConfigurationError: The identity has no key, or the lifetime is out of range.
            MissingExtraError: The `keys` extra is not installed.
        """
        from .jwt import BearerTokens

        if self._key is None:
            raise ConfigurationError(
                "an identity without a key issues no tokens; use Identity.key(path) or an api_key"
            )
        return BearerTokens(self.actor_did, self._key, service_account, audience, lifetime)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an Identity is frozen; make another one instead of setting {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an Identity is frozen; {name!r} cannot be deleted")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Identity):
            return NotImplemented
        return (self.actor_did, self.public_key) == (other.actor_did, other.public_key)

    def __hash__(self) -> int:
        return hash((Identity, self.actor_did, self.public_key))

    def __repr__(self) -> str:
        key = "" if self.public_key is None else f", public_key={self.public_key!r}"
        return f"Identity(actor_did={self.actor_did!r}{key})"

    def __reduce__(self) -> tuple[Any, ...]:
        if self._key is not None:
            raise UsageTypeError(
                "an identity with a key is not pickled: the copy would carry the private key; "
                "call Identity.key(path) in the other process"
            )
        return Identity, (self.actor_did,)

    def __copy__(self) -> Identity:
        return self

    def __deepcopy__(self, memo: Any) -> Identity:
        return self


def _check_did(did: str) -> None:
    if not isinstance(did, str):
        raise UsageTypeError(f"did must be a string, not {type(did).__name__}")
    if did.startswith("did:key:") and key_of_did(did) is None:
        raise ConfigurationError(
            f"did: {did!r} is not the did:key of an Ed25519 key, so no key here signs for it"
        )


ANONYMOUS = Identity("did:sync:user:anonymous")
"""The identity of a client that was built without one."""

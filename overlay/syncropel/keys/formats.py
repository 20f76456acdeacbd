"""Ed25519 keys as text and bytes: PKCS#8 PEM, OpenSSH, JWK and raw; private and public.

What goes wrong is told without the key, and raised where nothing holds it: neither the exception nor what
comes before it in a traceback has the key among its locals.
"""

from __future__ import annotations

import json
import string
from base64 import b64decode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, UsageError
from ..rules.signatures import key_to_multibase
from .ed25519 import SEED_BYTES, SigningKey, require
from .encoding import base64url_bytes, base64url_text
from .material import ENV_PASSPHRASE, Held, Passphrase, hidden, passphrase_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.serialization import KeySerializationEncryption

PRIVATE_FORMATS = ("pem", "openssh", "jwk", "raw")
PUBLIC_FORMATS = ("multibase", "pem", "openssh", "jwk", "raw")

_WANTED = "an Ed25519 private key as PKCS#8 PEM, OpenSSH, JWK or 32 raw bytes"
_DAMAGED = "the key is cut off or damaged"
_BEGIN = b"-----BEGIN "
_PRINTABLE = frozenset(string.printable.encode())


class _Refused(Exception):
    """Why something is no key; carries no part of it."""


class _Locked(Exception):
    """The key is encrypted, and there was no passphrase."""


def load(material: Held, passphrase: Passphrase = None) -> SigningKey:
    """Return the private key that bytes hold.

    Args:
        material: The bytes.
        passphrase: What opens an encrypted key, asked for only then. Default: `SYNCROPEL_KEY_PASSPHRASE`.

    Raises:
        ConfigurationError: They hold no Ed25519 private key, or one that the passphrase does not open. The
            message shows neither.
        MissingExtraError: The `keys` extra is not installed.
    """
    given = hidden(passphrase)
    del passphrase
    require("a signing key")
    reader = _reader(material)
    key, refusal = _attempt(reader, material, None)
    if refusal is None and key is None:
        secret = passphrase_of(given)
        if secret is None:
            raise ConfigurationError(
                f"the key is encrypted: give its passphrase as passphrase= or in {ENV_PASSPHRASE}"
            )
        key, refusal = _attempt(reader, material, secret)
    if key is None:
        raise ConfigurationError(refusal or _DAMAGED)
    return key


Reader = Callable[[Held, "Held | None"], SigningKey]


def _attempt(reader: Reader, material: Held, secret: Held | None) -> tuple[SigningKey | None, str | None]:
    """Return the key, or why there is none; neither when it is encrypted and there is no passphrase."""
    try:
        return reader(material, secret), None
    except _Locked:
        return None, None
    except _Refused as refused:
        return None, str(refused)
    except Exception:  # noqa: BLE001 - parsers fail in many ways, and their texts may quote what they read
        return None, _DAMAGED if secret is None else f"the passphrase does not open the key, or {_DAMAGED}"


def _reader(material: Held) -> Reader:
    # A text that was cut off after 32 characters must not become a key of its own.
    if len(material.reveal()) == SEED_BYTES and not _PRINTABLE.issuperset(material.reveal()):
        return _read_raw
    if material.reveal().lstrip().startswith(b"{"):
        return _read_jwk
    if _BEGIN + b"OPENSSH PRIVATE KEY-----" in material.reveal():
        return _read_openssh
    return _read_pem


def _read_raw(material: Held, _secret: Held | None) -> SigningKey:
    return SigningKey.from_seed(material.reveal())


def _read_pem(material: Held, secret: Held | None) -> SigningKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    label = _label(material)
    if label is None:
        raise _Refused(f"this is not {_WANTED}")
    if "PUBLIC" in label or label == "CERTIFICATE":
        raise _Refused(f"this is a public key or a certificate, which signs nothing; needed is {_WANTED}")
    if label not in ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"):
        raise _Refused(_other_algorithm(label.replace(" PRIVATE KEY", "")))
    if label == "ENCRYPTED PRIVATE KEY" and secret is None:
        raise _Locked
    return _checked(load_pem_private_key(material.reveal(), None if secret is None else secret.reveal()))


def _label(material: Held) -> str | None:
    """Return what the first PEM block says it is: `PRIVATE KEY`, `EC PRIVATE KEY`, ..."""
    before, begin, rest = material.reveal().partition(_BEGIN)
    label, end, _ = rest.partition(b"-----")
    if not begin:
        return "PUBLIC" if before.startswith((b"ssh-", b"ecdsa-")) else None
    if not end or len(label) > 40 or not label.replace(b" ", b"").isalnum():
        raise _Refused(_DAMAGED)
    return "EC PRIVATE KEY" if label == b"EC PARAMETERS" else label.decode("ascii")


def _read_openssh(material: Held, secret: Held | None) -> SigningKey:
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    if secret is None and _openssh_cipher(material) != b"none":
        raise _Locked
    if secret is not None:
        _require_bcrypt()
    return _checked(load_ssh_private_key(material.reveal(), None if secret is None else secret.reveal()))


def _openssh_cipher(material: Held) -> bytes:
    """Return the name of the cipher that the file says it is encrypted with."""
    encoded = material.reveal().partition(_BEGIN + b"OPENSSH PRIVATE KEY-----")[2].partition(b"-----END")[0]
    head = b64decode(b"".join(encoded.split())[:64])
    magic = b"openssh-key-v1\x00"
    at = len(magic) + 4
    length = int.from_bytes(head[at - 4 : at], "big")
    if not head.startswith(magic) or not 0 < length <= len(head) - at:
        raise _Refused(_DAMAGED)
    return head[at : at + length]


def _require_bcrypt() -> None:
    try:
        import bcrypt  # noqa: F401 - `cryptography` looks for it itself
    except ImportError:
        raise _Refused(
            "an encrypted OpenSSH key needs bcrypt, of the 'keys' extra: pip install 'syncropel[keys]'"
        ) from None


def _read_jwk(material: Held, _secret: Held | None) -> SigningKey:
    jwk = json.loads(material.reveal())
    if not isinstance(jwk, dict) or "kty" not in jwk:
        raise _Refused(f"this JSON is no JWK; needed is {_WANTED}")
    if (jwk["kty"], jwk.get("crv")) != ("OKP", "Ed25519"):
        raise _Refused(
            _other_algorithm(" ".join(str(jwk.get(name, ""))[:12] for name in ("kty", "crv")).strip())
        )
    if "d" not in jwk:
        raise _Refused(f"this JWK is a public key, which signs nothing; needed is {_WANTED}")
    key = SigningKey.from_seed(base64url_bytes(jwk["d"]))
    if "x" in jwk and base64url_bytes(jwk["x"]) != key.public:
        raise _Refused("the JWK's x is not the public key of its d")
    return key


def _checked(private: object) -> SigningKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if not isinstance(private, Ed25519PrivateKey):
        name = type(private).__name__.removesuffix("PrivateKey").lstrip("_")
        raise _Refused(_other_algorithm({"EllipticCurve": "EC"}.get(name, name)))
    return SigningKey(private)


def _other_algorithm(name: str) -> str:
    return f"this is a key for {name}, and records are signed with Ed25519: `spl identity new PATH` makes one"


def dump(key: SigningKey, form: str = "pem", *, passphrase: Passphrase = None) -> Held:
    """Return a private key in one of `PRIVATE_FORMATS`.

    Args:
        key: The key.
        form: `pem` (PKCS#8), `openssh`, `jwk` or `raw`.
        passphrase: What to encrypt it with; only `pem` and `openssh` can be. Unlike reading, writing does not
            look at the environment.

    Raises:
        UsageError: There is no such format, or it cannot be encrypted.
        ConfigurationError: The passphrase is empty, or could not be had.
    """
    from cryptography.hazmat.primitives import serialization as forms

    given = hidden(passphrase)
    del passphrase
    secret = None if given is None else passphrase_of(given)
    if form not in PRIVATE_FORMATS:
        raise UsageError(f"a private key is written as one of {', '.join(PRIVATE_FORMATS)}, not {form!r}")
    if secret is not None and form not in ("pem", "openssh"):
        raise UsageError(f"a key written as {form} cannot be encrypted; use pem or openssh")
    if form == "raw":
        return Held(key.private.private_bytes_raw())
    if form == "jwk":
        members = {**_jwk(key.public), "d": base64url_text(key.private.private_bytes_raw())}
        return Held(json.dumps(members).encode() + b"\n")
    if secret is not None and form == "openssh":
        _check_bcrypt()
    layout = forms.PrivateFormat.PKCS8 if form == "pem" else forms.PrivateFormat.OpenSSH
    return Held(key.private.private_bytes(forms.Encoding.PEM, layout, _encryption(secret)))


def _encryption(secret: Held | None) -> KeySerializationEncryption:
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption

    if secret is None:
        return NoEncryption()
    if not secret.reveal():
        raise ConfigurationError("the passphrase is empty; leave it out for a key that is not encrypted")
    return BestAvailableEncryption(secret.reveal())


def _check_bcrypt() -> None:
    try:
        _require_bcrypt()
    except _Refused as refused:
        raise ConfigurationError(str(refused)) from None


def dump_public(public: bytes, form: str = "multibase", *, comment: str = "") -> bytes:
    """Return a public key in one of `PUBLIC_FORMATS`, as the bytes of a file.

    Args:
        public: The 32 bytes.
        form: `multibase` (`z6Mk…`), `pem`, `openssh` (one line for `authorized_keys`), `jwk` or `raw`.
        comment: The end of the OpenSSH line.

    Raises:
        UsageError: There is no such format, or the bytes are no public key.
        MissingExtraError: `pem` and `openssh` need the `keys` extra, and it is not installed.
    """
    if form not in PUBLIC_FORMATS:
        raise UsageError(f"a public key is written as one of {', '.join(PUBLIC_FORMATS)}, not {form!r}")
    multibase = key_to_multibase(public)
    if form == "raw":
        return public
    if form == "multibase":
        return f"{multibase}\n".encode()
    if form == "jwk":
        return json.dumps(_jwk(public)).encode() + b"\n"
    require(f"writing a public key as {form}")
    from cryptography.hazmat.primitives import serialization as forms
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = Ed25519PublicKey.from_public_bytes(public)
    if form == "pem":
        return key.public_bytes(forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    line = key.public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH)
    return line + (f" {comment}".encode() if comment else b"") + b"\n"


def _jwk(public: bytes) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url_text(public)}

"""Keys as other programs write them: by their commands where there are, else by the library."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import which

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.keys.reference import base64url

PASSPHRASE = "correct horse"


def _run(*command: str | Path) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr


def _by_library(path: Path, form: PrivateFormat, passphrase: str | None) -> bytes:
    private = Ed25519PrivateKey.generate()
    encryption: KeySerializationEncryption = NoEncryption()
    if passphrase is not None:
        encryption = BestAvailableEncryption(passphrase.encode())
    path.write_bytes(private.private_bytes(Encoding.PEM, form, encryption))
    return private.public_key().public_bytes_raw()


def _public_of(pem: bytes) -> bytes:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    return load_pem_public_key(pem).public_bytes(Encoding.Raw, PublicFormat.Raw)


def openssl(path: Path, passphrase: str | None) -> bytes:
    """PKCS#8 PEM as `openssl genpkey` writes it."""
    if which("openssl") is None:
        return _by_library(path, PrivateFormat.PKCS8, passphrase)
    locked = () if passphrase is None else ("-aes-256-cbc", "-pass", f"pass:{passphrase}")
    _run("openssl", "genpkey", "-algorithm", "ed25519", *locked, "-out", path)
    opened = () if passphrase is None else ("-passin", f"pass:{passphrase}")
    public = path.with_suffix(".public")
    _run("openssl", "pkey", "-in", path, *opened, "-pubout", "-out", public)
    return _public_of(public.read_bytes())


def ssh_keygen(path: Path, passphrase: str | None) -> bytes:
    """The format of OpenSSH as `ssh-keygen` writes it, with few rounds, which cost time in the test alone."""
    if which("ssh-keygen") is None:
        return _by_library(path, PrivateFormat.OpenSSH, passphrase)
    _run("ssh-keygen", "-q", "-t", "ed25519", "-a", "4", "-N", passphrase or "", "-C", "me@host", "-f", path)
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    public = load_ssh_public_key(path.with_name(path.name + ".pub").read_bytes())
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def jwk(path: Path, _passphrase: str | None) -> bytes:
    """A JWK as RFC 8037 writes it."""
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    members = {"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": base64url(public), "use": "sig"}
    path.write_text(json.dumps({**members, "d": base64url(private.private_bytes_raw())}), encoding="utf-8")
    return public


def raw(path: Path, _passphrase: str | None) -> bytes:
    """The 32 bytes."""
    private = Ed25519PrivateKey.generate()
    path.write_bytes(private.private_bytes_raw())
    return private.public_key().public_bytes_raw()


Maker = Callable[[Path, "str | None"], bytes]
"""Writes a new key to a path and returns its public bytes."""

LOCKABLE: list[Maker] = [openssl, ssh_keygen]
MAKERS: list[Maker] = [*LOCKABLE, jwk, raw]

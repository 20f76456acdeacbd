"""Keys in every format: read as other programs write them, written so that other programs read them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import ConfigurationError, UsageError
from syncropel.keys.ed25519 import SigningKey, verify
from syncropel.keys.formats import PRIVATE_FORMATS, PUBLIC_FORMATS, dump, dump_public, load
from syncropel.keys.identity import Identity
from syncropel.keys.material import Held
from syncropel.rules.signatures import did_of_key, key_from_multibase, key_to_multibase, signed_message
from tests.keys.makers import LOCKABLE, MAKERS, PASSPHRASE, Maker, openssl, ssh_keygen

by_name = pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
lockable = pytest.mark.parametrize("make", LOCKABLE, ids=lambda make: make.__name__)


def made(make: Maker, folder: Path, passphrase: str | None = None) -> tuple[Path, bytes]:
    """Return the file of a new key, readable by its owner alone, and its public bytes."""
    path = folder / "key"
    public = make(path, passphrase)
    path.chmod(0o600)
    return path, public


@by_name
def test_a_key_signs_as_its_did(make: Maker, tmp_path: Path) -> None:
    """From a path or from its bytes a key is the actor of its `did:key`, and its signatures verify."""
    path, public = made(make, tmp_path)
    for source in (path, str(path), path.read_bytes()):
        identity = Identity.key(source)
        assert identity.signs
        assert identity.public_key == key_to_multibase(public)
        assert identity.actor_did == did_of_key(key_to_multibase(public))
        signature = identity.sign("0b" * 32)
        assert signature is not None
        assert verify(public, signed_message("0b" * 32), signature.raw)


@pytest.mark.parametrize(
    "make", [make for make in MAKERS if make.__name__ != "raw"], ids=lambda make: make.__name__
)
def test_the_text_of_a_key(make: Maker, tmp_path: Path) -> None:
    """A key may be given as text, with line ends of any kind and whatever stands around it."""
    path, public = made(make, tmp_path)
    text = path.read_text(encoding="utf-8")
    for source in (text, text.replace("\n", "\r\n"), "\n" + text + "\n"):
        assert Identity.key(source).public_key == key_to_multibase(public)


def test_a_pem_after_other_text(tmp_path: Path) -> None:
    """Comments before the block, as some programs leave them, do not matter."""
    path, public = made(openssl, tmp_path)
    assert Identity.key(b"Bag Attributes\n    x: y\n" + path.read_bytes()).public_key == key_to_multibase(
        public
    )


@lockable
def test_the_right_passphrase(make: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encrypted key opens by text, bytes, a function or the environment."""
    path, public = made(make, tmp_path, PASSPHRASE)
    for passphrase in (PASSPHRASE, PASSPHRASE.encode(), lambda: PASSPHRASE, lambda: PASSPHRASE.encode()):
        assert Identity.key(path, passphrase=passphrase).public_key == key_to_multibase(public)
    monkeypatch.setenv("SYNCROPEL_KEY_PASSPHRASE", PASSPHRASE)
    assert Identity.key(path).public_key == key_to_multibase(public)
    assert Identity.key(path, passphrase=lambda: None).public_key == key_to_multibase(public)


@lockable
@pytest.mark.parametrize("passphrase", ["", "wrong", b"\xff\x00", "correct horse "])
def test_the_wrong_passphrase(make: Maker, passphrase: str | bytes, tmp_path: Path) -> None:
    """A wrong one is told as such, and not shown."""
    path, _ = made(make, tmp_path, PASSPHRASE)
    with pytest.raises(ConfigurationError, match="the passphrase does not open the key") as caught:
        Identity.key(path, passphrase=passphrase)
    assert "horse" not in str(caught.value)


@lockable
def test_the_missing_passphrase(make: Maker, tmp_path: Path) -> None:
    """Without one the message names the argument and the environment variable."""
    path, _ = made(make, tmp_path, PASSPHRASE)
    with pytest.raises(
        ConfigurationError, match=r"is encrypted: .*passphrase= or in SYNCROPEL_KEY_PASSPHRASE"
    ):
        Identity.key(path)


def test_a_passphrase_is_asked_for_only_when_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that is not encrypted asks nobody, and one for another key in the environment does no harm."""
    path, public = made(openssl, tmp_path)
    monkeypatch.setenv("SYNCROPEL_KEY_PASSPHRASE", "for another key")

    def ask() -> str:
        raise AssertionError("asked")

    assert Identity.key(path, passphrase=ask).public_key == key_to_multibase(public)


@pytest.mark.parametrize("passphrase", [5, lambda: 5, lambda: 1 / 0, [PASSPHRASE]])
def test_what_is_no_passphrase(passphrase: Any, tmp_path: Path) -> None:
    """A passphrase of another type, or a function that fails, is told by its kind alone."""
    path, _ = made(openssl, tmp_path, PASSPHRASE)
    with pytest.raises(ConfigurationError, match="passphrase"):
        Identity.key(path, passphrase=passphrase)


@by_name
def test_a_truncated_key(make: Maker, tmp_path: Path) -> None:
    """A file that ends early is refused at any length, with a message that says what is the matter."""
    path, _ = made(make, tmp_path)
    whole = path.read_bytes()
    # The end of the last line of a PEM is not needed to read it.
    for length in range(len(whole.rstrip().rstrip(b"-").rstrip(b"}"))):
        with pytest.raises(ConfigurationError, match=r"cut off or damaged|this is not"):
            Identity.key(whole[:length])


@lockable
def test_a_damaged_encrypted_key(make: Maker, tmp_path: Path) -> None:
    """An encrypted key that was cut off cannot be told from a wrong passphrase; the message says both."""
    path, _ = made(make, tmp_path, PASSPHRASE)
    lines = path.read_bytes().splitlines(keepends=True)
    with pytest.raises(ConfigurationError, match="cut off or damaged"):
        Identity.key(b"".join([*lines[:-2], lines[-1]]), passphrase=PASSPHRASE)


def others() -> list[tuple[str, bytes]]:
    """Return private keys of other algorithms, in the formats in which they are met."""
    p256 = ec.generate_private_key(ec.SECP256R1())
    rsa_key = rsa.generate_private_key(65537, 2048)
    pem, plain = Encoding.PEM, NoEncryption()
    return [
        ("RSA", rsa_key.private_bytes(pem, PrivateFormat.PKCS8, plain)),
        ("RSA", rsa_key.private_bytes(pem, PrivateFormat.TraditionalOpenSSL, plain)),
        ("RSA", rsa_key.private_bytes(pem, PrivateFormat.OpenSSH, plain)),
        ("EC", p256.private_bytes(pem, PrivateFormat.PKCS8, plain)),
        ("EC", p256.private_bytes(pem, PrivateFormat.TraditionalOpenSSL, plain)),
        ("EC", p256.private_bytes(pem, PrivateFormat.OpenSSH, plain)),
        ("X25519", x25519.X25519PrivateKey.generate().private_bytes(pem, PrivateFormat.PKCS8, plain)),
        ("Ed448", ed448.Ed448PrivateKey.generate().private_bytes(pem, PrivateFormat.PKCS8, plain)),
        ("EC P-256", b'{"kty": "EC", "crv": "P-256", "d": "AA", "x": "AA", "y": "AA"}'),
        ("RSA", b'{"kty": "RSA", "n": "AA", "e": "AQAB", "d": "AA"}'),
        ("OKP X25519", b'{"kty": "OKP", "crv": "X25519", "d": "AA", "x": "AA"}'),
        ("oct", b'{"kty": "oct", "k": "AA"}'),
    ]


def test_keys_of_other_algorithms() -> None:
    """A key for another algorithm is named, and so is the command that makes the right one."""
    for name, data in others():
        with pytest.raises(ConfigurationError, match=rf"a key for {name}.* Ed25519: `spl identity new PATH`"):
            Identity.key(data)


def test_public_keys_sign_nothing() -> None:
    """A public key in any format is refused as such."""
    public = SigningKey.generate().public
    for form in ("pem", "openssh", "jwk"):
        with pytest.raises(ConfigurationError, match="public key"):
            load(Held(dump_public(public, form)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello", "this is not an Ed25519 private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "cut off or damaged"),
        (
            b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
            "cut off or damaged",
        ),
        (b"-----BEGIN " + b"A" * 100, "cut off or damaged"),
        (b"{", "cut off or damaged"),
        (b'{"keys": []}', "no JWK"),
        (b'{"kty": "OKP", "crv": "Ed25519", "d": "AAAA"}', "cut off or damaged"),
        (b'{"kty": "OKP", "crv": "Ed25519", "d": 5}', "cut off or damaged"),
        (b'{"kty": "OKP", "crv": "Ed25519", "d": "' + b"A" * 42 + b'B"}', "cut off or damaged"),
        (
            b'{"kty": "OKP", "crv": "Ed25519", "d": "' + b"A" * 43 + b'", "x": "' + b"A" * 43 + b'"}',
            "x is not",
        ),
        (b"{" * 100_000, "cut off or damaged"),
    ],
)
def test_what_is_no_key(data: bytes, message: str) -> None:
    """Anything else is refused with a reason, whatever its parser does with it."""
    with pytest.raises(ConfigurationError, match=message):
        Identity.key(data)


@pytest.mark.parametrize("form", PRIVATE_FORMATS)
def test_private_keys_are_written_and_read(form: str) -> None:
    """Every format that is written is read back as the same key."""
    key = SigningKey.generate()
    assert load(dump(key, form)).public == key.public


@pytest.mark.parametrize("form", ["pem", "openssh"])
def test_encrypted_keys_are_written_and_read(form: str) -> None:
    """A key encrypted here opens with its passphrase and with no other."""
    key = SigningKey.generate()
    written = dump(key, form, passphrase=PASSPHRASE)
    assert load(written, PASSPHRASE).public == key.public
    with pytest.raises(ConfigurationError, match="does not open"):
        load(written, "other")


@pytest.mark.parametrize(("form", "passphrase"), [("jwk", "x"), ("raw", "x"), ("der", None), ("", "x")])
def test_formats_that_there_are_not(form: str, passphrase: str | None) -> None:
    """An unknown format, or one that cannot be encrypted, is the caller's mistake."""
    with pytest.raises(UsageError, match="written as"):
        dump(SigningKey.generate(), form, passphrase=passphrase)
    with pytest.raises(UsageError, match="written as one of"):
        dump_public(SigningKey.generate().public, "der")


def test_an_empty_passphrase_encrypts_nothing() -> None:
    """An empty passphrase is refused, so nobody takes the file for a locked one."""
    with pytest.raises(ConfigurationError, match="empty"):
        dump(SigningKey.generate(), passphrase="")


def test_writing_does_not_look_at_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable opens keys; it does not encrypt those that were asked for in the clear."""
    monkeypatch.setenv("SYNCROPEL_KEY_PASSPHRASE", PASSPHRASE)
    assert b"-----BEGIN PRIVATE KEY-----" in dump(SigningKey.generate()).reveal()


@pytest.mark.parametrize("form", PUBLIC_FORMATS)
def test_public_keys_are_readable_by_others(form: str) -> None:
    """A public key in each format is the same 32 bytes to the library that reads it."""
    public = SigningKey.generate().public
    written = dump_public(public, form, comment="me@host")
    if form == "raw":
        assert written == public
    elif form == "multibase":
        assert key_from_multibase(written.decode().strip()) == public
    elif form == "jwk":
        from joserfc.jwk import OKPKey

        assert OKPKey.import_key(json.loads(written)).raw_value.public_bytes_raw() == public
    elif form == "pem":
        loaded = serialization.load_pem_public_key(written)
        assert loaded.public_bytes(Encoding.Raw, serialization.PublicFormat.Raw) == public
    else:
        assert written.endswith(b" me@host\n")
        ssh = serialization.load_ssh_public_key(written)
        assert ssh.public_bytes(Encoding.Raw, serialization.PublicFormat.Raw) == public


def test_ssh_keygen_reads_ours(tmp_path: Path) -> None:
    """Where there is the `ssh-keygen` command, it tells the same public key of a file written here."""
    path = tmp_path / "key"
    identity = Identity.generate(path)
    path.write_bytes(dump(load(Held(path.read_bytes())), "openssh").reveal())
    line = dump_public(key_from_multibase(identity.public_key or ""), "openssh")
    if which("ssh-keygen") is not None:
        done = subprocess.run(["ssh-keygen", "-y", "-f", path], capture_output=True, check=True, timeout=30)
        assert done.stdout.split()[:2] == line.split()[:2]
    assert line.startswith(b"ssh-ed25519 ")
    assert Identity.key(path) == identity


def test_an_encrypted_openssh_key_without_bcrypt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What opens it is part of the extra; where it is absent the message is the line to type."""
    path, _ = made(ssh_keygen, tmp_path, PASSPHRASE)
    monkeypatch.setitem(__import__("sys").modules, "bcrypt", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'syncropel\[keys\]'"):
        Identity.key(path, passphrase=PASSPHRASE)
    with pytest.raises(ConfigurationError, match=r"pip install 'syncropel\[keys\]'"):
        dump(SigningKey.generate(), "openssh", passphrase=PASSPHRASE)


def test_dsa_keys_of_old() -> None:
    """A DSA key, in the format that only old programs write, is told apart as well."""
    private = dsa.generate_private_key(1024)
    data = private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    with pytest.raises(ConfigurationError, match="a key for DSA"):
        Identity.key(data)


WHOLE = {form: dump(SigningKey.from_seed(bytes(range(100, 132))), form).reveal() for form in PRIVATE_FORMATS}


BYTES = st.binary(min_size=1, max_size=4)


@given(st.sampled_from(PRIVATE_FORMATS), st.integers(0, 600), BYTES, st.booleans())
def test_damage_of_any_kind(form: str, place: int, bytes_: bytes, inserted: bool) -> None:
    """Whatever bytes are changed or pushed in, there is a key or the one kind of error."""
    whole = WHOLE[form]
    at = place % len(whole)
    damaged = whole[:at] + bytes_ + whole[at if inserted else at + len(bytes_) :]
    try:
        key = load(Held(damaged), "x")
    except ConfigurationError:
        return
    assert len(key.public) == 32

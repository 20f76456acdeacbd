"""No text holds a key: no exception, repr, traceback with the values of locals, pickle or crash report."""

from __future__ import annotations

import base64
import copy
import gc
import pickle
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from syncropel.errors import SyncropelError
from syncropel.keys.ed25519 import SigningKey
from syncropel.keys.files import read_secret_file, write_secret_file
from syncropel.keys.formats import dump, load
from syncropel.keys.identity import Identity
from syncropel.keys.material import Held, Hidden, passphrase_of

SEED = bytes(range(100, 132))
KEY = SigningKey.from_seed(SEED)
PASSPHRASE = "correct horse battery staple"


def spellings(secret: bytes) -> list[str]:
    """Return every way in which bytes are likely to be written, whole or by a part long enough to matter."""
    encoded = [base64.b64encode(secret[start:]).decode().rstrip("=")[1:-1] for start in range(3)]
    urlsafe = [text.replace("+", "-").replace("/", "_") for text in encoded]
    texts = [secret.hex(), repr(secret)[2:-1], repr(list(secret))[1:-1], str(int.from_bytes(secret, "big"))]
    return [text[:20] for text in (*texts, *encoded, *urlsafe)]


SECRETS = [*spellings(SEED), *spellings(PASSPHRASE.encode()), PASSPHRASE]


def clean(text: str) -> None:
    """Refuse a text that holds a part of the secrets."""
    assert not [secret for secret in SECRETS if secret in text]


def report(error: BaseException) -> str:
    """Return what a crash reporter would write: the chain, every frame of ours, and its locals, at length."""
    lines = list(traceback.TracebackException.from_exception(error).format())
    seen: BaseException | None = error
    while seen is not None:
        inside = False  # the frames of the test itself hold what it made
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            inside = inside or "/syncropel/" in frame.f_code.co_filename
            if inside and "/tests/" not in frame.f_code.co_filename:
                lines += [f"{name} = {value!r} {vars_of(value)}" for name, value in frame.f_locals.items()]
        # What `from None` hides is still there for whoever looks.
        seen = seen.__cause__ or seen.__context__
    return "\n".join(lines)


def vars_of(value: object) -> str:
    """Return what a reporter that looks into objects finds without calling anything."""
    return repr(getattr(value, "__dict__", "")) + repr(getattr(value, "args", ""))


def pkcs8(passphrase: str | None = None) -> bytes:
    """Return the key as PEM."""
    return dump(KEY, "pem", passphrase=passphrase).reveal()


def broken_jwk(member: str) -> bytes:
    """Return the key as a JWK with one wrong member."""
    text = dump(KEY, "jwk").reveal().decode()
    return text.replace('"x": "', f'"{member}": "').encode()


def locked() -> bytes:
    """Return the key as OpenSSH has it, encrypted."""
    return dump(KEY, "openssh", passphrase=PASSPHRASE).reveal()


def failing() -> str:
    """Fail as a prompt may, with what was typed."""
    raise ValueError(PASSPHRASE)


FAILURES: dict[str, Callable[[], Any]] = {
    "no key": lambda: Identity.key(b"seed: " + SEED),
    "a hexadecimal seed": lambda: Identity.key(SEED.hex() + "\n"),
    "too long": lambda: SigningKey.from_seed(SEED + b"x"),
    "cut PEM": lambda: Identity.key(pkcs8()[:-40]),
    "cut OpenSSH": lambda: Identity.key(dump(KEY, "openssh").reveal()[:-60]),
    "cut JWK": lambda: Identity.key(dump(KEY, "jwk").reveal()[:-4]),
    "other JWK": lambda: Identity.key(broken_jwk("X").replace(b"Ed25519", b"Ed448")),
    "wrong x": lambda: Identity.key(dump(KEY, "jwk").reveal().replace(b'"x": "', b'"x": "AA')),
    "d of another length": lambda: Identity.key(dump(KEY, "jwk").reveal().replace(b'"d": "', b'"d": "AAAA')),
    "no passphrase": lambda: Identity.key(pkcs8(PASSPHRASE)),
    "a wrong passphrase": lambda: Identity.key(pkcs8("other"), passphrase=PASSPHRASE),
    "a wrong passphrase of OpenSSH": lambda: Identity.key(locked(), passphrase=PASSPHRASE[::-1]),
    "a failing passphrase": lambda: Identity.key(pkcs8(PASSPHRASE), passphrase=failing),
    "a passphrase in a list": lambda: Identity.key(pkcs8("x"), passphrase=[PASSPHRASE]),  # type: ignore[arg-type]
    "an empty passphrase": lambda: dump(KEY, passphrase=""),
    "a format that there is not": lambda: dump(KEY, "der", passphrase=PASSPHRASE),
    "a format that is not encrypted": lambda: dump(KEY, "raw", passphrase=PASSPHRASE),
    "a key of another type": lambda: Identity.key([SEED]),  # type: ignore[arg-type]
    "no did:web": lambda: Identity.federated("did:example:a", SEED),
    "a wrong did": lambda: Identity.key(SEED, did="did:key:x"),
    "no place to write": lambda: write_secret_file("/proc/none/key", pkcs8()),
    "pickled": lambda: pickle.dumps(Identity.key(SEED)),
    "pickled source": lambda: pickle.dumps(Identity.key(SEED).bearer("sa_a", "b")),
    "pickled key": lambda: pickle.dumps(KEY),
    "pickled material": lambda: pickle.dumps(Held(SEED)),
    "frozen": lambda: setattr(KEY, "public", b""),
    "no id": lambda: Identity.key(SEED).sign("x"),
    "a lifetime": lambda: Identity.key(SEED).bearer("sa_a", "b", 5),
}


@pytest.mark.parametrize("name", FAILURES)
def test_no_failure_holds_a_key(name: str) -> None:
    """Not in its message, its traceback with locals, nor in anything that led to it."""
    try:
        FAILURES[name]()
    except (SyncropelError, AttributeError) as error:
        text = report(error)
    else:
        pytest.fail("nothing failed")
    assert "Error" in text
    clean(text)


def test_a_key_file_that_is_refused(tmp_path: Path) -> None:
    """Neither does the failure of a file, whatever it holds."""
    for number, data in enumerate((pkcs8()[:-40], SEED + b"\n", broken_jwk("X")[:-9])):
        path = tmp_path / str(number)
        path.write_bytes(data)
        path.chmod(0o644)
        for _ in range(2):
            with pytest.raises(SyncropelError) as caught:
                Identity.key(path)
            clean(report(caught.value))
            path.chmod(0o600)


def test_the_check_would_notice() -> None:
    """A failure that does hold the key is found by the same check."""

    def leak(data: bytes) -> None:
        raise ValueError("wrong")

    for secret in (SEED, PASSPHRASE.encode()):
        with pytest.raises(ValueError, match="wrong") as caught:
            leak(secret)
        told = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
        with pytest.raises(AssertionError):
            clean("".join(told.format()))
    jwk = dump(KEY, "jwk").reveal().decode()
    for text in (SEED.hex(), base64.b64encode(b"x" + SEED).decode(), jwk, pkcs8().decode()):
        with pytest.raises(AssertionError):
            clean(text)


def test_no_repr_holds_a_key() -> None:
    """Nor does anything that holds one, as text, format or through its attributes."""
    identity = Identity.key(SEED)
    signature = identity.sign("0b" * 32)
    held = passphrase_of(Hidden(PASSPHRASE))
    values = (identity, KEY, Held(SEED), held, identity.bearer("sa_a", "b"), signature, Identity.key)
    for value in values:
        for text in (repr(value), str(value), f"{value}", repr([value]), vars_of(value), repr(dir(value))):
            clean(text)


def test_copies_are_the_same_object() -> None:
    """A copy makes no second place where a key lies."""
    held = Held(SEED)
    assert copy.copy(held) is copy.deepcopy([held])[0] is held


def test_a_failure_keeps_no_material_alive(tmp_path: Path) -> None:
    """An exception that is kept does not keep what was read: nothing of ours leads from it to the key."""
    path = tmp_path / "key"
    path.write_bytes(pkcs8()[:-40])
    path.chmod(0o600)
    with pytest.raises(SyncropelError) as caught:
        Identity.key(path)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    gc.collect()
    for frame, _ in traceback.walk_tb(caught.value.__traceback__):
        if "/syncropel/" in frame.f_code.co_filename:
            assert not [value for value in frame.f_locals.values() if isinstance(value, (bytes, bytearray))]


def test_what_is_read_from_a_file_shows_nothing(tmp_path: Path) -> None:
    """A secret of any kind is read as something that has to be asked for its bytes."""
    path = write_secret_file(tmp_path / "secret", SEED)
    held = read_secret_file(path, "secret")
    assert held.reveal() == SEED
    assert repr(held) == "<held back>"
    assert load(held).public == KEY.public


def test_the_environment_variable_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong passphrase in the environment is not quoted."""
    monkeypatch.setenv("SYNCROPEL_KEY_PASSPHRASE", PASSPHRASE)
    with pytest.raises(SyncropelError, match="does not open") as caught:
        Identity.key(pkcs8("other"))
    clean(report(caught.value))


def test_the_private_key_is_in_no_public_attribute() -> None:
    """What an identity shows of itself is its DID and its public key."""
    shown = {name for name in dir(Identity.key(SEED)) if not name.startswith("_")}
    assert {"actor_did", "public_key", "signs"} <= shown
    assert "private" not in shown
    secret = KEY.private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    assert secret == SEED

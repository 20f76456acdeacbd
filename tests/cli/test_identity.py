"""`spl identity`: keys made, shown, exported and replaced."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from syncropel.cli import secret
from syncropel.keys.documents import keys_of_document
from syncropel.keys.identity import Identity
from tests.cli.running import homeless, spl

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a home of its own, and no identity from outside."""
    homeless(monkeypatch, tmp_path)


def private_text(path: Path) -> bytes:
    """Return the secret part of an unencrypted PEM file: the last 32 bytes, in base64."""
    der = base64.b64decode(b"".join(path.read_bytes().splitlines()[1:-1]))
    return base64.b64encode(der[-32:])


def test_a_new_key_is_for_its_owner_alone(capsys: Capture, tmp_path: Path) -> None:
    """`spl identity new` writes a 0600 file, prints its DID and how to use it, and never the key."""
    path = tmp_path / "keys" / "me.pem"
    ran = spl(capsys, "identity", "new", str(path))
    assert ran.code == 0, ran.err
    assert path.stat().st_mode & 0o777 == 0o600
    assert ran.out.splitlines()[0] == Identity.key(path).actor_did
    assert f"export SYNCROPEL_IDENTITY_KEY={path}" in ran.out
    assert private_text(path).decode() not in ran.out + ran.err


def test_the_key_of_a_user_has_a_place(capsys: Capture, tmp_path: Path) -> None:
    """Without a file name the key is in the user's settings folder, where `show` and `export` find it."""
    made = json.loads(spl(capsys, "identity", "new", "--json").out)
    assert Path(made["path"]).is_relative_to(tmp_path)
    shown = json.loads(spl(capsys, "identity", "show", "--json").out)
    assert (shown["did"], shown["mode"]) == (made["did"], "0600")
    assert spl(capsys, "identity", "export").out.strip() == made["public_key"]
    assert made["did"] in spl(capsys, "identity", "show").out


def test_a_key_is_not_replaced_by_accident(capsys: Capture, tmp_path: Path) -> None:
    """A second `new` on the same file is refused and leaves it as it was; `--force` replaces it."""
    path = tmp_path / "me.pem"
    first = spl(capsys, "identity", "new", str(path)).out
    again = spl(capsys, "identity", "new", str(path))
    assert (again.code, again.out) == (2, "")
    assert "--force" in again.err
    assert Identity.key(path).actor_did in first
    assert spl(capsys, "identity", "new", str(path), "--force").code == 0
    assert Identity.key(path).actor_did not in first


def test_a_key_that_others_can_read_is_refused(capsys: Capture, tmp_path: Path) -> None:
    """The refusal is one line with the command that mends it, and the command does."""
    path = tmp_path / "me.pem"
    spl(capsys, "identity", "new", str(path))
    path.chmod(0o644)
    ran = spl(capsys, "identity", "show", str(path))
    assert (ran.code, ran.out) == (2, "")
    command = ran.err.rpartition("chmod 600 ")[2].strip()
    assert Path(command) == path
    os.chmod(command, 0o600)  # noqa: PTH101 - as the command does
    assert spl(capsys, "identity", "show", str(path)).code == 0


def test_an_encrypted_key_asks_for_its_passphrase(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--encrypt` asks twice; using the key asks once, or takes the passphrase of the environment."""
    path = tmp_path / "me.pem"
    typed = ["correct horse", "correct horse", "correct horse", "battery staple"]
    monkeypatch.setattr(secret, "hidden", lambda question: typed.pop(0))
    assert spl(capsys, "identity", "new", str(path), "--encrypt").code == 0
    assert b"ENCRYPTED" in path.read_bytes()
    assert spl(capsys, "identity", "show", str(path)).code == 0
    refused = spl(capsys, "identity", "show", str(path))
    assert refused.code == 2
    assert "staple" not in refused.err
    assert typed == []
    monkeypatch.setenv("SYNCROPEL_KEY_PASSPHRASE", "correct horse")
    assert spl(capsys, "identity", "show", str(path)).code == 0


def test_two_different_passphrases_make_no_key(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slip while typing the passphrase leaves no file behind; nor does a missing terminal."""
    typed = ["one", "another"]
    monkeypatch.setattr(secret, "hidden", lambda question: typed.pop(0) if typed else None)
    for hint in ("differ", "SYNCROPEL_KEY_PASSPHRASE"):
        ran = spl(capsys, "identity", "new", str(tmp_path / "me.pem"), "--encrypt")
        assert (ran.code, ran.out) == (2, "")
        assert hint in ran.err
    assert not (tmp_path / "me.pem").exists()


def test_the_public_key_comes_in_the_forms_others_read(capsys: Capture, tmp_path: Path) -> None:
    """Each form holds the same key; the DID document is one that a daemon takes the key from."""
    made = json.loads(spl(capsys, "identity", "new", "--json").out)
    texts = {
        form: spl(capsys, "identity", "export", "--format", form).out for form in ("pem", "jwk", "openssh")
    }
    assert "BEGIN PUBLIC KEY" in texts["pem"]
    assert json.loads(texts["jwk"])["crv"] == "Ed25519"
    assert "d" not in json.loads(texts["jwk"])
    assert texts["openssh"].startswith("ssh-ed25519 ")
    web = "did:web:example.com"
    document = spl(capsys, "identity", "export", "--format", "did-document", "--did", web).out
    assert keys_of_document(web, json.loads(document)) == [made["public_key"]]
    assert spl(capsys, "identity", "export", "--format", "png").code == 2


def test_an_export_never_replaces_a_file(capsys: Capture, tmp_path: Path) -> None:
    """The public key goes into a new file; one that is there, such as the key's own, stays as it is."""
    path = tmp_path / "me.pem"
    spl(capsys, "identity", "new", str(path))
    before = path.read_bytes()
    assert spl(capsys, "identity", "export", str(path), "-o", str(tmp_path / "me.pub")).code == 0
    assert (tmp_path / "me.pub").read_text(encoding="utf-8").startswith("z6Mk")
    for target in (path, tmp_path / "me.pub", tmp_path / "no" / "folder"):
        ran = spl(capsys, "identity", "export", str(path), "-o", str(target))
        assert (ran.code, ran.out) == (2, "")
        assert "--output" in ran.err
    assert path.read_bytes() == before


def test_a_private_key_goes_into_a_file_only(capsys: Capture, tmp_path: Path) -> None:
    """`--private` without a file is refused; with one it is written 0600 in the form asked for."""
    made = json.loads(spl(capsys, "identity", "new", "--json").out)
    ran = spl(capsys, "identity", "export", "--private")
    assert (ran.code, ran.out) == (2, "")
    assert "--output" in ran.err
    for form in ("openssh", "jwk", "pem"):
        target = tmp_path / f"copy.{form}"
        ran = spl(capsys, "identity", "export", "--private", "--format", form, "--output", str(target))
        assert ran.code == 0, ran.err
        assert target.stat().st_mode & 0o777 == 0o600
        assert Identity.key(target).actor_did == made["did"]
        assert spl(capsys, "identity", "export", "--private", "-o", str(target)).code == 2


@pytest.mark.parametrize("did", ["did:sync:user:bob", "did:example:app"])
def test_a_did_without_keys_cannot_sign(capsys: Capture, tmp_path: Path, did: str) -> None:
    """A key given for a DID that has none is a usage error that says what to leave out."""
    path = tmp_path / "me.pem"
    spl(capsys, "identity", "new", str(path))
    ran = spl(capsys, "identity", "show", str(path), "--did", did)
    assert (ran.code, ran.out) == (2, "")
    assert "SYNCROPEL_DID" in ran.err


def test_a_missing_key_says_how_one_is_made(capsys: Capture) -> None:
    """Without a key the command that makes one is named."""
    ran = spl(capsys, "identity", "show")
    assert (ran.code, ran.out) == (2, "")
    assert "spl identity new" in ran.err

"""The published vectors: remade by a second implementation, and judged by the package."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from _toolbox import ROOT
from syncropel.errors import InvalidRecord
from syncropel.keys.ed25519 import SigningKey, verify
from syncropel.keys.identity import Identity
from syncropel.keys.verify import follow_rotations, verify_record
from syncropel.rules.canonical import canonical_json
from syncropel.rules.hashing import record_id
from syncropel.rules.signatures import (
    KeyChain,
    did_of_key,
    key_from_multibase,
    key_to_multibase,
    read_rotation,
    read_signature,
    signed_message,
)
from tests.keys import reference

VECTORS: dict[str, Any] = json.loads((ROOT / "docs/vectors/signatures.json").read_text(encoding="utf-8"))
SEEDS = {key["name"]: bytes.fromhex(key["seed_hex"]) for key in VECTORS["keys"]}


def named(section: str) -> Any:
    """Parametrize over the named entries of a section."""
    return pytest.mark.parametrize("entry", VECTORS[section], ids=lambda entry: entry["name"])


def test_the_second_implementation_makes_the_same_file() -> None:
    """The file is what the RFC's formulas give; `python tests/keys/reference.py` writes it."""
    assert reference.vectors() == VECTORS


def test_the_second_implementation_is_the_rfcs() -> None:
    """It gives the public keys and signatures of RFC 8032, section 7.1, tests 1 and 2."""
    assert (
        VECTORS["keys"][0]["public_hex"] == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    assert (
        VECTORS["keys"][1]["public_hex"] == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    )
    assert reference.sign(SEEDS["bob"], b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


@named("keys")
def test_keys(entry: dict[str, str]) -> None:
    """A seed gives its public key, the multibase text and the DID."""
    key = SigningKey.from_seed(bytes.fromhex(entry["seed_hex"]))
    assert key.public.hex() == entry["public_hex"]
    assert key_to_multibase(key.public) == entry["multibase"]
    assert key_from_multibase(entry["multibase"]) == key.public
    assert did_of_key(entry["multibase"]) == entry["did"]
    assert Identity.key(bytes.fromhex(entry["seed_hex"])).actor_did == entry["did"]


@named("signed")
def test_signatures(entry: dict[str, Any]) -> None:
    """Canonical form, id, message and signature are the file's, and the signature verifies."""
    assert canonical_json(entry["record"]) == entry["canonical"]
    assert record_id(entry["record"]) == entry["id"]
    assert signed_message(entry["id"]).hex() == entry["message_hex"]
    signature = Identity.key(SEEDS[entry["key"]]).sign(entry["id"])
    assert signature is not None
    assert signature.wire == entry["sig"]
    assert verify_record({**entry["record"], "id": entry["id"], "sig": entry["sig"]})


@named("signed")
def test_openssl_verifies_them(entry: dict[str, Any], tmp_path: Path) -> None:
    """The `openssl` command verifies the same bytes; where there is none, the reference signs them again."""
    signature = read_signature(entry["sig"]).raw
    message = bytes.fromhex(entry["message_hex"])
    assert reference.sign(SEEDS[entry["key"]], message) == signature
    if which("openssl") is None:
        return
    head = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of Ed25519 (RFC 8410)
    files = {
        "key": head + key_from_multibase(entry["sig"]["key"]),
        "signature": signature,
        "message": message,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin"]
    done = subprocess.run(
        [*command, "-in", "message", "-sigfile", "signature"], cwd=tmp_path, capture_output=True, check=False
    )
    assert b"Successfully" in done.stdout, done.stderr


@named("refused")
def test_refused(entry: dict[str, Any]) -> None:
    """Each wrong signature is well formed, and refused by verification for the reason it was made for."""
    read_signature(entry["sig"])
    found = verify_record({**entry["record"], "sig": entry["sig"]})
    assert (found.ok, found.id_matches, found.signature) == (False, True, entry["signature"])
    assert found.reason


@named("malformed")
def test_malformed(entry: dict[str, Any]) -> None:
    """A member that is no signature is refused before anything is computed, with the place at fault."""
    with pytest.raises(InvalidRecord) as caught:
        read_signature(entry["sig"])
    assert str(caught.value).startswith(f"{entry['path']}: ")


def test_the_rotation() -> None:
    """After a key is handed over the old one stops and the new one begins, at the next sequence."""
    rotation = VECTORS["rotation"]
    assert verify_record(rotation["record"])
    chain = follow_rotations(row["record"] for row in rotation["judged"])[rotation["did"]]
    for moment in rotation["keys_at"]:
        assert chain.keys_at(moment["sequence"]) == frozenset(moment["keys"])
    by_hand = KeyChain(rotation["did"])
    keys = read_rotation(rotation["record"]["body"])
    assert keys is not None
    assert by_hand.rotate(rotation["record"]["sequence"], *keys)
    assert by_hand.spans == chain.spans
    for judged in rotation["judged"]:
        assert verify_record(judged["record"], chain).signature == judged["signature"]


def test_a_shifted_signature_is_refused_though_its_equation_holds() -> None:
    """A second text of a signature, s + L, is refused: one record has one signature by one key."""
    entry = next(one for one in VECTORS["refused"] if one["name"] == "s is not reduced")
    right = read_signature(VECTORS["signed"][0]["sig"])
    message = bytes.fromhex(VECTORS["signed"][0]["message_hex"])
    shifted = read_signature(entry["sig"])
    assert shifted.raw[:32] == right.raw[:32]
    difference = int.from_bytes(shifted.raw[32:], "little") - int.from_bytes(right.raw[32:], "little")
    assert difference == reference.L
    assert not verify(key_from_multibase(shifted.key), message, shifted.raw)

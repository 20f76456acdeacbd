"""Signatures beside records: what is signed, how it is written, and which key speaks for a DID at a moment.

The message is `syncropel/record/v1`, a zero byte and the 32 bytes of the record's id; the algorithm is
Ed25519. Nothing here computes with keys, so it needs the standard library alone
(docs/decisions/0012-signatures.md).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from ..errors import InvalidRecord, InvalidRecordType, UsageError, UsageTypeError
from .plain import shown

ALGORITHM = "Ed25519"
"""The one algorithm that `sig.alg` may name."""

ROTATION_KIND = "core.key_rotation"
"""The kind of the record by which an actor hands its signature over to another key."""

PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64

_PREFIX = b"syncropel/record/v1\x00"
_CODEC = b"\xed\x01"  # ed25519-pub in the table of multicodec, as a varint
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {character: value for value, character in enumerate(_ALPHABET)}
_MULTIBASE_LENGTH = 48
_ID = re.compile("[0-9a-f]{64}", re.ASCII)
# 86 characters carry 516 bits: the last four are zero, or one signature would have sixteen texts.
_VALUE = re.compile("[A-Za-z0-9_-]{85}[AQgw]", re.ASCII)
_DID_KEY = "did:key:"

_P = 2**255 - 19
_Y8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_WEAK = frozenset((0, 1, _P - 1, _P, _P + 1, _Y8, _P - _Y8))
"""The y coordinates of the points of small order, in every way they can be written."""


def signed_message(record_id: str) -> bytes:
    """Return the bytes that a signature of a record covers.

    Raises:
        UsageError: The id is not 64 lower-case hexadecimal digits.
    """
    if not isinstance(record_id, str) or _ID.fullmatch(record_id) is None:
        raise UsageError(f"a record's id is 64 lower-case hexadecimal digits, not {shown(record_id, 80)}")
    return _PREFIX + bytes.fromhex(record_id)


class Signature(NamedTuple):
    """A signature of a record, well formed and not verified.

    Attributes:
        key: The public key that made it, as multibase (`z6Mk…`): the identifier of its `did:key`.
        value: The 64 bytes in base64url without padding.
    """

    key: str
    value: str

    @property
    def wire(self) -> dict[str, str]:
        """The `sig` member of a record."""
        return {"alg": ALGORITHM, "key": self.key, "value": self.value}

    @property
    def raw(self) -> bytes:
        """The 64 bytes."""
        return urlsafe_b64decode(self.value + "==")

    @staticmethod
    def of(public: bytes, raw: bytes) -> Signature:
        """Return the signature of 64 bytes made by the key with these 32 public bytes.

        Raises:
            UsageError: The signature has another length, or the key is no public key.
        """
        if len(raw) != SIGNATURE_BYTES:
            raise UsageError(f"an Ed25519 signature has {SIGNATURE_BYTES} bytes, not {len(raw)}")
        return Signature(key_to_multibase(public), urlsafe_b64encode(raw).rstrip(b"=").decode())


def read_signature(value: Any, path: str = "$.sig") -> Signature:
    """Read the `sig` member of a record. Members other than `alg`, `key` and `value` are not looked at.

    Raises:
        InvalidRecord: It is not written as it has to be (`InvalidRecordType` for a wrong type); the message
            starts with the JSON path.
    """
    if not isinstance(value, Mapping):
        raise InvalidRecordType(f"{path}: must be an object with alg, key and value, not {shown(value)}")
    for name in ("alg", "key", "value"):
        if name not in value:
            raise InvalidRecord(f"{path}.{name}: is missing")
        if not isinstance(value[name], str):
            raise InvalidRecordType(f"{path}.{name}: must be a string, not {shown(value[name])}")
    if value["alg"] != ALGORITHM:
        raise InvalidRecord(f"{path}.alg: must be {ALGORITHM}, not {shown(value['alg'])}")
    try:
        key_from_multibase(value["key"])
    except UsageError as error:
        raise InvalidRecord(f"{path}.key: {error}") from None
    if _VALUE.fullmatch(value["value"]) is None:
        raise InvalidRecord(
            f"{path}.value: must be {SIGNATURE_BYTES} bytes in base64url without padding: 86 characters, the "
            f"last of them A, Q, g or w, not {shown(value['value'])}"
        )
    return Signature(str.__str__(value["key"]), str.__str__(value["value"]))


def key_to_multibase(public: bytes) -> str:
    """Return a public key as multibase text: `z`, then base58 of the multicodec prefix and the 32 bytes.

    Raises:
        UsageError: Not 32 bytes, or a point of small order, for which anybody can sign anything.
    """
    if not isinstance(public, bytes) or len(public) != PUBLIC_BYTES:
        raise UsageError(f"an Ed25519 public key is {PUBLIC_BYTES} bytes")
    if int.from_bytes(public, "little") & (2**255 - 1) in _WEAK:
        raise UsageError("the public key is a point of small order: anybody can sign for it")
    number, text = int.from_bytes(_CODEC + public, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return "z" + text


def key_from_multibase(text: str) -> bytes:
    """Return the 32 bytes of a public key from its multibase text.

    Raises:
        UsageError: The text is not the multibase form of an Ed25519 public key.
    """
    if not isinstance(text, str):
        raise UsageTypeError(f"a public key is multibase text, not {type(text).__name__}")
    return _public_bytes(text)


@lru_cache(maxsize=4096)
def _public_bytes(text: str) -> bytes:
    wrong = f"must be the multibase form of an Ed25519 public key (z6Mk…, 48 characters), not {shown(text)}"
    if len(text) != _MULTIBASE_LENGTH or text[0] != "z" or not _DIGITS.keys() >= set(text[1:]):
        raise UsageError(wrong)
    number = 0
    for character in text[1:]:
        number = number * 58 + _DIGITS[character]
    if number >> 272 or (number >> 256) != int.from_bytes(_CODEC, "big"):
        raise UsageError(wrong)
    public = (number & (2**256 - 1)).to_bytes(PUBLIC_BYTES, "big")
    if key_to_multibase(public) != text:  # pragma: no cover - the length leaves one text for every number
        raise UsageError(wrong)
    return public


def did_of_key(multibase: str) -> str:
    """Return the `did:key` of a public key.

    Raises:
        UsageError: The text is not the multibase form of an Ed25519 public key.
    """
    key_from_multibase(multibase)
    return _DID_KEY + multibase


def key_of_did(did: str) -> str | None:
    """Return the key that a `did:key` consists of, or None for any other DID and any other algorithm."""
    if not isinstance(did, str) or not did.startswith(_DID_KEY):
        return None
    multibase = did[len(_DID_KEY) :]
    try:
        key_from_multibase(multibase)
    except UsageError:
        return None
    return multibase


def rotation_body(previous: str, new: str, reason: str | None = None) -> dict[str, Any]:
    """Return the body of the record that hands an actor's signature from one key to another.

    Raises:
        UsageError: One of the keys is not the multibase form of an Ed25519 public key, or both are the same.
    """
    for name, key in (("previous_key", previous), ("new_key", new)):
        try:
            key_from_multibase(key)
        except UsageError as error:
            raise type(error)(f"{name}: {error}") from None
    if previous == new:
        raise UsageError("new_key: is the previous key; a rotation names another one")
    body: dict[str, Any] = {"kind": ROTATION_KIND, "previous_key": previous, "new_key": new}
    if reason is not None:
        if not isinstance(reason, str):
            raise UsageTypeError(f"reason: must be a string, not {type(reason).__name__}")
        body["reason"] = reason
    return body


def read_rotation(body: Any) -> tuple[str, str] | None:
    """Return the previous and the new key of a rotation's body, or None when the body is no rotation."""
    if not isinstance(body, Mapping) or body.get("kind") != ROTATION_KIND:
        return None
    previous, new = body.get("previous_key"), body.get("new_key")
    try:
        rotation_body(previous, new)  # type: ignore[arg-type]
    except UsageError:
        return None
    return previous, new  # type: ignore[return-value]


class KeySpan(NamedTuple):
    """A key and the sequences at which it may sign, both included; `until` is None while it still may."""

    key: str
    since: int
    until: int | None


class KeyChain:
    """The keys that speak for one DID, over the sequences of one store.

    Attributes:
        did: Whose keys they are.
        spans: Every key with its time, in the order in which they came.
    """

    __slots__ = ("did", "spans")

    def __init__(self, did: str, first_keys: Iterable[str] = ()) -> None:
        """Start a chain.

        Args:
            did: The actor.
            first_keys: Its keys before any rotation; a `did:key` has its own and needs none given.
        """
        own = key_of_did(did)
        first = dict.fromkeys((*(() if own is None else (own,)), *first_keys))
        self.did = did
        self.spans: list[KeySpan] = [KeySpan(key, 0, None) for key in first]

    def rotate(self, sequence: int, previous: str, new: str) -> bool:
        """Follow the rotation that was stored at `sequence`, and tell whether it counts.

        It counts when the previous key may sign at that sequence, no later rotation was followed before, and
        the new key never belonged to the chain: a key that was given up does not come back. The caller has
        verified that the record is by this DID and signed by the previous key.
        """
        if not self.holds(previous, sequence) or any(span.key == new for span in self.spans):
            return False
        if any(span.since > sequence for span in self.spans):
            return False
        self.spans = [
            KeySpan(span.key, span.since, sequence) if span.key == previous else span for span in self.spans
        ]
        self.spans.append(KeySpan(new, sequence + 1, None))
        return True

    def keys_at(self, sequence: int | None) -> frozenset[str]:
        """Return the keys that may sign the record at a sequence; None stands for the next record."""
        return frozenset(span.key for span in self.spans if _within(span, sequence))

    def holds(self, key: str, sequence: int | None) -> bool:
        """Tell whether a key may sign the record at a sequence; None stands for the next record."""
        return any(span.key == key and _within(span, sequence) for span in self.spans)

    def __repr__(self) -> str:
        return f"KeyChain({self.did!r}, {self.spans!r})"


def _within(span: KeySpan, sequence: int | None) -> bool:
    if sequence is None:
        return span.until is None
    return span.since <= sequence and (span.until is None or sequence <= span.until)

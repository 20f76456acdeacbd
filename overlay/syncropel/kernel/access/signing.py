"""Signatures of records that are about to be stored: what can be judged before the store, and what cannot.

Before the store: whether the signature is one over this very record. In the store: whether the key is the
actor's at the record's place, and whether an actor who has signed here now does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from ...errors import MissingExtraError, UsageError
from ...keys.ed25519 import verify
from ...rules.records import Draft
from ...rules.signatures import (
    ROTATION_KIND,
    Signature,
    key_from_multibase,
    key_of_did,
    read_rotation,
    rotation_body,
    signed_message,
)
from ..refusals import Refusal
from ..store.base import Transaction
from .identity_keys import WEB, IdentityKey, chain_of

_REMEMBERED = 10_000
_RESOLVE_SECONDS = 60.0
# The numbers of DIDs that one statement looks up: a few texts of SQL for groups of any size.
_WIDTHS = (1, 8, 64, 512)


class Rotation(NamedTuple):
    """What a checked record of `core.key_rotation` says: the key it gives up, and the one in its place."""

    previous: str
    new: str


class Signers:
    """What a kernel remembers about signatures. It is only a hint: the store has the last word.

    Whoever forges an unsigned record is refused when the group of writes is finished, at the price of doing
    the group once more. The DID is remembered, and the next forgery costs one look-up.
    """

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._resolved: dict[str, float] = {}

    def remember(self, did: str) -> None:
        """Remember that a DID has signed."""
        _bound(self._known)
        self._known[did] = None

    def suspects(self, did: str) -> bool:
        """Tell whether a DID is remembered."""
        return did in self._known

    def resolve(self, did: str, now: float) -> str | None:
        """Return the DID when its document may be fetched again, at most once a minute; None otherwise."""
        last = self._resolved.get(did)
        if last is not None and 0 <= now - last < _RESOLVE_SECONDS:
            return None
        self._resolved.pop(did, None)
        _bound(self._resolved)
        self._resolved[did] = now
        return did


def _bound(kept: dict[str, None] | dict[str, float]) -> None:
    if len(kept) >= _REMEMBERED:
        for did in list(islice(kept, _REMEMBERED // 2)):
            kept.pop(did, None)


def check_signature(draft: Draft, required: bool) -> Signature | None:
    """Return the signature beside a record, verified over that record; None when it has none.

    Args:
        draft: The record.
        required: Whether it must be signed.

    Raises:
        Refusal: `SIGNATURE_INVALID`, `SIGNATURE_REQUIRED`, or `SIGNATURE_UNSUPPORTED` where the library is
            not installed.
    """
    signature = draft.signature
    if signature is None:
        if required:
            raise Refusal("SIGNATURE_REQUIRED", "$.sig: is missing; this daemon takes signed records only")
        return None
    try:
        good = verify(key_from_multibase(signature.key), signed_message(draft.id), signature.raw)
    except MissingExtraError as error:
        raise Refusal(
            "SIGNATURE_UNSUPPORTED", f"$.sig: {error}", hint="install the extra where the daemon runs"
        ) from None
    if not good:
        raise Refusal(
            "SIGNATURE_INVALID",
            f"$.sig: is no signature by {signature.key} over this record, whose id is {draft.id}: the record"
            " was altered after it was signed, or the signature belongs to another one",
        )
    return signature


def check_rotation(draft: Draft, signature: Signature | None) -> Rotation | None:
    """Return the rotation that a record is, checked as far as the record goes; None for any other record.

    Raises:
        Refusal: `INVALID_RECORD`, `SIGNATURE_REQUIRED` or `SIGNATURE_INVALID`.
    """
    wire = draft.wire
    body = wire["body"]
    if body.get("kind") != ROTATION_KIND:
        return None
    if wire["act"] != "LEARN":
        raise Refusal("INVALID_RECORD", f"$.act: a record of the kind {ROTATION_KIND} is a LEARN")
    found = read_rotation(body)
    if found is None:
        raise Refusal("INVALID_RECORD", f"$.body.{_rotation_fault(body)}")
    if signature is None:
        raise Refusal("SIGNATURE_REQUIRED", "$.sig: is missing; a rotation is signed by the key it gives up")
    rotation = Rotation(*found)
    if signature.key != rotation.previous:
        raise Refusal(
            "SIGNATURE_INVALID",
            f"$.sig.key: is {signature.key}, and a rotation is signed by the key it gives up,"
            f" {rotation.previous}",
        )
    return rotation


def _rotation_fault(body: dict[str, object]) -> str:
    for name in ("previous_key", "new_key"):
        if not isinstance(body.get(name), str):
            return f"{name}: must be a public key as multibase text"
    try:
        rotation_body(body["previous_key"], body["new_key"])  # type: ignore[arg-type]
    except UsageError as error:
        return str(error)
    return "kind: is no rotation"


def check_key(
    keys: Sequence[IdentityKey],
    actor: str,
    signature: Signature,
    sequence: int | None,
    signers: Signers,
    now: float,
) -> None:
    """Refuse a key that is not the actor's.

    Args:
        keys: The actor's keys.
        actor: Its DID.
        signature: The signature, verified.
        sequence: The record's place; None for the next one.
        signers: Knows when the actor's document was last asked for.
        now: The time, unix seconds.

    Raises:
        Refusal: `KEY_UNKNOWN` for a `did:web` whose keys are not known yet, else `SIGNATURE_INVALID`.
    """
    if chain_of(keys, actor).holds(signature.key, sequence):
        return
    raise _foreign_key(keys, actor, signature.key, signers, now)


def _foreign_key(keys: Sequence[IdentityKey], actor: str, key: str, signers: Signers, now: float) -> Refusal:
    trusted = [each.key for each in keys if each.until_sequence is None]
    web = actor.startswith(WEB)
    if not trusted and web:
        return Refusal(
            "KEY_UNKNOWN",
            f"$.sig.key: no key of {actor} is known here, and its document could not be used",
            hint="publish the key in the DID document, and see the daemon's log for why it cannot be read",
            resolve=actor,
        )
    if not trusted:
        return Refusal(
            "SIGNATURE_INVALID",
            f"$.sig: {actor[:200]!r} has no key that could be known; sign as a did:key or a did:web,"
            " or leave the signature out",
        )
    past = next(
        (each for each in reversed(keys) if each.key == key and each.until_sequence is not None), None
    )
    if past is not None:
        why = f"was given up with record {past.until_sequence}"
    else:
        why = f"is not a key of {actor}"
    hint = f"its keys are {', '.join(trusted[:4])}"
    if web:
        hint += "; when all of them were replaced, an administrator forgets them (forgetIdentityKeys:"
        hint += f" DELETE /v1/identities/{actor}/keys) and the document is trusted anew"
    elif key_of_did(actor) is None:
        hint += "; an administrator can forget them"
    resolve = signers.resolve(actor, now) if web and past is None else None
    return Refusal("SIGNATURE_INVALID", f"$.sig.key: {key} {why}", hint=hint, resolve=resolve)


def unsigned(actor: str) -> Refusal:
    """Return the refusal of a record without a signature by an actor who has signed here."""
    return Refusal(
        "SIGNATURE_REQUIRED",
        f"$.sig: is missing, and {actor[:200]!r} has signed records here: without one this may be a forgery",
        hint="emit with the identity's key",
    )


def note_signer(transaction: Transaction, actor: str) -> None:
    """Note that an actor has signed a record here."""
    transaction.execute("INSERT INTO signers (did) VALUES (?) ON CONFLICT DO NOTHING", (actor,))


def is_signer(transaction: Transaction, actor: str) -> bool:
    """Tell whether an actor has signed a record here."""
    return bool(transaction.execute("SELECT 1 FROM signers WHERE did = ?", (actor,)))


def refuse_signers(transaction: Transaction, items: list[tuple[Signers, str]]) -> None:
    """Refuse unsigned records, already written in this transaction, if one of their actors has signed here.

    Raises:
        Refusal: `SIGNATURE_REQUIRED`; the transaction must be undone.
    """
    actors = list(dict.fromkeys(actor for _, actor in items))
    for start in range(0, len(actors), _WIDTHS[-1]):
        chunk = actors[start : start + _WIDTHS[-1]]
        width = next(width for width in _WIDTHS if width >= len(chunk))
        chunk += chunk[-1:] * (width - len(chunk))
        marks = ", ".join("?" * width)
        rows = transaction.execute(f"SELECT did FROM signers WHERE did IN ({marks})", chunk)  # noqa: S608 - marks only
        if rows:
            items[0][0].remember(rows[0][0])
            raise unsigned(rows[0][0])

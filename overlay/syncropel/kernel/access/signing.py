"""Signatures of records that are about to be stored: what can be judged before the store, and what cannot.

Before the store: whether the signature is one over this very record. In the store: whether the key is the
actor's at the record's place, and whether an actor who has signed here now does not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from ...errors import MissingExtraError, UsageError
from ...keys.ed25519 import verify
from ...rules.canonical import canonical_json
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
from ..store.base import Store, Transaction
from .identity_keys import WEB, IdentityKey, chain_of

_REMEMBERED = 10_000
_RESOLVE_SECONDS = 60.0
SIGNED = "signed records"
"""The name under which `Store.known` has whether anybody has signed a record."""


class Rotation(NamedTuple):
    """What a checked record of `core.key_rotation` says: the key it gives up, and the one in its place."""

    previous: str
    new: str


class Resolutions:
    """When the documents of identities whose keys are known were last asked for again."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[float, Signature]] = {}

    def again(self, did: str, now: float, signature: Signature) -> str | None:
        """Return the DID when its document may be fetched again, at most once a minute; None otherwise.

        Args:
            did: The DID.
            now: The time, unix seconds.
            signature: What it is asked for; the very same object once more is the same attempt, since work
                for the store may run twice.
        """
        last = self._asked.get(did)
        if last is not None and last[1] is not signature and 0 <= now - last[0] < _RESOLVE_SECONDS:
            return None
        if len(self._asked) >= _REMEMBERED:
            self._asked.clear()
        self._asked[did] = (now, signature)
        return did


def check_signature(draft: Draft) -> Signature:
    """Return the signature beside a record, verified over that record.

    Raises:
        Refusal: `SIGNATURE_REQUIRED` when there is none, `SIGNATURE_INVALID`, or `SIGNATURE_UNSUPPORTED`
            where the library is not installed.
    """
    signature = draft.signature
    if signature is None:
        raise Refusal("SIGNATURE_REQUIRED", "$.sig: is missing; this daemon takes signed records only")
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


def check_rotation(draft: Draft, signature: Signature | None) -> Rotation:
    """Return the rotation that a record of `core.key_rotation` is, checked as far as the record goes.

    Raises:
        Refusal: `INVALID_RECORD`, `SIGNATURE_REQUIRED` or `SIGNATURE_INVALID`.
    """
    wire = draft.wire
    body = wire["body"]
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
    resolutions: Resolutions,
    now: float,
) -> None:
    """Refuse a key that is not the actor's.

    Args:
        keys: The actor's keys.
        actor: Its DID.
        signature: The signature, verified.
        sequence: The record's place; None for the next one.
        resolutions: Knows when the actor's document was last asked for.
        now: The time, unix seconds.

    Raises:
        Refusal: `KEY_UNKNOWN` for a `did:web` whose keys are not known yet, else `SIGNATURE_INVALID`.
    """
    if chain_of(keys, actor).holds(signature.key, sequence):
        return
    raise _foreign_key(keys, actor, signature, resolutions, now)


def _foreign_key(
    keys: Sequence[IdentityKey], actor: str, signature: Signature, resolutions: Resolutions, now: float
) -> Refusal:
    key = signature.key
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
    resolve = resolutions.again(actor, now, signature) if web and past is None else None
    return Refusal("SIGNATURE_INVALID", f"$.sig.key: {key} {why}", hint=hint, resolve=resolve)


def unsigned(actor: str) -> Refusal:
    """Return the refusal of a record without a signature by an actor who has signed here."""
    return Refusal(
        "SIGNATURE_REQUIRED",
        f"$.sig: is missing, and {actor[:200]!r} has signed records here: without one this may be a forgery",
        hint="emit with the identity's key",
    )


def note_signer(transaction: Transaction, store: Store, actor: str) -> None:
    """Note that an actor has signed a record here."""
    if store.known is not None:
        # Before it is written, and kept when the write is undone: then it costs a look-up and no more.
        store.known[SIGNED] = True
    transaction.execute("INSERT INTO signers (did) VALUES (?) ON CONFLICT DO NOTHING", (actor,))


def is_signer(transaction: Transaction, store: Store, actor: str) -> bool:
    """Tell whether an actor has signed a record here.

    Where nobody has, `Store.known` says so under `SIGNED`, and asking is not necessary.
    """
    if _nobody_signed(transaction, store):
        return False
    return bool(transaction.execute("SELECT 1 FROM signers WHERE did = ?", (actor,)))


def has_signer(transaction: Transaction, store: Store, actors: Collection[str]) -> bool:
    """Tell whether one of these actors has signed a record here; `is_signer` of all at once."""
    if _nobody_signed(transaction, store):
        return False
    sql = "SELECT 1 FROM signers WHERE did IN (SELECT value FROM json_each(?)) LIMIT 1"
    return bool(transaction.execute(sql, (canonical_json(sorted(actors)),)))


def _nobody_signed(transaction: Transaction, store: Store) -> bool:
    known = store.known
    if known is None:
        return False
    signed = known.get(SIGNED)
    if signed is None:
        signed = known[SIGNED] = bool(transaction.execute("SELECT 1 FROM signers LIMIT 1"))
    return not signed

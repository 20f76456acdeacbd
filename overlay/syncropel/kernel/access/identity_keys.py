"""Which keys speak for an actor: the key in a `did:key`, keys handed over by rotations, pinned documents.

A key signs from one sequence of the store to another, both included. What is not in the table is in the DID:
a `did:key` has rows only once its key was rotated.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...rules.signatures import KeyChain, KeySpan, key_of_did
from ..rows import last_sequence
from ..store.base import Transaction
from .tables import changed

OWN, DOCUMENT, ROTATION = "did", "document", "rotation"
WEB = "did:web:"
_PUT = """INSERT INTO identity_keys (did, key, source, from_sequence, until_sequence, record_id)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (did, key, from_sequence) DO UPDATE SET until_sequence = excluded.until_sequence"""


class IdentityKey(NamedTuple):
    """A key of an actor.

    Attributes:
        key: The public key as multibase.
        source: Where it comes from: `did`, `document` or `rotation`.
        from_sequence: The first sequence at which it signs.
        until_sequence: The last one; None while it still signs.
        record_id: The record that handed over to it, for a rotation.
    """

    key: str
    source: str
    from_sequence: int
    until_sequence: int | None
    record_id: str | None

    @property
    def wire(self) -> dict[str, Any]:
        """It as the API shows it."""
        return self._asdict()


def keys_of(transaction: Transaction, did: str) -> list[IdentityKey]:
    """Return every key that an actor has or had, in the order in which they came."""
    rows = transaction.execute(
        "SELECT key, source, from_sequence, until_sequence, record_id FROM identity_keys"
        " WHERE did = ? ORDER BY from_sequence, key",
        (did,),
    )
    if not rows:
        own = key_of_did(did)
        return [] if own is None else [IdentityKey(own, OWN, 0, None, None)]
    return [IdentityKey(*row) for row in rows]


def current_keys(transaction: Transaction, did: str) -> list[str]:
    """Return the keys that may sign an actor's next record."""
    return [each.key for each in keys_of(transaction, did) if each.until_sequence is None]


def chain_of(keys: Sequence[IdentityKey], did: str) -> KeyChain:
    """Return keys as the chain that offline verification follows."""
    chain = KeyChain(did)
    chain.spans = [KeySpan(each.key, each.from_sequence, each.until_sequence) for each in keys]
    return chain


def rotate(
    transaction: Transaction,
    did: str,
    keys: Sequence[IdentityKey],
    previous: str,
    new: str,
    sequence: int,
    record_id: str,
) -> None:
    """Note the rotation that was stored at a sequence: the new key signs from the next one on.

    Args:
        transaction: Where to write.
        did: The actor.
        keys: What `keys_of` said before the rotation, which `KeyChain.rotate` has found to count.
        previous: The key that is given up.
        new: The key that takes its place.
        sequence: The rotation's sequence.
        record_id: The rotation's id.
    """
    for each in keys:
        if each.until_sequence is None and each.key == previous:
            _put(transaction, did, each._replace(until_sequence=sequence))
    _put(transaction, did, IdentityKey(new, ROTATION, sequence + 1, None, record_id))
    changed(transaction)


def pin(transaction: Transaction, did: str, listed: Sequence[str]) -> bool:
    """Trust the keys that a document lists for a DID, as far as earlier trust allows.

    The first keys of a DID are trusted as they are. Later ones must come with a key that is trusted already;
    what the document no longer lists then signs no more, and what was given up before does not come back.

    Returns:
        Whether the listed keys agree with the trusted ones; otherwise nothing has changed.
    """
    if not listed or key_of_did(did) is not None:
        return False
    keys = keys_of(transaction, did)
    trusted = {each.key: each for each in keys if each.until_sequence is None}
    head = last_sequence(transaction)
    if not trusted:
        fresh, since = list(dict.fromkeys(listed)), head + 1 if keys else 0
    elif trusted.keys().isdisjoint(listed):
        return False
    else:
        known = {each.key for each in keys}
        fresh, since = [key for key in dict.fromkeys(listed) if key not in known], head + 1
    gone = [each for key, each in trusted.items() if key not in listed]
    for each in gone:
        _end(transaction, did, each, head)
    for key in fresh:
        _put(transaction, did, IdentityKey(key, DOCUMENT, since, None, None))
    if gone or fresh:
        changed(transaction)
    return True


def forget(transaction: Transaction, did: str) -> int:
    """Stop trusting every key of a DID, so that the next document is trusted as the first one was.

    What was signed before can still be verified: a key that signed anything keeps its row.

    Returns:
        How many keys were trusted.
    """
    head = last_sequence(transaction)
    trusted = [each for each in keys_of(transaction, did) if each.until_sequence is None]
    for each in trusted:
        _end(transaction, did, each, head)
    if trusted:
        changed(transaction)
    return len(trusted)


def _end(transaction: Transaction, did: str, key: IdentityKey, head: int) -> None:
    if key.from_sequence > head:
        transaction.execute(
            "DELETE FROM identity_keys WHERE did = ? AND key = ? AND from_sequence = ?",
            (did, key.key, key.from_sequence),
        )
    else:
        _put(transaction, did, key._replace(until_sequence=head))


def _put(transaction: Transaction, did: str, key: IdentityKey) -> None:
    transaction.execute(_PUT, (did, *key))

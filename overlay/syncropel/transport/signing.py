"""Who signs what leaves: a record is signed when its actor is the client's identity and that has a key."""

from __future__ import annotations

from syncropel.keys.identity import Identity
from syncropel.rules.records import Draft


def signed(draft: Draft, identity: Identity) -> Draft:
    """Return a record signed by the identity, when that is its actor and has a key; else as it is.

    A signature that is there already stays: it was made by whoever built the record.
    """
    if not identity.signs or draft.wire["actor"] != identity.actor_did or "sig" in draft.wire:
        return draft
    signature = identity.sign(draft.id)
    return draft if signature is None else draft.signed(signature)

"""What the tests of signatures share: actors with keys, and records they have signed."""

from __future__ import annotations

from typing import Any

from syncropel.keys.ed25519 import SigningKey
from syncropel.rules.records import check_record
from syncropel.rules.signatures import (
    Signature,
    did_of_key,
    key_to_multibase,
    rotation_body,
    signed_message,
)

from .support import record


class Signer:
    """An actor with a key.

    Args:
        number: Which key; the same number is the same key.
        did: Who it is; the key's own `did:key` by default.
    """

    def __init__(self, number: int, did: str | None = None) -> None:
        self.private = SigningKey.from_seed(bytes([number]) * 32)
        self.key = key_to_multibase(self.private.public)
        self.did = did or did_of_key(self.key)

    def sign(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return a record with this key's signature beside it."""
        draft = check_record(value)
        raw = self.private.sign(signed_message(draft.id))
        return {**value, "sig": Signature.of(self.private.public, raw).wire}

    def record(self, **fields: Any) -> dict[str, Any]:
        """Return a signed record by this actor."""
        return self.sign(record(**{"actor": self.did, **fields}))

    def rotation(self, to: Signer, **fields: Any) -> dict[str, Any]:
        """Return the record that hands over to another key."""
        body = rotation_body(self.key, to.key)
        return self.record(**{"act": "LEARN", "thread": f"identity:{self.did}", "body": body, **fields})

"""Identities: the keys of an actor, and how the ones pinned from its document are given up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...rules import limits
from ..access import audit
from ..access.caller import LOCAL
from ..access.identity_keys import WEB, current_keys, forget, keys_of, pin
from ..messages import Reply
from ..operations import Answer, Call, Context, Operation
from ..refusals import Refusal
from ..store.base import Transaction, Work


def get_identity_keys(_context: Context, call: Call) -> Work[Reply]:
    """Return the keys by which an actor signed and signs; none when none are known."""
    did = _did(call)
    return lambda transaction: Reply(200, _shown(transaction, did))


def forget_identity_keys(_context: Context, call: Call) -> Work[Answer]:
    """Stop trusting the keys of a `did:web`. What they signed before can still be verified."""
    did, caller = _did(call), call.caller
    if not did.startswith(WEB):
        raise Refusal(
            "INVALID_PARAMETER", "path parameter did: only the keys of a did:web come from a document"
        )
    if not caller.everywhere:
        raise Refusal(
            "SCOPE_FORBIDDEN", "keys belong to the whole daemon; this needs admin in the namespace 'default'"
        )

    def work(transaction: Transaction) -> Answer:
        trusted = current_keys(transaction, did)
        if forget(transaction, did):
            audit.note_keys(transaction, "forgotten", did, trusted, caller, call.now)
        return Reply(200, _shown(transaction, did))

    return work


def pin_noted(transaction: Transaction, did: str, keys: Sequence[str], now: float) -> bool:
    """Pin the keys of a document, and note it when something has changed; see `Kernel.pin_keys`."""
    before = current_keys(transaction, did)
    agreed = pin(transaction, did, keys)
    after = current_keys(transaction, did)
    if after != before:
        audit.note_keys(transaction, "pinned", did, after, LOCAL, now)
    return agreed


def _did(call: Call) -> str:
    did = call.path["did"]
    if len(did) > limits.MAX_TEXT_BYTES:
        raise Refusal("INVALID_PARAMETER", f"path parameter did is longer than {limits.MAX_TEXT_BYTES}")
    return did


def _shown(transaction: Transaction, did: str) -> dict[str, Any]:
    keys = [each.wire for each in keys_of(transaction, did)]
    return {"object": "identity_keys", "did": did, "keys": keys}


OPERATIONS: dict[str, Operation] = {
    "getIdentityKeys": Operation(get_identity_keys),
    "forgetIdentityKeys": Operation(forget_identity_keys, writes=True, changes_access=True),
}

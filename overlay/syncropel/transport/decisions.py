"""The record that a decision becomes, for whoever signs it: its id must be known before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncropel.keys.identity import Identity
from syncropel.rules.records import Draft, check_record
from syncropel.rules.scopes import DEFAULT_NAMESPACE
from syncropel.transport.signing import signed

KIND = "core.decision.v1"
_REJECT = "reject"


def decision_draft(
    identity: Identity, request: Mapping[str, Any], fields: Mapping[str, Any], clock: int
) -> Draft:
    """Return the signed record that the server is to store for a decision.

    Args:
        identity: Who decides.
        request: The record that awaits the decision.
        fields: The decision and what is said with it, as it is posted.
        clock: The record's clock.
    """
    relation = "cancels" if fields["decision"] == _REJECT else "fulfills"
    record = {
        "act": "DO",
        "actor": identity.actor_did,
        "body": {"kind": KIND, relation: request["id"], **fields, **_namespace(request)},
        "parents": [request["id"]],
        "thread": request["thread"],
        "clock": clock,
    }
    return signed(check_record(record), identity)


def _namespace(request: Mapping[str, Any]) -> dict[str, str]:
    """A decision is in the namespace of what awaited it; `default` goes without saying."""
    namespace = request.get("namespace", DEFAULT_NAMESPACE)
    return {} if namespace == DEFAULT_NAMESPACE else {"namespace": namespace}

"""What is said to those who are not let in."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ..refusals import Refusal
from .caller import Caller


def refused(message: str, **details: Any) -> Refusal:
    """Return the refusal of a request whose caller is not known."""
    return Refusal("AUTH_REQUIRED", message, headers={"www-authenticate": "Bearer"}, **details)


def unknown() -> Refusal:
    """Return the one answer to every proof that is not known, whatever is wrong with it."""
    return refused("the token is not known here", hint="check that it is complete, and the daemon you ask")


def forbidden(caller: Caller, scope: str) -> Refusal:
    """Return the refusal of a caller who lacks a scope."""
    held = ", ".join(sorted(caller.scopes)) or "none"
    return Refusal(
        "SCOPE_FORBIDDEN",
        f"this needs the scope {scope}; the token has {held}",
        hint="ask an administrator of this daemon for a token that has it",
    )


def claim_denied(caller: Caller, did: str) -> Refusal:
    """Return the refusal of a caller who speaks in a name that is not theirs to use."""
    who = f"the service account {caller.account_id}" if caller.account_id else "this caller"
    return Refusal(
        "DID_CLAIM_DENIED",
        f"{who} may not act as {did[:200]!r}",
        hint="act as the account's own DID, or use an account that has this one among its actors",
    )


def moment(seconds: float) -> str:
    """Return a time as people read it, in UTC."""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s after 1970"

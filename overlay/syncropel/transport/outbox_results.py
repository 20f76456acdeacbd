"""Results of emits that went into the outbox, or could not."""

from __future__ import annotations

from ..rules.records import Draft
from .outbox_rows import Entry
from .results import EmitResult


def entry_of(draft: Draft, endpoint: str, sender: str) -> Entry:
    """Return a record as it is kept: the very bytes that would have been posted."""
    wire = draft.wire
    kind = wire["body"].get("kind")
    return Entry(
        endpoint,
        sender,
        wire["thread"],
        draft.id,
        wire["actor"],
        wire["act"],
        kind if isinstance(kind, str) else "",
        draft.payload,
    )


def queued(draft: Draft) -> EmitResult:
    """Return the result of a record that goes into the outbox without being sent first."""
    wire = draft.wire
    kind = wire["body"].get("kind")
    return EmitResult(
        success=False,
        record_id=draft.id,
        clock=wire["clock"],
        error=None,
        kind=kind if isinstance(kind, str) else "",
        act=wire["act"],
        thread=wire["thread"],
        expected_id=draft.id,
        queued=True,
    )


def kept(draft: Draft, result: EmitResult) -> EmitResult:
    """Return the result of a record that could not be delivered and is in the outbox now."""
    return EmitResult(
        **{
            **result,
            "queued": True,
            "record_id": draft.id,
            "clock": draft.wire["clock"],
            "expected_id": draft.id,
        }
    )


def not_kept(result: EmitResult, why: str, code: str) -> EmitResult:
    """Return the result of a record that the outbox did not take either."""
    error = f"{code}: {why}" if result.error is None else f"{result.error}; not kept: {why}"
    changes = {"queued": False, "record_id": None, "clock": None, "error": error, "code": result.code or code}
    return EmitResult(**{**result, **changes})

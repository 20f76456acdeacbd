"""The kinds of records around an inference, and what a reply's body means. The one place that knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

QUERY_KIND = "infer.query.v1"
CALL_KIND = "infer.call.v1"
ACCEPT_KIND = "infer.accept.v1"
DECLINE_KIND = "infer.decline.v1"
FAILURE_KIND = "infer.failure.v1"
RESULT_KIND = "infer.result.v1"
ERROR_KIND = "infer.error.v1"
APPROVAL_KIND = "infer.approval.v1"
VERDICT_KIND = "core.verdict"

AWAITED_DECISION = "actor_decision"
"""The value of `awaits` in the body of a KNOW that waits for a person's decision."""


def reply_state(body: Mapping[str, Any]) -> str:
    """Return what a responder's DO means for its call: `accepted`, `answered`, `declined` or `failed`."""
    kind = body.get("kind")
    if kind == ACCEPT_KIND:
        return "accepted"
    if kind == DECLINE_KIND:
        return "declined"
    if kind in (FAILURE_KIND, ERROR_KIND) or ("answer" not in body and body.get("error") is not None):
        return "failed"
    return "answered"

"""Refusals that the shell itself makes, before the kernel is asked: the same envelope as the kernel's."""

from __future__ import annotations

import secrets

from ..kernel.messages import Reply
from ..kernel.refusals import Refusal


def refuse(code: str, message: str) -> Reply:
    """Return the error envelope for a code of `rules.error_codes`, with a request id of its own."""
    return envelope(Refusal(code, message))


def envelope(refusal: Refusal) -> Reply:
    """Return the error envelope of a refusal, with a request id of its own."""
    request_id = f"req_{secrets.token_hex(8)}"
    reply = refusal.reply(request_id)
    reply.headers["x-request-id"] = request_id
    return reply

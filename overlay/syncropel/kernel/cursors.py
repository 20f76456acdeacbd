"""Cursors: opaque to callers, the last row's sequence and a mark of the list it belongs to for us."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

from ..rules.canonical import canonical_bytes

_FORM = re.compile(r"([0-9a-f]{12})\.([0-9]{1,19})\Z")


def encode(question: Any, sequence: int) -> str:
    """Return the cursor that continues after a row.

    Args:
        question: What was asked (filters, order), as a JSON value: the cursor is of use for nothing else.
        sequence: The sequence of the last row of the page.
    """
    text = f"{_mark(question)}.{sequence}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(question: Any, cursor: str) -> int | None:
    """Return the sequence in a cursor, or None when it is not a cursor of this question."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        return None
    match = _FORM.match(text)
    if match is None or match[1] != _mark(question):
        return None
    sequence = int(match[2])
    return sequence if sequence < 2**63 else None


def _mark(question: Any) -> str:
    return hashlib.sha256(canonical_bytes(question)).hexdigest()[:12]

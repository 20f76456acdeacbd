"""Base64url as JWK and JWT write it: without padding, one text for every value."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from ..errors import UsageError


def base64url_text(data: bytes) -> str:
    """Return bytes in base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_bytes(text: Any) -> bytes:
    """Return the bytes of base64url text without padding.

    Raises:
        UsageError: It is no such text, or not the one that its bytes give. The message does not show it.
    """
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        same = base64url_text(data) == text
    except (TypeError, ValueError):
        same = False
    if not same:
        del text
        raise UsageError("not base64url without padding")
    return data

"""Two clocks that disagree: why a self-issued token (a JWT) that is good was refused."""

from __future__ import annotations

from collections.abc import Callable

from syncropel.transport.auth import RawHeaders

MAX_SKEW_SECONDS = 60
"""As much as a daemon allows two clocks to differ (`rules.limits.MAX_CLOCK_SKEW_SECONDS`)."""

_BEARER = b"Bearer "


def skew_note(status: int, sent: RawHeaders, received: RawHeaders, now: Callable[[], float]) -> str | None:
    """Return what to say of the clocks when a JWT was refused and they differ too much; else None.

    Args:
        status: The status of the answer.
        sent: The headers of the request, names in lower case.
        received: The headers of the answer; its `date` is the server's clock.
        now: This machine's clock, in seconds since the epoch.
    """
    if status != 401 or not any(name == b"authorization" and _is_jwt(value) for name, value in sent):
        return None
    server = _date(received)
    if server is None:
        return None
    ahead = now() - server
    if abs(ahead) <= MAX_SKEW_SECONDS:
        return None
    word = "ahead of" if ahead > 0 else "behind"
    return (
        f"this machine's clock is {abs(ahead):.0f} s {word} the server's, and a self-issued token is refused "
        "beyond a minute: set the clocks"
    )


def _is_jwt(value: bytes) -> bool:
    return value.startswith(_BEARER) and value.count(b".") == 2


def _date(headers: RawHeaders) -> float | None:
    for name, value in headers:
        if name.lower() == b"date":
            from datetime import timezone
            from email.utils import parsedate_to_datetime

            try:
                when = parsedate_to_datetime(value.decode("latin-1"))
            except (ValueError, TypeError, IndexError, OverflowError):
                return None
            return (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()
    return None

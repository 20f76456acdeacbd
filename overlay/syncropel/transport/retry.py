"""When a request is sent again, and how long to wait before: pure decisions, no waiting.

The rules (contract: retry and classification of emit):

* 5xx is retried except 501, 505 and 507, which the same request cannot mend; 408, 425 and 429 are retried;
  every other status is final, a redirect too.
* A transport failure is retried when another attempt may succeed (`errors.TransportError` raised by
  `transport.failures`); a malformed address or answer is final.
* The wait is full jitter: uniform between nothing and `backoff * 2**attempt`. `Retry-After` raises it; a
  server that asks for more than `max_wait` is not waited for at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from syncropel.transport.later import random

FINAL_SERVER_STATUSES = frozenset({501, 505, 507})
RETRIED_CLIENT_STATUSES = frozenset({408, 425, 429})
DEFAULT_MAX_RETRIES = 2
DEFAULT_BACKOFF_MS = 250.0
DEFAULT_MAX_WAIT_SECONDS = 30.0
WAIT_FLOOR_SECONDS = 0.01
MAX_RETRY_AFTER_SECONDS = 10.0 * 365 * 86400


def jitter(low: float, high: float) -> float:
    """Return a random number between two."""
    return random.uniform(low, high)


def is_retried_status(status: int) -> bool:
    """Say whether an answer with this status is worth another attempt."""
    if status >= 500:
        return status not in FINAL_SERVER_STATUSES
    return status in RETRIED_CLIENT_STATUSES


def parse_retry_after(value: str | None, now: float) -> float | None:
    """Read a `Retry-After` header: whole seconds, or an HTTP date.

    Args:
        value: The header's text, or None when it is absent.
        now: Seconds since the epoch, against which a date is measured.

    Returns:
        Seconds to wait, never negative; None when there is no header or it cannot be read.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:20]), MAX_RETRY_AFTER_SECONDS)
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
        return min(max(0.0, when.timestamp() - now), MAX_RETRY_AFTER_SECONDS)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class RetryPolicy(NamedTuple):
    """How often to try again and how long to wait in between.

    Attributes:
        max_retries: Attempts after the first one.
        backoff: Seconds of the first wait's upper bound; it doubles with every further attempt.
        max_wait: The longest single wait in seconds, and the longest `Retry-After` that is honoured.
        uniform: Source of jitter, `uniform(low, high)`.
    """

    max_retries: int = DEFAULT_MAX_RETRIES
    backoff: float = DEFAULT_BACKOFF_MS / 1000
    max_wait: float = DEFAULT_MAX_WAIT_SECONDS
    uniform: Callable[[float, float], float] = jitter

    def wait(
        self, retried: int, retry_after: float | None, remaining: float, share: float | None = None
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up.

        Args:
            retried: Retries made so far.
            retry_after: Seconds the server asked for, if it did.
            remaining: Seconds left until the call's deadline; a wait that would pass it is not begun.
            share: Where between nothing and the bound the wait lies, from 0 to 1, for records that failed
                together and go on in their order. Default: drawn here.
        """
        if retried >= self.max_retries:
            return None
        ceiling = min(self.max_wait, self.backoff * 2.0 ** min(retried, 60))
        wait = max(
            min(WAIT_FLOOR_SECONDS, ceiling), self.uniform(0.0, ceiling) if share is None else ceiling * share
        )
        if retry_after is not None:
            if retry_after > self.max_wait:
                return None
            wait = max(wait, retry_after)
        return wait if wait < remaining else None


NO_RETRY = RetryPolicy(max_retries=0)

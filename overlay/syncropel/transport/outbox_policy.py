"""What the outbox decides without touching its file: what is kept, what an answer means, how long to wait."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from enum import Enum

from ..errors import ConfigurationError
from ..rules.error_codes import ERROR_CODES
from .retry import is_retried_status

REFUSE = "refuse"
DROP_OLDEST = "drop_oldest"
WHEN_FULL = (REFUSE, DROP_OLDEST)

DEFAULT_MAX_RECORDS = 100_000
DEFAULT_MAX_BYTES = 256 * 1024 * 1024

LEASE_SECONDS = 60.0
"""How long a deliverer owns what it took; longer than `CHUNK_SECONDS`, so that it cannot end under way."""

CHUNK_SECONDS = 20.0
"""How long the delivery of one chunk may take before what is left of it is given back."""

CHUNK_RECORDS = 500
CHUNK_BYTES = 4 * 1024 * 1024
SINGLES = 64
"""Records of a chunk that go out one by one: few, so that little is posted again after a kill."""

LOOK_AGAIN_SECONDS = 1.0
"""How often the worker of a client looks whether what others deliver, or what rests, can be taken."""

WATCH_SECONDS = 0.05
"""The same for whoever waits for it in `flush`."""

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 60.0

EXPIRED = "OUTBOX_EXPIRED"
DAMAGED = "OUTBOX_DAMAGED"
FULL = "OUTBOX_FULL"
UNUSABLE = "OUTBOX_UNUSABLE"

# Whoever answers so may be no Syncropel at all (a proxy, a portal): only with a code of ours is it a verdict.
_DOUBTFUL = frozenset({403, 404, 405, 410})
# About who asks or where, not about the record: another token, another release, and it is taken.
_NOT_ABOUT_THE_RECORD = frozenset({"ROUTE_NOT_FOUND", "METHOD_NOT_ALLOWED"})


class Verdict(Enum):
    """What an answer to a record from the outbox means."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    LATER = "later"


def verdict(status: int, code: str | None = None) -> Verdict:
    """Return what an answer to a record that waited means.

    Stricter than `is_kept` about "refused", because nobody is there to hear of it: 401 (a token that ran out)
    and redirects leave the record waiting, and so does a 403, 404, 405 or 410 that no Syncropel sent.
    """
    if 200 <= status < 300:
        return Verdict.DELIVERED
    if status < 400 or status >= 500 or status in (401, 407) or is_retried_status(status):
        return Verdict.LATER
    if code in _NOT_ABOUT_THE_RECORD or (status in _DOUBTFUL and code not in ERROR_CODES):
        return Verdict.LATER
    return Verdict.REFUSED


def is_about_all(status: int | None) -> bool:
    """Say whether a failure concerns the server and not the one record: then nothing else is tried now."""
    return status is None or status < 500 or status in (502, 503, 504, 507)


def backoff(
    failures: int, retry_after: float | None = None, uniform: Callable[[float, float], float] = random.uniform
) -> float:
    """Return the seconds to wait after so many failures in a row (from 1).

    Between half and all of a wait that doubles up to a minute, so that many clients do not come back at once;
    what the server asks for by `Retry-After` is the least, up to that minute.
    """
    ceiling = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** min(failures - 1, 30))
    return max(uniform(ceiling / 2, ceiling), min(retry_after or 0.0, LONGEST_WAIT_SECONDS))


def check_whole(value: object, name: str) -> int:
    """Return a whole number from 1.

    Raises:
        ConfigurationError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ConfigurationError(f"{name} of the outbox must be a whole number from 1, not {value!r}")
    return value


def check_seconds(value: object, name: str, *, zero: bool = False) -> float:
    """Return a number of seconds.

    Raises:
        ConfigurationError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ConfigurationError(f"{name} of the outbox must be a number of seconds, not {value!r}")
    if value < 0 or (value == 0 and not zero):
        raise ConfigurationError(f"{name} of the outbox must be greater than 0, not {value!r}")
    return float(value)


def check_when_full(value: object) -> str:
    """Return the policy for a full outbox.

    Raises:
        ConfigurationError: There is none of this name.
    """
    if value not in WHEN_FULL:
        raise ConfigurationError(
            f"when_full of the outbox must be one of {', '.join(WHEN_FULL)}, not {value!r}"
        )
    return str(value)

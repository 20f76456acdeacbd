"""How often a token may ask: a bucket per token that fills at a steady rate."""

from __future__ import annotations

import math
import threading

from ..refusals import Refusal

MAX_BUCKETS = 10_000


class Limiter:
    """Counts requests by token.

    Args:
        rate: Requests per second that a token may make on average; None for no limit.
        burst: Requests that a token may make at once.
    """

    def __init__(self, rate: float | None, burst: int) -> None:
        self._rate = rate
        self._burst = float(max(burst, 1))
        self._lock = threading.Lock()
        # For each token what its bucket held, and when.
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str, now: float) -> None:
        """Count one request.

        Args:
            key: Whose request it is.
            now: The time, unix seconds. A clock that goes back fills nothing.

        Raises:
            Refusal: `RATE_LIMITED`, with `retry-after` in whole seconds.
        """
        if self._rate is None:
            return
        with self._lock:
            held, since = self._buckets.pop(key, (self._burst, now))
            held = min(self._burst, held + max(0.0, now - since) * self._rate)
            # Put back as the newest, so that the one that rested longest, the fullest, is forgotten first.
            self._buckets[key] = (held - 1.0 if held >= 1.0 else held, now)
            if len(self._buckets) > MAX_BUCKETS:
                del self._buckets[next(iter(self._buckets))]
        if held >= 1.0:
            return
        seconds = max(1, math.ceil((1.0 - held) / self._rate))
        raise Refusal(
            "RATE_LIMITED",
            f"this token asks more often than {self._rate:g} times a second; try again in {seconds} s",
            headers={"retry-after": str(seconds)},
        )

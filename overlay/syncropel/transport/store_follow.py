"""Where a follower of a stream begins, and how long it waits after a failure. No I/O."""

from __future__ import annotations

from collections.abc import Callable

from syncropel.errors import UsageError, UsageTypeError
from syncropel.transport.retry import jitter

Start = int | str | None
"""An offset, `start`, `end` or `committed`; None for `committed`, else `start`."""
OnGap = Callable[[int, int], object]

STARTS = ("start", "end", "committed")
BASE_SECONDS = 0.2
LONGEST_SECONDS = 15.0


def check_start(given: Start) -> Start:
    """Return where to begin.

    Raises:
        UsageError: It is no place (a `UsageTypeError` for another type).
    """
    if given is None or given in STARTS:
        return given
    if isinstance(given, bool) or not isinstance(given, int):
        raise UsageTypeError(f"from_offset must be an offset or one of {', '.join(STARTS)}, not {given!r}")
    if given < 0:
        raise UsageError(f"from_offset must be 0 or more, not {given}")
    return given


class Backoff:
    """How long to wait after failures in a row: twice as long at most each time, at random.

    Attributes:
        failures: How many there were in a row.
    """

    def __init__(
        self,
        base: float = BASE_SECONDS,
        longest: float = LONGEST_SECONDS,
        uniform: Callable[[float, float], float] = jitter,
    ) -> None:
        self.failures = 0
        self._base = base
        self._longest = longest
        self._uniform = uniform

    def worked(self) -> None:
        """Note that something worked: the waits begin anew."""
        self.failures = 0

    def failed(self, asked: float | None = None) -> float:
        """Note a failure and return the seconds to wait.

        Args:
            asked: What the server asked to wait.
        """
        ceiling = min(self._longest, self._base * 2.0 ** min(self.failures, 16))
        self.failures += 1
        return min(self._longest, max(self._uniform(0.0, ceiling), asked or 0.0))

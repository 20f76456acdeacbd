"""Time counted down to a call's deadline, on every single wait.

A read timeout alone does not bound a call: a server that sends a byte now and then resets it for ever.
The timeout given with a request is an `Allowance`, which also carries the deadline; sockets of ours cut
every wait at it, and a transport of somebody else's takes it for the plain number that it is.
"""

from __future__ import annotations

import time


class Allowance(float):
    """Seconds for one wait on a socket, with the moment at which the whole call ends.

    Attributes:
        deadline: That moment, by `time.monotonic`.
    """

    __slots__ = ("deadline",)
    deadline: float

    @classmethod
    def until(cls, deadline: float) -> Allowance:
        """Return the time from now until a deadline."""
        allowance = cls(max(0.0, deadline - time.monotonic()))
        allowance.deadline = deadline
        return allowance


def deadline_in(seconds: float) -> float:
    """Return the moment so many seconds from now, by `time.monotonic`."""
    return time.monotonic() + seconds


def seconds_left(timeout: float | None) -> float | None:
    """Return how long the next wait may take; None for ever."""
    if isinstance(timeout, Allowance):
        return max(0.0, timeout.deadline - time.monotonic())
    return timeout

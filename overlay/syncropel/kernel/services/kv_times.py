"""When a key ends, from what a command says about it."""

from __future__ import annotations

from typing import Any

from ..arguments import Arguments
from ..refusals import Refusal

# Unix milliseconds that every JSON reader takes exactly.
LATEST = 2**53 - 1
_PER_UNIT = {"seconds": 1000, "milliseconds": 1, "unix_seconds": 1000, "unix_milliseconds": 1}


def end_of_set(arguments: Arguments, now: int) -> int | None:
    """Return when a key ends that is set, by `expiry` or else `ttl`: unix milliseconds, None for never.

    Raises:
        Refusal: `INVALID_TTL` beside the others.
    """
    expiry = arguments.part("expiry")
    if expiry is None:
        return end_of_ttl(arguments, now)
    unit = expiry.choice("type", tuple(_PER_UNIT))
    expiry.text("type")
    end = _whole(expiry.value("value")) * _PER_UNIT[unit]
    return _checked(end if unit.startswith("unix_") else now + end)


def end_of_ttl(arguments: Arguments, now: int) -> int | None:
    """Return when a key ends by `ttl`, in whole seconds: unix milliseconds, None for never.

    Raises:
        Refusal: `INVALID_TTL`.
    """
    ttl = arguments.value("ttl", default=None)
    return None if ttl is None else _checked(now + _whole(ttl) * 1000)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Refusal("INVALID_TTL", "Invalid TTL: must be a whole number, 0 or more")
    return value


def _checked(end: int) -> int:
    if end > LATEST:
        raise Refusal("INVALID_TTL", "Invalid TTL: it ends too far in the future")
    return end

"""Reading a responder's registration: one rule for the API and for the daemon's configuration file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ..errors import UsageError
from ..rules import limits
from .calls import Responder
from .refusals import Refusal
from .registry import API, KINDS

_TEXTS = ("model", "display_name")
_LISTS = ("capabilities", "domains")
_NUMBERS = ("cost_estimate_usd", "typical_response_delay_s")


def read_registration(value: Any, now: int, source: str = API) -> Responder:
    """Return the responder that a decoded JSON value registers. Members that no rule knows are passed over.

    Raises:
        Refusal: `INVALID_ACTOR`; the message begins with the JSON path of the fault.
    """
    if not isinstance(value, Mapping):
        raise _wrong("$", "a registration is an object")
    kind = value.get("kind")
    if kind not in KINDS:
        raise _wrong("$.kind", f"must be one of {', '.join(KINDS)}")
    config = value.get("config", {})
    if not isinstance(config, Mapping):
        raise _wrong("$.config", "must be an object")
    available = value.get("available", True)
    if not isinstance(available, bool):
        raise _wrong("$.available", "must be true or false")
    members: dict[str, Any] = {name: _text(value, name) for name in _TEXTS}
    members |= {name: _names(value, name) for name in _LISTS}
    members |= {name: _number(value, name) for name in _NUMBERS}
    return Responder(
        did=_did(value),
        kind=kind,
        available=available,
        config=config,
        source=source,
        registered_at=now,
        **members,
    )


def _did(value: Mapping[str, Any]) -> str:
    did = value.get("did")
    if not isinstance(did, str) or not did:
        raise _wrong("$.did", "must be a non-empty string")
    try:
        size = len(did.encode())
    except UnicodeEncodeError:
        raise _wrong("$.did", "holds a lone surrogate, which UTF-8 cannot carry") from None
    if size > limits.MAX_TEXT_BYTES:
        raise _wrong("$.did", f"is longer than {limits.MAX_TEXT_BYTES} bytes")
    return did


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name, "")
    if not isinstance(text, str):
        raise _wrong(f"$.{name}", "must be a string")
    return text


def _names(value: Mapping[str, Any], name: str) -> tuple[str, ...]:
    names = value.get(name, [])
    if not isinstance(names, list | tuple):
        raise _wrong(f"$.{name}", "must be a list of strings")
    for index, each in enumerate(names):
        if not isinstance(each, str) or not each:
            raise _wrong(f"$.{name}[{index}]", "must be a non-empty string")
    return tuple(names)


def _number(value: Mapping[str, Any], name: str) -> float:
    number = value.get(name, 0.0)
    if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number < math.inf:
        raise _wrong(f"$.{name}", "must be a number, zero or more")
    try:
        return float(number)
    except OverflowError:
        raise _wrong(f"$.{name}", "is too large") from None


def refused(error: UsageError) -> Refusal:
    """Return the refusal for what a shell says about a responder's configuration."""
    return Refusal("INVALID_ACTOR", str(error))


def _wrong(path: str, reason: str) -> Refusal:
    return Refusal("INVALID_ACTOR", f"{path}: {reason}")

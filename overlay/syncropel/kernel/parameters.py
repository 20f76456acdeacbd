"""Reading query parameters: one rule per kind of value, each refusal names the parameter."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..rules import limits
from .refusals import Refusal

_INTEGER = re.compile(r"[0-9]{1,30}\Z")


def text(query: Mapping[str, str], name: str) -> str | None:
    """Return a text parameter, None when absent. Blank is refused: it never means anything."""
    value = query.get(name)
    if value is None:
        return None
    if not value:
        raise Refusal("INVALID_PARAMETER", f"query parameter {name} must not be empty; leave it out instead")
    if len(value) > limits.MAX_TEXT_BYTES:
        raise Refusal(
            "INVALID_PARAMETER", f"query parameter {name} is longer than {limits.MAX_TEXT_BYTES} characters"
        )
    return value


def integer(query: Mapping[str, str], name: str, maximum: int) -> int | None:
    """Return an integer parameter from 0 to `maximum`, None when absent."""
    value = query.get(name)
    if value is None:
        return None
    if not _INTEGER.match(value) or int(value) > maximum:
        shown = value if len(value) <= 40 else f"{value[:40]}..."
        raise Refusal(
            "INVALID_PARAMETER",
            f"query parameter {name} must be an integer from 0 to {maximum}, not {shown!r}",
        )
    return int(value)


def limit(query: Mapping[str, str]) -> int:
    """Return the page size asked for, or the default."""
    value = integer(query, "limit", limits.MAX_PAGE)
    return limits.DEFAULT_PAGE if value is None else value


def flag(query: Mapping[str, str], name: str) -> bool:
    """Return a yes or no, `true` or `false`; no when the parameter is absent."""
    return choice(query, name, ("false", "true")) == "true"


def choice(query: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices; the first one when the parameter is absent."""
    value = query.get(name, choices[0])
    if value not in choices:
        raise Refusal(
            "INVALID_PARAMETER",
            f"query parameter {name} must be one of {', '.join(choices)}, not {value[:40]!r}",
        )
    return value

"""What a secret looks like in a text: for logs and errors, which must not show one whoever put it there."""

from __future__ import annotations

import re

REDACTED = "***"

# A daemon's token; what follows it in a sentence is never part of it.
_OWN = re.compile(r"spl_[A-Za-z0-9-]+_sa_[A-Za-z0-9]+_[A-Za-z0-9]+")
# Where a JSON web token may be: three parts, the first of which begins with `eyJ`. As one pattern that would
# take time with the square of a text of many beginnings, which anybody may send.
_PARTS = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_WEB = "eyJ"
# Characters of a name that are written as `%5f` are the same name to whoever decodes them.
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_NAMED = re.compile(
    r"(?P<name>\bbearer\s+|\b(?:authorization|x-api-key|api[_-]?key|access[_-]?token|token|secret|password)"
    r"['\"]?\s*[=:,]\s*(?:b?['\"])?(?:(?:bearer|basic)\s+)?)(?P<value>[^\s&'\"<>;,]+)",
    re.IGNORECASE,
)
_HINTS = re.compile(r"_sa_|eyJ|%|auth|key|token|bearer|secret|password", re.IGNORECASE)


def hide_tokens(text: str) -> str:
    """Replace everything in a text that has the shape of a token."""
    if "_sa_" in text:
        text = _OWN.sub(REDACTED, text)
    return _PARTS.sub(_without_web_token, text) if _WEB in text else text


def has_token(text: str) -> bool:
    """Tell whether something in a text has the shape of a token."""
    return hide_tokens(text) != text


def _without_web_token(found: re.Match[str]) -> str:
    parts, kept, place = found[0].split("."), [], 0
    while place < len(parts):
        at = parts[place].find(_WEB) if place + 2 < len(parts) else -1
        if at >= 0 and len(parts[place]) > at + len(_WEB):
            kept.append(parts[place][:at] + REDACTED)
            place += 3
        else:
            kept.append(parts[place])
            place += 1
    return ".".join(kept)


def hide_secrets(text: str) -> str:
    """Replace tokens, those whose characters are percent-encoded too, and values that are named as secrets.

    `Authorization: Bearer …`, `x-api-key: …`, `?token=…`: the value goes, whatever its shape, the name stays.
    Meant for lines of a log, where losing a harmless word is better than keeping a secret one.
    """
    if not _HINTS.search(text):
        return text
    if "%" in text and has_token(plain := _ESCAPED.sub(_character, text)):
        text = plain
    return _NAMED.sub(_hidden, hide_tokens(text))


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return chr(code) if 0x20 < code < 0x7F else escape[0]


def _hidden(found: re.Match[str]) -> str:
    return f"{found['name']}{REDACTED}"

"""What a secret looks like in a text: for logs and errors, which must not show one whoever put it there."""

from __future__ import annotations

import re

REDACTED = "***"

# A daemon's token and a JSON web token; what follows either in a sentence is never part of it.
TOKEN_SHAPES = re.compile(
    r"spl_[A-Za-z0-9-]+_sa_[A-Za-z0-9]+_[A-Za-z0-9]+|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"
)
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
    return TOKEN_SHAPES.sub(REDACTED, text) if "_sa_" in text or "eyJ" in text else text


def hide_secrets(text: str) -> str:
    """Replace tokens, those whose characters are percent-encoded too, and values that are named as secrets.

    `Authorization: Bearer …`, `x-api-key: …`, `?token=…`: the value goes, whatever its shape, the name stays.
    Meant for lines of a log, where losing a harmless word is better than keeping a secret one.
    """
    if not _HINTS.search(text):
        return text
    if "%" in text and TOKEN_SHAPES.search(plain := _ESCAPED.sub(_character, text)):
        text = plain
    return _NAMED.sub(_hidden, TOKEN_SHAPES.sub(REDACTED, text))


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return chr(code) if 0x20 < code < 0x7F else escape[0]


def _hidden(found: re.Match[str]) -> str:
    return f"{found['name']}{REDACTED}"

"""Text that others wrote, shown so that it cannot steer a terminal."""

from __future__ import annotations

import re
import unicodedata

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """Return a text as one line: line breaks and tabs as spaces, other control characters as escapes."""
    if text.isprintable():
        return text
    return "".join(" " if character in "\n\t\r" else _shown(character) for character in text)


def harmless(text: str) -> str:
    """Return a text with its lines and tabs, and other control characters as escapes."""
    if text.isprintable():
        return text
    return "".join(character if character in "\n\t" else _shown(character) for character in text)


def is_harmless(content: bytes) -> bool:
    """Tell whether bytes are text without control characters, which a terminal only shows."""
    try:
        return _CONTROLS.search(content.decode()) is None
    except UnicodeDecodeError:
        return False


def _shown(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character

"""What users write on the command line, as values: JSON bodies, `name=value` pairs, references."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..rules.kinds import is_kind
from ..rules.refs import parse_ref
from ..rules.strict_json import parse_json


def json_argument(text: str, what: str) -> Any:
    """Read JSON given as text, as `@FILE`, or as `-` for stdin.

    Raises:
        UsageError: The file cannot be read, or the text is not strict JSON; the message names the place.
    """
    try:
        if text == "-":
            data = sys.stdin.buffer.read()
        elif text.startswith("@"):
            data = Path(text[1:]).read_bytes()
        else:
            data = text.encode()
    except (OSError, UnicodeEncodeError) as error:
        raise UsageError(f"{what}: cannot read {text[:200]!r}: {error}") from error
    try:
        return parse_json(data)
    except UsageError as error:
        hint = "" if text.startswith(("@", "-", "{", "[")) else " (to read a file, write @FILE)"
        raise UsageError(f"{what} is not JSON: {error}{hint}") from error


def json_object(text: str, what: str, *, example: str = '{"title": "Glow"}') -> dict[str, Any]:
    """Read a JSON object the same way.

    Args:
        text: The text.
        what: What it is called in messages.
        example: One that would do.

    Raises:
        UsageError: It cannot be read, or is something else than an object.
    """
    value = json_argument(text, what)
    if not isinstance(value, dict):
        raise UsageError(f"{what} has to be a JSON object, such as '{example}'")
    return value


def pair(text: str, what: str) -> tuple[str, str]:
    """Split `name=value` at the first `=`.

    Raises:
        UsageError: There is no `=`, or nothing before it.
    """
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{what}: write name=value, not {text!r}")
    return name, value


def texts(given: Sequence[str], what: str) -> dict[str, str]:
    """Read `name=value` pairs, whose values are texts.

    Raises:
        UsageError: One has no `=`, or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in given:
        name, value = pair(text, what)
        if name in found:
            raise UsageError(f"{what}: {name!r} is given twice")
        found[name] = value
    return found


def pairs(given: Sequence[str], what: str) -> dict[str, Any]:
    """Read `name=value` pairs. A value that is JSON is taken as such (`n=1`, `ok=true`), all else as text.

    Raises:
        UsageError: As for `texts`.
    """
    return {name: scalar(value) for name, value in texts(given, what).items()}


def scalar(text: str) -> Any:
    """Return the JSON number, boolean, null or quoted string that a text is; the text itself if none."""
    try:
        value = parse_json(text.encode())
    except (UsageError, UnicodeEncodeError):
        return text
    return text if isinstance(value, (dict, list)) else value


def reference(text: str) -> dict[str, str]:
    """Read a canonical reference on one line, as `spl ref` prints it, or as `KIND=ID`.

    Raises:
        UsageError: It has neither form.
    """
    try:
        return parse_ref(text)
    except UsageError:
        kind, equals, ref_id = text.partition("=")
        if not (equals and ref_id and is_kind(kind)):
            raise UsageError(
                f"--ref: {text!r} is no reference such as @music.track:isrc:USJI19810404; `spl ref` makes one"
            ) from None
        return {"kind": kind, "id": ref_id}


def given(**values: Any) -> dict[str, Any]:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}

"""What goes into keys, queues, streams and topics, and what comes out: text for people, bytes exactly."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from .harmless import harmless, is_harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .session import Session

File = Annotated[
    Path | None,
    typer.Option("--file", "-f", metavar="FILE", help="Take the bytes of this file.", show_default=False),
]
Raw = Annotated[
    bool,
    typer.Option("--raw", help="Write the bytes exactly as they are and nothing else, also binary ones."),
]
AsText = Annotated[bool, typer.Option("--text", help="Take it as text, also where it looks like JSON.")]
Header = Annotated[
    list[str] | None,
    typer.Option("--header", metavar="NAME=VALUE", help="A text that travels with it; repeatable."),
]
_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def content(session: Session, text: str | None, file: Path | None, what: str) -> bytes:
    """Return the bytes that a user gives: of an argument, of a file, or of stdin for `-`.

    Raises:
        UsageError: There is none, there are two, or the file cannot be read.
    """
    if (text is None) == (file is None):
        raise UsageError(f"{what}: give it as an argument, as --file FILE, or as - for what is piped in")
    if text == "-" or (file is not None and str(file) == "-"):
        return sys.stdin.buffer.read()
    if file is not None:
        try:
            return file.expanduser().read_bytes()
        except OSError as error:
            raise UsageError(f"--file: cannot read {str(file)!r}: {error.strerror or error}") from error
    given = text or ""
    if given.startswith("@") and len(given) > 1 and Path(given[1:]).is_file():
        session.note(f"{given!r} is taken as it is; --file {given[1:]} takes what the file holds")
    return os.fsencode(given)


def data(session: Session, text: str | None, file: Path | None, what: str, *, as_text: bool) -> Any:
    """Return the JSON value that a user gives; what does not look like JSON is a text.

    Raises:
        UsageError: As for `content`; or it begins like JSON and is none, or it is no UTF-8.
    """
    from .parse import scalar

    given = content(session, text, file, what)
    try:
        read = given.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} is neither JSON nor text: {error}") from error
    if as_text:
        return read
    if read.lstrip()[:1] not in ("{", "["):
        return scalar(read)
    from ..rules.strict_json import parse_json

    try:
        return parse_json(given)
    except UsageError as error:
        raise UsageError(f"{what} is not JSON: {error} (--text takes it as text)") from error


def seconds(text: str | None, option: str) -> float | None:
    """Return a time in seconds: a number of them, or a number with a unit; None for none.

    Raises:
        UsageError: It is neither, or negative.
    """
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|min|h|d|w)?", text.strip())
    if found is None:
        raise UsageError(f"{option}: write 90, 500ms, 30s, 15min, 12h or 7d, not {text!r}")
    number = float(found[1]) * _UNITS[found[2] or "s"]
    return int(number) if number.is_integer() else number


def headers(given: Sequence[str] | None) -> dict[str, str] | None:
    """Return `NAME=VALUE` pairs as a mapping, None without one.

    Raises:
        UsageError: One has no `=`, or a name comes twice.
    """
    from .parse import texts

    return texts(given, "--header") if given else None


def write_raw(content: bytes) -> None:
    """Write bytes to stdout as they are.

    Raises:
        UsageError: stdout is a terminal, and they would steer it.
    """
    if sys.stdout.isatty() and not is_harmless(content):
        raise UsageError(
            f"{len(content):,} bytes that are no text would go to a terminal: add > FILE, or | PROGRAM"
        )
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def write_text(content: bytes) -> None:
    """Write bytes that are text to stdout, as a line; on a terminal control characters are escaped.

    Raises:
        UsageError: They are no text.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise UsageError(
            f"{len(content):,} bytes that are no text: --raw writes them as they are, --json in base64"
        ) from None
    if sys.stdout.isatty():
        text = harmless(text)
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode() + b"\n")
    sys.stdout.buffer.flush()


def members(content: bytes, name: str = "payload") -> dict[str, str]:
    """Return bytes as members of a JSON object: text as it is, anything else in base64."""
    try:
        return {name: content.decode(), "encoding": "text"}
    except UnicodeDecodeError:
        return {name: base64.b64encode(content).decode("ascii"), "encoding": "base64"}


def preview(content: bytes) -> str:
    """Return bytes for a cell of a table."""
    try:
        return content[:400].decode("utf-8", "strict" if len(content) <= 400 else "ignore")
    except UnicodeDecodeError:
        return f"({len(content):,} bytes, binary)"


def shown(value: Any) -> str:
    """Return a JSON value for a cell: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

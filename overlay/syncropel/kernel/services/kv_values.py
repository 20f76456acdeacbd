"""Values of keys: bytes. A string is its UTF-8, anything else its compact JSON text."""

from __future__ import annotations

import base64
from typing import Any

from ...errors import InvalidJson
from ...rules.strict_json import parse_json
from ..arguments import Arguments, check_size
from ..wire import encode_json

TEXT, BYTES, BASE64, JSON = "string", "bytes", "base64", "json"
FORMS = (TEXT, BYTES, BASE64)
"""How a value may be asked for; the first is the usual one."""
MANY_FORMS = (JSON, *FORMS)


def content_of(arguments: Arguments, *names: str) -> bytes:
    """Return the bytes of a value among the arguments.

    With `encoding` `base64`, it is a string of that.

    Raises:
        Refusal: It is missing, is no base64, or `VALUE_TOO_LARGE`.
    """
    if arguments.choice("encoding", ("text", "base64")) == BASE64:
        return check_size(arguments.base64(names[0]), names[0])
    return check_size(written(arguments.value(*names)), names[0])


def written(value: Any) -> bytes:
    """Return a JSON value as it is kept."""
    return value.encode() if isinstance(value, str) else encode_json(value)


def shown(content: bytes, form: str) -> Any:
    """Return a value in the form that was asked for: `string`, `bytes` (integers), `base64`, or `json`.

    Bytes that are no text are told as such where text is wanted; `json` is the value whose JSON text is kept,
    and the text itself where it is none.
    """
    if form == BYTES:
        return list(content)
    if form == BASE64:
        return base64.b64encode(content).decode()
    if form == JSON:
        try:
            return parse_json(content)
        except InvalidJson:
            pass
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"<binary data: {len(content)} bytes>"

"""Reading request bodies: JSON of the media type that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InvalidJson
from ..rules.strict_json import parse_json
from .messages import Request
from .refusals import Refusal

JSON = "application/json"


def read_json(request: Request, parse: Callable[[bytes], Any] = parse_json, *, others: str = "") -> Any:
    """Return the JSON value that is the body.

    Args:
        request: The request.
        parse: Decodes it, and raises `InvalidJson`.
        others: What else the body might have been, for the message.

    Raises:
        Refusal: `UNSUPPORTED_MEDIA_TYPE` or `INVALID_JSON`.
    """
    content_type = request.headers.get("content-type")
    if content_type and content_type != JSON:
        _check_media_type(media_type(content_type), others)
    try:
        return parse(request.body)
    except InvalidJson as error:
        raise Refusal("INVALID_JSON", str(error)) from None


def media_type(content_type: str) -> str:
    """Return the media type of a `content-type` header, without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _check_media_type(given: str, others: str) -> None:
    if given and given != JSON and not given.endswith("+json"):
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", f"the body must be {JSON}{others}, not {given[:80]}")

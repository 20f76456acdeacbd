"""Reading the body of a batch: an array of records, or one record per line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice, starmap
from typing import Any

from ...errors import InvalidJson, InvalidRecord
from ...rules.limits import MAX_BATCH_BYTES, MAX_BATCH_RECORDS, MAX_BODY_BYTES, MAX_JSON_DEPTH
from ...rules.records import Draft, check_record, read_record
from ...rules.strict_json import parse_json
from ..bodies import media_type, read_json
from ..messages import Request
from ..operations import ONE_BODY, BodyLimit
from ..query.filters import json_type
from ..refusals import Refusal

LINES = "application/x-ndjson"
_HINT = "send it in parts, in the same order"
LIMIT = BodyLimit(MAX_BATCH_BYTES, "BATCH_TOO_LARGE", "batch", _HINT)
_TOO_LARGE = BodyLimit(ONE_BODY.size, ONE_BODY.code, "record")
# The array around the records is one level more.
_parse = partial(parse_json, max_depth=MAX_JSON_DEPTH + 1)


def read_batch(request: Request) -> Iterable[Draft | Refusal]:
    """Return the records of a batch; one that cannot be read or is no record is its refusal.

    Lines are read as they are asked for, so that no more of them than one is held as decoded JSON.

    Raises:
        Refusal: The whole is refused: `UNSUPPORTED_MEDIA_TYPE`, `BATCH_TOO_LARGE` for too many records, and
            for what is no array `INVALID_JSON` or `INVALID_RECORD`.
    """
    if media_type(request.headers.get("content-type", "")) == LINES:
        lines = list(islice(_lines(request.body), MAX_BATCH_RECORDS + 1))
        _check_count(len(lines), f"more than {MAX_BATCH_RECORDS}")
        return starmap(_read_line, lines)
    values = read_json(request, _parse, others=f" or {LINES}")
    if not isinstance(values, list):
        raise Refusal("INVALID_RECORD", f"$: a batch is an array of records, not {json_type(values)}")
    _check_count(len(values), str(len(values)))
    return [_check(value) for value in values]


def _lines(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank, with their numbers from 1."""
    start, number = 0, 1
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        line = body[start:end].strip(b" \t\r")
        if line:
            yield number, line
        start, number = end + 1, number + 1


def _check_count(count: int, shown: str) -> None:
    if count > MAX_BATCH_RECORDS:
        raise Refusal(
            LIMIT.code, f"the batch has {shown} records; one takes {MAX_BATCH_RECORDS} at most", hint=_HINT
        )


def _read_line(number: int, line: bytes) -> Draft | Refusal:
    if len(line) > MAX_BODY_BYTES:
        return _TOO_LARGE.refusal()
    try:
        return read_record(line)
    except InvalidJson as error:
        # A line is read by itself: for the reader of the message, its first line has another number.
        return Refusal("INVALID_JSON", f"line {number}: {str(error).removeprefix('line 1, ')}")
    except InvalidRecord as error:
        return Refusal("INVALID_RECORD", str(error))


def _check(value: Any) -> Draft | Refusal:
    try:
        draft = check_record(value)
    except InvalidRecord as error:
        return Refusal("INVALID_RECORD", str(error))
    return _TOO_LARGE.refusal() if len(draft.canonical) > MAX_BODY_BYTES else draft

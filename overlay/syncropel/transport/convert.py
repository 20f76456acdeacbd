"""Answers to values: decoding that never surprises, and the errors that refusals become."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from syncropel.errors import ApiError, DecodeError, api_error_class
from syncropel.rules import compiled_json
from syncropel.rules.row import Record
from syncropel.transport.auth import RawHeaders
from syncropel.transport.failures import Undelivered
from syncropel.transport.request import Prepared
from syncropel.transport.results import Page, QueryResult, SearchResult
from syncropel.transport.retry import parse_retry_after
from syncropel.transport.skew import skew_note

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

ERROR_TEXT = 200
MESSAGE_TEXT = 500
LOGIN_HINT = "give a token as api_key=, or keep one with `spl login` and give api_key='auto'"
_REFUSED_CALLERS = frozenset({401, 403})
_READ_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
_BESIDE_ROWS = ("plan", "groups", "capped", "matched_total", "next_cursor")


def header(headers: RawHeaders, name: bytes) -> str | None:
    """Return a header's value by its name in lower case, or None when it is absent."""
    for key, value in headers:
        if key.lower() == name:
            return value.decode("latin-1")
    return None


def check_encoding(headers: RawHeaders) -> None:
    """Refuse a body whose encoding was not asked for and may unpack a little to more than fits in memory.

    Raises:
        Undelivered: It is packed twice, or by another method than those that gain a thousandfold at most.
    """
    named = [value.decode("latin-1") for name, value in headers if name.lower() == b"content-encoding"]
    found = ", ".join(named)
    if found.strip().lower() not in _READ_ENCODINGS:
        raise Undelivered(f"DecodeError: the answer is encoded as {found[:40]!r}, which was not asked for")


class Answer:
    """A whole answer: status, headers and all of its bytes.

    Attributes:
        status: HTTP status.
        headers: Every header as it came.
        content: The body.
        note: What this client knows about a refusal that the server may not: that the clocks differ.
    """

    __slots__ = ("content", "headers", "note", "status")

    def __init__(self, status: int, headers: RawHeaders, content: bytes, note: str | None = None) -> None:
        self.status = status
        self.headers = headers
        self.content = content
        self.note = note

    def header(self, name: bytes) -> str | None:
        """Return a header by its name in lower case, or None when it is absent."""
        return header(self.headers, name)

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.content.decode("utf-8", "replace")

    @property
    def request_id(self) -> str | None:
        """The server's id of the request, from its header."""
        return self.header(b"x-request-id")

    def json(self) -> Any:
        """Return the decoded body.

        Raises:
            DecodeError: It is no JSON.
        """
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise DecodeError(
                f"the answer (HTTP {self.status}) is no JSON: {error}; it begins {self.text[:80]!r}"
            ) from error

    def json_or_none(self) -> Any:
        """Return the decoded body, or None when it is no JSON."""
        try:
            return compiled_json.read_leniently(self.content)
        except (ValueError, RecursionError):
            return None

    def retry_after(self) -> float | None:
        """Return the seconds the server asked to wait, if it did."""
        return parse_retry_after(self.header(b"retry-after"), time.time())


def noted(answer: Answer, request: Prepared) -> Answer:
    """Return an answer with what this client knows about why it is a refusal."""
    note = skew_note(answer.status, request.headers, answer.headers, time.time)
    return answer if note is None else Answer(answer.status, answer.headers, answer.content, note)


def error_line(answer: Answer) -> str:
    """Return `HTTP <status>: <first 200 characters>`, the form that results report.

    A redirect is never followed; its line names where it pointed. A refused token says what to do first: the
    way out must not be lost behind the two hundredth character.
    """
    if answer.status in _REFUSED_CALLERS:
        return _refusal_line(answer)
    return f"HTTP {answer.status}: {_text_of(answer)}"


def _text_of(answer: Answer) -> str:
    text = answer.text[:ERROR_TEXT]
    location = answer.header(b"location")
    if 300 <= answer.status < 400 and location:
        return f"{text}{' ' * bool(text)}redirects to {_host(location)} are not followed"
    return text


def _refusal_line(answer: Answer) -> str:
    code, message, body = error_fields(answer)
    if code is None or message is None:
        text, hint = _text_of(answer), answer.note
    else:
        text, hint = f"{code}: {message[:ERROR_TEXT]}", hint_of(answer, body)
    return f"HTTP {answer.status}: {text}" + (f"; {hint}" if hint else "")


def hint_of(answer: Answer, body: Any) -> str | None:
    """Return the way out of a refusal: what this client knows, what the server proposes, or to log in."""
    told = body.get("hint") if isinstance(body, dict) else None
    proposed = told[:MESSAGE_TEXT] if isinstance(told, str) and told else None
    if proposed is None and answer.status == 401:
        proposed = LOGIN_HINT
    return "; ".join(text for text in (answer.note, proposed) if text) or None


def _host(location: str) -> str:
    import httpx

    try:
        return httpx.URL(location).host or "another path of the same host"
    except (httpx.InvalidURL, ValueError):
        return "an address that is no URL"


def error_fields(answer: Answer) -> tuple[str | None, str | None, Any]:
    """Return (code, message, decoded body) of a refusal, in any of the spellings servers use."""
    value = answer.json_or_none()
    if not isinstance(value, dict):
        return None, None, value
    code = value.get("code") or value.get("error")
    message = value.get("message") or value.get("detail")
    return code if isinstance(code, str) else None, message if isinstance(message, str) else None, value


def api_error(answer: Answer) -> ApiError:
    """Return the error that stands for an answer which is no 2xx."""
    code, message, body = error_fields(answer)
    if message is None:
        message = _text_of(answer) or "the answer says nothing more"
    request_id = answer.request_id
    if request_id is None and isinstance(body, dict) and isinstance(body.get("request_id"), str):
        request_id = body["request_id"]
    return api_error_class(answer.status)(
        answer.status,
        message[:MESSAGE_TEXT],
        code=code,
        request_id=request_id,
        hint=hint_of(answer, body),
        retry_after=answer.retry_after(),
        body=body,
    )


def is_duplicate_clock(answer: Answer) -> bool:
    """Say whether the store refused the record because another one has its clock."""
    return 400 <= answer.status < 500 and b"DuplicateClock" in answer.content


def checked(answer: Answer) -> Any:
    """Return the decoded body of a 2xx.

    Raises:
        ApiError: The status is no 2xx.
        DecodeError: The body is no JSON.
    """
    if not answer.ok:
        raise api_error(answer)
    return answer.json()


def unwrap_rows(value: Any) -> list[Mapping[str, Any]]:
    """Return the rows of a list answer: `{"data": [...]}`, a bare list, or nothing.

    What is not an object among them is left out: one odd row must not lose the page.
    """
    rows = value.get("data") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        return []
    return [row for row in rows if isinstance(row, dict)]


def record_page(value: Any) -> Page[Record]:
    """Return the page of records that a list answer holds."""
    cursor = value.get("next_cursor") if isinstance(value, dict) else None
    records = (Record.from_row(row) for row in unwrap_rows(value))
    return Page(records, next_cursor=cursor if isinstance(cursor, str) else None)


def parsed(parse: Callable[[httpx.Response], Any], answer: Answer, model: type[T]) -> T:
    """Return a 2xx read by a generated `parse`.

    Raises:
        ApiError: The status is no 2xx.
        DecodeError: The body does not fit the contract; the message names the field.
    """
    if not answer.ok:
        raise api_error(answer)
    answer.json()
    import httpx

    response = httpx.Response(answer.status, headers=_content_headers(answer), content=answer.content)
    try:
        value = parse(response)
    except KeyError as error:
        raise DecodeError(f"the answer lacks the field {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise DecodeError(f"the answer does not fit {model.__name__}: {error}") from error
    if not isinstance(value, model):
        raise DecodeError(f"the answer (HTTP {answer.status}) is no {model.__name__}")
    return value


def _content_headers(answer: Answer) -> dict[str, str]:
    return {"content-type": answer.header(b"content-type") or "application/json"}


def checked_object(answer: Answer) -> dict[str, Any]:
    """Return the decoded body of a 2xx that must be an object.

    Raises:
        ApiError: The status is no 2xx.
        DecodeError: The body is no JSON object.
    """
    value = checked(answer)
    if not isinstance(value, dict):
        raise DecodeError(f"the answer is a JSON {type(value).__name__}, and must be an object")
    return value


def single_record(answer: Answer) -> Record:
    """Return the record that an answer holds.

    Raises:
        ApiError: The status is no 2xx.
        DecodeError: The body is no JSON object.
    """
    return Record.from_row(checked_object(answer))


def query_result(answer: Answer) -> QueryResult:
    """Return the answer of a rich query, with what the server said beside the rows.

    Raises:
        ApiError: The status is no 2xx.
        DecodeError: The body is no JSON object.
    """
    value = checked_object(answer)
    result: dict[str, Any] = {"records": [Record.from_row(row) for row in unwrap_rows(value)]}
    result.update({name: value[name] for name in _BESIDE_ROWS if value.get(name) is not None})
    return QueryResult(result)


def search_result(answer: Answer, k: int) -> SearchResult:
    """Return the answer of a semantic search.

    Raises:
        ApiError: The status is no 2xx.
        DecodeError: The body is no JSON object.
    """
    value = checked_object(answer)
    hits = [Record.from_row(row) for row in unwrap_rows(value)]
    return SearchResult({"embedder": value.get("embedder"), "k": value.get("k", k), "hits": hits})

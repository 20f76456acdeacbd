"""Results: by attribute, by key, across processes; and texts without secrets."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import pickle
from typing import Any

import pytest

from syncropel import (
    EmitResult,
    EmitSummary,
    HealthResult,
    NotFoundError,
    Page,
    QueryResult,
    SearchResult,
    Stats,
    SubscribeError,
)
from syncropel.transport.auth import auth_headers
from syncropel.transport.convert import Answer, api_error, error_line, parsed, record_page
from syncropel.transport.failures import Undelivered, UndeliveredInTime
from syncropel.transport.redaction import redact
from syncropel.transport.results import Closing

RESULT = EmitResult(True, "r1", 7, None, kind="a.b.c", act="PUT", thread="t", status=201)


def test_emit_results_work_by_attribute_and_by_key() -> None:
    """Code for either spelling runs."""
    assert RESULT.record_id == RESULT["record_id"] == RESULT.get("record_id") == "r1"
    assert RESULT.get("nothing", 5) == 5
    assert dict(RESULT)["thread"] == RESULT.thread_id == "t"
    assert "success" in RESULT
    assert "nothing" not in RESULT
    with pytest.raises(KeyError):
        RESULT["nothing"]
    with pytest.raises(AttributeError):
        RESULT.success = False
    with pytest.raises(AttributeError, match="frozen: 'clock' cannot be deleted"):
        del RESULT.clock


def test_emit_results_are_values() -> None:
    """Equal content is equal, hashes alike and reads alike; a result can be matched by place."""
    again = EmitResult(**dict(RESULT))
    assert (again, hash(again), repr(again)) == (RESULT, hash(RESULT), repr(RESULT))
    assert again is not RESULT
    assert EmitResult(**{**RESULT, "clock": 8}) != RESULT
    assert dict(RESULT) != RESULT
    assert repr(RESULT).startswith(
        "EmitResult(success=True, record_id='r1', clock=7, error=None, retried=0, "
    )
    match RESULT:
        case EmitResult(True, identifier):
            assert identifier == "r1"
        case _:
            raise AssertionError(RESULT)


@pytest.mark.parametrize(
    "value",
    [Stats(emitted=2, failed=1), EmitSummary(total=3, created=3), SubscribeError("lagged", "m", 0, None)],
)
def test_reports_are_data_classes(value: Any) -> None:
    """What a client reports is frozen, and can be changed and taken apart as any data class."""
    assert type(value)(**dataclasses.asdict(value)) == value == dataclasses.replace(value)
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.error = None


@pytest.mark.parametrize(("status", "created"), [(201, True), (200, False)])
def test_created_tells_new_from_known(status: int, created: bool) -> None:
    """201 is a new record, 200 one that the store held."""
    assert EmitResult(True, "r", 1, None, status=status).created is created
    assert EmitResult(False, None, None, "HTTP 500: ", status=500).created is None


ERROR = NotFoundError(404, "no such record", code="RECORD_NOT_FOUND", request_id="req_1", retry_after=2.0)


@pytest.mark.parametrize(
    "value",
    [
        RESULT,
        Page([1, 2], error=ERROR, next_cursor="c"),
        QueryResult({"records": [], "capped": True}, error=ERROR),
        SearchResult({"hits": [], "k": 3}),
        HealthResult({"status": "ok"}),
        ERROR,
        Undelivered("ReadError: gone"),
        UndeliveredInTime("ReadTimeout: slow"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_everything_survives_pickle_and_copy(value: Any) -> None:
    """Results and errors can cross a process pool with all that they say."""
    for again in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert type(again) is type(value)
        assert str(again) == str(value)
        for name in ("error", "next_cursor", "status", "code", "request_id", "retry_after", "retryable"):
            assert str(getattr(again, name, None)) == str(getattr(value, name, None))


def test_a_page_tells_empty_from_failed() -> None:
    """Both are empty lists; only one is ok."""
    assert Page() == Page(error=ERROR) == []
    assert Page().ok
    assert not Page(error=ERROR).ok


def test_closing_may_be_awaited_more_than_once() -> None:
    """What `close` returns can be awaited, again and again, or not at all."""

    async def main() -> None:
        closing = Closing(asyncio.get_running_loop().create_task(asyncio.sleep(0)))
        await closing
        await closing
        await Closing()

    asyncio.run(main())


def _answer(status: int, content: bytes = b"", **headers: str) -> Answer:
    return Answer(status, [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()], content)


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b'{"object":"error","code":"X","message":"m","request_id":"req_9"}', "X", "m"),
        (b'{"error":"x_y","detail":"d"}', "x_y", "d"),
        (b'{"error":{"deep":1}}', None, '{"error":{"deep":1}}'),
        (b"<html>", None, "<html>"),
        (b"", None, "the answer says nothing more"),
        (b"[1]", None, "[1]"),
    ],
)
def test_errors_in_every_spelling(content: bytes, code: str | None, message: str) -> None:
    """Code and text are found wherever servers put them."""
    error = api_error(_answer(404, content, retry_after="3"))
    assert (error.code, error.message, error.retry_after) == (code, message, 3.0)
    assert isinstance(error, NotFoundError)


def test_the_line_of_an_error_is_short() -> None:
    """A result quotes at most 200 characters."""
    assert error_line(_answer(403, b"x" * 300)) == "HTTP 403: " + "x" * 200


def test_odd_rows_do_not_lose_the_page() -> None:
    """Rows that are no objects are left out; what is no list is no rows."""
    assert [record.id for record in record_page({"data": [{"id": "a"}, 5, None, {"id": "b"}]})] == ["a", "b"]
    assert record_page({"data": None}) == record_page("text") == record_page(None) == []
    assert record_page([{"id": "a"}])[0].id == "a"


def test_a_body_that_does_not_fit_names_the_field() -> None:
    """A typed answer that lacks a field says which."""
    from syncropel.errors import DecodeError
    from syncropel.transport.operations import parse_thread_state
    from syncropel_generated.models.thread_state import ThreadState

    with pytest.raises(DecodeError, match="status"):
        parsed(parse_thread_state, _answer(200, b'{"object": "thread_state", "id": "t"}'), ThreadState)


def test_tokens_in_headers_and_texts() -> None:
    """The token goes out in two headers, a stream's own takes its place in one, and texts lose both."""
    assert auth_headers(None) == []
    assert auth_headers("k") == [(b"authorization", b"Bearer k"), (b"x-api-key", b"k")]
    assert auth_headers("k", "b") == [(b"authorization", b"Bearer b"), (b"x-api-key", b"k")]
    assert redact("sent secret-1 and secret-2", "secret-1", None, "secret-2") == "sent *** and ***"

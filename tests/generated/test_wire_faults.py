"""The faults that the plain generator has on the wire, one test each for those that our contract can meet."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx
import pytest

from syncropel_generated import AuthenticatedClient, Client
from syncropel_generated.api.records import emit_record, get_record, list_records, query_records
from syncropel_generated.api.system import get_health, get_identity, get_openapi
from syncropel_generated.api.threads import list_thread_records, project_thread, watch_thread
from syncropel_generated.errors import UnexpectedStatus
from syncropel_generated.models import Aggregation, Error, ProjectionFormat, QueryResult, RecordInput
from syncropel_generated.types import UNSET

ROW = {
    "object": "record",
    "id": "5" * 64,
    "act": "PUT",
    "actor": "did:example:a",
    "body": {"kind": "a.b.c", "nested": {"x": [1, None, {"y": 1.5}]}},
    "clock": 1,
    "data_type": "SCALAR",
    "parents": [],
    "thread": "t",
}
ERROR = {"object": "error", "type": "api_error", "code": "INTERNAL", "message": "m", "request_id": "r"}


def _options(answer: httpx.Response, seen: list[httpx.Request] | None = None) -> dict[str, Any]:
    def handle(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return answer

    return {"base_url": "http://daemon.test", "httpx_args": {"transport": httpx.MockTransport(handle)}}


def _client(answer: httpx.Response, seen: list[httpx.Request] | None = None) -> Client:
    return Client(**_options(answer, seen))


@pytest.mark.parametrize(
    "name", ["a/b", "did:key:z6/..?#", "100%", "ü é", "..", ".", "a b", "?q=1", "#f", "😀", "%2e%2e", "a\nb"]
)
def test_a_path_parameter_stays_one_segment(name: str) -> None:
    """Any thread name arrives as one segment that decodes to itself; `..` does not climb out of its place."""
    seen: list[httpx.Request] = []
    with _client(httpx.Response(200, json={"object": "list", "data": []}), seen) as client:
        list_thread_records.sync(name, client=client)
    segments = seen[0].url.raw_path.partition(b"?")[0].split(b"/")
    assert segments[:3] + segments[4:] == [b"", b"v1", b"threads", b"records"]
    assert unquote_to_bytes(segments[3]).decode() == name


def test_absent_parameters_are_not_sent() -> None:
    """Parameters that are UNSET leave no trace; those that are given arrive as plain text."""
    assert list_records.request(thread="a&b=c", limit=0)["params"] == {"thread": "a&b=c", "limit": 0}
    assert project_thread.request("t")["params"] == {}
    assert project_thread.request("t", format_=ProjectionFormat.MESSAGES)["params"] == {"format": "messages"}
    assert watch_thread.request("t")["headers"] == {}
    assert watch_thread.request("t", last_event_id="17")["headers"] == {"Last-Event-ID": "17"}


def test_a_status_without_a_name_is_an_answer() -> None:
    """Status 520 neither raises nor loses the content; the status stays a number."""
    with _client(httpx.Response(520, html="<h1>Unknown error</h1>")) as client:
        answer = get_record.sync_detailed("x", client=client)
    assert (answer.status_code, answer.parsed) == (520, None)
    assert b"Unknown error" in answer.content
    with _client(httpx.Response(404, json={**ERROR, "code": "RECORD_NOT_FOUND"})) as client:
        assert get_record.sync_detailed("x", client=client).status_code is HTTPStatus.NOT_FOUND


def test_a_page_of_html_from_a_gateway_is_no_answer() -> None:
    """A 502 with HTML parses to None instead of raising a JSON error, sync and async."""

    def page() -> httpx.Response:
        return httpx.Response(502, html="<h1>Bad Gateway</h1>")

    with _client(page()) as client:
        assert emit_record.sync(client=client, body={}) is None

    async def run() -> object:
        async with _client(page()) as client:
            return await emit_record.asyncio(client=client, body={})

    assert asyncio.run(run()) is None


def test_html_under_a_documented_status_raises_a_value_error() -> None:
    """A 500 or a 200 that is not JSON is told apart from an answer: it raises a ValueError to be caught."""
    for status in (200, 500):
        with pytest.raises(ValueError, match="Expecting value"):
            get_record.parse(httpx.Response(status, html="<h1>?</h1>"))


def test_an_undocumented_status_raises_on_request() -> None:
    """With raise_on_unexpected_status an unlisted status raises, whatever it carries; a listed one not."""
    options = _options(httpx.Response(409, json={**ERROR, "code": "NEW_CODE"}))
    with (
        Client(raise_on_unexpected_status=True, **options) as client,
        pytest.raises(UnexpectedStatus) as caught,
    ):
        get_health.sync(client=client)
    assert caught.value.status_code == 409
    with Client(raise_on_unexpected_status=True, **_options(httpx.Response(500, json=ERROR))) as client:
        assert isinstance(get_health.sync(client=client), Error)


def test_an_unlisted_refusal_is_read_as_the_error_envelope() -> None:
    """A newer daemon may refuse with a status that this contract does not list: its code is still read."""
    parsed = get_record.parse(httpx.Response(429, json={**ERROR, "code": "RATE_LIMITED"}))
    assert isinstance(parsed, Error)
    assert parsed.code == "RATE_LIMITED"


def test_free_form_json_is_kept() -> None:
    """A response with the schema `{}` is returned as it is, and there is a short function for it."""
    document = {"openapi": "3.1.0", "x": [1, None]}
    with _client(httpx.Response(200, json=document)) as client:
        assert get_openapi.sync(client=client) == document


def test_a_free_form_body_survives_reading_and_writing() -> None:
    """Bodies of records keep every member, nested ones and nulls too."""
    parsed = get_record.parse(httpx.Response(200, json=ROW))
    assert not isinstance(parsed, Error)
    assert parsed is not None
    assert parsed.body["nested"] == {"x": [1, None, {"y": 1.5}]}
    assert parsed.to_dict() == ROW


def test_unknown_members_are_kept() -> None:
    """A member that a newer server adds is neither an error nor lost."""
    parsed = get_record.parse(httpx.Response(200, json={**ROW, "brand_new": {"a": 1}}))
    assert not isinstance(parsed, Error)
    assert parsed is not None
    assert parsed["brand_new"] == {"a": 1}
    assert parsed.to_dict()["brand_new"] == {"a": 1}


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({key: value for key, value in ROW.items() if key != "clock"}, KeyError),
        ({**ROW, "body": None}, TypeError),
        ({**ROW, "object": "list"}, ValueError),
        (None, TypeError),
        ([1], (TypeError, ValueError)),
    ],
)
def test_a_body_of_another_form_raises_one_of_three(broken: object, expected: type[Exception]) -> None:
    """A listed response that does not fit raises KeyError, TypeError or ValueError, as `parse` documents."""
    with pytest.raises(expected):
        get_record.parse(httpx.Response(200, content=json.dumps(broken)))


def test_an_event_stream_is_text() -> None:
    """A watch stream is not parsed as a model: `parse` returns its text, and `request` streams it."""
    frames = 'event: record.created\nid: 1\ndata: {"id": "x"}\n\n'
    answer = httpx.Response(200, text=frames, headers={"content-type": "text/event-stream"})
    assert watch_thread.parse(answer) == frames
    with (
        httpx.Client(base_url="http://d.test", transport=httpx.MockTransport(lambda _: answer)) as client,
        client.stream(**watch_thread.request("t", since_clock=3)) as stream,
    ):
        assert next(iter(stream.iter_lines())) == "event: record.created"


def test_a_union_is_told_apart_by_its_tag() -> None:
    """The two answers of a query are chosen by `object`, never by which fits first; a third is refused."""
    page = {"object": "list", "data": [], "capped": False, "matched_total": 0}
    plan = {"budget": 9, "complete": True, "groups": 0, "rows_scanned": 0, "watermark_seq": 0}
    groups = {"object": "aggregation", "groups": [], "plan": plan}
    assert isinstance(query_records.parse(httpx.Response(200, json=page)), QueryResult)
    assert isinstance(query_records.parse(httpx.Response(200, json=groups)), Aggregation)
    mixed = {**page, **groups, "object": "aggregation"}
    assert isinstance(query_records.parse(httpx.Response(200, json=mixed)), Aggregation)
    with pytest.raises(ValueError, match="must match const"):
        query_records.parse(httpx.Response(200, json={**page, "object": "other"}))


def test_null_absent_and_value_are_three_things() -> None:
    """A nullable member keeps the difference between null, a value and absence, both ways."""
    for extra in ({}, {"judged_by": None}, {"judged_by": "j"}):
        parsed = get_record.parse(httpx.Response(200, json={**ROW, **extra}))
        assert not isinstance(parsed, Error)
        assert parsed is not None
        assert parsed.to_dict() == {**ROW, **extra}
        assert parsed.judged_by == extra.get("judged_by", UNSET)


def test_a_json_body_may_be_a_dict_or_a_model() -> None:
    """A dict goes out as it is, with members that no model knows; a model gives the same content."""
    draft = {"act": "PUT", "actor": "a", "body": {"x": 1.0}, "clock": 2**53 + 1, "thread": "t"}
    model = RecordInput.from_dict(draft)
    assert emit_record.request(body={**draft, "later": 1})["json"] == {**draft, "later": 1}
    assert emit_record.request(body=model)["json"] == draft


def test_the_token_goes_out_and_is_optional() -> None:
    """An AuthenticatedClient sends the bearer token; a plain Client fits the same operations without one."""
    answer = httpx.Response(500, json=ERROR)
    seen: list[httpx.Request] = []
    with AuthenticatedClient(token="secret", **_options(answer, seen)) as client:
        get_identity.sync(client=client)
    with _client(answer, seen) as plain:
        get_identity.sync(client=plain)
    assert [request.headers.get("authorization") for request in seen] == ["Bearer secret", None]

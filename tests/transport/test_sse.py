"""The event stream parser: the published cases, and any split of the bytes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import DecodeError
from syncropel.transport.reconnect import Lost, Resumption
from syncropel.transport.sse import Frame, FrameParser
from tests.support.cases import case_id, load_cases

PARSED = [case for case in load_cases("sse") if case["op"] == "parse frame"]


def parse(text: str | bytes, **options: Any) -> list[Frame]:
    """Return the frames of a whole stream."""
    data = text.encode() if isinstance(text, str) else text
    return FrameParser(**options).feed(data)


@pytest.mark.parametrize("case", PARSED, ids=case_id)
def test_cases(case: dict[str, Any]) -> None:
    """One frame gives the case's event, data and id, but for the two that the standard rules otherwise."""
    frames = parse(case["input"] + "\n\n")
    expected = case["expect"]
    if case["id"] == "sse-006":  # an unknown name is not taken for a record
        assert frames[0].event == "unknown.thing"
        assert Resumption().take(frames[0]) is False
    elif case["id"] == "sse-010":  # an id without data is remembered
        assert frames == [Frame("record.created", None, "5")]
    elif expected is None:
        assert frames == []
    else:
        (frame,) = frames
        assert {"event": frame.event, "data": frame.value(), "id": frame.id} == expected


STREAM = (
    "\ufeffid: 1\ndata: a\ndata: é😀\n\n: comment\r\n\r\n"
    "event: x\rdata:b\r\rretry: 5\nid\ndata\n\ndata: c\r\n\r\n"
)


def test_line_ends_comments_and_marks() -> None:
    """LF, CR and CRLF end lines in any mixture; comments, a mark and unknown fields bring nothing."""
    assert parse(STREAM) == [
        Frame("record.created", "a\né😀", "1"),
        Frame("x", "b", "1"),
        Frame("record.created", "", ""),
        Frame("record.created", "c", ""),
    ]


@given(st.lists(st.integers(0, len(STREAM.encode())), max_size=12))
def test_any_split_gives_the_same_frames(cuts: list[int]) -> None:
    """Where the bytes are split, inside a character or between CR and LF, makes no difference."""
    data = STREAM.encode()
    edges = sorted({0, len(data), *cuts})
    parser = FrameParser()
    pieces = [data[start:end] for start, end in itertools.pairwise(edges)]
    frames = [frame for piece in pieces for frame in parser.feed(piece)]
    assert frames == parse(STREAM)


@given(st.binary(max_size=200))
def test_no_bytes_surprise_the_parser(data: bytes) -> None:
    """Any bytes give frames whose data can be read, and no exception."""
    for frame in parse(data + b"\n\n"):
        assert isinstance(frame.value(), dict)


@pytest.mark.parametrize("data", [b"data: " + b"x" * 2000, b"data: xxxxxxx\n" * 200, b":" + b"x" * 2000])
def test_a_frame_has_a_limit(data: bytes) -> None:
    """A frame that grows past the limit is refused, in one line or in many, finished or not."""
    with pytest.raises(DecodeError):
        parse(data, max_frame=1000)


def test_the_limit_is_per_frame() -> None:
    """Many frames within the limit pass."""
    assert len(parse(b"data: xxxxxxxxxx\n\n" * 500, max_frame=100)) == 500


def test_an_id_with_a_null_is_ignored() -> None:
    """An id that holds U+0000 does not become the cursor."""
    assert parse("id: a\0b\ndata: x\n\n", last_id="7") == [Frame("record.created", "x", "7")]


def test_data_that_is_no_object_is_an_empty_one() -> None:
    """JSON that is no object, and what is no JSON, read as an empty object."""
    assert [frame.value() for frame in parse("data: [1]\n\ndata: nonsense\n\ndata: {}\n\n")] == [{}, {}, {}]


def test_invalid_cursor_begins_anew() -> None:
    """A cursor that the store does not know is dropped, and the first clock is asked for again."""
    resumption = Resumption(since_clock=7)
    resumption.take(Frame("record.created", '{"record": {}}', "12"))
    assert resumption.headers()["last-event-id"] == "12"
    assert resumption.parameters() == {"since_clock": None}
    with pytest.raises(Lost):
        resumption.take(Frame("error", '{"code": "invalid_cursor"}', "12"))
    assert "last-event-id" not in resumption.headers()
    assert resumption.parameters() == {"since_clock": 7}

"""Strict JSON: what is refused, where it says the fault is, and that nothing else changes."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import InvalidJson, UsageTypeError
from syncropel.rules import limits
from syncropel.rules.strict_json import parse_json
from tests.support.values import json_values

REFUSED: list[tuple[bytes, str]] = [
    (b"", r"text is empty"),
    (b" \n\t", r"text is empty"),
    (b'{"a":1', r"^line 1, column \d+: "),
    (b'{"a":1,\n "b":}', r"^line 2, column 6: "),
    (b"[1,]", r"^line 1"),
    (b"{'a':1}", r"^line 1, column 2"),
    (b"[1] [2]", r"^line 1, column 5: Extra data"),
    (b"01", r"^line 1"),
    (b"+1", r"^line 1"),
    (b"1.", r"^line 1"),
    (b"nul", r"^line 1"),
    (b'"a\nb"', r"^line 1"),
    (b'"\x00"', r"^line 1"),
    (b'"\\x"', r"^line 1"),
    (b"\xef\xbb\xbf{}", r"byte order mark"),
    (b"\xff", r"^byte 0: not UTF-8"),
    (b'"\xed\xa0\x80"', r"^byte 1: not UTF-8"),
    (b'"\xc0\xaf"', r"^byte 1: not UTF-8"),
    ('{"a":1}'.encode("utf-16"), r"^byte 0: not UTF-8"),
    (b'{"a":1,"a":1}', r"^\$: the key 'a' appears twice"),
    (b'{"x":[{"k":{"a":1,"b":2,"a":3}}]}', r"^\$\.x\[0\]\.k: the key 'a' appears twice"),
    (b'{"a":1,"\\u0061":2}', r"^\$: the key 'a' appears twice"),
    (b"NaN", r"^\$: NaN is not JSON"),
    (b'{"a":[Infinity]}', r"^\$\.a\[0\]: Infinity is not JSON"),
    (b"[-Infinity]", r"^\$\[0\]: -Infinity is not JSON"),
    (b"[1e999]", r"^\$\[0\]: 1e999 is too large"),
    (b'{"n":-1.5e400}', r"^\$\.n: -1.5e400 is too large"),
    (b'{"a":"\\ud800"}', r"^\$\.a: the text holds a lone surrogate"),
    (b'["\\udc00\\ud800"]', r"^\$\[0\]: .*surrogate"),
    (b'{"\\ud800":1}', r"^\$: the key .* lone surrogate"),
    (b"9" * 1001, r"^\$: an integer of more than 1000 digits"),
    (b'{"n":-' + b"9" * 5000 + b"}", r"^\$\.n: an integer of more than 1000 digits"),
    (b"[" * 65 + b"]" * 65, r"nested deeper than 64 levels"),
    (b'{"a":' * 65 + b"1" + b"}" * 65, r"nested deeper than 64 levels"),
]


@pytest.mark.parametrize(("data", "message"), REFUSED, ids=[str(index) for index in range(len(REFUSED))])
def test_refused_with_the_place(data: bytes, message: str) -> None:
    """Every departure from strict JSON is refused, naming the line and column, the byte or the JSON path."""
    with pytest.raises(InvalidJson, match=message):
        parse_json(data)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{"a":{"a":1},"b":{"a":2}}', {"a": {"a": 1}, "b": {"a": 2}}),
        (b"[1.0, -0.0, 1e-999]", [1.0, -0.0, 0.0]),
        (b" [1 ]\r\n", [1]),
        (b"-" + b"9" * 1000, -(10**1000 - 1)),
        (b"18446744073709551617", 2**64 + 1),
        (b'"[[[[{{{{\\"[[["', '[[[[{{{{"[[['),
        (b"[" * 64 + b"]" * 64, None),
    ],
)
def test_accepted(data: bytes, value: Any) -> None:
    """What only looks like a fault passes, exactly at the limits too."""
    parsed = parse_json(data)
    if value is not None:
        assert repr(parsed) == repr(value)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_endless_nesting_costs_nothing(data: bytes) -> None:
    """A hundred thousand brackets end in the documented error."""
    with pytest.raises(InvalidJson, match="nested deeper"):
        parse_json(data)


def test_depth_is_the_callers_to_choose() -> None:
    """Another depth may be allowed, even one that the interpreter cannot go to."""
    assert parse_json(b"[[1]]", max_depth=2) == [[1]]
    with pytest.raises(InvalidJson, match="deeper than 1 levels"):
        parse_json(b"[[1]]", max_depth=1)
    with pytest.raises(InvalidJson, match="nested too deeply"):
        parse_json(b"[" * 200_000 + b"]" * 200_000, max_depth=10**6)


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b'"' + b'\\"' * 250_000 + b"{" * 70,
        b"{" * 65 + b'"\\' * 250_000,
        b"[" + b'"a",' * 100_000 + b"[" * 70,
        b"{" + b",".join(b'"k%d":1' % index for index in range(60_000)) + b',"k0":1}',
    ],
)
def test_hostile_texts_take_no_time(data: bytes) -> None:
    """Texts made to be slow to check are refused in time that grows with their length only."""
    start = time.process_time()
    with pytest.raises(InvalidJson):
        parse_json(data)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("data", [bytearray(b"[1]"), memoryview(b"[1]"), "[1]"])
def test_other_kinds_of_bytes(data: Any) -> None:
    """Buffers and text that is decoded already are read too."""
    assert parse_json(data) == [1]


@pytest.mark.parametrize("data", [None, 5, [1], {"a": 1}])
def test_only_bytes_and_text(data: Any) -> None:
    """Anything else is the caller's mistake."""
    with pytest.raises(UsageTypeError):
        parse_json(data)


def test_text_with_a_surrogate_is_refused() -> None:
    """A decoded text that UTF-8 could not carry is refused."""
    with pytest.raises(InvalidJson, match="surrogate"):
        parse_json('["\ud800"]')


@given(json_values, st.sampled_from([None, 2]), st.booleans())
def test_what_was_written_is_read(value: Any, indent: int | None, escape: bool) -> None:
    """Every JSON value reads back as it was, however it is laid out and escaped."""
    data = json.dumps(value, indent=indent, ensure_ascii=escape).encode()
    assert repr(parse_json(data)) == repr(value)


@given(
    st.one_of(
        st.binary(max_size=40),
        st.text('[]{}":,\\u d8aeENInfity0123-.+\n', max_size=30).map(str.encode),
    )
)
def test_only_the_documented_error(data: bytes) -> None:
    """Whatever the bytes, the answer is what the standard library reads, or an InvalidJson."""
    try:
        value = parse_json(data)
    except InvalidJson as error:
        assert str(error)  # noqa: PT017 - the success path is asserted below
        return
    assert repr(value) == repr(json.loads(data))


def test_the_limits_are_those_of_the_table() -> None:
    """Depth and digits come from the limit table."""
    assert (limits.MAX_JSON_DEPTH, limits.MAX_INTEGER_DIGITS) == (64, 1000)

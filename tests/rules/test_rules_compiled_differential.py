"""The compiled JSON reader and writer against the strict ones: the same values, bytes, ids and complaints."""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncropel.errors import UsageError
from syncropel.kernel.wire import encode_json
from syncropel.rules import compiled_json
from syncropel.rules.canonical import canonical_json
from syncropel.rules.records import check_record, parse_record, read_record
from syncropel.rules.strict_json import parse_json
from tests.support.values import json_values

AWKWARD: list[bytes] = [
    b'{"a":1,"a":2}',
    b'{"a":1,"\\u0061":2}',
    b'{"a":[{"b":{"c":1,"c":1}}]}',
    b"18446744073709551616",
    b"-9223372036854775809",
    b"9223372036854775808",
    b"[1.0,-0.0,0.1,1e16,1e+16,1E5,1e-5,0.00001,1e22,123456789012345680.0,5e-324,1e999,-1e400]",
    b"[NaN]",
    b"[Infinity]",
    b'"\\ud800"',
    b'"\\ud83d\\ude00"',
    b'"\\/"',
    b'"\\u007f\\u001f"',
    b'"\x7f"',
    b'"\x1f"',
    b"[-0]",
    b" [1]",
    b"[1] ",
    b"\xef\xbb\xbf[]",
    b'"\xed\xa0\x80"',
    b'"\xc0\xaf"',
    b"[" * 64 + b"]" * 64,
    b"[" * 65 + b"]" * 65,
    b"[" * 200_000,
    b'{"' + b"k" * 300 + b'":1}',
    b"null",
    b"",
]
PIECES = [
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"0",
    b"9",
    b"-",
    b".",
    b"e",
    b" ",
    b"\\u0061",
    b"\\",
    b"null",
    b"1.0",
    b"1e3",
    b"\xff",
    b"\x00",
    b'"a":1,',
    b"99999999999999999999",
]


@pytest.fixture(autouse=True)
def _loaded() -> None:
    """The library is here: a comparison of the slow way with itself would prove nothing."""
    assert compiled_json.load()


@contextmanager
def without() -> Iterator[None]:
    """Take the library away, as where it is not installed."""
    kept, compiled_json._library = compiled_json._library, None
    try:
        yield
    finally:
        compiled_json._library = kept


def outcome(work: Callable[[], Any]) -> str:
    """Return what `work` gives, types and member order included, or what it complains of."""
    try:
        return repr(work())
    except (UsageError, TypeError, ValueError, UnicodeEncodeError) as error:
        return f"{type(error).__name__}: {error}"


def agree(work: Callable[[], Any]) -> str:
    """Check that `work` ends the same with the library and without it, and return how."""
    quick = outcome(work)
    with without():
        slow = outcome(work)
    assert quick == slow
    return quick


@pytest.mark.parametrize("data", AWKWARD, ids=map(str, range(len(AWKWARD))))
def test_awkward_texts_are_read_alike(data: bytes) -> None:
    """What the library reads in its own way is read as the strict reader does, or refused in its words."""
    agree(lambda: parse_json(data))


@settings(max_examples=200)
@given(json_values, st.booleans(), st.booleans(), st.integers(0, 2**32))
def test_damaged_texts_are_read_alike(value: Any, spaced: bool, escaped: bool, seed: int) -> None:
    """Texts of JSON, whole, spaced, escaped, and with pieces put in or cut out, are read alike."""
    separators = (", ", ": ") if spaced else (",", ":")
    data = json.dumps(value, ensure_ascii=escaped, separators=separators).encode()
    agree(lambda: parse_json(data))
    chance = random.Random(seed)
    for _ in range(8):
        place = chance.randrange(len(data) + 1)
        data = data[:place] + chance.choice(PIECES) + data[place + chance.choice((0, 0, 1, 3)) :]
        agree(lambda text=data: parse_json(text))


odd = st.sampled_from([float("nan"), float("inf"), "\ud800", {1: 2}, {True: 0}, (1, 2), 10**40, b"x", {1}])
almost_json = st.recursive(
    st.one_of(json_values, odd),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner)),
    max_leaves=6,
)


@settings(max_examples=400)
@given(almost_json)
@example([float("nan")])
@example({"small": 1e-5})
@example([[-1e-5]])
@example([0.5, -1.25, 0.0001, 0.001, 1e15 + 0.5, 2.0, {"1.50": "[1.50]", "a": 3.75}])
@example(1e-5)
@example({"text": "3e4 null v1.2"})
def test_values_are_written_alike(value: Any) -> None:
    """A reply's bytes do not depend on the library, and neither do its failures."""
    agree(lambda: encode_json(value))


@settings(max_examples=300)
@given(json_values)
def test_stored_texts_are_read_alike(value: Any) -> None:
    """The value of a canonical text is the strict reader's, whichever reads it."""
    text = canonical_json(value)
    found = compiled_json.read_canonical(text)
    if found is not compiled_json.UNPROVEN:
        assert repr(found) == repr(json.loads(text))


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "act": st.sampled_from(["KNOW", "DO", "know", 7]),
    "actor": st.one_of(st.just("did:sync:user:a"), json_values),
    "body": st.one_of(st.dictionaries(st.text(max_size=3), json_values, max_size=3), json_values),
    "clock": st.one_of(st.integers(-1, 2**64), st.just(1.0)),
    "thread": st.one_of(st.text(max_size=4), json_values),
    "data_type": st.sampled_from(["SCALAR", "VOID", "", None]),
    "parents": st.one_of(st.lists(st.text(max_size=4), max_size=4), json_values),
    "judged_by": st.one_of(st.none(), st.text(max_size=3), st.integers()),
    "sig": st.one_of(st.none(), json_values),
    "id": st.one_of(st.none(), st.text(max_size=3)),
    "later": json_values,
}
WRONG = {"act", "data_type", "judged_by", "sig", "id", "later"}
records = st.fixed_dictionaries(
    {name: FIELDS[name] for name in ("act", "actor", "body", "clock", "thread")},
    optional={name: FIELDS[name] for name in sorted(WRONG - {"act"})} | {"parents": FIELDS["parents"]},
)
sound = st.fixed_dictionaries(
    {
        "thread": st.text(min_size=1, max_size=4),
        "parents": st.lists(st.text(min_size=1, max_size=4), max_size=4),
        "clock": st.integers(0, 2**63 - 1),
        "body": st.dictionaries(st.text(max_size=3), json_values, max_size=4),
        "act": st.just("KNOW"),
        "actor": st.text(min_size=1, max_size=4),
    },
    optional={"data_type": st.just("VOID"), "judged_by": st.text(max_size=3)},
)


@settings(max_examples=300)
@given(st.one_of(sound, records), st.booleans())
def test_records_are_checked_alike(value: dict[str, Any], in_order: bool) -> None:
    """Wire form, canonical bytes and id of a posted record, or what is wrong with it, stay the same."""
    if in_order:
        value = {"data_type": "SCALAR", "parents": [], **value}
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=in_order).encode()
    quick = agree(lambda: read_record(data))
    assert quick == outcome(lambda: check_record(parse_json(data)))


FRACTIONS = {"b": [0.25, -1.5, 10.0625], "c": "7.50"}


def test_the_quick_way_is_taken() -> None:
    """A record as clients post it is not left to the slow reader, nor to the slow writer."""
    value = {"act": "DO", "actor": "a", "body": {"b": [1, "v1"], "é": None}, "clock": 1, "thread": "t"}
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert compiled_json.read_proven(data, 64) == (value, True)
    assert parse_record(data).write.__name__ == "_sorted_record"
    canonical = canonical_json({**value, "data_type": "SCALAR", "parents": [], "body": FRACTIONS}).encode()
    assert parse_record(canonical).text is canonical
    assert compiled_json.write_plainly(FRACTIONS) == json.dumps(FRACTIONS, separators=(",", ":")).encode()
    row = {"id": "3e4f5.6-5e1a", "n": [1, -2], "text": "v1.2 at 10:30, 7 of 8.5"}
    assert compiled_json.write_plainly(row) == json.dumps(row, separators=(",", ":")).encode()
    row = {"judged_by": None, "body": {"x": [None, 0.5]}, "text": "null"}
    assert compiled_json.write_plainly(row) == json.dumps(row, separators=(",", ":")).encode()
    many = {"a": [{"b": [number]} for number in range(100)]}
    assert compiled_json.read_proven(json.dumps(many, separators=(",", ":")).encode(), 4) == (many, True)


@pytest.mark.parametrize("last", [1e16, 1.5e-7, 2.0, -0.0, [0.00001], {"e": "3e5.0"}])
def test_the_bytes_of_a_payload_are_not_looked_at_one_by_one(
    monkeypatch: pytest.MonkeyPatch, last: Any
) -> None:
    """A large answer of integers is told by the little else in it; an odd number among them is seen."""
    payload = {"message": {"payload": list(range(256)) * 100, "retry": 1, "text": "e.1"}}
    assert encode_json([payload, last]) == json.dumps([payload, last], separators=(",", ":")).encode()
    monkeypatch.setattr(compiled_json, "_IRREGULAR", None)
    assert compiled_json.write_plainly(payload) == json.dumps(payload, separators=(",", ":")).encode()


@pytest.mark.parametrize("hidden", [float("nan"), float("inf"), [None, {"a": float("-inf")}]])
def test_what_is_no_number_is_not_written_as_null(hidden: Any) -> None:
    """NaN and the infinities, beside a null or alone, are left to the writer that refuses them."""
    assert compiled_json.write_plainly({"a": hidden, "b": None}) is compiled_json.UNPROVEN


@pytest.mark.parametrize("deep", [b"[" * 5 + b"]" * 5, b'{"a":[[{"b":{}}]]}', b'[[],{"a":[{"a":[]}]}]'])
def test_one_level_too_many_is_found_among_many_brackets(deep: bytes) -> None:
    """Text with more brackets than levels is read as deep as may be, and no deeper."""
    data = b"[" + b"[[[]]]," * 50 + deep + b"]"
    assert compiled_json.read_proven(data, 6)[0] == json.loads(data)
    assert compiled_json.read_proven(data, 5)[0] is compiled_json.UNPROVEN


@pytest.mark.parametrize("text", [b"[%b]", b"[%b ]"], ids=["proven", "strict"])
def test_many_arrays_are_read_without_a_step_for_each(text: bytes) -> None:
    """Finding out how deep a text is takes about as many steps as it has levels, not as it has arrays."""
    data = text % b",".join([b"[" * 55 + b"]" * 55] * 100)
    steps: list[str] = []

    def read() -> None:
        sys.setprofile(lambda _frame, event, _argument: steps.append(event))
        try:
            parse_json(data)
        finally:
            sys.setprofile(None)

    read()
    with without():
        read()
    assert len(steps) < 1000


@given(st.text(alphabet='[]{}"\\a', max_size=60), st.integers(0, 4))
def test_depth_is_counted_bracket_by_bracket(text: str, levels: int) -> None:
    """A text that is no JSON, too, is too deep from the bracket on that opens one level too many."""
    depths = [0]
    for bracket in re.sub(r'"(?:[^"\\]|\\.)*(?:"|\\?$)', "", text):
        depths.append(depths[-1] + (bracket in "[{") - (bracket in "]}"))
    with without():
        found = outcome(lambda: parse_json(text, max_depth=levels))
    assert ("nested deeper than" in found) == (max(depths) > levels)


def test_without_the_library_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed `load` says so, and the strict reader goes on alone."""
    with without():
        monkeypatch.setitem(__import__("sys").modules, "orjson", None)
        assert compiled_json.load() is False
        assert parse_json(b"[1,1.5]") == [1, 1.5]

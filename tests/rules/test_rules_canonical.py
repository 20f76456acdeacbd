"""Canonical JSON: the traps of the format, its properties, and what it refuses."""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from decimal import Decimal
from json import encoder
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import UsageError, UsageTypeError
from syncropel.rules import canonical
from syncropel.rules.canonical import canonical_bytes, canonical_json
from tests.support.values import Colour, Level, any_values, json_objects, json_values

TRAPS = [
    # Whole floats are integers, however large.
    (1.0, "1"),
    (-1.0, "-1"),
    (100.0, "100"),
    (-0.0, "0"),
    (0.0, "0"),
    (1e15, "1000000000000000"),
    (1e16, "10000000000000000"),
    (1e21, "1" + "0" * 21),
    (1e300, str(int(1e300))),
    (sys.float_info.max, str(int(sys.float_info.max))),
    # Other floats are the shortest decimal in Python's form: exponents below 1e-4, two digits at least.
    (0.1, "0.1"),
    (0.1 + 0.2, "0.30000000000000004"),
    (0.0001, "0.0001"),
    (0.00001, "1e-05"),
    (1.5e-7, "1.5e-07"),
    (5e-324, "5e-324"),
    # Integers are exact.
    (2**53 + 1, "9007199254740993"),
    (2**64, "18446744073709551616"),
    (-(10**40), "-1" + "0" * 40),
    # Booleans are not numbers, though Python counts them among the integers.
    (True, "true"),
    (False, "false"),
    ([1, True], "[1,true]"),
    # Only what must be escaped is.
    ("a/b", '"a/b"'),
    ("\x7f", '"\x7f"'),
    ("\u2028\u2029", '"\u2028\u2029"'),
    ("\x00\x01\x1f", '"\\u0000\\u0001\\u001f"'),
    ('"\\', '"\\"\\\\"'),
    ("😀", '"😀"'),
    # Keys are in the order of code points: U+FFFF before U+1F600, upper case before lower.
    ({"😀": 1, "\uffff": 2}, '{"\uffff":2,"😀":1}'),
    ({"b": 1, "B": 2, "a": 3}, '{"B":2,"a":3,"b":1}'),
    ({"": 1, "\x00": 2}, '{"":1,"\\u0000":2}'),
    # A text that looks like a whole float is still a text.
    ({"version": "1.0"}, '{"version":"1.0"}'),
    (["2.0,", "1e+16"], '["2.0,","1e+16"]'),
    ({"a": [1.0, {"b": 2.0}]}, '{"a":[1,{"b":2}]}'),
    ([], "[]"),
    ({}, "{}"),
    (None, "null"),
]


@pytest.mark.parametrize(("value", "text"), TRAPS, ids=[repr(value)[:40] for value, _ in TRAPS])
def test_trap(value: Any, text: str) -> None:
    """Each place where implementations go different ways has one answer here."""
    assert canonical_json(value) == text
    assert canonical_bytes(value) == text.encode()
    assert canonical_json({"k": [value]}) == f'{{"k":[{text}]}}'


def test_no_unicode_normalisation() -> None:
    """A composed and a decomposed letter are two texts with two canonical forms."""
    assert canonical_json("é") != canonical_json("e\u0301")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": (1,)}, "$.a"),
        ([{1, 2}], "$[0]"),
        ({"a": {"b": b"x"}}, "$.a.b"),
        ({"price": Decimal("1.5")}, "$.price"),
        ({1: 2}, "$"),
        ({"a": {1: 2, "b": 3}}, "$.a"),
        ({None: 1}, "$"),
        ({True: 1}, "$"),
        ({"odd key": object()}, "$['odd key']"),
    ],
)
def test_wrong_type_names_its_place(value: Any, place: str) -> None:
    """A type that JSON has not is refused with the JSON path of the place, keys included."""
    with pytest.raises(UsageTypeError) as caught:
        canonical_json(value)
    assert str(caught.value).startswith(f"{place}: ")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [float("nan")]}, "$.a[0]"),
        (float("-inf"), "$"),
        ({"a": "\ud800"}, "$.a"),
        ({"\udfff": 1}, "$"),
        (["ok", "\udc00x"], "$[1]"),
    ],
)
def test_wrong_value_names_its_place(value: Any, place: str) -> None:
    """NaN, infinities and lone surrogates are refused with the JSON path, by text and bytes alike."""
    for function in (canonical_json, canonical_bytes):
        with pytest.raises(UsageError) as caught:
            function(value)  # type: ignore[operator]
        assert str(caught.value).startswith(f"{place}: ")


def test_too_deep_is_a_usage_error() -> None:
    """A value nested past what the interpreter can walk is refused, and not with a RecursionError."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(UsageError, match="nested"):
        canonical_json(deep)
    with pytest.raises(UsageError, match="nested"):
        canonical_json({"whole": 1.0, "deep": deep})


def test_value_that_contains_itself_is_a_usage_error() -> None:
    """A circular list or dict ends in the documented error."""
    circle: list[Any] = []
    circle.append(circle)
    ring: dict[str, Any] = {}
    ring["ring"] = {"inner": [ring]}
    for value in (circle, ring):
        with pytest.raises(UsageError, match="contains itself"):
            canonical_json(value)


def test_depth_below_the_stack_is_fine() -> None:
    """The format itself has no limit of depth: 300 levels pass."""
    deep: Any = 1.0
    for _ in range(300):
        deep = [deep]
    assert canonical_json(deep) == "[" * 300 + "1" + "]" * 300


def test_integer_too_long_to_print_is_a_usage_error() -> None:
    """The interpreter's limit on digits becomes the documented error, with what to do."""
    assert canonical_json(10**4000) == "1" + "0" * 4000
    with pytest.raises(UsageError, match="send it as a string"):
        canonical_json({"n": 10**5000})


def test_subclasses_are_written_as_what_they_extend() -> None:
    """Enums, ordered dicts and the like count as the plain value, as key and as member."""
    value = OrderedDict([("b", Level.HIGH), ("a", Colour.RED), (Colour.RED, 1)])
    assert canonical_json(value) == '{"a":"red","b":7,"red":1}'


@given(json_values)
def test_parsing_the_text_gives_it_again(value: Any) -> None:
    """Canonical text is a fixed point: parse it, write it, and it is the same text."""
    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text


@given(json_objects, st.randoms())
def test_order_of_keys_does_not_count(value: dict[str, Any], random: Any) -> None:
    """Canonical text is a function of the value: the order in which keys were put in is not part of it."""

    def shuffled(node: Any) -> Any:
        if isinstance(node, dict):
            items = [(key, shuffled(member)) for key, member in node.items()]
            random.shuffle(items)
            return dict(items)
        return [shuffled(member) for member in node] if isinstance(node, list) else node

    assert canonical_json(shuffled(value)) == canonical_json(value)


@given(json_values)
def test_fast_and_slow_way_agree(value: Any) -> None:
    """The standard encoder is used only where the careful way gives the same text."""
    careful = canonical._rewritten(value)
    assert canonical_json(value) == careful
    assert canonical.fast_bytes(value) in (careful.encode(), None)


@given(any_values)
def test_only_the_documented_error(value: Any) -> None:
    """Whatever the value, the answer is a text that parses, or a UsageError."""
    try:
        text = canonical_json(value)
    except UsageError:
        return
    assert canonical_json(json.loads(text)) == text


@given(json_values)
def test_portable_encoder_writes_the_same(value: Any) -> None:
    """Without the compiled encoder of the standard library the text does not change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder, "c_make_encoder", None)
        patch.setattr(canonical, "_encode", canonical._make_encoder())
        portable = canonical_json(value)
    assert portable == canonical_json(value)


@pytest.mark.parametrize("constructor", [lambda *args: lambda value, level: ("wrong",), lambda: None])
def test_unfamiliar_encoder_is_not_trusted(constructor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiled encoder that takes other arguments or writes other text is left alone."""
    stand_in = SimpleNamespace(c_make_encoder=constructor, encode_basestring=encoder.encode_basestring)
    monkeypatch.setattr(canonical, "_encoder", stand_in)
    assert "".join(canonical._make_encoder()({"b": 1, "a": [2]}, 0)) == '{"a":[2],"b":1}'

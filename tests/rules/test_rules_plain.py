"""Plain values: copying, naming places, and showing values in messages."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.errors import UsageError
from syncropel.rules.plain import json_path, plain_copy, shown
from tests.support.values import Colour, Level, any_values, json_values


@given(any_values)
def test_shown_is_short_and_never_raises(value: Any) -> None:
    """Any value can be put into a message: on one line, and at most as long as asked."""
    text = shown(value, 30)
    assert len(text) <= 30
    assert "\n" not in text


def test_shown_does_not_print_what_objects_say_of_themselves() -> None:
    """Containers and foreign objects are named by type, so that no secret inside them gets into a log."""

    class Secret:
        def __repr__(self) -> str:
            return "token=abc"

    assert shown(Secret()) == "Secret"
    assert shown({"token": "abc"}) == "dict of 1"
    assert shown(10**5000) == "an integer of thousands of digits"


@pytest.mark.parametrize(
    ("parts", "path"),
    [([], "$"), (["a", 0, "b"], "$.a[0].b"), (["odd key"], "$['odd key']"), (["_refs", 2], "$._refs[2]")],
)
def test_json_path(parts: list[str | int], path: str) -> None:
    """A path reads like the code that would reach the place."""
    assert json_path(parts) == path


@given(json_values)
def test_copy_is_equal_and_shares_nothing(value: Any) -> None:
    """The copy has the same values of the same types, and no container of the original."""

    def containers(node: Any) -> set[int]:
        if not isinstance(node, (dict, list)):
            return set()
        members = node.values() if isinstance(node, dict) else node
        return {id(node)}.union(*(containers(member) for member in members))

    copied = plain_copy(value)
    assert repr(copied) == repr(value)
    assert not containers(copied) & containers(value)


@given(any_values, st.booleans())
def test_copy_raises_nothing_else(value: Any, whole: bool) -> None:
    """Whatever is copied, it works or raises a UsageError that starts with a place."""
    try:
        plain_copy(value, root="$.body", whole_floats_as_integers=whole)
    except UsageError as error:
        message = str(error)
    else:
        message = "$.body"
    assert message.startswith("$.body")


def test_copy_makes_plain_types() -> None:
    """Subclasses become exactly the plain type, keys too."""
    copied = plain_copy(OrderedDict({Colour.RED: Level.HIGH}))
    assert [type(part) for part in (copied, next(iter(copied)), copied["red"])] == [dict, str, int]


def test_depth_is_counted_in_containers() -> None:
    """Two levels allow a list in a dict and refuse a list in that, on the quick and on the careful way."""
    assert plain_copy({"a": [1]}, max_depth=2) == {"a": [1]}
    for member in ([], [Level.HIGH]):
        with pytest.raises(UsageError, match="deeper than 2 levels"):
            plain_copy({"a": [member]}, max_depth=2)


def test_digits_are_limited_on_request() -> None:
    """An integer at the limit passes, one digit more is refused with its place, negative ones alike."""
    assert plain_copy([999, -999], max_digits=3) == [999, -999]
    for number in (1000, -1000):
        with pytest.raises(UsageError, match=r"\$\[0\]: an integer of more than 3 digits"):
            plain_copy([number], max_digits=3)


def test_whole_floats_become_integers_on_request() -> None:
    """`1.0` stays a float in a copy, and becomes an integer where the canonical form is wanted."""
    assert repr(plain_copy([1.0])) == "[1.0]"
    assert repr(plain_copy([1.0, 1.5], whole_floats_as_integers=True)) == "[1, 1.5]"

"""Hypothesis strategies for values: JSON ones, and ones that look like it."""

from __future__ import annotations

import enum
from collections import OrderedDict
from typing import Any

from hypothesis import strategies as st


class Colour(str, enum.Enum):
    """A string that is not exactly `str`."""

    RED = "red"


class Level(enum.IntEnum):
    """An integer that is not exactly `int`."""

    HIGH = 7


AWKWARD_TEXTS = (
    "",
    '"',
    "\\",
    "/",
    "\x00",
    "\x1f",
    "\x7f",
    "\u2028",
    "e\u0301",
    "\uffff",
    "😀",
    ".0,",
    "1e+1",
    "\n",
)

texts = st.one_of(st.sampled_from(AWKWARD_TEXTS), st.text(st.characters(codec="utf-8"), max_size=8))
numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-9, 9).map(float),
    st.just(-0.0),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=20,
)
json_objects = st.dictionaries(texts, json_values, max_size=5)

_odd = st.sampled_from(
    [
        (1, 2),
        {1},
        b"x",
        object(),
        float("nan"),
        float("inf"),
        "\ud800",
        1j,
        {1: 2},
        {"\udc00": 1},
        {True: 0},
        {None: 0},
        {(): 0},
        Colour.RED,
        Level.HIGH,
        OrderedDict(b=1, a=2),
        int,
        ...,
    ]
)
any_values: st.SearchStrategy[Any] = st.recursive(
    # The long integer is built on demand: the strategy's own text would hold it, and nothing prints it.
    st.one_of(scalars, _odd, st.builds(pow, st.just(10), st.just(5000))),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
"""JSON values with all kinds of things in them that JSON has not."""

"""`where`: equality on dotted paths."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from syncropel.errors import UsageTypeError
from syncropel.rules.records import Record
from syncropel.rules.where import check_where, match_where
from tests.support.values import json_objects, json_values

ROW = {
    "thread": "t",
    "body": {"a": {"b": 1}, "list": [1, {"c": 2}], "yes": True, "none": None, "half": 0.5, "one": 1.0},
}


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"thread": "t"},
        {"body.a.b": 1},
        {"body.a.b": 1.0},
        {"body.one": 1},
        {"body.a": {"b": 1}},
        {"body.list": [1, {"c": 2}]},
        {"body.yes": True},
        {"body.none": None},
        {"body.missing": None},
        {"body.a.b.deeper": None},
        {"": None},
        {"body.a.b": 1, "thread": "t"},
    ],
)
def test_matches(where: dict[str, Any]) -> None:
    """Conditions that hold, for a row and for the record made of it."""
    assert match_where(ROW, where)
    assert match_where(Record.from_row(ROW), where)


@pytest.mark.parametrize(
    "where",
    [
        {"thread": "u"},
        {"a.b": 1},
        {"body.a.b": "1"},
        {"body.a.b": True},
        {"body.yes": 1},
        {"body.a": {"b": True}},
        {"body.a": {"b": 1, "c": None}},
        {"body.list": [True, {"c": 2}]},
        {"body.list.0": 1},
        {"body.list.c": 2},
        {"body.none": False},
        {"body.a.b": 1, "thread": "u"},
    ],
)
def test_does_not_match(where: dict[str, Any]) -> None:
    """Conditions that do not hold: other values, other types, paths through arrays."""
    assert not match_where(ROW, where)


@given(json_objects, json_values)
def test_a_value_matches_itself_only(body: dict[str, Any], other: Any) -> None:
    """Each member of a body is found by its own value; another value finds it only if it is equal."""
    for key, value in body.items():
        if "." not in key:
            assert match_where({"body": body}, {f"body.{key}": value})
            if match_where({"body": body}, {f"body.{key}": other}):
                assert value == other


@pytest.mark.parametrize("where", [[("a", 1)], "a", 5, {1: 2}, None])
def test_conditions_are_a_dict_of_paths(where: Any) -> None:
    """Anything else is refused before a request is made."""
    with pytest.raises(UsageTypeError, match="where"):
        check_where(where)

"""Aggregation: groups, functions, order and limits."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.rules import limits

from .support import Caller
from .test_query import fill


def groups(ask: Caller, **request: Any) -> list[tuple[Any, ...]]:
    """Return (key values..., aggregate values...) of every group."""
    reply = ask.query(**request)
    assert reply.status == 200, reply.body
    return [(*group["key"].values(), *group["aggregates"].values()) for group in reply.body["groups"]]


COUNT = {"n": {"$count": True}}


def test_answer_has_its_plan(ask: Caller) -> None:
    """An aggregation says how much it read and up to where, and that it is complete."""
    fill(ask, {"kind": "a"}, {"kind": "b"}, {"kind": "a"})
    ask.emit(thread="u")
    assert ask.query(thread="t", group_by=["body.kind"], aggregates=COUNT).body == {
        "object": "aggregation",
        "groups": [
            {"key": {"body.kind": "a"}, "aggregates": {"n": 2}},
            {"key": {"body.kind": "b"}, "aggregates": {"n": 1}},
        ],
        "plan": {
            "budget": limits.MAX_ROWS_SCANNED,
            "complete": True,
            "groups": 2,
            "rows_scanned": 3,
            "watermark_seq": 4,
        },
    }


def test_keys_ascend_by_type_then_value(ask: Caller) -> None:
    """Missing and null come first, then false, true, numbers, strings."""
    fill(
        ask,
        {"v": "b"},
        {"v": 10},
        {"v": True},
        {},
        {"v": 9.5},
        {"v": "a"},
        {"v": False},
        {"v": None},
        {"v": {}},
    )
    expected = [(None, 3), (False, 1), (True, 1), (9.5, 1), (10, 1), ("a", 1), ("b", 1)]
    assert groups(ask, group_by=["body.v"], aggregates=COUNT) == expected


def test_array_paths_count_each_element(ask: Caller) -> None:
    """A record counts in the group of each of its elements."""
    fill(ask, {"_refs": [{"id": "x"}, {"id": "y"}]}, {"_refs": [{"id": "x"}]}, {"_refs": [{"id": "z"}]})
    counted = groups(ask, group_by=["body._refs.id"], aggregates=COUNT, sort={"n": -1})
    assert counted == [("x", 2), ("y", 1), ("z", 1)]
    assert groups(ask, group_by=["body._refs.id"], aggregates=COUNT, sort={"n": -1}, limit=1) == [("x", 2)]


def test_functions_compute_over_numbers(ask: Caller) -> None:
    """$sum and $avg take numbers alone, $min and $max numbers and strings; arrays are crossed."""
    fill(ask, {"v": 1, "k": "a"}, {"v": [2, 3.5, "9"], "k": "a"}, {"v": "x", "k": "a"}, {"k": "b"})
    spec = {name: {f"${name}": "body.v"} for name in ("sum", "avg", "min", "max")}
    assert groups(ask, group_by=["body.k"], aggregates=spec) == [
        ("a", 6.5, 6.5 / 3, 1, "x"),
        ("b", 0, None, None, None),
    ]
    clocks = {name: {f"${name}": "clock"} for name in ("sum", "avg", "min", "max")}
    assert groups(ask, aggregates=clocks) == [(6, 1.5, 0, 3)]
    assert groups(ask, aggregates={"s": {"$sum": "act"}, "m": {"$max": "act"}}) == [(0, "PUT")]


def test_sums_do_not_overflow(ask: Caller) -> None:
    """A sum beyond 64 bits is given in double precision; one below 2^53 is exact."""
    fill(ask, {"v": 2**63 - 1}, {"v": 2**63 - 1}, {"w": 2**52}, {"w": 2**52 - 1})
    assert groups(ask, aggregates={"v": {"$sum": "body.v"}, "w": {"$sum": "body.w"}}) == [
        (2.0**64, 2**53 - 1)
    ]


def test_infinite_sum_is_null(ask: Caller) -> None:
    """What no JSON number can hold is null, not Infinity."""
    fill(ask, {"v": 1.5e308}, {"v": 1.5e308})
    assert groups(ask, aggregates={"v": {"$sum": "body.v"}}) == [(None,)]


def test_without_rows_there_is_one_empty_group(ask: Caller) -> None:
    """Aggregates alone give one group, also of nothing; groups of nothing are none."""
    assert groups(ask, aggregates={**COUNT, "m": {"$max": "clock"}}) == [(0, None)]
    assert groups(ask, group_by=["act"], aggregates=COUNT) == []


def test_groups_without_aggregates_are_distinct_values(ask: Caller) -> None:
    """group_by alone lists the combinations."""
    fill(ask, {"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 1, "b": "x"})
    assert groups(ask, group_by=["body.a", "body.b"]) == [(1, "x"), (1, "y")]


def test_groups_can_be_sorted_by_their_key(ask: Caller) -> None:
    """The sort may name a group field; the other fields then ascend."""
    fill(ask, {"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1, "b": 2})
    by = ["body.a", "body.b"]
    assert groups(ask, group_by=by, sort={"body.b": -1}) == [(1, 2), (1, 1), (2, 1)]
    assert groups(ask, group_by=by, sort={"body.a": -1}) == [(2, 1), (1, 1), (1, 2)]
    assert groups(ask, group_by=["clock", "body.a"], sort={"body.a": -1}) == [(1, 2), (0, 1), (2, 1)]


def test_filter_applies_before_groups(ask: Caller) -> None:
    """Only matching records are grouped and scanned."""
    fill(ask, {"a": 1}, {"a": 2}, {"a": 2})
    reply = ask.query(filter={"body.a": 2}, group_by=["body.a"], aggregates=COUNT, explain=True).body
    assert [group["aggregates"]["n"] for group in reply["groups"]] == [2]
    assert reply["plan"]["rows_scanned"] == 2
    assert reply["plan"]["unindexed_fields"] == ["body.a"]
    assert reply["plan"]["bind_count"] == reply["plan"]["sql"].count("?")


def test_too_many_groups_are_refused_unless_limited(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """More groups than the cap are 422; a limit asks for the first of them instead."""
    monkeypatch.setattr(limits, "MAX_GROUPS", 3)
    fill(ask, *({"v": n} for n in range(4)))
    reply = ask.query(group_by=["body.v"])
    assert (reply.status, reply.body["code"]) == (422, "AGGREGATION_CAP_EXCEEDED")
    assert groups(ask, group_by=["body.v"], limit=3) == [(0,), (1,), (2,)]
    assert groups(ask, filter={"body.v": {"$lt": 3}}, group_by=["body.v"]) == [(0,), (1,), (2,)]
    assert groups(ask, group_by=["body.v"], limit=0) == []


def test_too_many_rows_are_refused(ask: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """More matching records than may be read are 422; the cap itself passes."""
    monkeypatch.setattr(limits, "MAX_ROWS_SCANNED", 3)
    fill(ask, *({"v": n} for n in range(4)))
    assert ask.query(aggregates=COUNT).body["code"] == "AGGREGATION_CAP_EXCEEDED"
    assert groups(ask, filter={"body.v": {"$gt": 0}}, aggregates=COUNT) == [(3,)]


def test_too_many_fields_are_refused(ask: Caller) -> None:
    """Group fields and aggregates have caps of their own."""
    assert ask.query(group_by=[f"body.f{n}" for n in range(4)]).status == 200
    assert ask.query(group_by=[f"body.f{n}" for n in range(5)]).body["code"] == "AGGREGATION_CAP_EXCEEDED"
    assert ask.query(aggregates={f"n{n}": {"$count": True} for n in range(16)}).status == 200
    assert ask.query(aggregates={f"n{n}": {"$count": True} for n in range(17)}).status == 422

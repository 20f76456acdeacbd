"""Rich queries: what the language means, what it refuses, and the shape of the answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cases import case_id, load_cases

from .support import Caller

ACCEPTED = [case for case in load_cases("query") if case["op"] == "filter accepted"]
REJECTED = [case for case in load_cases("query") if case["op"] == "filter rejected"]

# What the cases describe in words: for each, a record that matches and one that does not.
EXAMPLES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "query-001": ({"act": "KNOW"}, {"act": "DO"}),
    "query-002": ({"act": "KNOW"}, {"act": "DO"}),
    "query-004": ({"clock": 200}, {"clock": 100}),
    "query-005": ({"actor": "b"}, {"actor": "c"}),
    "query-008": ({"body": {"title": "a love song"}}, {"body": {"title": "glow"}}),
    "query-009": ({"body": {"awaits": None}}, {"body": {}}),
    "query-011": ({"act": "CALL"}, {"act": "KNOW"}),
    "query-012": ({"act": "KNOW", "clock": 1}, {"act": "KNOW", "clock": 0}),
    "query-013": ({"actor": "did:example:a"}, {"actor": "did:sync:system:engine"}),
}


@pytest.mark.parametrize("case", ACCEPTED, ids=case_id)
def test_given_filters_select(ask: Caller, case: dict[str, Any]) -> None:
    """Each published filter finds the record it describes and not the other one."""
    matching, other = EXAMPLES[case["id"]]
    ask.emit(**{"thread": "one", **matching})
    ask.emit(**{"thread": "two", **other})
    assert ask.found(filter=case["input"]) == [1]


@pytest.mark.parametrize("case", REJECTED, ids=case_id)
def test_given_filters_are_refused(ask: Caller, case: dict[str, Any]) -> None:
    """Each published bad filter gets its status and code."""
    reply = ask.query(filter=case["input"])
    assert (reply.status, reply.body["code"]) == (case["expect"]["status"], case["expect"]["code"])


def fill(ask: Caller, *bodies: dict[str, Any]) -> None:
    """Store bodies on one thread, with rising clocks."""
    for clock, body in enumerate(bodies):
        assert ask.emit(clock=clock, body=body).status == 201


def test_comparison_is_by_json_type(ask: Caller) -> None:
    """1, "1", true and null are four different values, and 1 is 1.0."""
    fill(ask, {"v": 1}, {"v": "1"}, {"v": True}, {"v": None}, {"v": 1.0, "x": 1}, {})
    assert ask.found(**{"body.v": 1}) == [1, 5]
    assert ask.found(**{"body.v": "1"}) == [2]
    assert ask.found(**{"body.v": True}) == [3]
    assert ask.found(**{"body.v": None}) == [4]
    assert ask.found(**{"body.v": {"$gte": 0}}) == [1, 5]
    assert ask.found(**{"body.v": {"$gte": ""}}) == [2]


def test_negations_hold_for_what_is_missing(ask: Caller) -> None:
    """$ne and $nin are the negation of the match, so they hold where the field is absent."""
    fill(ask, {"v": 1}, {"v": [1, 2]}, {"v": 2}, {})
    assert ask.found(**{"body.v": {"$ne": 1}}) == [3, 4]
    assert ask.found(**{"body.v": {"$nin": [1, 2]}}) == [4]
    assert ask.found(**{"body.v": {"$exists": False}}) == [4]
    assert ask.found(**{"$not": {"body.v": {"$gt": 1}}}) == [1, 4]
    assert ask.found(**{"body.v": {"$nin": []}}) == [1, 2, 3, 4]
    assert ask.found(**{"body.v": {"$in": []}}) == []


def test_paths_cross_arrays_at_any_depth(ask: Caller) -> None:
    """A path matches if any element does, wherever arrays stand on its way."""
    fill(
        ask,
        {"a": [{"b": 1}, {"b": [2, [3]]}]},
        {"a": [[{"b": {"c": 4}}]]},
        {"a": {"b": 5}},
        {"a": [], "b": 1},
        {"a": [{"c": 1}]},
    )
    for value, expected in ((1, [1]), (2, [1]), (3, [1]), (5, [3])):
        assert ask.found(**{"body.a.b": value}) == expected
    assert ask.found(**{"body.a.b.c": 4}) == [2]
    assert ask.found(**{"body.a.b": {"$exists": True}}) == [1, 2, 3]
    assert ask.found(**{"body.a": {"$exists": True}}) == [1, 2, 3, 4, 5]


def test_references_are_found_by_id_and_kind(ask: Caller) -> None:
    """Canonical references, stored as an array, are found by a path into it."""
    track = {"kind": "@music.track", "id": "isrc:1"}
    fill(
        ask,
        {"_refs": [track, track]},
        {"_refs": [{"kind": "@music.track", "id": "isrc:2"}]},
        {"_refs": track},
        {},
    )
    assert ask.found(**{"body._refs.id": "isrc:1"}) == [1, 3]
    assert ask.found(**{"body._refs.kind": "@music.track"}) == [1, 2, 3]
    assert ask.found(**{"body._refs.id": {"$in": ["isrc:2", "isrc:9"]}}) == [2]
    assert ask.found(**{"body._refs.id": {"$like": "isrc:%"}}) == [1, 2, 3]
    assert ask.found(**{"body._refs.id": {"$ne": "isrc:1"}}) == [2, 4]


def test_values_are_bound_whatever_they_hold(ask: Caller) -> None:
    """Quotes, U+0000, astral characters and huge integers are values, never SQL."""
    odd = [
        "'; DROP TABLE records; --",
        '"',
        "a\0b",
        "a",
        "😀",
        "é",
        "e\u0301",
        10**40,
        2**63,
        -(2**63),
        10**40 + 1,
    ]
    fill(ask, *({"v": value} for value in odd))
    for place, value in enumerate(odd, start=1):
        assert ask.found(**{"body.v": value}) == [place]
        assert ask.found(**{"body.v": {"$in": [value, "nothing"]}}) == [place]
    assert ask.found(thread="'; DROP TABLE records; --") == []
    assert ask.found(thread=5) == []
    assert ask.found(clock={"$lt": 10**400}) == list(range(1, len(odd) + 1))
    assert ask.found(clock="0") == []
    assert ask.found(clock={"$in": [True, "1", 1.0]}) == [2]


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ({"body": 1}, "unknown field path: body"),
        ({"kind": "x"}, "unknown field path: kind"),
        ({"sig": 1}, "unknown field path: sig"),
        ({"body.": 1}, "unknown field path: body."),
        ({"body.a b": 1}, "unknown field path: body.a b"),
        ({"body.a..b": 1}, "unknown field path: body.a..b"),
        ({"body.a\n": 1}, "unknown field path: body.a\n"),
        ({"body.é": 1}, "unknown field path: body.é"),
        ({"body.a'": 1}, "unknown field path: body.a'"),
        ({"": 1}, "unknown field path: "),
        ({"body" + ".a" * 40: 1}, "unknown field path: body"),
        ({"clock": {"$regex": "x"}}, "filter.clock: unknown operator: $regex"),
        ({"clock": {"gt": 1}}, "filter.clock: unknown operator: gt"),
        ({"$nor": []}, "filter: unknown operator: $nor"),
        ({"clock": {}}, "filter.clock: an empty object"),
        ({"$and": []}, "filter.$and: must be a non-empty list"),
        ({"$or": [1]}, "filter.$or[0]: must be an object, not an integer"),
        ({"$not": [1]}, "filter.$not: must be an object, not a list"),
        ({"clock": [1]}, "filter.clock: must be a string, a number"),
        ({"clock": {"$eq": {}}}, "filter.clock.$eq: must be a string, a number"),
        ({"clock": {"$in": 5}}, "filter.clock.$in: must be a list"),
        ({"clock": {"$in": [[]]}}, "filter.clock.$in[0]: must be a string, a number"),
        ({"clock": {"$gt": None}}, "filter.clock.$gt: must be a number or a string, not null"),
        ({"clock": {"$gt": True}}, "filter.clock.$gt: must be a number or a string, not true"),
        ({"act": {"$like": 5}}, "filter.act.$like: must be a string"),
        ({"act": {"$like": "x\\"}}, "filter.act.$like: the pattern ends in a lone backslash"),
        ({"act": {"$ilike": "\0"}}, "filter.act.$ilike: a pattern cannot hold U+0000"),
        ({"act": {"$like": "x" * 1001}}, "filter.act.$like: a pattern has at most 1000"),
        ({"act": {"$exists": 1}}, "filter.act.$exists: must be true or false"),
        ({"$or": [{"a": 1}]}, "unknown field path: a"),
        ([], "filter: must be an object, not a list"),
        (None, "filter: must be an object, not null"),
    ],
)
def test_bad_filters_name_the_place(ask: Caller, filter_: Any, message: str) -> None:
    """A filter that is not understood is INVALID_QUERY, and the message says where and why."""
    reply = ask.query(filter=filter_)
    assert (reply.status, reply.body["code"]) == (400, "INVALID_QUERY")
    assert reply.body["message"].startswith(message)


def test_filters_are_bounded(ask: Caller) -> None:
    """The limits themselves pass; one more condition, level or value is refused."""
    condition = {"clock": 1}
    assert ask.query(filter={"$or": [condition] * 100}).status == 200
    assert ask.query(filter={"$or": [condition] * 101}).body["code"] == "INVALID_QUERY"
    assert ask.query(filter={"clock": {"$in": [1] * 500}}).status == 200
    assert ask.query(filter={"clock": {"$in": [1] * 501}}).body["code"] == "INVALID_QUERY"
    assert ask.query(filter=nested(16)).status == 200
    assert ask.query(filter=nested(17)).body["code"] == "INVALID_QUERY"


def nested(levels: int) -> dict[str, Any]:
    """Return a condition inside that many $not."""
    value: dict[str, Any] = {"body.a.b.c": 1}
    for _ in range(levels):
        value = {"$not": value}
    return value


def test_widest_filter_runs(ask: Caller) -> None:
    """A filter at every limit at once compiles to a statement that the store takes."""
    fill(ask, {"a": [{"b": 1}]})
    wide = {"$or": [{f"body.a.p{n}.{'x.' * 20}y": {"$in": list(range(400))}} for n in range(100)]}
    assert ask.query(filter=wide, sort={"body.a.b": 1}).body["matched_total"] == 0


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"thread": ""}, "thread"),
        ({"thread": 5}, "thread"),
        ({"thread": None}, "thread"),
        ({"sort": {}}, "sort"),
        ({"sort": {"clock": 1, "act": 1}}, "sort"),
        ({"sort": {"clock": 0}}, "sort.clock"),
        ({"sort": {"clock": True}}, "sort.clock"),
        ({"sort": {"clock": "asc"}}, "sort.clock"),
        ({"sort": {"nope": 1}}, "unknown field path: nope"),
        ({"sort": "clock"}, "sort"),
        ({"limit": -1}, "limit"),
        ({"limit": "5"}, "limit"),
        ({"limit": 1.5}, "limit"),
        ({"limit": True}, "limit"),
        ({"limit": None}, "limit"),
        ({"offset": -1}, "offset"),
        ({"cursor": 5}, "cursor"),
        ({"cursor": "x"}, "cursor"),
        ({"select": "id"}, "select"),
        ({"select": [5]}, "select[0]"),
        ({"select": ["nope"]}, "unknown field path: nope"),
        ({"explain": 1}, "explain"),
        ({"group_by": ["body"]}, "unknown field path: body"),
        ({"aggregates": []}, "aggregates"),
        ({"aggregates": {"n": {}}}, "aggregates.n"),
        ({"aggregates": {"n": {"$median": "clock"}}}, "aggregates.n: unknown function: $median"),
        ({"aggregates": {"n": {"$count": 1}}}, "aggregates.n.$count"),
        ({"aggregates": {"n": {"$sum": 5}}}, "aggregates.n.$sum"),
        ({"aggregates": {"n": {"$sum": "nope"}}}, "unknown field path: nope"),
        ({"group_by": ["act"], "sort": {"clock": 1}}, "sort"),
        ({"group_by": ["act"], "offset": 1}, "group_by"),
        ([], "a query must be an object"),
        (5, "a query must be an object"),
    ],
)
def test_bad_requests_name_the_member(ask: Caller, request_: Any, message: str) -> None:
    """A request that is not understood is INVALID_QUERY and names the member."""
    reply = ask.post("/v1/records/query", request_)
    assert (reply.status, reply.body["code"]) == (400, "INVALID_QUERY")
    assert reply.body["message"].startswith(message)


def test_answer_says_whether_it_is_whole(ask: Caller) -> None:
    """capped, matched_total and next_cursor tell a part from the whole."""
    fill(ask, *({"n": n} for n in range(5)))
    part = ask.query(limit=2).body
    assert (part["object"], part["capped"], part["matched_total"], len(part["data"])) == ("list", True, 5, 2)
    whole = ask.query(limit=5.0).body
    assert (whole["capped"], whole["matched_total"], whole["next_cursor"]) == (False, 5, None)
    counted = ask.query(limit=0).body
    assert (counted["capped"], counted["matched_total"], counted["data"]) == (True, 5, [])
    beyond = ask.query(offset=2**63).body
    assert (beyond["capped"], beyond["matched_total"], beyond["data"]) == (False, 5, [])


def test_limit_is_clamped_to_the_largest_page(ask: Caller) -> None:
    """A rich query lowers a limit that is too large instead of refusing it."""
    ask.emit_all([{"clock": number} for number in range(1001)])
    assert len(ask.query(limit=10**9).body["data"]) == 1000
    assert len(ask.query().body["data"]) == 100


def test_cursor_belongs_to_its_query(ask: Caller) -> None:
    """A cursor goes on with the same filter, thread and order, and is refused with any other."""
    fill(ask, *({"n": n} for n in range(3)))
    asked: dict[str, Any] = {"thread": "t", "sort": {"clock": -1}, "limit": 1}
    cursor = ask.query(**asked).body["next_cursor"]
    assert ask.query(**{**asked, "limit": 2}, cursor=cursor).body["data"][0]["clock"] == 1
    for other in ({"sort": {"clock": 1}}, {"thread": "u"}, {"filter": {"act": "PUT"}}):
        assert ask.query(**{**asked, **other}, cursor=cursor).body["code"] == "INVALID_QUERY"
    assert ask.query(**asked, cursor=cursor, offset=1).body["code"] == "INVALID_QUERY"
    assert ask.query(**asked, cursor=None).status == 200


def test_pages_neither_lose_nor_repeat_while_records_arrive(ask: Caller) -> None:
    """With a cursor, records that arrive between pages change nothing about the others."""
    fill(ask, *({"n": n % 3} for n in range(9)))
    seen: list[int] = []
    cursor = None
    for clock in range(100, 200):
        body = ask.query(sort={"body.n": -1}, limit=2, cursor=cursor).body
        seen += [row["sequence"] for row in body["data"] if row["sequence"] <= 9]
        cursor = body["next_cursor"]
        if cursor is None:
            break
        ask.emit(clock=clock, body={"n": clock % 3})
    assert seen == [9, 6, 3, 8, 5, 2, 7, 4, 1]


def test_select_keeps_only_what_was_asked(ask: Caller) -> None:
    """A projection has the selected fields in their places; paths cross arrays without moving elements."""
    receipt = ask.emit(body={"a": [{"b": 1, "c": 2}, {"c": 3}, 5], "d": {"e": 1, "f": 2}, "g": 1}).body
    (row,) = ask.query(select=["clock", "body.a.b", "body.d.e", "body.nope"]).body["data"]
    assert row == {
        "object": "record",
        "id": receipt["id"],
        "clock": 0,
        "body": {"a": [{"b": 1}, {}, {}], "d": {"e": 1}},
    }
    (row,) = ask.query(select=["body", "parents", "judged_by"]).body["data"]
    assert row == {"object": "record", "id": receipt["id"], "body": receipt["body"], "parents": []}
    (row,) = ask.query(select=["body.d", "body.d.e"]).body["data"]
    assert row["body"] == {"d": {"e": 1, "f": 2}}


def test_explain_tells_how_a_query_runs(ask: Caller) -> None:
    """A plan has the statement without its values, their number, and which fields an index answers."""
    fill(ask, {"secret": "hunter2"})
    plan = ask.query(
        thread="t",
        filter={
            "body.secret": "hunter2",
            "body.kind": "a",
            "clock": {"$gt": 0},
            "$or": [{"id": "x"}, {"act": "DO"}],
        },
        explain=True,
    ).body["plan"]
    assert plan["indexed_fields"] == ["body.kind", "clock", "thread"]
    assert plan["unindexed_fields"] == ["act", "body.secret", "id"]
    assert plan["sql"].startswith("SELECT")
    assert "hunter2" not in plan["sql"]
    assert plan["bind_count"] == plan["sql"].count("?")
    assert "plan" not in ask.query().body


@pytest.mark.parametrize(
    "keys", [["$or", "$and"], ["$not", "$or"], ["$not", "$and", "$or"], ["$and", "$not"]]
)
def test_deepest_filters_run(ask: Caller, keys: list[str]) -> None:
    """The deepest nesting of every combinator compiles to a statement that the store takes."""
    fill(ask, {"a": 1}, {"a": 2})
    value: dict[str, Any] = {
        "body.a.b.c": {"$nin": [1, "x"]},
        "clock": {"$gte": 0},
        "body.a": {"$ilike": "%"},
    }
    for level in range(16):
        key = keys[level % len(keys)]
        other = {"clock": {"$lt": 0}, "body.b": 1}
        value = {"$not": value} if key == "$not" else {key: [value, other]}
    for more in ({}, {"sort": {"body.a": -1}}, {"group_by": ["body.a.b"]}):
        assert ask.query(filter=value, **more).status == 200


@pytest.mark.parametrize("part", [{}, {"$not": {}}, {"$and": [{}, {}]}], ids=str)
def test_parts_that_say_nothing_are_counted(ask: Caller, part: dict[str, Any]) -> None:
    """A filter of thousands of empty parts is refused as too large, and is no fault of the daemon."""
    assert ask.found(filter={"$and": [part] * 50}) == []
    reply = ask.query(filter={"$and": [part] * 2000})
    assert (reply.status, reply.body["code"]) == (400, "INVALID_QUERY")

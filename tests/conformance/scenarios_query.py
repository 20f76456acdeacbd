"""Scenarios of the rich query: every operator, paths, order, pages, selection, aggregation, refusals."""

from __future__ import annotations

from typing import Any

from syncropel.rules import limits

from .place import ALICE, BOB, Place
from .registry import scenario

THREAD = "query"
ROWS: list[dict[str, Any]] = [
    {"act": "PUT", "body": {"kind": "q.r.song", "title": "Love Me Do", "n": 1, "x": None}},
    {"act": "KNOW", "body": {"kind": "q.r.song", "title": "Glow", "n": 2.5, "tags": ["new", "live"]}},
    {"act": "KNOW", "body": {"kind": "q.r.song", "title": "lovely day", "n": "2", "tags": []}},
    {
        "act": "DO",
        "body": {"kind": "q.r.play", "n": True, "deep": {"list": [{"id": "p"}, {"id": "q", "n": 3}]}},
    },
    {
        "act": "CALL",
        "body": {"kind": "q.r.play", "n": [1, 2], "_refs": [{"kind": "@music.track", "id": "isrc:X"}]},
    },
    {"act": "LEARN", "body": {"n": {"a": 1}, "title": "50% off_er", "deep": {"list": [{"id": "q"}]}}},
]


def _fill(place: Place) -> None:
    for clock, row in enumerate(ROWS):
        actor = BOB if clock >= 4 else ALICE
        data_type = "VOID" if clock == 5 else "SCALAR"
        assert place.emit(thread=THREAD, clock=clock, actor=actor, data_type=data_type, **row).status == 201


def _clocks(place: Place, filter_: dict[str, Any], **options: Any) -> list[int]:
    seen = place.query(thread=THREAD, filter=filter_, **options)
    assert seen.status == 200, (filter_, seen)
    return [row["clock"] for row in seen.body["data"]]


@scenario
def query_all(place: Place) -> Any:
    """An empty filter selects a whole thread, in order of arrival, and the answer says it is complete."""
    _fill(place)
    seen = place.query(thread=THREAD)
    assert [row["clock"] for row in seen.body["data"]] == [0, 1, 2, 3, 4, 5]
    assert (seen.body["object"], seen.body["capped"], seen.body["matched_total"]) == ("list", False, 6)
    assert seen.body["next_cursor"] is None
    return seen.plain()


EXPECTED: list[tuple[dict[str, Any], list[int]]] = [
    ({"act": "KNOW"}, [1, 2]),
    ({"act": {"$eq": "KNOW"}}, [1, 2]),
    ({"actor": BOB}, [4, 5]),
    ({"data_type": "VOID"}, [5]),
    ({"clock": 3}, [3]),
    ({"namespace": "default"}, [0, 1, 2, 3, 4, 5]),
    ({"created_at": {"$gt": 0}}, [0, 1, 2, 3, 4, 5]),
    ({"body.kind": "q.r.song"}, [0, 1, 2]),
    ({"clock": {"$gt": 1, "$lte": 3}}, [2, 3]),
    ({"clock": {"$gte": 1, "$lt": 3, "$ne": 2}}, [1]),
    ({"act": {"$in": ["DO", "CALL"]}}, [3, 4]),
    ({"act": {"$in": []}}, []),
    ({"act": {"$nin": ["DO", "CALL", "LEARN"]}}, [0, 1, 2]),
    ({"body.title": {"$like": "%ov%"}}, [0, 2]),
    ({"body.title": {"$like": "Lov%"}}, [0]),
    ({"body.title": {"$ilike": "LOV%"}}, [0, 2]),
    ({"body.title": {"$like": "_low"}}, [1]),
    ({"body.deep": {"$exists": True}}, [3, 5]),
    ({"body.x": {"$exists": True}}, [0]),
    ({"body.title": {"$exists": False}}, [3, 4]),
    ({"$or": [{"act": "DO"}, {"act": "CALL"}]}, [3, 4]),
    ({"$and": [{"act": "KNOW"}, {"clock": {"$gt": 1}}]}, [2]),
    ({"$not": {"actor": ALICE}}, [4, 5]),
    ({"$or": [{"$and": [{"act": "KNOW"}, {"clock": 1}]}, {"$not": {"clock": {"$lt": 5}}}]}, [1, 5]),
    ({"act": "KNOW", "actor": ALICE, "clock": 2}, [2]),
    ({"body.n": 2.5}, [1]),
    ({"body.n": 1}, [0, 4]),
    ({"body.n": "2"}, [2]),
    ({"body.n": 2}, [4]),
    ({"body.n": True}, [3]),
    ({"body.tags": "live"}, [1]),
    ({"body.deep.list.id": "q"}, [3, 5]),
    ({"body.deep.list.n": {"$gte": 3}}, [3]),
    ({"body._refs.id": "isrc:X"}, [4]),
    ({"body._refs.kind": "@music.track", "body._refs.id": "isrc:Y"}, []),
    ({"body.n.a": 1}, [5]),
    ({"body.missing": 1}, []),
    ({"body.n": {"$gt": 1}}, [1, 4]),
]


@scenario
def query_filters(place: Place) -> Any:
    """Every operator and path selects exactly the rows it should."""
    seen = []
    for filter_, expected in EXPECTED:
        found = _clocks(place, filter_)
        assert found == expected, (filter_, found, expected)
        seen.append([filter_, found])
    return seen


UNSETTLED: list[dict[str, Any]] = [
    {"body.x": None},
    {"body.missing": None},
    {"body.n": {"$ne": 1}},
    {"body.title": {"$ne": "Glow"}},
    {"body.tags": {"$ne": "live"}},
    {"body.tags": {"$nin": ["live"]}},
    {"$not": {"body.tags": "live"}},
    {"body.title": {"$gt": "M"}},
    {"body.n": {"$in": [1, "2", True, None]}},
    {"body.title": {"$like": "50\\% off\\_er"}},
    {"body.title": {"$ilike": "%"}},
    {"body.tags": {"$exists": False}},
    {},
    {"$not": {}},
    {"$and": [{}]},
]


@scenario
def query_corner_filters(place: Place) -> Any:
    """Null, absent fields, negation over arrays and mixed types are answered alike everywhere."""
    return [[filter_, place.query(thread=THREAD, filter=filter_).plain()] for filter_ in UNSETTLED]


@scenario
def query_sort_and_offset(place: Place) -> Any:
    """Rows are sorted by one field either way, ties in order of arrival; offset and limit cut."""
    assert _clocks(place, {}, sort={"clock": -1}) == [5, 4, 3, 2, 1, 0]
    assert _clocks(place, {}, sort={"clock": -1}, offset=1, limit=2) == [4, 3]
    assert _clocks(place, {}, offset=4) == [4, 5]
    assert _clocks(place, {}, offset=99) == []
    by_act = _clocks(place, {}, sort={"act": 1})
    assert by_act == [4, 3, 1, 2, 5, 0]
    return [by_act, _clocks(place, {}, sort={"body.title": 1}), _clocks(place, {}, sort={"body.n": -1})]


@scenario
def query_pages(place: Place) -> Any:
    """A capped answer says so, counts all matches, and its cursor leads on to the rest."""
    seen, cursor, pages = [], None, []
    while True:
        answer = place.query(
            thread=THREAD, filter={}, sort={"act": 1}, limit=2, **({"cursor": cursor} if cursor else {})
        )
        assert answer.status == 200, answer
        assert answer.body["matched_total"] == 6
        pages.append([row["clock"] for row in answer.body["data"]])
        seen.append(answer.plain())
        cursor = answer.body["next_cursor"]
        assert answer.body["capped"] is (cursor is not None)
        if cursor is None:
            break
    assert [clock for page in pages for clock in page] == [4, 3, 1, 2, 5, 0]
    return seen


@scenario
def query_limits(place: Place) -> Any:
    """A limit of 0 gives no rows, one over 1000 means 1000."""
    none = place.query(thread="long", limit=0)
    plain = place.query(thread="long")
    over = place.query(thread="long", limit=5000)
    assert [len(each.body["data"]) for each in (none, plain, over)] == [0, 100, 120]
    assert [each.body["capped"] for each in (none, plain, over)] == [True, True, False]
    assert none.body["matched_total"] == 120
    return [none.plain(), plain.body["matched_total"], len(over.ids)]


@scenario
def query_select(place: Place) -> Any:
    """`select` leaves only the named fields, and what identifies the row."""
    seen = place.query(
        thread=THREAD, filter={"clock": {"$lt": 2}}, select=["act", "body.title", "body.missing"]
    )
    assert seen.status == 200, seen
    assert [row["act"] for row in seen.body["data"]] == ["PUT", "KNOW"]
    assert all("thread" not in row and "id" in row for row in seen.body["data"])
    return seen.plain()


@scenario
def query_explain(place: Place) -> Any:
    """`explain` adds the plan, which tells indexed fields from others; without it there is none."""
    seen = place.query(thread=THREAD, filter={"body.title": "Glow", "act": "KNOW"}, explain=True)
    plan = seen.body["plan"]
    assert "thread" in plan["indexed_fields"] + plan["unindexed_fields"] or "act" in plan["indexed_fields"]
    assert "body.title" in plan["unindexed_fields"]
    assert plan["bind_count"] >= 2
    assert "Glow" not in plan["sql"]
    assert "plan" not in place.query(thread=THREAD).body
    return [seen.plain()["body"]["data"], sorted(plan), plan["indexed_fields"], plan["unindexed_fields"]]


@scenario
def query_across_threads(place: Place) -> Any:
    """Without a thread a query looks everywhere, and `thread` is a field like others."""
    by_kind = place.query(filter={"body.kind": "q.r.play"})
    by_thread = place.query(filter={"thread": THREAD, "act": "PUT"})
    both = place.query(thread=THREAD, filter={"thread": "pages"})
    by_id = place.query(filter={"id": by_kind.ids[0]})
    assert [len(each.ids) for each in (by_kind, by_thread, both, by_id)] == [2, 1, 0, 1]
    return [each.plain() for each in (by_kind, by_thread, both, by_id)]


@scenario
def query_groups(place: Place) -> Any:
    """Grouping and aggregates count, add and compare within the filter, groups in ascending order of key."""
    by_act = place.query(
        thread=THREAD,
        group_by=["act"],
        aggregates={"rows": {"$count": True}, "last": {"$max": "clock"}, "first": {"$min": "clock"}},
    )
    assert by_act.status == 200, by_act
    assert by_act.body["object"] == "aggregation"
    groups = [(group["key"]["act"], group["aggregates"]) for group in by_act.body["groups"]]
    assert groups == [
        ("CALL", {"rows": 1, "last": 4, "first": 4}),
        ("DO", {"rows": 1, "last": 3, "first": 3}),
        ("KNOW", {"rows": 2, "last": 2, "first": 1}),
        ("LEARN", {"rows": 1, "last": 5, "first": 5}),
        ("PUT", {"rows": 1, "last": 0, "first": 0}),
    ]
    assert by_act.body["plan"]["complete"] is True
    whole = place.query(thread=THREAD, aggregates={"sum": {"$sum": "clock"}, "avg": {"$avg": "clock"}})
    assert [group["aggregates"] for group in whole.body["groups"]] == [{"sum": 15, "avg": 2.5}]
    by_two = place.query(thread=THREAD, group_by=["actor", "body.kind"], aggregates={"n": {"$count": True}})
    by_array = place.query(thread=THREAD, group_by=["body.deep.list.id"], aggregates={"n": {"$count": True}})
    counts = {
        group["key"]["body.deep.list.id"]: group["aggregates"]["n"] for group in by_array.body["groups"]
    }
    assert (counts["p"], counts["q"]) == (1, 2)
    best = place.query(
        thread=THREAD, group_by=["act"], aggregates={"n": {"$count": True}}, sort={"n": -1}, limit=1
    )
    assert [group["key"]["act"] for group in best.body["groups"]] == ["KNOW"]
    nothing = place.query(thread="never seen", group_by=["act"], aggregates={"n": {"$count": True}})
    return [each.plain() for each in (by_act, whole, by_two, by_array, best, nothing)]


@scenario
def query_group_caps(place: Place) -> Any:
    """Too many group fields or aggregates are refused with 422."""
    fields = [f"body.f{n}" for n in range(limits.MAX_GROUP_FIELDS + 1)]
    aggregates = {f"a{n}": {"$count": True} for n in range(limits.MAX_AGGREGATES + 1)}
    seen = [place.query(group_by=fields), place.query(group_by=["act"], aggregates=aggregates)]
    assert {(each.status, each.code) for each in seen} == {(422, "AGGREGATION_CAP_EXCEEDED")}
    return [each.plain() for each in seen]


def _nested(depth: int) -> dict[str, Any]:
    filter_: dict[str, Any] = {"clock": 1}
    for _ in range(depth):
        filter_ = {"$not": filter_}
    return filter_


BAD_QUERIES: dict[str, Any] = {
    "whole body": {"filter": {"body": {}}},
    "bare body key": {"filter": {"title": "x"}},
    "signature": {"filter": {"sig": "x"}},
    "canonical text": {"filter": {"canonical_json": "x"}},
    "empty segment": {"filter": {"body..x": 1}},
    "dot at the end": {"filter": {"body.x.": 1}},
    "quote in a segment": {"filter": {"body.x'y": 1}},
    "bracket in a segment": {"filter": {"body.x[0]": 1}},
    "unknown operator": {"filter": {"act": {"$bogus": 1}}},
    "regular expression": {"filter": {"body.title": {"$regex": "x"}}},
    "unknown combinator": {"filter": {"$nor": []}},
    "$or of an object": {"filter": {"$or": {}}},
    "$or of text": {"filter": {"$or": ["x"]}},
    "$not of a list": {"filter": {"$not": []}},
    "$in of text": {"filter": {"act": {"$in": "DO"}}},
    "$in of objects": {"filter": {"act": {"$in": [{}]}}},
    "$like of a number": {"filter": {"body.title": {"$like": 5}}},
    "$exists of text": {"filter": {"body.title": {"$exists": "yes"}}},
    "$gt of an object": {"filter": {"clock": {"$gt": {}}}},
    "list as a value": {"filter": {"act": ["DO"]}},
    "operators and fields mixed": {"filter": {"act": {"$eq": "DO", "x": 1}}},
    "filter is a list": {"filter": []},
    "filter is null": {"filter": None},
    "sort by two": {"sort": {"clock": 1, "act": 1}},
    "sort direction": {"sort": {"clock": 2}},
    "sort direction as text": {"sort": {"clock": "asc"}},
    "sort by nothing": {"sort": {}},
    "sort field": {"sort": {"title": 1}},
    "negative limit": {"limit": -1},
    "limit as text": {"limit": "5"},
    "limit as boolean": {"limit": True},
    "negative offset": {"offset": -1},
    "offset as a fraction": {"offset": 1.5},
    "thread as a number": {"thread": 5},
    "rubbish cursor": {"cursor": "rubbish"},
    "cursor as a number": {"cursor": 5},
    "select of text": {"select": "act"},
    "select of a number": {"select": [1]},
    "select field": {"select": ["title"]},
    "group field": {"group_by": ["title"]},
    "aggregates as a list": {"aggregates": []},
    "aggregate operator": {"aggregates": {"n": {"$median": "clock"}}},
    "aggregate field": {"aggregates": {"n": {"$sum": "title"}}},
    "explain as text": {"explain": "yes"},
    "too deep a filter": {"filter": _nested(limits.MAX_FILTER_DEPTH + 1)},
    "too many conditions": {
        "filter": {"$or": [{"clock": n} for n in range(limits.MAX_FILTER_CONDITIONS + 1)]}
    },
    "too many values": {"filter": {"clock": {"$in": list(range(limits.MAX_IN_VALUES + 1))}}},
    "a list": [],
    "a number": 5,
    "null": None,
}


@scenario
def query_refusals(place: Place) -> Any:
    """Every misuse of the query language is refused as INVALID_QUERY with a message that names it."""
    seen = {}
    for name, request in BAD_QUERIES.items():
        answer = place.post("/v1/records/query", request)
        assert (answer.status, answer.code) == (400, "INVALID_QUERY"), (name, answer)
        seen[name] = answer.plain()
    assert "unknown field path: title" in seen["bare body key"]["body"]["message"]
    return seen


@scenario
def query_unknown_members(place: Place) -> Any:
    """Members that a query does not have are answered alike everywhere."""
    return place.query(thread=THREAD, colour="red", limit=1).plain()


@scenario
def search_answers(place: Place) -> Any:
    """Semantic search says that it is disabled, and refuses a blank query or wrong members first."""
    disabled = place.post("/v1/records/search", {"query": "love", "k": 3, "thread": THREAD, "after_clock": 0})
    blank = [place.post("/v1/records/search", {"query": text}) for text in ("", "  \n")]
    wrong = [
        place.post("/v1/records/search", value) for value in ({}, {"query": 5}, {"query": "x", "k": "y"}, [])
    ]
    assert (disabled.status, disabled.code) == (503, "SEMANTIC_SEARCH_DISABLED")
    assert {(each.status, each.code) for each in blank} == {(400, "EMPTY_QUERY")}
    assert {each.status for each in wrong} == {400}
    return [each.plain() for each in (disabled, *blank, *wrong)]

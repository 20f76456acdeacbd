"""Rich queries against the oracle: random bodies, random filters, the same rows in the same order."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncropel.rules.canonical import canonical_json

from .oracle import groups, matches, sort_key
from .support import DURABLE, Caller, build_kernel, open_store

SEGMENTS = ["a", "b", "c-d", "0", "kind", "_refs", "id"]
TEXTS = [
    "",
    "x",
    "X",
    "y",
    "xy",
    "é",
    "É",
    "x%y",
    "x_y",
    "[x]",
    "*",
    "?",
    "\\",
    "a'b\"c",
    "\uffff",
    "😀",
    "1",
    "true",
]
INTEGERS = [0, 1, -1, 2, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64, -(2**64), 10**30]
FLOATS = [0.5, -0.5, 0.1, 1.5, 2.0, 1e-7, 1e300, 5e-324, 123456.789]

numbers = st.sampled_from(INTEGERS) | st.sampled_from(FLOATS) | st.integers(-5, 5)
scalars = st.none() | st.booleans() | numbers | st.sampled_from(TEXTS) | st.sampled_from(["x\0y", "x\0"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(SEGMENTS), inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(SEGMENTS), values, max_size=4)
body_paths = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3).map(
    lambda parts: ".".join(["body", *parts])
)
refs_paths = st.sampled_from(["body._refs.id", "body._refs.kind", "body.kind"])
columns = st.sampled_from(
    ["thread", "actor", "act", "clock", "data_type", "namespace", "created_at", "sequence", "id"]
)
paths = body_paths | refs_paths | columns
patterns = st.lists(
    st.sampled_from(["%", "_", "x", "X", "é", "[", "*", "\\%", "\\\\", "?", "y"]), max_size=4
).map("".join)

operations = st.one_of(
    st.tuples(st.sampled_from(["$eq", "$ne"]), scalars),
    st.tuples(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), numbers | st.sampled_from(TEXTS)),
    st.tuples(st.sampled_from(["$in", "$nin"]), st.lists(scalars, max_size=3)),
    st.tuples(st.sampled_from(["$like", "$ilike"]), patterns),
    st.tuples(st.just("$exists"), st.booleans()),
)
operands = scalars | st.lists(operations, min_size=1, max_size=2).map(dict)
conditions = st.dictionaries(paths, operands, max_size=2)
filters = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"$and": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: {"$or": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"$not": part}, inner),
    ),
    max_leaves=4,
)
EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module", params=DURABLE)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Give a kernel for a whole test: each example writes to threads of its own."""
    with open_store(request.param, tmp_path_factory.mktemp("query")) as opened:
        yield Caller(build_kernel(opened))


_threads = iter(range(10**9))


def left_out(place: Caller, *inputs: Any) -> bool:
    """Tell whether an example is not for this store: PostgreSQL is asked one in three, always the same."""
    return place.kernel.store.name == "postgres" and zlib.crc32(repr(inputs).encode()) % 3 > 0


def store(ask: Caller, found: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Store bodies on a new thread and return it with the rows as they read back."""
    thread = f"th_{next(_threads)}"
    for clock, body in enumerate(found):
        act = ("DO", "KNOW")[clock % 2]
        assert ask.emit(thread=thread, clock=clock, act=act, body=body).status == 201
    return thread, ask.get(f"/v1/threads/{thread}/records").body["data"]


@EXAMPLES
@given(found=st.lists(bodies, min_size=1, max_size=6), asked=st.lists(filters, min_size=1, max_size=6))
def test_filters_find_what_the_oracle_finds(place: Caller, found: list[Any], asked: list[Any]) -> None:
    """SQL and plain Python agree on every row for every filter."""
    if left_out(place, found, asked):
        return
    thread, rows = store(place, found)
    for conditions in asked:
        reply = place.query(thread=thread, filter=conditions)
        assert reply.status == 200, (conditions, reply.body)
        expected = [row["sequence"] for row in rows if matches(row, conditions)]
        assert [row["sequence"] for row in reply.body["data"]] == expected, conditions
        assert reply.body["matched_total"] == len(expected)


@EXAMPLES
@given(
    found=st.lists(bodies, min_size=2, max_size=8),
    path=body_paths | columns | refs_paths,
    down=st.booleans(),
    size=st.integers(1, 3),
)
def test_pages_follow_the_oracles_order(
    place: Caller, found: list[Any], path: str, down: bool, size: int
) -> None:
    """Sorting by any field, through cursors or offsets, gives every row once in the oracle's order."""
    if left_out(place, found, path, down, size):
        return
    thread, rows = store(place, found)
    expected = [row["sequence"] for row in sorted(rows, key=lambda row: sort_key(row, path), reverse=down)]
    request: dict[str, Any] = {"thread": thread, "sort": {path: -1 if down else 1}, "limit": size}
    for step in ("cursor", "offset"):
        seen: list[int] = []
        more: dict[str, Any] = {}
        while True:
            body = place.query(**request, **more).body
            seen += [row["sequence"] for row in body["data"]]
            assert body["matched_total"] == len(rows)
            assert body["capped"] == (body["next_cursor"] is not None) == (len(seen) < len(rows))
            if not body["capped"]:
                break
            more = {"cursor": body["next_cursor"]} if step == "cursor" else {"offset": len(seen)}
        assert seen == expected


@EXAMPLES
@given(
    found=st.lists(bodies, min_size=1, max_size=6), by=st.lists(paths, min_size=1, max_size=2, unique=True)
)
def test_groups_are_the_oracles(place: Caller, found: list[Any], by: list[str]) -> None:
    """Each element that a path crosses is counted in its own group; keys keep their JSON type and value."""
    if left_out(place, found, by):
        return
    thread, rows = store(place, found)
    reply = place.query(thread=thread, group_by=by, aggregates={"n": {"$count": True}})
    assert reply.status == 200, reply.body
    counted = {
        canonical_json([group["key"][path] for path in by]): group["aggregates"]["n"]
        for group in reply.body["groups"]
    }
    assert len(counted) == len(reply.body["groups"])
    assert counted == groups(rows, by)


@EXAMPLES
@given(
    texts=st.lists(st.text(alphabet="xXyÉé%_[]*?\\", max_size=4), min_size=1, max_size=8),
    pattern=patterns,
    operator=st.sampled_from(["$like", "$ilike"]),
)
def test_patterns_match_what_the_oracle_matches(
    place: Caller, texts: list[str], pattern: str, operator: str
) -> None:
    """LIKE keeps the case, ILIKE ignores that of ASCII letters; no character but % and _ is special."""
    if left_out(place, texts, pattern, operator):
        return
    thread, rows = store(place, [{"a": text} for text in texts])
    conditions = {"body.a": {operator: pattern}}
    expected = [row["sequence"] for row in rows if matches(row, conditions)]
    reply = place.query(thread=thread, filter=conditions)
    assert [row["sequence"] for row in reply.body["data"]] == expected

"""What a caller does not reach is nowhere: every read route against a plain oracle, over random stores."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncropel.kernel import cursors
from syncropel.kernel.access.visibility import EVERYTHING, NOTHING, Visibility
from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Inbound
from syncropel.kernel.services.facts import Fact, write_facts
from syncropel.kernel.store.memory import MemoryStore

from .support import Caller, build_kernel, in_path
from .visible_support import ACTORS, NAMESPACES, RESPONDER, THREADS, Row, Seen, View, fill

SCOPES = (
    "records:read",
    "records:write",
    "config:read",
    "admin",
    "thread:t1:read",
    "thread:t2:write",
    "thread:th_engine_config:read",
    "namespace:team/a:read",
    "namespace:other:read",
    "namespace:team:write",
)
DEEDS = st.tuples(
    st.sampled_from(("INTEND", "KNOW", "DO", "PUT")),
    st.sampled_from(THREADS),
    st.sampled_from(ACTORS),
    st.sampled_from(NAMESPACES),
    st.integers(0, 8),
)
CALLERS = st.tuples(st.lists(st.sampled_from(SCOPES), unique=True, max_size=4), st.sampled_from(NAMESPACES))


def ids(rows: list[Row]) -> list[str]:
    """Return the ids of rows."""
    return [row["id"] for row in rows]


def check_records(view: View, seen: Seen) -> None:
    """Lists, single records and streams hold the visible rows, in order and whole."""
    assert view.pages("/v1/records?since=0") == seen.rows
    for actor in ACTORS:
        assert view.pages(f"/v1/records?actor={actor}") == [r for r in seen.rows if r["actor"] == actor]
    for row in seen.all:
        reply = view.send("GET", f"/v1/records/{row['id']}")
        if row["id"] in seen.ids:
            assert reply.body == row
        else:
            assert (reply.status, reply.body["code"]) == (404, "RECORD_NOT_FOUND")


def check_queries(view: View, seen: Seen) -> None:
    """Rows, totals, groups and cursors of queries are those of the visible rows."""
    assert ids(view.queried()) == ids(seen.rows)
    assert (
        view.queried(sort={"body.n": -1})
        == sorted(
            seen.rows,
            key=lambda row: (row["body"].get("n") is not None, row["body"].get("n", 0), row["sequence"]),
        )[::-1]
    )
    odd = [row for row in seen.rows if {"id": "r:1"} in row["body"].get("_refs", [])]
    assert view.queried(filter={"body._refs.id": "r:1"}) == odd
    either = {"$or": [{"thread": "t1"}, {"actor": ACTORS[0]}]}
    assert view.queried(filter=either) == [
        row for row in seen.rows if row["thread"] == "t1" or row["actor"] == ACTORS[0]
    ]
    for field in ("namespace", "thread"):
        answer = view.ok(
            "/v1/records/query",
            {"group_by": [field], "aggregates": {"n": {"$count": True}, "top": {"$max": "clock"}}},
        )
        counts = Counter(row[field] for row in seen.rows)
        assert {group["key"][field]: group["aggregates"]["n"] for group in answer["groups"]} == counts
        assert answer["plan"]["rows_scanned"] == len(seen.rows)
        for group in answer["groups"]:
            own = [row["clock"] for row in seen.rows if row[field] == group["key"][field]]
            assert group["aggregates"]["top"] == max(own)


def check_cursors(view: View, seen: Seen) -> None:
    """A cursor that somebody made up of an invisible row is none: it would tell that row's values."""
    question = [None, {}, {"body.n": 1}]
    for row in seen.all:
        cursor = cursors.encode(question, row["sequence"])
        reply = view.send("POST", "/v1/records/query", {"sort": {"body.n": 1}, "cursor": cursor})
        assert reply.status == (200 if row["id"] in seen.ids else 400), reply.body


def check_threads(view: View, seen: Seen, states: dict[str, Row]) -> None:
    """Threads are seen by their first record, and counted by the visible ones."""
    listed = view.pages("/v1/threads")
    assert [row["id"] for row in listed] == seen.threads()
    for row in listed:
        assert {name: row[name] for name in seen.summary(row["id"])} == seen.summary(row["id"])
        assert view.ok(f"/v1/threads/{in_path(row['id'])}") == row
    for thread in {*THREADS, "th_engine_access"}:
        path = f"/v1/threads/{in_path(thread)}"
        visible = seen.on(thread)
        assert view.pages(f"{path}/records") == visible
        for since in (0, 3):
            assert view.watched(thread, since) == [row for row in visible if row["clock"] >= since]
        projected = view.send("GET", f"{path}/project?format=messages")
        shown = [message["record_id"] for message in projected.body.get("messages", [])]
        assert shown == ids(visible)
        if thread in seen.threads():
            check_facts(view, seen, thread, states[thread])
        else:
            for end in ("", "/state", "/participants"):
                assert view.send("GET", f"{path}{end}").body["code"] == "THREAD_NOT_FOUND"


def check_facts(view: View, seen: Seen, thread: str, whole: Row) -> None:
    """State and participants are of the visible records; the status is the thread's own."""
    path = f"/v1/threads/{in_path(thread)}"
    state, people = view.ok(f"{path}/state"), seen.participants(thread)
    assert state == {
        "object": "thread_state",
        "id": thread,
        "status": whole["status"],
        **seen.summary(thread),
        "participants": [each["actor"] for each in people],
        "actor_clocks": {each["actor"]: each["last_clock"] for each in people},
        "opened_by": seen.opener(thread),
        "fulfilled_by": [each for each in whole["fulfilled_by"] if each in seen.ids],
    }
    listed = view.ok(f"{path}/participants")["data"]
    assert [{**each, "roles": sorted(each["roles"])} for each in listed] == people


def check_inference(view: View, seen: Seen) -> None:
    """Decisions and calls are the visible ones; what belongs to the whole daemon needs all of it."""
    assert ids(view.pages("/v1/decisions")) == seen.pending()
    reply = view.send("GET", f"/v1/responders/{in_path(RESPONDER)}/inbound")
    assert reply.watch is not None
    rows = view.kernel.watch_page(Inbound(RESPONDER), 0, 1000, reply.watch.filter_from(0))
    assert ids(rows) == seen.calls()
    for path in ("/v1/actors", f"/v1/actors/lookup?did={RESPONDER}", "/v1/trust"):
        reply = view.send("GET", path)
        assert reply.status == (200 if "default" in seen.spaces else 403)
    if not {"records:write", "admin", "namespace:team:write", "thread:t2:write"} & set(seen.scopes):
        for row in (row for row in seen.all if row["body"].get("awaits")):
            reply = view.send("POST", f"/v1/decisions/{row['id']}/decide", {"decision": "approve"})
            assert (reply.status, reply.body["code"]) == (404, "DECISION_NOT_FOUND")


def check_everything(kernel: Kernel, rows: list[Row], scopes: list[str], namespace: str) -> None:
    """Compare every route as one caller with the oracle."""
    ask = Caller(kernel)
    states = {row["thread"]: ask.get(f"/v1/threads/{in_path(row['thread'])}/state").body for row in rows}
    # The caller is authenticated already; only what it reaches is in question here.
    view, seen = View(kernel, [*scopes], namespace), Seen(rows, scopes, namespace)
    check_records(view, seen)
    check_queries(view, seen)
    check_cursors(view, seen)
    check_threads(view, seen, states)
    check_inference(view, seen)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DEEDS, min_size=1, max_size=18), CALLERS)
def test_nothing_out_of_reach_is_in_any_answer(deeds: list[Any], who: tuple[list[str], str]) -> None:
    """Whatever is stored and whoever asks, every route answers as if the rest did not exist."""
    kernel = build_kernel(MemoryStore())
    rows = fill(Caller(kernel), deeds)
    check_everything(kernel, rows, *who)
    kernel.close()


@pytest.fixture
def mixed(kernel: Kernel) -> list[Row]:
    """Give a store with every act, namespace and thread in it, most threads of several namespaces."""
    acts = ("INTEND", "KNOW", "DO", "KNOW", "PUT")
    deeds = [
        (acts[n % 5], THREADS[n * 3 % len(THREADS)], ACTORS[n % 2], NAMESPACES[(n // 7 + n * n) % 7], n)
        for n in range(60)
    ]
    rows = fill(Caller(kernel), deeds)
    assert len({(row["thread"], row["namespace"]) for row in rows}) > 3 * len(THREADS)
    kernel.pin_keys("did:web:example.com", ["z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"])
    return [*rows, *Caller(kernel).get("/v1/threads/th_engine_access/records").body["data"]]


@pytest.mark.parametrize(
    ("scopes", "namespace"),
    [
        (["admin"], "default"),
        (["records:read"], "default"),
        (["records:read", "config:read"], "team"),
        (["records:read"], "team/a"),
        (["records:read", "thread:t1:read"], "teams"),
        (["thread:t1:read", "thread:th_engine_config:read"], "default"),
        (["namespace:team/a:read", "config:read"], "default"),
        (["records:write"], "default"),
    ],
)
def test_every_store_answers_callers_alike(
    kernel: Kernel, mixed: list[Row], scopes: list[str], namespace: str
) -> None:
    """The same comparison over both stores, for callers of every make."""
    check_everything(kernel, mixed, scopes, namespace)


@given(
    st.one_of(st.none(), st.lists(st.sampled_from(NAMESPACES), max_size=3)),
    st.lists(st.sampled_from(THREADS), max_size=2),
    st.lists(st.sampled_from(("th_engine_", "t1")), max_size=2),
)
def test_one_rule_in_python_and_in_sql(
    namespaces: list[str] | None, threads: list[str], hidden: list[str]
) -> None:
    """`sees`, `condition` and `on` agree about every pair, and a visibility survives being stored."""
    spaces = None if namespaces is None else tuple(namespaces)
    visible = Visibility(spaces, tuple(threads), tuple(hidden))
    where = visible.condition("x")
    for space in NAMESPACES:
        for thread in THREADS:
            row = "SELECT ? AS namespace, ? AS thread"
            found = STORE.read(
                lambda tx, space=space, thread=thread, row=row: tx.execute(
                    f"SELECT 1 FROM ({row}) x WHERE {where.sql}", (space, thread, *where.params)
                )
            )
            assert bool(found) == visible.sees(space, thread) == visible.on(thread).sees(space, thread)
    assert Visibility.from_json(visible.to_json()) in (visible, EVERYTHING)
    assert visible.everything == (spaces is None and not hidden)
    assert not any(NOTHING.sees(space, "t1") for space in NAMESPACES)


STORE = MemoryStore()


def test_records_of_one_group_make_a_thread_mixed(kernel: Kernel) -> None:
    """Whether a thread holds several namespaces is noted too when its records are written in one go."""
    spaces = {"one": ("team", "team"), "two": ("team", "other"), "later": ("team",)}
    facts = [
        Fact(number * 10 + place, thread, ACTORS[0], place, space, None, None)
        for number, (thread, own) in enumerate(spaces.items(), start=1)
        for place, space in enumerate(own)
    ]
    more = [
        Fact(90, "later", ACTORS[0], 9, "team", None, None),
        Fact(91, "two", ACTORS[0], 9, "team", None, None),
    ]
    for group in (facts, more, [Fact(99, "later", ACTORS[0], 10, "default", None, None)]):
        kernel.store.write(lambda tx, group=group: write_facts(tx, group))
        found = kernel.read(
            lambda tx: tx.execute("SELECT thread FROM threads WHERE mixed = 1 ORDER BY thread")
        )
    assert [row[0] for row in found] == ["later", "two"]


def test_who_sees_everything_is_asked_the_same_sql(kernel: Kernel, mixed: list[Row]) -> None:
    """Without bounds no condition is added: a query runs as the same text as inside the process."""
    request = {"filter": {"thread": "t1"}, "explain": True}
    plain = Caller(kernel).query(**request).body["plan"]
    everything = View(kernel, ["admin"], "default").ok("/v1/records/query", request)["plan"]
    bounded = View(kernel, ["records:read"], "team").ok("/v1/records/query", request)["plan"]
    assert everything == plain
    assert "namespace" not in plain["sql"]
    assert "namespace" in bounded["sql"]

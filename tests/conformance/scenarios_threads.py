"""Scenarios of threads: their life cycle, their views, and their names."""

from __future__ import annotations

from typing import Any

from .place import ALICE, BOB, Place, at
from .registry import scenario


def _state(place: Place, thread: str) -> Any:
    seen = place.get(f"{at(thread)}/state")
    assert seen.status == 200, seen
    return seen.body


@scenario
def thread_life_cycle(place: Place) -> Any:
    """A thread goes from open to active, observed and closed as its records say."""
    opened = place.emit(thread="life", clock=0, act="INTEND", body={"kind": "core.intent", "goal": "g"})
    states = [_state(place, "life")]
    place.emit(thread="life", clock=1, act="DO")
    states.append(_state(place, "life"))
    place.emit(thread="life", clock=0, actor=BOB, act="KNOW", body={"kind": "a.b.seen"})
    states.append(_state(place, "life"))
    done = place.emit(
        thread="life",
        clock=1,
        actor=BOB,
        act="KNOW",
        body={"kind": "core.outcome", "fulfills": opened.body["id"]},
    )
    states.append(_state(place, "life"))
    assert [state["status"] for state in states] == ["open", "active", "observed", "closed"]
    last = states[-1]
    assert last["object"] == "thread_state"
    assert last["record_count"] == 4
    assert last["actor_clocks"] == {ALICE: 1, BOB: 1}
    assert last["opened_by"] == ALICE
    assert last["fulfilled_by"] == [done.body["id"]]
    assert last["participants"] == [ALICE, BOB]
    return states


@scenario
def thread_closed_by_a_list(place: Place) -> Any:
    """`fulfills` may be a list that holds the opening record; a KNOW that names another does not close."""
    opened = place.emit(thread="life 2", clock=0, act="INTEND", body={"goal": "g"})
    place.emit(thread="life 2", clock=1, act="KNOW", body={"fulfills": ["f" * 64]})
    other = _state(place, "life 2")
    place.emit(thread="life 2", clock=2, act="KNOW", body={"fulfills": ["f" * 64, opened.body["id"]]})
    closed = _state(place, "life 2")
    assert (other["status"], closed["status"]) == ("observed", "closed")
    return [other, closed]


@scenario
def thread_cancelled(place: Place) -> Any:
    """A DO with `cancels` and a KNOW with the verdict `reject` cancel a thread."""
    opened = place.emit(thread="cancel 1", clock=0, act="INTEND", body={"goal": "g"})
    place.emit(thread="cancel 1", clock=1, act="DO", body={"cancels": opened.body["id"]})
    place.emit(thread="cancel 2", clock=0, act="INTEND", body={"goal": "g"})
    place.emit(thread="cancel 2", clock=1, actor=BOB, act="KNOW", body={"verdict": "reject"})
    states = [_state(place, "cancel 1"), _state(place, "cancel 2")]
    assert [state["status"] for state in states] == ["cancelled", "cancelled"]
    return states


@scenario
def thread_participants(place: Place) -> Any:
    """Participants are the distinct actors with their parts: opener, and reviewer of a verdict."""
    seen = place.get(f"{at('cancel 2')}/participants")
    assert seen.status == 200
    assert [row["actor"] for row in seen.body["data"]] == [ALICE, BOB]
    roles = [row["roles"] for row in seen.body["data"]]
    assert "opener" in roles[0]
    assert "reviewer" in roles[1]
    return seen.plain()


@scenario
def thread_projections(place: Place) -> Any:
    """A thread is rendered as lines and as messages; another format is refused."""
    lines = place.get(f"{at('life')}/project", format="tui")
    messages = place.get(f"{at('life')}/project", format="messages")
    wrong = place.get(f"{at('life')}/project", format="html")
    plain = place.get(f"{at('life')}/project")
    assert lines.body == plain.body
    assert lines.body["format"] == "tui"
    assert lines.body["text"].count("\n") >= 4
    assert len(messages.body["messages"]) == 4
    assert (wrong.status, wrong.code) == (400, "INVALID_PARAMETER")
    return [each.plain() for each in (lines, messages, wrong, plain)]


@scenario
def thread_unknown(place: Place) -> Any:
    """A thread without records: its lists are empty, its single views answered alike everywhere."""
    views = ["", "/records", "/state", "/participants", "/project?format=tui"]
    seen = {view: place.call("GET", f"{at('never seen')}{view}") for view in views}
    assert seen["/records"].body["data"] == []
    assert (seen[""].status, seen[""].code) == (404, "THREAD_NOT_FOUND")
    return {view: answer.plain() for view, answer in seen.items()}


NAMES = [
    "t 1/x?y#z",
    "\u00e9t\u00e9",
    "e\u0301te\u0301",
    "日本語 😀",
    "100%",
    "%2F",
    "a+b & c=d;e",
    "trailing/",
    "/leading",
    "a//b",
    "..",
    ".",
    'quote"and\\back',
    "line\nbreak",
    "th_" + "0" * 64,
    "-",
    "records",
    "x" * 1024,
]


@scenario
def thread_names(place: Place) -> Any:
    """Any text is a thread name: each one is stored, read, folded and listed under exactly that name."""
    seen = {}
    for number, name in enumerate(NAMES):
        stored = place.emit(thread=name, clock=number, body={"kind": "a.b.name", "n": number})
        assert stored.status == 201, (name, stored)
        read = place.get(f"{at(name)}/records")
        assert [row["thread"] for row in read.body["data"]] == [name], name
        filtered = place.get("/v1/records", thread=name)
        assert filtered.ids == read.ids, name
        state = _state(place, name)
        assert state["id"] == name
        seen[name] = [stored.plain(), read.plain(), state]
    return seen


@scenario
def thread_names_badly_encoded(place: Place) -> Any:
    """Percent signs that encode nothing, or no UTF-8, are answered alike everywhere and never with 5xx."""
    seen = {}
    for text in ("%", "%zz", "%ff", "%C3", "a%00b", "%ED%A0%80"):
        answer = place.call("GET", f"/v1/threads/{text}/records")
        assert answer.status < 500, (text, answer)
        seen[text] = answer.plain()
    return seen

"""Threads: the list, the folded state, participants, projections."""

from __future__ import annotations

import pytest

from .support import ACTOR, Caller, FakeTime, register


def state(ask: Caller, thread: str = "t") -> dict[str, object]:
    """Return the folded state of a thread."""
    reply = ask.get(f"/v1/threads/{thread}/state")
    assert reply.status == 200
    return reply.body  # type: ignore[no-any-return]


@pytest.mark.parametrize("tail", ["", "/state", "/participants", "/project"])
def test_unknown_thread_is_not_found(ask: Caller, tail: str) -> None:
    """Everything about one thread but its records is THREAD_NOT_FOUND for a thread nobody wrote to."""
    reply = ask.get(f"/v1/threads/nobody{tail}")
    assert (reply.status, reply.body["code"]) == (404, "THREAD_NOT_FOUND")


def test_summary_counts_its_records(ask: Caller) -> None:
    """A thread's summary has its count, its highest clock and its last sequence."""
    register(ask.kernel, "a")
    ask.emit(clock=9, body={"namespace": "a"})
    ask.emit(thread="u")
    ask.emit(clock=3)
    summary = {
        "object": "thread",
        "id": "t",
        "record_count": 2,
        "last_clock": 9,
        "last_sequence": 3,
        "namespace": "a",
        "status": "open",
    }
    assert ask.get("/v1/threads/t").body == summary
    assert ask.get("/v1/threads").body["data"][0] == summary


def test_threads_are_listed_in_the_order_they_began(ask: Caller) -> None:
    """Later records do not move a thread, so that pages never lose one."""
    for number in range(5):
        ask.emit(thread=f"t{number}")
    first = ask.get("/v1/threads", limit=2).body
    ask.emit(thread="t0", clock=1)
    ask.emit(thread="t5")
    second = ask.get("/v1/threads", limit=4, cursor=first["next_cursor"]).body
    names = [thread["id"] for thread in first["data"] + second["data"]]
    assert names == ["t0", "t1", "t2", "t3", "t4", "t5"]
    assert second["next_cursor"] is None
    assert ask.get("/v1/threads", limit=0).body["data"] == []


def test_empty_store_lists_no_threads(ask: Caller) -> None:
    """Without records there are no threads."""
    assert ask.get("/v1/threads").body == {"object": "list", "data": [], "next_cursor": None}


OPENING = {"act": "INTEND", "body": {"goal": "g"}}


@pytest.mark.parametrize(
    ("acts", "status"),
    [
        (["INTEND"], "open"),
        (["INTEND", "DO"], "active"),
        (["INTEND", "CALL"], "active"),
        (["INTEND", "KNOW"], "observed"),
        (["INTEND", "KNOW", "DO"], "active"),
        (["INTEND", "DO", "LEARN", "GET", "PUT", "MAP"], "active"),
        (["PUT"], "open"),
        (["KNOW"], "observed"),
        (["PUT", "DO", "INTEND"], "open"),
    ],
)
def test_acts_move_a_thread(ask: Caller, acts: list[str], status: str) -> None:
    """INTEND opens, DO and CALL make active, KNOW observes, the others move nothing."""
    for clock, act in enumerate(acts):
        ask.emit(act=act, clock=clock, body={"n": clock})
    assert state(ask)["status"] == status


@pytest.mark.parametrize("as_list", [False, True])
def test_fulfilment_of_the_opening_closes(ask: Caller, as_list: bool) -> None:
    """A KNOW that names the opening INTEND, alone or in a list, closes the thread and is listed."""
    opening = ask.emit(**OPENING).body["id"]
    named = ["0" * 64, opening] if as_list else opening
    answer = ask.emit(act="KNOW", clock=1, body={"fulfills": named}).body["id"]
    ask.emit(act="DO", clock=2, body={})
    folded = state(ask)
    assert (folded["status"], folded["fulfilled_by"], folded["record_count"]) == ("closed", [answer], 3)


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("KNOW", {"fulfills": "0" * 64}, "observed"),
        ("DO", {"fulfills": "OPENING"}, "active"),
        ("KNOW", {"fulfills": []}, "observed"),
        ("KNOW", {"fulfills": {"id": "OPENING"}}, "observed"),
        ("DO", {"cancels": "OPENING"}, "cancelled"),
        ("DO", {"cancels": ["OPENING"]}, "cancelled"),
        ("DO", {"cancels": "0" * 64}, "active"),
        ("KNOW", {"cancels": "OPENING"}, "observed"),
        ("KNOW", {"verdict": "reject"}, "cancelled"),
        ("KNOW", {"verdict": "accept"}, "observed"),
        ("DO", {"verdict": "reject"}, "active"),
        ("KNOW", {"fulfills": "OPENING", "verdict": "reject"}, "cancelled"),
    ],
)
def test_endings_of_a_thread(ask: Caller, act: str, body: dict[str, object], status: str) -> None:
    """Only the acts and keys of the rule end a thread, and only when they name the opening INTEND."""
    opening = ask.emit(**OPENING).body["id"]
    filled = {key: _with_id(value, opening) for key, value in body.items()}
    ask.emit(act=act, clock=1, body=filled)
    assert state(ask)["status"] == status


def _with_id(value: object, opening: str) -> object:
    if isinstance(value, list):
        return [_with_id(item, opening) for item in value]
    if isinstance(value, dict):
        return {key: _with_id(item, opening) for key, item in value.items()}
    return opening if value == "OPENING" else value


def test_second_intend_is_not_the_opening(ask: Caller) -> None:
    """Fulfilling a later INTEND of the thread does not close it."""
    ask.emit(**OPENING)
    second = ask.emit(act="INTEND", clock=1, body={"goal": "h"}).body["id"]
    ask.emit(act="KNOW", clock=2, body={"fulfills": second})
    assert state(ask)["status"] == "observed"


def test_state_knows_clocks_and_people(ask: Caller) -> None:
    """State has the highest clock of each actor and of the thread, and the opener."""
    ask.emit(clock=5)
    ask.emit(actor="did:b", act="INTEND", clock=3)
    ask.emit(actor="did:b", clock=1, body={"x": 1})
    assert state(ask) == {
        "object": "thread_state",
        "id": "t",
        "status": "open",
        "record_count": 3,
        "last_clock": 5,
        "last_sequence": 3,
        "participants": [ACTOR, "did:b"],
        "actor_clocks": {ACTOR: 5, "did:b": 3},
        "opened_by": "did:b",
        "fulfilled_by": [],
    }


def test_state_without_an_intend_has_no_opener(ask: Caller) -> None:
    """A thread that nobody opened has null for its opener."""
    ask.emit()
    assert state(ask)["opened_by"] is None


def test_repost_does_not_count_twice(ask: Caller) -> None:
    """The facts about a thread count records, not posts."""
    ask.emit()
    ask.emit()
    assert state(ask)["record_count"] == 1


def test_participants_have_their_roles(ask: Caller) -> None:
    """The author of the first INTEND is the opener, the author of a verdict KNOW a reviewer."""
    ask.emit(**OPENING)
    ask.emit(actor="did:b", act="KNOW", body={"verdict": "accept"})
    ask.emit(actor="did:b", act="KNOW", clock=4, body={})
    ask.emit(actor="did:c", act="DO", body={"verdict": "accept"})
    assert ask.get("/v1/threads/t/participants").body == {
        "object": "list",
        "data": [
            {"actor": ACTOR, "record_count": 1, "last_clock": 0, "roles": ["opener"]},
            {"actor": "did:b", "record_count": 2, "last_clock": 4, "roles": ["reviewer"]},
            {"actor": "did:c", "record_count": 1, "last_clock": 0, "roles": []},
        ],
    }


def test_tui_projection_is_lines(ask: Caller) -> None:
    """A line has the act, the actor and the record's own words, in one line whatever they hold."""
    ask.emit(act="INTEND", body={"kind": "a.b.c", "goal": "Deploy\n the\tservice"})
    ask.emit(act="DO", clock=1, body={"kind": "a.b.c", "n": 1})
    ask.emit(act="KNOW", clock=2, body={})
    assert ask.get("/v1/threads/t/project").body == {
        "object": "thread_projection",
        "id": "t",
        "format": "tui",
        "text": f'INTEND  {ACTOR}  Deploy the service\nDO      {ACTOR}  a.b.c {{"n":1}}\nKNOW    {ACTOR}\n',
    }


def test_messages_projection_is_a_message_per_record(ask: Caller) -> None:
    """A message names its record and says what the record says, shortened."""
    receipt = ask.emit(body={"summary": "x" * 500}).body
    reply = ask.get("/v1/threads/t/project", format="messages")
    assert reply.body["messages"] == [
        {"record_id": receipt["id"], "act": "PUT", "actor": ACTOR, "clock": 0, "text": "x" * 199 + "…"}
    ]


def test_unknown_projection_format_is_refused(ask: Caller) -> None:
    """A format that does not exist is INVALID_PARAMETER."""
    ask.emit()
    assert ask.get("/v1/threads/t/project", format="html").body["code"] == "INVALID_PARAMETER"


def test_projection_shows_the_newest_page(ask: Caller, clock: FakeTime) -> None:
    """A long thread is shown by its newest thousand records, in their order."""
    ask.emit_all([{"clock": number, "body": {"text": str(number)}} for number in range(1003)])
    lines = ask.get("/v1/threads/t/project").body["text"].splitlines()
    assert [line.split()[-1] for line in (lines[0], lines[-1])] == ["3", "1002"]
    assert len(lines) == 1000

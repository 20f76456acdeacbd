"""The engine tells nobody what he may not read: questions by reference, replays, answers about records."""

from __future__ import annotations

from typing import Any

import pytest

from syncropel.daemon.providers.pattern import Memory
from syncropel.daemon.providers.records import answer_about_records
from syncropel.kernel.access.visibility import Visibility
from syncropel.kernel.calls import answered

from .inference_support import Hub, query_body
from .support import Caller, FakeTime, record, register
from .visible_support import View

TEAM = Visibility(("team/a",), (), ("th_engine_",))


@pytest.fixture
def hub(ask: Caller, clock: FakeTime) -> Hub:
    """Give a kernel with an executor, a responder and two namespaces."""
    register(ask.kernel, "team", "team/a", "team/b")
    hub = Hub(ask, clock)
    hub.register("a")
    return hub


def known(hub: Hub, namespace: str, clock: int, **body: Any) -> str:
    """Store a record in a namespace and return its id."""
    body = {"kind": "a.b.c", "namespace": namespace, "_refs": [{"kind": "isrc", "id": "isrc:1"}], **body}
    reply = hub.ask.emit(thread="facts", clock=clock, body=body)
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


def asked(hub: Hub, clock: int, scopes: list[str], **body: Any) -> str:
    """Ask the engine as a caller of `team/a` and return the query's id."""
    whole = {**query_body({"kind": "system"}), "namespace": "team/a", **body}
    intend = record(act="INTEND", thread="q", clock=clock, body=whole)
    reply = View(hub.ask.kernel, scopes, "team/a").send("POST", "/v1/records", intend)
    assert reply.status == 201, reply.body
    return str(reply.body["id"])


BOTH = ["records:read", "records:write"]


def test_a_question_about_a_record_needs_the_record_to_be_seen(hub: Hub) -> None:
    """A record id out of reach is as good as none: the query fails as for an id that nobody has."""
    hidden, seen = known(hub, "team/b", 1), known(hub, "team/a", 2)
    hub.advance(asked(hub, 0, BOTH, input={"record_id": hidden}))
    end = hub.rows()[-1]["body"]
    assert end["kind"] == "infer.error.v1"
    assert "no record has the id" in end["message"]
    call = hub.advance(asked(hub, 1000, BOTH, input={"record_id": seen})).pending[0]
    assert call.input["id"] == seen
    assert call.reach == TEAM


def test_a_question_about_a_reference_brings_what_is_seen(hub: Hub) -> None:
    """Of the records with the reference only those in reach go to the responder."""
    for clock, namespace in enumerate(("team/a", "team/b", "default", "team/a")):
        known(hub, namespace, clock)
    question = {"ref": {"kind": "isrc", "id": "isrc:1"}}
    call = hub.advance(asked(hub, 0, BOTH, input=question)).pending[0]
    assert [row["clock"] for row in call.input["records"]] == [0, 3]
    call = hub.advance(hub.query(query_body({"kind": "system"}, input=question), thread="all")).pending[0]
    assert [row["clock"] for row in call.input["records"]] == [0, 1, 2, 3]


def test_who_asks_sees_the_whole_course_of_the_query(hub: Hub) -> None:
    """Calls, answers and result belong to the namespace of the question, so whoever asked reads them all."""
    query = asked(hub, 0, BOTH)
    hub.answer(hub.advance(query).pending[0], 4)
    assert hub.advance(query).finished
    rows = hub.rows()
    assert {row["namespace"] for row in rows} == {"team/a"}
    mine = View(hub.ask.kernel, BOTH, "team/a")
    assert mine.ok("/v1/threads/q/records")["data"] == rows
    assert rows[-1]["body"]["answer"] == 4
    assert View(hub.ask.kernel, BOTH, "team/b").ok("/v1/threads/q/records")["data"] == []


def test_an_answer_without_an_answer_member_holds_no_namespace(hub: Hub) -> None:
    """Where the body is the answer, the namespace that it is kept in is no part of it."""
    query = asked(hub, 0, BOTH)
    hub.reply(hub.advance(query).pending[0], answered({"colour": "red"}))
    assert hub.advance(query).finished
    assert hub.end()["answer"] == {"colour": "red"}


def test_answers_about_records_are_of_the_visible_ones(hub: Hub) -> None:
    """The built-in responder counts what the asker may see, and shows nothing else."""
    for clock, namespace in enumerate(("team/a", "team/b", "team/b")):
        known(hub, namespace, clock)
    for reach, count in ((TEAM, 1), (Visibility(), 3)):
        reply = answer_about_records(
            {"ask": "count", "of": "records", "kind": "a.b.c"},
            lambda request, reach=reach: hub.ask.kernel.query(request, reach),
            hub.clock(),
        )
        assert reply.body["answer"] == count, reply.body


def test_a_replay_gives_visible_answers_only(hub: Hub) -> None:
    """An accepted answer of another namespace is not replayed to one who may not read it, however loose."""
    query = hub.query({**query_body({"kind": "system"}), "namespace": "team/b"})
    hub.answer(hub.advance(query).pending[0], 4)
    assert hub.advance(query).finished
    memory = Memory()

    def levels(reach: Visibility) -> Any:
        return hub.ask.kernel.read(
            lambda tx: memory.match(tx, {"goal": "2 + 2"}, "inference.answer.v1", None, reach=reach)
        )

    assert levels(Visibility()) is not None
    assert levels(Visibility(("team/b",))) is not None
    assert levels(TEAM) is None

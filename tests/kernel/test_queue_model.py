"""A queue and its model under the same random course of events: every answer and every figure is the same."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncropel.kernel.services import queue_dead

from .queue_model import DEAD, READY, Model
from .store_support import Failed, answered, result, run, run_all
from .support import DURABLE, Caller, FakeTime, build_kernel, open_store

NAMES = itertools.count()
NUMBERS = st.integers(0, 30)
CLAIMS = st.sampled_from([None, None, None, "a", "b"])
DELIVERIES = st.sampled_from([None, None, None, 0, 1])
OPTIONAL = st.none() | st.integers(0, 2)

PUBLISH = st.tuples(st.just("publish"), st.sampled_from([None, 0, 5, 9, 40]), OPTIONAL, st.binary(max_size=3))
COMMANDS = st.one_of(
    PUBLISH,
    PUBLISH,
    PUBLISH,
    st.tuples(st.just("consume"), st.sampled_from("ab")),
    st.tuples(st.just("consume"), st.sampled_from("ab")),
    st.tuples(st.just("ack"), NUMBERS, CLAIMS, DELIVERIES),
    st.tuples(st.just("nack"), NUMBERS, CLAIMS, DELIVERIES, st.booleans()),
    st.tuples(st.just("extend"), NUMBERS, CLAIMS, DELIVERIES, st.sampled_from([0.5, 1, 3])),
    st.tuples(st.just("purge"), st.booleans()),
    st.tuples(st.just("redrive"), st.none() | st.lists(NUMBERS, max_size=3)),
    st.tuples(st.just("stats")),
)
STEPS = st.one_of(
    COMMANDS,
    st.tuples(st.just("together"), st.lists(COMMANDS, min_size=2, max_size=8)),
    st.tuples(st.just("wait"), st.sampled_from([0.2, 0.5, 1.0, 2.5])),
    st.tuples(st.just("sweep")),
)
COURSES = st.builds(
    lambda first, then: first + then,
    st.lists(PUBLISH, min_size=2, max_size=6),
    st.lists(STEPS, min_size=15, max_size=30),
)
QUEUES = st.builds(
    Model,
    st.sampled_from([3, 1000]),
    st.sampled_from([500, 2000]),
    st.integers(0, 2),
    st.integers(0, 9),
    st.sampled_from([0, 1, 2]),
)


class Course:
    """One queue of a kernel beside its model."""

    def __init__(self, ask: Caller, clock: FakeTime, model: Model) -> None:
        self.ask, self.clock, self.model = ask, clock, model
        self.queue = f"q{next(NAMES)}"
        config = {
            "max_depth": model.max_depth,
            "ack_deadline_secs": model.deadline_ms / 1000,
            "default_max_retries": model.max_retries,
            "default_priority": model.priority,
            "prefetch_limit": model.prefetch,
        }
        run(ask, "queue.create", name=self.queue, config=config)

    @property
    def now(self) -> int:
        """The time, unix milliseconds."""
        return int(self.clock.now * 1000)

    def step(self, name: str, *rest: Any) -> None:
        """Take one step, and compare the figures after it."""
        if name == "wait":
            self.clock.now += rest[0]
        elif name == "sweep":
            self.ask.kernel.sweep()
        else:
            asked = [self.asked(*each) for each in (rest[0] if name == "together" else [(name, *rest)])]
            outcomes = run_all(self.ask, asked) if len(asked) > 1 else [answered(self.ask, *asked[0])]
            for command, outcome in zip(asked, outcomes, strict=True):
                self.judge(*command, outcome)
        self.model.lapse(self.now)
        shown = run(self.ask, "queue.stats", queue=self.queue)
        assert {key: shown[key] for key in self.model.stats()} == self.model.stats()

    def asked(self, name: str, *rest: Any) -> tuple[str, dict[str, Any]]:
        """Return a step as a command. Numbers stand for the ids that are known when it is asked."""
        ids = ["nothing", *(each.id for each in self.model.messages)]
        payload: dict[str, Any] = {"queue": self.queue}
        if name == "publish":
            payload |= {"priority": rest[0], "max_retries": rest[1], "payload": list(rest[2])}
        elif name == "consume":
            payload |= {"consumer_id": rest[0], "encoding": "base64"}
        elif name in ("ack", "nack", "extend"):
            payload |= {"message_id": ids[rest[0] % len(ids)], "consumer_id": rest[1], "delivery": rest[2]}
            payload |= {"nack": {"requeue": rest[-1]}, "extend": {"seconds": rest[-1]}}.get(name, {})
        elif name == "purge":
            payload["dead"] = rest[0]
        elif name == "redrive" and rest[0] is not None:
            payload["message_ids"] = [ids[each % len(ids)] for each in rest[0]]
        return f"queue.{name}", payload

    def judge(self, command: str, asked: dict[str, Any], outcome: dict[str, Any]) -> None:
        """Let the model do the same, and compare the outcomes."""
        self.model.lapse(self.now)
        try:
            payload = result(outcome)
        except Failed as failed:
            payload = failed.code
        assert payload == EXPECTED[command](self, asked, payload), command

    def drain(self) -> None:
        """Compare the order in which all that is ready is handed out, and the list of the dead."""
        self.model.prefetch = 0
        ready = sorted(self.model.among(READY), key=lambda each: (-each.priority, each.number))
        for number, message in enumerate(ready):
            found = run(self.ask, "queue.consume", queue=self.queue, consumer_id=f"last {number}")
            assert (found["message"]["id"], bytes(found["message"]["payload"])) == (
                message.id,
                message.payload,
            )
        assert run(self.ask, "queue.consume", queue=self.queue, consumer_id="last") == {"message": None}
        shown: list[dict[str, Any]] = []
        page: dict[str, Any] = {"cursor": None}
        while page["cursor"] is not None or not shown:
            page = run(self.ask, "queue.dead_letters", queue=self.queue, limit=2, cursor=page["cursor"])
            shown += page["messages"]
            if page["cursor"] is None:
                break
        members = ("id", "reason", "dead_at", "retry_count")
        assert [tuple(each[key] for key in members) for each in shown] == [
            tuple(getattr(each, key) for key in members) for each in self.model.among(DEAD)
        ]


def published(course: Course, asked: dict[str, Any], payload: Any) -> Any:
    """Tell what publishing must answer; ids are whatever they are."""
    refused = course.model.publish(bytes(asked["payload"]), asked["priority"], asked["max_retries"])
    if refused is None:
        course.model.messages[-1].id = payload["message_id"]
    return refused or payload


def consumed(course: Course, asked: dict[str, Any], _payload: Any) -> Any:
    """Tell what consuming must answer."""
    found = course.model.consume(asked["consumer_id"], course.now)
    if found is None:
        return {"message": None}
    members = ("id", "priority", "retry_count", "max_retries", "deadline")
    row = {key: getattr(found, key) for key in members}
    return {"message": {**row, "payload": base64.b64encode(found.payload).decode(), "headers": {}}}


def resolved(course: Course, asked: dict[str, Any], _payload: Any) -> Any:
    """Tell what an answer to a delivery must be answered."""
    model = course.model
    found = model.held(asked["message_id"], asked["consumer_id"], asked["delivery"])
    if found is None:
        return "MESSAGE_NOT_FOUND"
    if "seconds" in asked:
        found.deadline = course.now + int(asked["seconds"] * 1000)
        return {"deadline": found.deadline}
    if "requeue" in asked:
        model.give_back(found, course.now, "max_retries exceeded" if asked["requeue"] else "rejected")
    else:
        model.messages.remove(found)
        model.acked += 1
    return {"success": True}


def purged(course: Course, asked: dict[str, Any], _payload: Any) -> Any:
    """Tell what purging must answer."""
    gone = course.model.among(DEAD if asked["dead"] else READY)
    course.model.messages = [each for each in course.model.messages if each not in gone]
    return {"purged": len(gone)}


def redriven(course: Course, asked: dict[str, Any], _payload: Any) -> Any:
    """Tell what redriving must answer."""
    dead = course.model.among(DEAD)
    chosen = [each for each in dead if each.id in asked.get("message_ids", [each.id])]
    for each in chosen:
        each.state, each.retry_count = READY, 0
    return {"redriven": len(chosen), "remaining": len(dead) - len(chosen)}


def counted(course: Course, _asked: dict[str, Any], payload: Any) -> Any:
    """Tell what the figures must be."""
    return {**payload, **course.model.stats()}


EXPECTED = {
    "queue.publish": published,
    "queue.consume": consumed,
    "queue.ack": resolved,
    "queue.nack": resolved,
    "queue.extend": resolved,
    "queue.purge": purged,
    "queue.redrive": redriven,
    "queue.stats": counted,
}


@pytest.fixture(scope="module", params=DURABLE)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Caller, FakeTime]]:
    """Give a kernel for all courses: each has a queue of its own."""
    with (
        open_store(request.param, tmp_path_factory.mktemp("queues")) as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        # So that queues of a few messages are purged in the way of those with many, too.
        patch.setattr(queue_dead, "MANY", 1)
        clock = FakeTime()
        yield Caller(build_kernel(store, clock)), clock


@given(model=QUEUES, steps=COURSES)
@settings(max_examples=settings().max_examples // 4)
def test_a_queue_does_what_its_model_does(
    place: tuple[Caller, FakeTime], model: Model, steps: list[tuple[Any, ...]]
) -> None:
    """After any course, alone or several in one transaction, swept or not, all answers and figures agree."""
    course = Course(*place, deepcopy(model))
    for step in steps:
        course.step(*step)
    course.drain()

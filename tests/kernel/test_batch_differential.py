"""However records travel, alone, in a group of writes or in batches: the same is stored, answered, told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncropel.kernel.core import Kernel
from syncropel.kernel.messages import Reply, Request
from syncropel.rules.infer.vocabulary import AWAITED_DECISION, QUERY_KIND
from syncropel.rules.records import check_record

from .batch_support import HeldStore, content, lines, listened, post_lines
from .signing_support import Signer
from .support import build_kernel, record, register

SIGNER = Signer(7)
ACTORS = ["did:example:a", "did:example:b", SIGNER.did]
SPACES = [None, None, "default", "ops", "ops/deep", "ops/closed/under", "nowhere", "Not a name", 7]
ACTS = ["INTEND", "DO", "KNOW", "LEARN", "PUT"]


@st.composite
def bodies(draw: Any, ids: list[str]) -> dict[str, Any]:
    """Draw a body that facts are kept about: its members may name other records, earlier or later ones."""
    kinds = [None, "test.unit.record", QUERY_KIND, "core.agent.retired"]
    body: dict[str, Any] = {"kind": draw(st.sampled_from(kinds)), "n": draw(st.integers(0, 3))}
    named = st.sampled_from(ids or ["no id"])
    members = {
        "namespace": st.sampled_from(SPACES),
        "verdict": st.sampled_from(["accept", "reject", 5]),
        "fulfills": named | st.lists(named, max_size=2),
        "cancels": named,
        "subject": st.sampled_from(ACTORS),
        "awaits": st.just(AWAITED_DECISION),
        "input": st.fixed_dictionaries({"record_id": named}),
        "_refs": st.lists(st.fixed_dictionaries({"kind": st.just("@a"), "id": named}), max_size=2),
    }
    for name in draw(st.lists(st.sampled_from(list(members)), unique=True, max_size=3)):
        body[name] = draw(members[name])
    return {name: value for name, value in body.items() if value is not None}


@st.composite
def posts(draw: Any) -> list[Any]:
    """Draw what is posted: records that repeat, contradict and name each other, and what is no record."""
    made: list[Any] = []
    for _ in range(draw(st.integers(1, 18))):
        ids = [check_record(each).id for each in made if "thread" in each and each["clock"] >= 0]
        value = record(
            act=draw(st.sampled_from(ACTS)),
            actor=draw(st.sampled_from(ACTORS)),
            thread=draw(st.sampled_from(["t", "u"])),
            clock=draw(st.integers(-1 if draw(st.integers(0, 9)) == 0 else 0, 30)),
            body=draw(bodies(ids)),
            parents=draw(st.lists(st.sampled_from(ids or ["no id"]), max_size=1)),
        )
        if draw(st.integers(0, 12)) == 0:
            del value["thread"]
        elif value["clock"] >= 0 and value["actor"] == SIGNER.did and draw(st.booleans()):
            value = SIGNER.sign(value)
        made.append(value)
    repeated = draw(st.lists(st.sampled_from(made), max_size=6))
    return list(draw(st.permutations(made + repeated)))


@contextmanager
def kernels() -> Iterator[Kernel]:
    """Give a kernel with a few namespaces."""
    kernel = build_kernel(HeldStore())
    register(kernel, "ops", "ops/deep")
    register(kernel, "ops/closed", active=False)
    register(kernel, "ops/closed/under")
    yield kernel
    kernel.close()


def told(reply: Reply) -> Any:
    """Return what a single answer says, in the form in which a batch says it."""
    body = dict(reply.body)
    del reply.headers["x-request-id"]
    assert reply.headers == {}
    if reply.status < 400:
        kept = {name: body[name] for name in ("id", "clock", "sequence", "created_at")}
        return {"object": "receipt", "status": reply.status, **kept}
    del body["request_id"]
    return {**body, "status": reply.status}


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(values=posts(), cuts=st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_one_by_one_in_a_group_and_in_batches(values: list[Any], cuts: list[int]) -> None:
    """Records alone, in one group of writes, and in batches of any size make the same store and answers."""
    requests = [Request("POST", "/v1/records", {}, json.dumps(value).encode()) for value in values]
    with kernels() as alone, kernels() as group, kernels() as batches:
        heard = [listened(each.store) for each in (alone, group, batches)]
        singles = [alone.handle(request) for request in requests]

        group.store.hold()
        waiting = [group.submit(request) for request in requests]
        group.store.let_go()
        grouped = [future.result(0) for future in waiting]

        items, start = [], 0
        while start < len(values):
            end = start + cuts[len(items) % len(cuts)]
            reply = post_lines(batches, lines(values[start:end]))
            assert reply.status == 200
            for place, item in enumerate(reply.body["data"]):
                assert item["object"] == "receipt" or item.pop("index") == place
            items += reply.body["data"]
            start = end

        for one, other in zip(singles, grouped, strict=True):
            assert (one.status, one.resolve) == (other.status, other.resolve)
            assert {**one.body, "request_id": ""} == {**other.body, "request_id": ""}
        assert [told(each) for each in singles] == items
        assert heard[0] == heard[1] == heard[2]
        assert content(alone.store) == content(group.store) == content(batches.store)

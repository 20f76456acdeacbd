"""Many records in one request: what fits, what a server allows, and what its answer says about each."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncropel.transport.batching import (
    ASK_AGAIN_SECONDS,
    OURS,
    BatchLimits,
    BatchSupport,
    cut,
    fits,
    outcomes_of,
    read_manifest,
)
from syncropel.transport.convert import Answer
from syncropel.transport.failures import Undelivered
from tests.support.values import json_values

MANIFEST = {
    "object": "capabilities_manifest",
    "capabilities": {"batch": True},
    "limits": {"batch_records": 1000, "batch_bytes": 8388608},
}


def answer(status: int, value: Any) -> Answer:
    """Return an answer that holds a JSON value."""
    return Answer(status, [(b"x-request-id", b"req_1")], json.dumps(value).encode())


@given(st.lists(st.integers(0, 400), max_size=60), st.integers(1, 9), st.integers(1, 900))
def test_a_row_is_cut_into_requests_that_fit(sizes: list[int], records: int, size: int) -> None:
    """Every payload is in one slice, in order; a slice keeps both limits, or holds one payload."""
    limits = BatchLimits(records, size)
    slices = cut(sizes, limits)
    assert [each for part in slices for each in sizes[part]] == sizes
    for part in slices:
        held = sizes[part]
        assert len(held) == 1 or (len(held) <= records and sum(held) + len(held) - 1 <= size)
    # None of them could have taken the first of the next one.
    for part, following in itertools.pairwise(slices):
        more = sizes[part.start : following.start + 1]
        assert len(more) > records or sum(more) + len(more) > size
    assert fits([], limits) == 1


def test_what_a_manifest_allows() -> None:
    """The flag decides; limits are never more than ours, and nonsense in them counts as unsaid."""
    assert read_manifest(MANIFEST) == OURS
    assert read_manifest({"capabilities_manifest": MANIFEST}) == OURS
    assert read_manifest(MANIFEST | {"limits": {"batch_records": 10, "batch_bytes": "x"}}) == (10, OURS.bytes)
    assert read_manifest(MANIFEST | {"limits": None}) == OURS
    assert read_manifest(MANIFEST | {"capabilities": {"batch": "yes"}}) is None


@given(json_values)
def test_no_manifest_is_an_error(value: Any) -> None:
    """Whatever a server says of itself, reading it raises nothing."""
    assert read_manifest(value) is None


def test_a_server_is_asked_once_and_again_when_it_could_not_say() -> None:
    """An answer holds for good; a failure holds for a while, during which records go one by one."""
    time = [100.0]
    support = BatchSupport(now=lambda: time[0])
    assert (support.unknown, support.limits) == (True, None)
    support.learn(answer(503, {}))
    assert (support.possible, support.unknown) == (False, False)
    time[0] += ASK_AGAIN_SECONDS
    assert support.unknown
    support.learn(Undelivered("gone"))
    assert not support.possible
    time[0] += ASK_AGAIN_SECONDS
    support.learn(answer(200, MANIFEST))
    assert (support.limits, support.unknown, support.possible) == (OURS, False, True)
    time[0] += 10_000
    assert not support.unknown


@pytest.mark.parametrize(("status", "left"), [(404, None), (415, None), (413, 500), (400, OURS.bytes)])
def test_a_refused_batch_teaches(status: int, left: int | None) -> None:
    """A route that is gone is not tried again; where a batch was too large, the next one is half of it."""
    support = BatchSupport()
    support.learn(answer(200, MANIFEST))
    support.refused(answer(status, {}), 1000)
    assert (support.limits and support.limits.bytes) == left


def test_what_became_of_each() -> None:
    """A receipt is an answer with its status, an error one with the text of the error alone."""
    rows = [
        {"object": "receipt", "status": 201, "id": "a", "clock": 1},
        {"object": "error", "status": 400, "index": 1, "code": "INGEST_FAILED", "message": "é"},
        {"object": "receipt", "status": 200, "id": "c", "clock": 2},
    ]
    first, second, third = outcomes_of(answer(200, {"object": "batch", "data": rows}), 3)
    assert isinstance(first, Answer)
    assert isinstance(second, Answer)
    assert isinstance(third, Answer)
    assert (first.status, first.ok, first.request_id, first.json()["id"]) == (201, True, "req_1", "a")
    assert second.text == '{"object":"error","code":"INGEST_FAILED","message":"é"}'
    assert (second.status, third.status) == (400, 200)


@given(st.sampled_from([200, 201, 204, 400, 404, 413, 422]), json_values)
def test_an_answer_that_says_nothing_leaves_each_to_go_alone(status: int, value: Any) -> None:
    """Where nothing is known of a record, it is to be sent alone; nothing raises."""
    assert outcomes_of(answer(status, value), 2) == [None, None]
    assert outcomes_of(answer(200, {"data": [value, value]}), 2) == [None, None]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503, 507])
def test_a_refusal_of_the_caller_is_that_of_each(status: int) -> None:
    """What would meet each record alone meets each of them."""
    whole = answer(status, {"code": "X"})
    assert outcomes_of(whole, 3) == [whole] * 3
    error = Undelivered("gone")
    assert outcomes_of(error, 2) == [error] * 2
